"""Embedding on onnxruntime: a folder with a BERT sentence encoder in, unit vectors out.

Knows how to tokenize, batch and run; `secondme.engine.convert` writes the ONNX file that it runs, on first use and
whenever the checkpoint or the converter has changed, and `secondme.engine.lexicon` what it makes of single words, on
first use of that. Refuses to know where the folder came from.

A cold start to the first vector is about 0.2 s: numpy and onnxruntime 70 ms, tokenizer 20 ms, session 35 ms (int8;
90 ms for float32), one short text 2 ms, the rest Python's own imports.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondme.engine import Tokens, derived, lexicon
from secondme.engine.checkpoint import Precision, read_bert, stamp
from secondme.errors import EngineError, ModelDamaged, ModelMissing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Vectors
    from secondme.engine.lexicon import Lexicon, Table
    from secondme.engine.partial import Tell

BATCH_TOKENS = 2048
"""Texts times longest text in one batch. Above it the activations fall out of the cache: 16 x 130 tokens run 15 %
faster than 32 x 130. It also bounds the memory of a batch."""

WINDOW = 1024
"""Texts that are tokenized and sorted by length together."""

WORDS_AT_ONCE = 256
"""Tokens of the vocabulary that are read together, each alone. All 30,522 take 5.5 s in int8 on two cores, 25 s in
float32, and several times that beside busy processes."""


class OnnxEmbedder:
    """An Embedder over `folder`, which holds config.json, tokenizer.json and model.safetensors.

    `name` identifies the vectors and must therefore name the model and the precision. In int8 a text's vector depends
    slightly (cosine about 0.994) on the texts it shares a batch with, since activations share one scale. `threads` is
    the number of physical cores, at most 4, unless given; `batch` the most texts run together.
    Raises ModelMissing, ModelDamaged, and when converting Busy, DiskFull, EngineError.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        precision: Precision = "int8",
        threads: int | None = None,
        batch: int = 32,
    ) -> None:
        self._name, self._folder, self._precision = name, folder, precision
        self._batch = batch
        bert = read_bert(folder)
        self._dimension = bert.hidden
        self._length = bert.max_tokens
        self._tokenizer = _tokenizer(folder / "tokenizer.json")
        self._specials: int = self._tokenizer.num_special_tokens_to_add(False)
        self._session: Any = _current_session(folder, precision, threads or _default_threads())
        self._lexicon: Lexicon | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        """In the unit of `counts`: without the special tokens around a text."""
        return self._length - self._specials

    def counts(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def embed(self, texts: Sequence[str], *, asking: bool = False) -> Vectors:
        import numpy as np

        vectors = np.empty((len(texts), self._dimension), dtype=np.float32)
        for start in range(0, len(texts), WINDOW):
            rows = [self._ids(encoding) for encoding in self._encodings(texts[start : start + WINDOW])]
            for group in batches([len(row) for row in rows], self._batch):
                vectors[[start + n for n in group]] = self._run([rows[n] for n in group])
        return vectors

    def tokens(self, texts: Sequence[str], *, asking: bool = False) -> list[Tokens]:
        found: dict[int, Tokens] = {}
        for start in range(0, len(texts), WINDOW):
            encodings = self._tokenizer.encode_batch(list(texts[start : start + WINDOW]), add_special_tokens=True)
            rows = [self._ids(encoding) for encoding in encodings]
            for group in batches([len(row) for row in rows], self._batch):
                states = self._run([rows[n] for n in group], "states")
                found |= {start + n: self._told(encodings[n], state) for n, state in zip(group, states, strict=True)}
        return [found[n] for n in range(len(texts))]

    def lexicon(self, tell: Tell = lambda done, total: None) -> Lexicon:
        """Made on first use, which takes seconds (WORDS_AT_ONCE), and kept beside the model.

        Raises Busy, DiskFull, EngineError.
        """
        if self._lexicon is None:
            path = self._folder / f"lexicon.{self._precision}.safetensors"
            marks = stamp(self._folder, self._precision) | {"lexicon": lexicon.VERSION}
            marks["tokens"] = str(self._tokenizer.get_vocab_size())
            table = derived.current(
                path,
                lambda: lexicon.mapped(path, marks),
                lambda: derived.write_whole(path, lexicon.packed(self._distilled(tell), marks)),
            )
            self._lexicon = lexicon.Lexicon(table, self._numbers)
        return self._lexicon

    def close(self) -> None:
        self._session = None

    def _distilled(self, tell: Tell) -> Table:
        """Every token of the vocabulary through the model alone, between the special tokens that a text stands in."""
        import numpy as np

        size: int = self._tokenizer.get_vocab_size()
        (empty,) = self._encodings([""])
        before, after = empty.ids[:1], empty.ids[1:]
        vectors = np.empty((size, self._dimension), dtype=np.float32)
        for at in range(0, size, WORDS_AT_ONCE):
            tell(at, size)
            numbers = range(at, min(at + WORDS_AT_ONCE, size))
            vectors[at : at + len(numbers)] = self._run([[*before, n, *after] for n in numbers])
        special = self._tokenizer.get_added_tokens_decoder()
        names = [self._tokenizer.id_to_token(n) or "" for n in range(size)]
        meant = [n not in special and lexicon.meaningful(name) for n, name in enumerate(names)]
        table = lexicon.distilled(vectors, np.array(meant))
        tell(size, size)
        return table

    def _numbers(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def _told(self, encoding: Any, states: Vectors) -> Tokens:
        """What the model said of a text's own tokens, without the special ones around it and the padding."""
        import numpy as np

        kept = [n for n, special in enumerate(encoding.special_tokens_mask) if not special][: self.max_tokens]
        rows = states[kept]
        spans = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)[kept]
        return Tokens(rows / np.linalg.norm(rows, axis=1, keepdims=True), spans)

    def _encodings(self, texts: Sequence[str]) -> list[Any]:
        encodings: list[Any] = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=True)
        return encodings

    def _ids(self, encoding: Any) -> list[int]:
        """The text's tokens, its end cut so that the closing special token still fits."""
        ids: list[int] = encoding.ids
        return ids if len(ids) <= self._length else [*ids[: self._length - 1], ids[-1]]

    def _run(self, rows: list[list[int]], output: str = "vectors") -> Vectors:
        """One batch of token ids through the graph: `vectors` [rows, hidden], or `states` [rows, longest, hidden]."""
        import numpy as np

        if self._session is None:
            raise EngineError(f"The embedding model {self._name} has been closed.")
        longest = max(len(row) for row in rows)
        ids = np.zeros((len(rows), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for n, row in enumerate(rows):
            ids[n, : len(row)] = row
            mask[n, : len(row)] = 1
        try:
            vectors: NDArray[np.float32] = self._session.run([output], {"input_ids": ids, "attention_mask": mask})[0]
        except _runtime_errors() as error:
            raise EngineError(f"The embedding model {self._name} failed: {_first_line(error)}.") from error
        return vectors


def batches(lengths: Sequence[int], batch: int, budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Indexes of texts to run together: longest first, at most `batch` of them, padded size within `budget` tokens.

    Longest first, so that the largest buffers are taken at once and reused. A text longer than `budget` runs alone.
    """
    order = sorted(range(len(lengths)), key=lambda n: -lengths[n])
    start = 0
    while start < len(order):
        size = max(1, min(batch, budget // max(1, lengths[order[start]])))
        yield order[start : start + size]
        start += size


def _current_session(folder: Path, precision: Precision, threads: int) -> Any:
    """A session on the folder's ONNX file, which is written first if it is missing, damaged or out of date."""
    path = folder / f"model.{precision}.onnx"

    def load() -> Any | None:  # with a stamp of its own each time: the checkpoint may have changed meanwhile
        return _fresh_session(path, stamp(folder, precision), threads)

    def write() -> None:
        from secondme.engine.convert import convert

        convert(folder, path, precision)

    return derived.current(path, load, write)


def _fresh_session(path: Path, wanted: dict[str, str], threads: int) -> Any | None:
    """None if the file is missing, damaged, or not marked with all that is `wanted`."""
    if not path.exists():
        return None
    try:
        session = _session(path, threads)
    except _runtime_errors():
        return None  # the file is ours and derived: writing it again is the repair
    marks = session.get_modelmeta().custom_metadata_map
    return session if wanted.items() <= marks.items() else None


def _session(path: Path, threads: int) -> Any:
    import onnxruntime  # 80 ms with numpy

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # plans per shape; with ever new shapes it doubles the memory for nothing
    # As fast on an idle machine, 1.5 times as fast beside two busy processes.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what goes wrong is raised as well; stderr belongs to the surface
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _runtime_errors() -> tuple[type[Exception], ...]:
    """onnxruntime's exceptions, which share no base but Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "NotImplemented")
    return (*(getattr(state, name) for name in names), state.RuntimeException, RuntimeError)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _tokenizer(path: Path) -> Any:
    # A fork after a parallel tokenization makes the library print a warning. One thread reads 2,000 passages in a
    # hundredth of the time that embedding them takes.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer  # 5 ms

    if not path.exists():
        raise ModelMissing(f"There is no {path.name} in {path.parent}.")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises Exception itself
        raise ModelDamaged(f"{path} is damaged: {_first_line(error)}.") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _default_threads() -> int:
    import psutil  # 10 ms

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, allowed, psutil.cpu_count(logical=False) or allowed))
