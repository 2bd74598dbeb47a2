"""Is what `secondme tune` learns from made questions true of the questions that people ask?

    python -m benchmarks.tuning --locomo FILE [--longmemeval DIR] [--keep DIR]

For each memory whose people's questions are known (LoCoMo's conversations, LongMemEval, the fictional lives), both are
asked: people's, as they are and with their evidence left out, and those that `tune` makes. Printed are the slope and
offset that the default's logits would need to be right on each (1 and 0: it is right), whether `tune` would keep its
correction, and what that does to people's questions. How much more easily made questions are told apart is taken from
the other memories for that; the last line is the mean of all: EASIER in secondme/recall/calibrating.py.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import fmean
from unittest import mock

from benchmarks.recall import life
from secondme.me import Me
from secondme.recall import calibrating, tuning
from secondme.recall.calibrating import EASIER, Case, beats, crossed, fitted, sigmoid, trust
from secondme.store.rows import EVERYTHING
from secondme.trials import asking, locomo, longmemeval
from secondme.trials.questions import Store

QUESTIONS = 400


@dataclass(frozen=True, slots=True)
class Memory:
    """People's questions and made ones, by the default's logits as they are."""

    name: str
    people: list[Case]
    made: list[Case]


def main() -> None:
    options = _options().parse_args()
    with asking.homes(options.keep) as folder:
        memories = [memory for memory in _memories(options, folder) if memory.made]
    print(f"{'':14}{'people':>18}{'made':>18}{'kept':>6}   people's, before -> after: calibration error, log loss")
    for memory in memories:
        print(_line(memory, _easier([other for other in memories if other is not memory] or memories)))
    print("EASIER = {:.2f}, {:.2f}".format(*_easier(memories)))


def _easier(memories: Sequence[Memory]) -> tuple[float, float]:
    """Slope and offset from the logits of made questions to those of people's, as a mean."""
    pairs = [(_free(memory.people), _free(memory.made)) for memory in memories]
    slopes = [made[0] / people[0] for people, made in pairs]
    offsets = [made[1] - slope * people[1] for slope, (people, made) in zip(slopes, pairs, strict=True)]
    return fmean(slopes), fmean(offsets)


def _line(memory: Memory, easier: tuple[float, float]) -> str:
    made = [replace(case, logit=easier[0] * case.logit + easier[1]) for case in memory.made]
    slope, offset = fitted(made)
    kept = beats(crossed(made), [sigmoid(case.logit) for case in made], made)
    before = trust([sigmoid(case.logit) for case in memory.people], memory.people)
    after = trust([sigmoid(slope * case.logit + offset) for case in memory.people], memory.people)
    people, ours = (" {:.2f} {:+.2f} ({})".format(*_free(cases), len(cases)) for cases in (memory.people, memory.made))
    change = f"{before.error:.3f} -> {after.error:.3f}, {before.loss:.3f} -> {after.loss:.3f}"
    fit = f"(slope {slope:.2f}, offset {offset:+.2f})"
    return f"{memory.name:14}{people:>18}{ours:>18}{'yes' if kept else 'no':>6}   {change} {fit}"


def _free(cases: Sequence[Case]) -> tuple[float, float]:
    """Slope and offset that nothing pulls at."""
    with mock.patch.multiple(calibrating, PULL_SLOPE=0.1, PULL_OFFSET=0.01):
        return fitted(cases)


# -- asking -----------------------------------------------------------------------------------------------------------


def _memories(options: argparse.Namespace, folder: Path) -> Iterator[Memory]:
    stores = locomo.stores(options.locomo) if options.locomo else []
    if options.longmemeval:
        evidence, distractors = options.longmemeval.glob("evidence-*.json"), options.longmemeval.glob("distr*.jsonl")
        stores.append(longmemeval.store(sorted(evidence), sorted(distractors)))
    for store in stores:
        with asking.opened(folder / store.name, options.embedder) as me:
            me.ingest(asking.write_chats(store, folder / store.name / "sources"))
            yield Memory(store.name, list(_people(me, store)), _made(me))
    for name in life.LIVES:
        with asking.opened(folder / name, options.embedder) as me:
            yield Memory(name, list(_of_life(me, name)), _made(me))


def _made(me: Me) -> list[Case]:
    """The questions that `tune` asks, with their logits as they are."""
    found: list[Case] = []

    def nothing_better(ours: Sequence[float], default: Sequence[float], cases: Sequence[Case]) -> bool:
        found.extend(replace(case, logit=(case.logit - EASIER[1]) / EASIER[0]) for case in cases)
        return False

    with mock.patch.object(tuning, "beats", nothing_better):
        tuning.tune(me.reader, me.search, tuning.Order(me.now, QUESTIONS))
    return found


def _people(me: Me, store: Store) -> Iterator[Case]:
    turns = {(name, at): turn.unit for name, chat in store.chats.items() for at, turn in enumerate(chat, 1)}
    places: dict[str, list[int]] = {}
    for n, uri, line in _places(me):
        places.setdefault(turns[Path(uri).name, line], []).append(n)
    last = max(asking_time for asking_time in _times(store)) + timedelta(days=1)
    for number, question in enumerate(store.questions):
        if question.gold or not question.answerable:
            out = tuple(n for unit in question.gold for n in places.get(unit, ()))
            yield from _both(me, question.text, question.now or last, question.answerable, out, number)


def _of_life(me: Me, name: str) -> Iterator[Case]:
    files, questions = life.LIVES[name]
    known = tomllib.loads(questions.read_text(encoding="utf-8"))
    me.ingest([files])
    now = known.get("now") if isinstance(known.get("now"), datetime) else me.now
    places = [(n, str(uri)) for n, uri, _ in _places(me)]
    for number, entry in enumerate(known["question"]):
        sources = {str((files / source).absolute()) for source in entry.get("sources", ())}
        out = tuple(n for n, uri in places if uri in sources)
        if bool(out) or not entry.get("answers"):
            yield from _both(me, entry["text"], now, bool(entry.get("answers")), out, number)


def _both(me: Me, text: str, now: datetime, answerable: bool, out: tuple[int, ...], number: int) -> Iterator[Case]:
    ask: Callable[..., float] = tuning.logit_of
    yield Case(ask(me.search, text, now), answerable, number)
    if answerable:
        yield Case(ask(me.search, text, now, replace(EVERYTHING, without=out)), False, number)


def _places(me: Me) -> Iterator[tuple[int, str, int]]:
    return me.reader.rows(
        "SELECT p.n, s.uri, c.line + p.line FROM passages p JOIN contents c ON c.item = p.item"
        " JOIN sources s ON s.n = c.source AND s.revision = c.revision"
    )


def _times(store: Store) -> Iterator[datetime]:
    for chat in store.chats.values():
        for turn in chat:
            yield datetime.fromisoformat(turn.record.get("time") or turn.record["timestamp"]).astimezone()


def _options() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.tuning", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--locomo", type=Path, metavar="FILE")
    arguments.add_argument("--longmemeval", type=Path, metavar="DIR")
    arguments.add_argument("--keep", type=Path, metavar="DIR", help="make the homes here, and use them again")
    arguments.add_argument("--embedder", default="", metavar="ID", help="another one than the settings name")
    return arguments


if __name__ == "__main__":
    main()
