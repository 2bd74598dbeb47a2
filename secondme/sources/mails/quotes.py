"""What the sender of a mail wrote themself, apart from what they quote and from their signature.

Quotes are told by the marks that the text has ("> ", a <blockquote>) and by the lines that announce them (openers.py).
Everything is judged by lines; nothing is taken out of the text. Depth 0 is the sender's own, 1 is quoted, 2 and more
are quotes within quotes. An answer between the lines of a quote keeps its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from secondme.sources.mails.openers import LINE_CHARS, Opener, hinted, opener

Role = Literal["own", "quoted", "deeper", "signature"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text, `text[start:end]`. `depth` and `signature` are what its markup says."""

    start: int
    end: int
    depth: int = 0
    signature: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that belong together. `name` is who is quoted, where that is known."""

    start: int
    end: int
    role: Role
    name: str = ""


_MARKS = re.compile(r" {0,3}(>[> ]*)")
_DASHES = re.compile(r"--\s?$|(?:--~){2}")
_UNDERSCORES = re.compile(r"_{20,}\s*$|-{40,}\s*$|={40,}\s*$")
_LIST_FOOTER = re.compile(r"mailing list|unsubscribe|listinfo|abmelden|se désabonner|afmelden|cancelar", re.IGNORECASE)
_DEVICE = (
    r"iphone|ipad|ipod|ios|android|samsung|galaxy|huawei|xiaomi|pixel|blackberry|smartphone|handy|mobile?|telefoon|"
    r"mobil(?:e|en|telefon|gerät)?|móvil|tele?fon\w*|nokia|windows|outlook|proton ?mail|gmail|yahoo|gmx|web\.de|k-9|"
    r"thunderbird|fairemail|spark|aol|device|appareil|dispositivo|tablet|tutanota|superhuman"
)
_SENT_WITH = (
    r"sent (?:from|with|via|using|by)|gesendet (?:mit|von|über|aus)|diese nachricht wurde von meine[mr]|"
    r"envoyé (?:de|depuis|à partir|avec)|(?:verzonden|verstuurd) (?:vanaf|met|via|vanuit|van|door)|"
    r"enviado (?:desde|do|da|a partir|com|con|de|mediante)|inviato (?:da|dal|con)\w*|skicka(?:t|des) från|sendt fra|"
    r"lähetetty|wysłan[eoa] z|odesláno z|отправлено (?:с|из)|"
    r"(?:get|obtenez|télécharger|obtener|download) (?:outlook|blue ?mail)"
)
_MOBILE = re.compile(
    rf"\W*(?:{_SENT_WITH})\b.{{0,60}}(?:{_DEVICE})|\W*outlook (?:für|voor|para|per|pour) |"
    r"\W*von meine[mr] .{2,40} gesendet|"
    r"\W*iPhone(?:から|sta)|\W*发自我的",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\W*(?:(?:confidentiality|legal|privacy) (?:notice|note|statement)|disclaimer|haftungsausschluss|"
    r"(?:the (?:information|content)s?|this)\b.{0,40}\b(?:e-?mail|message|transmission)\b.{0,120}"
    r"\b(?:confidential|intended|privileged|addressee)|"
    r"dies[e]? (?:e-?mail|nachricht)\b.{0,120}\bvertraulich|der inhalt dieser (?:e-?mail|nachricht)|"
    r"(?:ce (?:message|courriel|mail)|le contenu de ce)\b.{0,120}\b(?:confidentie|destinataire)|"
    r"(?:dit|deze|de informatie in di?t)\b.{0,40}\b(?:e-?mail|bericht)\w*\b.{0,120}\b(?:vertrouwelijk|bestemd)|"
    r"(?:este (?:mensaje|correo|e-?mail))\b.{0,120}\b(?:confidencia|destinatari)|"
    r"(?:questo messaggio|le informazioni contenute)\b.{0,120}\b(?:riservat|confidenzia|destinatari)|"
    r"please consider the environment|pense[rz] à l.environnement|denken sie an die umwelt)",
    re.IGNORECASE,
)
_FOOTER_LINES, _LAST_LINES = 40, 12


def lines(text: str, at: int = 0, depth: int = 0, signature: bool = False) -> Iterator[Line]:
    """The lines of a stretch that begins at `at` in a larger text, each with its marks counted."""
    for line in text.split("\n"):
        marks = _MARKS.match(line)
        yield Line(at, at + len(line), depth + (marks[1].count(">") if marks else 0), signature)
        at += len(line) + 1


def stretches(text: str, given: Sequence[Line]) -> list[Stretch]:
    """The text's lines, put together by who wrote them. What is between them is white space."""
    words = [text[line.start : min(line.end, line.start + LINE_CHARS + 1)] for line in given]
    bare = [_MARKS.sub("", word, count=1) if line.depth else word for line, word in zip(given, words, strict=True)]
    depths, names = (
        _depths(given, bare) if hinted(text) or any(line.depth for line in given) else ([0] * len(given), {})
    )
    roles: list[Role] = ["own" if depth == 0 else "quoted" if depth == 1 else "deeper" for depth in depths]
    _sign(given, bare, roles)
    found: list[Stretch] = []
    for number, (line, role) in enumerate(zip(given, roles, strict=True)):
        if not bare[number].strip() and not (found and found[-1].role == role):
            continue
        name = names.get(number, "") if role == "quoted" else ""
        last = found[-1] if found else None
        if last is not None and last.role == role and last.name == name:
            found[-1] = Stretch(last.start, line.end, role, name)
        else:
            found.append(Stretch(line.start, line.end, role, name))
    return found


def _depths(given: Sequence[Line], bare: Sequence[str]) -> tuple[list[int], dict[int, str]]:
    """How deep each line is quoted, and who is quoted in those of depth 1."""
    follow = _next_depths(given, bare)
    depths, names = [0] * len(given), {}
    state = _Course()
    at = 0
    while at < len(given):
        if not bare[at].strip():
            depths[at], names[at] = depths[at - 1] if at else 0, state.name
            at += 1
            continue
        marked = given[at].depth
        state.reach(marked)
        found = opener(bare, at, follow[at] > marked)
        if found is not None and not _same_depth(given, bare, at, found.end):
            found = None
        depth = state.depth if found is None else state.open(found, marked, follow[found.end - 1])
        end = at + 1 if found is None else found.end
        for number in range(at, end):
            depths[number], names[number] = depth, state.name
        at = end
    return depths, names


@dataclass(slots=True)
class _Course:
    """How deep the quotes are that we are in, on the way down the lines of a mail.

    `unmarked` are the marked depths from which on all that follows is a quote, because an opener said so; `named` says
    that who is quoted in this run of marked lines is known from the line before it.
    """

    marked: int = 0
    name: str = ""
    named: bool = False
    begins: bool = False
    announced: bool = False
    unmarked: list[int] = field(default_factory=list)

    @property
    def depth(self) -> int:
        return self.marked + len(self.unmarked)

    def reach(self, marked: int) -> None:
        self.begins = marked != self.marked
        if self.begins:
            self.named, self.announced, self.marked = self.announced, False, marked
        while self.unmarked and self.unmarked[-1] > marked:
            self.unmarked.pop()

    def open(self, found: Opener, marked: int, following: int) -> int:
        """The depth of the opener's own lines, which belong to the quote."""
        depth = self.depth
        if found.attribution and following > marked:
            depth, self.announced = depth + 1, True
        elif marked and self.begins and not self.named:
            self.named = True  # it stands inside of the quote that it announces
        else:
            self.unmarked.append(marked)
            depth += 1
        if depth == 1:
            self.name = found.name
        return depth


def _next_depths(given: Sequence[Line], bare: Sequence[str]) -> list[int]:
    """For each line, the marked depth of the next one that says something, at most four lines on; -1 if none does."""
    follow = [-1] * len(given)
    depth, where = -1, len(given)
    for number in range(len(given) - 1, -1, -1):
        follow[number] = depth if where - number <= 4 else -1
        if bare[number].strip():
            depth, where = given[number].depth, number
    return follow


def _same_depth(given: Sequence[Line], bare: Sequence[str], start: int, end: int) -> bool:
    return all(given[number].depth == given[start].depth for number in range(start, end) if bare[number].strip())


def _sign(given: Sequence[Line], bare: Sequence[str], roles: list[Role]) -> None:
    """Mark the signature at the end of each run of the sender's own lines."""
    at = 0
    while at < len(roles):
        end = at
        while end < len(roles) and roles[end] == "own":
            end += 1
        if end > at:
            start = _signature(bare, at, end)
            for number in range(at, end):
                if number >= start or given[number].signature:
                    roles[number] = "signature"
        at = max(end, at + 1)


def _signature(bare: Sequence[str], start: int, end: int) -> int:
    """The line with which the signature begins; `end` if there is none."""
    first = end
    for number in range(max(start, end - 200), end):
        line = bare[number].strip()
        if not line or len(line) > LINE_CHARS:
            continue
        left = end - number
        if _DASHES.match(bare[number]) and (bare[number].startswith("-- ") or left <= _LAST_LINES):
            return number
        if left > _FOOTER_LINES:
            continue
        footer = _UNDERSCORES.match(line) and _LIST_FOOTER.search("\n".join(bare[number:end]))
        if footer or _LEGAL.match(line) or (len(line) <= 200 and left <= _LAST_LINES and _MOBILE.match(line)):
            first = min(first, number)
            break
    return first
