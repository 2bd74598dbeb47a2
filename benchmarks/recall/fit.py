"""Fits the few numbers that ranking rests on, from development data: chats of people, chats with an assistant, lives.

    python -m benchmarks.recall fit --locomo FILE --longmemeval DIR

Asks the product for its candidates and their features (`Search.weighed`), then fits the weights of recall/fusion.py (a
listwise softmax over units, each judged by its best passage, with an L2 penalty) and the two logistic models of
recall/answerable.py. Printed are the numbers to put into those modules, and what
weights fitted without a conversation, or without a third of the other questions, do on what they have not seen.
Questions that cannot be answered are those that the data marks, and every answerable one whose evidence is taken out of
its candidates. Needs numpy only; some minutes, most of them for asking.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.recall import life
from secondme.me import Me
from secondme.measures import auroc
from secondme.recall.answerable import ABOUT_ANYTHING, ABOUT_PEOPLE, sides, signals
from secondme.recall.calibrating import PRIOR
from secondme.recall.features import NAMES, matrix
from secondme.recall.fusion import WEIGHTS, scores
from secondme.recall.search import Weighed
from secondme.trials import asking, locomo, longmemeval
from secondme.trials.questions import Store

KS = (1, 5, 10, 20)
STEPS, RATE, PENALTY = 200, 0.08, 0.003
SHARES = {"people": 2.0, "assistant": 1.3, "life": 1.0}  # about as hard as they are
# no gain on the development data, or too few questions to tell; those in use stay as they are
UNFITTED = ("cos_asked", "order", "assistant", "part")

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Case:
    """A question as search sees it: features (candidates x NAMES), the unit of each candidate, and the right ones.

    `held` is the group that is left out together, `signals` what answerability is told by, `of` who they are about.
    """

    group: str
    held: str
    kind: str
    features: Array
    units: NDArray[np.int64]
    right: NDArray[np.bool_]  # of each unit
    gold: int  # right units there are, among the candidates or not
    answerable: bool
    signals: Mapping[str, float]
    of: str


def collected(options: argparse.Namespace) -> list[Case]:
    cases: list[Case] = []
    with asking.homes(options.keep) as folder:
        for store in locomo.stores(options.locomo):
            cases += _of_store("people", store.name, store, folder)
        evidence = sorted(options.longmemeval.glob("evidence-*.json"))
        distractors = sorted(options.longmemeval.glob("distractors-*.jsonl"))
        cases += _of_store("assistant", "", longmemeval.store(evidence, distractors), folder)
        for name in life.LIVES:
            cases += _of_life(name, folder)
    return cases


def _of_store(group: str, held: str, store: Store, folder: Path) -> Iterator[Case]:
    home = folder / store.name
    with asking.opened(home) as me:
        me.ingest(asking.write_chats(store, home / "sources"))
        turns = {(name, at): turn.unit for name, chat in store.chats.items() for at, turn in enumerate(chat, 1)}
        unit = {n: turns[Path(uri).name, line] for n, uri, line in _places(me)}
        last = max(_moment(turn.record) for chat in store.chats.values() for turn in chat) + timedelta(days=1)
        for n, question in enumerate(store.questions):
            if question.answerable and not question.gold:
                continue
            found = me.search.weighed(question.text, question.now or last)
            fold = held or f"{store.name} {n % 3}"
            yield from _cases(me, (group, fold, question.kind), found, unit, question.gold, question.answerable)


def _of_life(name: str, folder: Path) -> Iterator[Case]:
    files, questions = life.LIVES[name]
    known = tomllib.loads(questions.read_text(encoding="utf-8"))
    with asking.opened(folder / name) as me:
        me.ingest([files])
        now = known.get("now") if isinstance(known.get("now"), datetime) else me.now
        place = {n: str(uri) for n, uri, _ in _places(me)}
        for entry in known["question"]:
            found = me.search.weighed(entry["text"], now)
            if found is None:
                continue
            sources = {str((files / source).absolute()) for source in entry.get("sources", ())}
            answers = [" ".join(answer.casefold().split()) for answer in entry.get("answers", ())]
            texts = {n: " ".join(one.text.casefold().split()) for n, one in found.pool.around.items()}
            unit = {n: str(n) for n in found.pool.numbers}
            gold = {str(n) for n in unit if place[n] in sources and any(answer in texts[n] for answer in answers)}
            if answers and not gold:
                continue
            yield from _cases(me, ("life", name, name), found, unit, frozenset(gold), bool(answers))


def _cases(
    me: Me,
    names: tuple[str, str, str],
    found: Weighed | None,
    unit: Mapping[int, str],
    gold: frozenset[str],
    answerable: bool,
) -> Iterator[Case]:
    """The question as it is, and, if it can be answered, as it is without what answers it."""
    if found is None:
        return
    yield _case(me, names, found, unit, gold, answerable)
    kept = [i for i, n in enumerate(found.pool.numbers) if unit[n] not in gold]
    if answerable and kept:
        yield _case(me, (*names[:2], "held out"), _without(found, kept), unit, frozenset(), False)


def _without(found: Weighed, kept: Sequence[int]) -> Weighed:
    columns = {name: column[kept] for name, column in found.columns.items()}
    pool = replace(found.pool, numbers=[found.pool.numbers[i] for i in kept])
    features = matrix(columns)
    return Weighed(found.query, pool, columns, features, scores(features))


def _case(
    me: Me,
    names: tuple[str, str, str],
    found: Weighed,
    unit: Mapping[int, str],
    gold: frozenset[str],
    answerable: bool,
) -> Case:
    units = [unit[n] for n in found.pool.numbers]
    known = {name: at for at, name in enumerate(dict.fromkeys(units))}
    own, others = sides(found)
    of, wanted = ("named", ABOUT_PEOPLE) if own.any() and others.any() else ("plain", ABOUT_ANYTHING)
    there = signals(found, me.search.lexicon)
    return Case(
        *names,
        found.features,
        np.array([known[name] for name in units]),
        np.array([name in gold for name in known]),
        len(gold),
        answerable,
        {name: there[name] for name in wanted},
        of,
    )


def _places(me: Me) -> Iterator[tuple[int, str, int]]:
    return me.reader.rows(
        "SELECT p.n, s.uri, c.line + p.line FROM passages p JOIN contents c ON c.item = p.item"
        " JOIN sources s ON s.n = c.source AND s.revision = c.revision"
    )


def _moment(record: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(record.get("time") or record["timestamp"]).replace(tzinfo=UTC)


# -- ranking ----------------------------------------------------------------------------------------------------------


def ranked(cases: Sequence[Case]) -> Array:
    """Weights of NAMES: the listwise loss of ListNet (Cao et al., ICML 2007) with several right units, by Adam."""
    use = np.array([name not in UNFITTED for name in NAMES], np.float64)
    features = np.concatenate([case.features for case in cases]).astype(np.float64)
    counts = [len(case.right) for case in cases]
    begins = np.cumsum(counts) - counts
    units = np.concatenate([case.units + begin for case, begin in zip(cases, begins, strict=True)])
    question = np.repeat(np.arange(len(cases)), counts)
    share = _shares(cases)[question]
    wanted = np.concatenate([case.right / max(1, case.right.sum()) for case in cases]) * share
    weights, mean, square = (np.zeros(len(NAMES)) for _ in range(3))
    for step in range(1, STEPS + 1):
        score = features @ weights
        order = np.lexsort((-score, units))
        best = order[np.concatenate([[True], np.diff(units[order]) != 0])]  # each unit is as good as its best passage
        chance = np.exp(score[best] - np.maximum.reduceat(score[best], begins)[question])
        chance *= share / np.bincount(question, chance, len(cases))[question]
        slope = features[best].T @ (chance - wanted) + PENALTY * weights
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        weights -= use * rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    weights += (1 - use) * np.array([WEIGHTS.get(name, 0.0) for name in NAMES])
    return weights.astype(np.float32)


def _shares(cases: Sequence[Case]) -> NDArray[np.float64]:
    """What each question counts: the groups as SHARES says, however many questions they have."""
    there = {group: sum(case.group == group for case in cases) for group in SHARES}
    total = sum(SHARES[group] for group in SHARES if there[group])
    return np.array([SHARES[case.group] / total / there[case.group] for case in cases])


def _best(case: Case, score: Array) -> NDArray[np.int64]:
    """Of each unit its best candidate."""
    order = np.argsort(-score, kind="stable")
    _, first = np.unique(case.units[order], return_index=True)
    return order[first]  # type: ignore[no-any-return]


def recalls(cases: Sequence[Case], weights: Array) -> dict[str, list[float]]:
    """Mean recall at KS of each group and kind, in percent."""
    found: dict[str, list[list[float]]] = {}
    for case in cases:
        score = case.features @ weights
        order = np.argsort(-score[_best(case, score)], kind="stable")
        got = [float(case.right[order[:k]].sum()) / case.gold for k in KS]
        for name in (case.group, f"{case.group}, {case.kind}"):
            found.setdefault(name, []).append(got)
    return {name: (100 * np.mean(rows, axis=0)).round(1).tolist() for name, rows in found.items()}


# -- answerability ----------------------------------------------------------------------------------------------------


def logistic(cases: Sequence[Case], penalty: float = 3.0) -> tuple[float, dict[str, float]]:
    """Bias and weights in the signals' own units, by Newton's method, for memories that hold PRIOR of the answers."""
    names = list(cases[0].signals)
    raw = np.array([[case.signals[name] for name in names] for case in cases])
    right = np.array([case.answerable for case in cases], float)
    middle, spread = raw.mean(axis=0), raw.std(axis=0) + 1e-9
    inputs = np.hstack([np.ones((len(raw), 1)), (raw - middle) / spread])
    ridge = penalty * np.diag([0.0, *[1.0] * len(names)])
    weights = np.zeros(inputs.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (chance - right) + ridge @ weights
        curve = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + ridge
        weights -= np.linalg.solve(curve, slope)
    own = weights[1:] / spread
    shift = np.log(PRIOR / (1 - PRIOR)) - np.log(right.mean() / (1 - right.mean()))
    return float(weights[0] - own @ middle + shift), dict(zip(names, own.tolist(), strict=True))


def judged(cases: Sequence[Case], model: tuple[float, Mapping[str, float]]) -> Array:
    bias, weights = model
    logits = [bias + sum(weight * case.signals[name] for name, weight in weights.items()) for case in cases]
    return 1 / (1 + np.exp(-np.array(logits)))  # type: ignore[no-any-return]


# -- the command ------------------------------------------------------------------------------------------------------


def main(options: argparse.Namespace) -> None:
    cases = collected(options)
    rankable = [case for case in cases if case.answerable]
    print("held out            " + "  ".join(f"recall@{k}" for k in KS))
    for name, row in _unseen(rankable).items():
        print(f"{name:28} " + "  ".join(f"{value:6.1f}" for value in row))
    weights = ranked(rankable)
    print("WEIGHTS =", {name: round(float(w), 3) for name, w in zip(NAMES, weights, strict=True) if round(float(w), 3)})
    if any(abs(WEIGHTS.get(name, 0.0) - float(w)) > 0.01 for name, w in zip(NAMES, weights, strict=True)):
        print("These differ from those in use. Put them in and fit again: answerability rests on them.")
    for of in ("named", "plain"):
        mine = [case for case in cases if case.of == of and _counts(case, of)]
        seen = [(case.answerable, chance, case.kind) for case, chance in _held_out(mine, logistic, judged)]
        print(f"\n{of}: {len(mine)} questions, held out: {_told(seen)}")
        bias, own = logistic(mine)
        print(f"{of.upper()} = Model({bias:.3f}, { {name: round(value, 3) for name, value in own.items()} })")


def _counts(case: Case, of: str) -> bool:
    """Where the data has questions that were made to mislead, taking the evidence away teaches nothing more."""
    return case.kind != "held out" or of == "plain"


def _unseen(cases: Sequence[Case]) -> dict[str, list[float]]:
    rows: dict[str, list[tuple[int, list[float]]]] = {}
    for held in sorted({case.held for case in cases}):
        weights = ranked([case for case in cases if case.held != held])
        out = [case for case in cases if case.held == held]
        for name, row in recalls(out, weights).items():
            number = sum(name in (case.group, f"{case.group}, {case.kind}") for case in out)
            rows.setdefault(name, []).append((number, row))
    return {
        name: (sum(n * np.array(row) for n, row in parts) / sum(n for n, _ in parts)).tolist()
        for name, parts in rows.items()
    }


def _held_out(cases: Sequence[Case], fit: Callable[..., Any], judge: Callable[..., Array]) -> list[tuple[Case, float]]:
    found = []
    for held in sorted({case.held for case in cases}):
        model = fit([case for case in cases if case.held != held])
        out = [case for case in cases if case.held == held]
        found += list(zip(out, judge(out, model).tolist(), strict=True))
    return found


def _told(seen: Sequence[tuple[bool, float, str]]) -> str:
    yes, no = [c for a, c, _ in seen if a], [c for a, c, _ in seen if not a]
    bound = float(np.quantile(yes, 0.05))
    caught = np.mean([c < bound for c in no])
    chances, truth = np.array([c for _, c, _ in seen]), np.array([a for a, _, _ in seen])
    bins = np.minimum((chances * 10).astype(int), 9)
    error = sum(abs(chances[bins == b].mean() - truth[bins == b].mean()) * (bins == b).mean() for b in set(bins))
    return f"AUROC {auroc(yes, no):.3f}, caught at 5 % false refusals {caught:.1%}, ECE {error:.3f}"
