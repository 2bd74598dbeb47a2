"""LongMemEval (Wu et al., ICLR 2025): questions to an assistant about what was said in earlier sessions.

Reads evidence files in the published layout (a list of questions with `haystack_sessions`, whose turns have a role and,
where they answer, `has_answer`) and distractors: one session a line (`date`, `turns`). All of it goes into one store,
as one person's chats with an assistant: what the user said is the owner's, what the assistant said is a machine's.

A conversation is called by its number in order of time, since the data's own names tell evidence from the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from secondme.errors import UsageError
from secondme.trials.questions import Question, Store, Turn, layout

CHATS = "assistant.jsonl"
PAUSE = timedelta(seconds=20)
ABSENT = "_abs"  # ends the id of a question that has no answer
_DATE = re.compile(r"(\d{4})/(\d\d)/(\d\d) \(\w+\) (\d\d):(\d\d)")
_ROLES = {"user": "user", "assistant": "assistant"}


@dataclass(frozen=True, slots=True)
class Session:
    begin: datetime
    turns: tuple[tuple[str, str], ...]  # role, text


def store(evidence: Sequence[Path], distractors: Sequence[Path], noise: Iterable[Store] = ()) -> Store:
    """One store of everything. `noise` are further chats, whose questions are not asked."""
    entries = [entry for path in evidence for entry in _entries(path)]
    answering = {session for entry in entries for session in _sessions(entry)}
    others = {session for path in distractors for session in _lines(path)}
    names = {session: f"chat-{n:04}" for n, session in enumerate(sorted(answering | others, key=_order), 1)}
    turns = [turn for session, name in names.items() for turn in _turns(name, session)]
    chats = {CHATS: turns} | {name: chat for other in noise for name, chat in other.chats.items()}
    return Store("longmemeval", chats, [_question(entry, names) for entry in entries])


def _entries(path: Path) -> list[dict[str, Any]]:
    """The questions of a file, each of which can be read."""
    with layout(path, "LongMemEval's evidence"):
        entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        for entry in entries:
            _question(entry, dict.fromkeys(_sessions(entry), ""))
    return entries


def _order(session: Session) -> tuple[datetime, tuple[tuple[str, str], ...]]:
    return session.begin, session.turns


def _sessions(entry: dict[str, Any]) -> Iterator[Session]:
    for date, turns in zip(entry["haystack_dates"], entry["haystack_sessions"], strict=True):
        yield _session(date, turns)


def _lines(path: Path) -> Iterator[Session]:
    with layout(path, "LongMemEval's distractors"), path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                record = json.loads(line)
                yield _session(record["date"], record["turns"])


def _session(date: str, turns: Iterable[dict[str, Any]]) -> Session:
    return Session(moment(date), tuple((_ROLES[turn["role"]], str(turn["content"])) for turn in turns))


def moment(text: str) -> datetime:
    """ "2023/05/20 (Sat) 02:21"."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        raise UsageError(f"{text!r} is not a date such as 2023/05/20 (Sat) 02:21.")
    year, month, day, hour, minute = map(int, found.groups())
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def _turns(name: str, session: Session) -> Iterator[Turn]:
    for at, (role, text) in enumerate(session.turns):
        time = (session.begin + at * PAUSE).isoformat()
        record = {"role": role, "timestamp": time, "content": text, "conversation_id": name}
        yield Turn(f"{name}/{at + 1}", name, record)


def _question(entry: dict[str, Any], names: dict[Session, str]) -> Question:
    gold = [
        (names[session], at + 1)
        for session, turns in zip(_sessions(entry), entry["haystack_sessions"], strict=True)
        for at, turn in enumerate(turns)
        if turn.get("has_answer")
    ]
    units, sessions = frozenset(f"{name}/{at}" for name, at in gold), frozenset(name for name, _ in gold)
    id_, now = str(entry["question_id"]), moment(entry["question_date"])
    answerable = not id_.endswith(ABSENT)
    return Question(id_, str(entry["question"]), str(entry["question_type"]), units, sessions, answerable, now)
