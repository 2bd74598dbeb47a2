"""Archives: what is in them is read as if the folder had been named."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from secondme import sources
from secondme.records import Item, Skipped
from secondme.sources.archives import archive, zips
from tests.sources import making
from tests.sources.archives.making_archives import (
    FILES,
    Asking,
    Entries,
    own_room,  # noqa: F401
    put,
    taped,
    texts,
    zipped,
)

PACKERS: dict[str, Callable[[Entries], bytes]] = {
    "a.zip": zipped,
    "stored.zip": lambda entries: zipped(entries, zipfile.ZIP_STORED),
    "bzipped.zip": lambda entries: zipped(entries, zipfile.ZIP_BZIP2),
    "notes.textpack": zipped,
    "a.tar": taped,
    "gnu.tar": lambda entries: taped(entries, tarfile.GNU_FORMAT),
    "old.tar": lambda entries: taped(entries, tarfile.USTAR_FORMAT),
    "a.tar.gz": lambda entries: gzip.compress(taped(entries)),
    "a.tgz": lambda entries: gzip.compress(taped(entries)),
    "a.tar.bz2": lambda entries: bz2.compress(taped(entries)),
    "a.tar.xz": lambda entries: lzma.compress(taped(entries)),
    "zip with another name": zipped,
    "tar with another name": taped,
    "packed tar with another name": lambda entries: gzip.compress(taped(entries)),
}


@pytest.mark.parametrize("name", PACKERS)
def test_every_kind_of_archive_gives_its_files(tmp_path: Path, name: str) -> None:
    found = making.read(put(tmp_path, PACKERS[name](FILES), name))
    assert [(i.part, i.local, i.text) for i in found if isinstance(i, Item)] == [
        (member, member, data.decode()) for member, data in FILES.items()
    ]
    assert len(found) == 2


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["log.txt.gz", "log.txt.bz2", "log.txt"])
def test_a_single_packed_file_is_read(tmp_path: Path, pack: Callable[[bytes], bytes], name: str) -> None:
    (found,) = making.read(put(tmp_path, pack(b"first line\nsecond line"), name))
    assert isinstance(found, Item)
    assert (found.text, found.part) == ("first line\nsecond line", "log.txt")


def test_times_are_the_owner_s_unless_the_packer_says_more(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=2))
    naive = put(tmp_path, zipped({"a.txt": b"hi"}))
    unknown, exact = zipfile.ZipInfo("b.txt"), zipfile.ZipInfo("c.txt", (2026, 5, 4, 10, 20, 30))
    exact.extra = struct.pack("<HHBl", 0x5455, 5, 1, 1_777_890_030)
    with zipfile.ZipFile(naive, "a") as writing:
        writing.writestr(unknown, "hi")
        writing.writestr(exact, "hi")
    file = sources.open_file(naive, zone=zone)
    times = {i.part: i.time for i in archive.read(file) if isinstance(i, Item)}
    assert times["a.txt"] == datetime(2026, 5, 4, 10, 20, 30, tzinfo=zone)
    assert times["b.txt"] == file.modified
    assert times["c.txt"] == datetime(2026, 5, 4, 10, 20, 30, tzinfo=UTC)
    taken = making.item(put(tmp_path, taped({"a.txt": b"hi"}), "a.tar"))
    assert taken.time == datetime(2026, 5, 4, 10, 20, 30, tzinfo=UTC)


def test_ids_do_not_depend_on_the_archive_s_name_or_order(tmp_path: Path) -> None:
    one = making.read(put(tmp_path, zipped(FILES), "may.zip"))
    other = making.read(put(tmp_path, taped(dict(reversed(FILES.items()))), "june.tar"))
    locals_ = [sorted(i.local for i in found if isinstance(i, Item)) for found in (one, other)]
    assert locals_[0] == locals_[1]


def test_what_a_walk_leaves_out_is_left_out_quietly(tmp_path: Path) -> None:
    junk = ["__MACOSX/notes/._a.md", "._b.txt", ".DS_Store", ".git/config", "x/node_modules/y.js", "keys/id_rsa", "a~"]
    assert texts(put(tmp_path, zipped(FILES | dict.fromkeys(junk, b"x")))).keys() == FILES.keys()
    assert making.reasons(put(tmp_path, zipped(dict.fromkeys(junk, b"x")))) == ["holds no files to read"]
    assert making.reasons(put(tmp_path, zipped({}))) == ["holds no files to read"]


def test_what_nobody_reads_is_summed_up_and_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = b"\0\0\0\x20ftypisom" + random.Random(4).randbytes(300_000)
    unpacked: list[str] = []
    unpack = zips._blocks

    def watched(stream: io.BytesIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
        for block in unpack(stream, info):
            unpacked.append(info.filename)
            yield block

    monkeypatch.setattr(zips, "_blocks", watched)
    path = put(tmp_path, zipped({f"trip/{n}.mp4": film for n in range(30)} | {"b.txt": b"hi", "c.bin": b"\0\1"}))
    found = making.read(path)
    assert [i.part for i in found if isinstance(i, Item)] == ["b.txt"]
    assert [(s.source, s.reason) for s in found if isinstance(s, Skipped)] == [
        (str(path), "30 files in it, the first of them trip/0.mp4: videos (.mp4) are not read yet"),
        (f"{path} › c.bin", "no reader for .bin files (binary data)"),
    ]
    assert unpacked.count("trip/7.mp4") < 5


# -- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", [0, 0x800])
def test_names_are_utf_8_where_they_can_be(tmp_path: Path, flag: int) -> None:
    data = zipped({"Zxxrich.txt": b"hi"}).replace(b"Zxxrich", "Zürich".encode())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.index(mark) + (6 if mark.endswith(b"\x04") else 8)
        data = data[:at] + struct.pack("<H", flag) + data[at + 2 :]
    assert list(texts(put(tmp_path, data))) == ["Zürich.txt"]
    old = zipped({"Zxrich.txt": b"hi"}).replace(b"Zxrich", "Zürich".encode("cp437"))
    assert list(texts(put(tmp_path, old))) == ["Zürich.txt"]


def test_a_tape_archive_s_names_may_be_in_any_encoding(tmp_path: Path) -> None:
    old = taped({"Zxrich.txt": b"hi"}, tarfile.USTAR_FORMAT).replace(b"Zxrich", b"Z\xfcrich")
    block = bytearray(old[:512])
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    assert list(texts(put(tmp_path, bytes(block) + old[512:], "a.tar"))) == ["Z�rich.txt"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../etc/cron.d/x.txt", "leads out of the archive"),
        ("a/../../x.txt", "leads out of the archive"),
        ("/etc/passwd.txt", "leads out of the archive"),
        ("C:/Windows/x.txt", "leads out of the archive"),
        ("..\\x.txt", "leads out of the archive"),
        ("a\x1b[31mb.txt", "control characters"),
        ("a\nb.txt", "control characters"),
        ("n" * 4096 + ".txt", "longer than 1024 bytes"),
    ],
)
@pytest.mark.parametrize("pack", [zipped, taped])
def test_hostile_names_are_refused(tmp_path: Path, name: str, reason: str, pack: Callable[[Entries], bytes]) -> None:
    path = put(tmp_path, pack({name: b"evil", "b.txt": b"good"}), "x")
    found = making.read(path)
    assert [i.text for i in found if isinstance(i, Item)] == ["good"]
    (skipped,) = making.reasons(path)
    assert reason in skipped
    assert not {p.name for p in tmp_path.rglob("*")} - {"x"}


def test_a_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, zipped({"a.txt_.exe": b"x"}).replace(b"a.txt_.exe", b"a.txt\0.exe"))
    assert making.reasons(path) == ["has control characters in its name"]


def test_two_members_of_one_name_are_both_read(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as writing:
        writing.writestr("a.txt", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            writing.writestr("a.txt", "two")
    found = [i for i in making.read(put(tmp_path, held.getvalue())) if isinstance(i, Item)]
    assert [(i.local, i.text) for i in found] == [("a.txt", "one"), ("a.txt (2)", "two")]


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as writing:
        for name, kind in (
            ("l", tarfile.SYMTYPE),
            ("h", tarfile.LNKTYPE),
            ("d", tarfile.CHRTYPE),
            ("p", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            writing.addfile(info)
    path = put(tmp_path, held.getvalue(), "a.tar")
    assert making.reasons(path) == [
        "2 files in it, the first of them l: is a link",
        "2 files in it, the first of them d: is not a regular file",
    ]
    link = zipfile.ZipInfo("l.txt")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packing:
        packing.writestr(link, "/etc/passwd")
    assert making.reasons(tmp_path / "a.zip") == ["is a link"]


# -- companions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz"])
def test_a_member_s_companions_are_unpacked_once(tmp_path: Path, name: str, room: Path) -> None:
    asking = Asking("../users.json")
    entries = {"x/1.ask": b"-", "users.json": b'"Anna"', "x/2.ask": b"-", "3.ask": b"-"}
    file = sources.files.open_file(
        put(tmp_path, PACKERS[name](entries), name), None, None, (asking, *sources.readers())
    )
    found = [record for record in archive.read(file) if isinstance(record, Item)]
    assert [i.text for i in found] == ['"Anna"', '"Anna"', '"Anna"', "nobody"]
    assert asking.given[0] == asking.given[1]
    assert str(asking.given[0]).startswith(str(room))


# -- the temporary folder -----------------------------------------------------------------------------------------


def test_a_reading_that_is_broken_off_leaves_nothing(tmp_path: Path, room: Path) -> None:
    reading = archive.read(sources.open_file(put(tmp_path, zipped(FILES))))
    next(reading)
    (folder,) = room.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    del reading
    assert not list(room.iterdir())


def test_what_a_killed_process_left_is_removed(tmp_path: Path, room: Path) -> None:
    left = room / f"{archive._PREFIX}{2**22 + 7}-abc"
    left.mkdir()
    (left / "1.txt").write_text("secret")
    other = room / f"{archive._PREFIX}{os.getpid()}-abc"
    other.mkdir()
    making.read(put(tmp_path, zipped(FILES)))
    assert list(room.iterdir()) == [other]
    other.rmdir()
