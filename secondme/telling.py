"""Telling: what the owner says to Me about what it knows and how it answers, and what Me says of the owner.

Knows the parts that remember, profile and fade; decides nothing itself.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from secondme.errors import IndexDamaged, SecondMeError, UsageError
from secondme.knowledge import OWNER
from secondme.learning import Learning
from secondme.parts import WAIT_SECONDS

if TYPE_CHECKING:
    from secondme.knowledge import Fact
    from secondme.memory.profile.card import Card
    from secondme.memory.profile.person import PersonCard
    from secondme.memory.profile.themes import Theme
    from secondme.memory.remembering import Remembered, Statement
    from secondme.memory.strength import Survey
    from secondme.records import Recollection
    from secondme.store.answers import Given
    from secondme.store.lessons import Lesson
    from secondme.store.profile import Edit
    from secondme.store.rows import Found

_A_FACT = re.compile(r"f?\d{1,14}", re.IGNORECASE)
OnWait = Callable[[str], None]


def _in_silence(holder: str) -> None:
    pass


class Telling(Learning):
    """The part of Me that is told things: statements, corrections, rules, and what matters."""

    _used: tuple[str, ...] = ()  # passages that have answered something since this was opened

    def remember(self, text: str, *, important: bool = False, on_wait: OnWait = _in_silence) -> Remembered:
        """Take in a statement of the owner, with its facts, and the rule or how-to that it is. `important`: it does not
        fade. Raises UsageError, ModelMissing, Busy, DiskFull."""
        from secondme.memory.remembering import Statement

        return self._remember(Statement(text, self.now, important=important), on_wait)

    def correct(
        self, what: str, text: str, *, on_wait: OnWait = _in_silence
    ) -> tuple[Remembered, Given | None, Fact | None]:
        """The owner says what is right. `what` is LAST or the id of an answer, which its question brings up again with
        the correction first; or a fact ("f12"), which is taken back. Returns what was remembered, and what it corrects.

        Raises UsageError if there is no such answer or fact.
        """
        from secondme.memory.remembering import Statement, checked

        checked(Statement(text, self.now))
        if _A_FACT.fullmatch(what):
            fact = self.fact(what.lower())
            _ = self.embedder
            self.retract([fact], text, on_wait=on_wait)
            about = f"{'' if fact.subject == OWNER else fact.subject} {fact.slot}".strip() if fact.slot else ""
            title = f"Correction: {about}" if about else "Correction"  # not what was wrong, which may be forgotten
            return self._remember(Statement(text, self.now, title, about or text), on_wait), None, fact
        given = self._answer_kept(what)
        asked, cited = given.asked.question, given.answer.citations
        wrong = tuple((one.passage, one.start, one.end) for one in cited)
        return self._remember(Statement(text, self.now, f"Correction: {asked}", asked, wrong), on_wait), given, None

    def lessons(self, *, retired: bool = False) -> list[Lesson]:
        """Corrections, instructions and how-tos that hold, the latest first; with `retired` also those that did."""
        from secondme.store import lessons

        return lessons.lessons(self.reader, retired=retired)

    def drop_lesson(self, number: int, *, on_wait: OnWait = _in_silence) -> Lesson:
        """It holds no longer; what was said stays remembered. Raises UsageError if there is none of that number."""
        from secondme.memory.lessons import numbered
        from secondme.store import lessons

        lesson = numbered(self.reader, number)
        with self._writing(WAIT_SECONDS, on_wait) as ledger:
            lessons.retire(ledger, [number], int(time.time()))
        return lesson

    # -- who the owner is, and others ---------------------------------------------------------------------------

    def profile(self) -> Card:
        """The owner's card: at most 400 tokens, made of what is known now and of the lines that the owner wrote."""
        from secondme.memory.profile.card import card
        from secondme.memory.strength import strengths
        from secondme.store.profile import edits

        facts, now = self.facts("me"), int(time.time())
        clear = strengths(self.reader, [quote.passage for fact in facts for quote in fact.quotes], now)
        return card(facts, edits(self.reader, OWNER), self._today(), clear)

    def themes(self) -> list[Theme]:
        """What memory is about, the weightiest first, from facts and episodes."""
        from secondme.memory.profile.themes import noted, themes

        return themes(noted(self.reader, self.facts()), self._today())

    def edit_profile(self, key: str, text: str | None, *, on_wait: OnWait = _in_silence) -> None:
        """Let the profile's line `key` read so from now on, "" to leave it out; None: as facts have it, again."""
        from secondme.store import profile

        with self._writing(WAIT_SECONDS, on_wait) as ledger:
            if text is None:
                profile.undo(ledger, OWNER, key)
            else:
                profile.edit(ledger, OWNER, profile.Edit(key, " ".join(text.split()), int(time.time())))

    def edited_lines(self) -> dict[str, Edit]:
        """The lines that the owner wrote or left out, by key."""
        from secondme.store.profile import edits

        return edits(self.reader, OWNER)

    def person(self, who: str) -> PersonCard:
        """What is known of somebody. Raises UsageError if that is nobody, or several."""
        from secondme.memory.people import matching
        from secondme.memory.profile.person import person_card

        everybody = self.people()
        return person_card(self.reader, everybody, matching(everybody, who), self._today(), int(time.time()))

    # -- strength -----------------------------------------------------------------------------------------------

    def used(self, passages: Iterable[str]) -> None:
        """These (ids) have answered something. It is noted when this closes, if nobody else is writing just then."""
        self._used = (*self._used, *passages)

    def close(self) -> None:
        with contextlib.suppress(SecondMeError):  # nobody asked for it
            self._note_uses()
        super().close()

    def fading(self, shown: int = 10) -> Survey:
        """How clear memory is, with the first `shown` passages of each level."""
        from secondme.memory.strength import survey

        return survey(self.reader, int(time.time()), shown)

    def mark(self, what: str, marked: bool = True, *, on_wait: OnWait = _in_silence) -> list[Found]:
        """The owner says that something matters and must not fade, or may fade again: a passage or an item, by its id
        or the beginning of one. Returns its passages. Raises UsageError if nothing is called so."""
        from secondme.store import uses

        item = self.reader.item_of(what)
        found = self.reader.item_passages(item) if item else []
        one = [place for place in found if place.passage.id.startswith(what)]
        if not found:
            raise UsageError(f"Nothing in memory is called {what}.", "`secondme recall WORDS --json` shows ids.")
        with self._writing(WAIT_SECONDS, on_wait) as ledger:
            uses.mark(ledger, [place.passage.id for place in one or found], marked)
        return one or found

    def _note_uses(self) -> None:
        from secondme.store import uses
        from secondme.store.ledger import Ledger

        passages, self._used = self._used, ()
        if passages and self.home.ledger.exists():
            with self._locked(0, _in_silence), contextlib.closing(Ledger(self.home.ledger)) as ledger:
                uses.note(ledger, passages, int(time.time()))

    def _less_faded(self, found: Recollection, moment: int) -> Recollection:
        """What was recalled, with a little less rank for what has faded."""
        from secondme.memory.strength import faded, weighty
        from secondme.store.uses import traces

        known = traces(self.reader, [hit.passage.id for hit in found.hits if hit.layer == "passages"])
        heavy = {hit.passage.id for hit in found.hits if weighty(hit.passage.text)}
        known = {id_: replace(one, weighty=id_ in heavy) for id_, one in known.items()}
        return replace(found, hits=faded(found.hits, known, moment))

    def _remember(self, statement: Statement, on_wait: OnWait) -> Remembered:
        from secondme.memory.remembering import checked, remember

        checked(statement)
        _ = self.embedder  # that there is none is said before anybody waits
        with self._writing(WAIT_SECONDS, on_wait) as ledger:
            embedder = self._embedder_for(ledger)
            with contextlib.suppress(IndexDamaged):  # which concerns only what is to be written to it
                self._make_rows(ledger)
            return remember(ledger, self._index_of(ledger), embedder, statement)

    def _answer_kept(self, what: str) -> Given:
        """A kept answer by its id, or the last one. Raises UsageError."""
        from secondme.store import answers

        last = what.casefold() == "last"
        one = answers.latest(self.reader) if last else answers.read(self.reader, what)
        if one is None:
            missing = "No answer is kept yet" if last else f"There is no answer and no fact called {what!r}"
            hint = 'LAST is the answer to the last `secondme ask "…"`; `secondme facts` shows the numbers of facts.'
            raise UsageError(f"{missing}.", hint)
        return one
