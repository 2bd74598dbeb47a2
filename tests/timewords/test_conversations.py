"""Real conversations with questions about when things happened: the words of the reply against the answer's date.

The data is no part of this repository; SECONDME_TEST_DATA names its folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from secondme.timewords import Days, days_in
from secondme.timewords.days import month, year

FILE = Path(os.environ.get("SECONDME_TEST_DATA", ""), "locomo", "locomo-dev.json")
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="SECONDME_TEST_DATA names no folder with conversations")


def answered(answer: str) -> Days | None:
    """The days of "7 May 2023", "May 2023" or "2023", read without the grammar that is tested."""
    plain = re.sub(r"[,.]", " ", answer).split()
    for form in ("%d %B %Y", "%B %d %Y", "%B %Y", "%Y"):
        try:
            found = datetime.strptime(" ".join(plain), form).date()
        except ValueError:
            continue
        exact = (found.toordinal(), found.toordinal())
        return {"%B %Y": month(found.year, found.month), "%Y": year(found.year)}.get(form, exact)
    return None


def dated_answers() -> Iterator[tuple[Days, list[Days]]]:
    """The days of an answer, and those that the turns it rests on speak of."""
    for one in json.loads(FILE.read_text(encoding="utf-8")):
        told = one["conversation"]
        turns: dict[str, tuple[str, date]] = {}
        for name in [name for name in told if isinstance(told[name], list)]:
            day = datetime.strptime(told[f"{name}_date_time"], "%I:%M %p on %d %B, %Y").date()
            turns |= {turn["dia_id"]: (turn["text"], day) for turn in told[name]}
        for asked in one["qa"]:
            if asked["category"] == 2 and (days := answered(str(asked["answer"]))):
                yield days, [found for id_ in asked["evidence"] if id_ in turns for found in days_in(*turns[id_])]


def test_what_turns_speak_of_is_when_it_was() -> None:
    answers = [(days, said) for days, said in dated_answers() if said]
    right = [days for days, said in answers if any(one[0] <= days[1] and days[0] <= one[1] for one in said)]
    assert len(answers) > 25
    assert len(right) >= 0.95 * len(answers)
