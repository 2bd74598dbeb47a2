"""Who a mail is from and to: the address lists of RFC 5322, 3.4, and what people's programs write instead.

An address is `mailto:`, lower case. A name that is not quoted may hold a comma ("Berg, Anna <anna@example.org>").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from secondme.records import Handle, Role
from secondme.sources.mails.encoded import characters, phrase

LIMIT = 100  # people of one mail; who is the thousandth recipient is nothing that anybody remembers

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)|<[^<>]*(?:>|$)|[,;:]|[^",;:()<>]+|.', re.DOTALL)
_ADDRESS = re.compile(r"[^\s@<>\"'\[\](),;:]+@[^\s@<>\"'\[\](),;:]+")
_NOBODY = re.compile(
    r"undisclosed|unlisted|recipients? not shown|verborgene|destinataires inconnus|no[- ]to-header", re.I
)


@dataclass(slots=True)
class _Entry:
    words: list[str] = field(default_factory=list)
    angle: str | None = None
    comment: str = ""

    @property
    def empty(self) -> bool:
        return self.angle is None and not "".join(self.words).strip()

    @property
    def addressed(self) -> bool:
        return self.angle is not None or "@" in "".join(self.words)


def handles(raw: bytes, role: Role) -> Iterator[Handle]:
    """Those named in the value of a From, To or Cc field, LIMIT of them at most."""
    found = (handle for entry in _entries(characters(raw)) if (handle := _handle(entry, role)) is not None)
    return islice(found, LIMIT)


def _entries(text: str) -> Iterator[_Entry]:
    entry = _Entry()
    for token in _TOKEN.findall(text):
        if token in ",;":
            # a comma in a name that is not quoted: the address is still to come
            if token == ";" or entry.addressed or entry.empty or len(entry.words) > 8:
                yield entry
                entry = _Entry()
            else:
                entry.words.append(token)
        elif token == ":" and not entry.addressed and "".join(entry.words).strip().lower() != "mailto":
            entry = _Entry()  # what came was the name of a group
        elif token.startswith("<"):
            entry.angle = token.strip("<>")
        elif token.startswith("(") and len(token) > 1:
            entry.comment = token[1:-1]
        else:
            entry.words.append(token)
    yield entry


def _handle(entry: _Entry, role: Role) -> Handle | None:
    text = "".join(entry.words)
    if "," in entry.words and entry.angle is None:
        # "Anna, bob@example.org": no name with a comma after all
        text = text.rpartition(",")[2] if entry.addressed else text
    spelled = _ADDRESS.search(text if entry.angle is None else entry.angle.replace(" ", ""))
    name = text if entry.angle is not None or spelled is None else text.replace(spelled[0], "").replace("mailto:", "")
    name = _clean(name) or _clean(entry.comment)
    if spelled is None and not name:
        name = _clean(entry.angle or "")
    address = spelled[0].lower().rstrip(".") if spelled else ""
    if name.lower() == address:
        name = ""
    if not (name or address) or (not address and _NOBODY.search(name)):
        return None
    return Handle(name, f"mailto:{address}" if address else "", role)


def _clean(name: str) -> str:
    name = phrase(name.replace('\\"', "\0").replace('"', "").replace("\0", '"'))
    return name.strip(" \t'<>,;")[:200]
