"""The working memory of a chat: a rolling brief, what is still to be done, and the last turns word for word, within a
budget of tokens, so that the first promise of a long talk is still there at its end.

MemGPT's two tiers (Packer et al. 2023), with the goals of HiAgent (Hu et al. 2024) and the rolling summary of Wang et
al. (2023): a turn that makes room leaves its telling sentences in the brief; one that makes room there is paged out
and comes back when the talk comes back to it. All of it are pure functions over frozen records: `heard` gives the next
state, `context` what a model is to read now, `packed` and `unpacked` the state as JSON. A chat's turns become memory as
items (`as_items`), the owner's words as the owner's and the assistant's as a machine's, from which nothing is learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from secondme.memory.noting import Note, Role, Turn, about, notes
from secondme.memory.profile.card import tokens_of
from secondme.records import Item, Segment

Count = Callable[[str], int]
SAME = 0.8  # of two notes' words (Jaccard): one of them is enough
SETTLES = 0.5  # share of a promise's words in a sentence that says that it is done
RECALLED = 0.3  # share of a paged-out note's words in what is said now
MOST_PAGED = 2_000  # notes; what goes beyond is in memory all the same, as the chat itself
SPEAKING = {"owner": "You", "assistant": "I"}


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens of the whole context, and the shares of its parts; what one leaves free the last turns may use."""

    tokens: int = 1_000
    brief: float = 0.3
    goals: float = 0.15
    recalled: float = 0.15
    count: Count = tokens_of

    def part(self, share: float) -> int:
        return int(self.tokens * share)


@dataclass(frozen=True, slots=True)
class Working:
    """The state of a chat. `turns` are the last ones; `brief` the notes of those before, `goals` the open wishes and
    promises, `paged` the notes that found no room. `heard` counts all turns."""

    turns: tuple[Turn, ...] = ()
    brief: tuple[Note, ...] = ()
    goals: tuple[Note, ...] = ()
    paged: tuple[Note, ...] = ()
    heard: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """What a model reads: notes of earlier turns, what is open, what was paged in, and the last turns."""

    brief: tuple[Note, ...]
    goals: tuple[Note, ...]
    recalled: tuple[Note, ...]
    turns: tuple[Turn, ...]

    @property
    def text(self) -> str:
        """All of it as the model gets it."""
        parts = [("Earlier:", self.brief), ("Open:", self.goals), ("Recalled:", self.recalled)]
        heads = [f"{head}\n" + "\n".join(map(_line, some)) for head, some in parts if some]
        return "\n\n".join([*heads, *(f"{SPEAKING[turn.role]}: {turn.text}" for turn in self.turns)])


# -- hearing ----------------------------------------------------------------------------------------------------------


def heard(working: Working, role: Role, text: str, at: datetime | None = None, budget: Budget = Budget()) -> Working:
    """The state after another turn. What does not fit into `budget` goes from the turns to the brief, and from there
    to the pages."""
    turn = Turn(working.heard + 1, role, text, at)
    fresh = notes(turn)
    goals = _settled([*working.goals, *(note for note in fresh if _is_goal(note))], turn)
    brief = tuple(_marked(working.brief, turn))
    turns, leaving = _last((*working.turns, turn), budget)
    noted = [note for one in leaving for note in notes(one)]
    kept, paged = _kept(_distinct([*brief, *noted]), budget.part(budget.brief), budget.count)
    open_, closed = _kept(_distinct(goals), budget.part(budget.goals), budget.count)
    return Working(turns, kept, open_, (*working.paged, *paged, *closed)[-MOST_PAGED:], turn.n)


def _last(turns: Sequence[Turn], budget: Budget) -> tuple[tuple[Turn, ...], tuple[Turn, ...]]:
    """The last turns that fit, the very last one always, and those before them."""
    room = budget.tokens - sum(map(budget.part, (budget.brief, budget.goals, budget.recalled)))
    at = len(turns) - 1
    room -= budget.count(turns[at].text) + 2
    while at > 0 and (size := budget.count(turns[at - 1].text) + 2) <= room:
        room -= size
        at -= 1
    return tuple(turns[at:]), tuple(turns[:at])


def _is_goal(note: Note) -> bool:
    return note.kind == "promise" or (note.kind == "wish" and note.role == "owner" and not note.text.endswith("?"))


def _settled(goals: Sequence[Note], turn: Turn) -> list[Note]:
    """The goals that are open still: one goes when somebody says that it is done, or that it need not be."""
    return [goal for goal in _marked(goals, turn) if not goal.done]


def _marked(some: Iterable[Note], turn: Turn) -> Iterator[Note]:
    """The notes, those that the turn settles marked."""
    said = [about(note.text) for note in notes(turn) if _says_done(note.text)]
    for note in some:
        words = about(note.text)
        settled = note.turn < turn.n and any(len(words & one) >= max(2, SETTLES * len(words)) for one in said)
        yield replace(note, done=turn.n, weight=note.weight / 2) if settled and not note.done else note


def _says_done(text: str) -> bool:
    low = f" {text.casefold()} "
    return any(
        f" {word}" in low
        for word in (
            "done",
            "sent",
            "finished",
            "paid",
            "booked",
            "called ",
            "bought",
            "never mind",
            "cancel",
            "no longer",
        )
    )


def _distinct(some: Sequence[Note]) -> list[Note]:
    """Of notes that say nearly the same, the weightier; else the earlier."""
    found, words = list[Note](), list[frozenset[str]]()
    for note in sorted(some, key=lambda note: (-note.weight, note.turn)):
        mine = about(note.text)
        if not any(len(mine & other) >= SAME * len(mine | other) for other in words) or not mine:
            found.append(note)
            words.append(mine)
    return sorted(found, key=lambda note: note.turn)


def _kept(some: Sequence[Note], room: int, count: Count) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    """The weightiest notes that fit, in order, and the others."""
    chosen = set[int]()
    for at in sorted(range(len(some)), key=lambda at: (-some[at].weight, some[at].turn)):
        if (size := count(_line(some[at]))) <= room:
            room -= size
            chosen.add(at)
    kept = tuple(note for at, note in enumerate(some) if at in chosen)
    return kept, tuple(note for at, note in enumerate(some) if at not in chosen)


# -- reading ----------------------------------------------------------------------------------------------------------


def context(working: Working, budget: Budget = Budget(), asked: str = "") -> Context:
    """What to read now: paged-out notes come back if the last turn, or `asked`, is about them."""
    now = about(f"{asked} {working.turns[-1].text if working.turns else ''}")
    shown = {note.text for note in (*working.brief, *working.goals)}
    near = sorted(
        (
            (share, note)
            for note in working.paged
            if note.text not in shown and (share := _share(note, now)) >= RECALLED
        ),
        key=lambda one: (-one[0], -one[1].weight),
    )
    recalled, _ = _kept(list(dict.fromkeys(note for _, note in near)), budget.part(budget.recalled), budget.count)
    open_ = {note.text for note in working.goals}
    brief = tuple(note for note in working.brief if note.text not in open_)  # said once is enough
    return Context(brief, working.goals, recalled, working.turns)


def _share(note: Note, now: frozenset[str]) -> float:
    words = about(note.text)
    both = len(words & now)
    return both / len(words) if both >= min(2, len(words)) and words else 0.0


def _line(note: Note) -> str:
    over = " (done)" if note.done else ""
    return f"- {SPEAKING[note.role]}, turn {note.turn}: {note.text}{over}"


# -- paging to disk and to memory -------------------------------------------------------------------------------------


def packed(working: Working) -> dict[str, Any]:
    """The state as JSON can hold it."""
    told = asdict(working)
    for turn in told["turns"]:
        turn["at"] = turn["at"].isoformat() if turn["at"] else None
    return told


def unpacked(told: Mapping[str, Any]) -> Working:
    """What `packed` made. Raises KeyError or TypeError for what is no such thing."""
    turns = tuple(
        Turn(**{**turn, "at": datetime.fromisoformat(turn["at"]) if turn["at"] else None}) for turn in told["turns"]
    )
    brief, goals, paged = (tuple(Note(**note) for note in told[part]) for part in ("brief", "goals", "paged"))
    return Working(turns, brief, goals, paged, told["heard"])


def as_items(turns: Iterable[Turn], chat: str, title: str = "") -> Iterator[Item]:
    """The turns as what memory stores: one message each, the owner's own or a machine's, in the thread `chat`."""
    for turn in turns:
        yield Item(
            "message",
            turn.text,
            (Segment(0, len(turn.text)),),
            local=f"{chat}/{turn.n}",
            title=title,
            time=turn.at,
            speaker="" if turn.role == "owner" else "secondme",
            line=0,
            trust="own" if turn.role == "owner" else "machine",
            origin="chat",
            thread=chat,
        )
