"""Calendars: what an event says, when it comes again, which time it means, and what no file may do."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Handle, Item, Skipped
from secondme.sources.agenda import calendars
from tests.sources import making
from tests.sources.fuzzing import broken, survives

BRUSSELS = ZoneInfo("Europe/Brussels")
EXPORTED = datetime(2026, 5, 31, 12, tzinfo=UTC)
DATA = os.environ.get("SECONDME_TEST_DATA", "")

INVITATION = """
BEGIN:VEVENT
UID:review-1@example.org
DTSTAMP:20260501T080000Z
DTSTART;TZID=Europe/Brussels:20260504T100000
DTEND;TZID=Europe/Brussels:20260504T110000
SUMMARY:Budget review
LOCATION:Room 4\\, second floor
ORGANIZER;CN="Doe, John":mailto:John@Example.org
ATTENDEE;CN=Anna Berg;PARTSTAT=ACCEPTED:mailto:anna@example.org
ATTENDEE;CN=bo@example.org;PARTSTAT=DECLINED:MAILTO:bo@example.org
ATTENDEE;CN=Room 4;CUTYPE=ROOM:mailto:room4@example.org
DESCRIPTION:Bring the figures\\;\\nand a calcula
 tor.
CATEGORIES:money,yearly\\, planned
URL:https://example.org/review
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Reminder
TRIGGER:-PT15M
END:VALARM
END:VEVENT
"""
CHOIR = """
BEGIN:VEVENT
UID:choir
DTSTART;TZID=Europe/Brussels:20260313T200000
DTEND;TZID=Europe/Brussels:20260313T220000
RRULE:FREQ=WEEKLY;UNTIL=20260410T180000Z
EXDATE;TZID=Europe/Brussels:20260320T200000
SUMMARY:Choir
DESCRIPTION:Black folder
END:VEVENT
"""


def calendar(*bodies: str, head: str = "", end: str = "END:VCALENDAR\r\n") -> bytes:
    lines = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", *head.split("\n"), *bodies]).split("\n")
    return ("".join(f"{line}\r\n" for line in lines if line) + end).encode()


def event(*lines: str, uid: str = "u1", start: str = "DTSTART:20260504T080000Z") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", start, *lines, "END:VEVENT"])


def records(folder: Path, data: bytes, name: str = "a.ics", modified: datetime = EXPORTED) -> list[Item | Skipped]:
    path = folder / name
    path.write_bytes(data)
    return list(calendars.read(replace(sources.open_file(path, name, BRUSSELS), modified=modified)))


def items(folder: Path, data: bytes) -> list[Item]:
    found = records(folder, data)
    assert all(isinstance(record, Item) for record in found), found
    return [record for record in found if isinstance(record, Item)]


def test_an_event_is_told_in_words(tmp_path: Path) -> None:
    (found,) = items(tmp_path, calendar(INVITATION, head="X-WR-CALNAME:Work"))
    assert found.text == (
        "Budget review\n"
        "When: Monday 4 May 2026, 10:00\u201311:00 (Europe/Brussels)\n"
        "Where: Room 4, second floor\n"
        "Organizer: Doe, John\n"
        "With: Anna Berg (accepted), bo@example.org (declined), Room 4\n"
        "Link: https://example.org/review\n\n"
        "Bring the figures;\nand a calculator."
    )
    assert (found.kind, found.origin, found.local, found.title) == (
        "event",
        "calendar",
        "review-1@example.org",
        "Budget review",
    )
    assert (found.time, found.zoned, found.thread) == (datetime(2026, 5, 4, 8, tzinfo=UTC), True, "Work")
    assert (found.tags, found.line, found.trust) == (("money", "yearly, planned"), 5, "other")
    assert found.people == (
        Handle("Doe, John", "mailto:john@example.org", "from"),
        Handle("Anna Berg", "mailto:anna@example.org", "with"),
        Handle("", "mailto:bo@example.org", "with"),
    )
    assert making.said(found)[-1] == "Bring the figures;\nand a calculator."


def test_whole_days_end_the_day_before_they_say(tmp_path: Path) -> None:
    one, six = items(
        tmp_path,
        calendar(
            event("SUMMARY:Holiday", uid="a", start="DTSTART;VALUE=DATE:20260611"),
            event("DTEND;VALUE=DATE:20260617", "SUMMARY:Lisbon", uid="b", start="DTSTART;VALUE=DATE:20260611"),
        ),
    )
    assert one.text.endswith("When: Thursday 11 June 2026, all day")
    assert six.text.endswith("When: Thursday 11 June 2026 \u2013 Tuesday 16 June 2026 (6 days)")
    assert (six.time, six.zoned) == (datetime(2026, 6, 11, tzinfo=BRUSSELS), False)


def test_tasks_and_journals_are_read(tmp_path: Path) -> None:
    task = "BEGIN:VTODO\nUID:t\nDUE;VALUE=DATE:20260510\nSUMMARY:Tax return\nSTATUS:COMPLETED\nEND:VTODO"
    journal = "BEGIN:VJOURNAL\nUID:j\nDTSTART;VALUE=DATE:20260510\nSUMMARY:A day\nDESCRIPTION:It rained.\nEND:VJOURNAL"
    free = "BEGIN:VFREEBUSY\nUID:f\nFREEBUSY:20260510T080000Z/PT1H\nEND:VFREEBUSY"
    done, note = items(tmp_path, calendar(task, journal, free))
    assert (done.kind, done.text) == ("task", "Tax return\nDue: Sunday 10 May 2026\nStatus: done")
    assert (note.kind, note.text) == ("note", "A day\nWhen: Sunday 10 May 2026, all day\n\nIt rained.")


DEFINED = """
BEGIN:VTIMEZONE
TZID:Bureau
X-COMMENT:ours
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    ("start", "hour", "zoned"),
    [
        ("DTSTART:20260504T080000Z", 8, True),
        ("DTSTART;TZID=America/New_York:20260504T100000", 14, True),
        ('DTSTART;TZID="America/New_York":20260504T100000', 14, True),
        ("DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20260504T100000", 14, True),
        ("DTSTART;TZID=Eastern Standard Time:20260504T100000", 14, True),
        ("DTSTART;TZID=Bureau:20260504T100000", 8, True),
        ('DTSTART;TZID="(UTC+01:00) Amsterdam, Berlin, Bern, Rome":20260504T100000', 8, True),
        ('DTSTART;TZID="(UTC+01:00) Nowhere":20260504T100000', 9, True),
        ("DTSTART;TZID=GMT+0300:20260504T100000", 7, True),
        ("DTSTART;TZID=tzone://Microsoft/Utc:20260504T100000", 10, True),
        ("DTSTART;TZID=Atlantis:20260504T100000", 8, False),
        ("DTSTART:20260504T100000", 8, False),
        ("DTSTART: 20260504T1000", 8, False),
        ("DTSTART:2026-05-04T10:00:00+02:00", 8, True),
    ],
)
def test_the_zone_of_a_time(tmp_path: Path, start: str, hour: int, zoned: bool) -> None:
    # the definition stands after its use
    (found,) = items(tmp_path, calendar(event("SUMMARY:x", start=start), DEFINED))
    assert (found.time, found.zoned) == (datetime(2026, 5, 4, hour, tzinfo=UTC), zoned)


def test_a_defined_zone_changes_its_clocks(tmp_path: Path) -> None:
    (found,) = items(tmp_path, calendar(DEFINED, event("SUMMARY:x", start="DTSTART;TZID=Bureau:20260104T100000")))
    assert found.time == datetime(2026, 1, 4, 9, tzinfo=UTC)


def test_times_in_utc_are_told_by_the_calendar_s_clock_or_the_owner_s(tmp_path: Path) -> None:
    (own,) = items(tmp_path, calendar(event("SUMMARY:x")))
    assert "Monday 4 May 2026, 10:00 (Europe/Brussels)" in own.text
    (far,) = items(tmp_path, calendar(event("SUMMARY:x"), head="X-WR-TIMEZONE:America/New_York"))
    assert "Monday 4 May 2026, 04:00 (America/New_York)" in far.text


def test_a_weekly_event_keeps_its_hour_when_the_clocks_change(tmp_path: Path) -> None:
    series, *each = items(tmp_path, calendar(CHOIR))
    assert "Repeats: every Friday until 10 April 2026\nNot on: 20 March 2026" in series.text
    assert (series.local, series.text.endswith("Black folder")) == ("choir", True)
    assert [found.local for found in each] == [
        "choir/20260313T190000Z",
        "choir/20260327T190000Z",
        "choir/20260403T180000Z",
        "choir/20260410T180000Z",
    ]
    assert each[2].text == "Choir\nWhen: Friday 3 April 2026, 20:00\u201322:00 (Europe/Brussels)"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "every 2 weeks on Monday and Wednesday"),
        ("FREQ=MONTHLY;BYDAY=2TU", "every month on the second Tuesday"),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("FREQ=MONTHLY", "every month on the 4th"),
        ("FREQ=YEARLY", "every year on 4 May"),
        ("FREQ=YEARLY;COUNT=3", "every year on 4 May, 3 times"),
        ("W2 MO TH #5", "every 2 weeks on Monday and Thursday, 5 times"),
        ("MP1 2+ TU #0", "every month on the second Tuesday"),
        ("freq=weekly;byday=su;", "every Sunday"),
    ],
)
def test_rules_in_words(tmp_path: Path, rule: str, words: str) -> None:
    series, *_ = items(tmp_path, calendar(event(f"RRULE:{rule}", "SUMMARY:x")))
    assert f"Repeats: {words}\n" in f"{series.text}\n"


def test_only_the_years_around_the_file_are_unrolled(tmp_path: Path) -> None:
    birthday = event("RRULE:FREQ=YEARLY", "SUMMARY:Mama", start="DTSTART;VALUE=DATE:19560524")
    series, *each = items(tmp_path, calendar(birthday))
    assert series.text.startswith("Mama\nWhen: Thursday 24 May 1956, all day\nRepeats: every year on 24 May")
    assert [found.local for found in each] == [f"u1/{year}0524" for year in range(2025, 2029)]


def test_a_changed_occurrence_takes_the_place_of_its_own(tmp_path: Path) -> None:
    moved = event(
        "RECURRENCE-ID:20260327T190000Z", "SUMMARY:Choir, elsewhere", uid="choir", start="DTSTART:20260328T190000Z"
    )
    called_off = event(
        "RECURRENCE-ID;TZID=Europe/Brussels;RANGE=THISANDFUTURE:20260403T200000",
        "STATUS:CANCELLED",
        "SUMMARY:Choir",
        uid="choir",
    )
    found = {item.local: item for item in items(tmp_path, calendar(moved, CHOIR, called_off))}
    assert len(found) == 5
    assert found["choir/20260327T190000Z"].title == "Choir, elsewhere"
    assert "Status: cancelled" in found["choir/20260403T180000Z"].text


def test_a_series_that_is_called_off_says_so_each_time(tmp_path: Path) -> None:
    off = event("RRULE:FREQ=DAILY;COUNT=2", "STATUS:CANCELLED", "LOCATION:Gym", "DESCRIPTION:long", "SUMMARY:Yoga")
    _, *each = items(tmp_path, calendar(off))
    assert [item.text.split("\n")[2:] for item in each] == [["Where: Gym", "Status: cancelled"]] * 2


def test_listed_dates_and_excluded_rules(tmp_path: Path) -> None:
    listed = event(
        "RDATE:20260506T080000Z,20260509T080000Z/PT1H", "RRULE:FREQ=DAILY;COUNT=3", "EXRULE:FREQ=DAILY;INTERVAL=2"
    )
    _, *each = items(tmp_path, calendar(listed))
    assert [found.local.partition("/")[2] for found in each] == ["20260505T080000Z", "20260509T080000Z"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=1000000000",
        "FREQ=HOURLY;COUNT=1000000000",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;UNTIL=19600101T000000Z",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;INTERVAL=99999;COUNT=99999999999999",
        "FREQ=YEARLY;BYDAY=" + ",".join(["53MO"] * 300),
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=YEARLY;BYMONTHDAY=99999;BYSETPOS=0",
        "FREQ=",
        "nonsense",
    ],
)
def test_hostile_rules_end_soon(tmp_path: Path, rule: str) -> None:
    begun = time.monotonic()
    found = records(tmp_path, calendar(event(f"RRULE:{rule}", "SUMMARY:x", start="DTSTART:19700101T000000Z")))
    assert time.monotonic() - begun < 2
    assert len(found) <= 1002
    assert isinstance(found[0], Item)


def test_many_series_are_unrolled_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "MOST", 1500)
    bodies = [event("RRULE:FREQ=DAILY", "SUMMARY:x", uid=f"u{n}") for n in range(4)]
    found = records(tmp_path, calendar(*bodies))
    assert sum(isinstance(record, Item) for record in found) == 4 + 1500
    (note,) = (record for record in found if isinstance(record, Skipped))
    assert note.reason.endswith("beyond the 1,500 occurrences that are read of one file; so it is with 2 more")


def test_the_same_calendar_exported_again_has_the_same_ids(tmp_path: Path) -> None:
    nameless = "BEGIN:VEVENT\nDTSTART:20260504T080000Z\nSUMMARY:No UID\nEND:VEVENT"
    first = {item.local for item in items(tmp_path, calendar(INVITATION, CHOIR, nameless))}
    again = {
        item.local for item in items(tmp_path, calendar(nameless, event("SUMMARY:New", uid="n"), CHOIR, INVITATION))
    }
    assert again - first == {"n"}
    assert first <= again


def test_of_two_versions_the_higher_sequence_counts(tmp_path: Path) -> None:
    new = event("SEQUENCE:3", "SUMMARY:New", start="DTSTART:20260505T080000Z")
    old = event("SEQUENCE:2", "SUMMARY:Old")
    assert [item.title for item in items(tmp_path, calendar(new, old))] == ["New"]
    assert [item.title for item in items(tmp_path, calendar(old, new))] == ["New"]


def test_different_events_that_share_a_uid_are_both_kept(tmp_path: Path) -> None:
    one, two = items(
        tmp_path, calendar(event("SUMMARY:Monday"), event("SUMMARY:Tuesday", start="DTSTART:20260505T080000Z"))
    )
    assert (one.local, two.local) == ("u1", "u1/20260505T080000Z")


def test_html_in_a_description_is_read_as_text(tmp_path: Path) -> None:
    said = 'DESCRIPTION:<p>Buy <b>cake</b>&nbsp;&amp; <a href="https://x">flowers</a></p><p>now</p>'
    (found,) = items(tmp_path, calendar(event("SUMMARY:x", said)))
    assert found.text.endswith("\n\nBuy cake & flowers\n\nnow")


def test_vcalendar_1_0_with_quoted_printable_text(tmp_path: Path) -> None:
    data = (
        "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nUID:v\r\nDTSTART:20260504T100000\r\n"
        "SUMMARY;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gr=FC=DFe\r\n"
        "DESCRIPTION;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:foo =C3=A5=0Abar =\r\n=C3=A4\r\n"
        "AALARM:20260504T094500;;;\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    (found,) = items(tmp_path, data.encode())
    assert (found.title, found.text.rpartition("\n\n")[2]) == ("Gr\u00fc\u00dfe", "foo \u00e5\nbar \u00e4")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    data = (
        calendar(event("SUMMARY:Caf\u00e9 \u2013 na\u00efve", "DESCRIPTION:d\u00e9j\u00e0 vu"))
        .decode()
        .encode(encoding)
    )
    (found,) = items(tmp_path, data)
    assert found.title == "Caf\u00e9 \u2013 na\u00efve"
    assert calendars.claims(sources.open_file(tmp_path / "a.ics")) == "begins like a calendar"


def test_a_fold_in_the_middle_of_a_character(tmp_path: Path) -> None:
    data = calendar(event("SUMMARY:na@ve")).replace(b"@", b"\xc3\r\n \xaf")
    assert items(tmp_path, data)[0].title == "na\u00efve"


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\r\n"])
def test_line_ends(tmp_path: Path, ending: str) -> None:
    data = calendar(INVITATION).decode().replace("\r\n", ending).encode()
    assert items(tmp_path, data)[0].text.endswith("and a calculator.")


def test_one_broken_entry_costs_itself_alone(tmp_path: Path) -> None:
    unclosed = "BEGIN:VEVENT\nUID:b\nSUMMARY:Broken"
    odd = event("garbage", "SUMMARY;blah=hi!:Odd", "DTEND:soon", uid="o")
    found = records(tmp_path, calendar(event("SUMMARY:First"), unclosed, odd, event("SUMMARY:Last", uid="l")))
    assert [item.title for item in found if isinstance(item, Item)] == ["First", "Odd", "Last"]
    assert [note.reason for note in found if isinstance(note, Skipped)] == ["the entry at line 9 has no end"]


def test_a_calendar_that_is_cut_short_gives_what_came_before(tmp_path: Path) -> None:
    data = calendar(event("SUMMARY:Whole"), event("SUMMARY:Half", uid="h"))
    first, *notes = records(tmp_path, data[: data.index(b"Half") + 2])
    assert isinstance(first, Item)
    assert [note.reason for note in notes if isinstance(note, Skipped)] == ["the entry at line 9 has no end"]


@pytest.mark.parametrize(
    "start", ["DTSTART:00010101T000000", "DTSTART:99991231T235900Z", "DTSTART:20261399T990000Z", "DTSTART:"]
)
def test_impossible_dates_cost_the_time_alone(tmp_path: Path, start: str) -> None:
    found = records(tmp_path, calendar(event("SUMMARY:When?", "RRULE:FREQ=DAILY", "DURATION:P99999W", start=start)))
    assert isinstance(found[0], Item)
    assert found[0].title == "When?"
    assert len(found) <= 1001


def test_a_calendar_without_events_says_so(tmp_path: Path) -> None:
    assert [note.reason for note in records(tmp_path, calendar()) if isinstance(note, Skipped)] == ["holds no events"]
    with pytest.raises(Unreadable, match="holds no calendar"):
        records(tmp_path, b"whatever")


@pytest.mark.parametrize(
    ("name", "data"), [("a.txt", b"We BEGIN:VCALENDAR"), ("b.md", b"BEGIN"), ("c.json", b"{}"), ("d.ics", b"\0\1\2\3")]
)
def test_other_files_are_left_alone(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert calendars.claims(sources.open_file(tmp_path / name)) is None


def test_a_huge_entry_is_held_in_part(tmp_path: Path) -> None:
    huge = event("SUMMARY:Big", "DESCRIPTION:" + "word " * 200_000)
    many = event(*["X-JUNK:1"] * 60_000, "SUMMARY:Many", uid="m")
    found = records(tmp_path, calendar(huge, many))
    assert [len(item.text) < 300_000 for item in found if isinstance(item, Item)] == [True]
    assert any("larger than the 4 MB" in note.reason for note in found if isinstance(note, Skipped))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(broken(calendar(DEFINED, INVITATION, CHOIR)), st.binary(max_size=200)))
def test_whatever_the_file_reading_ends_well(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "fuzz.ics", data, (calendars,))


@pytest.mark.skipif(not DATA, reason="SECONDME_TEST_DATA names no folder of test data")
def test_real_calendars_are_read() -> None:
    folder = Path(DATA) / "exports" / "calendar-contacts"
    found = {path.stem: making.read(path) for path in sorted(folder.glob("*.ics"))}
    assert found
    events = [record for records in found.values() for record in records if isinstance(record, Item)]
    assert len(events) >= 3
    assert all(event.title for event in events)
