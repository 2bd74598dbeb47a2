from __future__ import annotations

from pathlib import Path

import pytest

from secondme import sources
from secondme.memory.facts.structured import cards
from secondme.records import Item
from tests.memory.facts.telling import brief, days, passed, told

SAMPLE = Path(__file__).resolve().parents[3] / "assets" / "sample" / "exports"


def items(path: Path) -> list[Item]:
    file = sources.open_file(path)
    found = sources.reader_for(file)
    assert isinstance(found, tuple)
    return [item for item in found[0].read(file) if isinstance(item, Item)]


def test_a_contact_as_the_reader_tells_it() -> None:
    item = next(item for item in items(SAMPLE / "contacts.vcf") if item.title == "Zoë Martens")
    assert brief(passed(cards.claims, told(item.text, title=item.title, kind="contact"))) == [
        "Zoë Martens | mobile phone | +32400550138",
        "Zoë Martens | email | zoe.martens@post.example",
        "Zoë Martens | address | Meidoornstraat 8 bus 3, 9050 Gentbrugge, Belgium",
        "Zoë Martens | birthday | 1988-09-14",
    ]


def test_work_relations_and_notes_of_a_contact() -> None:
    text = (
        "Name: Dana Berg\nOrganization: Lievens Hout\nTitle: Cabinetmaker\nPhone (work): 09 000 00 24\n"
        "Birthday: 12 April\nRelation (spouse): Ben Berg\nWebsite: https://example.org\nNote: Prefers letters."
    )
    assert brief(passed(cards.claims, told(text, title="Dana Berg", kind="contact"))) == [
        "Dana Berg | works at | Lievens Hout",
        "Dana Berg | works as | Cabinetmaker",
        "Dana Berg | work phone | 090000024",
        "Dana Berg | birthday | 12 April",
        "Dana Berg | spouse | Ben Berg",
        "Dana Berg | website | https://example.org",
        "Dana Berg | note | Prefers letters.",
    ]


def test_an_entry_of_a_calendar_is_one_event_with_its_day_and_place() -> None:
    item = next(item for item in items(SAMPLE / "calendar.ics") if item.title == "Passport pick-up")
    (claim,) = passed(cards.claims, told(item.text, title=item.title, kind="event"))
    assert claim.statement == "Passport pick-up, Tuesday 2 June 2026, 10:15–10:35, City office Gent, counter 11"
    assert (claim.slot, claim.value, days(claim), claim.stance) == (
        "date of passport pick-up", "2026-06-02", "2026-06-02", "plan",
    )  # fmt: skip
    assert claim.quote.text.startswith("Passport pick-up\nWhen: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Review\nWhen: Monday 8 June 2026, 10:00–11:00 (UTC)\nWith: Ana (accepted), Ben\nStatus: tentative",
         ("guess", "2026-06-08", "Review, Monday 8 June 2026, 10:00–11:00, with Ana (accepted), Ben")),
        ("Review\nWhen: 8 June 2026 – 10 June 2026 (3 days)", ("plan", "2026-06-08..2026-06-10", None)),
        ("Review\nWhen: 2 June 2026\nRepeats: every week\nNot on: 9 June 2026",
         ("plan", "", "Review, 2 June 2026, every week, not on 9 June 2026")),
        ("Review\nWhen: 2 June 2026\nStatus: cancelled", None),
        ("Review", None),
    ],
)  # fmt: skip
def test_entries(text: str, said: tuple[str, str, str | None] | None) -> None:
    found = passed(cards.claims, told(text, title="Review", kind="event"))
    assert bool(found) == (said is not None)
    if said is not None:
        assert (found[0].stance, days(found[0])) == said[:2]
        assert said[2] in (None, found[0].statement)


def test_a_task_of_a_calendar() -> None:
    (claim,) = passed(cards.claims, told("Send the form\nDue: 5 June 2026", title="Send the form", kind="task"))
    assert (claim.kind, claim.stance, days(claim), claim.slot) == ("task", "plan", "2026-06-05", "")


def test_what_a_mail_is_signed_with() -> None:
    text = (
        "We accept the claim.\n\nKind regards,\n\nSéverine Coppens\nClaims handler\nVeldkant\n"
        "Tel. +32 9 000 00 81\ncoppens@veldkant.example"
    )
    assert brief(passed(cards.claims, told(text, kind="mail", subject="Séverine Coppens", trust="other"))) == [
        "Séverine Coppens | works as | Claims handler",
        "Séverine Coppens | phone | +3290000081",
        "Séverine Coppens | email | coppens@veldkant.example",
    ]


@pytest.mark.parametrize(
    "text", ["Thanks,\nAna", "Best\nMonday works. Call +32 400 55 01 12", "Cheers,\nsee you there on the 5th"]
)
def test_a_greeting_alone_is_no_card(text: str) -> None:
    assert passed(cards.claims, told(text, kind="mail", subject="Ana", trust="other")) == []
