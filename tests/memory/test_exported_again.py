"""Next month's export of the same notes, in every format whose records have an identity: nothing is there twice, and
what was changed since counts."""

from __future__ import annotations

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from secondme.me import Me

Note = tuple[str, str]  # title and text; the title stands for the note
MAY: list[Note] = [("Boiler", "The boiler man comes on Tuesday."), ("Garden", "Water the tomatoes.")]
JUNE: list[Note] = [
    ("Cellar", "The cellar is damp."),
    ("Boiler", "The boiler man comes on Friday."),
    ("Garden", "Water the tomatoes."),
]


def zipped(members: dict[str, str | bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as writing:
        for name, data in members.items():
            writing.writestr(zipfile.ZipInfo(name, (2026, 5, 4, 10, 0, 0)), data)
    return held.getvalue()


def digits(title: str) -> str:
    return title.encode().hex().ljust(32, "0")[:32]


def notion(notes: Sequence[Note]) -> bytes:
    pages: dict[str, str | bytes] = {f"{title} {digits(title)}.md": f"# {title}\n\n{text}\n" for title, text in notes}
    return zipped({"Export-1-Part-1.zip": zipped(pages)})


def keep(notes: Sequence[Note]) -> bytes:
    shared = {"color": "DEFAULT", "isTrashed": False, "isPinned": False, "isArchived": False}
    return zipped(
        {
            f"Takeout/Keep/{title}.json": json.dumps(
                {
                    **shared,
                    "title": title,
                    "textContent": text,
                    "createdTimestampUsec": 1777881600000000 + len(title),
                    "userEditedTimestampUsec": 1777881600000000 + 1000 * len(text),
                }
            )
            for title, text in notes
        }
    )


def evernote(notes: Sequence[Note]) -> bytes:
    written = "".join(
        f"<note><title>{title}</title><created>20260504T100000Z</created><content>"
        f"<![CDATA[<en-note><div>{text}</div></en-note>]]></content></note>"
        for title, text in notes
    )
    return f'<?xml version="1.0"?><en-export application="Evernote" version="10.5">{written}</en-export>'.encode()


def roam(notes: Sequence[Note]) -> bytes:
    pages = [
        {"title": title, "uid": f"p{title}", "create-time": 1777881600000, "edit-time": 1777881600000 + len(text)}
        | {"children": [{"string": text, "uid": f"b{title}", "create-time": 1777881600000}]}
        for title, text in notes
    ]
    return json.dumps(pages).encode()


def joplin(notes: Sequence[Note]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as writing:
        for title, text in notes:
            when = "created_time: 2026-05-04T10:00:00.000Z\nupdated_time: 2026-05-04T10:00:00.000Z"
            fields = f"id: {digits(title)}\nparent_id: \n{when}\nis_todo: 0\nmarkup_language: 1\ntype_: 1"
            data = f"{title}\n\n{text}\n\n{fields}".encode()
            member = tarfile.TarInfo(f"{digits(title)}.md")
            member.size = len(data)
            writing.addfile(member, io.BytesIO(data))
    return held.getvalue()


def dayone(notes: Sequence[Note]) -> bytes:
    entries = [
        {
            "uuid": digits(title),
            "creationDate": "2026-05-04T10:00:00Z",
            "timeZone": "UTC",
            "text": f"# {title}\n\n{text}",
        }
        for title, text in notes
    ]
    return zipped({"Journal.json": json.dumps({"metadata": {"version": "1.0"}, "entries": entries})})


def bear(notes: Sequence[Note]) -> bytes:
    members: dict[str, str | bytes] = {}
    for title, text in notes:
        info = {"version": 2, "net.shinyfrog.bear": {"uniqueIdentifier": digits(title)}}
        members[f"{title}.textbundle/info.json"] = json.dumps(info)
        members[f"{title}.textbundle/text.md"] = f"# {title}\n\n{text}"
    return zipped(members)


def bookmarks(notes: Sequence[Note]) -> bytes:
    rows = "".join(
        f'<DT><A HREF="https://example.org/{title}" ADD_DATE="1600000000">{title}</A>\n<DD>{text}\n'
        for title, text in notes
    )
    return f"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n{rows}</DL><p>\n".encode()


def calendar(notes: Sequence[Note]) -> bytes:
    rows = "".join(
        f"BEGIN:VEVENT\r\nUID:{title}\r\nSUMMARY:{title}\r\nDESCRIPTION:{text}\r\nDTSTART:20260504T100000Z\r\nEND:VEVENT\r\n"
        for title, text in notes
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{rows}END:VCALENDAR\r\n".encode()


def contacts(notes: Sequence[Note]) -> bytes:
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{title}\r\nEMAIL:{title}@example.org\r\nNOTE:{text}\r\nEND:VCARD\r\n"
        for title, text in notes
    ).encode()


EXPORTS: list[tuple[str, Callable[[Sequence[Note]], bytes]]] = [
    ("zip", notion),
    ("zip", keep),
    ("enex", evernote),
    ("json", roam),
    ("jex", joplin),
    ("zip", dayone),
    ("zip", bear),
    ("html", bookmarks),
    ("ics", calendar),
    ("vcf", contacts),
]


@pytest.mark.parametrize(("suffix", "export"), EXPORTS, ids=lambda value: getattr(value, "__name__", None))
def test_the_same_notes_exported_again(
    me: Me, notes: Path, suffix: str, export: Callable[[Sequence[Note]], bytes]
) -> None:
    for name, content, at in (("may", MAY, 1_780_000_000), ("june", JUNE, 1_790_000_000)):
        path = notes / f"{name}.{suffix}"
        path.write_bytes(export(content))
        os.utime(path, (at, at))
        report = me.ingest([notes])
        assert report.skipped == ()
    said = " ".join(sorted(found.passage.text for found in me.reader.passages(list(me.reader.passage_ids())).values()))
    assert me.reader.counts().items == len(JUNE)
    assert said.count("tomatoes") == 1
    assert said.count("damp") == 1
    assert "Friday" in said
    assert "Tuesday" not in said
