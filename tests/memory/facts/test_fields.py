from __future__ import annotations

import pytest

from secondme.memory.facts.structured import dated, fields, tables
from tests.memory.facts.telling import brief, days, passed, told


@pytest.mark.parametrize(
    ("under", "text", "claims"),
    [
        # well-known keys go to one slot, whatever they are called, and to whom the heading names
        ("Friends › Dana", "birthday: 3 May", ["Dana | birthday | 3 May"]),
        ("Dana Berg", "- Born: 14 September 1988\n- Tel.: +32 400 55 01 38",
         ["Dana Berg | birthday | 1988-09-14", "Dana Berg | phone | +32400550138"]),
        ("Dana › Contact details", "**E-mail:** Dana.Berg@Example.org", ["Dana | email | dana.berg@example.org"]),
        ("", "shoe size: 42", ["owner | shoe size | 42"]),
        ("About me", "Blood type: 0+", ["owner | blood type | 0+"]),
        ("Lotte", "Allergies: [hazelnuts, cats]", ["Lotte | allergies | hazelnuts", "Lotte | allergies | cats"]),
        ("Hotel Avenida", "Phone: +351 900 000 117\nAddress: Rua do Pardal 31, Lisboa",
         ["owner | phone of hotel avenida | +351900000117",
          "owner | address of hotel avenida | Rua do Pardal 31, Lisboa"]),
        ("Lumen Noord", "Customer number: 20 771 340", ["Lumen Noord | customer number | 20 771 340"]),
        ("Me", "IBAN: BE71 0961 2345 6769", ["owner | iban | BE71096123456769"]),
        # whom a thing belongs to
        ("Teeth", "dentist: Ifeoma Okafor", ["owner | dentist | Ifeoma Okafor"]),
        ("New bike", "shop: Fietsatelier Spaak\nstatus: bought",
         ["owner | shop of new bike | Fietsatelier Spaak", "owner | status of new bike | bought"]),
        # tables of two columns
        ("New bike", "| what | detail |\n|---|---|\n| frame number | KT7-048812 |\n| gears | 7, hub |",
         ["owner | frame number of new bike | KT7-048812", "owner | gears of new bike | 7, hub"]),
        ("Zwaluw", "| name | role |\n|---|---|\n| Amélie Fontaine | architect |",
         ["Amélie Fontaine | role | architect"]),
        ("Money", "| item | € |\n|---|---|\n| bike lock | 79.00 |", ["owner | price of bike lock | 79.00"]),
        # rows of tables as readers tell them
        ("people", "Name: Ana Berg; Phone: +32 400 55 01 12; Birthday: 1990-02-01",
         ["Ana Berg | phone | +32400550112", "Ana Berg | birthday | 1990-02-01"]),
    ],
)  # fmt: skip
def test_what_is_noted_as_a_form(under: str, text: str, claims: list[str]) -> None:
    assert brief(passed(lambda one: [*fields.claims(one), *tables.claims(one)], told(text, under))) == claims


@pytest.mark.parametrize(
    "text",
    [
        "Subject: your order\nDate: Wed, 20 May 2026 11:26\nFrom: Ana <ana@example.org>\nTo: me@example.org",
        "10:30 coffee with Ana\n11:45: back",
        "https://example.org/a: the page\nhttp: //x",
        "Work: quiet. Ventilation supplier wants to sell us a silencer.",
        "Short version: he is too fat and his left ear is dirty.",
        "Supper: soup from the freezer",  # one such line in prose is prose
        "She said: I will come on Monday\nHe said: you never do",
        "Note: bring cake\nPS: bring two",
        "```\nname: value\nport: 8080\n```",
        "> birthday: 3 May",
        "Ana: hello\nBen: hi\nAna: how was it\nBen: fine",
        "status: n/a\nowner: ?\nnext: tbd",
        "def f(x): return x\nlambda: 0",
        "birthday: soon",
        "phone: in the drawer",
        "IBAN: BE71 0961 2345 6768",  # its check digits are wrong
        "password: hunter2\nPIN: 1234\ncard number: 4111 1111 1111 1111\napi key: sk-abcdefghijklmnop1234",
        "mood: cross\nweather: first warm day",
        "Wed 5: rehearsal in the cathedral\nThu 6: concert",
        ": nothing\n::\n: :",
    ],
)
def test_what_only_looks_like_a_field(text: str) -> None:
    assert brief(passed(fields.claims, told(text, "Monday 4 May"))) == []


def test_a_chat_has_no_keys_of_its_own() -> None:
    assert brief(passed(fields.claims, told("Chairs: nine\nTables: two", kind="message", subject="Wout"))) == []
    said = told("Address: Kruisbesweg 19, Merelbeke", kind="message", subject="Wout", speaker="Wout", context="Wout")
    assert brief(passed(fields.claims, said)) == ["Wout | address | Kruisbesweg 19, Merelbeke"]


def test_nobody_is_asked_of_a_page_or_a_picture() -> None:
    """A parcel's size is not the owner's."""
    assert brief(passed(fields.claims, told("Shoe size: 42\nColour: red", kind="page"))) == []


def test_a_heading_within_the_passage_counts_first() -> None:
    text = "## Dana\nbirthday: 3 May\n\n## Ben\nphone: +32 400 55 01 77"
    assert brief(passed(fields.claims, told(text, "Friends"))) == [
        "Dana | birthday | 3 May",
        "Ben | phone | +32400550177",
    ]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("- Dana\n  - birthday: 3 May\n- Ben\n  - birthday: 4 May",
         ["Dana | birthday | 3 May", "Ben | birthday | 4 May"]),
        ("- Dana\n  birthday: 3 May\n  phone: +32 400 55 01 77",
         ["Dana | birthday | 3 May", "Dana | phone | +32400550177"]),
        ("Dana Berg\nbirthday: 3 May", ["Dana Berg | birthday | 3 May"]),
        ("**Dana**\nbirthday: 3 May\nWe met in Ghent.\nshoe size: 42",
         ["Dana | birthday | 3 May", "Dana | shoe size | 42"]),
        ("Dana:\n  contact:\n    phone: +32 400 55 01 77", ["Dana | phone | +32400550177"]),
        ("- I met somebody new at the choir today\n  - birthday: 3 May", []),
    ],
)  # fmt: skip
def test_whose_it_is_by_the_label_above_it(text: str, claims: list[str]) -> None:
    assert brief(passed(fields.claims, told(text))) == claims


def test_a_value_that_runs_on_is_left_to_prose() -> None:
    assert (
        brief(passed(fields.claims, told("paid: 620 euro for 31 days unable\nto work\nsent: May", "Insurance"))) == []
    )


@pytest.mark.parametrize(
    ("text", "day", "stance"),
    [
        ("16 May: test patch on the door", "2026-05-16", "done"),
        ("- **11 May** Cold night, covered everything", "2026-05-11", "done"),
        ("31 January 2026    electricity 14211 kWh    gas 3018 m3", "2026-01-31", "done"),
        ("- 27-29 June: two beds at the hut", "2026-06-27..2026-06-29", "plan"),
    ],
)
def test_a_line_that_begins_with_its_day_is_an_event(text: str, day: str, stance: str) -> None:
    (claim,) = passed(dated.claims, told(text))
    assert (days(claim), claim.stance, claim.kind) == (day, stance, "event")


@pytest.mark.parametrize(
    "text", ["May: the best month of all", "Monday 4 May", "On 4 May I slept", "10:30 – 11 cake and tea"]
)
def test_other_lines_with_a_day_are_not(text: str) -> None:
    assert passed(dated.claims, told(text)) == []


def test_without_a_day_of_its_own_a_note_dates_only_what_names_its_year() -> None:
    text = "- 3 dec 2025: stain on the ceiling\n- 9 dec: still very damp"
    assert [days(claim) for claim in passed(dated.claims, told(text, day=None))] == ["2025-12-03"]
