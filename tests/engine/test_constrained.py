"""Text under a grammar, with the real starter model: it keeps to it, and a bad grammar harms nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from secondme.engine import Message, Sampling
from secondme.engine.worker import LlamaWorker
from secondme.errors import EngineError

pytestmark = pytest.mark.models

ASKED: list[Message] = [{"role": "user", "content": "Tell me about cities, as you like."}]
CITIES = r"""root ::= "[" city ("," city)? "]"
city ::= "{\"city\":\"" [A-Za-z ]{2,12} "\"}"
"""
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 8}, "size": {"enum": ["small", "large"]}},
    "required": ["name", "size"],
    "additionalProperties": False,
}
BAD = ("root ::= nowhere", "city ::= 'a'", 'root ::= "a', "root ::= root", " ", 'root ::= "a"\0')


@pytest.fixture(scope="module")
def worker(starter_gguf: Path) -> Iterator[LlamaWorker]:
    with closing(LlamaWorker(starter_gguf, name="starter", threads=2)) as worker:
        yield worker


def written(worker: LlamaWorker, **how: object) -> str:
    return "".join(worker.chat(ASKED, Sampling(**{"max_tokens": 60, **how})))  # type: ignore[arg-type]


def test_text_keeps_to_a_grammar_and_ends_with_it(worker: LlamaWorker) -> None:
    found = json.loads(written(worker, grammar=CITIES))
    assert 1 <= len(found) <= 2
    assert all(re.fullmatch("[A-Za-z ]{2,12}", city["city"]) for city in found)
    assert worker.usage.new_tokens < 60


def test_text_keeps_to_a_schema(worker: LlamaWorker) -> None:
    found = json.loads(written(worker, schema=SCHEMA))
    assert set(found) == {"name", "size"}
    assert found["size"] in ("small", "large")


def test_a_grammar_comes_before_a_schema(worker: LlamaWorker) -> None:
    assert written(worker, grammar='root ::= "Grüße 🙂"', schema=SCHEMA) == "Grüße 🙂"


def test_greedy_text_is_the_same_twice_and_sampled_text_follows_its_seed(worker: LlamaWorker) -> None:
    grammar = "root ::= [a-z ]{30}"
    assert written(worker, grammar=grammar) == written(worker, grammar=grammar)
    sampled = [written(worker, grammar=grammar, temperature=1.5, seed=seed) for seed in (1, 1, 2)]
    assert sampled[0] == sampled[1] != sampled[2]
    assert all(re.fullmatch("[a-z ]{30}", text) for text in sampled)


def test_a_grammar_that_allows_what_the_model_wants_changes_nothing(worker: LlamaWorker) -> None:
    assert written(worker, grammar="root ::= [^\\x00]*", max_tokens=16) == written(worker, max_tokens=16)


@pytest.mark.parametrize("grammar", BAD)
def test_a_bad_grammar_is_an_error_and_the_child_lives_on(worker: LlamaWorker, grammar: str) -> None:
    written(worker, max_tokens=1)
    child = worker.pid
    with pytest.raises(EngineError, match="grammar"):
        written(worker, grammar=grammar)
    assert written(worker, grammar='root ::= "on"') == "on"
    assert worker.pid == child


def test_a_bad_schema_is_an_error_as_well(worker: LlamaWorker) -> None:
    with pytest.raises(EngineError, match="schema"):
        written(worker, schema={"type": "nonsense"})
    with pytest.raises(EngineError, match="schema"):
        written(worker, schema={"$ref": "https://example.org/never-fetched.json"})


def test_closing_cancels_it_like_any_chat(worker: LlamaWorker) -> None:
    chat = worker.chat(ASKED, Sampling(max_tokens=2_000, grammar="root ::= [a-z ]*"))
    next(chat)
    chat.close()  # type: ignore[attr-defined]
    assert written(worker, grammar='root ::= "next"') == "next"
