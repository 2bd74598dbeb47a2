"""Episodes, summaries and links brought up to date in slices, so that others may write in between.

Knows what comes after what, and when to stop; how it is done is in memory/episodes/ and memory/links.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TYPE_CHECKING

from secondme.memory import episodes, links

if TYPE_CHECKING:
    from secondme.store.ledger import Ledger
    from secondme.store.near import Near

SLICE = 2.0  # seconds that the write lock is held at a time, and a batch


@dataclass(frozen=True, slots=True)
class Order:
    """What to use: the passages' vectors, the owner's zone, the seconds that it may take (None: all that it takes), and
    who is told of what is being done, how much of it is done, and of how much."""

    near: Near
    zone: tzinfo | None = None
    budget: float | None = None
    progress: Callable[[str, int, int], None] = lambda doing, done, total: None


@dataclass(frozen=True, slots=True)
class Retold:
    """What was done, and whether that was all: False where the budget ran out."""

    episodes: int = 0
    summaries: int = 0
    links: int = 0
    annotations: int = 0
    finished: bool = True
    seconds: float = 0.0


def retell(order: Order, writing: Callable[[], AbstractContextManager[Ledger]]) -> Retold:
    """`writing` opens the ledger with the write lock held. Raises IndexDamaged, Busy, DiskFull."""
    began = time.monotonic()
    done, end = Retold(), began + (order.budget if order.budget is not None else float("inf"))
    while time.monotonic() < end:
        until = min(end, time.monotonic() + SLICE)
        with writing() as ledger:
            done = _slice(ledger, order, done, lambda: time.monotonic() >= until)  # noqa: B023 - called within
        if done.finished:
            break
    return replace(done, seconds=time.monotonic() - began)


def _slice(ledger: Ledger, order: Order, done: Retold, stop: Callable[[], bool]) -> Retold:
    told = episodes.refresh(ledger, order.near, zone=order.zone, stop=stop, progress=order.progress)
    done = replace(
        done,
        episodes=done.episodes + told.episodes,
        summaries=done.summaries + told.summaries,
        finished=told.finished,
    )
    if not told.finished:
        return done
    linked = links.link(ledger, order.near, stop=stop, progress=order.progress)
    return replace(
        done,
        links=done.links + linked.links,
        annotations=done.annotations + linked.annotations,
        finished=linked.finished,
    )
