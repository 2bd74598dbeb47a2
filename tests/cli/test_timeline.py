"""timeline and links: what happened when, one thread of it, and what a memory is linked to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from secondme.config import Home
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.me import Me
from tests.cli.conftest import Life, calm, make_home, shown

CHAT = """[03/05/2026, 10:00:00] Wout: Mama turns seventy, and the party is in our garden on the 24th.
[03/05/2026, 10:01:00] Nora: I ordered the poppy seed cake at bakery Sterre for 25 people.
[09/05/2026, 18:00:00] Nora: The boiler man from Veldkant came, and the boiler is broken.
[09/05/2026, 18:01:00] Wout: A new boiler from Veldkant costs 1800 euro.
"""
BOILER = "---\ndate: 2026-05-19\n---\n\nThe new boiler from Veldkant was put in today. It hums a little at night.\n"


def learnt(home: Path) -> None:
    with Me(Home(home, home), embedder=FakeEmbedder(), generator=FakeGenerator()) as me:
        me.retell()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A chat and a note, with episodes and links. Only to be read."""
    folder = tmp_path_factory.mktemp("told")
    (folder / "notes").mkdir()
    (folder / "notes" / "WhatsApp Chat with Mama 70.txt").write_text(CHAT)
    (folder / "notes" / "boiler.md").write_text(BOILER)
    made = Life(make_home(folder / "home"), folder / "notes")
    assert made.quick("ingest", made.notes).exit_code == 0
    learnt(made.home)
    return made


def timeline(told: Life, *args: str) -> dict[str, Any]:
    done = told.quick("timeline", *args, "--json")
    return dict(json.loads(done.stdout))


def days(found: dict[str, Any]) -> list[str]:
    return [period["key"] for period in found["periods"]]


def test_all_of_memory_in_the_order_of_time(told: Life) -> None:
    done = told.quick("timeline")
    assert done.exit_code == 0
    places = [done.stdout.index(day) for day in ("Sunday 3 May 2026", "Saturday 9 May 2026", "Tuesday 19 May 2026")]
    assert places == sorted(places)
    assert "Mama 70" in done.stdout
    assert "poppy seed cake" in done.stdout


def test_each_line_is_word_for_word_where_it_says(told: Life) -> None:
    found = timeline(told)
    lines = [line for period in found["periods"] for episode in period["episodes"] for line in episode["lines"]]
    assert lines
    for line in lines:
        assert line["text"] in Path(line["source"]).read_text()
        assert line["place"].startswith(line["source"])


def test_a_topic_is_its_thread_alone(told: Life) -> None:
    found = timeline(told, "boiler")
    assert found["topic"] == "boiler"
    assert days(found) == ["2026-05-09", "2026-05-19"]
    texts = " ".join(line["text"] for period in found["periods"] for e in period["episodes"] for line in e["lines"])
    assert "broken" in texts
    assert "cake" not in texts


def test_who_and_from_and_to(told: Life) -> None:
    assert days(timeline(told, "--who", "Wout")) == ["2026-05-03", "2026-05-09"]
    assert days(timeline(told, "--from", "2026-05-09")) == ["2026-05-09", "2026-05-19"]
    assert days(timeline(told, "--to", "2026-05-09")) == ["2026-05-03", "2026-05-09"]
    assert days(timeline(told, "boiler", "--from", "2026-05-10")) == ["2026-05-19"]


def test_by_week_and_month(told: Life) -> None:
    month = timeline(told, "--by", "month")
    assert days(month) == ["2026-05"]
    assert (month["periods"][0]["first"], month["periods"][0]["last"]) == ("2026-05-01", "2026-05-31")
    assert len(month["periods"][0]["episodes"]) == 3
    assert month["periods"][0]["lines"]
    assert days(timeline(told, "--by", "weeks")) == ["2026-W18", "2026-W19", "2026-W21"]
    assert "May 2026" in told.quick("timeline", "--by", "month").stdout


def test_a_month_of_which_a_part_is_wanted_tells_that_part(told: Life) -> None:
    texts = [line["text"] for line in timeline(told, "--by", "month", "--from", "2026-05-19")["periods"][0]["lines"]]
    assert texts
    assert all("hums" in text or "boiler" in text for text in texts)
    assert any("cake" in line["text"] for line in timeline(told, "--by", "month")["periods"][0]["lines"])


def test_a_period_that_is_none_and_a_person_who_is_none(told: Life) -> None:
    done = told.run("timeline", "--by", "fortnight")
    assert done.returncode == 2
    calm(done.stderr)
    assert "day, week or month" in done.stderr
    assert told.quick("timeline", "--who", "Zacharias").exit_code == 2


def test_nothing_of_that_is_a_result(told: Life) -> None:
    done = told.quick("timeline", "--to", "2001")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "Nothing in memory is of that" in done.stderr
    assert timeline(told, "zeppelin")["periods"] == []
    assert timeline(told, "--to", "2001") == {"version": 1, "topic": "", "periods": []}


def test_what_comes_up_again(own: Life) -> None:
    for n, text in enumerate(("The boiler is loud.", "A boiler inspector came.", "My boiler is new."), start=1):
        (own.notes / f"{n}.md").write_text(f"---\ndate: 2026-05-{n:02}\ntitle: Boiler {n}\n---\n\n{text}\n")
    own.quick("ingest", own.notes)
    learnt(own.home)
    (topic,) = timeline(own, "--by", "topic")["periods"]
    assert (topic["key"], topic["first"], topic["last"]) == ("Boiler", "2026-05-01", "2026-05-03")
    assert [line["text"] for line in topic["lines"]] == [
        "The boiler is loud.",
        "A boiler inspector came.",
        "My boiler is new.",
    ]
    assert "Boiler  2026-05-01 to 2026-05-03" in own.quick("timeline", "--by", "topic").stdout
    assert own.quick("timeline", "boiler", "--by", "topic").exit_code == 2


def test_links_say_why(told: Life) -> None:
    (period,) = timeline(told, "--from", "2026-05-19")["periods"]
    (id_,) = period["episodes"][0]["passages"]
    done = told.quick("links", id_[:8])
    assert done.exit_code == 0
    assert "both say" in done.stdout
    found = json.loads(told.quick("links", id_, "--json").stdout)
    assert found["id"] == id_
    assert found["episode"]["title"] == period["episodes"][0]["title"]
    assert any("veldkant" in reason["reason"] for link in found["links"] for reason in link["reasons"])
    assert all(0 <= reason["weight"] <= 1 for link in found["links"] for reason in link["reasons"])


def test_an_id_that_is_none_is_one_sentence(told: Life) -> None:
    done = told.run("links", "ffffffffffff")
    assert done.returncode == 2
    calm(done.stderr)


def test_before_anything_is_learnt_they_say_what_to_do(own: Life) -> None:
    empty = own.quick("timeline")
    assert (empty.exit_code, empty.stdout) == (3, "")
    assert "secondme ingest" in empty.stderr
    (own.notes / "boiler.md").write_text(BOILER)
    own.quick("ingest", own.notes)
    untold = own.quick("timeline")
    assert untold.exit_code == 3
    assert "secondme reflect" in untold.stderr
    (hit,) = json.loads(own.quick("recall", "boiler", "--json").stdout)["hits"]
    unlinked = own.quick("links", hit["id"])
    assert unlinked.exit_code == 3
    assert "boiler" in unlinked.stdout
    assert "secondme reflect" in unlinked.stderr


def test_a_terminal_obeys_nothing_that_a_note_says(own: Life) -> None:
    (own.notes / "strange.md").write_text(
        "---\ndate: 2026-05-03\n---\n\nThe parcel \x1b[31mcode\x1b[0m \x07 of the shed.\n"
    )
    own.quick("ingest", own.notes)
    learnt(own.home)
    text = shown(own.on_terminal("timeline"))
    assert "parcel" in text
    assert "\x1b[31m" not in text
    assert "\x07" not in text
