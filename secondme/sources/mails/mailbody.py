"""Which parts of a mail are its text and which are attached, and the text in one piece with its segments.

Plain text is preferred to HTML that says the same (RFC 2046, 5.1.4 has it the other way round, for screens). Reflows
`format=flowed` (RFC 3676), and leaves out armour: PGP's lines, uuencoded files within a text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from secondme.records import Segment
from secondme.sources import outline
from secondme.sources.mails.encoded import characters
from secondme.sources.mails.htmlmail import Block, blocks
from secondme.sources.mails.mime import Part
from secondme.sources.mails.quotes import Line, Stretch, lines, stretches
from secondme.sources.outline import Piece, trimmed

LIMIT_CHARS = 2_000_000  # of a mail's own text; more is a log or a data file that somebody pasted

_PLAIN = frozenset(("text/plain", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown"))
_ENCRYPTED = frozenset(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"))
_TAGS = re.compile(r"<(?:style|script|title)\b[^<]*|<!--[^<>]*|<[^<>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"<(?:html|body|div|table)\b", re.IGNORECASE)
_ARMOUR = re.compile(
    r"^-----BEGIN PGP (?:MESSAGE|SIGNATURE|PUBLIC KEY BLOCK)-----\n(?:(?!-----)[^\n]*\n)*-----END PGP [A-Z ]+-----$|"
    r"^-----BEGIN PGP SIGNED MESSAGE-----\n(?:\w+: [^\n]*\n)*\n?|"
    r"^begin [0-7]{3,4} \S[^\n]*\n(?:M[^\n]{60,61}\n)*(?:[^\n]{1,62}\n)?(?:[` ]\n)?end$",
    re.MULTILINE,
)


@dataclass(slots=True)
class Contents:
    """The leaves of a mail's tree by what they are for. `encrypted` says that some cannot be read by anybody else."""

    texts: list[Part] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)
    messages: list[Part] = field(default_factory=list)
    inline: set[int] = field(default_factory=set)  # id() of what HTML shows within its text
    encrypted: bool = False


def contents(root: Part) -> Contents:
    found = Contents()
    _sort(root, found)
    return found


def body(texts: Iterable[Part], forwarded: bool = False) -> tuple[str, tuple[Segment, ...]]:
    """The text of these parts, one after the other, and what is in it: own words, quotes, signatures.

    A quote within a quote stands in a mail of its own, unless this one was `forwarded` from somebody else's mailbox.
    """
    found: list[Block] = []
    for part in texts:
        found += _blocks(part)
    placed: list[tuple[int, Block]] = []
    at = 0
    for block in found:
        words = block.piece.text[: max(0, LIMIT_CHARS - at)]
        if words.strip():
            piece = Piece(words, block.piece.kind, block.piece.level)
            placed.append((at, Block(piece, block.depth, block.signature)))
            at += len(words) + 2
    text = "\n\n".join(block.piece.text for _, block in placed)
    given: list[Line] = []
    for start, block in placed:
        given += lines(block.piece.text, start, block.depth, block.signature)
    found_in = stretches(text, given)
    if forwarded:
        found_in = [replace(one, role="quoted") if one.role == "deeper" else one for one in found_in]
    return text, _segments(text, found_in, placed)


def _sort(part: Part, found: Contents) -> None:
    if part.kind in _ENCRYPTED and not (part.kind.endswith("pkcs7-mime") and part.filename.endswith(".p7c")):
        found.encrypted = True
    elif part.kind == "multipart/alternative":
        _choose([_sorted(child, found) for child in part.children], found)
    elif part.kind == "multipart/report":
        # then come a machine's account of the matter and the mail that came back
        for child in part.children[:1]:
            _sort(child, found)
    elif part.kind.startswith("multipart/"):
        for number, child in enumerate(part.children):
            if number and part.kind == "multipart/related":
                found.inline.update(id(leaf) for leaf in _leaves(child))
            _sort(child, found)
    elif part.kind.startswith("message/"):
        found.messages += part.children[:1]
    elif _is_text(part, found):
        found.texts.append(part)
    else:
        found.attached.append(part)


def _sorted(part: Part, above: Contents) -> list[Part]:
    """The texts of one alternative; what is attached to it goes to `above`."""
    inner = Contents()
    _sort(part, inner)
    above.attached += inner.attached
    above.messages += inner.messages
    above.inline |= inner.inline
    above.encrypted = above.encrypted or inner.encrypted
    return inner.texts


def _choose(alternatives: list[list[Part]], found: Contents) -> None:
    worded = [texts for texts in alternatives if any(part.data[part.start : part.end].strip() for part in texts)]
    plain = next((texts for texts in worded if all(part.kind in _PLAIN for part in texts)), None)
    rich = next((texts for texts in reversed(worded) if any(part.kind == "text/html" for part in texts)), None)
    if plain and rich:
        found.texts += rich if _better(rich, plain) else plain
    elif worded:
        found.texts += plain or rich or worded[0]


def _better(rich: list[Part], plain: list[Part]) -> bool:
    """Whether the HTML says more than the plain text, which then often only says that there is HTML."""
    said = "".join(_plain(part) for part in plain)
    count = len(said.split())
    # roughly first, without building the tree
    if sum(len(_TAGS.sub(" ", _raw(part)).split()) for part in rich) <= 2 * count and "<" not in said:
        return False
    shown = sum(len(block.piece.text.split()) for part in rich for block in _blocks(part))
    return shown > 2 * count or (shown > 0 and _MARKUP.search(said) is not None)


def _raw(part: Part) -> str:
    return part.content().decode("latin-1")


def _is_text(part: Part, found: Contents) -> bool:
    if part.kind not in _PLAIN and part.kind != "text/html":
        return False
    return part.disposition != "attachment" and (not part.filename or not found.texts)


def _leaves(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _blocks(part: Part) -> Sequence[Block]:
    if part.kind == "text/html":
        return blocks(characters(part.content(), part.parameters.get("charset", "") or _declared(part)))
    text = _plain(part)
    return [Block(Piece(text))] if text.strip() else []


def _declared(part: Part) -> str:
    """The charset that the page itself names, for a part that names none."""
    head = part.data[part.start : part.start + 4096]
    found = re.search(rb"charset\s*=(?:3D)?\s*[\"']?([\w-]{3,20})", head, re.IGNORECASE)
    return found[1].decode("ascii", "replace") if found else ""


def _plain(part: Part) -> str:
    text = characters(part.content(), part.parameters.get("charset", ""))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if part.parameters.get("format", "").lower() == "flowed":
        text = "\n".join(_reflowed(text.split("\n"), part.parameters.get("delsp", "").lower() == "yes"))
    if "-----BEGIN PGP" in text or "\nbegin " in text or text.startswith("begin "):
        text = _ARMOUR.sub("", text)
    return text.strip("\n").rstrip()


def _reflowed(source: list[str], delete_space: bool) -> Iterator[str]:
    """RFC 3676, 4: a line that ends in a space goes on in the next one of the same quote depth."""
    held: list[str] = []
    deep = 0
    for line in source:
        words = line.lstrip(">")
        depth = len(line) - len(words)
        words = words.removeprefix(" ")
        if held and (depth != deep or words == "-- "):
            yield _marked("".join(held), deep)
            held = []
        deep = depth
        if words.endswith(" ") and words != "-- ":
            held.append(words[:-1] if delete_space else words)
        else:
            yield _marked("".join([*held, words]), deep)
            held = []
    if held:
        yield _marked("".join(held), deep)


def _marked(words: str, depth: int) -> str:
    if depth:
        return f"{'>' * depth} {words}".rstrip()
    return words if words == "-- " else words.rstrip()


def _segments(text: str, found: Sequence[Stretch], placed: Sequence[tuple[int, Block]]) -> tuple[Segment, ...]:
    """Own words by the format's blocks, a quote and a signature as one each, a quote within a quote not at all."""
    own: list[outline.Block] = []
    others: list[Segment] = []
    starts = [at for at, _ in placed]
    for stretch in found:
        if stretch.role in ("quoted", "signature"):
            heading = (f"quoted from {stretch.name}",) if stretch.name else ()
            start, end = trimmed(text, stretch.start, stretch.end)
            if end > start:
                others.append(Segment(start, end, "quoted" if stretch.role == "quoted" else "signature", heading))
        if stretch.role != "own":
            own.append(outline.Block(stretch.end, stretch.end))  # what is around it does not hang together
            continue
        for at, block in placed[max(0, bisect_right(starts, stretch.start) - 1) : bisect_left(starts, stretch.end)]:
            start, end = trimmed(text, max(at, stretch.start), min(at + len(block.piece.text), stretch.end))
            if end > start:
                title = " ".join(text[start:end].split())[:200] if block.piece.level else ""
                own.append(outline.Block(start, end, block.piece.kind, block.piece.level, title))
    return tuple(sorted([*outline.segments(own), *others], key=lambda segment: segment.start))
