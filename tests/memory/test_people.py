"""Who is who: what brings handles together, and what the owner says about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondme.errors import UsageError
from secondme.me import Me
from secondme.memory.people import alike, matching
from secondme.store.identity import plain
from secondme.store.rows import Filters
from tests.memory import lives
from tests.memory.lives import written

pytestmark = pytest.mark.usefixtures("reading_records")

ANNA_MAIL = ["Anna Berg", "mailto:anna@example.org", "from"]
ANNA_CHAT = ["Anna Berg", "", "from"]
ANNA_CARD = [["Anna Berg-Smets", "mailto:anna@example.org", "about"], ["Anna Berg-Smets", "tel:+3212345678", "about"]]
ANNA_PHONE = ["Annie", "tel:+3212345678", "from"]
JAN = ["Jan Peeters", "mailto:jan@one.example", "from"]
OTHER_JAN = ["Jan Peeters", "mailto:jan@two.example", "from"]


def told(me: Me, notes: Path, *messages: tuple[list[list[str]], str]) -> None:
    records = (
        {
            "text": text,
            "local": str(n),
            "people": people,
            "origin": "mail",
            "time": f"2026-05-{n + 1:02}T10:00:00+00:00",
        }
        for n, (people, text) in enumerate(messages)
    )
    (notes / f"life{lives.SUFFIX}").write_text(written(*records))
    me.ingest([notes])


def test_one_address_one_card_and_one_full_name_are_one_person(me: Me, notes: Path) -> None:
    told(
        me,
        notes,
        ([ANNA_MAIL], "From the office."),
        ([ANNA_CHAT], "From the phone."),
        (ANNA_CARD, "Anna's card."),
        ([ANNA_PHONE], "From another app."),
        ([JAN], "Somebody else."),
    )
    anna, jan = me.people()
    assert (anna.name, anna.items) == ("Anna Berg-Smets", 4), "the card's name goes before the others"
    assert set(anna.addresses) == {"mailto:anna@example.org", "tel:+3212345678"}
    assert (jan.name, jan.items) == ("Jan Peeters", 1)
    assert anna.first is not None
    assert anna.first.day == 1


def test_a_first_name_alone_is_a_suggestion_and_no_more(me: Me, notes: Path) -> None:
    told(me, notes, ([ANNA_MAIL], "One."), ([["Anna", "", "from"]], "Two."), ([["Ana Berg", "", "from"]], "Three."))
    everybody = me.people()
    assert len(everybody) == 3
    assert {frozenset((s.one.name, s.other.name)) for s in alike(everybody)} == {
        frozenset(("Anna Berg", "Anna")),
        frozenset(("Anna Berg", "Ana Berg")),
    }


def test_the_owner_merges_and_splits_and_later_sources_keep_to_it(me: Me, notes: Path) -> None:
    told(me, notes, ([ANNA_MAIL], "One."), ([["Mum", "tel:+3299", "from"]], "Two."), ([JAN], "A."), ([OTHER_JAN], "B."))
    assert len(me.people()) == 3, "two of one full name are one until the owner says otherwise"
    assert me.merge_people("mum", "anna@example.org").items == 2
    stays, goes = me.split_person("Jan Peeters", "jan@two.example")
    assert (stays.addresses, goes.addresses) == (("mailto:jan@one.example",), ("mailto:jan@two.example",))
    (notes / f"more{lives.SUFFIX}").write_text(written({"text": "Again.", "local": "9", "people": [OTHER_JAN]}))
    me.ingest([notes])
    assert sorted(person.items for person in me.people()) == [1, 2, 2]
    assert me.merge_people("jan@one.example", "jan@two.example").items == 3, "the last word counts"


def test_recall_by_person_finds_what_they_wrote_and_where_they_are_named(me: Me, notes: Path) -> None:
    told(me, notes, ([ANNA_MAIL], "The boiler hums again."), ([JAN], "The boiler is loud."))
    (notes / "diary.md").write_text("Anna Berg says that the boiler will last another year.\n")
    (notes / "other.md").write_text("The boiler was bought in March.\n")
    me.ingest([notes])
    handles, words = me.filter_by("anna")
    found = {hit.passage.text for hit in me.recall("boiler", filters=Filters(people=handles, names=words)).hits}
    assert found == {"The boiler hums again.", "Anna Berg says that the boiler will last another year."}


def test_a_person_is_meant_by_name_part_address_or_number(me: Me, notes: Path) -> None:
    told(me, notes, ([ANNA_MAIL], "One."), ([["Zoë Maes", "tel:+3212345678", "from"]], "Two."), ([JAN], "Three."))
    everybody = me.people()
    for who in ("Zoë Maes", "zoe maes", "Maes, Zoe", "zoë", "+32 12/34.56.78", "0032 12345678"):
        assert matching(everybody, who).name == "Zoë Maes", who
    jan = matching(everybody, "jan")
    assert matching(everybody, f"#{jan.number}") == jan
    for nobody in ("", "Xaver", "#999", "z"):
        with pytest.raises(UsageError):
            matching(everybody, nobody)


def test_whoever_may_be_several_is_asked_for(me: Me, notes: Path) -> None:
    told(me, notes, ([ANNA_MAIL], "One."), ([["Anna Maes", "", "from"]], "Two."))
    with pytest.raises(UsageError, match="may be Anna Berg"):
        matching(me.people(), "Anna")


def test_people_go_with_what_they_took_part_in(me: Me, notes: Path) -> None:
    told(me, notes, ([ANNA_MAIL], "One."), ([JAN], "Two."))
    me.merge_people("anna", "jan")
    (notes / f"life{lives.SUFFIX}").unlink()
    me.ingest([notes])
    assert me.people() == []
    for table in ("handles", "takes_part", "verdicts"):
        assert me.reader._db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_names_compare_without_case_accents_and_order() -> None:
    assert plain("MAES, Zoë") == plain("zoe maes") == "maes zoe"
    assert plain("🤓") == plain("+32 12") == ""
