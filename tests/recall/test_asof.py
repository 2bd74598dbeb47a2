"""Dates up to which memory is asked to remember."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from secondme.errors import UsageError
from secondme.recall.asof import as_of

NOW = datetime(2023, 6, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-05-07", "2023-05-07"),
        (" 7 May 2023 ", "2023-05-07"),
        ("2023-05", "2023-05-31"),
        ("May 2023", "2023-05-31"),
        ("May", "2023-05-31"),
        ("2022", "2022-12-31"),
        ("yesterday", "2023-06-13"),
        ("last month", "2023-05-31"),
        ("two days ago", "2023-06-12"),
        ("Easter 2023", "2023-04-10"),
        ("25/12/2022", "2022-12-25"),
    ],
)
def test_the_last_second_of_what_is_named(text: str, expected: str) -> None:
    zone = timezone(timedelta(hours=5))
    assert as_of(text, NOW, zone) == datetime.fromisoformat(f"{expected}T23:59:59+05:00")


def test_the_zone_has_the_offset_of_that_day() -> None:
    assert as_of("2023-01-15", NOW, ZoneInfo("Europe/Brussels")).isoformat() == "2023-01-15T23:59:59+01:00"
    assert as_of("2023-05-15", NOW, ZoneInfo("Europe/Brussels")).isoformat() == "2023-05-15T23:59:59+02:00"


def test_without_a_zone_it_is_the_system_s() -> None:
    assert as_of("2023-01-15", NOW) == datetime(2023, 1, 15, 23, 59, 59).astimezone()


@pytest.mark.parametrize(
    "text", ["", "soon", "2023-13-40", "since March", "three days", "May 2022 or May 2023", "99999"]
)
def test_what_is_no_date_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is no date"):
        as_of(text, NOW, UTC)


def test_what_may_be_two_dates_is_not_guessed() -> None:
    with pytest.raises(UsageError, match="may be two dates"):
        as_of("07/05/2023", NOW, UTC)
