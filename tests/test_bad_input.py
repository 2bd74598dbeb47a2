"""What goes wrong with people's files and disks: a plain sentence, the right exit code, and the rest goes on."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from secondme import sources
from secondme.config import Home
from secondme.engine.fake import FakeEmbedder
from secondme.errors import DiskFull
from secondme.me import Me
from secondme.sources.documents import text
from secondme.store.index import LAYER
from secondme.store.ledger import Ledger

from .conftest import FAKE_ENGINE, Run

Done = subprocess.CompletedProcess[str]
SOUND = "The dentist is on Monday at nine."


@pytest.fixture
def sound(notes: Path) -> Path:
    """A file without fault beside the bad one: it must be taken whatever happens to that."""
    path = notes / "sound.txt"
    path.write_text(SOUND)
    return path


def fails(done: Done, code: int, *words: str) -> None:
    """One sentence and one hint on stderr, nothing on stdout, no traceback."""
    assert done.returncode == code, done
    assert done.stdout == ""
    message, hint = done.stderr.splitlines()
    assert message.startswith("secondme: ")
    assert message.endswith(".")
    assert hint
    for word in words:
        assert word in done.stderr


def report(done: Done, code: int) -> dict[str, object]:
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done
    found: dict[str, object] = json.loads(done.stdout)
    return found


def reasons(done: Done, code: int = 4) -> dict[str, str]:
    """File name -> reason, of an ingest that left something out."""
    skipped = report(done, code)["skipped"]
    assert isinstance(skipped, list)
    return {Path(entry["source"]).name: entry["reason"] for entry in skipped}


def sources_of(secondme: Run, query: str) -> list[str]:
    done = secondme("recall", query, "--json")
    assert "Traceback" not in done.stderr
    return [hit["source"] for hit in json.loads(done.stdout)["hits"]]


def ingest(secondme: Run, path: Path, *more: str) -> Done:
    return secondme("ingest", path, "--report", "json", *more)


def assert_sound(home: Home) -> None:
    """Both stores are whole and agree."""
    with Me(home) as me:
        assert [finding for finding in me.doctor() if not finding.ok and finding.name != "disk"] == []


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_missing_path(secondme: Run, notes: Path, home: Home) -> None:
    fails(secondme("ingest", notes / "nowhere.md"), 2, "nowhere.md")
    assert not home.memories.exists()


def test_a_file_that_cannot_be_read(secondme: Run, notes: Path, sound: Path) -> None:
    if os.geteuid() == 0:  # root may read whatever has a mode; not this, which the kernel refuses to read
        (notes / "locked.txt").symlink_to("/proc/self/mem")
    else:
        (notes / "locked.txt").write_text("secret")
        (notes / "locked.txt").chmod(0)
    assert set(reasons(ingest(secondme, notes))) == {"locked.txt"}
    assert sources_of(secondme, "dentist") == [str(sound)]


def test_a_loop_of_folders(secondme: Run, notes: Path, sound: Path) -> None:
    (notes / "sub").mkdir()
    (notes / "sub" / "up").symlink_to(notes)
    (notes / "itself").symlink_to("itself")
    found = reasons(ingest(secondme, notes))
    assert set(found) == {"up", "itself"}
    assert "above" in found["up"]
    assert sources_of(secondme, "dentist") == [str(sound)]


def test_an_empty_file(secondme: Run, notes: Path, sound: Path) -> None:
    (notes / "empty.md").touch()
    assert reasons(ingest(secondme, notes)) == {"empty.md": "is empty"}
    assert sources_of(secondme, "dentist") == [str(sound)]


def test_text_in_other_encodings(secondme: Run, notes: Path) -> None:
    (notes / "utf16.txt").write_bytes("Grüße aus Vorarlberg.".encode("utf-16"))
    (notes / "utf16be.txt").write_bytes("Regards from Galway, plain.".encode("utf-16-be"))
    (notes / "invalid.txt").write_bytes("Grüße und Küsse ".encode() * 5 + b"\xff\xfe from Xanten.")
    assert set(reasons(ingest(secondme, notes))) == {"invalid.txt"}  # said, and read all the same
    assert [Path(s).name for s in sources_of(secondme, "Vorarlberg")[:1]] == ["utf16.txt"]
    assert [Path(s).name for s in sources_of(secondme, "Galway")[:1]] == ["utf16be.txt"]
    assert [Path(s).name for s in sources_of(secondme, "Xanten")[:1]] == ["invalid.txt"]


def test_damaged_locked_and_malicious_documents(secondme: Run, notes: Path, sound: Path) -> None:
    from .sources.making import pdf, picture

    (notes / "cut.pdf").write_bytes(pdf("A page about rent.")[:120])
    (notes / "locked.pdf").write_bytes(pdf("A page about rent.", encrypted=True))
    (notes / "cut.png").write_bytes(picture("Some words")[:200])
    with zipfile.ZipFile(notes / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        with bomb.open("word/document.xml", "w", force_zip64=True) as document:
            for _ in range(400):
                document.write(b" " * (1 << 20))
    (notes / "cut.docx").write_bytes((notes / "bomb.docx").read_bytes()[:5_000])
    found = reasons(ingest(secondme, notes))
    assert set(found) == {"cut.pdf", "locked.pdf", "cut.png", "bomb.docx", "cut.docx"}
    assert "password" in found["locked.pdf"] or "encrypted" in found["locked.pdf"]
    assert all("\n" not in reason for reason in found.values())
    assert sources_of(secondme, "dentist") == [str(sound)]


def test_a_name_with_a_newline_and_an_emoji(secondme: Run, notes: Path) -> None:
    path = notes / "new\nline 👋 \x1b[31m.txt"
    path.write_text(SOUND)
    assert report(ingest(secondme, notes), 0)["added"] == 1
    assert sources_of(secondme, "dentist") == [str(path)]
    (notes / "empty\n.txt").touch()
    done = secondme("ingest", notes)
    assert done.returncode == 4
    assert "\\x0a.txt" in done.stderr


def test_a_name_that_is_no_unicode(secondme: Run, notes: Path) -> None:
    (notes / os.fsdecode(b"caf\xe9.txt")).write_text(SOUND)
    assert report(ingest(secondme, notes), 0)["added"] == 1
    (source,) = sources_of(secondme, "dentist")
    assert source.endswith("caf%E9.txt")
    for verb in (("recall", "dentist"), ("ask", "when is the dentist?", "--no-llm"), ("forget", source, "--yes")):
        done = secondme(*verb)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done


@pytest.fixture
def changing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files named in it grow while they are read; each mention is one time."""
    names: list[str] = []
    read = text.read

    def growing(file: sources.File) -> Iterator[object]:
        for record in read(file):
            yield record
            if file.path.name in names:
                names.remove(file.path.name)
                with file.path.open("a") as stream:
                    stream.write(" And more was written.")

    monkeypatch.setattr(text, "read", growing)
    return names


def test_a_file_that_changes_once_while_it_is_read_is_read_again(me: Me, sound: Path, changing: list[str]) -> None:
    changing.append("sound.txt")
    assert me.ingest([sound]).added == 1
    assert [f.passage.text for f in me.reader.all_passages()] == [SOUND + " And more was written."]
    assert_sound(me.home)


def test_a_file_that_keeps_changing_is_left_for_later(me: Me, sound: Path, changing: list[str]) -> None:
    busy = sound.with_name("busy.txt")
    busy.write_text("Written to all the time.")
    changing += ["busy.txt"] * 9
    (skipped,) = me.ingest([sound.parent]).skipped
    assert "kept changing" in skipped.reason
    assert [Path(f.source).name for f in me.reader.all_passages()] == ["sound.txt"]
    assert_sound(me.home)
    changing.clear()
    assert me.ingest([sound.parent]).added == 1
    assert_sound(me.home)


# -- much ------------------------------------------------------------------------------------------------------------


MEASURED = """
import atexit, resource, sys
from pathlib import Path
from secondme.surfaces.cli import main

def peak():
    # of this program alone: getrusage also counts what the process was before it became this program
    status = Path("/proc/self/status")
    if status.exists():
        kib = int(status.read_text().partition("VmHWM:")[2].split()[0])
    else:
        kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print("peak", kib >> 10, file=sys.stderr)

atexit.register(peak)
main()
"""


def peak_and_report(environment: dict[str, str], path: Path) -> tuple[int, dict[str, object]]:
    """Ingest in a process of its own; its largest resident set in MB, and what it reported."""
    command = [sys.executable, "-c", MEASURED, "ingest", str(path), "--report", "json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return int(done.stderr.rpartition("peak ")[2]), json.loads(done.stdout)


@pytest.mark.slow
def test_a_text_of_200_mb_is_read_in_bounded_memory(
    environment: dict[str, str], notes: Path, home: Home, record_testsuite_property: Callable[[str, object], None]
) -> None:
    # long words: the time of this test is that of reading and of the ledger, not of a quarter of a million vectors
    rng = random.Random(1)
    lines = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=300)) for _ in range(2_000)]
    block = "\n".join(lines).encode()
    with (notes / "huge.txt").open("wb") as stream:
        while stream.tell() < 200_000_000:
            stream.write(block + b"\n\n")
        stream.write(b"The needle is in Ballyvaughan.")
    peak, told = peak_and_report(environment, notes / "huge.txt")
    record_testsuite_property("peak MB of a text of 200 MB", peak)
    assert told["added"] == 1
    assert peak < 600
    with Me(home) as me:
        hit = me.recall("needle Ballyvaughan").hits[0]
        with (notes / "huge.txt").open("rb") as stream:  # all ASCII: a character is a byte
            stream.seek(hit.passage.start)
            assert stream.read(hit.passage.end - hit.passage.start).decode() == hit.passage.text
        assert "Ballyvaughan" in hit.passage.text


@pytest.mark.slow
def test_ten_thousand_tiny_files(environment: dict[str, str], notes: Path, home: Home) -> None:
    for n in range(10_000):
        folder = notes / f"{n // 500}"
        folder.mkdir(exist_ok=True)
        (folder / f"{n}.md").write_text(f"# Note {n}\n\nSomething short about topic{n}.\n")
    _, told = peak_and_report(environment, notes)
    assert told["added"] == 10_000
    assert float(str(told["seconds"])) < 60
    with Me(home) as me:
        assert me.recall("topic4711").hits[0].source.endswith("4711.md")
        again = me.ingest([notes])
        assert (again.added, again.changed) == (0, 0)
        assert again.seconds < 10


# -- the home ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(home: Home) -> Iterator[Path]:
    """The home's profiles on a disk of 20 MB."""
    place = home.data_dir / "profiles"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(place)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root on Linux, where mounting is allowed")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(secondme: Run, notes: Path, sound: Path, home: Home, small_disk: Path) -> None:
    assert report(ingest(secondme, sound), 0)["added"] == 1
    for n in range(16):
        (notes / f"{n}.txt").write_text("\n\n".join(f"Paragraph {m} of note{n}. " + "Word. " * 60 for m in range(500)))
    fails(ingest(secondme, notes), 1, "disk is full")
    subprocess.run(["mount", "-o", "remount,size=400m", str(small_disk)], check=True)
    assert sources_of(secondme, "dentist")[0] == str(sound)
    done = report(ingest(secondme, notes), 0)
    assert int(str(done["added"])) + int(str(done["unchanged"])) == 17
    assert_sound(home)


def test_a_ledger_that_may_not_grow(me: Me, notes: Path, sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same without a small disk: SQLite says of its own limit what it says of a full disk."""
    me.ingest([sound])
    stage = Ledger.stage

    def limited(ledger: Ledger, *args: object) -> None:
        ledger._db.execute("PRAGMA max_page_count = 60")
        stage(ledger, *args)  # type: ignore[arg-type]

    (notes / "large.txt").write_text("\n\n".join(f"Paragraph {n}. " + "Word. " * 60 for n in range(2_000)))
    with monkeypatch.context() as limits:
        limits.setattr(Ledger, "stage", limited)
        with pytest.raises(DiskFull):
            me.ingest([notes])
    assert me.recall("dentist").hits[0].passage.text == SOUND
    assert me.ingest([notes]).added == 1
    assert_sound(me.home)


def test_a_damaged_ledger(secondme: Run, sound: Path, home: Home) -> None:
    ingest(secondme, sound)
    home.ledger.write_bytes(b"garbage" * 2_000)
    for command in (["ingest", str(sound)], ["recall", "dentist"], ["status"], ["forget", str(sound), "--yes"]):
        fails(secondme(*command), 1, "ledger.db")
    doctor = secondme("doctor")
    assert doctor.returncode == 1
    assert "Traceback" not in doctor.stderr
    assert "ledger.db" in doctor.stdout
    assert home.ledger.read_bytes() == b"garbage" * 2_000  # left for whoever can mend it


def test_a_damaged_chroma_directory(secondme: Run, notes: Path, sound: Path, home: Home) -> None:
    ingest(secondme, sound)
    (home.chroma / "chroma.sqlite3").write_bytes(b"garbage" * 2_000)
    done = secondme("recall", "dentist", "--json")
    assert json.loads(done.stdout)["hits"][0]["text"] == SOUND  # the flat rows beside it are sound
    (home.chroma / "flat" / "flat.json").write_bytes(b"garbage" * 2_000)
    done = secondme("recall", "dentist", "--json")
    assert json.loads(done.stdout)["hits"][0]["text"] == SOUND
    assert "--repair" in done.stderr
    assert "Traceback" not in done.stderr
    (notes / "later.txt").write_text("Ana likes tea.")
    fails(ingest(secondme, notes), 1, "--repair")
    doctor = secondme("doctor")
    assert doctor.returncode == 1
    assert "--repair" in doctor.stdout
    repaired = secondme("doctor", "--repair")
    assert "Traceback" not in repaired.stderr
    assert report(ingest(secondme, notes), 0)["added"] == 1
    assert_sound(home)


@pytest.fixture
def starters(home: Home) -> Path:
    """The starter models in the home, as links, so that a test may put something else in one's place."""
    folder = os.environ.get("SECONDME_TEST_MODELS")
    manifests = sorted(Path(folder).rglob("*/manifest.json")) if folder else []
    if {path.parent.name for path in manifests} < {"smollm2-135m", "minilm-l6"}:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("SECONDME_TEST_MODELS names no folder with the starter models")
    for manifest in manifests:
        place = home.models / manifest.parent.name
        place.mkdir(parents=True)
        for file in manifest.parent.iterdir():
            (place / file.name).symlink_to(file)
    home.config_file.unlink()
    return home.models


@pytest.mark.models
@pytest.mark.parametrize("model", ["smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf", "minilm-l6/model.safetensors"])
def test_a_model_file_cut_short(secondme: Run, starters: Path, sound: Path, home: Home, model: str) -> None:
    assert report(ingest(secondme, sound), 0)["added"] == 1
    whole = (starters / model).resolve()
    (starters / model).unlink()
    with whole.open("rb") as stream:
        (starters / model).write_bytes(stream.read(1 << 20))
    for derived in (starters / model).parent.glob("*.onnx"):
        derived.unlink()
    done = secondme("ask", "When is the dentist?")
    fails(done, 1, Path(model).parts[0], "models pull")
    doctor = secondme("doctor")
    assert doctor.returncode == 1
    assert Path(model).parts[0] in doctor.stdout


def test_no_home_folder(secondme: Run, sound: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings" / "secondme"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text(FAKE_ENGINE)
    nowhere = {"SECONDME_HOME": "", "XDG_CONFIG_HOME": str(settings.parent), "XDG_DATA_HOME": "/dev/null/data"}
    fails(secondme("ingest", sound, env=nowhere), 1, "SECONDME_HOME")


def test_a_system_that_knows_no_home_folder(environment: dict[str, str], sound: Path) -> None:
    unknown = "import pwd\ndef nobody(uid): raise KeyError(uid)\npwd.getpwuid = nobody\n"
    command = [sys.executable, "-c", unknown + "from secondme.surfaces.cli import main; main()", "ingest", str(sound)]
    bare = {key: value for key, value in environment.items() if key not in ("HOME", "SECONDME_HOME")}
    fails(subprocess.run(command, env=bare, capture_output=True, text=True, timeout=60), 1, "SECONDME_HOME")


HOLDER = """
import sys, time
from pathlib import Path
from secondme.store.lock import writing
with writing(Path(sys.argv[1]), "secondme ingest letters", 0):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize(("held", "wait", "code"), [(3.0, "60", 0), (30.0, "0.5", 1)])
def test_the_second_of_two_ingests(
    secondme: Run, sound: Path, home: Home, environment: dict[str, str], held: float, wait: str, code: int
) -> None:
    home.ensure()
    command = [sys.executable, "-c", HOLDER, str(home.memories), str(held)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        done = ingest(secondme, sound, "--wait", wait)
        first.kill()
    assert done.returncode == code
    waiting, *rest = done.stderr.splitlines()
    assert "secondme ingest letters" in waiting
    assert str(first.pid) in waiting
    assert "Traceback" not in done.stderr
    if code:
        assert "gave up" in rest[0]
        assert len(rest) == 2
        assert done.stdout == ""
    else:
        assert json.loads(done.stdout)["added"] == 1


def test_two_ingests_at_once_both_end_well(environment: dict[str, str], notes: Path, home: Home) -> None:
    for n in range(60):
        (notes / f"{n % 2}").mkdir(exist_ok=True)
        (notes / f"{n % 2}" / f"{n}.md").write_text(f"Note number{n}.")
    command = [sys.executable, "-c", "from secondme.surfaces.cli import main; main()", "ingest"]
    both = [
        subprocess.Popen([*command, str(notes / half)], env=environment, stdout=subprocess.DEVNULL) for half in "01"
    ]
    assert [process.wait(60) for process in both] == [0, 0]
    with Me(home, embedder=FakeEmbedder()) as me, me.index.open() as vectors:
        assert len(vectors.ids(LAYER)) == me.reader.counts().passages == 60
    assert_sound(home)
