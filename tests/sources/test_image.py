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
from datetime import datetime
from pathlib import Path

import pytest

from secondme.errors import Unreadable
from secondme.sources import image
from secondme.sources.layout import Box, in_reading_order

from . import making

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


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_other_kinds_and_transparent_pictures_are_read(tmp_path: Path, kind: str) -> None:
    from PIL import Image

    picture = Image.open(io.BytesIO(making.picture("Gate B7 at noon")))
    held = io.BytesIO()
    if kind == "WEBP":
        # black letters on a transparent black ground
        clear = Image.new("RGBA", picture.size, (0, 0, 0, 0))
        clear.putalpha(picture.convert("L").point(lambda value: 255 - value))
        picture = clear
    picture.save(held, kind)
    assert "gate b7" in making.item(write(tmp_path, held.getvalue(), "a.bin")).text.lower()


def test_a_picture_s_own_time_counts_before_the_file_s(tmp_path: Path) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:05:04 10:20:30"
    held = io.BytesIO()
    Image.open(io.BytesIO(making.picture("Words on a wall"))).save(held, "JPEG", exif=exif)
    found = making.item(write(tmp_path, held.getvalue(), "wall.jpg"))
    assert found.time == datetime(2026, 5, 4, 10, 20, 30).astimezone()


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
        "from pathlib import Path; from secondme import sources; from secondme.sources import image\n"
        "(item,) = image.read(sources.open_file(Path(sys.argv[1]))); print(item.text)\n"
    )
    out = subprocess.run([sys.executable, "-c", probe, str(path)], capture_output=True, text=True, check=True)
    assert (out.stdout.strip().lower(), out.stderr) == ("quiet please", "")


def boxes(*rows: tuple[float, float, float, str]) -> list[Box]:
    """Boxes of height 20 from (left, right, top, text)."""
    return [Box(left, top, right, top + 20, text) for left, right, top, text in rows]


def test_boxes_on_one_line_are_joined_left_to_right() -> None:
    found = in_reading_order(boxes((300, 400, 12, "HTML"), (10, 150, 10, "Export format"), (10, 90, 50, "Cancel")))
    assert list(found) == ["Export format HTML", "Cancel"]


def test_a_form_of_labels_and_values_is_read_by_rows() -> None:
    rows = [((10, 100, 30 * n, f"label {n}"), (300, 400, 30 * n + 2, f"value {n}")) for n in range(5)]
    found = in_reading_order(boxes(*(box for row in rows for box in row)))
    assert list(found) == [f"label {n} value {n}" for n in range(5)]


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    left = [(10, 300, 24 * n, f"left column, its line number {n} of prose") for n in range(5)]
    right = [(360, 650, 24 * n, f"right column, its line number {n} of prose") for n in range(5)]
    heading = [(10, 650, -80, "A heading across the page")]
    found = list(in_reading_order(boxes(*right, *heading, *left)))
    assert found == [row[3] for row in (*heading, *left, *right)]


def test_a_sidebar_is_a_column_of_its_own() -> None:
    side = [(10, 100, 47 * n, f"# channel {n}") for n in range(6)]
    main = [(300, 900, 31 * n, f"message number {n} is rather long") for n in range(9)]
    assert list(in_reading_order(boxes(*side, *main))) == [row[3] for row in (*side, *main)]


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
