"""Small real files for the tests of the readers, and one way to read them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from secondme import sources
from secondme.records import Item, Skipped


def read(path: Path) -> list[Item | Skipped]:
    """What the first reader that claims the file makes of it."""
    file = sources.open_file(path)
    found = sources.reader_for(file)
    return [found] if isinstance(found, Skipped) else list(found[0].read(file))


def item(path: Path) -> Item:
    """The one Item of a file that has just one, and nothing to report."""
    (found,) = read(path)
    assert isinstance(found, Item), found
    return found


def reasons(path: Path) -> list[str]:
    return [entry.reason for entry in read(path) if isinstance(entry, Skipped)]


def said(found: Item) -> list[str]:
    """The text of each segment."""
    return [found.text[segment.start : segment.end] for segment in found.segments]


def pdf(*pages: str, info: str = "", encrypted: bool = False) -> bytes:
    """A PDF with one line of text per page; a page that is "" has none. Written by the book (ISO 32000-1, 7.5)."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, text in enumerate(pages):
        drawn = "".join(f"({line}) Tj 0 -20 Td " for line in text.split("\n")) if text else ""
        stream = f"BT /F1 14 Tf 50 700 Td {drawn}ET" if text else ""
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {5 + 2 * n} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append(f"<< {info} >>")
    trailer = f"/Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R"
    if encrypted:
        # the owner's and user's checksums belong to a password that nobody knows
        secret = "<" + "5a" * 32 + ">"
        lock = f"/Filter /Standard /V 1 /R 2 /P -4 /O {secret} /U {secret}"
        trailer += f" /ID [<00112233> <00112233>] /Encrypt << {lock} >>"
    written = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< {trailer} >>\n"
    return written + f"{end}startxref\n{len(written)}\n%%EOF\n".encode("latin-1")


def package(**members: bytes) -> bytes:
    """A zip file; `__` in a name stands for a slash."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, data in members.items():
            writing.writestr(name.replace("__", "/") + ".xml", data)
    return held.getvalue()


def picture(*lines: str, size: tuple[int, int] = (640, 200)) -> bytes:
    """A PNG with lines of black text on white."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((20, 20 + 50 * number), line, fill="black", font=ImageFont.load_default(28))
    held = io.BytesIO()
    image.save(held, "PNG")
    return held.getvalue()
