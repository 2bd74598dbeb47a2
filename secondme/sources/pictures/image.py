"""Pictures: the text in a screenshot or photo, by OCR, in reading order.

Pillow decodes, within a limit of pixels; RapidOCR finds and reads lines with the models in its own wheel. Nothing is
ever downloaded: the models are named by path, so that a missing one is an error and not a request.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

from secondme.errors import Unreadable
from secondme.records import Item, Segment, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.files import opened
from secondme.sources.pictures import layout, likeness
from secondme.sources.pictures.layout import Box

if TYPE_CHECKING:
    from PIL.Image import Image

Time = tuple[datetime, bool]  # and whether its zone was written down

NAME = "picture"
PIXELS = 60_000_000
THREADS = 2
# The detector shrinks what has a longer side, down to where nothing can be read in a long scrolled screenshot.
SIDE, OVERLAP = 2000, 160

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"))
_HEADS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_TIFFS = (b"II*\0", b"MM\0*")  # cameras' raw files begin so too
_EXIF_IFD, _TAKEN, _TAKEN_ZONE = 0x8769, 0x9003, 0x9011  # Exif 2.32: DateTimeOriginal, OffsetTimeOriginal
# The recogniser is apt to swallow the space around a time stamp; no word is written like this.
_GLUED = re.compile(
    r"(?<=\d{4}-\d\d-\d\d)(?=\d\d:\d\d)|(?<=[^\W\d_])(?=\d{4}-\d\d-\d\d)"
    r"|(?<=[^\W\d_]{2})(?=\d?\d:\d\d(?!\d))"
)
# Android's "Screenshot_20260512-091422_Chrome", "Screenshot_2026-05-12-09-14-22-123_com.whatsapp"
_APP = re.compile(r"Screenshot_[\d_-]{15,}_(?![0-9a-f]{32}\b)(?P<app>[^\W\d_][^~(]*)", re.IGNORECASE)
_MAKERS = "com org net de io me co android google app apps mobile client messenger lite"
_NO_NAMES = frozenset(_MAKERS.split())
_SAME_DAY = timedelta(hours=36)
_reading = threading.Lock()  # an engine keeps state during a call


def claims(file: File) -> str | None:
    head = file.head
    bitmap = (
        head[:2] == b"BM" and head[6:10] == bytes(4) and head[14:18] in (b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")
    )
    tiff = head.startswith(_TIFFS) and file.suffix == ""
    if head.startswith(_HEADS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or bitmap or tiff:
        return "begins like a picture"
    return f"ends in {file.suffix}" if file.suffix in _SUFFIXES else None


def read(file: File) -> Iterator[Item | Skipped]:
    with opened(file.path) as stream:
        picture, taken = _decoded(stream, file.zone)
    boxes = _boxes(picture)
    body = _text(boxes)
    if not body:
        yield Skipped(file.name, "no text found in the picture")
        return
    stem = PurePath(file.name).stem
    app, heading = _app(stem), layout.heading(boxes, min(picture.width, SIDE))
    time, zoned = _time(file, taken)
    yield Item(
        kind="screenshot",
        text=body,
        segments=(Segment(0, len(body)),),
        title=": ".join(filter(None, (app, heading))) if heading else stem,
        time=time,
        tags=(app,) if app else (),
        zoned=zoned,
        likeness=likeness.dhash(picture),
    )


def _time(file: File, taken: Time | None) -> Time:
    """When a picture was made: as the camera says, else its name. A name with another day is the owner's word."""
    named = dates.in_name(file.name, file.zone)
    if taken and (named is None or abs(taken[0] - named[0]) < _SAME_DAY):
        return taken
    return named or (file.modified, True)


def _app(stem: str) -> str:
    """The app that a phone says it shows, by its name: "Whatsapp" for com.whatsapp."""
    if (found := _APP.match(stem)) is None:
        return ""
    parts = [part for part in found["app"].split(".") if part.lower() not in _NO_NAMES]
    return (parts or [found["app"]])[-1].strip().capitalize() if "." in found["app"] else found["app"].strip()


def recognise(picture: Image) -> str:
    """The text in a picture, one line per line, in reading order; "" if there is none.

    1-2 s for a dialog, 5-10 s for a screen full of text on two cores; 0.6 GB of memory. Raises Unreadable.
    """
    return _text(_boxes(picture))


def _boxes(picture: Image) -> list[Box]:
    page = picture.convert("RGB")
    if page.width > SIDE:
        page = page.resize((SIDE, max(1, page.height * SIDE // page.width)))
    return [box for top in _tops(page.height) for box in _tile(page, top)]


def _text(boxes: list[Box]) -> str:
    return "\n".join(_GLUED.sub(" ", line) for line in layout.in_reading_order(boxes))


def _tops(height: int) -> range:
    """Where the tiles of a page begin: each overlaps the one before, so that every line is whole in one of them."""
    return range(0, max(1, height - OVERLAP), SIDE - OVERLAP)


def _tile(page: Image, top: int) -> list[Box]:
    """The boxes whose middle lies in this tile, up to the middle of its overlap with its neighbours."""
    bottom = min(page.height, top + SIDE)
    found = _found(page.crop((0, top, page.width, bottom)))
    first = top + OVERLAP / 2 if top else 0
    last = bottom - OVERLAP / 2 if bottom < page.height else bottom
    boxes = (_box(corners, top, text.strip()) for corners, text in found)
    return [box for box in boxes if box.text and first <= box.middle < last + (bottom == page.height)]


def _found(tile: Image) -> Iterable[tuple[Any, str]]:
    """Pairs of corners, an array of shape (4, 2) in pixels of the tile, and the text within."""
    import numpy as np

    engine = _engine()
    try:
        with _reading:
            # channels last, blue first, as OpenCV has them
            found = engine(np.ascontiguousarray(np.asarray(tile)[:, :, ::-1]))
    # per record: RapidOCR, OpenCV and onnxruntime have no error in common
    except Exception as error:
        raise Unreadable("the text in the picture could not be read") from error
    return zip(found.boxes, found.txts, strict=True) if found.boxes is not None and found.txts else ()


def _box(corners: Any, above: int, text: str) -> Box:
    """The upright box around four corners, in pixels of the page."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Box(float(left), float(top) + above, float(right), float(bottom) + above, text)


@cache
def _engine() -> Any:
    """The one engine of this process. Import and models take 1-2 s."""
    try:
        import rapidocr
        from rapidocr import RapidOCR

        models = Path(rapidocr.__file__).parent / "models"
        return RapidOCR(
            params={
                "Global.use_cls": False,  # the direction classifier garbles clean lines
                "Global.log_level": "critical",
                "Det.model_path": str(next(iter(sorted(models.glob("*_det_*.onnx"))))),
                "Rec.model_path": str(next(iter(sorted(models.glob("*_rec_*.onnx"))))),
                # lines of one batch are padded to the longest: one by one takes half the memory, and less time
                "Rec.rec_batch_num": 1,
                "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
    except (ImportError, OSError, StopIteration) as error:
        raise Unreadable("needs OCR, which is not fully installed", "Run ./install.sh again.") from error


def _decoded(stream: BinaryIO, zone: tzinfo | None) -> tuple[Image, Time | None]:
    """The picture upright, in RGB on white, its first page or frame; and when its camera says that it was taken."""
    from PIL import Image, ImageOps  # 60 ms

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(stream, formats=_FORMATS) as opened_picture:
                width, height = opened_picture.size
                if width * height > PIXELS:
                    raise Unreadable(f"has {width} x {height} pixels; {PIXELS // 1_000_000} million is the limit")
                taken = _taken(opened_picture, zone)
                upright = ImageOps.exif_transpose(_in_bytes(opened_picture)).convert("RGBA")
            paper = Image.new("RGBA", upright.size, "white")
            return Image.alpha_composite(paper, upright).convert("RGB"), taken
        except Unreadable:
            raise
        # per record: Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error and more
        except Exception as error:
            raise Unreadable("is damaged or cut short, or is not a picture") from error


def _in_bytes(picture: Image) -> Image:
    """Scans may have 16 bits of grey, which Pillow would cut off at 255."""
    return picture.point(lambda value: value * (1 / 256)).convert("L") if picture.mode.startswith("I;16") else picture


def _taken(picture: Image, zone: tzinfo | None) -> Time | None:
    exif = picture.getexif().get_ifd(_EXIF_IFD)
    date, _, clock = str(exif.get(_TAKEN, "")).strip("\0 ").partition(" ")
    moment = f"{date.replace(':', '-')} {clock}"
    offset = str(exif.get(_TAKEN_ZONE, "")).strip("\0 ")
    if offset and (exact := dates.parse(moment + offset)) is not None:
        return exact, True
    found = dates.parse(moment, zone)
    return (found, False) if found else None
