"""Single mails: what is read of them, how they are told from other files, and what a broken one does."""

from __future__ import annotations

import base64
import os
import quopri
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.records import Handle, Item, Skipped
from secondme.sources.mails import mail, maildate, mime
from tests.sources import fuzzing, making
from tests.sources.mails.making_mail import composed, message, multipart, part

DATA = os.environ.get("SECONDME_TEST_DATA", "")
SUMMER = timezone(timedelta(hours=2))


def write(folder: Path, data: bytes, name: str = "a.eml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def one(folder: Path, data: bytes, name: str = "a.eml") -> Item:
    return making.item(write(folder, data, name))


def items(folder: Path, data: bytes) -> list[Item]:
    return [record for record in making.read(write(folder, data)) if isinstance(record, Item)]


def test_a_mail_is_an_item_with_all_that_its_header_says(tmp_path: Path) -> None:
    data = message(
        "The boat is ready.\n",
        Subject="Re: =?utf-8?q?Das_Boot_=E2=9B=B5?=",
        To='"Núñez, Tomás" <Tomas@Example.com>, bob@example.org (Bob)',
        Cc="undisclosed-recipients:;",
        Message_ID="<2@example.org>",
        References="<0@example.org>\n <1@example.org>",
        X_Gmail_Labels='Inbox,Important,"Boats, old"',
    )
    found = one(tmp_path, data)
    assert found == Item(
        kind="mail",
        text="The boat is ready.",
        segments=found.segments,
        origin="mail",
        local="2@example.org",
        title="Re: Das Boot ⛵",
        time=datetime(2026, 5, 4, 10, tzinfo=SUMMER),
        speaker="Anna Berg",
        people=(
            Handle("Anna Berg", "mailto:anna.berg@example.org", "from"),
            Handle("Núñez, Tomás", "mailto:tomas@example.com", "to"),
            Handle("Bob", "mailto:bob@example.org", "to"),
        ),
        thread="0@example.org",
        tags=("Inbox", "Important", "Boats, old"),
        trust="other",
    )
    assert making.said(found) == ["The boat is ready."]


@pytest.mark.parametrize("prefix", ["Re: ", "AW: WG: ", "Fwd: Re[2]: ", "Antw: ", "SV: ", "RE : ", "回复:", "R: I: "])
def test_a_mail_is_in_the_thread_that_it_answers_begins_or_is_called(tmp_path: Path, prefix: str) -> None:
    assert one(tmp_path, message(Subject=f"{prefix}Boat", Message_ID="<3@x>")).thread == "3@x"
    assert one(tmp_path, message(Subject=f"{prefix}Boat")).thread == "Boat"
    assert one(tmp_path, message(Subject=f"{prefix}Boat", In_Reply_To="<7@x>")).thread == "7@x"


def test_a_mail_is_the_same_wherever_it_lies_and_without_an_id_too(tmp_path: Path) -> None:
    data = message("one", Subject="A")
    first, again = one(tmp_path, data), one(tmp_path, data, "elsewhere/b.eml")
    other = one(tmp_path, message("two", Subject="A"))
    moved = one(tmp_path, message("one", Subject="A", Received="by mx; Mon, 4 May 2026 10:00:00 +0200"))
    assert first.origin == "mail"
    assert first.local == again.local == moved.local != other.local


def test_what_was_quoted_in_a_forwarded_mail_can_be_found(tmp_path: Path) -> None:
    rule = "---------- Forwarded message ---------\nFrom: Bob <bob@example.org>\nSubject: Re: plan"
    words = f"For you.\n\n{rule}\n\nGranted.\n\nOn 3 May 2026, Anna wrote:\n> Is the permit ready?\n"
    for subject, found in (("Fwd: plan", True), ("WG: plan", True), ("Re: plan", False)):
        mail = one(tmp_path, message(words, Subject=subject))
        own = [text for text, segment in zip(making.said(mail), mail.segments, strict=True) if segment.kind == "prose"]
        assert own == ["For you."]
        assert any("permit" in text for text in making.said(mail)) is found


@pytest.mark.parametrize(
    ("written", "hour", "zoned"),
    [
        ("Mon, 4 May 2026 10:00:00 +0200", 8, True),
        ("Mon, 4 May 2026 10:00:00 +0200 (CEST)", 8, True),
        ("4 May 26 10:00 GMT", 10, True),
        ("Mon, 04 May 2026 10:00:00 EDT", 14, True),
        ("Mon, 4 May 2026 10:00:00 -0000", 10, True),
        ("Mon May  4 10:00:00 2026", 5, False),
        ("Mon May 04 10:00:00 +0000 2026", 10, True),
        ("Mon, 4 May 126 10:00:00 +0000", 10, True),
        ("Mon, 4 May 2026 10.00.00 +0000", 10, True),
        ("2026-05-04T10:00:00Z", 10, True),
        ("2026-05-04 10:00:00 +0200", 8, True),
        ("Mo, 4 Mai 2026 10:00:00 +02:00", 8, True),
        ("lun., 4 mai 2026 10:00:00 GMT+0200", 8, True),
        ("Monday, May 4, 2026 10:00 AM", 5, False),
        ("04.05.2026 10:00", 5, False),
    ],
)
def test_dates_as_mailers_write_them(written: str, hour: int, zoned: bool) -> None:
    found = maildate.moment(written, timezone(timedelta(hours=5)))
    assert found is not None
    assert found[0] == datetime(2026, 5, 4, hour, tzinfo=UTC)
    assert found[1] == zoned


@pytest.mark.parametrize(
    "written", ["", "soon", "Mon, 31 Feb 2026 10:00:00 +0000", "Mon, 4 May 99999 10:00 +0000", "4 May 10:00", "\0"]
)
def test_what_is_no_date_is_none(tmp_path: Path, written: str) -> None:
    assert maildate.moment(written) is None
    assert one(tmp_path, message(Date=written)).time is None
    received = "from x by y\n\tfor <me@example.net>; Tue, 5 May 2026 10:00:00 +0000"
    assert one(tmp_path, message(Date=written, Received=received)).time == datetime(2026, 5, 5, 10, tzinfo=UTC)


def test_seconds_of_one_digit() -> None:
    found = maildate.moment("Mon, 4 May 2026 10:00:6 +0200")
    assert found is not None
    assert found[0].second == 6


def test_a_time_without_a_zone_is_the_owner_s_and_said_to_be(tmp_path: Path) -> None:
    path = write(tmp_path, message(Date="Mon, 4 May 2026 10:00:00"))
    (found,) = mail.read(sources.open_file(path, zone=SUMMER))
    assert isinstance(found, Item)
    assert (found.time, found.zoned) == (datetime(2026, 5, 4, 10, tzinfo=SUMMER), False)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("Grüße".encode("latin-1"), {"Content_Type": "text/plain; charset=iso-8859-1"}),
        ("Grüße".encode(), {"Content_Type": "text/plain; charset=us-ascii"}),
        ("Grüße".encode(), {"Content_Type": "text/plain; charset=iso-8859-1"}),
        ("Grüße".encode(), {}),
        ("Grüße aus Köln, schöne Tage dort".encode("cp1252"), {"Content_Type": "text/plain; charset=x-unknown"}),
        ("Grüße aus Köln, schöne Tage dort".encode("cp1252"), {"Content_Type": "text/plain; charset=utf-8"}),
        ("Grüße".encode("utf-7"), {"Content_Type": "text/plain; charset=utf-7"}),
        (b"Gr=C3=BC=C3=9Fe", {"Content_Transfer_Encoding": "Quoted-Printable"}),
        (base64.b64encode("Grüße!".encode()), {"Content_Transfer_Encoding": "base64"}),
        (base64.b64encode("Grüße!!".encode()).rstrip(b"="), {"Content_Transfer_Encoding": "base64"}),
        ("Grüße, this is no base64 at all.".encode(), {"Content_Transfer_Encoding": "base64"}),
        ("Grüße".encode(), {"Content_Transfer_Encoding": "nonsense"}),
        ("日本、Grüße".encode(), {"Content_Type": 'text/plain; charset="utf-8'}),
    ],
)
def test_charsets_and_encodings_right_and_wrong(tmp_path: Path, body: bytes, fields: dict[str, str]) -> None:
    assert "Grüße" in one(tmp_path, message(body, **fields)).text


def test_charsets_of_the_east(tmp_path: Path) -> None:
    for charset, codec in (("gb2312", "gb18030"), ("iso-2022-jp", "iso2022_jp"), ("ks_c_5601-1987", "cp949")):
        words = "日本 系" if codec != "cp949" else "한국"
        found = one(tmp_path, message(words.encode(codec), Content_Type=f"text/plain; charset={charset}"))
        assert found.text == words


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("=?utf-8?q?a=C3?= =?utf-8?q?=A9b?=", "aéb"),
        ("=?UTF-8?B?QW5uYQ?=", "Anna"),
        ("=?utf-8?Q?really?_yes?=", "really? yes"),
        ("a=?utf-8?q?b?=c", "abc"),
        ("=?no-such?Q?caf=E9?=", "café"),
        ("=?utf-8?q?cut", "=?utf-8?q?cut"),
        ("long\n\tline", "long line"),
    ],
)
def test_encoded_words_also_broken_ones(tmp_path: Path, raw: str, subject: str) -> None:
    assert one(tmp_path, message(Subject=raw)).title == subject


def test_plain_text_is_preferred_to_html_that_says_the_same(tmp_path: Path) -> None:
    plain = part("text/plain; charset=utf-8", "Dear all,\n\nthe boat is ready.")
    html = part("text/html; charset=utf-8", "<p>Dear all,<p>the <b>boat</b> is ready.")
    found = one(tmp_path, composed(multipart(plain, html, kind="alternative")))
    assert found.text == "Dear all,\n\nthe boat is ready."


def test_html_is_read_where_it_is_all_there_is_or_says_more(tmp_path: Path) -> None:
    page = "<h1>Fair</h1><p>Come &amp; see.</p><ul><li>boats<li>ropes</ul><p>" + "It is a large fair. " * 20
    html = part("text/html; charset=utf-8", page)
    excuse = part("text/plain", "Your program does not support HTML. View this mail online.")
    for content in (html, multipart(excuse, html, kind="alternative"), multipart(html, kind="alternative")):
        found = one(tmp_path, composed(content))
        assert [(segment.kind, segment.heading) for segment in found.segments] == [
            ("prose", ("Fair",)),
            ("list", ("Fair",)),
            ("prose", ("Fair",)),
        ]


def test_format_flowed_is_put_together_again(tmp_path: Path) -> None:
    body = "The boat \nis ready.\n> quoted \n> too\n>> deep \n>> er\n From here\n-- \nAnna"
    found = one(tmp_path, message(body, Content_Type="text/plain; format=flowed"))
    assert found.text == "The boat is ready.\n> quoted too\n>> deep er\nFrom here\n-- \nAnna"
    assert [segment.kind for segment in found.segments] == ["prose", "quoted", "prose", "signature"]


def test_a_mail_that_is_all_subject_and_one_that_is_nothing(tmp_path: Path) -> None:
    found = one(tmp_path, message("", Subject="Late, start without me"))
    assert (found.text, making.said(found)) == ("Late, start without me", ["Late, start without me"])
    assert making.reasons(write(tmp_path, message("\n \n"))) == ["holds no text"]


def test_attachments_are_read_by_their_own_readers_as_part_of_the_mail(tmp_path: Path) -> None:
    notes = part("text/markdown", b"# Keys\n\nUnder the mat.", name="notes.md")
    again = part("text/markdown", b"# Keys\n\nIn the shed.", name="notes.md")
    pdf = part("application/pdf", making.pdf("Invoice 12"), name="../../etc/invoice.pdf")
    data = composed(multipart(part("text/plain", "See here."), notes, again, pdf), Subject="Boat", Message_ID="<1@x>")
    found = items(tmp_path, data)
    mail_item, *attached = found
    assert [(record.local, record.part, record.kind) for record in attached[:2]] == [
        ("1@x/notes.md", "Boat › notes.md", attached[0].kind),
        ("1@x/notes (2).md", "Boat › notes (2).md", attached[0].kind),
    ]
    assert attached[2].local.startswith("1@x/invoice.pdf")
    assert "Invoice 12" in attached[2].text
    for record in attached:
        assert record.origin == "mail"
        assert (record.thread, record.people, record.trust) == (mail_item.thread, mail_item.people, "other")
    assert attached[0].time == mail_item.time
    assert items(tmp_path, data) == found


def test_what_decorates_a_mail_is_no_attachment(tmp_path: Path) -> None:
    logo = part(
        "image/png", b"\x89PNG\r\n\x1a\n" + bytes(3000), name="image001.png", disposition="inline", Content_ID="<l>"
    )
    html = part("text/html", "<p>Hello<img src='cid:l'>")
    related = multipart(html, logo, kind="related", boundary="rel")
    signed = multipart(
        related,
        part("application/pkcs7-signature", b"0\x82", name="smime.p7s"),
        part("application/ms-tnef", b"x\x9f\x3e", name="winmail.dat"),
        kind="signed",
    )
    assert one(tmp_path, composed(signed)).text == "Hello"


def test_attachments_that_nobody_reads_are_one_note(tmp_path: Path) -> None:
    sounds = [part("audio/mpeg", b"ID3\x03\0\0" + bytes([n]), name=f"{n}.mp3") for n in range(3)]
    unknown = part("application/octet-stream", b"\0\1\2\3", name="x.bin")
    data = composed(multipart(part("text/plain", "Listen."), *sounds, unknown))
    assert making.reasons(write(tmp_path, data)) == [
        "4 attachments are in formats that cannot be read (3 .mp3, 1 .bin)"
    ]


def test_a_mail_that_is_attached_is_an_item_of_its_own(tmp_path: Path) -> None:
    inner = message("The mast is broken.", Subject="Mast", Message_ID="<9@x>", From="Bob <bob@example.org>")
    forwarded = b"Content-Type: message/rfc822\n\n" + inner
    data = composed(multipart(part("text/plain", "See below."), forwarded), Subject="Fwd", Message_ID="<1@x>")
    outer, attached = items(tmp_path, data)
    assert (outer.local, outer.text, outer.part) == ("1@x", "See below.", "")
    assert (attached.local, attached.text, attached.part) == ("9@x", "The mast is broken.", "Fwd › Mast")
    assert (attached.speaker, attached.line) == ("Bob", 0)


def test_a_bounce_is_not_the_mail_that_came_back(tmp_path: Path) -> None:
    report = multipart(
        part("text/plain", "Nobody lives here."),
        part("message/delivery-status", "Action: failed"),
        b"Content-Type: message/rfc822\n\n" + message("The secret plan.", Message_ID="<9@x>"),
        kind="report",
    )
    assert one(tmp_path, composed(report)).text == "Nobody lives here."


def test_armour_and_encryption(tmp_path: Path) -> None:
    clear = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe boat.\n-----BEGIN PGP SIGNATURE-----\n\niQE\n=x\n"
        "-----END PGP SIGNATURE-----\n"
    )
    assert one(tmp_path, message(clear)).text == "The boat."
    sealed = multipart(
        part("application/pgp-encrypted", "Version: 1"), part("application/octet-stream", b"\x85\x01"), kind="encrypted"
    )
    found, note = making.read(write(tmp_path, composed(sealed, Subject="Plan")))
    assert isinstance(found, Item)
    assert found.text == "Plan"
    assert isinstance(note, Skipped)
    assert "encrypted" in note.reason


def test_apple_s_file_around_a_mail(tmp_path: Path) -> None:
    inner = message("The boat.\n", Subject="A")
    data = b"%d      \n" % len(inner) + inner + b'<?xml version="1.0"?><plist><dict/></plist>\n'
    assert one(tmp_path, data, "123.emlx").text == "The boat."


@pytest.mark.parametrize(
    "name",
    ["Maildir/cur/1687000000.M1P2.host:2,S", "Maildir/new/1687000000.M1P2.host", "inbox/12", "drafts/x.msg", "a.EML"],
)
def test_mails_without_a_suffix_are_known_by_their_header(tmp_path: Path, name: str) -> None:
    data = message("Hi", Subject="A", Message_ID="<1@x>")
    assert one(tmp_path, data, name).kind == "mail"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("letter", b"From: Anna\nDear Bob, ...\n"),
        ("letter.txt", message("Hi", Subject="A", Message_ID="<1@x>")),
        ("config", b"Host: a\nUser: b\n\n"),
        ("cur/notes.md", b"# Title\n\nDate: today\n"),
        ("response", b"HTTP/1.1 200 OK\nDate: Mon\nContent-Type: text/html\n\n"),
    ],
)
def test_other_texts_are_left_to_others(tmp_path: Path, name: str, data: bytes) -> None:
    assert mail.claims(sources.open_file(write(tmp_path, data, name))) is None


def test_what_is_not_delivered_yet_is_neither_mail_nor_text(tmp_path: Path) -> None:
    for folder in ("cur", "new"):
        (tmp_path / folder).mkdir()
    path = write(tmp_path, message(Message_ID="<1@x>"), "tmp/1687.M1.host")
    assert making.reasons(path) == ["is a mail that has not been delivered yet"]


def test_ten_thousand_parts_and_recipients_and_a_header_of_a_megabyte(tmp_path: Path) -> None:
    many = composed(multipart(*[part("text/plain", f"part {n}") for n in range(10_050)]), Subject="Many")
    found = making.read(write(tmp_path, many))
    assert isinstance(found[0], Item)
    assert "part 9000" in found[0].text
    assert any("more than 10,000 parts" in entry.reason for entry in found if isinstance(entry, Skipped))
    crowd = message("Hi", To=", ".join(f"p{n}@example.org" for n in range(10_000)), Subject="x" * 1_000_000)
    crowded = one(tmp_path, crowd)
    assert len(crowded.people) == 100
    assert crowded.text == "Hi"
    files = composed(multipart(*[part("text/plain", b"note %d" % n, name=f"{n}.txt") for n in range(230)]))
    read = making.read(write(tmp_path, files))
    assert sum(isinstance(record, Item) for record in read) == 200
    assert any("230 attachments" in entry.reason for entry in read if isinstance(entry, Skipped))


def test_parts_nested_a_thousand_deep(tmp_path: Path) -> None:
    inner = b"Content-Type: text/plain\n\ndeep\n"
    for level in range(1000):
        inner = multipart(part("text/plain", f"level {level}"), inner, boundary=f"b{level}x")
    found = making.read(write(tmp_path, composed(inner)))
    assert isinstance(found[0], Item)
    assert "level 999" in found[0].text
    assert "level 5\n" not in found[0].text
    assert any("nested more than" in entry.reason for entry in found if isinstance(entry, Skipped))
    matryoshka = message("core", Subject="0")
    for level in range(1, 1000):
        matryoshka = message(b"", Subject=f"{level}", Content_Type="message/rfc822") + matryoshka
    subjects = {record.title for record in making.read(write(tmp_path, matryoshka)) if isinstance(record, Item)}
    assert "999" in subjects
    assert len(subjects) < 30 < sys.getrecursionlimit()


def test_what_is_no_mail_at_all_says_so(tmp_path: Path) -> None:
    for data in (b"Just words.\n\nAnd more.", b"\n\n\n\0", b"\xff" * 100, b"{}"):
        (entry,) = fuzzing.survives(tmp_path / "a.eml", data, [mail])
        assert isinstance(entry, Skipped)
        assert "no mail header" in entry.reason


def test_nuls_and_lone_carriage_returns(tmp_path: Path) -> None:
    assert one(tmp_path, message("a\0b", Subject="x\0y")).text == "ab"
    assert one(tmp_path, message("one\ntwo").replace(b"\n", b"\r")).text == "one\ntwo"
    assert one(tmp_path, message("one\ntwo").replace(b"\n", b"\r\n")).text == "one\ntwo"


def test_names_by_rfc_2231_and_by_encoded_words() -> None:
    for disposition, name in (
        ("attachment; filename*0*=utf-8''na%C3; filename*1*=%AFve; filename*2=\".pdf\"", "naïve.pdf"),
        ('attachment; filename="=?utf-8?q?na=C3=AFve.pdf?="', "naïve.pdf"),
        ("attachment; filename=naïve.pdf", "naïve.pdf"),
        ('attachment; filename="C:\\docs\\naïve.pdf"', "naïve.pdf"),
        ("attachment; filename*=no-such''na%EFve.pdf", "naïve.pdf"),
    ):
        root, _ = mime.parse(f"Content-Disposition: {disposition}\n\nx".encode())
        assert root.filename == name


@pytest.mark.skipif(not DATA, reason="SECONDME_TEST_DATA names no folder")
def test_real_mails() -> None:
    folder = Path(DATA) / "exports" / "eml"
    found = [making.item(path) for path in sorted(folder.glob("*.eml"))]
    assert [record.title for record in found] == ["代开各地增值税发票", "Test", "Test spam mail (GTUBE)"]
    assert [record.time and record.time.isoformat() for record in found] == [
        "2018-05-13T12:32:22+08:00",
        "2019-04-24T10:05:02+02:00",
        "2003-07-23T23:30:00+02:00",
    ]
    assert found[0].speaker == "张先生"
    assert found[1].text == "HTML here\n\nPlaintext here."


SAMPLE = composed(
    multipart(
        multipart(
            part("text/plain; charset=utf-8; format=flowed", "Grüße \nhere\n\nAnna wrote:\n> old\n-- \nA"),
            part("text/html", "<p>Hi<blockquote>old</blockquote>", Content_ID="<1>"),
            kind="alternative",
            boundary="in",
        ),
        part("text/plain", b"attached", name="n.txt"),
        b"Content-Type: message/rfc822\n\n" + message("inner", Message_ID="<2@x>"),
    ),
    Subject="=?utf-8?q?=C3=A9?=",
    Message_ID="<1@x>",
    References="<0@x>",
    Received="by x; Mon, 4 May 2026 10:00:00 +0200",
    X_Gmail_Labels="a,b",
    Cc=quopri.encodestring("Gül".encode()).decode(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=fuzzing.broken(SAMPLE))
def test_whatever_a_mail_holds_it_is_read_or_skipped(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "a.eml", data, [mail])


@settings(max_examples=30, deadline=None)
@given(raw=st.binary(max_size=60))
def test_any_header_is_survived(raw: bytes) -> None:
    from secondme.sources.mails.letterhead import letterhead

    names = ("subject", "from", "to", "date", "message-id", "references", "x-gmail-labels", "received")
    head = letterhead({name: [raw, b"=?" + raw + b"?q?" + raw + b"?="] for name in names})
    assert head.subject.encode() is not None


def test_an_invitation_that_comes_twice_is_read_once(tmp_path: Path) -> None:
    event = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:boat-1@example.org\r\n"
        b"DTSTAMP:20260504T080000Z\r\nDTSTART:20260601T080000Z\r\nDTEND:20260601T090000Z\r\nSUMMARY:Boat trip\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    shown = part("text/calendar; charset=utf-8; method=REQUEST", event)
    either = multipart(part("text/plain", "Come along."), shown, kind="alternative", boundary="alt")
    data = composed(multipart(either, part("application/ics", event, name="invite.ics")), Subject="Trip")
    letter, *events = items(tmp_path, data)
    assert letter.text == "Come along."
    assert [(record.kind, record.part.split(" › ")[:2]) for record in events] == [("event", ["Trip", "invite.ics"])]
