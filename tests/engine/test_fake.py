"""The engines without models behave like the real ones, only predictably."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from secondme.engine import Embedder, Generator, Message, Sampling, Usage
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.errors import EngineCrashed, EngineError


def ask(content: str) -> list[Message]:
    return [{"role": "user", "content": content}]


def test_they_are_a_generator_and_an_embedder() -> None:
    generator: Generator = FakeGenerator()
    embedder: Embedder = FakeEmbedder()
    assert (generator.name, embedder.name, embedder.dimension) == ("fake", "fake-64", 64)


def test_replies_come_in_turn_and_prompts_are_kept() -> None:
    fake = FakeGenerator(["one two", EngineError("no"), "three"])
    assert list(fake.chat(ask("a b c"), Sampling())) == ["one", " two"]
    assert fake.usage == Usage(3, 2)
    with pytest.raises(EngineError, match="no"):
        list(fake.chat(ask("b"), Sampling()))
    assert "".join(fake.chat(ask("c"), Sampling())) == "three"
    assert [prompt[0]["content"] for prompt in fake.prompts] == ["a b c", "b", "c"]


@pytest.mark.parametrize(
    ("prompt", "reply"),
    [
        ('[1] notes.md: "Lunch is at noon."\n[2] "Else."', "Lunch is at noon. [1]"),
        ("[2] The train leaves at six.\nQuestion: when?", "The train leaves at six. [2]"),
        ("He said “never again” to her.", "never again"),
        ("Nothing is quoted here.", "I don't know."),
    ],
)
def test_without_replies_it_echoes_the_first_evidence(prompt: str, reply: str) -> None:
    assert "".join(FakeGenerator().chat(ask(prompt), Sampling())) == reply


def test_asked_for_a_schema_it_says_the_least_that_is_allowed() -> None:
    fields = {"facts": {"type": "array", "items": {"type": "string"}}, "mood": {"enum": ["good", "bad"]}}
    schema = {"type": "object", "properties": fields, "required": ["facts", "mood"]}
    fake = FakeGenerator()
    assert "".join(fake.chat(ask("x"), Sampling(schema=schema))) == '{"facts": [], "mood": "good"}'
    assert fake.samplings[0].schema == schema


def test_limits_stops_and_context_are_kept() -> None:
    fake = FakeGenerator(rule=lambda _: "a b c d", context=3)
    assert "".join(fake.chat(ask("x"), Sampling(max_tokens=2))) == "a b"
    assert "".join(fake.chat(ask("x"), Sampling(stop=(" c",)))) == "a b"
    with pytest.raises(EngineError, match="context holds 3"):
        list(fake.chat(ask("x y z"), Sampling()))


def test_it_dies_when_told_to_and_counts_cancels() -> None:
    fake = FakeGenerator(["a b c"], dies_after=2, death=EngineCrashed("killed"))
    chat = fake.chat(ask("x"), Sampling())
    assert next(chat) + next(chat) == "a b"
    with pytest.raises(EngineCrashed, match="killed"):
        next(chat)
    cancelled = FakeGenerator(["a b c"])
    chat = cancelled.chat(ask("x"), Sampling())
    next(chat)
    chat.close()
    assert cancelled.cancelled == 1


def test_texts_that_share_words_are_near() -> None:
    vectors = FakeEmbedder().embed(["I booked a flight to Lisbon", "booking flights, Lisbon", "rain on the roof", ""])
    assert vectors.shape == (4, 64)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors[0] @ vectors[1] > 0.5 > vectors[0] @ vectors[2]


def test_vectors_are_the_same_in_another_process() -> None:
    code = "from secondme.engine.fake import FakeEmbedder; print(FakeEmbedder(8).embed(['one two three']).tolist())"
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert run.stdout.strip() == str(FakeEmbedder(8).embed(["one two three"]).tolist())


def test_counts_are_words_and_long_texts_are_cut() -> None:
    embedder = FakeEmbedder(max_tokens=2)
    assert embedder.counts(["one, two: three", ""]) == [3, 0]
    assert np.array_equal(embedder.embed(["one two three"]), embedder.embed(["one two four"]))
    assert len(embedder.embedded) == 2
