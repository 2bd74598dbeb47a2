"""What sentences say has changed: what is over, by its own words, and what is there instead."""

from __future__ import annotations

from datetime import date

import pytest

from secondme.knowledge import OWNER, Claim, Told
from secondme.memory.facts.prose.sentences import claims

DAY = date(2024, 3, 6).toordinal()


def heard(text: str) -> list[Claim]:
    return list(claims(Told("p1", text, OWNER, kind="chat", day=DAY)))


def ended(text: str) -> set[str]:
    return {phrase for claim in heard(text) for phrase in claim.ended}


@pytest.mark.parametrize(
    ("text", "slot", "value", "phrases"),
    [
        ("I switched from VS Code to Neovim.", "uses", "Neovim", {"VS Code"}),
        ("We're migrating from Postgres to BigQuery.", "uses", "BigQuery", {"Postgres"}),
        ("I switched to Linux from Windows last week.", "uses", "Linux", {"Windows"}),
        ("I switched to Linux.", "uses", "Linux", set()),
        ("I replaced my old Nikon with a Fuji X-T5.", "uses", "Fuji X-T5", {"Nikon"}),
        ("We moved from Berlin to Munich in May 2023.", "lives in", "Munich", {"Berlin"}),
        ("I'm settling into Lyon.", "lives in", "Lyon", set()),
        ("I got promoted to Senior PM!", "works as", "Senior PM", set()),
        ("I'm starting as a junior developer next month.", "works as", "junior developer", set()),
        ("The new role is a senior data engineer position, they told me.", "works as", "senior data engineer", set()),
        ("I got a new job at Google.", "works at", "Google", set()),
        ("I left Siemens in June and joined Meta.", "works at", "Meta", {"Siemens"}),
        ("I don't eat meat anymore.", "does not eat", "meat", {"meat"}),
        ("The launch moves from 12 June to 19 June.", "date of launch", "19 June", set()),
        ("We postponed the launch until September.", "date of launch", "September", set()),
        ("Our rent is now €920.", "rent", "€920", set()),
    ],
)
def test_the_new_takes_the_place_of_the_old(text: str, slot: str, value: str, phrases: set[str]) -> None:
    found = {(claim.slot, claim.value) for claim in heard(text)}
    assert (slot, value) in found
    assert ended(text) == phrases


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("I finished TAing — that class is done now.", {"TAing"}),
        ("I'm done with the marathon training.", {"marathon training"}),
        ("I quit smoking in March.", {"smoking"}),
        ("I stopped going to the gym.", {"gym"}),
        ("I'm no longer vegetarian.", {"vegetarian"}),
        ("I don't live in Paris anymore.", {"Paris"}),
        ("I sold my Honda Civic and bought a bicycle.", {"Honda Civic"}),
        ("I broke up with Daniel.", {"Daniel"}),
        ("I cancelled my Netflix subscription.", {"Netflix subscription"}),
        ("I gave up on the red sofa.", {"red sofa"}),
        ("I changed my mind about the red sofa.", {"red sofa"}),
        ("We're using Kubernetes instead of Docker Swarm.", {"Docker Swarm"}),
        ("The board meeting went great!", {"board meeting"}),
        ("The kitchen renovation is finally over.", {"kitchen renovation"}),
        ("Change of plans — Dana thinks we should pivot from ACL to EMNLP instead.", {"ACL"}),
        ("I also decided to drop the Switch version for now and focus on one.", {"Switch"}),
        ("I decided to cancel the gym subscription.", {"gym subscription"}),
    ],
)
def test_what_is_over_is_named(text: str, phrases: set[str]) -> None:
    assert ended(text) == phrases


@pytest.mark.parametrize(
    "text",
    [
        "I used to live in Ghent.",
        "I live in Ghent.",
        "I moved to Ghent in May.",
        "I'm over the moon about the new flat in Ghent.",
        "I haven't sold the car in Ghent yet.",
        "I'm not sure any more whether Dana lives in Ghent.",
        "I have a meeting from Monday to Friday in Ghent.",
        "I stopped.",
        "I just finished another painting like my last one.",
    ],
)
def test_nothing_is_over(text: str) -> None:
    assert ended(text) <= {""}


def test_what_once_was_is_told_as_past() -> None:
    past, now = heard("I used to live in Ghent but now I live in Lyon.")
    assert (past.slot, past.value, past.stance, past.single) == ("lived in", "Ghent", "done", False)
    assert (now.slot, now.value, now.single) == ("lives in", "Lyon", True)


def test_a_guess_stays_one_unless_it_is_told_as_news() -> None:
    (claim, *_) = heard("I think we might switch from Postgres to BigQuery.")
    assert claim.stance == "guess"
    (claim, *_) = heard("Update: Dana thinks we should switch from Postgres to BigQuery.")
    assert (claim.stance, claim.ended) == ("claim", ("Postgres",))


def test_numbers_of_one_thing_share_a_slot() -> None:
    before, after = heard("We have 500 beta users.")[0], heard("We hit 2000 beta users!")[0]
    assert before.slot == after.slot
    assert before.single
    assert before.value != after.value
