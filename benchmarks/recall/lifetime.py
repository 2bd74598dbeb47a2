"""A memory of a given number of passages, made as an ingest makes it, with everything real but the vectors.

A lifetime's words: chats between 320 people over twenty years (most passages) and notes, in a language whose words are
as frequent as Zipf's law has it and whose vocabulary grows with the text (Heaps' law), as the words index's cost hangs
on how common common words are. The product's own ingest reads, cuts, stages, indexes and publishes them. Embedding a
million passages would take hours and show nothing about searching them, so their vectors are mixed from a few thousand
real ones and noise; what embedding costs is measured on a sample and reported apart.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import making
from secondme.me import Me
from secondme.store.index import Index
from secondme.trials import asking

if TYPE_CHECKING:
    from secondme.engine import Embedder, Vectors
    from secondme.store.reading import LedgerReader

BEGIN = datetime(2006, 1, 2, 7, 30, tzinfo=UTC)
YEARS = 20
_FIRST = """
Aisha Boris Carla Diego Emma Felix Gina Hamid Ivan Julia Kofi Lena Marco Nina Omar Paula Rafael Sara Theo Vera
"""
_LAST = """
Adler Berg Costa Duval Engel Faro Grant Holm
"""
PEOPLE = [f"{a} {b}" for b, a in itertools.product(_LAST.split(), [*making.FIRST.split(), *_FIRST.split()])]  # 320
CHATS = 40
NOTED = 0.15  # share of the passages that are notes'
NOTE_PASSAGES = 11
NOTE_WORDS = 500
NAMING = 1 / 10  # messages that name somebody
SAMPLE = 2_000  # texts that are really embedded
NOISE = 0.6  # length of the noise beside a vector's 1


def vocabulary(passages: int) -> int:
    """Heaps' law with usual constants, at 15 words a passage."""
    return max(making.VOCABULARY, round(40 * math.sqrt(15 * passages)))


# -- sources --------------------------------------------------------------------------------------------------------


def write(folder: Path, passages: int) -> list[Path]:
    """Chats and notes of about that many passages. The same number writes the same bytes."""
    prose = making.Prose(passages, vocabulary(passages))
    noted = round(passages * NOTED / NOTE_PASSAGES)
    return [*_chats(folder / "chats", passages - noted * NOTE_PASSAGES, prose), _notes(folder / "notes", noted, prose)]


def _chats(folder: Path, messages: int, prose: making.Prose) -> Iterator[Path]:
    """JSON lines; the first chats are the longest, each between 2 and 12 people."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = prose.random
    shares = [1 / (n + 2) for n in range(CHATS)]
    for number, share in enumerate(shares):
        count = round(messages * share / sum(shares))
        members = draw.sample(PEOPLE, draw.randrange(2, 13))
        often = list(itertools.accumulate(1 / (n + 1) for n in range(len(members))))
        name = prose.sentence(2).rstrip(".")
        path = folder / f"{number:02} {name}.jsonl"
        with path.open("w", encoding="utf-8") as out:
            for at in range(count):
                record = {
                    "sender": draw.choices(members, cum_weights=often)[0],
                    "timestamp": _time(at, count, draw.random()).isoformat(timespec="seconds"),
                    "text": _said(prose),
                    "chat": name,
                }
                out.write(json.dumps(record) + "\n")
        yield path


def _said(prose: making.Prose) -> str:
    text = prose.spoken()
    if prose.random.random() < NAMING:
        text = f"{prose.random.choice(PEOPLE).partition(' ')[0]} {text[0].lower()}{text[1:]}"
    return text


def _time(at: int, of: int, more: float) -> datetime:
    return BEGIN + timedelta(days=365.25 * YEARS * (at + more) / max(1, of))


def _notes(folder: Path, count: int, prose: making.Prose) -> Path:
    draw = prose.random
    for number in range(count):
        day = _time(number, count, draw.random())
        place = folder / f"{day:%Y}" / f"{day:%m}"
        place.mkdir(parents=True, exist_ok=True)
        title = prose.sentence(3).rstrip(".")
        text = f"---\ndate: {day:%Y-%m-%d}\n---\n\n# {title}\n\n{prose.paragraph(NOTE_WORDS)}\n"
        (place / f"{day:%Y-%m-%d} {number:06}.md").write_text(text, encoding="utf-8")
    folder.mkdir(exist_ok=True)
    return folder


# -- the store ------------------------------------------------------------------------------------------------------


class Mixed:
    """The real embedder for questions, and for passages mixtures of real vectors and noise under its name."""

    def __init__(self, real: Embedder, texts: Sequence[str]) -> None:
        import numpy as np

        began = time.perf_counter()
        self._real, self._real_ones = (
            real,
            np.concatenate([real.embed(texts[at : at + 64]) for at in range(0, len(texts), 64)]),
        )
        self.seconds_each = (time.perf_counter() - began) / len(texts)
        self._draw = np.random.default_rng(1)
        self.name, self.dimension, self.max_tokens = real.name, real.dimension, real.max_tokens
        self.counts, self.close = real.counts, real.close
        self.tokens, self.lexicon = real.tokens, real.lexicon

    def embed(self, texts: Sequence[str], *, asking: bool = False) -> Vectors:
        if asking:
            return self._real.embed(texts, asking=True)
        import numpy as np

        noise = self._draw.standard_normal((len(texts), self.dimension), dtype=np.float32)
        noise *= NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
        mixed = self._real_ones[self._draw.integers(len(self._real_ones), size=len(texts))] + noise
        found: Vectors = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
        return found


class WithoutChroma(Me):
    """A memory whose vectors go into the flat rows alone, which is all that a search reads."""

    def _index_of(self, reader: LedgerReader) -> Index:
        return _NoIndex(super()._index_of(reader).path)


class _NoIndex(Index):
    @contextlib.contextmanager
    def open(self) -> Iterator[Any]:
        yield _Nothing()


class _Nothing:
    def upsert(self, *_: object) -> None:
        pass

    delete = upsert


def made(home: Path, passages: int, *, chroma: bool = True, embedder: str = "") -> dict[str, Any]:
    """Build the store in `home`, if it is not there yet. Returns what it took, which `made.json` in it keeps."""
    note = home / "made.json"
    if note.exists():
        found: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        return found
    sources = write(home / "sources", passages)
    with asking.opened(home, embedder) as plain:
        mixed = Mixed(plain.embedder, _sample(sources))
        with (Me if chroma else WithoutChroma)(plain.home, plain.config, embedder=mixed) as me:
            began = time.perf_counter()
            report = me.ingest(sources)
            seconds = time.perf_counter() - began
            counts = me.reader.counts()
    found = {
        "passages": counts.passages,
        "items": counts.items,
        "left out": len(report.skipped),
        "seconds": round(seconds, 1),
        "seconds a vector": round(mixed.seconds_each, 6),
        "chroma": chroma,
    }
    note.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found


def _sample(sources: Sequence[Path]) -> list[str]:
    """Messages of all chats by turns, as many as are embedded for real."""
    each = -(-SAMPLE // CHATS)
    texts = []
    for path in sources[:-1]:
        with path.open(encoding="utf-8") as lines:
            texts += [json.loads(line)["text"] for line in itertools.islice(lines, each)]
    return texts[:SAMPLE]
