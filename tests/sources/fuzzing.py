"""Broken input of every kind, made from a good sample, and what must hold however a file is broken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources import Reader

NASTY = (
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"{",
    b"[",
    b'"',
    b"<",
    b"\n\n",
    b"9" * 40,
    b"-1",
    b"null",
    b"\xe2\x80\xae",
)


@st.composite
def broken(draw: st.DrawFn, sample: bytes) -> bytes:
    """`sample` cut short, with bytes changed, stretches removed, repeated, moved, and nasty ones put in."""
    data = bytearray(sample)
    for _ in range(draw(st.integers(1, 4))):
        if not data:
            break
        at, other = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        match draw(st.integers(0, 5)):
            case 0:
                del data[at:]
            case 1:
                del data[at : min(other, at + 40)]
            case 2:
                data[at:at] = draw(st.sampled_from(NASTY))
            case 3:
                data[at:at] = data[at : min(other, at + 400)]
            case 4:
                data[at : at + 1] = draw(st.binary(max_size=2))
            case _:
                data[at:at] = draw(st.binary(max_size=12))
    return bytes(data)


def survives(path: Path, data: bytes, readers: Sequence[Reader]) -> list[Item | Skipped]:
    """Read `data` as a file called `path` by the first of `readers` that takes it, and check what comes out."""
    path.write_bytes(data)
    file = sources.files.open_file(path, None, None, sources.readers())
    choice = sources.reader_for(file, readers)
    if isinstance(choice, Skipped):
        return [choice]
    records: list[Item | Skipped] = []
    try:
        for record in choice[0].read(file):
            records.append(record)
    except Unreadable as error:
        records.append(Skipped(file.name, error.message))
    for record in records:
        sound(record)
    return records


def sound(record: Item | Skipped) -> None:
    """What every record promises."""
    if isinstance(record, Skipped):
        assert record.reason
        return
    assert record.kind
    assert record.time is None or record.time.utcoffset() is not None, "a time without a zone"
    at = 0
    for segment in record.segments:
        assert at <= segment.start <= segment.end <= len(record.text), "segments out of order or out of the text"
        at = segment.end
    for handle in record.people:
        assert handle.name or handle.address
        assert handle.address == "" or ":" in handle.address
