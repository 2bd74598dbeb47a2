"""Contacts: what a card says, how a person is reached, and what no file may do."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Handle, Item, Skipped
from secondme.sources.agenda import contact_tables, contacts
from secondme.sources.agenda.addressbook import date_in_words, phone
from tests.sources import making
from tests.sources.fuzzing import broken, survives

DATA = os.environ.get("SECONDME_TEST_DATA", "")

APPLE = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//iPhone OS 17.0//EN
N:Berg;Anna;Maria;Dr.;
FN:Dr. Anna Berg
NICKNAME:Annie
ORG:Example GmbH;Research
TITLE:Chemist
item1.EMAIL;type=INTERNET;type=pref:Anna@Berg.example
item1.X-ABLabel:_$!<Other>!$_
TEL;type=CELL;type=VOICE;type=pref:+32 400 55 01 12
item2.TEL:0044 (0)20 7946 0000
item2.X-ABLabel:Summer house
item3.ADR;type=HOME:;;Main Street 1\\nFlat 2;Gent;;9000;Belgium
item3.X-ABADR:be
item4.X-ABRELATEDNAMES;type=pref:Lena
item4.X-ABLabel:_$!<Sister>!$_
item5.X-ABDATE;type=pref:2010-06-12
item5.X-ABLabel:_$!<Anniversary>!$_
BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12
X-SOCIALPROFILE;type=twitter:https://twitter.com/annaberg
CATEGORIES:friends,choir
NOTE:Allergic to nuts\\, really.\\nLikes jazz.
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEB
 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==
REV:2026-05-04T10:00:00Z
UID:AAA-BBB:ABPerson
END:VCARD
"""
ANDROID = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4D=C3=BC=6C=6C=65=72;=41=6E=6E=61;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=41=6E=6E=61=20=4D=C3=BC=
=6C=6C=65=72
TEL;CELL;PREF:0170 1234567
EMAIL;HOME:anna@example.org
NOTE;ENCODING=QUOTED-PRINTABLE:line one=0D=0Aline two
X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Lena;13;;;;
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD
 AAAA

END:VCARD
"""
NEW = """BEGIN:VCARD
VERSION:4.0
FN:Bo Lee
BDAY:--0412
TEL;VALUE=uri;TYPE="voice,home":tel:+1-555-555-0199;ext=55
IMPP:xmpp:bo@chat.example
RELATED;TYPE=friend;VALUE=text:Ann
RELATED;TYPE=spouse:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
GEO:geo:37.38,-122.08
END:VCARD
"""


def records(folder: Path, text: str | bytes, name: str = "a.vcf") -> list[Item | Skipped]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return making.read(path)


def items(folder: Path, text: str | bytes, name: str = "a.vcf") -> list[Item]:
    found = records(folder, text, name)
    assert all(isinstance(record, Item) for record in found), found
    return [record for record in found if isinstance(record, Item)]


def test_a_card_is_told_in_words(tmp_path: Path) -> None:
    (found,) = items(tmp_path, APPLE)
    assert found.text.split("\n") == [
        "Name: Dr. Anna Berg",
        "Nickname: Annie",
        "Organization: Example GmbH, Research",
        "Title: Chemist",
        "Email (other): Anna@Berg.example",
        "Phone (mobile): +32 400 55 01 12",
        "Phone (Summer house): 0044 (0)20 7946 0000",
        "Address (home): Main Street 1, Flat 2, 9000 Gent, Belgium",
        "Relation (sister): Lena",
        "Anniversary: 12 June 2010",
        "Birthday: 12 April",
        "Profile (twitter): https://twitter.com/annaberg",
        "Note: Allergic to nuts, really.",
        "Likes jazz.",
    ]
    assert (found.kind, found.origin, found.local, found.title) == (
        "contact",
        "contact",
        "AAA-BBB:ABPerson",
        "Dr. Anna Berg",
    )
    assert (found.time, found.tags, found.line) == (datetime(2026, 5, 4, 10, tzinfo=UTC), ("friends", "choir"), 1)
    assert found.people == tuple(
        Handle("Dr. Anna Berg", address, "about")
        for address in ("mailto:anna@berg.example", "tel:+32400550112", "tel:+442079460000")
    )
    assert [segment.kind for segment in found.segments] == ["field", "prose"]


def test_vcard_2_1_with_quoted_printable_and_bare_types(tmp_path: Path) -> None:
    (found,) = items(tmp_path, ANDROID)
    assert found.text == (
        "Name: Anna M\u00fcller\nPhone (mobile): 0170 1234567\nEmail (home): anna@example.org\n"
        "Relation: Lena\nNote: line one\nline two"
    )
    assert [handle.address for handle in found.people] == ["mailto:anna@example.org", "tel:01701234567"]
    assert found.time is None


def test_vcard_4(tmp_path: Path) -> None:
    (found,) = items(tmp_path, NEW)
    assert found.text.split("\n")[1:] == [
        "Birthday: 12 April",
        "Phone (home): +1-555-555-0199;ext=55",
        "Messages: xmpp:bo@chat.example",
        "Relation (friend): Ann",
        "Location: 37.38,-122.08",
    ]
    assert [handle.address for handle in found.people] == ["tel:+15555550199", "xmpp:bo@chat.example"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("N:Berg;Anna;Maria;Dr.;PhD", "Dr. Anna Maria Berg PhD"),
        ("ORG:Bakery;Bread", "Bakery, Bread"),
        ("EMAIL:a@b.example", "a@b.example"),
        ("N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:;=E9", "\u00e9"),
    ],
)
def test_a_card_without_a_full_name(tmp_path: Path, line: str, name: str) -> None:
    (found,) = items(tmp_path, f"BEGIN:VCARD\nVERSION:3.0\n{line}\nEND:VCARD\n")
    assert (found.title, found.text.partition("\n")[0]) == (name, f"Name: {name}")


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("+32 400 55 01 12", "tel:+32400550112"),
        ("(+32) 400-55.01.12", "tel:+32400550112"),
        ("0032400550112", "tel:+32400550112"),
        ("+44 (0)20 7946 0000", "tel:+442079460000"),
        ("0400 55 01 12", "tel:0400550112"),
        ("+1 555 0199 x12", "tel:+15550199"),
        ("tel:+1-555-0199;ext=12", "tel:+15550199"),
        ("n/a", ""),
    ],
)
def test_numbers(written: str, address: str) -> None:
    assert phone(written) == address


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("1956-05-24", "24 May 1956"),
        ("19560524", "24 May 1956"),
        ("1956-05-24T00:00:00Z", "24 May 1956"),
        ("--0412", "12 April"),
        ("--04-12", "12 April"),
        ("1604-04-12", "12 April"),
        ("1956-05", "May 1956"),
        ("1956", "1956"),
        ("circa 1800", "circa 1800"),
        ("1956-13-99", "1956-13-99"),
    ],
)
def test_days(written: str, words: str) -> None:
    assert date_in_words(written) == words


def test_a_name_in_a_second_script_is_kept(tmp_path: Path) -> None:
    names = "FN;ALTID=1;LANGUAGE=ja:山田 太郎\nFN;ALTID=1;LANGUAGE=en:Yamada Taro"
    (found,) = items(tmp_path, f"BEGIN:VCARD\nVERSION:4.0\n{names}\nTEL:+81 3 1234\nEND:VCARD\n")
    assert found.title == "山田 太郎"
    assert "Also: Yamada Taro" in found.text


def test_google_s_group_of_everybody_is_no_tag(tmp_path: Path) -> None:
    (found,) = items(tmp_path, "BEGIN:VCARD\nVERSION:3.0\nFN:Anna\nCATEGORIES:Rowing,myContacts\nEND:VCARD\n")
    assert found.tags == ("Rowing",)


def test_the_same_cards_exported_again_have_the_same_ids(tmp_path: Path) -> None:
    first = {item.local for item in items(tmp_path, APPLE + ANDROID + NEW)}
    again = {item.local for item in items(tmp_path, NEW + "BEGIN:VCARD\nFN:New\nEND:VCARD\n" + ANDROID + APPLE)}
    assert first < again
    assert len(again) == 4


def test_two_people_of_one_name_stay_two_and_a_repetition_is_one(tmp_path: Path) -> None:
    card = "BEGIN:VCARD\nFN:Anna\nNOTE:{}\nEND:VCARD\n"
    found = items(tmp_path, card.format("plumber") + card.format("aunt") + card.format("plumber"))
    assert [item.text.rpartition(": ")[2] for item in found] == ["plumber", "aunt"]
    assert len({item.local for item in found}) == 2


def test_groups_are_left_out(tmp_path: Path) -> None:
    group = "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Friends\nMEMBER:urn:uuid:1\nEND:VCARD\n"
    assert [item.title for item in items(tmp_path, group + NEW)] == ["Bo Lee"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    (found,) = items(
        tmp_path,
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ren\u00e9e D\u00fcr\u00e9\r\nEND:VCARD\r\n".encode(encoding),
        "contacts",
    )
    assert found.title == "Ren\u00e9e D\u00fcr\u00e9"


def test_one_broken_card_costs_itself_alone(tmp_path: Path) -> None:
    found = records(tmp_path, NEW + "BEGIN:VCARD\nFN:Unclosed\n" + ANDROID + APPLE[:300])
    assert [item.title for item in found if isinstance(item, Item)] == ["Bo Lee", "Anna M\u00fcller"]
    assert [note.reason for note in found if isinstance(note, Skipped)] == [
        "the contact at line 11 has no end, or is too large; so it is with 1 more"
    ]


def test_a_file_without_cards_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="holds no contact"):
        records(tmp_path, "hello")


GOOGLE = """\
First Name,Middle Name,Last Name,Nickname,File As,Organization Name,Organization Title,Birthday,Notes,Labels,\
E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,\
Address 1 - Label,Address 1 - Formatted,Relation 1 - Label,Relation 1 - Value
Anna,,Berg,Annie,,Example GmbH,Chemist, --04-12,"Likes jazz,
and tea",Choir ::: * myContacts,\
* Work,anna@example.org ::: a.berg@example.org,Mobile,+32 400 55 01 12,Home,09 000 00 24,\
Home,"Main Street 1
9000 Gent",Sister,Lena
"""
OLD_GOOGLE = (
    "Name,Given Name,Family Name,E-mail 1 - Type,E-mail 1 - Value,Organization 1 - Name,Organization 1 - Title\n"
    "Anna Berg,Anna,Berg,* Work,anna@example.org,Example GmbH,Chemist\n"
)
OUTLOOK = (
    '"Title","First Name","Last Name","Company","Job Title","Business Street","Business City","Business Postal Code",'
    '"Mobile Phone","E-mail Address","Birthday","Notes","Spouse"\n'
    '"Dr.","Anna","Berg","Example GmbH","Chemist","Main Street 1","Gent","9000",'
    '"+32 400 55 01 12","anna@example.org","0/0/00","","Bo"\n'
)


def test_google_s_table(tmp_path: Path) -> None:
    (found,) = items(tmp_path, GOOGLE, "contacts.csv")
    assert found.text.split("\n") == [
        "Name: Anna Berg",
        "Nickname: Annie",
        "Organization: Example GmbH",
        "Title: Chemist",
        "Email (work): anna@example.org",
        "Email (work): a.berg@example.org",
        "Phone (mobile): +32 400 55 01 12",
        "Phone (home): 09 000 00 24",
        "Address (home): Main Street 1, 9000 Gent",
        "Relation (sister): Lena",
        "Birthday: 12 April",
        "Note: Likes jazz,",
        "and tea",
    ]
    assert found.tags == ("Choir",)
    assert [handle.address for handle in found.people][-2:] == ["tel:+32400550112", "tel:090000024"]


@pytest.mark.parametrize("text", [OLD_GOOGLE, OUTLOOK])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_other_tables(tmp_path: Path, text: str, encoding: str) -> None:
    (found,) = items(tmp_path, text.encode(encoding), "contacts.csv")
    assert found.title.endswith("Anna Berg")
    assert {"Organization: Example GmbH", "Title: Chemist"} <= set(found.text.split("\n"))
    assert found.people[0].address == "mailto:anna@example.org"


def test_another_table_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("First Name,Last Name,E-mail Address,Score\nAnna,Berg,a@b.example,3\n")
    assert contact_tables.claims(sources.open_file(tmp_path / "a.csv")) is None
    (tmp_path / "b.txt").write_text("My notes on BEGIN:VCARD")
    assert contacts.claims(sources.open_file(tmp_path / "b.txt")) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(broken((APPLE + ANDROID + NEW).encode()), broken(GOOGLE.encode())))
def test_whatever_the_file_reading_ends_well(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "fuzz.vcf", data, (contact_tables, contacts))


def test_a_revision_without_a_zone_is_the_owner_s(tmp_path: Path) -> None:
    path = tmp_path / "a.vcf"
    path.write_text("BEGIN:VCARD\nFN:A\nREV:20260504T100000\nEND:VCARD\n")
    (found,) = contacts.read(replace(sources.open_file(path), zone=UTC))
    assert isinstance(found, Item)
    assert found.time == datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.mark.skipif(not DATA, reason="SECONDME_TEST_DATA names no folder of test data")
def test_real_cards_are_read() -> None:
    found = [making.item(path) for path in (Path(DATA) / "exports" / "calendar-contacts").glob("*.vcf")]
    assert found
    assert all(item.title for item in found)
