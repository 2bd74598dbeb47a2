"""XML, event by event, with nothing that an XML file can be made to do: no entity of its own, nothing from outside.

A DOCTYPE is read over. One that declares entities is refused, as they can be made to grow without end ("billion
laughs") or to name other files. What is not allowed in XML 1.0 at all (control characters) is left out beforehand,
because apps do write it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Protocol
from xml.parsers import expat

from secondme.errors import Unreadable

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBERED = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));")
_DEEP = 2000


class Unsafe(Unreadable):
    """A document that declares entities."""


class Target(Protocol):
    """Who is told of elements. Names are as written, with their prefix."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def data(self, text: str) -> None: ...


class Elements:
    """One document, fed in pieces. Raises Unreadable for what is not XML or not safe."""

    def __init__(self, target: Target) -> None:
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.buffer_size = 64 * 1024
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = target.data
        self._parser.EntityDeclHandler = _refuse
        self._parser.SkippedEntityHandler = self._named
        self._target = target
        self._depth = 0

    def feed(self, text: str, final: bool = False) -> None:
        try:
            self._parser.Parse(_NUMBERED.sub("", _FORBIDDEN.sub("", text)).encode(), final)
        except expat.ExpatError as error:
            cut = error.code in (3, 4, 5) and final  # no element, an unfinished token, an unfinished element
            raise Unreadable("breaks off in the middle" if cut else "is not well-formed XML") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEP:
            raise Unreadable(f"nests elements more than {_DEEP} deep")
        self._target.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._target.end(name)

    def _named(self, name: str, parameter: bool) -> None:
        """`&nbsp;` and the like, which the DTD would declare that is not fetched."""
        if not parameter and (text := html.unescape(f"&{name};")) != f"&{name};":
            self._target.data(text)


def _refuse(name: str, *rest: object) -> None:
    raise Unsafe(
        "declares entities of its own, which could grow without end or name other files",
        "Export it once more from its own program; such a declaration is not needed there.",
    )
