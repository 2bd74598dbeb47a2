"""Archives that are hostile or damaged: nothing in them can do harm, and what can be read is read."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import random
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import DiskFull, Unreadable
from secondme.records import Item, Skipped
from secondme.sources import nested
from secondme.sources.archives import archive, members, tars, zips
from tests.sources import making
from tests.sources.archives.making_archives import (
    FILES,
    Asking,
    own_room,  # noqa: F401
    put,
    taped,
    texts,
    zipped,
)
from tests.sources.fuzzing import broken, survives

# -- limits -------------------------------------------------------------------------------------------------------


def test_archives_in_archives_are_read_to_a_depth(tmp_path: Path) -> None:
    data = b"deep down"
    name = "a.txt"
    for _ in range(nested.DEPTH):
        data, name = zipped({name: data}), "inner.zip"
    assert list(texts(put(tmp_path, data)).values()) == ["deep down"]
    (reason,) = making.reasons(put(tmp_path, zipped({"inner.zip": data})))
    assert f"{nested.DEPTH} is the limit" in reason


def test_an_archive_that_holds_itself_ends(tmp_path: Path) -> None:
    inner = zipped({"x.txt": b"end"})
    for _ in range(30):
        inner = zipped({"again.zip": inner, "also.zip": inner}, zipfile.ZIP_DEFLATED)[:2_000_000]
    began = time.monotonic()
    assert all(isinstance(found, Skipped) for found in making.read(put(tmp_path, inner)))
    assert time.monotonic() - began < 5


def bomb(size: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as writing, writing.open("zeros.txt", "w") as member:
        for _ in range(size // 1_000_000):
            member.write(bytes(1_000_000))
    return held.getvalue()


def test_a_member_that_would_unpack_to_far_more_is_refused_unpacked(tmp_path: Path) -> None:
    (reason,) = making.reasons(put(tmp_path, bomb(60_000_000)))
    assert reason == "would unpack to more than 200 times its size, as only a zip bomb does"


def test_nested_bombs_share_one_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As 42.zip does it: each archive is innocent, and together they are not."""
    monkeypatch.setattr(members, "RATIO_FLOOR", 1_000_000)
    data = zipped({"a.txt": b"x" * 90_000})
    for _ in range(3):
        data = zipped({f"{n}.zip": data for n in range(16)})
    began = time.monotonic()
    reasons = making.reasons(put(tmp_path, data))
    assert any("as only a zip bomb does; the rest was left out" in reason for reason in reasons)
    assert len(reasons) < 10
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_bombs_are_refused(
    tmp_path: Path, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "RATIO_FLOOR", 1_000_000)
    for data in (taped({"a.txt": bytes(3_000_000)}), b"ab\n" * 500_000):
        assert any("as only a zip bomb does" in reason for reason in _reasons(put(tmp_path, pack(data), "x.gz")))


def _reasons(path: Path) -> list[str]:
    try:
        return making.reasons(path)
    except Unreadable as error:
        return [error.message]


def test_members_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    """Fifield's construction in its simplest form: two entries, one content."""
    data = bytearray(zipped({"a.txt": b"x" * 100, "b.txt": b"y" * 100}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    with pytest.raises(Unreadable, match="overlap"):
        making.read(put(tmp_path, bytes(data)))


def test_too_many_members_end_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {f"{n}.txt": b"hi" for n in range(60)}
    monkeypatch.setattr(members, "MEMBERS", 50)
    found = making.read(put(tmp_path, taped(entries), "a.tar"))
    assert sum(isinstance(record, Item) for record in found) == 50
    assert making.reasons(put(tmp_path, taped(entries), "a.tar")) == ["holds more than 50 files; the rest was left out"]
    monkeypatch.setattr(zips, "MEMBERS", 50)
    with pytest.raises(Unreadable, match="holds more than 50 files"):
        making.read(put(tmp_path, zipped(entries)))


def test_a_member_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MEMBER_BYTES", 1 << 30)
    data = bytearray(zipped(FILES))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", (1 << 30) + 1)
    assert "is larger than 1 GB" in making.reasons(put(tmp_path, bytes(data)))


def test_a_large_packed_tape_archive_is_read_without_unpacking_it_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tars, "UNPACKED_BYTES", 5000)
    entries = FILES | {"x.ask": b"-"}
    asking = Asking("b.txt")
    path = put(tmp_path, gzip.compress(taped(entries)), "a.tgz")
    file = sources.files.open_file(path, None, None, (asking, *sources.readers()))
    found = [record.text for record in archive.read(file) if isinstance(record, Item)]
    assert found == [*(data.decode() for data in FILES.values()), "nobody"]


# -- damage -------------------------------------------------------------------------------------------------------


def encrypted(data: bytes) -> bytes:
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark) + at
        data = data[:place] + struct.pack("<H", 1) + data[place + 2 :]
    return data


def test_encrypted_members_are_named_and_the_others_read(tmp_path: Path) -> None:
    path = put(tmp_path, encrypted(zipped(FILES)))
    assert list(texts(path)) == ["b.txt"]
    assert making.reasons(path) == ["is encrypted"]


def test_a_wrong_checksum_skips_that_member_only(tmp_path: Path) -> None:
    path = put(tmp_path, zipped(FILES, zipfile.ZIP_STORED).replace(b"roses", b"noses"))
    assert list(texts(path)) == ["b.txt"]
    assert making.reasons(path) == ["is damaged: its checksum does not fit"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_zip_without_its_end_gives_what_came_before(tmp_path: Path, streamed: bool) -> None:
    held = io.BytesIO()

    class OneWay(io.RawIOBase):
        """As a phone or a server writes it: sizes come after each member."""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            return held.write(data)

    with zipfile.ZipFile(OneWay() if streamed else held, "w", zipfile.ZIP_DEFLATED) as writing:
        for n in range(5):
            writing.writestr(f"{n}.txt", random.Random(n).randbytes(50).hex())
    data = held.getvalue()
    fourth = data.index(b"3.txt")
    path = put(tmp_path, data[: fourth + 30])
    assert list(texts(path)) == ["0.txt", "1.txt", "2.txt"]
    assert making.reasons(path) == ["is cut short or damaged: only what came before was read"]
    assert len(texts(put(tmp_path, data[: data.index(b"PK\x01\x02")]))) == 5


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: bz2.compress(data, 1), lzma.compress])
def test_a_tape_archive_without_its_end_gives_what_came_before(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    data = taped({f"{n}.txt": random.Random(n).randbytes(60_000).hex().encode() for n in range(4)})
    packed = pack(data)
    path = put(tmp_path, packed[: len(packed) * 6 // 10], "a.tar")
    found = texts(path)
    assert {"0.txt"} <= found.keys() <= {"0.txt", "1.txt"}
    assert "is cut short or damaged: only what came before was read" in making.reasons(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_a_packed_file_without_its_end_gives_what_came_before(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    text = random.Random(1).randbytes(1_200_000).hex()
    packed = pack(text.encode())
    path = put(tmp_path, packed[: len(packed) * 3 // 4], "log.txt.gz")
    found = "".join(i.text for i in making.read(path) if isinstance(i, Item))
    assert text.startswith(found)
    assert len(found) > 1_000_000
    assert making.reasons(path) == ["is cut short or damaged: only what came before was read"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.bz2", "a.xz"])
@pytest.mark.parametrize(
    "data", [b"<html>Not found</html>", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh91AY&SY", b"x" * 5000]
)
def test_what_is_no_archive_says_so(tmp_path: Path, name: str, data: bytes) -> None:
    assert any("damaged or cut short" in r or "cut short or damaged" in r for r in _reasons(put(tmp_path, data, name)))


def test_documents_that_are_packed_are_no_archives(tmp_path: Path) -> None:
    kinds = {
        "table.xlsx": "spreadsheets (.xlsx) are not read yet",
        "book.epub": "books (.epub) are not read yet",
        "tool.jar": "programs and their parts (.jar) are not read yet",
    }
    for name, reason in kinds.items():
        assert making.reasons(put(tmp_path, zipped(FILES), name)) == [reason]
    for first, data in (("[Content_Types].xml", b"<Types/>"), ("mimetype", b"application/epub+zip")):
        assert making.reasons(put(tmp_path, zipped({first: data, **FILES}, 0), "unnamed")) == [
            "documents are not read yet"
        ]


def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, mode: str = "r") -> object:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = sources.open_file(put(tmp_path, zipped(FILES)))
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(DiskFull, match="no room left") as caught:
        list(archive.read(file))
    assert caught.value.hint


# -- anything -----------------------------------------------------------------------------------------------------

SAMPLES = [
    ("a.zip", zipped(FILES | {"in.zip": zipped(FILES), "t.tar.gz": gzip.compress(taped(FILES))})),
    ("a.tar", taped(FILES | {"n" * 200: b"x"})),
    ("g.tar", taped(FILES | {"n" * 200: b"x"}, tarfile.GNU_FORMAT)),
    ("a.tgz", gzip.compress(taped(FILES))),
]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), sample=st.sampled_from(SAMPLES))
def test_broken_archives_are_survived(tmp_path: Path, data: st.DataObject, sample: tuple[str, bytes]) -> None:
    name, whole = sample
    assert survives(tmp_path / name, data.draw(broken(whole)), sources.readers())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_headers_of_tape_archives_may_say_anything(tmp_path: Path, data: st.DataObject) -> None:
    """A wrong checksum hides what a header says; here it is made to fit."""
    whole = bytearray(taped(FILES | {"n" * 200: b"x"}))
    for _ in range(data.draw(st.integers(1, 3))):
        at = 512 * data.draw(st.integers(0, len(whole) // 512 - 1))
        field = data.draw(st.sampled_from([(0, 100), (124, 136), (136, 148), (156, 157), (257, 265), (345, 500)]))
        size = field[1] - field[0]
        whole[at + field[0] : at + field[1]] = data.draw(st.binary(min_size=size, max_size=size))
        whole[at + 148 : at + 156] = b" " * 8
        whole[at + 148 : at + 156] = b"%06o\0 " % sum(whole[at : at + 512])
    assert survives(tmp_path / "a.tar", bytes(whole), sources.readers())


def test_a_member_s_size_may_lie(tmp_path: Path) -> None:
    data = zipped({"a.txt": b"x" * 200_000})
    for size in (0, 5, 199_999, 200_001, 4_000_000):
        at = data.index(b"PK\x01\x02") + 24
        with_lie = data[:at] + struct.pack("<L", size) + data[at + 4 :]
        assert texts(put(tmp_path, with_lie)) == {}
    packed = zlib.compress(b"x" * 1000)[2:-4]
    assert packed in zipped({"a.txt": b"x" * 1000})


def test_errors_are_our_own(tmp_path: Path) -> None:
    for name, whole in SAMPLES:
        for end in range(0, len(whole), 331):
            path = put(tmp_path, whole[:end], name)
            assert _reasons(path) or texts(path)
