"""Ten users, each in four sessions with an assistant: is what they said known afterwards, and what holds of it now?

Reads profiles: a list of users with `sessions` (`turns`, and `expected_memories_after`, some of which `contradicts` an
earlier one) and `memory_tests` (`query`, `correct_answer`, `wrong_answer`, `required_memories`, `category`). Each user
is a home of their own; what the user says is the owner's, what the assistant says a machine's. The last session holds
the tests' questions and is never read. The data has no dates: sessions are two weeks apart, and the tests are asked on
the day on which the last one would be.

What counts as known, as current and as right is in judging.py.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.memory import judging
from secondme.knowledge import Fact
from secondme.me import Me
from secondme.records import Done, Hit
from secondme.store import facts
from secondme.trials import asking
from secondme.trials.questions import Store, Turn, layout

BEGIN, BETWEEN, PAUSE = datetime(2024, 1, 8, 18, tzinfo=UTC), timedelta(days=14), timedelta(seconds=20)
CHAT = "assistant.jsonl"
TOP = 3  # passages that may cover an expected memory
RANKED = 20  # passages among which the current value must come first
NEAR = 0.6  # cosine from which a fact says the same as an expected memory
CONTRADICTIONS = ("contradiction_update", "temporal_relevance")
NOISE = "noise_resistance"


@dataclass(frozen=True, slots=True)
class Memory:
    """An expected memory; `before` is the one that it contradicts, or ""."""

    text: str
    kind: str
    before: str


@dataclass(frozen=True, slots=True)
class Test:
    id: str
    question: str
    category: str
    wrong: str
    values: judging.Values


@dataclass(frozen=True, slots=True)
class User:
    """`store` holds the sessions that are read, `now` is when the tests are asked."""

    store: Store
    now: datetime
    memories: tuple[Memory, ...]
    tests: tuple[Test, ...]


# -- the data ---------------------------------------------------------------------------------------------------------


def users(path: Path) -> list[User]:
    """Raises UsageError for a file of another layout."""
    with layout(path, "profiles with sessions and memory tests"):
        return [_user(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def _user(entry: dict[str, Any]) -> User:
    name, last = str(entry["user_id"]), max(int(session["session_id"]) for session in entry["sessions"])
    read = [session for session in entry["sessions"] if int(session["session_id"]) != last]
    turns = [turn for session in read for turn in _turns(name, session)]
    expected = (memory for session in read for memory in session["expected_memories_after"])
    memories = tuple(Memory(one["fact"], one["type"], one.get("contradicts") or "") for one in expected)
    tests = tuple(_test(test) for test in entry["memory_tests"])
    return User(Store(name, {CHAT: turns}, []), _begin(last), memories, tests)


def _begin(session: int) -> datetime:
    return BEGIN + (session - 1) * BETWEEN


def _turns(name: str, session: dict[str, Any]) -> Iterator[Turn]:
    number = int(session["session_id"])
    for at, turn in enumerate(session["turns"]):
        when = (_begin(number) + at * PAUSE).isoformat()
        chat = f"chat-{number}"
        record = {"role": turn["role"], "timestamp": when, "content": turn["content"], "conversation_id": chat}
        yield Turn(f"{name}/{number}/{at + 1}", f"{name}/{number}", record)


def _test(test: dict[str, Any]) -> Test:
    right, wrong = str(test["correct_answer"]), str(test["wrong_answer"])
    values = judging.of_test(test["query"], right, wrong, test["required_memories"])
    return Test(str(test["test_id"]), str(test["query"]), str(test["category"]), wrong, values)


# -- measuring --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """How it is measured: `ways` are the settings of facts, `write` lets the model write answers, and with `learn` off
    nothing is learnt before the tests."""

    ways: tuple[bool, ...] = (False, True)
    write: bool = False
    learn: bool = True
    embedder: str = ""
    limit: int | None = None
    tell: Callable[[str], None] = lambda sentence: None


def measured(path: Path, folder: Path, way: Way) -> dict[str, Any]:
    """The whole result: tables, notes, and what became of each memory and each test."""
    found = list[dict[str, Any]]()
    for user in users(path)[: way.limit]:
        found.append(_of(user, folder / user.store.name, way))
        way.tell(f"{user.store.name}: {found[-1]['facts']} facts")
    return {"benchmark": f"updates, {path.name}", "tables": list(_tables(found, way)), "users": found, "notes": _NOTES}


_NOTES = [
    f"by fact: at least {judging.COVERED:.0%} of the memory's content words, and all of its numbers, in a stored"
    f" fact; by cosine: a fact at {NEAR} or nearer; by passage: those words in one of the first {TOP} passages for the"
    " memory's text",
    "above: of the passages and facts that have either value, the first has the current one",
    "right: the answer has the current value's words and not the old one's; noise: it does not tell what was an aside",
]


def _of(user: User, home: Path, way: Way) -> dict[str, Any]:
    with asking.opened(home, way.embedder) as me:
        me.ingest(asking.write_chats(user.store, home / "sources"))
        if way.learn:
            me.reflect()
        known = facts.all_facts(me.reader)
        vectors = me.embedder.embed([_said(fact) for fact in known]) if known else None
        return {
            "user": user.store.name,
            "facts": len(known),
            "memories": [_memory(me, one, user.now, known, vectors, way) for one in user.memories],
            "updates": [_update(me, one, user.now, way) for one in user.memories if one.before],
            "tests": [_tested(me, test, user.now, way) for test in user.tests],
        }


def _said(fact: Fact) -> str:
    """A fact's own words, without its quotes."""
    return f"{fact.slot} {fact.value}: {fact.statement}" if fact.value else fact.statement


def _memory(me: Me, one: Memory, now: datetime, known: Sequence[Fact], vectors: Any, way: Way) -> dict[str, Any]:
    by_fact = [fact.statement for fact in known if judging.covered(one.text, _said(fact))]
    found = {"text": one.text, "fact": bool(by_fact), "said": by_fact[:1], "cosine": 0.0}
    if vectors is not None:
        (asked,) = me.embedder.embed([one.text])
        found["cosine"] = round(float(np.max(vectors @ asked / _lengths(vectors) / _lengths(asked))), 3)
    for on in way.ways:
        hits = recalled(me, one.text, TOP, now, on)
        found[_named(on)] = any(judging.covered(one.text, hit.passage.text) for hit in hits)
    return found


def _lengths(vectors: Any) -> Any:
    return np.maximum(np.linalg.norm(vectors, axis=-1), 1e-9)


def _update(me: Me, one: Memory, now: datetime, way: Way) -> dict[str, Any]:
    values, question = judging.of_update(one.text, one.before), judging.asking(one.text, one.before, one.kind)
    return {"text": one.text, "before": one.before, "question": question, **_ranked(me, question, values, now, way)}


def _tested(me: Me, test: Test, now: datetime, way: Way) -> dict[str, Any]:
    found = {"id": test.id, "question": test.question, "category": test.category}
    if test.category in CONTRADICTIONS and test.values.differ:
        found |= _ranked(me, test.question, test.values, now, way)
    for on in way.ways:
        text = _answered(me, test.question, now, on, way.write)
        noise = test.category == NOISE
        silent = noise and not judging.tells(text, test.question, test.wrong)
        found[f"{_named(on)} answer"] = text
        found[f"{_named(on)} right"] = silent if noise else judging.right(text, test.values)
    return found


def _ranked(me: Me, question: str, values: judging.Values, now: datetime, way: Way) -> dict[str, Any]:
    found = {"new": sorted(values.new), "old": sorted(values.old)}
    for on in way.ways:
        texts = [hit.passage.text for hit in recalled(me, question, RANKED, now, on)]
        found[f"{_named(on)} above"] = judging.resolved(texts, values)
        found[f"{_named(on)} verdicts"] = [values.verdict(text) for text in texts]
    return found


def _named(on: bool) -> str:
    return "facts on" if on else "facts off"


def offered() -> tuple[bool, ...]:
    """The settings of facts that recall knows."""
    known = all("facts" in inspect.signature(verb).parameters for verb in (Me.recall, Me.ask))
    return (False, True) if known else (False,)


def recalled(me: Me, question: str, k: int, now: datetime | None, on: bool) -> tuple[Hit, ...]:
    return me.recall(question, k, now=now, **_facts(on)).hits


def _answered(me: Me, question: str, now: datetime, on: bool, write: bool) -> str:
    for event in me.ask(question, write=write, now=now, log=False, **_facts(on)):
        if isinstance(event, Done):
            return event.answer.text
    raise AssertionError("an answer ends with Done")


def _facts(on: bool) -> dict[str, Any]:
    return {"facts": on} if len(offered()) > 1 else {}


# -- the tables -------------------------------------------------------------------------------------------------------


def _tables(found: Sequence[dict[str, Any]], way: Way) -> Iterator[dict[str, Any]]:
    memories = [one for user in found for one in user["memories"]]
    updates, tests = ([one for user in found for one in user[key]] for key in ("updates", "tests"))
    against = [test for test in tests if "old" in test]
    yield _table("expected memories", [_expected(memories, on) for on in way.ways])
    sets = {"tests": against, "pairs": updates, "both": [*against, *updates]}
    shares = [_above(sets, on) for on in way.ways]
    yield _table(f"contradictions ({len(against)} tests, {len(updates)} pairs of memories)", shares)
    yield _table("tests answered right", [_right(tests, on) for on in way.ways])


def _above(sets: dict[str, list[dict[str, Any]]], on: bool) -> dict[str, Any]:
    shares = {f"{name}: above": _mean(those, f"{_named(on)} above") for name, those in sets.items()}
    return {"name": _named(on), **shares}


def _table(title: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "columns": [name for name in rows[0] if name != "name"] if rows else [], "rows": rows}


def _expected(memories: Sequence[dict[str, Any]], on: bool) -> dict[str, Any]:
    top = _named(on)
    return {
        "name": top,
        "memories": len(memories),
        "by fact": _share(one["fact"] for one in memories),
        "by cosine": _share(one["cosine"] >= NEAR for one in memories),
        f"by passage@{TOP}": _mean(memories, top),
        "by fact or passage": _share(one["fact"] or one[top] for one in memories),
        "by any": _share(one["fact"] or one[top] or one["cosine"] >= NEAR for one in memories),
    }


def _right(tests: Sequence[dict[str, Any]], on: bool) -> dict[str, Any]:
    key, categories = f"{_named(on)} right", sorted({test["category"] for test in tests} - {NOISE})
    rest = [test for test in tests if test["category"] != NOISE]
    each = {name: _mean([test for test in tests if test["category"] == name], key) for name in (*categories, NOISE)}
    return {"name": _named(on), "tests": len(rest), "all but noise": _mean(rest, key), **each}


def _mean(found: Sequence[dict[str, Any]], key: str) -> float | None:
    return _share(bool(one[key]) for one in found)


def _share(found: Any) -> float | None:
    values = [float(one) for one in found]
    return round(fmean(values), 4) if values else None
