"""What is attached to a mail, each file by the reader of its own format.

Knows which parts are no files that anybody attached (signatures' keys, logos, tracking pixels), and how an item found
in an attachment hangs on its mail. Bytes go through a temporary file that is gone when its items are out.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from secondme.errors import SecondMeError, Unreadable
from secondme.records import Item, Skipped
from secondme.sources import later, nested
from secondme.sources.base import File
from secondme.sources.choice import reader_for
from secondme.sources.files import why
from secondme.sources.mails.mime import Part

FILES = 200  # of one mail
FILE_BYTES = 100 * 1024 * 1024
SMALL_PICTURE, LOGO = 5 * 1024, 40 * 1024
_DISTINCT = 500

_QUIET = re.compile(
    r"application/(?:(?:x-)?pkcs7-signature|pgp-(?:signature|encrypted|keys)|(?:vnd\.)?ms-tnef|applefile)$|"
    r"message/(?:delivery-status|disposition-notification|feedback-report)$|text/(?:rfc822-headers|x-amp-html)$|"
    r"multipart/"
)
_QUIET_NAMES = re.compile(r"(?:.*\.(?:p7s|p7m|asc|sig)|winmail\.dat|\._.*|\.ds_store)$", re.IGNORECASE)
_LOGO = re.compile(
    r"image\d{3}\b|(?:.*[^a-z])?(?:logo|icon|banner|facebook|twitter|linkedin|instagram|youtube|xing|signature|spacer)",
    re.IGNORECASE,
)
_ENDINGS = {
    "text/calendar": "invite.ics",
    "application/ics": "invite.ics",
    "text/vcard": "contact.vcf",
    "text/x-vcard": "contact.vcf",
    "text/html": "page.html",
    "text/plain": "text.txt",
    "text/markdown": "text.md",
    "text/csv": "table.csv",
    "application/pdf": "document.pdf",
    "application/json": "data.json",
    "application/zip": "archive.zip",
    "image/jpeg": "picture.jpg",
    "image/png": "picture.png",
    "image/webp": "picture.webp",
}
_UNFIT = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class Losses:
    """What was not read, summed up: many alike are one Skipped, so that a damaged mailbox does not flood the report."""

    name: str
    _first: dict[str, Skipped] = field(default_factory=dict)
    _count: Counter[str] = field(default_factory=Counter)
    _formats: Counter[str] = field(default_factory=Counter)

    def note(self, entry: Skipped, alike: str = "") -> None:
        """`alike` is what it has in common with others; its own words if not given."""
        key = alike or entry.reason
        if key in self._first or len(self._first) < _DISTINCT:
            self._first.setdefault(key, entry)
            self._count[key] += 1
        else:
            self._count[""] += 1

    def unread(self, name: str) -> None:
        """An attachment in a format that no reader takes."""
        ending = PurePath(name).suffix.lower()[:12]
        self._formats[ending if ending in self._formats or len(self._formats) < _DISTINCT else ""] += 1

    def all(self) -> Iterator[Skipped]:
        for key, entry in self._first.items():
            others = self._count[key] - 1
            yield replace(entry, reason=f"{entry.reason} ({others:,} more like it)") if others else entry
        if self._count[""]:
            yield Skipped(self.name, f"{self._count['']:,} more things of other kinds could not be read")
        if total := self._formats.total():
            kinds = ", ".join(f"{count:,} {kind or 'without a suffix'}" for kind, count in self._formats.most_common(8))
            what = "1 attachment is in a format" if total == 1 else f"{total:,} attachments are in formats"
            yield Skipped(self.name, f"{what} that cannot be read ({kinds})")


def worth_reading(parts: Sequence[Part], inline: set[int]) -> list[Part]:
    """Those that somebody attached. `inline` holds the id() of parts that the HTML shows within its text."""
    return [part for part in parts if not _decorates(part, id(part) in inline)]


def _decorates(part: Part, shown: bool) -> bool:
    name = part.filename
    if part.start == part.end or _QUIET.match(part.kind) or _QUIET_NAMES.match(name):
        return True
    if not part.kind.startswith("image/"):
        return False
    shown = shown or part.disposition == "inline" or bool(part.first("content-id"))
    return shown and (part.size < SMALL_PICTURE or (part.size < LOGO and _LOGO.match(name) is not None))


def read(parts: Sequence[Part], mail: Item, file: File, losses: Losses) -> Iterator[Item]:
    """The items of the attachments, as those of `mail`."""
    if len(parts) > FILES:
        losses.note(Skipped(file.name, f"a mail has {len(parts):,} attachments; {FILES} of them are read"), "many")
    names: Counter[str] = Counter()
    seen: set[bytes] = set()
    for part in parts[:FILES]:
        name = _name(part)
        names[name] += 1
        if names[name] > 1:
            pure = PurePath(name)
            name = f"{pure.stem} ({names[name]}){pure.suffix}"
        if part.size > FILE_BYTES:
            losses.note(Skipped(f"{file.name} › {name}", f"is larger than {FILE_BYTES >> 20} MB"))
            continue
        data = part.content()
        # an invitation comes twice, for programs that show it and for those that save it
        if data.strip() and (digest := hashlib.sha256(data).digest()) not in seen:
            seen.add(digest)
            yield from _read(data, name, mail, file, losses)


def _read(data: bytes, name: str, mail: Item, file: File, losses: Losses) -> Iterator[Item]:
    try:
        with _stored(data) as path:
            inner = nested.inner(file, path, name, mail.time or file.modified)
            choice = reader_for(inner, inner.readers)
            if isinstance(choice, Skipped) or choice[0].NAME == later.NAME:
                losses.unread(name)
                return
            for record in nested.read_inner(inner):
                if isinstance(record, Skipped):
                    losses.note(record)
                else:
                    yield _hung(record, mail, name)
    except SecondMeError as error:
        losses.note(Skipped(f"{file.name} › {name}", error.message.rstrip(".")))
    except OSError as error:
        raise Unreadable(why(error), "Free some space for temporary files, then run the same command again.") from error
    except Exception as error:
        # a foreign library's fault in one attachment is no reason to lose the others
        losses.note(Skipped(f"{file.name} › {name}", f"could not be read ({type(error).__name__})"))


@contextmanager
def _stored(data: bytes) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix="secondme-")
    path = Path(name)
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _hung(record: Item, mail: Item, name: str) -> Item:
    """An item of an attachment as part of its mail."""
    ours = not record.origin
    return replace(
        record,
        origin="mail" if ours else record.origin,
        local=f"{mail.local}/{record.local or name}" if ours else record.local,
        part=f"{mail.title or 'mail'} › {record.part or name}",
        people=record.people or mail.people,
        thread=record.thread or mail.thread,
        zoned=mail.zoned if record.time == mail.time else record.zoned,
        trust="machine" if record.trust == "machine" else "other",
    )


def _name(part: Part) -> str:
    """The attachment's name, fit to be shown; one by its format if it has none."""
    name = _UNFIT.sub("", part.filename).strip()
    if name in ("", ".", ".."):
        return _ENDINGS.get(part.kind, f"attachment.{re.sub(r'[^a-z0-9]', '', part.kind.partition('/')[2])[:8]}")
    known = _ENDINGS.get(part.kind)
    return name + PurePath(known).suffix if known and not PurePath(name).suffix else name
