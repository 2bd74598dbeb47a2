"""Evernote exports: notes, check boxes, tasks, attachments, and what is refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.documents import text
from secondme.sources.notes import enexnote, evernote
from tests.sources import making
from tests.sources.fuzzing import broken, survives

DOCTYPE = '<!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export4.dtd">'
ENML = '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE en-note SYSTEM "http://xml.evernote.com/pub/enml2.dtd">'


def note(title: str, body: str, *more: str, created: str = "20230115T101500Z") -> str:
    made = f"<created>{created}</created>" if created else ""
    content = f"<content><![CDATA[{ENML}<en-note>{body}</en-note>]]></content>"
    return f"<note><title>{title}</title>{content}{made}{''.join(more)}</note>"


def attachment(data: bytes, name: str = "", mime: str = "text/plain", reco: str = "") -> str:
    # in lines, as Evernote writes it
    coded = base64.encodebytes(data).decode()
    named = f"<resource-attributes><file-name>{name}</file-name></resource-attributes>" if name else ""
    seen = f"<recognition><![CDATA[{reco}]]></recognition>" if reco else ""
    return f'<resource><data encoding="base64">\n{coded}</data><mime>{mime}</mime>{seen}{named}</resource>'


def export(*notes: str, doctype: str = DOCTYPE) -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n<en-export export-date="20230201T080000Z"'
    return f'{head} application="Evernote" version="10.50.9">\n' + "\n".join(notes) + "\n</en-export>\n"


def write(folder: Path, *notes: str, name: str = "House.enex", doctype: str = DOCTYPE) -> Path:
    path = folder / name
    path.write_text(export(*notes, doctype=doctype), encoding="utf-8")
    return path


RENT = note(
    "Rent &amp; tax&nbsp;2023",
    '<h1>Rent</h1><div>Pay <b>850</b> euro<br clear="none"/>monthly</div><div><br/></div>'
    '<div><en-todo checked="true"/>Call the landlord</div><div><en-todo/>Sign</div>'
    '<ul style="--en-todo:true;"><li style="--en-checked:true;"><div>Milk</div></li>'
    '<li style="--en-checked:false;"><div>Eggs</div></li></ul>'
    '<div><en-media hash="ab" type="image/png"/>under the picture <span/>and</div>'
    '<div><a href="evernote:///view/1/s1/a/b/">Old flat</a></div>'
    '<en-crypt hint="no" cipher="AES">c2VjcmV0</en-crypt>'
    "<table><tbody><tr><td>Year</td><td>Euro</td></tr><tr><td>2022</td><td>800</td></tr></tbody></table>",
    "<updated>20230116T101500Z</updated><tag>money</tag><tag>home</tag>"
    "<note-attributes><author>Anna Berg</author><source>desktop.mac</source></note-attributes>",
    "<task><title>Pay tax</title><taskStatus>open</taskStatus><created>20230101T000000Z</created></task>",
    "<task><title>Find form</title><taskStatus>completed</taskStatus></task>",
)


def test_a_note_is_read_with_everything_that_stands_in_it(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, RENT))
    assert found.title == "Rent & tax 2023"
    assert (found.kind, found.origin, found.thread, found.speaker) == ("note", "evernote", "House", "Anna Berg")
    assert found.time == datetime(2023, 1, 15, 10, 15, tzinfo=UTC)
    assert (found.tags, found.links, found.trust) == (("money", "home"), ("Old flat",), "own")
    assert making.said(found) == [
        "Pay 850 euro\nmonthly\n\n[x] Call the landlord\n\n[ ] Sign",
        "- [x] Milk\n- [ ] Eggs",
        "under the picture and\n\nOld flat",
        "Year | Euro\n2022 | 800",
        "- [ ] Pay tax\n- [x] Find form",
    ]
    assert "c2VjcmV0" not in found.text


def test_a_note_that_is_only_its_title_is_kept_and_a_clip_is_not_the_owner_s_words(tmp_path: Path) -> None:
    clip = "<note-attributes><source>web.clip7</source><source-url>https://example.org/x</source-url></note-attributes>"
    bare, clipped = making.read(write(tmp_path, note("Buy glue", ""), note("Page", "<p>Of others</p>", clip)))
    assert isinstance(bare, Item)
    assert isinstance(clipped, Item)
    assert bare.text == "Buy glue"
    assert (clipped.trust, clipped.links) == ("other", ("https://example.org/x",))


def test_a_code_block_keeps_its_lines(tmp_path: Path) -> None:
    lines = "<div>def f(x):</div><div>&nbsp;&nbsp;if x:</div><div><br/></div><div>    return 1</div>"
    for style in ("--en-codeblock:true;padding: 8px", "padding: 8px; -en-codeblock: true;"):
        body = f'<div>before</div><div style="{style}">{lines}</div><div>after</div>'
        found = making.item(write(tmp_path, note("Code", body)))
        assert [segment.kind for segment in found.segments] == ["prose", "code", "prose"]
        assert making.said(found) == ["before", "def f(x):\n  if x:\n\n    return 1", "after"]


def test_attachments_are_read_by_their_own_readers(tmp_path: Path) -> None:
    files = (attachment(b"first letter", "letter.txt"), attachment(b"second letter", "letter.txt"))
    own, *attached = making.read(write(tmp_path, note("Post", "see below", *files)))
    assert isinstance(own, Item)
    assert [(a.text, a.part, a.origin, a.thread) for a in attached if isinstance(a, Item)] == [
        ("first letter", "Post › letter.txt", "evernote", "House"),
        ("second letter", "Post › letter (2).txt", "evernote", "House"),
    ]
    assert len({own.local, *(a.local for a in attached if isinstance(a, Item))}) == 3


def test_what_evernote_saw_in_a_picture_counts_where_nothing_else_is_seen(tmp_path: Path) -> None:
    reco = (
        '<?xml version="1.0"?><recoIndex><item x="1" y="1" w="9" h="9"><t w="31">Rceipt</t><t w="92">Receipt</t></item>'
        '<item x="1" y="1" w="9" h="9"><t w="60">42</t></item></recoIndex>'
    )
    records = making.read(write(tmp_path, note("Till", "x", attachment(b"\x00\x01", "", "image/png", reco))))
    assert [r.text for r in records if isinstance(r, Item)] == ["x", "Receipt 42"]


def test_an_attachment_that_is_too_large_or_unknown_is_skipped_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enexnote, "ATTACHED_BYTES", 1000)
    files = (attachment(b"x" * 1001, "big.txt"), attachment(b"\0\1\2", "odd.xyz"))
    _, big, odd = making.read(write(tmp_path, note("N", "x", *files)))
    assert isinstance(big, Skipped)
    assert isinstance(odd, Skipped)
    assert big.source.endswith("House.enex › N › big.txt")
    assert "100 MB" in big.reason
    assert odd.reason.startswith("no reader for .xyz")


def test_the_same_note_in_a_later_export_has_the_same_identity(tmp_path: Path) -> None:
    first = making.read(write(tmp_path, note("A", "one"), note("A", "two")))
    again = making.read(
        write(
            tmp_path,
            note("New", "x", created="20230301T000000Z"),
            note("A", "one, longer"),
            note("A", "two"),
            name="b.enex",
        )
    )
    ids = [r.local for r in first if isinstance(r, Item)]
    assert len(set(ids)) == 2
    assert [r.local for r in again if isinstance(r, Item)][1:] == ids


def test_one_broken_note_costs_only_itself_and_many_are_summed_up(tmp_path: Path) -> None:
    bad = "<note><title>Bad</title><content>no end</note>"
    records = making.read(write(tmp_path, note("A", "one"), bad, note("B", "two"), bad, bad))
    assert [r.title for r in records if isinstance(r, Item)] == ["A", "B"]
    (skipped,) = [r for r in records if isinstance(r, Skipped)]
    assert skipped.reason == "3 notes were left out, the first of them note 2: each is not well-formed XML"


def test_a_cut_export_gives_what_comes_before_the_cut(tmp_path: Path) -> None:
    path = write(tmp_path, note("A", "one"), note("B", "two"))
    path.write_bytes(path.read_bytes()[:-60])
    records = making.read(path)
    assert [r.title for r in records if isinstance(r, Item)] == ["A"]
    assert [r.reason for r in records if isinstance(r, Skipped)] == ["note 2 was left out: it breaks off in the middle"]


@pytest.mark.parametrize(
    "declared",
    ['<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">', '<!ENTITY a SYSTEM "file:///etc/passwd">', '<!ENTITY % a "x">'],
)
def test_an_export_that_declares_entities_is_refused(tmp_path: Path, declared: str) -> None:
    path = write(tmp_path, note("A", "&a;"), doctype=f"<!DOCTYPE en-export [{declared}]>")
    with pytest.raises(Unreadable, match="declares entities of its own") as caught:
        making.read(path)
    assert caught.value.hint


def test_control_characters_and_old_encodings_cost_no_note(tmp_path: Path) -> None:
    path = tmp_path / "a.enex"
    path.write_bytes(export(note("Caf\u00e9", "a\x0bb &#7; c")).replace("UTF-8", "windows-1252").encode("cp1252"))
    found = making.item(path)
    assert (found.title, found.text) == ("Caf\u00e9", "ab c")


def test_an_empty_export_says_so(tmp_path: Path) -> None:
    assert making.reasons(write(tmp_path)) == ["holds no notes that can be read"]


def test_other_xml_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<?xml version='1.0'?><export><note>x</note></export>")
    assert evernote.claims(making.sources.open_file(path)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=broken(export(RENT, note("B", "x", attachment(b"letter", "a.txt"))).encode()))
def test_broken_exports_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "a.enex", data, (evernote, text))


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 40), min_size=1))
def test_notes_are_found_wherever_the_text_is_cut(sizes: list[int]) -> None:
    whole = export(note("A", "one"), note("B", "two"), "<note ><title>C</title></note >")
    pieces, at, number = [], 0, 0
    while at < len(whole):
        pieces.append(whole[at : at + sizes[number % len(sizes)]])
        at, number = at + len(pieces[-1]), number + 1
    notes = list(evernote._notes(iter(pieces), Path()))
    assert [(n.one("title"), n.fault) for n in notes] == [("A", ""), ("B", ""), ("C", "")]
