"""Tables: the delimiter, the header, rows as words, rows as notes, and what is broken."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme.records import Item
from secondme.sources.notes import delimited, table
from secondme.sources.order import READERS
from tests.sources import fuzzing, making

BOOKS = 'Title,Author,Year\nThe Dispossessed,"Le Guin, Ursula",1974\nPiranesi,Clarke,2020\n'
NOTES = (
    "id,Title,Tags,Content,Created\n"
    'a1,Lisbon,"travel, two words","Book the ""tickets"".\n\nThen leave.",2026-05-04 10:15\n'
    "a2,Porto,food drink,Francesinha.,\n"
    "a3,,,,2026-05-05\n"
    "a4,Only a title,,,\n"
    ",,,,\n"
)


def write(folder: Path, words: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(words.encode() if isinstance(words, str) else words)
    return path


def said(path: Path) -> list[str]:
    """The rows, as they are found."""
    return [row for record in making.read(path) if isinstance(record, Item) for row in making.said(record)]


def test_each_row_says_what_its_columns_are(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, BOOKS, "2026-05-04 books.csv"))
    assert making.said(found) == [
        "Title: The Dispossessed; Author: Le Guin, Ursula; Year: 1974",
        "Title: Piranesi; Author: Clarke; Year: 2020",
    ]
    assert {segment.kind for segment in found.segments} == {"table"}
    assert (found.kind, found.title, found.local, found.base, found.line) == ("text", "2026-05-04 books", "", 0, 2)
    assert (found.time, found.zoned) == (datetime(2026, 5, 4).astimezone(), False)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("name;price\nbread;1,50\nmilk;0,99\n", "a.csv"),
        ("name\tprice\nbread\t1,50\nmilk\t0,99\n", "a.csv"),
        ("name\tprice\nbread\t1,50\nmilk\t0,99\n", "a.tsv"),
        ("name|price\nbread|1,50\nmilk|0,99\n", "a.csv"),
        ('"name","price"\r\n"bread","1,50"\r\n"milk","0,99"\r\n', "a.csv"),
        ("sep=;\nname;price\nbread;1,50\nmilk;0,99\n", "a.csv"),
        ("\ufeffname;price\nbread;1,50\nmilk;0,99", "a.csv"),
        ("name;price\rbread;1,50\rmilk;0,99\r", "a.csv"),
        ("name;price\n\n\nbread;1,50\n;;\nmilk;0,99\n", "a.csv"),
        ("na\0me;price\nbread;1,50\nmilk;0,99\0\n", "a.csv"),
    ],
)
def test_every_delimiter_and_newline(tmp_path: Path, words: str, name: str) -> None:
    assert said(write(tmp_path, words, name)) == ["name: bread; price: 1,50", "name: milk; price: 0,99"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_encoding(tmp_path: Path, encoding: str) -> None:
    words = "Stadt\tPreis\nZürich – Altstadt, schöne Gässchen\t12\nBrügge, Café Büchner\t14\n"
    assert said(write(tmp_path, words.encode(encoding), "a.tsv"))[1] == "Stadt: Brügge, Café Büchner; Preis: 14"


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("Anna,Ghent\nBob,Antwerp\n", ["Anna; Ghent", "Bob; Antwerp"]),
        ("1,2\n3,4\n", ["1; 2", "3; 4"]),
        ("anna@example.org,Anna\nbob@example.org,Bob\n", ["anna@example.org; Anna", "bob@example.org; Bob"]),
        ("alpha,beta\n1,x\n2,y\n", ["alpha: 1; beta: x", "alpha: 2; beta: y"]),
        ("bread\nmilk\n", ["bread", "milk"]),
        ("one line, and no other", ["one line; and no other"]),
    ],
)
def test_a_header_is_one_only_if_something_speaks_for_it(tmp_path: Path, words: str, rows: list[str]) -> None:
    assert said(write(tmp_path, words)) == rows


def test_a_row_lies_at_its_line_in_the_file(tmp_path: Path) -> None:
    words = 'name,note to self,number\n\nAnna,"two\nlines",1\n\nBob,"\n\n",2\nCleo,last,3\n'
    found = making.item(write(tmp_path, words))
    lines = {text[:9]: found.line + found.text.count("\n", 0, segment.start)
             for segment, text in zip(found.segments, making.said(found), strict=True)}  # fmt: skip
    assert lines == {"name: Ann": 3, "name: Bob": 6, "name: Cle": 9}


def test_ragged_rows_lose_nothing(tmp_path: Path) -> None:
    assert said(write(tmp_path, "name,city,year\nAnna\nBob,Ghent,1970,tall,kind\n,,\n")) == [
        "name: Anna",
        "name: Bob; city: Ghent; year: 1970; tall; kind",
    ]


@pytest.mark.parametrize(
    "words",
    [
        'name,city\nAnna,"Ghent\nBob,Antwerp\nCleo,Bruges\n',
        'name,city\nAnna,"Ghent\n' + "Bob,Antwerp\nCleo,Bruges\n" * 45_000,
    ],
)
def test_a_quote_that_is_never_closed_costs_its_row_alone(tmp_path: Path, words: str) -> None:
    rows = said(write(tmp_path, words))
    assert rows[:3] == ["name: Anna; city: Ghent", "name: Bob; city: Antwerp", "name: Cleo; city: Bruges"]
    assert len(rows) == words.count("\n") - 1


def test_a_large_table_comes_in_parts_in_bounded_memory(tmp_path: Path) -> None:
    words = "name,number\n" + "".join(f"row {number} of many words and more words,{number}\n" for number in range(5000))
    found = [record for record in making.read(write(tmp_path, words)) if isinstance(record, Item)]
    assert [item.local for item in found[:2]] == ["part-0001", "part-0002"]
    assert all(len(item.text) < table.PART_CHARS + 200 for item in found)
    assert [row for item in found for row in making.said(item)] == [
        f"name: row {number} of many words and more words; number: {number}" for number in range(5000)
    ]
    for item in found:
        number = int(making.said(item)[0].rpartition(" ")[2])
        assert item.line == number + 2


@pytest.mark.parametrize("words", [b"\n\n\n", b"name,price\n", b"name,price\n,\n"])
def test_a_table_without_rows_says_so(tmp_path: Path, words: bytes) -> None:
    assert making.reasons(write(tmp_path, words)) == ["holds no rows"]


def test_a_table_of_notes_gives_a_note_for_each_row(tmp_path: Path) -> None:
    found = [record for record in making.read(write(tmp_path, NOTES)) if isinstance(record, Item)]
    assert [(item.kind, item.title, item.local, item.part) for item in found[:2]] == [
        ("note", "Lisbon", "a1", "Lisbon"),
        ("note", "Porto", "a2", "Porto"),
    ]
    assert making.said(found[0]) == [
        'Book the "tickets".\n\nThen leave.',
        "id: a1\nTags: travel, two words\nCreated: 2026-05-04 10:15",
    ]
    assert (found[0].time, found[0].zoned) == (datetime(2026, 5, 4, 10, 15).astimezone(), False)
    assert [item.tags for item in found[:2]] == [("travel", "two words"), ("food", "drink")]
    assert len(found) == 4


def test_a_note_is_the_same_wherever_its_row_stands(tmp_path: Path) -> None:
    header, *rows = "Title,Content,Date\nA,one,2026-01-01\nB,two,\nA,three,2026-01-01\n".splitlines(keepends=True)
    before = [r.local for r in making.read(write(tmp_path, header + "".join(rows))) if isinstance(r, Item)]
    after = [r.local for r in making.read(write(tmp_path, header + "C,new,\n" + "".join(rows))) if isinstance(r, Item)]
    assert len(set(before)) == 3
    assert after[1:] == before
    edited = [
        r.local for r in making.read(write(tmp_path, header + rows[0].replace("one", "1"))) if isinstance(r, Item)
    ]
    assert edited == before[:1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=fuzzing.broken(NOTES.encode()) | fuzzing.broken(BOOKS.encode()), suffix=st.sampled_from([".csv", ".tsv"]))
def test_broken_tables_are_survived(tmp_path: Path, data: bytes, suffix: str) -> None:
    fuzzing.survives(tmp_path / f"a{suffix}", data, READERS)


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet='a,"\n\r; x', max_size=60), size=st.integers(1, 7))
def test_lines_are_the_same_however_the_text_comes(text: str, size: int) -> None:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    expected = [f"{line}\n" for line in whole.removesuffix("\n").split("\n")] if whole else []
    assert list(delimited.lines(pieces)) == expected


@pytest.mark.timeout(20)
@pytest.mark.parametrize("words", ['"' * 100_000, '",' * 60_000, "," * 300_000, '"\n' * 60_000, "a" * 3_000_000])
def test_hostile_tables_are_read_in_time(tmp_path: Path, words: str) -> None:
    making.read(write(tmp_path, words))
    making.read(write(tmp_path, f'title,content\n"{words}\n'))


def test_the_delimiter_is_found_among_prose_with_quotes(tmp_path: Path) -> None:
    chance = random.Random(3)
    words = ["one, two", 'say ""no""', "a; b; c", "line\nbreak", "tab\there", "p|q"]
    rows = [";".join(f'"{chance.choice(words)}"' for _ in range(4)) for _ in range(50)]
    assert delimited.form("\n".join(["name;city;note;url", *rows])) == delimited.Form(";", header=True)
