"""A model beyond its memory, through the real worker: the same text, from disk, within what it may take."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from benchmarks.flash.making import Shape, make
from secondme.engine import Message, Sampling, mapped
from secondme.engine.worker import LlamaWorker
from secondme.errors import EngineError

pytestmark = pytest.mark.skipif(not mapped.supported(), reason="needs /proc/self/maps")

SHAPE = Shape(layers=12, width=1024, ffn=2816, heads=16, kv_heads=4, vocabulary=2048)  # 78 MB
MIXED = Shape(layers=6, width=512, ffn=512, heads=8, kv_heads=4, vocabulary=2048, experts=40, used=2)  # 110 MB
MEMORY = 118_000_000
ASKED: list[Message] = [{"role": "user", "content": "a quick brown fox"}]
GREEDY = Sampling(max_tokens=5)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("models") / "model.gguf", SHAPE)


@pytest.fixture
def tight(model: Path) -> Iterator[LlamaWorker]:
    with closing(LlamaWorker(model, name="tight", context=256, threads=1, memory=MEMORY)) as worker:
        yield worker


def test_the_text_is_the_same_as_with_all_of_it_in_memory(model: Path, tight: LlamaWorker) -> None:
    with closing(LlamaWorker(model, name="whole", context=256, threads=1)) as whole:
        expected = "".join(whole.chat(ASKED, GREEDY))
    assert tight.streamed > 0
    assert "".join(tight.chat(ASKED, GREEDY)) == expected
    assert "".join(tight.chat(ASKED, GREEDY)) == expected


def test_its_process_keeps_within_what_it_may_take(tight: LlamaWorker) -> None:
    for _ in tight.chat(ASKED, GREEDY):
        assert tight.pid
        assert psutil.Process(tight.pid).memory_info().rss < MEMORY


def test_after_a_cancel_it_begins_anew(tight: LlamaWorker) -> None:
    expected = "".join(tight.chat(ASKED, GREEDY))
    with closing(tight.chat(ASKED, Sampling(max_tokens=50))) as reply:  # type: ignore[type-var]
        next(reply)
    assert "".join(tight.chat(ASKED, GREEDY)) == expected


def test_experts_on_disk_say_the_same_as_experts_in_memory(tmp_path: Path) -> None:
    mixed = make(tmp_path / "mixed.gguf", MIXED)
    with (
        closing(LlamaWorker(mixed, name="whole", context=256, threads=1)) as whole,
        closing(LlamaWorker(mixed, name="tight", context=256, threads=1, memory=MEMORY)) as tight,
    ):
        assert tight.streamed > 0
        assert "".join(tight.chat(ASKED, GREEDY)) == "".join(whole.chat(ASKED, GREEDY))


def test_all_stays_in_memory_where_it_fits(model: Path) -> None:
    with closing(LlamaWorker(model, name="roomy", context=256, threads=1, memory=10 * MEMORY)) as worker:
        assert worker.streamed == 0
        assert "".join(worker.chat(ASKED, GREEDY))


def test_too_little_memory_is_one_sentence(model: Path) -> None:
    with (
        closing(LlamaWorker(model, name="tiny", context=256, threads=1, memory=40_000_000)) as worker,
        pytest.raises(EngineError, match="at least"),
    ):
        worker.count("a")


def test_a_file_that_is_cut_while_it_streams_is_one_sentence(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(model.read_bytes())
    with closing(LlamaWorker(copy, name="cut", context=256, threads=1, memory=MEMORY)) as worker:
        assert worker.streamed
        reply = worker.chat(ASKED, Sampling(max_tokens=50))
        next(reply)
        os.truncate(copy, 20_000_000)
        began = time.monotonic()
        with pytest.raises(EngineError, match="shorter"):
            "".join(reply)
        assert time.monotonic() - began < 5
