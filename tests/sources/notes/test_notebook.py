"""Jupyter notebooks of both formats in use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.documents import text
from secondme.sources.notes import notebook
from tests.sources import making
from tests.sources.fuzzing import broken, survives


def markdown(source: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: Any, *outputs: Any) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": source, "outputs": list(outputs)}


def data(**kinds: Any) -> dict[str, Any]:
    named = {kind.replace("__", "/"): value for kind, value in kinds.items()}
    return {"output_type": "execute_result", "metadata": {}, "data": named}


STUDY = [
    markdown(["# Rent study\n", "\n", "Some *prose*.\n", "- a\n", "- b"]),
    code(
        ["x = 1\n", "print(x)"],
        {"output_type": "stream", "name": "stdout", "text": ["1\n", "50%\r100%\n"]},
        data(image__png="iVBORw0KGgo=", text__plain=["<Figure size 640x480 with 1 Axes>"]),
        data(text__html="<b>42</b>", text__plain=["42"]),
        data(text__plain="<__main__.Thing at 0x7f>"),
        {
            "output_type": "error",
            "ename": "ValueError",
            "evalue": "bad",
            "traceback": ["\x1b[0;31mValueError\x1b[0m: bad"],
        },
    ),
    {"cell_type": "raw", "metadata": {}, "source": "raw words"},
]


def write(folder: Path, cells: Any, name: str = "study.ipynb", **more: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more))
    return path


def test_cells_and_what_they_printed_are_segments(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, STUDY))
    assert found.title == "Rent study"
    under = ("Rent study",)
    assert [(s.kind, s.heading, said) for s, said in zip(found.segments, making.said(found), strict=True)] == [
        ("prose", under, "Some *prose*."),
        ("list", under, "- a\n- b"),
        ("code", under, "x = 1\nprint(x)"),
        ("code", under, "1\n100%\n42\nValueError: bad"),
        ("prose", under, "raw words"),
    ]


def test_a_notebook_of_format_3_has_worksheets_and_headings(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Old times"]},
        {
            "cell_type": "code",
            "input": "2 + 2",
            "outputs": [
                {"output_type": "pyout", "text": ["4"]},
                {"output_type": "display_data", "png": "iVBOR", "text": ["<matplotlib at 0x1>"]},
            ],
        },
    ]
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"metadata": {"name": "Sums"}, "nbformat": 3, "worksheets": [{"cells": cells}]}))
    found = making.item(path)
    assert (found.title, making.said(found)) == ("Sums", ["2 + 2", "4"])
    assert found.segments[0].heading == ("Old times",)


def test_a_long_output_is_cut_at_a_line(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, [code("x", {"output_type": "stream", "text": "0123456789\n" * 5000})]))
    assert len(making.said(found)[1]) <= notebook.OUTPUT_CHARS
    assert making.said(found)[1].endswith("0123456789")


def test_pictures_of_any_size_are_passed_over(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, [code("plot()", data(image__png="A" * 5_000_000)), markdown("after")]))
    assert making.said(found) == ["plot()", "after"]


def test_too_much_text_is_refused_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "LIMIT_CHARS", 10)
    with pytest.raises(Unreadable, match="32 MB of text"):
        making.read(write(tmp_path, STUDY))


def test_a_damaged_cell_and_a_cut_cost_only_what_they_hit(tmp_path: Path) -> None:
    path = write(tmp_path, [markdown("one"), 3, markdown("two")])
    found, left = making.read(path)
    assert isinstance(found, Item)
    assert making.said(found) == ["one\n\ntwo"]
    assert left == Skipped(str(path), "cell 2 was left out: it is damaged")
    path.write_bytes(path.read_bytes().partition(b"two")[0])
    found, _, cut = making.read(path)
    assert isinstance(found, Item)
    assert found.text == "one"
    assert "breaks off" in cut.reason  # type: ignore[union-attr]


def test_an_empty_notebook_holds_no_text(tmp_path: Path) -> None:
    assert making.reasons(write(tmp_path, [code("")])) == ["holds no text"]


def test_other_json_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"cells": [{"a": 1}]}')
    assert notebook.claims(making.sources.open_file(path)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sample=broken(json.dumps({"cells": STUDY, "nbformat": 4, "metadata": {"title": "T"}}).encode()))
def test_broken_notebooks_are_survived(tmp_path: Path, sample: bytes) -> None:
    survives(tmp_path / "a.ipynb", sample, (notebook, text))
