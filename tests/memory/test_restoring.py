from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from secondme.config import Config, Home
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.errors import DiskFull, ModelMissing, SecondMeError, UsageError
from secondme.me import Me
from secondme.store import backup, bundle
from secondme.store.index import LAYER
from tests.memory.test_forget import traces
from tests.store.copies import begun, fill, forget, restored, sound, traces_in


class OtherEmbedder(FakeEmbedder):
    name = "another"


@pytest.fixture
def filled(me: Me, notes: Path) -> Me:
    fill(me, notes)
    return me


@pytest.fixture
def file(filled: Me, tmp_path: Path) -> Path:
    """A backup of ten sources."""
    path = tmp_path / "backup.zip"
    filled.backup(path)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Home:
    return Home(tmp_path / "elsewhere", tmp_path / "elsewhere")


def opened(home: Home, embedder: FakeEmbedder | None = None) -> Me:
    config = Config(model="fake", embedder="fake")
    return Me(home, config, embedder=embedder or FakeEmbedder(), generator=FakeGenerator())


def sources(me: Me) -> set[str]:
    return {Path(row.uri).name for row in me.reader.sources()}


# ---- into an empty home


def test_everything_comes_back_without_being_embedded_again(filled: Me, file: Path, tmp_path: Path) -> None:
    me = restored(file, tmp_path / "elsewhere")
    assert me.embedder.embedded == []  # type: ignore[attr-defined]
    assert me.reader.counts() == filled.reader.counts()
    for question in ("spare key of the shed", "Quittengelee", "note 3 of the others"):
        before = filled.recall(question).hits
        assert [hit.passage for hit in me.recall(question).hits] == [hit.passage for hit in before]
    assert sound(me)
    assert begun(me.home) == []
    me.close()


def test_a_restored_home_goes_on(filled: Me, file: Path, notes: Path, tmp_path: Path) -> None:
    (notes / "new.md").write_text("The heron came back.\n")
    with restored(file, tmp_path / "elsewhere") as me:
        report = me.ingest([notes])
        assert (report.added, report.unchanged) == (1, 10)
        assert forget(me, notes / "secret.md") == []
        assert traces(me.home) == []
        assert traces_in(file, tmp_path / "look") == []  # the file that it was restored from is known to it


def test_vectors_that_were_left_out_are_made_anew(filled: Me, elsewhere: Home, tmp_path: Path) -> None:
    filled.backup(tmp_path / "small.zip", vectors=False)
    with opened(elsewhere) as me:
        assert me.restore(tmp_path / "small.zip").vectors == "rebuilt"
        assert sound(me)
        assert me.recall("spare key of the shed").hits


def test_another_embedder_makes_its_own_vectors(filled: Me, file: Path, elsewhere: Home) -> None:
    with opened(elsewhere, OtherEmbedder()) as me:
        assert me.restore(file).vectors == "rebuilt"
        assert me.recall("spare key of the shed").hits
        assert sound(me)


def test_vectors_that_are_not_the_ledger_s_are_made_anew(
    filled: Me, file: Path, elsewhere: Home, tmp_path: Path
) -> None:
    with filled.index.open() as vectors:
        vectors.delete(LAYER, sorted(vectors.ids(LAYER))[:3])
    filled.backup(file, force=True)
    with opened(elsewhere) as me:
        assert me.restore(file).vectors == "rebuilt"
        assert sound(me)


def test_without_the_model_the_words_come_back_and_the_vectors_wait(
    filled: Me,
    file: Path,
    elsewhere: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filled.backup(tmp_path / "small.zip", vectors=False)

    def missing(*_: object) -> FakeEmbedder:
        raise ModelMissing("The model is not on this machine.")

    monkeypatch.setattr("secondme.engines.embedder", missing)
    with Me(elsewhere, Config(model="fake", embedder="fake")) as me:
        assert me.restore(tmp_path / "small.zip", dry_run=True).vectors == "missing"
        assert me.restore(tmp_path / "small.zip").vectors == "missing"
        assert me.reader.counts().sources == 10
    with opened(elsewhere) as me:
        me.repair()
        assert sound(me)
    with Me(elsewhere, Config(model="fake", embedder="fake")) as me:
        assert me.restore(file, replace=True).vectors == "kept"


def test_settings_come_where_there_are_none_and_never_over_others(
    home: Home,
    filled: Me,
    elsewhere: Home,
    tmp_path: Path,
) -> None:
    home.config_file.write_text('model = "fake"\nembedder = "fake"\nthreads = 3\n')
    with Me(home) as me:
        me.backup(tmp_path / "settings.zip")
    with Me(elsewhere) as me:
        me.restore(tmp_path / "settings.zip")
        assert (me.config.threads, me.config.embedder) == (3, "fake")
    with Me(elsewhere) as me:
        assert me.config.threads == 3
        assert sound(me)
    elsewhere.config_file.write_text('model = "fake"\nembedder = "fake"\nthreads = 2\n')
    with Me(elsewhere) as me:
        me.restore(tmp_path / "settings.zip", replace=True)
        assert me.config.threads == 2
    assert "threads = 2" in elsewhere.config_file.read_text()


# ---- where there are memories


def test_a_home_with_memories_is_left_alone_unless_asked(filled: Me, file: Path, notes: Path) -> None:
    (notes / "new.md").write_text("The heron came back.\n")
    filled.ingest([notes])
    with pytest.raises(UsageError, match=r"11 sources, 11 items") as refused:
        filled.restore(file)
    assert "--replace" in refused.value.hint
    assert "new.md" in sources(filled)
    done = filled.restore(file, replace=True)
    assert (done.replaced, done.unsure, done.left_out.any) == (True, False, False)
    assert "new.md" not in sources(filled)
    assert sound(filled)
    assert begun(filled.home) == []


def test_a_dry_run_says_the_same_and_changes_nothing(filled: Me, file: Path, notes: Path, elsewhere: Home) -> None:
    forget(filled, notes / "other1.md")
    held = file.read_bytes()
    before = filled.reader.counts()
    with opened(elsewhere) as me:
        me.restore(file)
    file.write_bytes(held)
    would = filled.restore(file, replace=True, dry_run=True)
    assert (would.replaced, would.counts) == (True, before)
    assert filled.reader.counts() == before
    assert begun(filled.home) == []


def test_a_damaged_ledger_can_be_replaced(filled: Me, file: Path) -> None:
    filled.close()
    content = bytearray(filled.home.ledger.read_bytes())
    content[2_000:60_000] = os.urandom(58_000)
    filled.home.ledger.write_bytes(content)
    with pytest.raises(UsageError, match="damaged"):
        filled.restore(file)
    assert filled.restore(file, replace=True).unsure
    assert sound(filled)
    assert filled.recall("spare key of the shed").hits


def test_what_was_forgotten_since_stays_forgotten(filled: Me, file: Path, notes: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a copy elsewhere.zip"
    shutil.copy(file, copy)
    forget(filled, notes / "secret.md")
    assert traces_in(copy, tmp_path / "look")
    done = filled.restore(copy, replace=True)
    assert (done.left_out.sources, done.left_out.items) == (1, 1)
    assert traces(filled.home) == []
    assert filled.ingest([notes]).forgotten == 1
    assert sound(filled)
    # the copy is known from now on, and due
    assert filled.purge() == []
    assert traces_in(copy, tmp_path / "look") == []


def test_an_empty_home_remembers_what_was_forgotten_in_it(
    filled: Me,
    file: Path,
    notes: Path,
    tmp_path: Path,
) -> None:
    copy = tmp_path / "copy.zip"
    shutil.copy(file, copy)
    forget(filled, notes)
    assert filled.restore(copy).left_out.sources == 10
    assert filled.reader.counts().sources == 0


def test_replacing_an_empty_home_brings_the_backup_as_it_is(
    filled: Me,
    file: Path,
    notes: Path,
    tmp_path: Path,
) -> None:
    copy = tmp_path / "copy.zip"
    shutil.copy(file, copy)
    forget(filled, notes)
    done = filled.restore(copy, replace=True)
    assert (done.left_out.any, done.replaced) == (False, False)
    assert filled.reader.counts().sources == 10


def test_what_was_forgotten_and_named_again_comes_back(filled: Me, file: Path, notes: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.zip"
    shutil.copy(file, copy)
    forget(filled, notes / "secret.md")
    filled.ingest([notes / "secret.md"])
    assert not filled.restore(copy, replace=True).left_out.any
    assert "secret.md" in sources(filled)


def test_backups_stay_known(filled: Me, file: Path, notes: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.zip"
    filled.backup(later)
    filled.restore(file, replace=True)
    assert {known.path for known in backup.known(filled.reader)} == {file, later}
    assert forget(filled, notes / "secret.md") == []
    assert traces_in(later, tmp_path / "look") == traces_in(file, tmp_path / "look") == []


def test_a_reader_that_is_open_meanwhile_does_not_mix_old_and_new(filled: Me, file: Path, notes: Path) -> None:
    with opened(filled.home) as other:
        assert other.reader.counts().sources == 10
        (notes / "new.md").write_text("The heron came back.\n")
        filled.ingest([notes])
        log = filled.home.ledger.with_name("ledger.db-wal")
        assert log.stat().st_size > 0  # the other one keeps it
        filled.restore(file, replace=True)
        assert filled.reader.counts().sources == 10
        filled.ingest([notes / "new.md"])
    assert filled.reader.counts().sources == 11
    assert sound(filled)


def test_backups_that_only_the_restored_one_knew_are_looked_through(
    filled: Me, file: Path, notes: Path, tmp_path: Path
) -> None:
    later = tmp_path / "later.zip"
    filled.backup(later)
    content = later.read_bytes()
    filled.dismiss(file)
    forget(filled, notes / "secret.md")
    later.write_bytes(content)
    filled.restore(later, replace=True)
    assert traces_in(file, tmp_path / "look")
    assert filled.purge() == []
    assert traces_in(file, tmp_path / "look") == []


# ---- killed, and failing

KILLED = """
import json, os, signal, sys
from pathlib import Path
import chromadb
from secondme.config import Config, Home
from secondme.engine.fake import FakeEmbedder
from secondme.me import Me
from secondme.memory import restoring
from secondme.store import exchange

def forked(work):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writing, "w") as out:
            out.write(json.dumps(work()))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text

def opened(home):
    return Me(home, Config(model="fake", embedder="fake"), embedder=FakeEmbedder())

def restore(home, file, after):
    steps = 0
    rename, wipe, extract = os.rename, exchange.wipe, restoring.bundle.extract
    def counted(function):
        def step(*args):
            nonlocal steps
            done = function(*args)
            steps += 1
            if steps == after:
                os.kill(os.getpid(), signal.SIGKILL)
            return done
        return step
    os.rename, exchange.wipe, restoring.bundle.extract = counted(rename), counted(wipe), counted(extract)
    with opened(home) as me:
        me.restore(file, replace=True)

def look(home):
    with opened(home) as me:
        recalled = [hit.passage.text for hit in me.recall("the heron came back", k=20).hits]
        findings = [f.name for f in me.doctor() if not f.ok and f.name != "disk"]
        with me._writing(1, lambda holder: None):
            pass
        left = [n for n in ("restoring", "restored", "replaced") if (home.memories / n).exists()]
        return {"sources": me.reader.counts().sources, "heron": any("heron" in text for text in recalled),
                "bad": findings, "left": left}

import shutil
template, file, outcomes = Path(sys.argv[1]), Path(sys.argv[2]), []
for after in range(1, 100):
    folder = template.with_name("tried")
    shutil.copytree(template, folder)
    home = Home(folder, folder)
    code, _ = forked(lambda: restore(home, file, after))
    outcomes.append({"killed": code == -signal.SIGKILL, **json.loads(forked(lambda: look(home))[1])})
    shutil.rmtree(folder)
    if code == 0:
        break
print(json.dumps(outcomes))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_killed_at_any_step_it_is_the_old_memory_or_the_new_one(
    filled: Me,
    file: Path,
    notes: Path,
    environment: dict[str, str],
) -> None:
    (notes / "new.md").write_text("The heron came back.\n")
    filled.ingest([notes])
    filled.close()
    command = [sys.executable, "-c", KILLED, str(filled.home.data_dir), str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=250)
    assert done.stdout, done.stderr
    *killed, through = json.loads(done.stdout)
    assert not through["killed"]
    assert len(killed) >= 6
    old = {"killed": True, "sources": 11, "heron": True, "bad": [], "left": []}
    new = {"killed": True, "sources": 10, "heron": False, "bad": [], "left": []}
    assert all(outcome in (old, new) for outcome in killed), killed
    assert old in killed
    assert new in killed
    assert {**through, "killed": True} == new


@pytest.mark.parametrize("failing", ["restored", "replaced/chroma", "chroma", "replaced/ledger.db", "ledger.db"])
def test_where_a_renaming_fails_the_old_memory_comes_back(
    filled: Me,
    file: Path,
    notes: Path,
    failing: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (notes / "new.md").write_text("The heron came back.\n")
    filled.ingest([notes])
    rename = os.rename

    def fails(source: Path, target: Path) -> None:
        if Path(target) == filled.home.memories / failing and "replaced" not in Path(source).parts:
            raise PermissionError(13, "Permission denied", str(target))
        rename(source, target)

    monkeypatch.setattr(os, "rename", fails)
    with pytest.raises(SecondMeError, match="cannot be written"):
        filled.restore(file, replace=True)
    monkeypatch.undo()
    assert "new.md" in sources(filled)
    assert filled.recall("the heron came back").hits
    assert sound(filled)
    filled.ingest([notes])
    assert begun(filled.home) == []


def test_interrupted_while_vectors_are_made_the_old_memory_stays(
    filled: Me,
    file: Path,
    notes: Path,
    tmp_path: Path,
) -> None:
    filled.backup(tmp_path / "small.zip", vectors=False)

    def progress(doing: str, done: int, total: int) -> None:
        if doing == "embedding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.restore(tmp_path / "small.zip", replace=True, progress=progress)
    assert sound(filled)
    assert begun(filled.home) == []


def test_too_little_room_is_said_before_anything_is_unpacked(
    filled: Me,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(1 << 40, 1 << 40, 100_000))  # type: ignore[attr-defined]
    with pytest.raises(DiskFull):
        filled.restore(file, replace=True)
    assert begun(filled.home) == []


def test_an_older_ledger_is_brought_up_to_date(filled: Me, file: Path, elsewhere: Home) -> None:
    """A backup of the version before has no table of backups."""
    import hashlib
    import zipfile

    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    old = file.with_name("old.db")
    old.write_bytes(members["ledger.db"])
    db = sqlite3.connect(old)
    learnt = "disputes quotes changes fact_words facts reflected episode_passages episodes summary_lines summaries"
    later = f"{learnt} links annotations lessons profile_lines uses answer_passages answers"
    db.executescript("".join(f"DROP TABLE {table};" for table in later.split()))
    db.executescript(
        "DROP TABLE dates; DROP INDEX items_thread; DROP INDEX takes_part_about; DELETE FROM meta WHERE key = 'dates';"
        "DROP TABLE backups; DROP TABLE struck; PRAGMA user_version = 2; PRAGMA journal_mode = DELETE;"
    )
    db.close()
    members["ledger.db"] = old.read_bytes()
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["ledger.db"] = {
        "size": len(members["ledger.db"]),
        "sha256": hashlib.sha256(members["ledger.db"]).hexdigest(),
    }
    members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    bundle.check(file)
    with opened(elsewhere) as me:
        me.restore(file)
        assert sound(me)
        assert me.recall("spare key of the shed").hits
