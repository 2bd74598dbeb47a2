"""Tables: two columns of key and value, and rows as the readers of tables tell them ("Name: Ana Berg; Phone: …").

What the first line of a table calls its columns decides what the rows are: a thing and its price, somebody and a role,
a day and what happened, a property and its value. Of wider tables nothing is read: a row says little without its
header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from secondme.knowledge import Claim, Told
from secondme.memory.facts.saying import claim
from secondme.memory.facts.structured import keys
from secondme.memory.facts.structured.dated import stance, whole
from secondme.memory.facts.structured.fields import KEY_WORDS, KNOWN_WORDS, NOTHING, Field, field_claims, shaped, short
from secondme.memory.facts.structured.lines import Line, lines, plain
from secondme.memory.facts.whose import Place, place

_CELLS = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s|:-]+")
_PRICE_HEAD = re.compile(r"(?:price|cost|costs|amount|how much|paid|[€$£]|eur|usd|kr)\W*", re.IGNORECASE)
_WHO_HEAD = re.compile(r"(?:name|who|person|contact|friend|colleague|member)s?", re.IGNORECASE)
_WHEN_HEAD = re.compile(r"(?:date|day|when|year|month)", re.IGNORECASE)
_PLAIN_HEAD = re.compile(
    r"(?:what|key|field|property|attribute|thing|detail|details|value|item|info|description|answer)?s?", re.I
)


def claims(told: Told) -> Iterator[Claim]:
    """What the tables of a passage say."""
    found = list(lines(told.text))
    yield from _columns(told, [line for line in found if line.row])
    yield from _rows(told, [line for line in found if not line.row and not line.heading])


def _columns(told: Told, rows: Sequence[Line]) -> Iterator[Claim]:
    head: list[str] = []
    for line in rows:
        cells = [plain(cell) for cell in _CELLS.split(line.text.strip().strip("|"))]
        if not head or _RULE.fullmatch(line.text):
            head = head or cells
            continue
        if len(cells) == 2 and len(head) == 2 and all(cells) and not NOTHING.fullmatch(cells[1]):
            yield from _row(told, line, (head[0], head[1]), (cells[0], cells[1]))


def _row(told: Told, line: Line, head: tuple[str, str], cells: tuple[str, str]) -> Iterator[Claim]:
    key, value = cells
    span = (line.start, line.end)
    if _WHEN_HEAD.fullmatch(head[0]):
        if days := whole(key, told.day):
            yield claim(
                told, span, told.subject, "event", f"{key}: {value}", event=days, stance=stance(days, told.day),
                confidence=0.8,
            )  # fmt: skip
    elif _PRICE_HEAD.fullmatch(head[1]):
        if re.fullmatch(r"[€$£]?\s?\d[\d.,' ]*(?:\s?[€$£]|\s?\w{2,4})?", value) and told.subject:
            yield claim(
                told, span, told.subject, "other", f"Price of {key}: {value}", slot=f"price of {key.casefold()}",
                value=value, confidence=0.8,
            )  # fmt: skip
    elif (
        _WHO_HEAD.fullmatch(head[0])
        and key[:1].isupper()
        and len(key.split()) <= 4
        and len(value.split()) <= KNOWN_WORDS
    ):
        slot = keys.known(head[1])
        name = slot.name if slot else keys.tidy(head[1])
        if (said := shaped(slot, value, told.day) if slot else value) and name:
            yield claim(
                told, span, key, slot.kind if slot else "other", f"{key}: {value}", slot=name, value=said,
                single=slot.single if slot else False, confidence=0.85,
            )  # fmt: skip
    elif _PLAIN_HEAD.fullmatch(head[0]) and short(value) and len(key.split()) <= KEY_WORDS and not keys.noise(key):
        yield from field_claims(told, Field(span, keys.tidy(key), value, keys.known(key)), place(told))


def _rows(told: Told, worded: Sequence[Line]) -> Iterator[Claim]:
    """ "Name: Ana Berg; Phone: …; Birthday: …": about whom the column of names has."""
    for line in worded:
        parts = [part.partition(": ") for part in line.text.split("; ")]
        if len(parts) < 2 or not all(mark for _, mark, _ in parts):
            continue
        said = {keys.tidy(key): value.strip() for key, _, value in parts}
        name = next((said[key] for key in ("name", "full name", "contact", "person", "who") if key in said), "")
        first = f"{said.get('first name', '')} {said.get('last name', '')}".strip()
        name = name or (first if " " in first else "")
        if not name[:1].isupper() or len(name.split()) > 5:
            continue
        for key, value in said.items():
            if (slot := keys.known(key)) and not keys.noise(key) and value and value != name:
                yield from field_claims(told, Field((line.start, line.end), key, value, slot), Place(name))
