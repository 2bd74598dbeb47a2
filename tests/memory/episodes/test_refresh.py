"""Episodes brought up to date: from real notes and chats, with the fake embedder, again and again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondme.me import Me
from secondme.memory import episodes
from secondme.memory.episodes import Report
from secondme.store import episodes as store
from secondme.store import timeline
from secondme.store.ledger import Ledger
from secondme.store.rows import LIVE
from secondme.store.timeline import Wanted
from tests.memory import lives

pytestmark = pytest.mark.usefixtures("reading_records")

Rows = dict[str, set[tuple[object, ...]]]
TABLES = {
    "episodes": "SELECT id, title, first, last, place, thread FROM episodes",
    "passages": "SELECT e.id, p.rank, p.passage FROM episode_passages p JOIN episodes e ON e.n = p.episode",
    "lines": "SELECT s.level, s.key, l.rank, l.text, l.passage"
    " FROM summaries s JOIN summary_lines l ON l.summary = s.n",
    "summaries": "SELECT level, key FROM summaries",
}


def said(day: int, minute: int, speaker: str, text: str, thread: str = "Mama 70") -> dict[str, object]:
    return {
        "text": text,
        "time": f"2026-05-{day:02}T10:{minute:02}:00+00:00",
        "speaker": speaker,
        "thread": thread,
        "local": f"{thread}-{day}-{minute}",
        "people": [[speaker, "", "from"]],
    }


CHAT = [
    said(3, 0, "Wout", "Mama turns seventy, and the party is in our garden on Sunday the 24th."),
    said(3, 1, "Nora", "I ordered the poppy seed cake at the bakery for 25 people."),
    said(3, 2, "Wout", "The brass band lends us fourteen folding chairs for the garden."),
    said(9, 0, "Nora", "The train to Gdańsk leaves at seven, her present is a weekend by the sea."),
    said(9, 1, "Wout", "Then the hotel in Gdańsk is 630 euro for three nights."),
    said(9, 2, "Nora", "Gdańsk in September, she will cry."),
]
DIARY = "# Monday 4 May 2026\n\nThe boiler man came at eight. The boiler passed the inspection.\n"


@pytest.fixture
def life(me: Me, notes: Path) -> Me:
    (notes / "chat.records").write_text(lives.written(*CHAT))
    (notes / "2026-05-04.md").write_text(DIARY)
    me.ingest([notes])
    return me


@contextlib.contextmanager
def writing(me: Me) -> Iterator[Ledger]:
    with me._writing(5.0, lambda holder: None) as ledger:
        yield ledger


def refresh(me: Me, **more: object) -> Report:
    near = me.near
    with writing(me) as ledger:
        return episodes.refresh(ledger, near, **more)  # type: ignore[arg-type]


def rows(me: Me) -> Rows:
    return {name: set(me.reader.rows(sql)) for name, sql in TABLES.items()}


def titles(me: Me) -> list[str]:
    return [one.title for one in timeline.episodes(me.reader, Wanted())]


def test_every_visible_passage_is_in_one_episode_and_every_line_in_its_passage(life: Me) -> None:
    report = refresh(life)
    assert (report.episodes, report.passages, report.finished) == (3, 7, True)
    visible = {
        id_ for (id_,) in life.reader.rows(f"SELECT p.id FROM passages p JOIN items i ON i.n = p.item WHERE {LIVE}")
    }
    placed = [passage for _, _, passage in rows(life)["passages"]]
    assert sorted(placed) == sorted(visible)
    texts = {id_: " ".join(one.passage.text.split()) for id_, one in life.reader.passages(list(visible)).items()}
    lines = rows(life)["lines"]
    assert {level for level, *_ in lines} >= {"episode", "day", "week", "month"}
    assert all(str(text) in texts[str(passage)] for *_, text, passage in lines)


def test_episodes_stand_in_the_order_of_time_with_people_and_thread(life: Me) -> None:
    refresh(life)
    party, boiler, present = timeline.episodes(life.reader, Wanted())
    assert (party.thread, set(party.people)) == ("Mama 70", {"Wout", "Nora"})
    assert "boiler" in boiler.title.casefold()
    assert "Gdańsk" in present.title
    assert (party.first or 0) < (boiler.first or 0) < (present.first or 0)


def test_run_again_it_changes_nothing(life: Me) -> None:
    refresh(life)
    before = rows(life)
    again = refresh(life)
    assert (again.episodes, again.passages, again.summaries) == (0, 0, 0)
    assert rows(life) == before


def test_made_at_once_or_bit_by_bit_it_is_the_same(life: Me, notes: Path) -> None:
    refresh(life)
    (notes / "chat.records").write_text(
        lives.written(*CHAT, said(9, 9, "Wout", "Who brings the accordion to the party?"))
    )
    (notes / "more.md").write_text("# Sunday 10 May 2026\n\nThe rhubarb cake sank in the middle.\n")
    life.ingest([notes])
    assert refresh(life).episodes == 2  # the talk that went on, and the note
    bit_by_bit = rows(life)
    with writing(life) as ledger:
        ledger.drop_meta(episodes.MADE_BY)
    assert refresh(life).episodes == 4
    assert rows(life) == bit_by_bit


def test_an_edited_source_has_its_episodes_made_anew(life: Me, notes: Path) -> None:
    refresh(life)
    kept = {id_ for id_, *_ in rows(life)["episodes"]}
    (notes / "2026-05-04.md").write_text(DIARY.replace("boiler", "chimney"))
    life.ingest([notes])
    refresh(life)
    assert any("chimney" in title.casefold() for title in titles(life))
    told = " ".join(str(row) for table in rows(life).values() for row in table)
    assert "boiler" not in told.casefold()
    assert len(kept & {id_ for id_, *_ in rows(life)["episodes"]}) == 2


def test_what_is_forgotten_leaves_no_word(life: Me, notes: Path) -> None:
    from secondme.memory.forgetting import Wish
    from secondme.store.rows import EVERYTHING

    refresh(life)
    life.forget(life.forgettable(Wish(str(notes / "2026-05-04.md"), EVERYTHING)))
    assert "boiler" not in str(rows(life)).casefold()
    refresh(life)
    assert len(titles(life)) == 2
    assert "2026-05-04" not in {key for _, key in rows(life)["summaries"]}


def test_stopped_it_goes_on_from_there(life: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(episodes, "AT_ONCE", 1)
    asked = iter([False, True])
    first = refresh(life, stop=lambda: next(asked))
    assert (first.finished, first.passages) == (False, 6)  # the latest stream first, whole
    assert refresh(life).finished
    stopped = rows(life)
    with writing(life) as ledger:
        ledger.drop_meta(episodes.MADE_BY)
    refresh(life)
    assert rows(life) == stopped


def test_killed_in_a_batch_nothing_of_it_is_there(life: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "summarise", die)
    with pytest.raises(KeyboardInterrupt):
        refresh(life)
    assert rows(life)["episodes"] == set()
    monkeypatch.undo()


def test_contacts_are_no_episodes(me: Me, notes: Path) -> None:
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Anna Berg\nTEL:+3212345678\nEND:VCARD\n"
    (notes / "anna.vcf").write_text(card)
    me.ingest([notes])
    refresh(me)
    assert titles(me) == []


def test_a_title_that_a_model_proposes_is_taken_only_if_the_passages_say_it(life: Me) -> None:
    refresh(life, titled=lambda texts: "The garden party" if "garden" in " ".join(texts) else "A trip to Mars")
    assert "The garden party" in titles(life)
    assert "A trip to Mars" not in titles(life)


def test_progress_is_told(life: Me) -> None:
    told: list[tuple[str, int, int]] = []
    refresh(life, progress=lambda doing, done, total: told.append((doing, done, total)))
    assert ("episodes", 7, 7) in told
    assert {doing for doing, *_ in told} == {"episodes", "days", "weeks", "months"}


def test_broken_rows_are_made_anew(life: Me) -> None:
    refresh(life)
    whole = rows(life)
    with writing(life) as ledger:
        ledger.change("DELETE FROM episode_passages WHERE rank = 1")
    report = refresh(life)
    assert report.dropped == 2
    assert rows(life) == whole
