"""Pictures: what is read, in which order, and what is refused."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Item
from secondme.sources.pictures import image
from secondme.sources.pictures.layout import Box
from tests.sources import making
from tests.sources.fuzzing import broken, survives

DATA = os.environ.get("SECONDME_TEST_DATA", "")


def write(folder: Path, data: bytes, name: str = "shot.png") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_the_lines_of_a_picture_are_read_top_down(tmp_path: Path) -> None:
    lines = ["Dentist on Tuesday", "Bring the insurance card", "Room 14, second floor"]
    found = making.item(write(tmp_path, making.picture(*lines), "Screenshot 2026-05-12 at 09.14.22.png"))
    assert found.text.lower().splitlines() == [line.lower() for line in lines]
    assert (found.kind, found.time) == ("screenshot", datetime(2026, 5, 12, 9, 14, 22).astimezone())
    assert making.said(found) == [found.text]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_other_kinds_and_transparent_pictures_are_read(tmp_path: Path, kind: str) -> None:
    from PIL import Image

    picture: Image.Image = Image.open(io.BytesIO(making.picture("Gate B7 at noon")))
    held = io.BytesIO()
    if kind == "WEBP":
        # black letters on a transparent black ground
        clear = Image.new("RGBA", picture.size, (0, 0, 0, 0))
        clear.putalpha(picture.convert("L").point(lambda value: 255 - value))
        picture = clear
    picture.save(held, kind)
    assert "gate b7" in making.item(write(tmp_path, held.getvalue(), "picture")).text.lower()


def taken(picture: bytes, *, offset: str = "", kind: str = "JPEG") -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:05:04 10:20:30"
    if offset:
        exif.get_ifd(0x8769)[0x9011] = offset
    held = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(held, kind, exif=exif)
    return held.getvalue()


CAMERA, OWNER = timezone(timedelta(hours=9)), timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("name", "offset", "time", "zoned"),
    [
        ("wall.jpg", "+09:00", datetime(2026, 5, 4, 10, 20, 30, tzinfo=CAMERA), True),
        ("wall.jpg", "", datetime(2026, 5, 4, 10, 20, 30, tzinfo=OWNER), False),
        ("IMG_20260504_102031.jpg", "+09:00", datetime(2026, 5, 4, 10, 20, 30, tzinfo=CAMERA), True),
        ("1985-07-01 Scan of a letter.jpg", "+09:00", datetime(1985, 7, 1, tzinfo=OWNER), False),
    ],
)
def test_a_time_is_the_camera_s_or_the_name_s(
    tmp_path: Path, name: str, offset: str, time: datetime, zoned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "_boxes", lambda picture: [Box(0, 0, 10, 10, "words")])
    file = sources.open_file(write(tmp_path, taken(making.picture(), offset=offset), name), zone=OWNER)
    (found,) = image.read(file)
    assert isinstance(found, Item)
    assert (found.time, found.zoned) == (time, zoned)


def test_without_camera_and_name_the_time_is_the_file_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "_boxes", lambda picture: [Box(0, 0, 10, 10, "words")])
    file = sources.open_file(write(tmp_path, making.picture(), "Screenshot (12).png"), zone=OWNER)
    (found,) = image.read(file)
    assert isinstance(found, Item)
    assert (found.time, found.zoned, found.title) == (file.modified, True, "Screenshot (12)")


@pytest.mark.parametrize(
    ("name", "app"),
    [
        ("Screenshot_20260512-091422_Chrome.png", "Chrome"),
        ("Screenshot_20260512_091422_Samsung Internet.png", "Samsung Internet"),
        ("Screenshot_2026-05-12-09-14-22-123_com.whatsapp.png", "Whatsapp"),
        ("Screenshot_2026-05-12-09-14-22-123_com.android.chrome.png", "Chrome"),
        ("Screenshot_2026-05-12-09-14-22-12_c37d74246d9c81aa0bb824b57eaf7062.png", ""),
        ("Screenshot_20260512-091422~2.png", ""),
        ("Screenshot 2026-05-12 091422.png", ""),
    ],
)
def test_a_phone_s_screenshot_names_its_app(
    tmp_path: Path, name: str, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = [Box(300, 10, 340, 40, "Inbox"), *(Box(20, 60 + 30 * n, 200, 80 + 30 * n, f"line {n}") for n in range(5))]
    monkeypatch.setattr(image, "_boxes", lambda picture: page)
    found = making.item(write(tmp_path, making.picture(), name))
    assert found.tags == ((app,) if app else ())
    assert found.title == (f"{app}: Inbox" if app else "Inbox")


def test_a_picture_has_a_likeness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "_boxes", lambda picture: [Box(0, 0, 10, 10, "words")])
    found = making.item(write(tmp_path, making.picture("one")))
    assert re.fullmatch(r"[0-9a-f]{16}", found.likeness)


def test_white_on_black_is_read(tmp_path: Path) -> None:
    from PIL import Image, ImageOps

    held = io.BytesIO()
    ImageOps.invert(Image.open(io.BytesIO(making.picture("Gate B7 at noon")))).save(held, "PNG")
    assert "gate b7" in making.item(write(tmp_path, held.getvalue())).text.lower()


def test_a_clock_s_lost_space_is_put_back() -> None:
    line = "Ines Falk9:02 AM, hamza 2016-03-1702:48:14, 2024-07-12T01:17:53, 12:30"
    assert image._text([Box(0, 0, 10, 10, line)]) == (
        "Ines Falk 9:02 AM, hamza 2016-03-17 02:48:14, 2024-07-12T01:17:53, 12:30"
    )


def test_a_picture_without_text_is_skipped(tmp_path: Path) -> None:
    assert making.reasons(write(tmp_path, making.picture())) == ["no text found in the picture"]


@pytest.mark.parametrize("data", [making.picture("hello")[:400], making.picture("hello")[:20], b"no picture"])
def test_a_truncated_picture_is_unreadable(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged or cut short"):
        making.read(write(tmp_path, data))


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path, side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    with pytest.raises(Unreadable, match=r"pixels; 60 million is the limit|damaged"):
        making.read(write(tmp_path, bomb))


def test_reading_prints_nothing_and_needs_no_network(tmp_path: Path) -> None:
    path = write(tmp_path, making.picture("Quiet please"))
    probe = (
        "import socket, sys\n"
        "def refuse(*args, **kwargs): raise OSError('no network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from pathlib import Path; from secondme import sources; from secondme.sources.pictures import image\n"
        "(item,) = image.read(sources.open_file(Path(sys.argv[1]))); print(item.text)\n"
    )
    out = subprocess.run([sys.executable, "-c", probe, str(path)], capture_output=True, text=True, check=True)
    assert (out.stdout.strip().lower(), out.stderr) == ("quiet please", "")


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="SECONDME_TEST_DATA names no folder of test data")
def test_real_screenshots_are_read_word_for_word() -> None:
    folder = Path(DATA) / "screenshots"
    for name, truth in json.loads((folder / "ground_truth.json").read_text()).items():
        wanted = Counter(re.findall(r"\w+", " ".join(truth["lines"]).lower()))
        read = Counter(re.findall(r"\w+", making.item(folder / name).text.lower()))
        share = sum((wanted & read).values()) / wanted.total()
        precision = sum((wanted & read).values()) / read.total()
        f1 = 2 * share * precision / (share + precision)
        print(f"{name}: recall {share:.3f}, precision {precision:.3f}, F1 {f1:.3f}")
        assert share >= 0.95, name


def test_every_line_of_a_long_scrolled_picture_is_read_once(tmp_path: Path) -> None:
    lines = [f"message number {n}" for n in range(60)]
    found = making.item(write(tmp_path, making.picture(*lines, size=(900, 3100))))
    assert found.text.lower().splitlines() == lines


def test_the_engine_is_made_once() -> None:
    assert image._engine() is image._engine()


SAMPLES = [taken(making.picture("hello"), kind=kind) for kind in ("JPEG", "PNG", "TIFF", "WEBP")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), sample=st.sampled_from(SAMPLES))
def test_broken_pictures_are_survived(
    tmp_path: Path, data: st.DataObject, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "_boxes", lambda picture: [Box(0, 0, 10, 10, "words")])
    assert survives(tmp_path / "a.png", data.draw(broken(sample)), [image])
