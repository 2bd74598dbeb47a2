"""Items into passages (L0): exact spans, whole sentences, as long as the embedder reads well.

A passage lies under one heading and on one page. What it is about (title, headings, date,
speaker) goes into `context`, which is embedded and indexed with the words and never quoted: a sentence such as "It
leaves at 07:25" is found through the heading above it (the idea of contextual chunk headers).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence

from secondme.memory.dating import days_mentioned
from secondme.records import Item, Passage, Segment
from secondme.sentences import sentences
from secondme.timewords import in_words

TARGET_TOKENS = 120  # MiniLM was trained on 128 tokens; longer passages blur
CONTEXT_CHARACTERS = 200
GAP_CHARACTERS = 80  # between two segments; a passage has in it what the reader left out there, such as a fence
_BETWEEN = " — "
_SPACE = re.compile(r"\s+")

Counts = Callable[[Sequence[str]], list[int]]


def cut(item: Item, item_id: str, counts: Counts, *, dated: bool = True, target: int = TARGET_TOKENS) -> list[Passage]:
    """The passages of `item`, in order. `counts` gives the embedder's tokens of each text.

    `dated` says that the item's time is its own (not just the file's): only then does it belong to the context, and
    only then are words such as "yesterday" resolved against it.
    """
    wanted = [s for s in item.segments if s.kind != "signature"]
    spans = [(s, span) for s in wanted for span in sentences(item.text, s.start, s.end)]
    lengths = _lengths([item.text[a:b] for _, (a, b) in spans], counts, target)
    pieces = [
        (segment, piece)
        for (segment, span), length in zip(spans, lengths, strict=True)
        for piece in _split_long(item.text, span, length, counts, target)
    ]
    seen: dict[str, int] = {}
    passages = []
    line, counted = item.line, 0
    # in a mailbox or JSON lines a record's text is not the lines that it stands in: all of it is at its first line
    lines = item.line > 0 and (item.base > 0 or item.kind not in ("message", "mail"))
    for segment, start, end in _packed(pieces, target):
        line += item.text.count("\n", counted, start) if lines else 0
        counted = start
        text, context = item.text[start:end], _context(item, segment, dated)
        digest = hashlib.blake2b(f"{item_id}\0{context}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16)
        id_ = digest.hexdigest()
        nth = seen[id_] = seen.get(id_, -1) + 1
        if nth:  # the same words twice in one item are two passages
            digest.update(str(nth).encode())
            id_ = digest.hexdigest()
        passages.append(
            Passage(
                id=id_,
                text=text,
                context=context,
                start=item.base + start,
                end=item.base + end,
                line=line,
                page=segment.page,
                time=item.time,
                speaker=item.speaker,
                trust=item.trust,
                kind=item.kind,
                dates=days_mentioned(text, context, item.time, item.speaker),
            )
        )
    return passages


def embedding_text(passage: Passage) -> str:
    """What the embedder reads of a passage: its words, under the title and the headings.

    Who says it and when are left to the words index and to ranking: with speaker and date embedded along, a question
    about Ana's choir is nearest to whatever Ana said (on chats, 24 points of recall@10 by vectors alone). What a chat
    is called says as little.
    """
    if passage.kind == "message":
        return passage.text
    about = passage.context
    if passage.time:
        about = about.removesuffix(in_words(passage.time)).removesuffix(_BETWEEN)
    if passage.speaker:
        about = about.removesuffix(passage.speaker).removesuffix(_BETWEEN)
    return f"{about}\n{passage.text}" if about else passage.text


def _lengths(texts: Sequence[str], counts: Counts, target: int) -> list[int]:
    """Tokens of each text; 0 where they cannot come to more than `target`, since then all go together.

    A token is a byte at least, and some tokenizers add one to a text: most chat messages need no counting, which takes
    twice as long as all else that is done here.
    """
    longest = target - len(texts)
    if sum(map(len, texts)) <= longest and sum(len(t.encode("utf-8", "replace")) for t in texts) <= longest:
        return [0] * len(texts)
    return counts(texts)


def _packed(pieces: Sequence[tuple[Segment, tuple[int, int, int]]], target: int) -> Iterator[tuple[Segment, int, int]]:
    """Neighbouring pieces (start, end, tokens) joined up to `target` tokens."""
    held: tuple[Segment, int, int] | None = None
    tokens = 0
    for segment, (start, end, length) in pieces:
        near = held and _together(held[0], segment) and start - held[2] <= GAP_CHARACTERS
        if held and near and tokens + length <= target:
            held, tokens = (segment, held[1], end), tokens + length
            continue
        if held:
            yield held
        held, tokens = (segment, start, end), length
    if held:
        yield held


def _together(one: Segment, other: Segment) -> bool:
    """Whether two segments may share a passage: "We tried three:" belongs to the list that follows it."""
    if one is other:
        return True
    alone = {"field", "quoted"} & {one.kind, other.kind}
    return one.heading == other.heading and one.page == other.page and not alone


def _split_long(
    text: str, span: tuple[int, int], tokens: int, counts: Counts, target: int
) -> Iterator[tuple[int, int, int]]:
    """A sentence as (start, end, tokens); one beyond `target` tokens in parts, each counted and split again."""
    start, end = span
    if tokens <= target or end - start < 2:
        yield start, end, tokens
        return
    parts = list(_equal_parts(text, start, end, -(-tokens // target)))
    for part, length in zip(parts, counts([text[a:b] for a, b in parts]), strict=True):
        yield from _split_long(text, part, length, counts, target)


def _equal_parts(text: str, start: int, end: int, parts: int) -> Iterator[tuple[int, int]]:
    """About `parts` equal parts of a sentence, two at least, divided at white space where there is some."""
    share = max(1, -(-(end - start) // parts))
    while start < end:
        stop = min(end, start + share)
        if stop < end:
            spaces = (text.rfind(" ", start + share // 2, stop), text.rfind("\n", start + share // 2, stop))
            stop = max(spaces) if max(spaces) > start else stop
        yield start, stop
        start = stop
        while start < end and text[start].isspace():
            start += 1


def _context(item: Item, segment: Segment, dated: bool) -> str:
    headings = [item.title, *(h for h in segment.heading if h != item.title)]
    about = " › ".join(_SPACE.sub(" ", h).strip() for h in headings if h.strip())
    parts = [about[:CONTEXT_CHARACTERS], item.speaker]
    if item.time and dated:
        parts.append(in_words(item.time))
    return _BETWEEN.join(part for part in parts if part)
