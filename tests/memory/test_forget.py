from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from secondme.config import Home
from secondme.errors import UsageError
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.store.index import LAYER

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
    assert all("secret" not in hit.source for hit in filled.recall("Quittengelee Vorarlberg"))
    with filled.index.open() as vectors:
        assert vectors.ids(LAYER) == {found.passage.id for found in filled.reader.all_passages()}
    filled.close()
    assert traces(filled.home) == []


def test_the_rest_is_still_recalled(filled: Me, notes: Path) -> None:
    filled.forget(filled.forgettable(Wish(str(notes / "secret.md"))))
    assert "jelly of quinces" in filled.recall("quinces")[0].passage.text
    assert filled.recall("note 17 of the others")[0].source.endswith("other17.md")
    assert filled.reader.problems() == []
    assert [finding for finding in filled.doctor() if not finding.ok and finding.name != "disk"] == []


def test_a_folder_is_forgotten_with_all_below_it(filled: Me, notes: Path) -> None:
    what = filled.forgettable(Wish(str(notes)))
    assert len(what.sources) == 61
    filled.forget(what)
    assert traces(filled.home) == []
    assert filled.reader.counts().passages == 0
    assert filled.recall("quinces") == []


def test_one_item_is_forgotten_by_a_passage_s_id(filled: Me) -> None:
    (hit, *_) = [hit for hit in filled.recall("Quittengelee hidden") if "hidden" in hit.passage.text]
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
        assert all("secret" not in hit.source for hit in me.recall("Quittengelee"))
        me.ingest([notes])
        assert traces(me.home) == []
        with me.index.open() as vectors:
            assert vectors.ids(LAYER) == {found.passage.id for found in me.reader.all_passages()}
