"""Links between memories: each with its reason, and what a later one adds to an earlier."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondme.errors import UsageError
from secondme.me import Me
from secondme.memory import links
from secondme.memory.linked import Linked
from secondme.store import links as store
from tests.memory import lives

pytestmark = pytest.mark.usefixtures("reading_records")

BIKE = "Griet at Fietsatelier Spaak adjusted the handlebar of the Kestrel and gave it a free bell."
KEYS = "The receipt of the Kestrel and the spare key from Fietsatelier Spaak lie in the blue folder."
CAKE = "The rhubarb cake sank in the middle but tasted of cardamom and butter."
REPLY = "The insurer pays for the stolen bicycle within five days, says Mevrouw Coppens."


@pytest.fixture
def life(me: Me, notes: Path) -> Me:
    for n, (name, text) in enumerate((("bike", BIKE), ("keys", KEYS), ("cake", CAKE), ("reply", REPLY)), start=1):
        (notes / f"{name}.md").write_text(f"---\ndate: 2026-05-{n:02}\n---\n\n{text}\n")
    me.ingest([notes])
    me.retell()
    return me


def id_of(me: Me, words: str) -> str:
    return me.reader.matching(" AND ".join(f'"{word}"' for word in words.split()), 1)[0][0]


def reasons(found: Linked) -> dict[str, list[str]]:
    return {one.found.source.rpartition("/")[2]: [reason for reason, _ in one.reasons] for one in found.neighbours}


def test_what_shares_a_name_is_linked_and_says_so_from_both_ends(life: Me) -> None:
    there, back = life.linked(id_of(life, "Griet")), life.linked(id_of(life, "receipt"))
    assert "both say “fietsatelier”, “kestrel”, “spaak”" in reasons(there)["keys.md"]
    assert reasons(back)["bike.md"] == reasons(there)["keys.md"]


def test_what_shares_nothing_is_not_linked(life: Me) -> None:
    assert reasons(life.linked(id_of(life, "rhubarb"))) == {}


def test_what_is_alike_is_linked(me: Me, notes: Path) -> None:
    for n in range(30):
        (notes / f"{n}.md").write_text(f"Meeting{n} about topic{n} with person{n} in room{n}.")
    (notes / "one.md").write_text("The boiler inspection with the whistling man and the sticker.")
    (notes / "other.md").write_text("The whistling man, the boiler inspection and the sticker again.")
    me.ingest([notes])
    me.retell()
    found = me.linked(id_of(me, "again"))
    assert links.ALIKE in reasons(found)["one.md"]
    assert found.neighbours[0].reasons[0][1] > 0.5


def test_the_later_adds_its_words_to_the_earlier_whose_own_stay(life: Me, notes: Path) -> None:
    earlier = id_of(life, "Griet")
    before = life.reader.passages([earlier])[earlier].passage.text
    (notes / "more.md").write_text(f"---\ndate: 2026-06-01\n---\n\n{BIKE} Lisbon!\n")
    life.ingest([notes])
    life.retell()
    added = {one.found.source.rpartition("/")[2]: one.added for one in life.linked(earlier).neighbours}
    assert "Lisbon" in added["more.md"]
    assert life.reader.passages([earlier])[earlier].passage.text == before
    assert not any(one.added for one in life.linked(id_of(life, "Lisbon")).neighbours)


def test_one_episode_is_not_linked_within_itself(me: Me, notes: Path) -> None:
    chat = [
        {"text": text, "time": f"2026-05-03T10:{n:02}:00+00:00", "speaker": "Ana", "thread": "Spaak", "local": str(n)}
        for n, text in enumerate((BIKE, KEYS))
    ]
    (notes / "chat.records").write_text(lives.written(*chat))
    me.ingest([notes])
    me.retell()
    assert me.linked(id_of(me, "Griet")).neighbours == ()


def test_run_again_it_links_only_what_is_new(life: Me, notes: Path) -> None:
    rows = list(life.reader.rows("SELECT * FROM links ORDER BY 1, 2, 3"))
    assert life.retell().links == 0
    (notes / "new.md").write_text("Fietsatelier Spaak is closed on Mondays, says Griet on the phone.")
    life.ingest([notes])
    assert life.retell().links > 0
    assert set(rows) <= set(life.reader.rows("SELECT * FROM links"))


def test_from_the_beginning_it_comes_to_the_same(life: Me) -> None:
    before = set(life.reader.rows("SELECT * FROM links"))
    near = life.near
    with life._writing(5.0, lambda holder: None) as ledger:
        ledger.drop_meta(links.DONE)
        assert not links.link(ledger, near, stop=lambda: True).finished
        links.link(ledger, near)
    assert set(life.reader.rows("SELECT * FROM links")) == before


def test_what_is_forgotten_is_linked_to_nothing(life: Me, notes: Path) -> None:
    (notes / "keys.md").unlink()
    life.ingest([notes])
    assert reasons(life.linked(id_of(life, "Griet"))) == {}
    assert list(life.reader.rows("SELECT * FROM links")) == []


def test_an_id_may_be_its_beginning_and_must_be_one(life: Me) -> None:
    whole = id_of(life, "Griet")
    assert life.linked(whole[:8]).found.passage.id == whole
    for wrong in ("zzzzzzzz", "", "a%"):
        with pytest.raises(UsageError, match="No passage"):
            life.linked(wrong)


def test_a_pair_is_written_once(life: Me) -> None:
    pairs = [frozenset(row) for row in life.reader.rows("SELECT one, other FROM links WHERE reason = 'alike'")]
    assert len(pairs) == len(set(pairs))
    some = id_of(life, "Griet")
    assert {link.one for link in store.of(life.reader, some)} == {some}
