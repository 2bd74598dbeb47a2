"""What is left out: by name, and by the owner's own rules, in a walk and for a single path alike."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme.records import Skipped
from secondme.sources import ignoring, walk
from secondme.sources.ignoring import IGNORE_FILE, Sieve, unwanted

TREE = ["a/b.md", "a/c.log", "a/b/a.md", "a/b/c/b.md", "b.md", "b/a.log", "b/c/a.md", "c.log", "c/a/b/c.md", "c/b.md"]


def plant(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def found(root: Path) -> set[str]:
    """What a walk finds; what `Sieve` says about each file of the tree must be the same."""
    walked = {os.path.relpath(path, root) for path in walk([root]) if isinstance(path, Path)}
    sieve = Sieve(str(root))
    there = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]
    assert {os.path.relpath(path, root) for path in there if sieve.takes(path)} == walked
    return walked


def test_names_that_nobody_means() -> None:
    for name in (
        *(".git", "node_modules", "__pycache__", ".cache", "a.tmp", "a.md~", ".#a.md", ".a.md.swp", "~$a.docx"),
        *("film.mkv.part", "x.crdownload", "x.pdf.download", ".env", "prod.env", ".env.local", "x.kdbx", "server.PEM"),
        *(".syncthing.a.md.tmp", "~syncthing~a.md.tmp", "poetry.lock", ".~lock.a.odt#", ".nfs000000a1", IGNORE_FILE),
    ):
        assert unwanted(name), name
    for name in (
        "a.md",
        "environment.md",
        "C#",
        "partial.md",
        "keys.md",
        "id_rsa.pub",
        "lock.md",
        "download",
        ".nfsrc",
    ):
        assert not unwanted(name), name


def test_rules_hold_for_their_folder_and_below_and_the_nearer_ones_win(tmp_path: Path) -> None:
    plant(tmp_path, "a.log", "a.md", "drafts/a.md", "sub/a.log", "sub/keep/a.log", "sub/drafts/a.md", "sub/top.md")
    (tmp_path / IGNORE_FILE).write_text("# logs\n*.log\n/drafts/\n\n")
    (tmp_path / "sub" / IGNORE_FILE).write_text("/top.md\n!keep/*.log\n")
    assert found(tmp_path) == {"a.md", "sub/keep/a.log", "sub/drafts/a.md"}


def test_what_lies_in_a_folder_that_is_left_out_cannot_be_taken_back_in(tmp_path: Path) -> None:
    plant(tmp_path, "private/a.md", "private/b.md", "open/a.md")
    (tmp_path / IGNORE_FILE).write_text("private/\n!private/a.md\n")
    (tmp_path / "private" / IGNORE_FILE).write_text("!*\n")
    assert found(tmp_path) == {"open/a.md"}


def test_everything_but_one_kind(tmp_path: Path) -> None:
    plant(tmp_path, "a.md", "a.txt", "b/c/a.md", "b/c/a.txt", ".git/a.md", "node_modules/a.md", "._a.md")
    (tmp_path / IGNORE_FILE).write_text("*\n!*/\n!*.md\n")
    assert found(tmp_path) == {"a.md", "b/c/a.md"}


def test_a_rule_that_speaks_of_a_default_overrides_it(tmp_path: Path) -> None:
    plant(tmp_path, "talk.key", "server.pem", ".obsidian/app.json", "deep/talk.key")
    (tmp_path / IGNORE_FILE).write_text("!*.key\n!.obsidian/\n")
    assert found(tmp_path) == {"talk.key", ".obsidian/app.json", "deep/talk.key"}


def test_rules_of_the_folders_above_a_named_one_count_unless_they_leave_it_out_itself(tmp_path: Path) -> None:
    plant(tmp_path, "notes/sub/a.log", "notes/sub/a.md")
    (tmp_path / "notes" / IGNORE_FILE).write_text("*.log\n")
    assert found(tmp_path / "notes" / "sub") == {"a.md"}
    (tmp_path / "notes" / IGNORE_FILE).write_text("*.log\nsub\n")
    assert found(tmp_path / "notes") == set()
    assert found(tmp_path / "notes" / "sub") == {"a.md", "a.log"}


def test_a_file_that_is_named_is_always_taken(tmp_path: Path) -> None:
    plant(tmp_path, "a.log", ".env")
    (tmp_path / IGNORE_FILE).write_text("*\n")
    named = [tmp_path / "a.log", tmp_path / ".env"]
    assert list(walk(named)) == named


def test_lines_that_are_no_rules_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    plant(tmp_path, "a.log", "b.txt", "c.md", "#d.md")
    (tmp_path / IGNORE_FILE).write_bytes("\ufeff*.log\r\n!\r\nfoo\\\r\n/\r\n\r\n*.txt \r\n\\#d.md\r\n".encode())
    assert found(tmp_path) == {"c.md"}


def test_a_folder_whose_rules_cannot_be_read_is_left_out_and_said_so(tmp_path: Path) -> None:
    plant(tmp_path, "closed/a.md", "open/a.md")
    (tmp_path / "closed" / IGNORE_FILE).mkdir()
    reason = "is left out, since its .secondmeignore cannot be read: is a folder, not a file"
    assert list(walk([tmp_path])) == [Skipped(str(tmp_path / "closed"), reason), tmp_path / "open/a.md"]
    assert not Sieve(str(tmp_path)).takes(str(tmp_path / "closed/a.md"))


def test_a_sieve_forgets_when_told_to(tmp_path: Path) -> None:
    plant(tmp_path, "a/b/note.md", "env/note.md")
    sieve, note = Sieve(str(tmp_path)), str(tmp_path / "a/b/note.md")
    assert sieve.takes(note)
    (tmp_path / "a" / IGNORE_FILE).write_text("b/\n")
    assert sieve.takes(note)
    sieve.forget()
    assert not sieve.takes(note)
    plant(tmp_path, "env/pyvenv.cfg")
    assert not sieve.takes(str(tmp_path / "env/note.md"))


def test_pathspec_is_asked_only_where_there_are_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, *TREE)

    def never(text: str) -> Iterator[object]:
        raise AssertionError

    monkeypatch.setattr(ignoring, "_compiled", never)
    assert found(tmp_path) == set(TREE)


# ---- git as the judge


_PIECES = st.sampled_from(["a", "b", "c", "b.md", "*.md", "*.log", "*", "**", "?", "a*", "[ab]", "[!a].md"])


@st.composite
def rules(draw: st.DrawFn) -> str:
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        pieces = draw(st.lists(_PIECES, min_size=1, max_size=3))
        start, end = draw(st.sampled_from(["", "", "!", "/", "!/"])), draw(st.sampled_from(["", "", "/", "/**", "/*"]))
        lines.append(start + "/".join(pieces) + end)
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def repository() -> Iterator[Path]:
    if not shutil.which("git"):
        pytest.skip("there is no git to compare with")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        plant(root, *TREE)
        subprocess.run(["git", "init", "-q", root], check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})
        yield root


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules(), st.one_of(st.just(""), rules()))
def test_rules_mean_what_they_mean_to_git(repository: Path, outer: str, inner: str) -> None:
    for name in (".gitignore", IGNORE_FILE):
        (repository / name).write_text(outer)
        (repository / "a" / name).write_text(inner)
    listed = subprocess.run(
        ["git", "-C", repository, "ls-files", "-o", "-z", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
    )
    taken = {name for name in listed.stdout.split("\0") if name in TREE}
    assert {name for name in found(repository) if name in TREE} == taken, f"{outer!r} {inner!r}"
