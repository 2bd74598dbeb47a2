"""What the embedding tests share: a BERT in plain numpy to compare with, a tiny checkpoint, a thousand sentences.

The reference is written from the paper's formulas and the checkpoint's tensor names, apart from the converter.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = """
the a my our of in on to from with and but before after harbour ticket dentist budget
meeting notes garden sister promised painted booked forgot called train platform rain Sunday
spring cheese recipe invoice contract landlord mountain bicycle violin lesson passport
kitchen window letter birthday doctor Lisbon Oslo Kyoto 42 17:30 2026-03-01 3.5 café naïve
Øresund Straße Zürich żółw Москва 東京 メモ 안녕 مرحبا 🎉 ☕ can't re-read e-mail #tag @home
photosynthesis incomprehensibilities xqzvkw
""".split()  # noqa: SIM905 -- seventy words read better than seventy literals

TOKENS_AT_ONCE = 512  # more of them push the inner layer out of the cache


def sentences(count: int, seed: int = 7) -> list[str]:
    """The same texts every time, 3 to 120 words; most of them no longer than 20."""
    draw = random.Random(seed)
    lengths = [draw.randint(3, 20) if n % 5 else draw.randint(3, 120) for n in range(count)]
    return [
        " ".join(draw.choice(WORDS) for _ in range(length)) + draw.choice((".", "?", "!", "")) for length in lengths
    ]


class Reference:
    """all-MiniLM's arithmetic. Only texts of one length go together, so that no padding or mask can hide a mistake."""

    def __init__(self, folder: Path) -> None:
        self.config = json.loads((folder / "config.json").read_text())
        self.weights = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        limit = folder / "sentence_bert_config.json"
        self.tokenizer.enable_truncation(json.loads(limit.read_text())["max_seq_length"])

    def embed(self, texts: list[str]) -> np.ndarray:
        return self.vectors([encoding.ids for encoding in self.tokenizer.encode_batch(texts)])

    def vectors(self, rows: list[list[int]]) -> np.ndarray:
        """Rows of token ids of any lengths -> unit vectors (rows, hidden)."""
        out = np.empty((len(rows), self.config["hidden_size"]), dtype=np.float32)
        for length in {len(row) for row in rows}:
            places = [n for n, row in enumerate(rows) if len(row) == length]
            for part in np.array_split(places, math.ceil(len(places) * length / TOKENS_AT_ONCE)):
                out[part] = self.forward(np.array([rows[n] for n in part]))
        return out

    def forward(self, ids: np.ndarray) -> np.ndarray:
        """Token ids (texts, tokens) -> unit vectors (texts, hidden)."""
        mean = self.states(ids).mean(axis=1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def states(self, ids: np.ndarray) -> np.ndarray:
        """Token ids (texts, tokens) -> what the last layer makes of each (texts, tokens, hidden)."""
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self.norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings")
        for n in range(self.config["num_hidden_layers"]):
            layer = f"encoder.layer.{n}"
            x = self.norm(x + self.attention(x, f"{layer}.attention"), f"{layer}.attention.output")
            inner = gelu(self.dense(x, f"{layer}.intermediate.dense"))
            x = self.norm(x + self.dense(inner, f"{layer}.output.dense"), f"{layer}.output")
        return x

    def dense(self, x: np.ndarray, name: str) -> np.ndarray:
        flat = x.reshape(-1, x.shape[-1])  # one product for all texts: matmul would make one for each
        flat = flat @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def norm(self, x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.config["layer_norm_eps"])
        return centred / spread * self.weights[f"{name}.LayerNorm.weight"] + self.weights[f"{name}.LayerNorm.bias"]

    def attention(self, x: np.ndarray, name: str) -> np.ndarray:
        texts, tokens, hidden = x.shape
        size = hidden // self.config["num_attention_heads"]
        query, key, value = (
            self.dense(x, f"{name}.self.{part}").reshape(texts, tokens, -1, size).swapaxes(1, 2)
            for part in ("query", "key", "value")
        )  # (texts, heads, tokens, size)
        scores = query @ key.swapaxes(2, 3) / math.sqrt(size)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = shares / shares.sum(axis=-1, keepdims=True) @ value
        return self.dense(mixed.swapaxes(1, 2).reshape(x.shape), f"{name}.output.dense")


def reference_of(folder: Path, count: int, out: Path) -> np.ndarray:
    """What the Reference makes of `sentences(count)`, in a process of its own with one BLAS thread.

    Two threads wait for each other by spinning: beside two busy processes on two cores 106 s instead of 22 s.
    """
    command = [sys.executable, "-m", __name__, str(folder), str(count), str(out)]
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "MKL_NUM_THREADS"), "1")
    subprocess.run(command, env=os.environ | threads, cwd=Path(__file__).parents[2], check=True)
    vectors: np.ndarray = np.load(out)
    return vectors


def gelu(x: np.ndarray) -> np.ndarray:
    """x * Phi(x), with the error function by Abramowitz and Stegun 7.1.26, which is off by at most 1.5e-7."""
    z = np.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.copysign(1 - series * np.exp(-z * z), x)
    return x * (1 + erf) / 2


def write_tiny(folder: Path, seed: int = 1) -> Path:
    """A checkpoint with random weights and every size unlike MiniLM's, in a few dozen kilobytes."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden, inner, layers, positions = 24, 40, 2, 48
    draw = np.random.default_rng(seed)
    vocabulary = {word: n for n, word in enumerate(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]))}

    def tensor(*shape: int, centre: float = 0.0) -> np.ndarray:
        return (centre + draw.normal(scale=0.3, size=shape)).astype(np.float32)

    dense = {"attention.self.query": (hidden, hidden), "attention.self.key": (hidden, hidden)}
    dense |= {"attention.self.value": (hidden, hidden), "attention.output.dense": (hidden, hidden)}
    dense |= {"intermediate.dense": (inner, hidden), "output.dense": (hidden, inner)}
    tensors = {
        "embeddings.word_embeddings.weight": tensor(len(vocabulary), hidden),
        "embeddings.position_embeddings.weight": tensor(positions, hidden),
        "embeddings.token_type_embeddings.weight": tensor(2, hidden),
    }
    norms = ["embeddings"]
    for n in range(layers):
        for name, shape in dense.items():
            tensors[f"encoder.layer.{n}.{name}.weight"] = tensor(*shape)
            tensors[f"encoder.layer.{n}.{name}.bias"] = tensor(shape[0])
        norms += [f"encoder.layer.{n}.attention.output", f"encoder.layer.{n}.output"]
    for name in norms:
        tensors[f"{name}.LayerNorm.weight"] = tensor(hidden, centre=1)
        tensors[f"{name}.LayerNorm.bias"] = tensor(hidden)
    save_file(tensors, folder / "model.safetensors")
    config = {"model_type": "bert", "hidden_act": "gelu", "hidden_size": hidden, "num_attention_heads": 3}
    config |= {"num_hidden_layers": layers, "layer_norm_eps": 1e-5, "max_position_embeddings": positions}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 32}')
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


if __name__ == "__main__":
    np.save(sys.argv[3], Reference(Path(sys.argv[1])).embed(sentences(int(sys.argv[2]))))
