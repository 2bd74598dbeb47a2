"""The sample life with the real starter models: right answers, rightful refusals. A floor, not the measurement.

`python -m benchmarks.answers` measures; this holds that a change does not quietly cost a tenth of it.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from secondme.config import Config, Home
from secondme.me import Me
from secondme.records import Answer, Done

ASSETS = Path(__file__).resolve().parents[2] / "assets"


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


@pytest.mark.models
@pytest.mark.slow
def test_the_sample_life_is_answered_and_refused(tmp_path: Path) -> None:
    models = os.environ.get("SECONDME_TEST_MODELS")
    if not models:
        assert not os.environ.get("CI"), "CI must run the starter models"
        pytest.skip("SECONDME_TEST_MODELS names no folder")
    home = Home(tmp_path, tmp_path)
    (tmp_path / "models").symlink_to(models)
    questions = tomllib.loads((ASSETS / "questions.toml").read_text(encoding="utf-8"))["question"]
    cited = asked = refused = unanswerable = 0
    with Me(home, Config()) as me:
        report = me.ingest([ASSETS / "sample"])
        assert report.skipped == ()

        def answered(text: str) -> Answer:
            *_, last = me.ask(text, write=False)
            assert isinstance(last, Done)
            return last.answer

        for question in questions:
            if not question.get("answers"):
                unanswerable += 1
                refused += answered(question["text"]).abstained
            else:
                asked += 1
                answer = answered(question["text"])
                passages = me.reader.passages([c.passage for c in answer.citations])
                texts = [plain(found.passage.text) for found in passages.values()]
                cited += any(plain(expected) in text for expected in question["answers"] for text in texts)
                for citation in answer.citations:
                    found = passages[citation.passage].passage
                    assert found.text[citation.start - found.start : citation.end - found.start] == citation.quote
    assert asked >= 70
    assert unanswerable >= 10
    assert cited / asked >= 0.8
    assert refused / unanswerable >= 0.5
