"""Learning: what Me can say of what is known, and do about it (L1).

Knows the parts that learn, keep and show it; decides nothing itself.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from secondme.errors import SecondMeError, UsageError
from secondme.knowledge import OWNER
from secondme.parts import WAIT_SECONDS
from secondme.records import Done, Event, Token
from secondme.upkeep import Upkeep

if TYPE_CHECKING:
    from secondme.knowledge import Change, Dispute, Fact, Quote
    from secondme.memory.episodes.timeline import Period
    from secondme.memory.facts.reflect import Learnt
    from secondme.memory.linked import Linked
    from secondme.memory.people import Person
    from secondme.memory.retelling import Retold
    from secondme.memory.why import Why
    from secondme.store.answers import Asked, Given
    from secondme.store.timeline import Wanted


THREAD = 150  # passages that the timeline of a topic is made of, at most


class Learning(Upkeep):
    """A profile's facts, episodes, lessons and profile."""

    @property
    def now(self) -> datetime:
        """This moment, in the owner's zone."""
        return datetime.now(self._zone).astimezone(self._zone)

    def people(self) -> list[Person]:
        """Everybody who takes part in something, those who do most first."""
        from secondme.memory.people import people

        reader = self.reader
        return people(reader.handles(), reader.cards(), reader.verdicts())

    def reflect(
        self,
        *,
        budget: float | None = None,
        model: bool = False,
        progress: Callable[[int, int], None] = lambda done, total: None,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Learnt:
        """Read what has not been read for facts yet, newest first, for `budget` seconds at most; with `model` by the
        language model instead of the rules. Others may write in between. Interrupted, it goes on from there the next
        time. `progress` gets passages done and in all.
        """
        from secondme.memory.facts import reflect

        began, learnt = time.monotonic(), reflect.Learnt()
        by = self.generator.name if model else ""
        waiting = reflect.pending(self.reader, by)

        def late() -> bool:
            return budget is not None and time.monotonic() - began >= budget

        for numbers in reflect.slices(waiting, reflect.ONE_BY_ONE if model else reflect.AT_ONCE):
            if late():
                break
            progress(learnt.passages, len(waiting))
            heard = (
                reflect.by_model(self.reader, numbers, self.generator, late)
                if model
                else reflect.by_rules(self.reader, numbers)
            )
            with self._writing(wait, on_wait) as ledger:
                reflect.learn(ledger, heard, learnt, by)
        progress(learnt.passages, len(waiting))
        learnt.left, learnt.seconds = len(waiting) - learnt.passages, time.monotonic() - began
        return learnt

    @property
    def may_write(self) -> bool:
        """Whether the language model is one whose own sentences are worth checking."""
        from secondme import engines

        return engines.trusted(self.config, self.home.models)

    def facts(self, who: str = "", *, everything: bool = False, as_of: datetime | None = None) -> list[Fact]:
        """What is known now, the latest learnt first; with `everything` also what was; with `as_of` what was so then,
        by what was known then. `who`: "me", or somebody by name."""
        from secondme.store import facts

        subjects = self.subjects(who)
        if as_of is not None:
            return facts.facts_as_of(self.reader, as_of.date().toordinal(), int(as_of.timestamp()), subjects)
        if everything:
            return facts.all_facts(self.reader, subjects)
        return facts.current_facts(self.reader, subjects, day=self._today())

    def subjects(self, who: str) -> tuple[str, ...]:
        """The names that facts about somebody are under: OWNER for "me", all that one person is called, or `who`."""
        from secondme.memory import people

        if not who:
            return ()
        if who.casefold() in ("me", "i", "myself", OWNER):
            return (OWNER,)
        found = people.like(self.people(), who)
        return tuple(dict.fromkeys([who, *(name for person in found for name in person.names)]))

    def fact(self, name: str) -> Fact:
        """The fact called "f12" or "12". Raises UsageError if there is none."""
        from secondme.store import facts

        number = name.removeprefix("f")
        found = facts.facts(self.reader, (int(number),)) if number.isdecimal() and len(number) < 15 else {}
        if not found:
            raise UsageError(f"There is no fact {name!r}.", "`secondme facts` lists them, each with its number.")
        return next(iter(found.values()))

    def history(self, name: str) -> tuple[list[Fact], list[Change]]:
        """All that was ever said in a fact's place, the earliest first, and what was done to them."""
        from secondme.store import facts

        fact = self.fact(name)
        line = {fact.number: fact}
        if fact.slot:
            line |= {one.number: one for one in facts.in_slot(self.reader, fact.subject, fact.slot)}
        changes = [change for number in line for change in facts.history(self.reader, number)]
        others = {change.other for change in changes} - {0, *line}
        line |= facts.facts(self.reader, others)
        told = sorted(line.values(), key=lambda one: (one.valid_from or 0, one.number))
        return told, sorted(changes, key=lambda change: change.at)

    def disputes(self) -> list[Dispute]:
        """What no rule settles, the oldest first."""
        from secondme.store import facts

        return facts.disputes(self.reader)

    def settle(self, dispute: Dispute, verdict: str, *, on_wait: Callable[[str], None] = lambda holder: None) -> None:
        """The owner's word on two facts: "one" or "other" holds and the other never did, it "changed" from the earlier
        to the later, "both" are so, or "neither" is."""
        from secondme.memory.facts import reconcile

        one, other, now = dispute.one.number, dispute.other.number, int(time.time())
        earlier, later = sorted((dispute.one, dispute.other), key=lambda fact: (fact.valid_from or 0, fact.number))
        with self._writing(WAIT_SECONDS, on_wait) as ledger:
            if verdict == "one":
                reconcile.holds(ledger, one, other, now)
            elif verdict == "other":
                reconcile.holds(ledger, other, one, now)
            elif verdict == "changed":
                reconcile.changed(ledger, later.number, earlier.number, later.valid_from or self._today(), now)
            elif verdict == "both":
                reconcile.both(ledger, one, other)
            else:
                reconcile.neither(ledger, one, other, now)

    def retract(
        self, facts: Sequence[Fact], why: str = "", *, on_wait: Callable[[str], None] = lambda holder: None
    ) -> None:
        """The owner says that these are wrong."""
        from secondme.memory.facts import reconcile

        with self._writing(WAIT_SECONDS, on_wait) as ledger:
            for fact in facts:
                reconcile.retract(ledger, fact.number, int(time.time()), why)

    def places(self, facts: Sequence[Fact]) -> dict[Quote, str]:
        """Where each quote of the facts stands, as a person opens it: to its own line."""
        from secondme.records import Hit

        quotes = [quote for fact in facts for quote in fact.quotes]
        found = self.reader.passages(list(dict.fromkeys(quote.passage for quote in quotes)))
        places: dict[Quote, str] = {}
        for quote in quotes:
            if (one := found.get(quote.passage)) is not None:
                above = one.passage.text.count("\n", 0, quote.start) if one.passage.line else 0
                passage = replace(one.passage, line=one.passage.line + above)
                places[quote] = Hit(passage, one.source, one.title, 0.0, part=one.part).place
        return places

    @property
    def unreflected(self) -> int:
        """How many passages were not read for facts yet."""
        from secondme.memory.facts import reflect

        return reflect.unread(self.reader)

    @property
    def _zone(self) -> tzinfo | None:
        """The owner's; None is the system's, of whatever season a moment is in."""
        from secondme.config import zone

        return zone(self.config.timezone) if self.config.timezone else None

    def _today(self) -> int:
        return self.now.date().toordinal()

    # -- episodes and links -------------------------------------------------------------------------------------

    def retell(
        self,
        *,
        budget: float | None = None,
        progress: Callable[[str, int, int], None] = lambda doing, done, total: None,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Retold:
        """Bring episodes, summaries, links and habits up to date with what was taken in, for `budget` seconds at most.
        Others may write in between; interrupted, it goes on from there the next time. Raises IndexDamaged."""
        from secondme.memory import habits, retelling

        near = self.near  # which may need the write lock itself
        order = retelling.Order(near, self._zone, budget, progress)
        retold = retelling.retell(order, lambda: self._writing(wait, on_wait))
        if retold.finished and habits.changed(self.reader, found := habits.habits(self.reader, self._zone)):
            with self._writing(wait, on_wait) as ledger:
                habits.refresh(ledger, found)
        return retold

    def timeline(self, wanted: Wanted, topic: str = "", *, by: str = "") -> list[Period]:
        """Episodes in the order of time, by "day", "week" or "month" (default: as their span has it); with a `topic`
        those that recall finds for it, and how it went on from one to the next. By "topic": what comes up again."""
        from secondme.memory.episodes import timeline
        from secondme.store.rows import Filters

        if by == "topic":
            return timeline.topics(self.reader, self._zone)
        if topic:
            filters = Filters(since=wanted.first, until=wanted.last, people=wanted.people, names=wanted.names)
            found = self.search.recollect(topic, THREAD, self.now, filters)
            wanted = replace(wanted, passages=tuple(timeline.relevant(found)), people=None)
        return timeline.timeline(self.reader, wanted, by=by, topic=topic, zone=self._zone)

    @property
    def told(self) -> bool:
        """Whether there are any episodes."""
        from secondme.store import timeline

        return timeline.any_written(self.reader)

    def linked(self, name: str) -> Linked:
        """What the passage of that id (or of one that begins so) is linked to, and why. Raises UsageError."""
        from secondme.memory import linked

        return linked.linked(self.reader, name)

    # -- the log of answers -------------------------------------------------------------------------------------

    def why(self, name: str) -> Why:
        """What an answer (its id, or "last"), a fact ("f12") or a passage (its id) rests on. Raises UsageError."""
        from secondme.memory.why import why

        return why(self.reader, name)

    def kept(self, id_: str) -> bool:
        """Whether the answer of that id is in the log."""
        from secondme.store import answers

        return answers.read(self.reader, id_) is not None

    def _logged(self, asked: Asked, events: Iterator[Event]) -> Iterator[Event]:
        """The same events, the last one with the answer's id; when they are over, the answer goes into the log."""
        from secondme.store import answers

        taken = list[Event]()
        for event in events:
            if isinstance(event, Done):
                event = replace(event, id=asked.id)
            if not isinstance(event, Token):
                taken.append(event)
            yield event
        if one := answers.given(asked, taken):
            with contextlib.suppress(SecondMeError):  # nobody asked for it: another process writes, or the disk is full
                self._log(one)

    def _log(self, one: Given) -> None:
        """Write the answer down if nobody writes just now; with `answers_log` off, drop what was written before."""
        from secondme.store import answers
        from secondme.store.ledger import Ledger

        wanted = self.config.answers_log == "on"
        if not self.home.ledger.exists() or not (wanted or answers.any_kept(self.reader)):
            return
        with self._locked(0, lambda holder: None), contextlib.closing(Ledger(self.home.ledger)) as ledger:
            if wanted:
                answers.keep(ledger, one)
            else:
                answers.clear(ledger)
