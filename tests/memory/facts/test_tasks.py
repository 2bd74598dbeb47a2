from __future__ import annotations

import pytest

from secondme.memory.facts.structured import tasks
from tests.memory.facts.telling import days, passed, told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- [ ] ask Hilde for a lift to Drongen", ("owner", "plan", "Ask Hilde for a lift to Drongen", "")),
        ("- [x] paid the membership, €95 for the year", ("owner", "done", "Paid the membership, €95 for the year", "")),
        ("* [X] tell **Amélie** about [[zwaluw|the school]]", ("owner", "done", "Tell Amélie about the school", "")),
        (
            "[ ] register for Aachen before 30 June",
            ("owner", "plan", "Register for Aachen before 30 June", "2026-06-30"),
        ),
        ("TODO: call the landlord tomorrow", ("owner", "plan", "Call the landlord tomorrow", "2026-05-21")),
        ("To do: ask Geert for a second key", ("owner", "plan", "Ask Geert for a second key", "")),
        ("** TODO water the tomatoes daily", ("owner", "plan", "Water the tomatoes daily", "")),
        ("- [x] photo of the grille — Tibo", ("Tibo", "done", "Photo of the grille — Tibo", "")),
        ("- [ ] bring the ladder\n  back to Filip\n- [x] x", ("owner", "plan", "Bring the ladder back to Filip", "")),
        ("- [ ] paint the windows, 3 litres left from 2024",
         ("owner", "plan", "Paint the windows, 3 litres left from 2024", "")),
        ("- [ ] book the trip (done 27 April)", ("owner", "plan", "Book the trip (done 27 April)", "")),
    ],
)  # fmt: skip
def test_tasks(text: str, said: tuple[str, str, str, str]) -> None:
    (claim,) = passed(tasks.claims, told(text))
    assert (claim.subject, claim.stance, claim.statement, days(claim)) == said
    assert claim.kind == "task"


@pytest.mark.parametrize(
    "text",
    ["- [ ] shoes", "- [x]", "- [-] call him off", "todo lists are a mess", "Done with it all", "> - [ ] quoted task",
     "```\n# TODO: refactor this\n```"]
)  # fmt: skip
def test_what_is_no_task_away_from_its_list(text: str) -> None:
    assert passed(tasks.claims, told(text)) == []


def test_a_few_words_are_told_with_their_topic() -> None:
    (claim,) = passed(tasks.claims, told("- [x] copper tape", "Balcony 2026 › Watering"))
    assert claim.statement == "Balcony: copper tape"


def test_what_is_to_do_in_a_chat_is_the_speakers() -> None:
    (claim,) = passed(tasks.claims, told("TODO: fetch my chairs", subject="Wout", speaker="Wout", trust="other"))
    assert (claim.subject, claim.statement) == ("Wout", "Fetch Wout’s chairs")
