"""A tree of some 520 files of many kinds, the same at every call: what a life's folders look like, in small."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

EPOCH = 1_778_000_000  # the files' modification time, so that homes made from the tree are alike
PLACES = ("Ghent", "Lisbon", "Innsbruck", "Svendborg", "Porto", "Bruges", "Leuven")
THINGS = ("boiler", "dentist", "garden", "tax letter", "violin", "bicycle", "greenhouse", "passport", "bread")
NAMES = ("Anna Berg", "Jonas Claes", "Zoë Maes", "Mama", "Pieter De Smet")


def sentence(n: int) -> str:
    return (
        f"On day {n} the {THINGS[n % 9]} in {PLACES[n % 7]} was on {NAMES[n % 5]}'s mind, and the number was {n * 37}."
    )


def grow(root: Path) -> None:
    """Write the tree below `root`."""
    for n in range(300):
        _write(root / "notes" / f"{n % 12:02}" / f"note{n:03}.md", _note(n))
    for n in range(80):
        _write(root / "letters" / f"letter{n:02}.txt", "\n\n".join(sentence(n * 10 + k) for k in range(n % 9 + 1)))
    for n in range(40):
        _write(root / "web" / f"page{n:02}.html", f"<html><title>Page {n}</title><body><h1>{THINGS[n % 9]}</h1>"
               f"<p>{sentence(n)}</p><p>{sentence(n + 1)}</p></body></html>")  # fmt: skip
    for n in range(60):
        _write(root / "mail" / f"{n:02}.eml", _mail(n))
    _write(
        root / "mail" / "old.mbox", "".join(f"From a@b Mon May  4 10:00:00 2026\n{_mail(n)}\n" for n in range(60, 140))
    )
    for n in range(12):
        chat = "".join(
            f"{k % 28 + 1:02}/05/2026, {k % 24:02}:15 - {NAMES[(n + k) % 5]}: {sentence(k)}\n" for k in range(30)
        )
        _write(root / "chats" / f"WhatsApp Chat with {NAMES[n % 5]} {n}.txt", chat)
    for n in range(10):
        lines = (json.dumps({"role": NAMES[k % 5], "content": sentence(k + n), "ts": EPOCH + k}) for k in range(20))
        _write(root / "chats" / f"talk{n}.jsonl", "\n".join(lines) + "\n")
    _write(root / "calendar.ics", _calendar())
    _write(root / "contacts.vcf", "".join(_card(name) for name in NAMES))
    for n in range(8):
        _write(
            root / "tables" / f"list{n}.csv",
            "thing,place\n" + "".join(f"{THINGS[k]},{PLACES[k % 7]}\n" for k in range(9)),
        )
    for n in range(6):
        _archive(root / "archives" / f"old{n}.zip", n)
    _write(root / "broken" / "empty.md", "")
    _write(root / "broken" / "cut.eml", _mail(3)[:90])
    _write(root / "broken" / "cut.zip", "PK\x03\x04 and no more")


def _note(n: int) -> str:
    body = "\n\n".join(sentence(n + k) for k in range(n % 5 + 1))
    return f"---\ntags: [{THINGS[n % 9].split()[0]}]\n---\n# Note {n}\n\n{body}\n"


def _mail(n: int) -> str:
    sender = NAMES[n % 5]
    address = sender.lower().replace(" ", ".").replace("ë", "e")
    return (
        f"From: {sender} <{address}@example.org>\nTo: me@example.org\nSubject: About the {THINGS[n % 9]}\n"
        f"Message-ID: <{n}@example.org>\nDate: Mon, {n % 28 + 1} Jun 2026 10:00:00 +0200\n\n"
        f"{sentence(n)}\n\n{sentence(n + 3)}\n-- \n{sender}\n"
    )


def _calendar() -> str:
    events = (
        f"BEGIN:VEVENT\nUID:event{n}@example.org\nDTSTART:202606{n % 28 + 1:02}T100000Z\nSUMMARY:The {THINGS[n % 9]}\n"
        f"LOCATION:{PLACES[n % 7]}\nEND:VEVENT\n"
        for n in range(20)
    )
    return "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n" + "".join(events) + "END:VCALENDAR\n"


def _card(name: str) -> str:
    address = name.lower().replace(" ", ".").replace("ë", "e")
    return f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEMAIL:{address}@example.org\nEND:VCARD\n"


def _archive(path: Path, n: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(5):
            info = zipfile.ZipInfo(f"old/{k}.md", (2026, 5, 4, 10, 0, 0))
            archive.writestr(info, f"# Old {n} {k}\n\n{sentence(n * 5 + k)}\n")
    os.utime(path, (EPOCH, EPOCH))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (EPOCH, EPOCH))
