"""Real exports of note apps against what they should give: every word of a note, its title and its tags."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest
import yaml

from secondme.records import Item
from tests.sources import making

DATA = os.environ.get("SECONDME_TEST_DATA", "")
NOTES = Path(DATA) / "exports" / "notes-apps"
needs_data = pytest.mark.skipif(not DATA, reason="SECONDME_TEST_DATA names no folder of test data")

# markup that is not ours to keep: links, embeds, numbers and ticks of lists, the escapes of a table
_MARKUP = re.compile(r"!\[\[[^\]]*\]\]|\]\([^)]*\)|^\s*- \[.\]|^\s*\d+\.\s|<br>|\\(?=\|)", re.MULTILINE)


def items(path: Path) -> list[Item]:
    return [record for record in making.read(path) if isinstance(record, Item)]


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _MARKUP.sub(" ", text))


def expected(path: Path) -> tuple[dict[str, object], str]:
    """The front matter and the body of a note as it should come out."""
    text = path.read_text(encoding="utf-8")
    found = re.match(r"---\n(.*?)\n---\n?", text, re.DOTALL)
    if found is None:
        return {}, text
    return yaml.safe_load(found[1]) or {}, text[found.end() :]


def missing(body: str, found: Item) -> list[str]:
    held = set(words(f"{found.title}\n{found.text}"))
    return [word for word in words(body) if word not in held]


def notes_of(folder: str, pattern: str) -> Iterator[tuple[Path, Path]]:
    """A source, and the note that should come of it."""
    for source in sorted((NOTES / folder).glob(pattern)):
        for note in sorted((source.parent / "expected" / source.stem).glob("*.md")):
            yield source, note


@needs_data
def test_markdown() -> None:
    for source, note in notes_of("markdown", "*.md"):
        front, body = expected(note)
        (found,) = items(source)
        assert missing(body, found) == [], source.name
        assert list(found.tags) == front.get("tags", []), source.name


@needs_data
def test_html() -> None:
    pages = sorted((NOTES / "html").glob("*.html"))
    assert pages
    for source in pages:
        _, body = expected(NOTES / "html" / "expected" / f"{source.stem}.md")
        (found,) = items(source)
        # a picture's address, what stands for it, and what a browser without a player would show are not read
        said = re.sub(r"!\[[^\]]*\]\([^)]*\)|\[download\]|https?://\S+", "", body)
        assert missing(said, found) == [], source.name


@needs_data
def test_csv() -> None:
    for source in sorted((NOTES / "csv").glob("*.csv")):
        by_title = {item.title: item for item in items(source)}
        notes = sorted((NOTES / "csv" / "expected" / source.stem).glob("*.md"))
        assert len(by_title) == len(notes) > 0
        for note in notes:
            front, _ = expected(note)
            found = by_title[str(front["Title"])]
            for key, value in front.items():
                shown = str(value).lower() if isinstance(value, bool) else str(value if value is not None else "")
                assert missing(shown, found) == [], (note.name, key)
            assert " ".join(found.tags) == (front["Tags"] or "")


@needs_data
def test_keep() -> None:
    for source, note in notes_of("keep/notes", "*.json"):
        front, body = expected(note)
        tags = [str(tag).removeprefix("Keep/") for tag in front.get("tags", [])]  # type: ignore[attr-defined]
        if "Deleted" in tags:
            assert items(source) == []
            continue
        (found,) = items(source)
        # the words that the expected note has changed to make tags of them
        said = [
            word for word in words(body) if word not in found.text and not word.startswith(("labelWith", "Label", "_9"))
        ]
        assert said == [], source.name
        labels = {re.sub(r"[^\w-]", "", tag.removeprefix("Label/")) for tag in tags if tag.startswith("Label/")}
        ours = {re.sub(r"[^\w-]", "", tag.replace(" ", "-")) for tag in found.tags}
        assert labels <= ours, source.name
        assert {tag.lower() for tag in tags if tag in ("Archived", "Pinned")} <= ours
        assert {tag.removeprefix("Color/").lower() for tag in tags if tag.startswith("Color/")} <= ours


@needs_data
def test_keep_that_is_broken() -> None:
    for source in sorted((NOTES / "keep").glob("*.json")):
        assert [item.text[:27] for item in items(source)] == ["This is just a plain text n"], source.name


@needs_data
def test_textbundle() -> None:
    bundles = sorted((NOTES / "textbundle").glob("*.textbundle/text.*")) + [
        path for path in sorted((NOTES / "textbundle").iterdir()) if path.suffix in (".textpack", ".zip")
    ]
    assert len(bundles) == 5
    for source in bundles:
        name = source.parent.stem if source.parent.suffix == ".textbundle" else source.stem
        found = {item.title: item for item in items(source) if item.kind == "note"}
        notes = sorted((NOTES / "textbundle" / "expected" / name).glob("*.md"))
        assert len(found) == len(notes) > 0
        for note in notes:
            title = PurePath(note.name).stem.encode("cp437", "replace").decode("utf-8", "replace")
            _, body = expected(note)
            assert missing(re.sub(r"Textbundle/assets/\S+", "", body), found.get(title) or found[note.stem]) == []
