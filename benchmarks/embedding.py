"""How fast are passages embedded, beside sentence-transformers on torch with the same weights?

    python -m benchmarks.embedding                        the installed starter model, 2,000 passages, 5 rounds
    python -m benchmarks.embedding --model-dir FOLDER     another folder with the checkpoint of a BERT sentence encoder
    python -m benchmarks.embedding --json FILE            write the results there too

Each contender lives in a process of its own, limited to the same number of threads. The passages are cut into as many
slices as there are rounds; in each round every contender in turn embeds the same slice while the others wait, so that
what else the machine does meets all of them alike. The ratio is the median of the rounds' ratios; a busy machine slows
torch more than onnxruntime, so that on one the lowest is the fairer. sentence-transformers is optional:
`pip install 'secondme[bench]'`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

TORCH = "sentence-transformers"
OURS = {"secondme float32": "float32", "secondme int8": "int8"}
MODEL = "minilm-l6"

WHO = [
    "my sister",
    "the landlord",
    "Amina",
    "our neighbour",
    "Tom from work",
    "the dentist",
    "Grandmother",
    "nobody",
    "I",
]
DID = ["promised to", "forgot to", "would rather", "asked me to", "agreed to", "refused to", "finally managed to"]
WHAT = [
    "pay the deposit",
    "bring the blue bicycle back",
    "call about the invoice",
    "book a table near the harbour",
    "send the photographs from Lisbon",
    "repair the kitchen window",
    "write down the recipe with cardamom",
    "cancel the subscription",
    "look for the insurance contract",
]
WHEN = [
    "on Tuesday",
    "before the 14th of March",
    "at half past nine",
    "next spring",
    "after the concert",
    "in 2024",
    "",
]
WHY = [
    "because the train was late",
    "as agreed by e-mail",
    "although it costs 48.50 euros",
    "which surprised us all",
    "",
]


def main() -> None:
    options = _options()
    folder = options.model_dir or _installed()
    texts = passages(options.passages)
    names = ([TORCH] if importlib.util.find_spec("sentence_transformers") else []) + list(OURS)
    if TORCH not in names:
        print("sentence-transformers is not installed, so there is nothing to compare with.", file=sys.stderr)
        print("Install it with: pip install 'secondme[bench]'", file=sys.stderr)
    load_before = os.getloadavg()
    rates, vectors, memory = race(names, folder, texts, options.rounds, options.threads)
    result = {
        "passages": len(texts),
        "words_per_passage": round(statistics.mean(len(text.split()) for text in texts)),
        "rounds": options.rounds,
        "threads": options.threads,
        "cpus": os.cpu_count(),
        "load_average": {"before": load_before, "after": os.getloadavg()},
        "contenders": summary(names, rates, vectors, memory),
    }
    _print(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2))


def passages(count: int, seed: int = 11) -> list[str]:
    """Texts of the size that the product embeds, 70 to 110 words or about 130 tokens; the same ones every time."""
    draw = random.Random(seed)
    return [_passage(draw, draw.randint(70, 110)) for _ in range(count)]


def _passage(draw: random.Random, words: int) -> str:
    text = ""
    while len(text.split()) < words:
        sentence = " ".join(filter(None, (draw.choice(part) for part in (WHO, DID, WHAT, WHEN, WHY))))
        text += f"{sentence[0].upper()}{sentence[1:]}. "
    return text.strip()


def race(
    names: Sequence[str], folder: Path, texts: Sequence[str], rounds: int, threads: int
) -> tuple[dict[str, list[float]], dict[str, Any], dict[str, float]]:
    """Passages per second of each round, vectors [passages, dimension] and peak memory in MB, by contender."""
    import numpy as np

    spawn = multiprocessing.get_context("spawn")
    for name in names:  # converting is paid once per model, and its memory is not that of embedding
        first = spawn.Process(target=_open, args=(name, folder, threads))
        first.start()
        first.join()
    lines: dict[str, Connection] = {}
    for name in names:
        ours, theirs = spawn.Pipe()
        spawn.Process(target=_contend, args=(theirs, name, folder, threads), daemon=True).start()
        lines[name] = ours
        _ask(ours, texts[:32])  # warm up
    rates: dict[str, list[float]] = {name: [] for name in names}
    parts: dict[str, list[Any]] = {name: [] for name in names}
    for n in range(rounds):
        part = texts[len(texts) * n // rounds : len(texts) * (n + 1) // rounds]
        for name in [*names[n % len(names) :], *names[: n % len(names)]]:
            seconds, found = _ask(lines[name], part)
            rates[name].append(len(part) / seconds)
            parts[name].append(found)
    memory = {name: _ask(line, None) for name, line in lines.items()}
    return rates, {name: np.concatenate(found) for name, found in parts.items()}, memory


def _ask(line: Connection, message: Sequence[str] | None) -> Any:
    line.send(message)
    return line.recv()


def _contend(line: Connection, name: str, folder: Path, threads: int) -> None:
    """Answer each list of texts with (seconds, vectors), and None with the peak memory of this process in MB."""
    embed = _open(name, folder, threads)
    while (texts := line.recv()) is not None:
        start = time.perf_counter()
        vectors = embed(texts)
        line.send((time.perf_counter() - start, vectors))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line.send(peak / 1e6 if sys.platform == "darwin" else peak / 1e3)


def _open(name: str, folder: Path, threads: int) -> Callable[[list[str]], Any]:
    if name in OURS:
        from secondme.engine.onnx import OnnxEmbedder

        precision: Any = OURS[name]
        return OnnxEmbedder(folder, name=name, precision=precision, threads=threads).embed
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    model = SentenceTransformer(str(folder), device="cpu")
    return lambda texts: model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)


def summary(
    names: Sequence[str], rates: dict[str, list[float]], vectors: dict[str, Any], memory: dict[str, float]
) -> dict[str, dict[str, Any]]:
    """By contender: rates, the ratio to the first, peak memory, cosine to the first."""
    first = names[0]
    rows: dict[str, dict[str, Any]] = {}
    for name in names:
        cosine = (vectors[name] * vectors[first]).sum(axis=1)
        ratios = [a / b for a, b in zip(rates[name], rates[first], strict=True)]
        rows[name] = {
            "passages_per_second": round(statistics.median(rates[name]), 1),
            "rounds": [round(rate, 1) for rate in rates[name]],
            "ratio": round(statistics.median(ratios), 2),
            "ratio_lowest": round(min(ratios), 2),
            "peak_mb": round(memory[name]),
            "cosine_mean": round(float(cosine.mean()), 6),
            "cosine_min": round(float(cosine.min()), 6),
        }
    return rows


def _print(result: dict[str, Any]) -> None:
    load = result["load_average"]
    print(
        f"{result['passages']} passages of {result['words_per_passage']} words, {result['rounds']} rounds, "
        f"{result['threads']} threads on {result['cpus']} CPUs, load {load['before'][0]:.1f} -> {load['after'][0]:.1f}"
    )
    print(f"{'':<24}{'passages/s':>12}{'ratio':>8}{'lowest':>8}{'peak MB':>10}{'cosine mean':>13}{'min':>10}")
    for name, row in result["contenders"].items():
        print(
            f"{name:<24}{row['passages_per_second']:>12}{row['ratio']:>8}{row['ratio_lowest']:>8}{row['peak_mb']:>10}"
            f"{row['cosine_mean']:>13.5f}{row['cosine_min']:>10.5f}"
        )


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--model-dir", type=Path, help="default: the installed starter model")
    arguments.add_argument("--json", type=Path, help="write the results here")
    arguments.add_argument("--passages", type=int, default=2000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 1))
    return arguments.parse_args()


def _installed() -> Path:
    from secondme.config import locate

    return locate().models / MODEL


if __name__ == "__main__":
    main()
