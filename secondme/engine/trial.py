"""A plan put to the test: one model runs as planned for a short while, and what came of it is kept beside the plan.

Knows one fixed prompt and how to time the pieces of a reply. Refuses to know how fast it ought to be (plan.py does).
What is kept is one JSON file in the models' folder: numbers, no text.
"""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from secondme.engine import Sampling
from secondme.engine.derived import write_whole
from secondme.engine.worker import LlamaWorker
from secondme.errors import EngineError

NAME = "measured.json"
PROMPT = "Here is a page of a diary. " + "Today it rained until noon, and then we walked along the river. " * 14
TOKENS = 24
LONGEST = 60.0  # seconds for the reply


@dataclass(frozen=True, slots=True)
class Trial:
    """What was predicted and what was measured, in tokens a second and seconds to the first. `memory` 0: no limit."""

    model: str
    memory: int
    way: str
    prompt_tokens: int
    tokens_per_second: float
    first_token: float
    predicted_tokens_per_second: float
    predicted_first_token: float
    at: float

    @property
    def error(self) -> float:
        """Of the predicted tokens a second, as a share of the measured ones."""
        return self.predicted_tokens_per_second / self.tokens_per_second - 1


def run(path: Path, *, context: int, threads: int | None, gpu_layers: int, memory: int) -> tuple[int, float, float]:
    """Tokens of the prompt, tokens a second, and seconds to the first token of a fresh process. Raises EngineError."""
    began = time.perf_counter()
    worker = LlamaWorker(path, name=path.name, context=context, threads=threads, gpu_layers=gpu_layers, memory=memory)
    with closing(worker):
        times = []
        reply = worker.chat([{"role": "user", "content": PROMPT}], Sampling(max_tokens=TOKENS))
        with closing(reply) as pieces:  # type: ignore[type-var]
            for _ in pieces:
                times.append(time.perf_counter())
                if times[-1] - times[0] > LONGEST:
                    break
        usage = worker.usage
    if len(times) < 3:
        raise EngineError("The model says too little to be timed.", "Try another one.")
    new = usage.new_tokens or len(times)
    return usage.prompt_tokens, (new - 1) / (times[-1] - times[0]), times[0] - began


def keep(folder: Path, trial: Trial) -> None:
    """Beside those of other models and limits. Raises DiskFull, EngineError."""
    others = [one for one in kept(folder) if (one.model, one.memory) != (trial.model, trial.memory)]
    write_whole(folder / NAME, json.dumps([asdict(one) for one in (*others, trial)], indent=1).encode())


def kept(folder: Path) -> list[Trial]:
    """What was measured before; nothing where the file is missing or of another version."""
    try:
        return [Trial(**row) for row in json.loads((folder / NAME).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
