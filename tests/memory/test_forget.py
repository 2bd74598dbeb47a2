from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from secondme.config import Home
from secondme.errors import UsageError
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.store.index import LAYER
from secondme.store.rows import Filters
from tests.memory import lives

# words that are in no other text, and whose stems begin as they do
WORDS = ("Zwetschgendatschi", "Quittengelee", "Xylophonmusik", "Vorarlberg")
SECRET = "# Zwetschgendatschi\n\nThe Quittengelee is hidden behind the Xylophonmusik in Vorarlberg.\n\n"
OTHER = "# Tea\n\nAna likes tea with the jelly of quinces, and plays in the mountains.\n\n"


def traces(home: Home) -> list[str]:
    """Where in the home's files one of the words still is, in any of the ways in which a store may write it."""
    found = []
    for file in sorted(p for p in home.data_dir.rglob("*") if p.is_file()):
        content = file.read_bytes().lower()
        for word in map(str.lower, WORDS):
            for written in (
                word.encode(),
                word.encode("utf-16-le"),
                word[1:].encode(),
            ):  # FTS5 leaves shared beginnings out
                if written in content:
                    found.append(f"{word} in {file.name}")
    return found


@pytest.fixture
def filled(me: Me, notes: Path) -> Me:
    (notes / "secret.md").write_text(SECRET + "".join(f"{word} number {n}.\n\n" for n in range(60) for word in WORDS))
    for n in range(60):
        (notes / f"other{n}.md").write_text(OTHER + f"This is note {n} of the others.\n")
    me.ingest([notes])
    assert traces(me.home)
    return me


def test_forgetting_a_file_leaves_no_byte_of_it(filled: Me, notes: Path) -> None:
    filled.recall("Quittengelee")
    filled.forget(filled.forgettable(Wish(str(notes / "secret.md"))))
    assert traces(filled.home) == []
    assert all("secret" not in hit.source for hit in filled.recall("Quittengelee Vorarlberg").hits)
    with filled.index.open() as vectors:
        assert vectors.ids(LAYER) == {found.passage.id for found in filled.reader.all_passages()}
    filled.close()
    assert traces(filled.home) == []


def test_the_rest_is_still_recalled(filled: Me, notes: Path) -> None:
    filled.forget(filled.forgettable(Wish(str(notes / "secret.md"))))
    assert "jelly of quinces" in filled.recall("quinces").hits[0].passage.text
    assert filled.recall("note 17 of the others").hits[0].source.endswith("other17.md")
    assert filled.reader.problems() == []
    assert [finding for finding in filled.doctor() if not finding.ok and finding.name != "disk"] == []


def test_a_folder_is_forgotten_with_all_below_it(filled: Me, notes: Path) -> None:
    what = filled.forgettable(Wish(str(notes)))
    assert len(what.sources) == 61
    filled.forget(what)
    assert traces(filled.home) == []
    assert filled.reader.counts().passages == 0
    assert filled.recall("quinces").hits == ()


def test_one_item_is_forgotten_by_a_passage_s_id(filled: Me) -> None:
    (hit, *_) = [hit for hit in filled.recall("Quittengelee hidden").hits if "hidden" in hit.passage.text]
    filled.forget(filled.forgettable(Wish(hit.passage.id[:12])))
    assert traces(filled.home) == []


def test_what_an_edit_or_a_deletion_took_away_goes_with_the_next_forgetting(filled: Me, notes: Path) -> None:
    (notes / "secret.md").unlink()
    filled.ingest([notes])
    filled.forget(filled.forgettable(Wish(str(notes / "other1.md"))))
    assert traces(filled.home) == []


def test_forgetting_what_is_not_there_is_a_mistake(filled: Me) -> None:
    with pytest.raises(UsageError, match="nothing"):
        filled.forgettable(Wish("nothing of the kind"))


KILLED = """
import os, signal, sys
from pathlib import Path
from secondme.config import Home
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.store import index, ledger

name = sys.argv[3]
owner = index.Vectors if name == "delete" else ledger.Ledger
function = getattr(owner, name)
def killed(*args, **kwargs):
    if name != "scrub":
        function(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, killed)
home = Path(sys.argv[1])
with Me(Home(home, home)) as me:
    me.forget(me.forgettable(Wish(sys.argv[2])))
"""


@pytest.mark.parametrize("after", ["trash", "delete", "scrub"])
def test_killed_while_forgetting_the_next_run_finishes_it(
    filled: Me, notes: Path, environment: dict[str, str], after: str
) -> None:
    command = [sys.executable, "-c", KILLED, str(filled.home.data_dir), str(notes / "secret.md"), after]
    filled.close()
    assert subprocess.run(command, env=environment, timeout=60).returncode == -signal.SIGKILL
    os.rename(notes / "secret.md", notes.parent / "secret.md")
    with Me(filled.home) as me:
        assert all("secret" not in hit.source for hit in me.recall("Quittengelee").hits)
        me.ingest([notes])
        assert traces(me.home) == []
        with me.index.open() as vectors:
            assert vectors.ids(LAYER) == {found.passage.id for found in me.reader.all_passages()}


def mails(notes: Path) -> Path:
    """A chat in which one person tells the secret, and another does not."""
    path = notes / f"chat{lives.SUFFIX}"
    anna, jan = ["Anna Berg", "mailto:anna@example.org", "from"], ["Jan Peeters", "mailto:jan@example.org", "from"]
    path.write_text(
        lives.written(
            {
                "text": f"{WORDS[0]} and {WORDS[1]}.",
                "local": "1",
                "people": [anna],
                "time": "2025-03-01T10:00:00+00:00",
            },
            {"text": "Jelly of quinces.", "local": "2", "people": [jan], "time": "2025-03-02T10:00:00+00:00"},
            {"text": f"{WORDS[2]} in {WORDS[3]}.", "local": "3", "people": [anna], "time": "2026-03-01T10:00:00+00:00"},
        )
    )
    return path


@pytest.mark.usefixtures("reading_records")
def test_forgetting_a_person_leaves_nothing_of_what_they_took_part_in(me: Me, notes: Path) -> None:
    mails(notes)
    me.ingest([notes])
    handles, _ = me.filter_by("Anna Berg")
    what = me.forgettable(Wish(filters=Filters(people=handles)))
    assert (len(what.items), what.passages) == (2, 2)
    me.forget(what)
    me.close()
    assert traces(me.home) == []
    for written in (b"Anna Berg", b"anna@example.org"):
        assert not any(written in file.read_bytes() for file in me.home.data_dir.rglob("*") if file.is_file())
    assert [person.name for person in me.people()] == ["Jan Peeters"]
    assert me.recall("jelly").hits[0].passage.text == "Jelly of quinces."


@pytest.mark.usefixtures("reading_records")
def test_a_talk_of_many_is_not_forgotten_with_one_of_them(me: Me, notes: Path) -> None:
    anna, jan, zoe = (["Anna", "mailto:a@x.org"], ["Jan", "mailto:j@x.org"], ["Zoe", "mailto:z@x.org"])
    (notes / f"mail{lives.SUFFIX}").write_text(
        lives.written(
            {"text": "To all of you.", "local": "1", "people": [[*jan, "from"], [*anna, "to"], [*zoe, "to"]]},
            {"text": "To you alone.", "local": "2", "people": [[*jan, "from"], [*anna, "to"]]},
            {"text": "To all of you, too.", "local": "3", "people": [[*anna, "from"], [*jan, "to"], [*zoe, "to"]]},
        )
    )
    me.ingest([notes])
    handles, _ = me.filter_by("Anna")
    me.forget(me.forgettable(Wish(filters=Filters(people=handles))))
    assert [found.passage.text for found in me.reader.all_passages()] == ["To all of you."]


def test_a_forgotten_file_that_a_watch_sees_change_stays_forgotten(me: Me, notes: Path) -> None:
    (notes / "secret.md").write_text(SECRET)
    me.ingest([notes])
    me.forget(me.forgettable(Wish(str(notes / "secret.md"))))
    (notes / "secret.md").write_text(SECRET + "And more.")
    assert me.ingest([notes / "secret.md"], named=False).added == 0
    assert me.ingest([notes / "secret.md"]).added == 1


@pytest.mark.usefixtures("reading_records")
def test_forgetting_a_range_of_time_in_one_source(me: Me, notes: Path) -> None:
    path = mails(notes)
    (notes / "other.md").write_text(OTHER)
    me.ingest([notes])
    until = int(datetime(2025, 12, 31, tzinfo=UTC).timestamp())
    what = me.forgettable(Wish(str(path), Filters(until=until)))
    assert len(what.items) == 2
    me.forget(what)
    me.close()
    assert {trace.split()[0] for trace in traces(me.home)} == {WORDS[2].lower(), WORDS[3].lower()}
    assert me.reader.counts().items == 2


@pytest.mark.usefixtures("reading_records")
def test_what_was_forgotten_does_not_come_back_by_itself(me: Me, notes: Path) -> None:
    path = mails(notes)
    secret = notes / "secret.md"
    secret.write_text(SECRET)
    me.ingest([notes])
    me.forget(me.forgettable(Wish(str(secret))))
    handles, _ = me.filter_by("Anna Berg")
    me.forget(me.forgettable(Wish(filters=Filters(people=handles))))
    (notes / "renamed.md").write_text(SECRET)  # the same bytes under another name
    with path.open("a") as more:  # next month's export
        more.write('{"text": "And the weather is fine.", "local": "4"}\n')
    report = me.ingest([notes])
    assert report.forgotten == 4
    me.close()
    assert traces(me.home) == []
    assert me.reader.counts().items == 2
    assert me.ingest([secret]).added == 1, "a file that its owner names comes back"
    assert traces(me.home)


def test_forgetting_drops_what_an_interrupted_ingest_had_staged(
    me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (notes / "other.md").write_text(OTHER)
    me.ingest([notes])
    (notes / "secret.md").write_text(SECRET)

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("secondme.memory.batch.Batch._embed", killed)
        with pytest.raises(KeyboardInterrupt):
            me.ingest([notes])
    assert traces(me.home)
    me.forget(me.forgettable(Wish(str(notes / "other.md"))))
    me.close()
    assert traces(me.home) == []


def test_a_log_that_names_a_forgotten_file_loses_that_line(me: Me, notes: Path) -> None:
    (notes / "secret.md").write_text(SECRET)
    me.ingest([notes])
    log = me.home.memories / "watch.log"
    log.write_text(f"10:00 1 changed {notes / 'secret.md'}\n10:01 nothing\n")
    me.forget(me.forgettable(Wish(str(notes / "secret.md"))))
    assert log.read_text() == "10:01 nothing\n"
