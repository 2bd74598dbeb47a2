from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from secondme.errors import LedgerTooNew
from secondme.store import migrations
from secondme.store.ledger import Ledger


def schema(path: Path) -> list[tuple[str, str]]:
    db = sqlite3.connect(path)
    found = db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    db.close()
    return found


def test_from_blank_to_the_newest_schema(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    assert migrations.version(db) == 0
    migrations.migrate(db)
    assert migrations.version(db) == len(migrations.MIGRATIONS)
    migrations.migrate(db)  # once more changes nothing
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_from_the_first_schema_with_rows_in_it(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    migrations.m001_first_schema(db)
    db.execute("PRAGMA user_version = 1")
    db.execute("INSERT INTO sources VALUES (1, 'k', '/a', 'text', 1, 2, 'sha', 1, 3, '[]')")
    db.close()
    ledger = Ledger(tmp_path / "ledger.db", create=True)
    assert [row.uri for row in ledger.sources()] == ["/a"]
    ledger.close()
    blank = Ledger(tmp_path / "blank.db", create=True)
    blank.close()
    assert schema(tmp_path / "ledger.db") == schema(tmp_path / "blank.db")


def test_a_file_that_a_killed_process_left_without_a_schema_is_completed(tmp_path: Path) -> None:
    for content in (None, b""):
        path = tmp_path / f"{content}.db"
        if content is None:
            db = sqlite3.connect(path)
            db.execute("PRAGMA journal_mode = WAL")
            db.close()
        else:
            path.write_bytes(content)
        ledger = Ledger(path, create=True)
        assert ledger.sources() == []
        ledger.close()


def test_a_later_version_s_ledger_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger(path, create=True).close()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA user_version = {len(migrations.MIGRATIONS) + 1}")
    db.close()
    before = path.read_bytes()
    with pytest.raises(LedgerTooNew):
        Ledger(path, create=True)
    assert path.read_bytes() == before


def test_a_step_that_fails_leaves_the_schema_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half_made (x)")
        raise sqlite3.OperationalError("the disk went away")

    db = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    migrations.migrate(db)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, half))
    with pytest.raises(sqlite3.OperationalError):
        migrations.migrate(db)
    assert migrations.version(db) == len(migrations.MIGRATIONS) - 1
    assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'half_made'").fetchone()
    db.close()


def _open(folder: Path, gate: multiprocessing.synchronize.Barrier, rounds: int) -> None:
    for n in range(rounds):
        gate.wait(20)
        ledger = Ledger(folder / f"{n}.db", create=True)
        ledger.set_meta(str(multiprocessing.current_process().name), "was here")
        ledger.close()


def test_two_processes_that_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    gate, rounds = context.Barrier(2), 25
    both = [context.Process(target=_open, args=(tmp_path, gate, rounds), name=f"opener-{n}") for n in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    for n in range(rounds):
        ledger = Ledger(tmp_path / f"{n}.db")
        assert [ledger.meta(process.name) for process in both] == ["was here", "was here"]
        assert ledger.problems() == []
        ledger.close()
