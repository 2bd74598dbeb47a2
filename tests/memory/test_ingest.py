from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from secondme.config import Home
from secondme.engine.fake import FakeEmbedder
from secondme.errors import NoSuchPath
from secondme.me import Me
from secondme.memory.ingest import Progress
from secondme.store.index import LAYER
from secondme.store.ledger import Ledger


def texts(me: Me) -> list[str]:
    return sorted(found.passage.text for found in me.reader.all_passages())


def ids(me: Me) -> set[str]:
    return {found.passage.id for found in me.reader.all_passages()}


def sources(me: Me) -> list[str]:
    return [Path(row.uri).name for row in me.reader.sources()]


def assert_both_stores_agree(me: Me) -> None:
    """The same ids in the ledger and in Chroma, nothing staged, nothing in the trash."""
    with me.index.open() as vectors:
        assert vectors.ids(LAYER) == ids(me)
    db = me.reader._db
    staged = "SELECT count(*) FROM contents c JOIN sources s ON s.n = c.source WHERE c.revision != s.revision"
    loose = "SELECT count(*) FROM items WHERE n NOT IN (SELECT item FROM contents)"
    for query in (staged, loose, "SELECT count(*) FROM trash", "SELECT count(*) FROM sources WHERE revision = 0"):
        assert db.execute(query).fetchone() == (0,), query
    assert me.reader.problems() == []


def age(path: Path) -> None:
    """Make a file older than the time in which its times say nothing."""
    os.utime(path, (time.time() - 100, path.stat().st_mtime - 100))


def note(folder: Path, name: str, *paragraphs: str) -> Path:
    """A note of one section per paragraph, so that each is a passage."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(f"# Part {n}\n\n{text}" for n, text in enumerate(paragraphs, 1)))
    age(path)
    return path


def test_twice_changes_nothing_and_embeds_nothing(me: Me, notes: Path, embedder: FakeEmbedder) -> None:
    note(notes, "a.md", "The dentist is on Monday.", "The bike is at the shop.")
    note(notes, "b.md", "Ana likes tea.")
    first = me.ingest([notes])
    assert (first.added, first.passages) == (2, 3)
    before, generation = list(me.reader.all_passages()), me.reader.generation
    embedder.embedded.clear()
    again = me.ingest([notes])
    assert (again.added, again.changed, again.unchanged, again.passages) == (0, 0, 2, 0)
    assert embedder.embedded == []
    assert list(me.reader.all_passages()) == before
    assert me.reader.generation == generation
    assert_both_stores_agree(me)


def test_new_times_on_the_same_bytes_change_nothing(me: Me, notes: Path, embedder: FakeEmbedder) -> None:
    path = note(notes, "a.md", "The dentist is on Monday.")
    me.ingest([notes])
    embedder.embedded.clear()
    os.utime(path)
    assert me.ingest([notes]).unchanged == 1
    assert embedder.embedded == []


def test_an_edit_embeds_what_changed_and_nothing_else(me: Me, notes: Path, embedder: FakeEmbedder) -> None:
    note(notes, "a.md", "The dentist is on Monday.", "The bike is at the shop.", "Ana likes tea.")
    me.ingest([notes])
    before = ids(me)
    embedder.embedded.clear()
    note(notes, "a.md", "The dentist is on Monday.", "The bike is at home.", "Ana likes tea.")
    report = me.ingest([notes])
    assert (report.changed, report.added, report.passages) == (1, 0, 1)
    (embedded,) = embedder.embedded
    assert "The bike is at home." in embedded
    assert len(ids(me) & before) == 2
    assert texts(me) == ["Ana likes tea.", "The bike is at home.", "The dentist is on Monday."]
    assert_both_stores_agree(me)


def test_an_edit_within_the_clock_s_grain_is_seen(me: Me, notes: Path) -> None:
    path = notes / "a.txt"
    path.write_text("first")
    me.ingest([notes])
    times = path.stat()
    path.write_text("other")  # as long, and made to look as old
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    me.ingest([notes])
    assert texts(me) == ["other"]


def test_a_renamed_file_keeps_its_memories(me: Me, notes: Path, embedder: FakeEmbedder) -> None:
    path = note(notes, "a.md", "The dentist is on Monday.")
    me.ingest([notes])
    before = ids(me)
    embedder.embedded.clear()
    path.rename(note(notes, "sub/b.md", "x"))
    report = me.ingest([notes])
    assert (report.moved, report.added, report.removed) == (1, 0, 0)
    assert ids(me) == before
    assert embedder.embedded == []
    assert sources(me) == ["b.md"]
    note(notes, "a.md", "A new note under the old name.")
    assert me.ingest([notes]).added == 1
    assert sorted(sources(me)) == ["a.md", "b.md"]
    assert_both_stores_agree(me)


def test_a_renamed_folder_keeps_its_memories(me: Me, notes: Path, embedder: FakeEmbedder) -> None:
    for n in range(5):
        note(notes / "old", f"{n}.md", f"Note number {n}.")
    me.ingest([notes])
    before = ids(me)
    embedder.embedded.clear()
    (notes / "old").rename(notes / "new")
    assert me.ingest([notes]).moved == 5
    assert ids(me) == before
    assert embedder.embedded == []


def test_two_files_that_swapped_names_swap_their_words(me: Me, notes: Path) -> None:
    note(notes, "a.md", "Once in a.")
    note(notes, "b.md", "Once in b.")
    me.ingest([notes])
    (notes / "a.md").rename(notes / "c")
    (notes / "b.md").rename(notes / "a.md")
    (notes / "c").rename(notes / "b.md")
    me.ingest([notes])
    assert {(Path(f.source).name, f.passage.text) for f in me.reader.all_passages()} == {
        ("a.md", "Once in b."),
        ("b.md", "Once in a."),
    }
    assert_both_stores_agree(me)


def test_a_file_deleted_from_a_folder_goes(me: Me, notes: Path) -> None:
    path = note(notes, "a.md", "The dentist is on Monday.")
    note(notes, "b.md", "Ana likes tea.")
    me.ingest([notes])
    path.unlink()
    assert me.ingest([notes]).removed == 1
    assert texts(me) == ["Ana likes tea."]
    assert_both_stores_agree(me)


def test_files_elsewhere_stay_when_a_folder_is_brought_up_to_date(me: Me, notes: Path) -> None:
    note(notes / "one", "a.md", "Ana likes tea.")
    gone = note(notes / "two", "b.md", "The bike is at the shop.")
    me.ingest([notes])
    gone.unlink()
    assert me.ingest([notes / "one"]).removed == 0
    assert me.ingest([notes / "two"]).removed == 1


def test_a_folder_that_may_not_be_entered_just_now_keeps_its_memories(
    me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(notes / "locked", "a.md", "Ana likes tea.")
    me.ingest([notes])
    lstat, scandir = Path.lstat, os.scandir

    def refused(path: Path | str) -> bool:
        return "locked" in os.fspath(path)

    def no_lstat(path: Path) -> os.stat_result:
        if refused(path):
            raise PermissionError(13, "Permission denied", str(path))
        return lstat(path)

    def no_scandir(path: Path) -> object:
        if refused(path):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(Path, "lstat", no_lstat)
    monkeypatch.setattr(os, "scandir", no_scandir)
    monkeypatch.setattr(os.path, "lexists", lambda path: not refused(path))
    report = me.ingest([notes])
    assert (report.removed, len(report.skipped)) == (0, 1)
    assert texts(me) == ["Ana likes tea."]


def test_a_copy_is_a_source_of_its_own(me: Me, notes: Path) -> None:
    path = note(notes, "a.md", "The dentist is on Monday.")
    me.ingest([notes])
    shutil.copy2(path, notes / "b.md")
    report = me.ingest([notes])
    assert (report.added, report.moved) == (1, 0)
    assert texts(me) == ["The dentist is on Monday."] * 2
    path.unlink()
    assert me.ingest([notes]).removed == 1
    assert texts(me) == ["The dentist is on Monday."]
    assert_both_stores_agree(me)


def test_a_file_named_twice_is_taken_once(me: Me, notes: Path) -> None:
    path = note(notes, "a.md", "The dentist is on Monday.")
    assert me.ingest([path, notes, path]).added == 1
    assert_both_stores_agree(me)


def test_an_emptied_file_s_memories_go(me: Me, notes: Path) -> None:
    path = note(notes, "a.md", "The dentist is on Monday.")
    note(notes, "b.md", "Ana likes tea.")
    me.ingest([notes])
    path.write_text("")
    report = me.ingest([notes])
    assert (report.removed, [s.reason for s in report.skipped]) == (1, ["is empty"])
    assert texts(me) == ["Ana likes tea."]
    assert_both_stores_agree(me)


def test_a_file_of_white_space_alone_holds_nothing_any_more(me: Me, notes: Path) -> None:
    path = note(notes, "a.txt", "The dentist is on Monday.")
    me.ingest([notes])
    path.write_text(" \n\n")
    me.ingest([notes])
    assert texts(me) == []
    assert_both_stores_agree(me)


def test_what_can_t_be_read_any_more_is_kept_and_said_so(me: Me, notes: Path) -> None:
    path = note(notes, "a.txt", "The dentist is on Monday.")
    me.ingest([notes])
    path.write_bytes(b"\0\1\2\3" * 1_000)
    (skipped,) = me.ingest([notes]).skipped
    assert "kept" in skipped.reason
    assert texts(me) == ["# Part 1\n\nThe dentist is on Monday."]


def test_the_reasons_of_what_was_left_out_are_told_again(me: Me, notes: Path) -> None:
    (notes / "a.txt").write_bytes("Grüße ".encode() * 20 + b"\xff rest")
    age(notes / "a.txt")
    first, again = me.ingest([notes]).skipped, me.ingest([notes]).skipped
    assert len(first) == 1
    assert [s.reason for s in again] == [s.reason for s in first]


def test_a_missing_path_is_refused_before_anything_is_read(me: Me, notes: Path) -> None:
    note(notes, "a.md", "Ana likes tea.")
    with pytest.raises(NoSuchPath, match="nowhere"):
        me.ingest([notes, notes / "nowhere"])
    assert not me.home.ledger.exists()


def test_names_and_texts_that_no_database_takes_are_mended(me: Me, notes: Path) -> None:
    (notes / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"Before\0after the NUL. " * 3)
    (notes / "new\nline 👋.txt").write_text("Waving.")
    assert me.ingest([notes]).added == 2
    for row in me.reader.sources():
        row.uri.encode()
    assert me.ingest([notes]).unchanged == 2
    assert any("\ufffdafter" in text for text in texts(me))
    assert_both_stores_agree(me)


def test_a_pipe_is_a_source_by_its_name(me: Me) -> None:
    import io

    me.ingest_stream(io.BytesIO(b"Ana likes tea."), "tea.txt")
    assert me.ingest_stream(io.BytesIO(b"Ana likes coffee."), "tea.txt").changed == 1
    assert [(f.source, f.passage.text) for f in me.reader.all_passages()] == [("stdin:tea.txt", "Ana likes coffee.")]
    assert_both_stores_agree(me)


def test_progress_counts_up_to_the_total(me: Me, notes: Path) -> None:
    for n in range(3):
        note(notes, f"{n}.md", f"Note {n}.")
    told: list[Progress] = []
    me.ingest([notes], progress=told.append)
    assert [p.files for p in told] == sorted(p.files for p in told)
    assert {p.total for p in told} == {3}
    assert told[-1].passages == 3


def test_a_crash_between_staging_and_publishing_leaves_nothing_visible(
    me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(notes, "a.md", "Ana likes tea.")
    me.ingest([notes])
    note(notes, "a.md", "Ana likes coffee.")
    note(notes, "b.md", "The bike is at the shop.")

    def crash(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(Ledger, "publish", crash)
    with pytest.raises(MemoryError):
        me.ingest([notes])
    assert texts(me) == ["Ana likes tea."]
    assert [hit.passage.text for hit in me.recall("coffee bike tea").hits] == ["Ana likes tea."]
    monkeypatch.undo()
    me.ingest([notes])
    assert texts(me) == ["Ana likes coffee.", "The bike is at the shop."]
    assert_both_stores_agree(me)


# -- killed ---------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from secondme.config import Home
from secondme.me import Me
from secondme.memory import ingest
from secondme.store import index, ledger

# a hook before and after each step that writes; at the one named by its number the process kills itself
step, last = 0, int(sys.argv[3])

def counted(owner, name):
    function = getattr(owner, name)
    def hooked(*args, **kwargs):
        tick()
        result = function(*args, **kwargs)
        tick()
        return result
    setattr(owner, name, hooked)

def tick():
    global step
    step += 1
    if step == last:
        os.kill(os.getpid(), signal.SIGKILL)

ingest.BATCH_PASSAGES = 16
for owner, names in ((ledger.Ledger, ("recover", "stage", "publish", "remove", "empty_trash", "_write")),
                     (index.Vectors, ("upsert", "delete"))):
    for name in names:
        counted(owner, name)
home = Path(sys.argv[1])
with Me(Home(home, home)) as me:
    me.ingest([Path(sys.argv[2])])
print(step)
"""


def changed_notes(notes: Path) -> None:
    """From a first state to a second: files edited, added, deleted and renamed."""
    for n in range(0, 12, 3):
        note(notes, f"{n}.md", *(f"Note {n}, part {m}, edited." if m % 2 else f"Note {n}, part {m}." for m in range(4)))
    (notes / "1.md").unlink()
    (notes / "2.md").rename(notes / "renamed.md")
    for n in range(20, 28):
        note(notes, f"{n}.md", *(f"Added {n}, part {m}." for m in range(5)))


def run_killed(home: Path, notes: Path, environment: dict[str, str], at: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", KILLED, str(home), str(notes), str(at)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_killed_anywhere_a_second_run_ends_as_if_nothing_had_happened(
    home: Home, notes: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    for n in range(12):
        note(notes, f"{n}.md", *(f"Note {n}, part {m}." for m in range(4)))
    with Me(home) as me:
        me.ingest([notes])
        old = set(texts(me))
    changed_notes(notes)
    whole = tmp_path / "whole"
    shutil.copytree(home.data_dir, whole)
    done = run_killed(whole, notes, environment, 0)
    assert done.returncode == 0, done.stderr
    with Me(Home(whole, whole)) as me:
        expected_ids, expected = ids(me), texts(me)
        assert_both_stores_agree(me)
    steps = int(done.stdout)
    points = random.Random(1).sample(range(1, steps + 1), 10)
    for point in points:
        folder = tmp_path / f"killed-{point}"
        shutil.copytree(home.data_dir, folder)
        assert run_killed(folder, notes, environment, point).returncode == -signal.SIGKILL
        with Me(Home(folder, folder)) as me:
            # nothing half-visible: each text is one of the old or of the new, and each source is wholly one of them
            assert set(texts(me)) <= old | set(expected), point
            for source in me.reader.sources():
                mine = {f.passage.text for f in me.reader.passages_of(source)}
                assert mine <= old or mine <= set(expected), point
            me.ingest([notes])
            assert ids(me) == expected_ids, point
            assert texts(me) == expected, point
            assert_both_stores_agree(me)
            assert me.ingest([notes]).passages == 0
