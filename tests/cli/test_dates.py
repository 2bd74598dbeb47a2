"""Dates as options take them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from secondme.errors import UsageError
from secondme.surfaces.cli.dates import first_moment, last_moment

NOW = datetime(2026, 6, 1, 9, 30, tzinfo=timezone(timedelta(hours=5)))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01T00:00:00", "2026-12-31T23:59:59"),
        ("2024-02", "2024-02-01T00:00:00", "2024-02-29T23:59:59"),
        ("2026-5", "2026-05-01T00:00:00", "2026-05-31T23:59:59"),
        ("2026-05-17", "2026-05-17T00:00:00", "2026-05-17T23:59:59"),
        ("2026-05-17T08:15", "2026-05-17T08:15:00", "2026-05-17T08:15:00"),
        ("7d", "2026-05-25T09:30:00", "2026-05-25T09:30:00"),
        ("2w", "2026-05-18T09:30:00", "2026-05-18T09:30:00"),
    ],
)
def test_a_period_runs_from_its_first_to_its_last_second(text: str, first: str, last: str) -> None:
    assert first_moment(text, NOW) == datetime.fromisoformat(f"{first}+05:00")
    assert last_moment(text, NOW) == datetime.fromisoformat(f"{last}+05:00")


def test_a_moment_with_its_own_zone_keeps_it() -> None:
    assert first_moment("2026-05-17T08:15+02:00", NOW) == datetime.fromisoformat("2026-05-17T08:15+02:00")


@pytest.mark.parametrize("text", ["", "soon", "2026-13", "2026-02-30", "0000", "7", "99999y", "2026/05/17"])
def test_what_is_no_date_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is no date"):
        first_moment(text, NOW)
