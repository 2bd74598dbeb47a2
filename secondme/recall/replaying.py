"""An old answer's question asked again, and what is different: sentences, what they rest on, what was considered.

Compares two answers as they stand in the log; asking is `Me`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from secondme.store.answers import Asked, Considered, Given


@dataclass(frozen=True, slots=True)
class Difference:
    """What the answer before has and the one after has not (`gone`), and the other way round (`new`): sentences in
    their order, and considered passages."""

    gone: tuple[str, ...]
    new: tuple[str, ...]
    passages_gone: tuple[Considered, ...]
    passages_new: tuple[Considered, ...]

    @property
    def same(self) -> bool:
        """Whether the same is said. Other passages may have been looked at."""
        return not self.gone and not self.new


def again(asked: Asked, now: datetime | None) -> Asked:
    """The same question at `now`, or, with None, as it was put: of what was in memory at that moment, and no later.

    What has been edited since shows its later words or none; what has been forgotten is gone from any day.
    """
    if now is not None:
        return replace(asked, now=now, at=now.timestamp(), as_of=None)
    then = datetime.fromtimestamp(int(asked.at), UTC).astimezone(asked.now.tzinfo)
    return replace(asked, as_of=asked.as_of or then, filters=replace(asked.filters, taken_by=int(asked.at)))


def difference(before: Given, after: Given) -> Difference:
    one, other = _said(before), _said(after)
    return Difference(
        tuple(line for line in one if line not in other),
        tuple(line for line in other if line not in one),
        _missing(before.hits, after.hits),
        _missing(after.hits, before.hits),
    )


def _said(one: Given) -> list[str]:
    """The lines that were shown. A citation's number is not what is said."""
    lines = [sentence.text for sentence in one.sentences if not sentence.struck]
    return [line.rpartition(" [")[0] or line for line in lines or [one.answer.text]]


def _missing(hits: Iterable[Considered], among: Iterable[Considered]) -> tuple[Considered, ...]:
    known = {hit.passage for hit in among}
    return tuple(hit for hit in hits if hit.passage not in known)
