"""What does it save not to read a prompt twice? Time to the first token, with and without kept states.

    python -m benchmarks.states [--models FOLDER] [--tokens 1500] [--turns 10] [--rounds 3] [--apart] [--json FILE]

The starter model, instructions of some 1,500 tokens that say what they hold, greedy.

fresh      a new process for the model each time, as `secondme ask` starts one: from its start to the first token, and
           of that from the question on. Without states, and with a state that an earlier process kept; in turn.
chat       turns 2 to 10 of one conversation that is sent whole each time: to a worker that has read nothing, to one
           that keeps what it read, and to one that also reads the reply ahead, while the owner does.
restarted  the same conversation's last turn in a new process, from the question on.

`--apart` puts its processes ahead of whatever else runs (root, Linux). Every reply is compared: they must be the same.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import go_ahead, load
from secondme.config import locate
from secondme.engine import Message, Sampling
from secondme.engine.worker import LlamaWorker

QUESTIONS = (
    "How far did I walk on day 9?",
    "And the day after that?",
    "Which of the two was the longer walk?",
    "Was it along the river as well?",
    "What about day 30?",
)
SAMPLING = Sampling(max_tokens=24)
LIMIT = 1_000_000_000
PAUSE = 1.5  # seconds in which the owner reads the reply


@dataclass(frozen=True, slots=True)
class First:
    """One chat: seconds to the first token, from the worker's start and from the question, and what was read."""

    started: float
    asked: float
    evaluated: int
    loaded: int
    text: str


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--models", type=Path, default=locate().models)
    arguments.add_argument("--tokens", type=int, default=1500)
    arguments.add_argument("--turns", type=int, default=10)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--apart", action="store_true")
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    model = next(iter(sorted(options.models.rglob("SmolLM2-135M-Instruct*.gguf"))))
    with tempfile.TemporaryDirectory(prefix="secondme-bench-") as scratch:
        bench = Bench(model, Path(scratch), options.apart)
        head = bench.head(options.tokens)
        print(f"{load()}, a prefix of {bench.count(head)} tokens, {options.rounds} rounds in turn", flush=True)
        rows = {"fresh": bench.fresh(head, options.rounds), **bench.chat(head, options.turns)}
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


class Bench:
    """The starter model with and without a folder for its states."""

    def __init__(self, model: Path, scratch: Path, apart: bool) -> None:
        self._model, self._scratch, self._apart = model, scratch, apart

    def worker(self, folder: str = "") -> LlamaWorker:
        states = (self._scratch / folder, LIMIT) if folder else None
        worker = LlamaWorker(self._model, name="starter", states=states)
        worker.start()
        if self._apart and worker.pid:
            go_ahead(worker.pid)
        return worker

    def count(self, head: Message) -> int:
        with closing(self.worker()) as worker:
            return worker.count(head["content"])

    def head(self, tokens: int) -> Message:
        notes = (f"Note {n}: on day {n} the owner walked {n * 3 % 17} miles along the river." for n in range(tokens))
        text = "You answer from the owner's notes, in one sentence."
        with closing(self.worker()) as worker:
            while worker.count(text) < tokens:
                text += " " + " ".join(next(notes) for _ in range(5))
        return {"role": "system", "content": text, "holds": ()}

    def fresh(self, head: Message, rounds: int) -> dict[str, Any]:
        asked: list[Message] = [head, {"role": "user", "content": QUESTIONS[0]}]
        self._once("fresh", asked)  # keeps it
        pairs = [(self._once("", asked), self._once("fresh", asked)) for _ in range(rounds)]
        assert len({one.text for pair in pairs for one in pair}) == 1, "states change the text"
        row = {}
        for what in ("started", "asked"):
            without, kept = (statistics.median(getattr(pair[n], what) for pair in pairs) for n in (0, 1))
            ratio = statistics.median(getattr(a, what) / getattr(b, what) for a, b in pairs)
            since = "from its start" if what == "started" else "from the question"
            print(f"fresh process, {since:<18} {without:7.2f} s without {kept:7.3f} s with   {ratio:5.1f}x", flush=True)
            row[what] = {"without_s": without, "with_s": kept, "ratio": ratio}
        return row

    def _once(self, folder: str, messages: Sequence[Message]) -> First:
        began = time.perf_counter()
        with closing(self.worker(folder)) as worker:
            return first(worker, messages, began)

    def chat(self, head: Message, turns: int) -> dict[str, Any]:
        talk: list[Message] = [head, {"role": "user", "content": QUESTIONS[0]}]
        rows: list[dict[str, float]] = []
        with (
            closing(self.worker()) as forgetful,
            closing(self.worker("talk")) as plain,
            closing(self.worker()) as ahead,
        ):
            for turn in range(1, turns + 1):
                list(forgetful.chat([{"role": "user", "content": "Hello."}], Sampling(max_tokens=1)))
                three = [first(worker, talk) for worker in (forgetful, plain, ahead)]
                assert len({one.text for one in three}) == 1, "what is kept changes the text"
                if turn > 1:
                    rows.append(dict(zip(("without", "kept", "ahead"), (one.asked for one in three), strict=True)))
                    row = rows[-1]
                    print(
                        f"chat, turn {turn:<2} {row['without']:7.2f} s without {row['kept']:7.3f} s kept "
                        f"{row['without'] / row['kept']:5.1f}x {row['ahead']:7.3f} s read ahead "
                        f"{row['without'] / row['ahead']:5.1f}x",
                        flush=True,
                    )
                if turn == turns:
                    break
                talk[-1]["holds"] = ()
                talk += [
                    {"role": "assistant", "content": three[0].text, "holds": ()},
                    {"role": "user", "content": QUESTIONS[turn % len(QUESTIONS)]},
                ]
                ahead.read(talk[:-1])
                time.sleep(PAUSE)
        again = self._once("talk", talk)
        assert again.text == three[0].text, "a restart changes the text"
        ratios = {key: statistics.median(row["without"] / row[key] for row in rows) for key in ("kept", "ahead")}
        ratios["restarted"] = three[0].asked / again.asked
        print(
            f"chat, median  {ratios['kept']:.1f}x kept, {ratios['ahead']:.1f}x read ahead; restarted: "
            f"{again.asked:.3f} s, {again.loaded} tokens from disk, {again.evaluated} read, {ratios['restarted']:.1f}x"
        )
        return {"turns": rows, "ratios": ratios}


def first(worker: LlamaWorker, messages: Sequence[Message], began: float | None = None) -> First:
    """One chat to its end. `began`: when its worker did, which has loaded its model before the question is asked."""
    worker.count("loaded")
    asked = time.perf_counter()
    pieces, at = [], 0.0
    for piece in worker.chat(messages, SAMPLING):
        at = at or time.perf_counter()
        pieces.append(piece)
    return First(at - (began or asked), at - asked, worker.evaluated, worker.loaded, "".join(pieces))


if __name__ == "__main__":
    main()
