"""LoCoMo (Maharana et al., ACL 2024): long conversations between two people, with questions and their evidence turns.

Reads the published layout: a list of samples, each with `conversation` (`session_N` and `session_N_date_time`) and
`qa` (`evidence`: turns' `dia_id`s). Each conversation is written as one chat, in which a session is a stretch of time:
its messages follow each other after a few seconds. A shared picture's caption stands in its message's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from secondme.trials.questions import Question, Store, Turn, layout

KINDS = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "unanswerable"}
UNANSWERABLE = 5
PAUSE = timedelta(seconds=5)  # between two messages: a session of a hundred ends within ten minutes
_SESSION = re.compile(r"session_(\d+)")
_TURN = re.compile(r"D\d+:\d+")


def stores(path: Path, *, together: bool = False) -> list[Store]:
    """A store for each conversation, or one for all of them. A turn's unit is `conv-26/D1:3`."""
    with layout(path, "LoCoMo"):
        found = [_store(sample) for sample in json.loads(path.read_text(encoding="utf-8"))]
    if not together:
        return found
    chats = {name: turns for store in found for name, turns in store.chats.items()}
    return [Store("together", chats, [question for store in found for question in store.questions])]


def _store(sample: dict[str, Any]) -> Store:
    name = str(sample["sample_id"])
    turns = list(_turns(name, sample["conversation"]))
    session_of = {turn.unit: turn.session for turn in turns}
    questions = [_question(name, number, entry, session_of) for number, entry in enumerate(sample["qa"], 1)]
    return Store(name, {f"{name}.jsonl": turns}, questions)


def _turns(name: str, conversation: dict[str, Any]) -> Iterator[Turn]:
    numbers = sorted(int(found[1]) for key in conversation if (found := _SESSION.fullmatch(key)))
    for number in numbers:
        begin = moment(conversation[f"session_{number}_date_time"])
        for at, said in enumerate(conversation[f"session_{number}"]):
            text = str(said["text"])
            if caption := said.get("blip_caption"):
                text = f"{text} [shares a photo: {caption}]".strip()
            record = {"speaker": str(said["speaker"]), "time": (begin + at * PAUSE).isoformat(), "text": text}
            yield Turn(f"{name}/{said['dia_id']}", f"{name}/{number}", record)


def moment(text: str) -> datetime:
    """ "1:56 pm on 8 May, 2023"."""
    return datetime.strptime(text, "%I:%M %p on %d %B, %Y")


def _question(name: str, number: int, entry: dict[str, Any], session_of: dict[str, str]) -> Question:
    """One string of evidence may name several turns. What is no turn of the conversation is left out."""
    named = (f"{name}/{id_}" for text in entry.get("evidence", ()) for id_ in _TURN.findall(text))
    category = int(entry["category"])
    gold = frozenset(unit for unit in named if unit in session_of)
    sessions = frozenset(session_of[unit] for unit in gold)
    return Question(
        f"{name}/q{number}", str(entry["question"]), KINDS[category], gold, sessions, category != UNANSWERABLE
    )
