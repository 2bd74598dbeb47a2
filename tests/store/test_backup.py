from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from secondme.config import Config, Home
from secondme.errors import BackupDamaged, DiskFull, LedgerTooNew, NoSuchPath, SecondMeError, UsageError
from secondme.me import Me
from secondme.store import backup, bundle
from tests.memory.test_forget import WORDS, traces
from tests.store.copies import OWN, begun, fill, flip, forget, restored, sound, traces_in


@pytest.fixture
def filled(me: Me, notes: Path) -> Me:
    fill(me, notes)
    return me


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "drive"
    folder.mkdir()
    return folder / "backup.zip"


def left_beside(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir())


# ---- making one


def test_a_backup_is_for_its_owner_alone_and_lists_what_is_in_it(filled: Me, file: Path) -> None:
    manifest = filled.backup(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (manifest.counts["sources"], manifest.vectors, manifest.embedder) == (10, True, filled.embedder.name)
    assert bundle.check(file) == manifest
    assert left_beside(file) == ["backup.zip"]
    assert begun(filled.home) == []


def test_without_vectors_it_is_smaller(filled: Me, file: Path) -> None:
    filled.backup(file)
    size = file.stat().st_size
    manifest = filled.backup(file, vectors=False, force=True)
    assert (manifest.vectors, manifest.embedder) == (False, "")
    assert file.stat().st_size < size


def test_settings_are_in_it_and_no_secrets(home: Home, notes: Path, file: Path) -> None:
    home.config_file.write_text(
        '# key: sk-12345\nmodel = "fake"\nembedder = "fake"\nengine_url = "http://me:hunter2@localhost:8080/v1?key=sk-67"\n'
    )
    (notes / "shed.md").write_text(OWN)
    with Me(home) as me:
        me.ingest([notes])
        me.backup(file)
    settings = bundle.text_of(file, bundle.SETTINGS)
    assert 'engine_url = "http://localhost:8080/v1"' in settings
    assert not [secret for secret in ("sk-", "hunter2", "me:") if secret in settings]


@pytest.mark.parametrize("what", ["there", "a folder", "no folder", "in the home", "nothing in memory"])
def test_a_place_that_will_not_do_is_refused_and_left_alone(filled: Me, file: Path, what: str, tmp_path: Path) -> None:
    if what == "there":
        file.write_text("mine")
    place = {"a folder": file.parent, "no folder": file.parent / "no" / "x.zip"}.get(what, file)
    if what == "in the home":
        place = filled.home.memories / "x.zip"
    empty = Home(tmp_path / "empty", tmp_path / "empty")
    with Me(empty, Config(model="fake", embedder="fake")) as me, pytest.raises(UsageError):
        (me if what == "nothing in memory" else filled).backup(place)
    assert [path.read_text() for path in file.parent.iterdir()] == (["mine"] if what == "there" else [])
    assert filled.unreached() == []


def test_force_replaces_a_file_and_not_a_folder(filled: Me, file: Path) -> None:
    file.write_text("an old one")
    filled.backup(file, force=True)
    assert bundle.check(file).counts["sources"] == 10
    with pytest.raises(UsageError):
        filled.backup(file.parent, force=True)


def test_what_is_going_in_is_not_in_the_backup(filled: Me, notes: Path, file: Path, tmp_path: Path) -> None:
    """Sources that an interrupted ingest has staged wait for the next one; they are no memories yet."""
    for n in range(3):
        (notes / f"more{n}.md").write_text(f"Note {n} about the heron.\n")

    def interrupted(progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled.ingest([notes], progress=interrupted)
    assert filled.backup(file).counts["sources"] == 10
    other = restored(file, tmp_path / "elsewhere")
    assert other.reader.counts().sources == 10
    assert other.ingest([notes]).added == 3
    other.close()


def test_too_little_room_is_said_before_anything_is_written(
    filled: Me, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(1 << 40, 1 << 40, 100_000))  # type: ignore[attr-defined]
    with pytest.raises(DiskFull, match=r"0\.1 MB are free"):
        filled.backup(file)
    assert left_beside(file) == begun(filled.home) == backup.known(filled.reader) == []


@pytest.mark.parametrize("after", ["copying the ledger", "copying", "verifying", "unpacking"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_interrupted_or_on_a_full_disk_it_leaves_nothing(
    filled: Me, file: Path, after: str, error: BaseException
) -> None:
    def progress(doing: str, done: int, total: int) -> None:
        if doing == after:
            raise error

    with pytest.raises((KeyboardInterrupt, SecondMeError, OSError)):
        filled.backup(file, progress=progress)
    assert left_beside(file) == begun(filled.home) == backup.known(filled.reader) == []
    filled.backup(file)
    with pytest.raises((KeyboardInterrupt, SecondMeError, OSError)):
        filled.backup(file, force=True, progress=progress)
    assert left_beside(file) == ["backup.zip"]
    assert [known.path for known in backup.known(filled.reader)] == [file]
    assert bundle.check(file)


def test_what_cannot_be_read_back_is_no_backup(filled: Me, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = bundle.write

    def badly(path: Path, *args: object) -> bundle.Manifest:
        manifest = write(path, *args)  # type: ignore[arg-type]
        flip(path, path.stat().st_size // 2)
        return manifest

    monkeypatch.setattr(bundle, "write", badly)
    with pytest.raises(BackupDamaged, match="damaged"):
        filled.backup(file)
    assert left_beside(file) == backup.known(filled.reader) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from secondme.config import Home
from secondme.me import Me
from secondme.memory.forgetting import Wish

home, what, path, after = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
with Me(Home(home, home)) as me:
    if what == "forget":
        from secondme.store import backup, bundle
        me.reader
        owner, name = (backup, "replace_over") if after == "put" else (bundle, after)
        function = getattr(owner, name)
        def killed(*args, **kwargs):
            function(*args, **kwargs)
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(owner, name, killed)
        me.forget(me.forgettable(Wish(path)))
    else:
        def progress(doing, done, total):
            if doing == after:
                os.kill(os.getpid(), signal.SIGKILL)
        me.backup(Path(path), progress=progress)
"""


def killed(me: Me, environment: dict[str, str], what: str, path: Path, after: str) -> None:
    me.close()
    command = [sys.executable, "-c", KILLED, str(me.home.data_dir), what, str(path), after]
    assert subprocess.run(command, env=environment, timeout=60).returncode == -signal.SIGKILL


@pytest.mark.parametrize("after", ["copying", "unpacking"])
def test_killed_while_it_is_made_the_next_writer_wipes_what_it_left(
    filled: Me, file: Path, notes: Path, environment: dict[str, str], after: str
) -> None:
    killed(filled, environment, "backup", file, after)
    assert left_beside(file) == ["backup.zip.part"]
    assert begun(filled.home) == ["backup.tmp"]
    assert forget(filled, notes / "secret.md") == []
    assert left_beside(file) == begun(filled.home) == traces(filled.home) == []
    assert backup.known(filled.reader) == []


# ---- forgetting reaches it


def test_what_is_forgotten_goes_from_backups_too(filled: Me, notes: Path, file: Path, tmp_path: Path) -> None:
    other = file.with_name("without vectors.zip")
    filled.backup(file)
    filled.backup(other, vectors=False)
    assert traces_in(file, tmp_path / "look")
    before = bundle.check(file)
    assert forget(filled, notes / "secret.md") == []
    for one in (file, other):
        assert traces_in(one, tmp_path / "look") == []
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert traces(filled.home) == []
    assert left_beside(file) == ["backup.zip", "without vectors.zip"]
    after = bundle.check(file)
    assert (after.made_at, after.vectors, after.counts["sources"]) == (before.made_at, True, 9)
    again = restored(file, tmp_path / "elsewhere")
    assert again.embedder.embedded == []  # type: ignore[attr-defined]
    assert OWN.strip() in again.recall("spare key of the shed").hits[0].passage.text
    assert sound(again)
    again.close()


def test_one_item_goes_by_its_id(filled: Me, file: Path, tmp_path: Path) -> None:
    filled.backup(file)
    (hit, *_) = [hit for hit in filled.recall("Quittengelee hidden").hits if "hidden" in hit.passage.text]
    assert forget(filled, hit.passage.id[:12]) == []
    assert traces_in(file, tmp_path / "look") == []


def test_a_source_that_was_renamed_and_edited_since_is_found(
    filled: Me, notes: Path, file: Path, tmp_path: Path
) -> None:
    filled.backup(file)
    (notes / "secret.md").rename(notes / "harmless.md")
    filled.ingest([notes])
    (notes / "harmless.md").write_text("Nothing to see here.\n")
    filled.ingest([notes])
    assert forget(filled, notes / "harmless.md") == []
    assert traces_in(file, tmp_path / "look") == []


def test_an_item_that_another_file_held_then_is_found(filled: Me, notes: Path, file: Path, tmp_path: Path) -> None:
    """Last month's export is in the backup; this month's, with the same messages, is what is forgotten."""
    chat = (
        "[04/05/2026, 10:11:00] Anna Berg: the Quittengelee is in Vorarlberg\n[04/05/2026, 10:12:00] Tom: ok, thanks\n"
    )
    (notes / "secret.md").unlink()
    (notes / "april").mkdir()
    (notes / "april" / "WhatsApp Chat with Anna Berg.txt").write_text(chat)
    filled.ingest([notes])
    assert filled.recall("Quittengelee").hits[0].passage.speaker == "Anna Berg"
    filled.backup(file)
    shutil.rmtree(notes / "april")
    (notes / "may").mkdir()
    again = notes / "may" / "WhatsApp Chat with Anna Berg.txt"
    again.write_text(f"{chat}[05/05/2026, 09:00:00] Tom: hello\n")
    filled.ingest([notes])
    assert traces_in(file, tmp_path / "look")
    assert forget(filled, again) == []
    assert traces_in(file, tmp_path / "look") == []


def test_what_holds_nothing_forgotten_is_not_written_again(filled: Me, notes: Path, file: Path) -> None:
    filled.backup(file)
    (notes / "late.md").write_text("Written after the backup.\n")
    filled.ingest([notes])
    before = file.stat().st_ino
    assert forget(filled, notes / "late.md") == []
    assert file.stat().st_ino == before
    assert filled.unreached() == []


def test_what_cannot_be_reached_stays_due_until_it_is_there(
    filled: Me, notes: Path, file: Path, tmp_path: Path
) -> None:
    filled.backup(file)
    file.parent.rename(tmp_path / "unplugged")
    sentence = (
        f"The backup {file} could not be reached; it still holds what was forgotten."
        " Run `secondme forget` again when it is there, or delete it."
    )
    assert forget(filled, notes / "secret.md") == [sentence]
    assert forget(filled, notes / "other1.md") == [sentence]
    assert [finding.detail for finding in filled.doctor() if finding.name == "backups"] == [sentence]
    (tmp_path / "unplugged").rename(file.parent)
    assert traces_in(file, tmp_path / "look")
    (finding,) = [finding for finding in filled.doctor() if finding.name == "backups"]
    assert finding.ok
    assert traces_in(file, tmp_path / "look") == []
    assert filled.unreached() == []


def test_a_backup_that_was_deleted_can_be_dismissed(filled: Me, notes: Path, file: Path) -> None:
    filled.backup(file)
    file.unlink()
    assert len(forget(filled, notes / "secret.md")) == 1
    assert filled.dismiss(file)
    assert not filled.dismiss(file)
    assert forget(filled, notes / "other1.md") == []


def test_a_link_to_a_backup_stays_one(filled: Me, notes: Path, file: Path, tmp_path: Path) -> None:
    filled.backup(file)
    file.rename(tmp_path / "moved.zip")
    file.symlink_to(tmp_path / "moved.zip")
    assert forget(filled, notes / "secret.md") == []
    assert file.is_symlink()
    assert traces_in(tmp_path / "moved.zip", tmp_path / "look") == []


def test_a_damaged_backup_is_named_and_stays_due(filled: Me, notes: Path, file: Path) -> None:
    filled.backup(file)
    flip(file, file.stat().st_size // 3)
    (sentence,) = forget(filled, notes / "secret.md")
    assert sentence.startswith(f"The backup {file} could not be rewritten: {file} is damaged")
    assert filled.unreached() == [file]


def test_another_memory_s_backup_at_that_place_is_left_alone(
    filled: Me, notes: Path, file: Path, tmp_path: Path
) -> None:
    filled.backup(file)
    other = Home(tmp_path / "other", tmp_path / "other")
    with Me(other, Config(model="fake", embedder="fake")) as me:
        me.ingest([notes])
        me.backup(file, force=True)
    assert forget(filled, notes / "secret.md") == []
    assert traces_in(file, tmp_path / "look")


@pytest.mark.parametrize("after", ["extract", "write", "put"])
def test_killed_while_a_backup_is_rewritten_the_next_one_goes_on(
    filled: Me, notes: Path, file: Path, tmp_path: Path, environment: dict[str, str], after: str
) -> None:
    filled.backup(file)
    killed(filled, environment, "forget", notes / "secret.md", after)
    bundle.check(file)
    assert filled.purge() == []
    assert traces(filled.home) == begun(filled.home) == []
    assert left_beside(file) == ["backup.zip"]
    assert traces_in(file, tmp_path / "look") == []


# ---- what is no backup


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None] = lambda members: None, **told: object) -> None:
    """The zip anew with changed members, and a manifest that fits them but for what is `told`."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = {**json.loads(members["manifest.json"]), **told}
    members["manifest.json"] = json.dumps(manifest).encode()
    change(members)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def bomb(file: Path) -> None:
    zeros = bytes(200 << 20)
    import hashlib

    with zipfile.ZipFile(file) as archive:
        members = json.loads(archive.read("manifest.json"))["members"]
    members["ledger.db"] = {"size": len(zeros), "sha256": hashlib.sha256(zeros).hexdigest()}
    rewritten(file, lambda held: held.update({"ledger.db": zeros}), members=members)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "not a zip": (lambda file: file.write_text("Dear diary,"), "is not a backup that secondme made"),
    "empty": (lambda file: file.write_bytes(b""), "is not a backup that secondme made"),
    "cut short": (lambda file: os.truncate(file, file.stat().st_size * 2 // 3), "is cut short"),
    "its end gone": (lambda file: os.truncate(file, file.stat().st_size - 10), "is cut short"),
    "one bit": (lambda file: flip(file, file.stat().st_size // 2), "is damaged"),
    "another zip": (lambda file: rewritten(file, lambda held: held.pop("manifest.json")), "is not a backup"),  # type: ignore[arg-type,return-value]
    "a manifest in prose": (
        lambda file: rewritten(file, lambda held: held.update({"manifest.json": b"{"})),
        "its manifest cannot be read",
    ),
    "a list for a manifest": (
        lambda file: rewritten(file, lambda held: held.update({"manifest.json": b"[]"})),
        "its manifest cannot be read",
    ),
    "another ledger": (
        lambda file: rewritten(file, lambda held: held.update({"ledger.db": b"x" * len(held["ledger.db"])})),
        "ledger.db is not what was written",
    ),
    "a path": (lambda file: rewritten(file, lambda held: held.update({"chroma/../../x": b"x"})), "no backup has"),
    "an absolute path": (lambda file: rewritten(file, lambda held: held.update({"/etc/x": b"x"})), "no backup has"),
    "a member too many": (
        lambda file: rewritten(file, lambda held: held.update({"chroma/extra.bin": b"x"})),
        "does not hold what its manifest lists",
    ),
    "a member too few": (
        lambda file: rewritten(file, lambda held: held.pop("config.toml")),  # type: ignore[arg-type,return-value]
        "does not hold what its manifest lists",
    ),
    "other counts": (lambda file: rewritten(file, counts={"sources": 3}), "another one than its manifest says"),
    "a bomb": (bomb, "times its size"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_a_whole_backup_is_refused_in_one_sentence(filled: Me, file: Path, damage: str) -> None:
    filled.backup(file)
    spoil, sentence = DAMAGES[damage]
    spoil(file)
    with pytest.raises(BackupDamaged, match=sentence) as refused:
        filled.restore(file, replace=True)
    assert refused.value.message.count("\n") == 0
    assert filled.reader.counts().sources == 10
    assert begun(filled.home) == []


def test_a_later_format_is_refused_and_a_missing_file_named(filled: Me, file: Path) -> None:
    filled.backup(file)
    rewritten(file, format=99)
    with pytest.raises(LedgerTooNew, match="format 99"):
        filled.restore(file, replace=True)
    with pytest.raises(NoSuchPath):
        filled.restore(file.with_name("no.zip"), replace=True)
    with pytest.raises(NoSuchPath):
        filled.restore(file.parent, replace=True)


def test_the_words_are_in_the_notes_and_in_the_backup(filled: Me) -> None:
    """So that the searches above can fail."""
    assert all(any(word.lower() in trace for trace in traces(filled.home)) for word in WORDS)
