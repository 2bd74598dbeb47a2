"""Markdown: spans into the file itself, sections, front matter, links."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme.records import Item
from secondme.sources.notes import markdown
from tests.sources import making

NOTE = """---
title: Lisbon trip
date: 2026-05-04
tags: [travel, "family"]
aliases:
  - Portugal
mood: happy
---
# Lisbon

Flights are **booked**.
Bring the passport.

> See [[People/Maria|Maria]] there.

## Packing `list` ##

- [ ] tent
  - [x] pegs
- [plan](plans/day%20one.md) and [web](https://example.org)

| what | when |
|---|---|
| train | 9:40 |

```python
print("[[not a link]]")
```

## Later

# End
"""


def write(folder: Path, words: str | bytes, name: str = "note.md") -> Path:
    path = folder / name
    path.write_bytes(words.encode() if isinstance(words, str) else words)
    return path


def test_a_note_becomes_one_item_with_its_sections(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, NOTE))
    assert found.text == NOTE
    assert [(s.kind, s.heading, text) for s, text in zip(found.segments, making.said(found), strict=True)] == [
        ("field", (), "aliases:\n  - Portugal\nmood: happy"),
        ("prose", ("Lisbon",), NOTE[NOTE.index("Flights") : NOTE.index(" there.") + 7]),
        ("list", ("Lisbon", "Packing list"), NOTE[NOTE.index("- [ ]") : NOTE.index("\n\n| what")]),
        ("table", ("Lisbon", "Packing list"), NOTE[NOTE.index("| what") : NOTE.index("\n\n```")]),
        ("code", ("Lisbon", "Packing list"), 'print("[[not a link]]")'),
        ("prose", ("Lisbon",), "## Later"),
        ("prose", (), "# End"),
    ]
    assert (found.kind, found.title, found.local, found.base, found.line) == ("note", "Lisbon trip", "", 0, 1)
    assert found.time == datetime(2026, 5, 4).astimezone()
    assert found.tags == ("travel", "family")
    assert found.links == ("People/Maria", "plans/day one.md")


def test_offsets_are_the_file_s_own_whatever_the_newlines(tmp_path: Path) -> None:
    words = "# One\r\n\r\nfirst \u2028 line\rsecond\r\n\r\n* a\r\n* b\r\n"
    found = making.item(write(tmp_path, words))
    assert found.text == words
    assert making.said(found) == ["first \u2028 line\rsecond", "* a\r\n* b"]


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("date: 2026-05-04T10:00:00Z", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("created: '2026-05-04 10:00:00+02:00'", datetime(2026, 5, 4, 8, tzinfo=UTC)),
        ("Date: 2026-05-04 10:00", datetime(2026, 5, 4, 10).astimezone()),
        ("date: next Tuesday", datetime(2026, 1, 2).astimezone()),
    ],
)
def test_the_time_is_the_front_matter_s_or_else_the_name_s(tmp_path: Path, front: str, expected: datetime) -> None:
    found = making.item(write(tmp_path, f"---\n{front}\n---\nwords", "2026-01-02 note.md"))
    assert found.time == expected


@pytest.mark.parametrize("tags", ["tags: a, b", "tags: a b", "tags: '#a #b'", "tags:\n- a\n- b", "tag: [a, b, a]"])
def test_tags_in_every_manner(tmp_path: Path, tags: str) -> None:
    assert making.item(write(tmp_path, f"---\n{tags}\n---\nwords")).tags == ("a", "b")


@pytest.mark.parametrize(
    "front",
    [
        *("title: [", "'", "a: " + "[" * 2000),
        *("&a [*a]: x", "x: !!python/object:os.system ls", "- a\n- b"),
    ],
)
def test_broken_front_matter_is_read_as_text(tmp_path: Path, front: str) -> None:
    found = making.item(write(tmp_path, f"---\n{front}\nsecret: Merlin\n---\n\nbody"))
    assert found.title == "note"
    said = making.said(found)
    assert said[-1] == "body"
    assert "Merlin" in said[0]


def test_broken_front_matter_says_what_its_lines_say(tmp_path: Path) -> None:
    front = "title: Lisbon: day 1\ntags: [sea, \"old town\"]\ndate: 2026-05-04\naliases:\n  - 'x: : y'\n\tz"
    found = making.item(write(tmp_path, f"---\n{front}\n---\n\nbody"))
    assert (found.title, found.tags) == ("Lisbon: day 1", ("sea", "old town"))
    assert found.time is not None
    assert found.time.date().isoformat() == "2026-05-04"
    assert making.said(found)[-1] == "body"


def test_a_rule_at_the_top_is_no_front_matter(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, "---\nnever closed\n\n# Title\n\nwords"))
    assert found.title == "Title"
    assert making.said(found) == ["never closed", "words"]


def test_prose_is_joined_but_not_across_a_rule_or_another_block(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, "a\n\nb\n\n---\n\nc\n\n- d\n\ne\n\n    code\n\n[x]: http://example.org\n"))
    assert making.said(found) == ["a\n\nb", "c", "- d", "e", "code", "[x]: http://example.org"]


def test_a_heading_without_markup_is_the_path(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, "# *Trip* to [[Lisbon|**Lisboa**]] `2026` \\#1 #\n\nwords\n\nSub\n---\n\nmore"))
    assert [s.heading for s in found.segments] == [("Trip to Lisboa 2026 #1",), ("Trip to Lisboa 2026 #1", "Sub")]
    assert found.title == "Trip to Lisboa 2026 #1"


def test_a_parent_of_sections_is_no_segment(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, "# A\n## B\nwords\n## C\n"))
    assert making.said(found) == ["words", "## C"]


def test_a_bom_is_no_part_of_the_text(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, b"\xef\xbb\xbf---\ntitle: T\n---\nwords"))
    assert (found.title, found.text) == ("T", "---\ntitle: T\n---\nwords")


def test_a_huge_note_comes_in_parts(tmp_path: Path) -> None:
    words = "# Log\n\n" + "Some words of the day.\n\n" * 20_000
    found = [entry for entry in making.read(write(tmp_path, words)) if isinstance(entry, Item)]
    assert len(found) > 5
    assert "".join(item.text for item in found) == words


@pytest.mark.parametrize(
    "words",
    [
        *("[" * 200_000, "*a " * 60_000, "`a``" * 50_000, "!" * 200_000),
        *(">" * 200_000, "+ " * 100_000, "<a " * 60_000, "![[()" * 40_000),
        "".join("  " * depth + "- a\n" for depth in range(400)),
        "|a" * 500 + "\n" + "|-" * 500 + "\n" + "|x" * 50_000,
    ],
)
@pytest.mark.timeout(20)
def test_hostile_markup_is_read_in_time(tmp_path: Path, words: str) -> None:
    found = making.item(write(tmp_path, words))
    assert found.text == words
    assert found.segments


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(
        st.sampled_from(
            [
                *("# a", "## b ##", "c", "", "- d", "  - [ ] e", "1. f", "> g", "---", "===", "```", "~~~", "    h"),
                *("|i|j|", "|-|-|", "<div>", "[k]: l", "title: m", "\tn", "  ", "\x0b", "[[o]]", "<!--", "...", "*"),
            ]
        )
        | st.text(max_size=8),
        max_size=25,
    ),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_segments_lie_in_order_within_the_file_and_nothing_is_lost(
    tmp_path: Path, lines: list[str], newline: str
) -> None:
    words = newline.join(lines).encode(errors="replace").decode().removeprefix("\ufeff")
    if "\0" in words:  # a few letters among NULs are UTF-16
        return
    if not words.strip() or markdown.claims(making.sources.open_file(write(tmp_path, words))) is None:
        return
    found = making.item(write(tmp_path, words))
    assert found.text == words
    ends = [0, *(s.end for s in found.segments)]
    assert all(before <= s.start < s.end <= len(words) for before, s in zip(ends, found.segments, strict=False))
    covered = "\n".join((*making.said(found), *(title for segment in found.segments for title in segment.heading)))
    if not words.startswith("---"):
        assert all(line.strip("[]-: ") in covered for line in lines if line in ("c", "- d", "    h", "[k]: l", "[[o]]"))
