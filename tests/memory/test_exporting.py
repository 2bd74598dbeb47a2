from __future__ import annotations

import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from secondme.errors import NoSuchPath, UsageError
from secondme.me import Me
from secondme.memory.exporting import Exported, Order
from secondme.memory.markdown import Taken, safe
from secondme.records import Handle, Item
from secondme.store.ledger import Ledger
from secondme.store.rows import Filters
from tests.memory.lives import written

pytestmark = pytest.mark.usefixtures("reading_records")

ANNA = ("Anna Berg", "mailto:anna@example.org", "from")
TOM = ("Tom", "", "from")
CHAT = written(
    {"text": "Shall we swim?", "time": "2025-12-31T23:50:00+01:00", "local": "1", "origin": "chat:a", "thread": "Anna",
     "speaker": "Anna Berg", "people": [ANNA], "title": "Anna"},
    {"text": "In winter?\n\nReally?", "time": "2026-01-01T00:10:00+01:00", "local": "2", "origin": "chat:a",
     "thread": "Anna", "speaker": "Tom", "people": [TOM], "title": "Anna"},
    {"text": "Of course.", "time": "2026-01-02T09:00:00+01:00", "local": "3", "origin": "chat:a", "thread": "Anna",
     "speaker": "Anna Berg", "people": [ANNA], "title": "Anna"},
    {"text": "No day on this one.", "local": "4", "origin": "chat:a", "thread": "Anna", "speaker": "Tom"},
)  # fmt: skip
POST = written(
    {"kind": "mail", "text": "The offer is attached.", "time": "2026-05-04T10:00:00+02:00", "title": "Roof",
     "local": "m1", "origin": "mail", "people": [ANNA, ["Tom", "mailto:tom@example.org", "to"]], "tags": ["work"]},
    {"kind": "event", "text": "Choir\nat eight", "time": "2026-05-05T20:00:00+02:00", "title": "Choir", "local": "e"},
    {"kind": "contact", "text": "Anna Berg", "title": "Anna Berg", "local": "c",
     "people": [["Anna Berg", "mailto:anna@example.org", "about"]]},
)  # fmt: skip
SHED = "---\ntags: [garden]\ncssclass: wide\n---\n\n# The shed\n\nThe key is “here”. €5\n"


@pytest.fixture
def filled(me: Me, notes: Path) -> Me:
    (notes / "chat.records").write_text(CHAT)
    (notes / "post.records").write_text(POST)
    (notes / "shed.md").write_text(SHED)
    (notes / "deeper").mkdir()
    (notes / "deeper" / "Shed.md").write_text("Another shed.\n")
    me.ingest([notes])
    return me


def export(me: Me, folder: Path, **more: Any) -> Exported:
    return me.export(Order(folder, **more))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_everything_is_in_it_once(filled: Me, notes: Path, tmp_path: Path) -> None:
    done = export(filled, tmp_path / "out")
    assert sorted(name.replace("Shed", "shed") for name in names(tmp_path / "out")) == [
        "export.json",
        "items.jsonl",
        "markdown/contacts/undated.md",
        "markdown/events/2026.md",
        "markdown/mail/2026.md",
        "markdown/messages/Anna 2025.md",
        "markdown/messages/Anna 2026.md",
        "markdown/messages/Anna undated.md",
        "markdown/notes/shed 2.md",
        "markdown/notes/shed.md",
        "people.jsonl",
        "sources.jsonl",
    ]
    assert (done.items, done.sources, done.people, done.files) == (9, 4, 3, 8)
    about = json.loads((tmp_path / "out" / "export.json").read_text())
    assert about["counts"] == {"items": 9, "sources": 4, "people": 3, "files": 8}
    assert about["kinds"] == {"message": 4, "mail": 1, "event": 1, "contact": 1, "note": 2}
    items = lines(tmp_path / "out" / "items.jsonl")
    assert len({item["id"] for item in items}) == 9
    assert {source["source"] for source in lines(tmp_path / "out" / "sources.jsonl")} == {
        str(path) for path in notes.rglob("*") if path.is_file()
    }


def test_an_item_is_there_with_all_that_is_known_of_it(filled: Me, notes: Path, tmp_path: Path) -> None:
    export(filled, tmp_path / "out", form="jsonl")
    assert not (tmp_path / "out" / "markdown").exists()
    items = {item["id"]: item for item in lines(tmp_path / "out" / "items.jsonl")}
    mail = items["mail/m1"]
    assert datetime.fromisoformat(mail.pop("learned_at")).tzinfo == UTC
    assert mail == {
        "id": "mail/m1",
        "kind": "mail",
        "title": "Roof",
        "text": "The offer is attached.",
        "time": "2026-05-04T10:00:00+02:00",
        "zoned": True,
        "speaker": "",
        "people": [
            {"name": "Anna Berg", "address": "mailto:anna@example.org", "role": "from"},
            {"name": "Tom", "address": "mailto:tom@example.org", "role": "to"},
        ],
        "thread": "",
        "tags": ["work"],
        "links": [],
        "trust": "own",
        "sources": [{"source": str(notes / "post.records"), "part": "", "line": 1, "base": 0, "time": None}],
    }
    (shed,) = [item for item in items.values() if "“here”" in item["text"]]
    (place,) = shed["sources"]
    text = (notes / "shed.md").read_text()
    assert text[place["base"] :].startswith(shed["text"])
    assert text.splitlines()[place["line"] - 1] == shed["text"].splitlines()[0]


def test_an_item_in_two_sources_is_there_once_with_both(me: Me, notes: Path, tmp_path: Path) -> None:
    (notes / "april.records").write_text(CHAT)
    (notes / "may.records").write_text(CHAT)
    me.ingest([notes])
    done = export(me, tmp_path / "out")
    assert (done.items, done.sources, done.files) == (4, 2, 3)
    for item in lines(tmp_path / "out" / "items.jsonl"):
        assert [Path(place["source"]).name for place in item["sources"]] == ["april.records", "may.records"]


def test_people_are_as_they_were_merged(filled: Me, tmp_path: Path) -> None:
    filled.merge_people("Anna Berg", "#" + str(next(p.number for p in filled.people() if not p.addresses)))
    export(filled, tmp_path / "out")
    (anna, *_) = [p for p in lines(tmp_path / "out" / "people.jsonl") if p["name"] == "Anna Berg"]
    assert anna["names"] == ["Anna Berg", "Tom"]
    assert anna["addresses"] == ["mailto:anna@example.org"]


def test_a_conversation_reads_in_order_with_time_and_speaker(filled: Me, tmp_path: Path) -> None:
    export(filled, tmp_path / "out", form="markdown")
    assert names(tmp_path / "out")[0] == "export.json"
    assert not (tmp_path / "out" / "items.jsonl").exists()
    text = (tmp_path / "out" / "markdown" / "messages" / "Anna 2026.md").read_text()
    assert text == (
        '---\nthread: "Anna"\nyear: "2026"\nformat: "test records"\n---\n\n'
        "## 2026-01-01\n\n**00:10 Tom**\n\nIn winter?\n\nReally?\n\n"
        "## 2026-01-02\n\n**09:00 Anna Berg**\n\nOf course.\n\n"
    )


def test_two_conversations_of_one_name_in_two_apps_stay_apart(filled: Me, notes: Path, tmp_path: Path) -> None:
    (notes / "WhatsApp Chat with Anna.txt").write_text(
        "[04/01/2026, 10:11:00] Anna: hello\n[04/01/2026, 10:12:00] Tom: hi\n"
    )
    filled.ingest([notes])
    export(filled, tmp_path / "out", form="markdown")
    both = sorted((tmp_path / "out" / "markdown" / "messages").glob("Anna 2026*.md"))
    assert len(both) == 2
    assert sorted("hello" in path.read_text() for path in both) == [False, True]


def test_a_note_keeps_its_words_and_says_where_it_is_from(filled: Me, notes: Path, tmp_path: Path) -> None:
    export(filled, tmp_path / "out")
    (path,) = [p for p in (tmp_path / "out" / "markdown" / "notes").iterdir() if "€5" in p.read_text()]
    text = path.read_text()
    assert f'source: "{notes / "shed.md"}"\n' in text
    assert text.count("tags:") == 1
    assert text.count("\n---\n") == 1
    assert text.endswith("tags: [garden]\ncssclass: wide\n---\n\n# The shed\n\nThe key is “here”. €5\n\n")
    assert text.count("# The shed") == 1


def test_mail_and_events_and_contacts_say_who_and_when(filled: Me, tmp_path: Path) -> None:
    export(filled, tmp_path / "out")
    mail = (tmp_path / "out" / "markdown" / "mail" / "2026.md").read_text()
    assert "## Roof\n\n- time: 2026-05-04T10:00:00+02:00\n- from: Anna Berg <mailto:anna@example.org>\n" in mail
    assert "- tags: work\n\nThe offer is attached.\n" in mail
    assert "Choir\nat eight" in (tmp_path / "out" / "markdown" / "events" / "2026.md").read_text()


@pytest.mark.parametrize(
    ("filters", "texts", "people"),
    [
        (Filters(source="*/chat.records", until=1_767_222_600), {"Shall we swim?", "In winter?\n\nReally?"}, 2),
        (Filters(source="*/shed.md"), {SHED}, 0),
        (Filters(since=1_777_000_000, until=1_777_900_000), {"The offer is attached."}, 2),
    ],
)
def test_only_what_is_asked_for(filled: Me, tmp_path: Path, filters: Filters, texts: set[str], people: int) -> None:
    done = export(filled, tmp_path / "out", filters=filters)
    found = {item["text"] for item in lines(tmp_path / "out" / "items.jsonl")}
    assert {text.strip() for text in found} == {text.strip() for text in texts}
    assert (done.items, done.sources) == (len(texts), 1)
    assert len(lines(tmp_path / "out" / "people.jsonl")) == people


def test_with_a_person_comes_what_they_take_part_in_or_are_named_in(filled: Me, notes: Path, tmp_path: Path) -> None:
    (notes / "named.md").write_text("Called Anna Berg about the roof.\n")
    filled.ingest([notes])
    handles, query = filled.filter_by("Anna Berg")
    done = export(filled, tmp_path / "out", filters=Filters(people=handles, names=query))
    kinds = sorted(item["kind"] for item in lines(tmp_path / "out" / "items.jsonl"))
    assert kinds == ["contact", "mail", "message", "message", "note"]
    assert done.kinds["message"] == 2


def test_to_a_stream_there_are_the_items_only(filled: Me, tmp_path: Path) -> None:
    out = io.BytesIO()
    assert filled.export_lines(out) == 9
    export(filled, tmp_path / "out")
    assert out.getvalue() == (tmp_path / "out" / "items.jsonl").read_bytes()


def test_what_is_forgotten_or_overtaken_is_not_in_it(filled: Me, notes: Path, tmp_path: Path) -> None:
    (notes / "shed.md").write_text("The shed is gone.\n")
    filled.ingest([notes])
    export(filled, tmp_path / "out")
    assert "€5" not in (tmp_path / "out" / "items.jsonl").read_text()


# ---- the folder


def test_a_folder_that_is_not_empty_is_left_alone(filled: Me, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        export(filled, folder)
    export(filled, folder, force=True)
    first = names(folder)
    assert "mine.txt" in first
    (folder / "markdown" / "notes" / "left over.md").write_text("of the earlier one")
    export(filled, folder, force=True)
    assert names(folder) == first
    (folder / "export.json").unlink()
    with pytest.raises(UsageError, match="not from an export"):
        export(filled, folder, force=True)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_place_that_will_not_do_is_refused(filled: Me, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        export(filled, tmp_path / "file")
    with pytest.raises(NoSuchPath):
        export(filled, tmp_path / "no" / "folder")
    (tmp_path / "out.part").mkdir()
    (tmp_path / "out.part" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="in the way"):
        export(filled, tmp_path / "out")


def test_interrupted_it_leaves_nothing_and_after_a_kill_it_begins_anew(filled: Me, tmp_path: Path) -> None:
    (tmp_path / "out.part").mkdir()
    (tmp_path / "out.part" / "items.jsonl").write_text("half a li")

    def progress(doing: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    import secondme.memory.exporting as module

    every, module.TELL_EVERY = module.TELL_EVERY, 1
    try:
        with pytest.raises(KeyboardInterrupt):
            filled.export(Order(tmp_path / "out"), progress)
    finally:
        module.TELL_EVERY = every
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.part").exists()
    (tmp_path / "out").mkdir()
    assert export(filled, tmp_path / "out").items == 9


# ---- names


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Anna Berg", "Anna Berg"),
        ("../../etc/passwd", "etc passwd"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("a\x00b\nc\u202ed", "a b c d"),
        ("CON", "CON_"),
        ("nul.txt", "nul.txt_"),
        ("com1", "com1_"),
        ("ends in dots...", "ends in dots"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ('what? "this": a|b*c', "what this a b c"),
        ("C:\\Users\\me", "C Users me"),
        ("Zürich 東京 🏔", "Zürich 東京 🏔"),
    ],
)
def test_a_name_that_holds_on_every_file_system(name: str, file: str) -> None:
    assert safe(name) == file


def test_a_long_name_is_cut_between_characters() -> None:
    assert len(safe("ü" * 4_000).encode()) <= 100
    assert safe("x" + "🏔" * 100).endswith("🏔")


def test_names_that_some_file_system_takes_for_one_are_numbered() -> None:
    taken = Taken()
    given = [taken.free("notes", name) for name in ("Readme", "README", "readme 2", "Readme", "ｒeadme")]
    assert given == ["Readme", "README 2", "readme 2 2", "Readme 3", "ｒeadme 4"]
    assert taken.free("mail", "Readme") == "Readme"


def test_hostile_names_stay_inside(me: Me, notes: Path, tmp_path: Path) -> None:
    hostile = ["../../../x", "/etc/cron.d/x", "nul", "a" * 4_000, "\u202egnp.exe", "x\ny"]
    records = [{"text": f"Number {n}.", "local": str(n), "thread": name, "title": name, "speaker": name}
               for n, name in enumerate(hostile)]  # fmt: skip
    (notes / "chat.records").write_text(written(*records))
    me.ingest([notes])
    done = export(me, tmp_path / "out")
    assert done.files == len(names(tmp_path / "out" / "markdown" / "messages")) == len(hostile)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "notes", "out"]


# ---- many


def test_many_items_pass_in_little_memory(me: Me, tmp_path: Path) -> None:
    """Twice as many take about as much."""
    ledger = Ledger(_path(me), create=True)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    peaks = []
    for part in range(2):
        source = ledger.source_for(f"/chat{part}", "chat", f"key{part}")
        ledger.stage(
            source,
            (
                (
                    Item("message", f"Message {n} of {part}. " * 8, (), local=str(n), thread="All", speaker="Tom",
                         time=begin + timedelta(minutes=n), people=(Handle("Tom", "tel:+32123", "from"),)),
                    (), None,
                )
                for n in range(4_000)
            ),
        )  # fmt: skip
        ledger.publish([(source, 1, 1, "", ())])
        tracemalloc.start()
        assert export(me, tmp_path / f"out{part}").items == 4_000 * (part + 1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    ledger.close()
    assert peaks[1] < 1.3 * peaks[0] + 200_000


def _path(me: Me) -> Path:
    me.home.ensure()
    return me.home.ledger
