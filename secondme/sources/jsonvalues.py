"""Values out of a JSON file of any size from several places at once, each of a bounded size and depth.

Where jsonstream.py gives the elements of one array, this reads what may nest without end: outlines, notebooks. Places
are counted here and not by ijson, which writes one out for each bracket that is open: a file of a million of them would
not end. What a file that breaks off or breaks a rule still gives is all that comes before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Skipped
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, loss, sniff
from secondme.sources.files import opened
from secondme.sources.jsonstream import Utf8

LIMIT_CHARS = 64 * 1024 * 1024  # of one value, which is held whole
_DEEP = 1000


class Values:
    """The values at `places` of a file, as (place, value), each held only while it is handed out.

    After the iteration `faults` says what was wrong with the file itself.
    """

    def __init__(self, file: File, *places: str) -> None:
        self._file, self._places = file, {tuple(place.split(".")) for place in places}
        self._decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
        self._cut = ""
        self._large = 0

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        import ijson  # 15 ms

        found = False
        with opened(self._file.path) as stream:
            try:
                for value in self._values(Utf8(stream, self._decoder)):
                    found = True
                    yield value
            except ijson.JSONError as error:
                self._cut = "breaks off in the middle" if "premature" in str(error) else "is damaged in the middle"
        if self._cut and not found:
            raise Unreadable(f"{self._cut}, and nothing before that could be read", "Export it once more.")

    @property
    def faults(self) -> Iterator[Skipped]:
        if self._large:
            what = "1 record was" if self._large == 1 else f"{self._large} records were"
            yield Skipped(self._file.name, f"{what} left out: larger than 64 MB, or nested more than {_DEEP} deep")
        if self._cut:
            yield Skipped(self._file.name, f"{self._cut}; what comes before that was read")
        yield from loss(self._file, self._decoder)

    def _values(self, stream: Utf8) -> Iterator[tuple[str, Any]]:
        import ijson

        # one loop, as a large file spends its time here: ijson's own builder takes three times as long
        longest = max(map(len, self._places))
        slots: list[str] = []  # of each open object its current key, of each open array "item"
        nodes: list[Any] = []  # what is open of the value that is put together
        above = -1  # how many were open around it
        size = 0
        for event, value in ijson.basic_parse(stream, use_float=True):
            if event == "map_key":
                slots[-1] = value
                continue
            opens = event in ("start_map", "start_array")
            if closes := event in ("end_map", "end_array"):
                slots.pop()
            elif above < 0 and len(slots) <= longest and tuple(slots) in self._places:
                above, size, nodes = len(slots), 0, [[]]
            if above >= 0 and not closes:
                size += len(value) if event == "string" else 1
                if nodes and (size > LIMIT_CHARS or len(slots) > above + _DEEP):
                    nodes = []
                    self._large += 1
                if nodes:
                    made: Any = ({} if event == "start_map" else []) if opens else value
                    if isinstance(nodes[-1], list):
                        nodes[-1].append(made)
                    else:
                        nodes[-1][slots[-1]] = made
                    if opens:
                        nodes.append(made)
            if opens:
                slots.append("item" if event == "start_array" else "")
            elif above == len(slots):
                if nodes:
                    yield ".".join(slots), nodes[0][0]
                above = -1
            elif above >= 0 and closes and nodes:
                nodes.pop()
