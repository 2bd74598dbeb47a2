"""Episodes: memory's passages cut into stretches that belong together, titled, summarised, and a tree of summaries.

    streams     a conversation, or one note, mail, event: in the order of time
    cutting     where the talk turns, falls silent, or another day begins
    naming      a title, in the owner's words
    summarising lines, each of which cites one passage
    tree        days, weeks, months and topics, whose lines are those of the episodes below them

All is made from passages and can be made again. A run does what is new since the last one: the streams with passages in
no episode, the latest first, and what rests on passages that have gone. Stopped or killed anywhere, the next run goes
on; run twice, nothing changes. No model is needed; one that titles is believed only where the passages say it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from secondme.memory.dating import without_date
from secondme.memory.episodes import naming, summarising, telling, tree
from secondme.memory.episodes.cutting import FULL, cut, moment
from secondme.memory.episodes.telling import Rarity
from secondme.store import episodes as store
from secondme.store.episodes import Made, Placed, Stream
from secondme.store.identity import folded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.records import Passage
    from secondme.store.ledger import Ledger
    from secondme.store.near import Near

    Vectors = NDArray[np.float32]

RULES = "1"  # raise it when the same passages would be cut or told otherwise: all is made anew then
MADE_BY = "episodes"  # in the ledger's meta: the RULES
MACHINE = 0.3  # what an assistant wrote counts, against what people say
AT_ONCE = 1_000  # passages, of as many streams as that takes, in one transaction

Tell = Callable[[str, int, int], None]  # what is being done, how much is done, and of how much
Titled = Callable[[Sequence[str]], str]  # the passages' texts: a title, "" for none


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: `passages` cut into `episodes`, `dropped` episodes that no longer hold, `summaries` written.
    `finished` is False where it was stopped; the next run goes on."""

    episodes: int = 0
    passages: int = 0
    dropped: int = 0
    summaries: int = 0
    finished: bool = True
    seconds: float = 0.0


def refresh(
    ledger: Ledger,
    near: Near,
    *,
    zone: tzinfo | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Tell = lambda doing, done, total: None,
    titled: Titled | None = None,
) -> Report:
    """Bring episodes and summaries up to date with the passages. The caller holds the write lock.

    `zone` is the owner's, whose days are counted; None is the system's. `stop` is asked between batches of a second at
    most. `titled` may propose titles. Raises IndexDamaged if there are no vectors to be had.
    """
    begun = time.monotonic()
    if ledger.meta(MADE_BY) != RULES:
        with ledger.transaction():
            store.clear(ledger)
            ledger.set_meta(MADE_BY, RULES)
    if dropped := store.broken(ledger):
        with ledger.transaction():
            tree.unsettle(ledger, store.drop(ledger, dropped), zone)
    todo = store.unplaced(ledger)
    total, done, made = sum(count for _, count in todo), 0, 0
    making = _Making(ledger, near, zone, titled)
    for batch in _batches(todo):
        progress("episodes", done, total)
        if stop():
            return Report(made, done, len(dropped), 0, False, time.monotonic() - begun)
        made += making.batch([stream for stream, _ in batch])
        done += sum(count for _, count in batch)
    progress("episodes", total, total)
    summaries, finished = tree.grow(ledger, zone, stop, progress)
    return Report(made, done, len(dropped), summaries, finished, time.monotonic() - begun)


def _batches(todo: Sequence[tuple[Stream, int]]) -> Iterator[list[tuple[Stream, int]]]:
    batch, held = list[tuple[Stream, int]](), 0
    for one in todo:
        batch.append(one)
        held += one[1]
        if held >= AT_ONCE:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


class _Making:
    """One run's making of episodes, with what it has looked up."""

    def __init__(self, ledger: Ledger, near: Near, zone: tzinfo | None, titled: Titled | None) -> None:
        self._ledger, self._near, self._zone, self._titled = ledger, near, zone, titled
        self._rarity = Rarity(ledger)

    def batch(self, wanted: Sequence[Stream]) -> int:
        """Cut these streams and write what comes of it. Returns the number of new episodes."""
        with self._ledger.transaction():
            streams = store.streams(self._ledger, wanted)
            cuts = [piece for stream in streams for piece in cut(stream, self._vectors)]
            pieces = {store.identity(one.id for one in piece): piece for piece in cuts}
            known = store.known(self._ledger, pieces)
            new = [piece for id_, piece in pieces.items() if id_ not in known]
            made = [one for some in _portions(new) for one in self._made(some)]
            passages = [one.id for stream in streams for one in stream]
            moments = store.put(self._ledger, passages, pieces, made)
            if made or moments:
                tree.unsettle(self._ledger, moments, self._zone)
        return len(made)

    def _vectors(self, some: Sequence[Placed]) -> Vectors:
        import numpy as np

        return self._near.vectors(np.array([one.n for one in some], np.int64))

    def _made(self, pieces: Sequence[Sequence[Placed]]) -> Iterator[Made]:
        """Episodes with their titles and lines."""
        every = [one for piece in pieces for one in piece]
        vectors, held = self._vectors(every), self._ledger.passages([one.id for one in every])
        at = 0
        for piece in pieces:
            passages = [held[one.id].passage for one in piece]
            yield self._episode(piece, passages, vectors[at : at + len(piece)])
            at += len(piece)

    def _episode(self, piece: Sequence[Placed], passages: Sequence[Passage], vectors: Vectors) -> Made:
        central = _central(piece, vectors)
        talking = frozenset(word for one in piece for word in folded(one.speaker).split())
        found = telling.tell([one.text for one in passages], central, self._rarity, talking)
        about = without_date(passages[0].context, _time(piece[0]), piece[0].speaker)
        lines = summarising.lines([(one.id, one.text, one.trust) for one in passages], central, found, piece[0].kind)
        moments = [when for when in map(moment, piece) if when is not None]
        title = self._title(passages) or naming.title(about, piece[0].kind, found)
        return Made(
            title=title or naming.shortened(lines[0].text if lines else passages[0].text),
            passages=tuple(one.id for one in piece),
            first=min(moments, default=None),
            last=max(moments, default=None),
            place=naming.place([one.text for one in passages]),
            thread=piece[0].stream.thread,
            lines=lines,
        )

    def _title(self, passages: Sequence[Passage]) -> str:
        """What is proposed, if the passages say it."""
        if self._titled is None:
            return ""
        texts = [one.text for one in passages]
        proposed = naming.shortened(self._titled(texts))
        return proposed if naming.verified(proposed, texts) else ""


def _portions(pieces: Sequence[list[Placed]]) -> Iterator[list[list[Placed]]]:
    """As many at a time as have some thousand passages: their texts are held together."""
    some, held = list[list[Placed]](), 0
    for piece in pieces:
        some.append(piece)
        held += len(piece)
        if held >= AT_ONCE:
            yield some
            some, held = [], 0
    yield some


def _time(one: Placed) -> datetime | None:
    return datetime.fromisoformat(one.time) if one.time else None


def _central(piece: Sequence[Placed], vectors: Vectors) -> list[float]:
    """How near each passage is to what all of them are about, 0..1; a short one counts less, and so does what an
    assistant wrote. Without vectors by length alone."""
    import numpy as np

    share = [(MACHINE if one.trust == "machine" else 1.0) * min(1.0, one.length / FULL) for one in piece]
    full = np.array(share, np.float32)
    middle = (vectors * full[:, None]).sum(axis=0)
    length = float(np.linalg.norm(middle))
    near = np.clip(vectors @ middle / length, 0, 1) if length else np.ones(len(piece), np.float32)
    return [float(one) for one in near * full]
