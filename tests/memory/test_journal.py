"""What an interrupted ingest leaves, and how the next one goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from secondme.engine.fake import FakeEmbedder
from secondme.me import Me
from secondme.memory import batch, ingest
from secondme.sources import open_file
from secondme.store.index import LAYER
from tests.memory import lives
from tests.memory.lives import written


class Killed(BaseException):
    """The end of a process, as far as the code that runs can tell: nothing tidies up after it."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, reading_records: None) -> None:
    monkeypatch.setattr(batch, "BATCH_PASSAGES", 8)
    monkeypatch.setattr(batch, "LARGEST_BATCH", 8)


@pytest.fixture
def diary(notes: Path) -> Path:
    path = notes / f"diary{lives.SUFFIX}"
    path.write_text(written(*({"text": f"The weather of day {n} was fair.", "local": str(n)} for n in range(60))))
    os.utime(path, (1_780_000_000, 1_780_000_000))
    return path


@contextmanager
def killed_after(embedder: FakeEmbedder, texts: int) -> Iterator[None]:
    """The process ends when the embedder has read so many texts."""
    embed = embedder.embed

    def limited(wanted: list[str], *, asking: bool = False) -> object:
        if len(embedder.embedded) >= texts:
            raise Killed
        return embed(wanted, asking=asking)

    embedder.embed = limited  # type: ignore[method-assign,assignment]
    with pytest.raises(Killed):
        yield
    embedder.embed = embed  # type: ignore[method-assign]


def abandoned(me: Me, path: Path, embedder: FakeEmbedder, texts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ingest `path` until the process is killed: no exception handler runs."""
    with monkeypatch.context() as patched:
        patched.setattr(batch.Batch, "abandon", lambda self, draft: None)
        with killed_after(embedder, texts):
            me.ingest([path])
    embedder.embedded.clear()


def test_a_long_file_goes_on_where_it_was_cut_off(
    me: Me, diary: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned(me, diary, embedder, 30, monkeypatch)
    assert me.reader.counts().passages == 0, "nothing is half-visible"
    assert me.reader.journal()[str(diary)][0] in ("read", "indexed")
    me.ingest([diary])
    total = me.reader.counts().passages
    assert total == 60
    assert len(embedder.embedded) <= total - 24, "what had its vector was embedded again"
    assert me.reader.journal() == {}
    with me.index.open() as vectors:
        assert vectors.ids(LAYER) == me.reader.passage_ids()


def test_a_file_that_changed_meanwhile_is_read_from_its_beginning(
    me: Me, diary: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned(me, diary, embedder, 30, monkeypatch)
    diary.write_text(written({"text": "Nothing of that is true.", "local": "0"}))
    me.ingest([diary])
    assert [found.passage.text for found in me.reader.all_passages()] == ["Nothing of that is true."]
    assert len(me.reader.passage_ids()) == 1
    with me.index.open() as vectors:
        assert vectors.ids(LAYER) == me.reader.passage_ids()


def test_what_was_planned_is_known_and_can_be_taken_up_without_naming_it(
    me: Me, notes: Path, embedder: FakeEmbedder
) -> None:
    for n in range(40):
        (notes / f"note{n:02}.md").write_text(f"Note number {n} is about the weather of day {n}.\n")
    with killed_after(embedder, 8):
        me.ingest([notes])
    left = me.unfinished()
    assert 0 < len(left) <= 40
    me.ingest(left)
    assert me.reader.counts().sources == 40
    assert me.unfinished() == []


def test_a_plan_for_files_that_are_gone_is_struck(me: Me, notes: Path, embedder: FakeEmbedder) -> None:
    for n in range(40):
        (notes / f"note{n:02}.md").write_text(f"Note number {n} is about the weather of day {n}.\n")
    with killed_after(embedder, 8):
        me.ingest([notes])
    for path in notes.iterdir():
        path.unlink()
    me.ingest([notes])
    assert me.unfinished() == []
    assert me.reader.counts().sources == 0
    assert me.reader.passage_ids() == set()


def test_files_that_cannot_be_read_do_not_stay_planned(me: Me, notes: Path) -> None:
    (notes / "a.md").write_text("A note.")
    (notes / "b.bin").write_bytes(b"\0\1\2\3" * 100)
    (notes / "c.md").touch()
    me.ingest([notes])
    assert me.unfinished() == []


def test_interrupting_keeps_what_is_staged(me: Me, diary: Path, embedder: FakeEmbedder) -> None:
    def interrupted() -> Callable[[object], None]:
        def tell(progress: object) -> None:
            if len(embedder.embedded) >= 30:
                raise KeyboardInterrupt

        return tell

    with pytest.raises(KeyboardInterrupt):
        me.ingest([diary], progress=interrupted())
    embedder.embedded.clear()
    me.ingest([diary])
    assert len(embedder.embedded) < me.reader.counts().passages
    assert me.reader.problems() == []


def test_a_clock_that_is_set_back_loses_nothing(me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (notes / "a.md").write_text("The first thing.")
    me.ingest([notes])
    monkeypatch.setattr("secondme.store.ledger.time.time", lambda: 1_000_000_000.0)
    (notes / "a.md").write_text("The other thing.")
    (notes / "b.md").write_text("A further thing.")
    report = me.ingest([notes])
    assert (report.added, report.changed) == (1, 1)
    (notes / "a.md").write_text("The third thing.")  # as long as before, in the same moment as the clock has it
    assert me.ingest([notes]).changed == 1
    assert sorted(f.passage.text for f in me.reader.all_passages()) == ["A further thing.", "The third thing."]


def test_what_an_older_version_read_is_looked_at_once_more(
    me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch, embedder: FakeEmbedder
) -> None:
    for name in ("a.md", "b.md"):
        (notes / name).write_text(f"The thing called {name}.")
        os.utime(notes / name, (1_780_000_000, 1_780_000_000))
    me.ingest([notes])
    me.reader._db.execute("UPDATE meta SET value = '1' WHERE key = 'readers'")
    me.reader._db.execute("UPDATE sources SET ingested_at = 1790000000")
    opened: list[str] = []
    monkeypatch.setattr(ingest, "open_file", lambda path, *more: opened.append(path.name) or open_file(path, *more))
    embedder.embedded.clear()
    assert me.ingest([notes / "a.md"]).unchanged == 1
    assert opened == ["a.md"]
    assert me.ingest([notes]).unchanged == 2
    assert opened == ["a.md", "b.md"], "each of them once"
    assert me.ingest([notes]).unchanged == 2
    assert opened == ["a.md", "b.md"]
    assert embedder.embedded == []
