"""Does llama.cpp run on this machine? Asked in a child process, because a wrong build answers by dying.

Knows how to start that child, how long to wait and what its death means. Never raises for a bad build: a Probe is the
result either way, for the installer and for `secondme doctor`.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from secondme.engine import Sampling
from secondme.engine.child import Child, Died
from secondme.engine.worker import check_file
from secondme.errors import EngineError

PATIENCE = 120.0  # seconds for each step; a large model on a slow disk takes most of it to load

# More than one token at once, and enough of them: a build with AMX dies at the first such batch and not before.
PROMPT = "Name the days of the week in order, one after the other, and then say which of them you like the most."


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of it. `message` is one sentence; `hint`, empty when all is well, says what to do next.

    `features`: CPU features and backends of the build, as llama.cpp prints them; `gpu`: it can use a GPU.
    """

    ok: bool
    seconds: float
    message: str
    hint: str = ""
    features: str = ""
    gpu: bool = False


def probe(model: Path | None, *, gpu_layers: int = 0, patience: float = PATIENCE) -> Probe:
    """Imports llama.cpp in a child, and with a `model` loads it, reads a prompt of 16 tokens or more and writes 4."""
    began = time.monotonic()
    features, gpu, step = "", False, "importing llama.cpp"
    child: Child | None = None
    try:
        child = Child()
        build = child.call("info", patience)
        features, gpu = build["features"], build["gpu"]
        message = "llama.cpp loads."
        if model is not None:
            check_file(model)
            step = f"loading {model.name}"
            options = {"role": "writer", "context": 512, "threads": None, "gpu_layers": gpu_layers}
            child.call("load", patience, path=str(model.absolute()), **options)
            step = "evaluating a prompt"
            message = _run(child, patience)
        return Probe(True, time.monotonic() - began, message, "", features, gpu)
    except EngineError as error:
        said = f"{error.message} It happened while {step}." if isinstance(error, Died) else error.message
        return Probe(False, time.monotonic() - began, said, error.hint, features, gpu)
    except TimeoutError:
        said = f"llama.cpp gave no answer in {patience:.0f} s, while {step}."
        hint = "Try a smaller model; if that hangs too, run `./install.sh --rebuild`."
        return Probe(False, time.monotonic() - began, said, hint, features, gpu)
    except OSError as error:
        hint = "Free some memory, or run `./install.sh` again."
        return Probe(False, time.monotonic() - began, f"No process could be started: {error.strerror}.", hint)
    finally:
        if child is not None:
            child.close()


def _run(child: Child, patience: float) -> str:
    began = time.monotonic()
    messages = [{"role": "user", "content": PROMPT}]
    request = child.send("chat", messages=messages, sampling=asdict(Sampling(max_tokens=4)))
    *_, last = request.read(patience)
    done, seconds = last["done"], time.monotonic() - began
    return f"llama.cpp works: {done['prompt']} tokens read and {done['new']} written in {seconds:.1f} s."
