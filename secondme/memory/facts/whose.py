"""Whom a line is about, by what stands above it: "birthday: 3 May" below "Dana" is Dana's.

A heading that reads like a name is whom the lines below it are about; below any other heading they are the owner's
(or the speaker's), about that topic: "frame number" below "New bike" is the frame number of the new bike. Headings that
only say what kind of lines follow ("Contact", "Details") are looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from secondme.knowledge import Told
from secondme.memory.facts.same import listed
from secondme.memory.facts.structured.lines import plain
from secondme.timewords import mentions
from secondme.timewords.words import MONTHS

_BETWEEN, _HEADINGS = " — ", " › "  # as passages' contexts are written (memory/passages.py)
_DAY = re.compile(rf"(?:^|{_BETWEEN})[A-Z][a-z]+day \d{{1,2}} [A-Z][a-z]+ \d{{1,4}}$")
_LOOKED_THROUGH = listed(
    "to contact contacts details detail data info information facts about profile personal general misc "
    "miscellaneous notes note overview basics basic summary card reach numbers addresses important dates remember "
    "other more various now key good know specs specification who what background remarks properties fields bio "
    "todo do todos tasks task actions action homework next steps still open done later pending checklist list "
    "things stuff shopping buy bring promises"
)
_SMALL = listed("the a an of and to for my our in on with de la le van von der den del da di du al el bin")
# a capital makes no name of these, alone or in a title
_THINGS = listed(
    "meeting minutes agenda plan project report list log diary journal day week month year trip holiday travel "
    "budget money bank health home house flat garden car bike work job office school team teeth dentist doctor "
    "vet gym books reading recipe recipes ideas idea todo tasks shopping passport insurance visa wedding party "
    "birthday birthdays christmas course lesson class club group choir talk call mail letter letters daily weekly "
    "monthly review goals questions summer winter spring autumn hotel flight booking bookings invoice contract "
    "family friends people pets kids children running training medication allergies measurements sizes clothes "
    "gear tools kitchen bathroom balcony subscription subscriptions accounts account address book guide manual "
    "setup server network wifi device devices new old next last first best loose ends site visit check update "
    "weather movie film music history emergency"
)
_WE = frozenset(("me", "myself", "i", "about me", "owner"))
_CUT = re.compile(r"\s+[–—|:·/-]\s+|\s*[:(,]\s*|,\s")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands: whom it is about if it names nobody else, and what topic (plain words, "" for none)."""

    subject: str
    topic: str = ""
    sure: bool = True  # False: the subject is a heading with capitals, which may be a thing's: "Meeting Notes"

    def slot(self, key: str) -> str:
        """The slot for what is called `key` here."""
        told = self.topic and self.topic != self.subject and self.topic.casefold() not in key
        return f"{key} of {self.topic.casefold()}" if told else key


def place(told: Told, personal: bool = False, labels: tuple[str, ...] = ()) -> Place:
    """What the headings make of a line. `personal`: what stands there is told of people ("birthday"), so that one word
    with a capital is a name, too. `labels` stand above it within the passage itself, the nearest last."""
    for heading in reversed((*headings(told.context, told.speaker), *labels)):
        named = _named(heading)
        if not named:
            continue
        if named.casefold() in _WE:
            return Place(told.subject)
        if _people(told, named) or (personal and (_name_like(named) or _capital(named))):
            return Place(named)
        if _name_like(named):
            return Place(named, named, sure=False)
        return Place(told.subject, _topic(named))
    return Place(told.subject)


def somebody(told: Told) -> str:
    """The name that a title or heading above a passage reads like, however far above; "" for none. Below it words
    without a subject may be about that person."""
    named = (_named(heading) for heading in reversed(headings(told.context, told.speaker)))
    return next((name for name in named if name and (_people(told, name) or _name_like(name))), "")


def title(told: Told) -> str:
    """What the whole note is about, as it may stand in a sentence; "" if its title says nothing."""
    first = next((named for one in headings(told.context, told.speaker) if (named := _named(one))), "")
    return first if _name_like(first) else _topic(first)


@lru_cache(maxsize=256)
def headings(context: str, speaker: str = "") -> tuple[str, ...]:
    """The title and the headings of a passage, the nearest last."""
    about = _DAY.sub("", context)
    if speaker and (about == speaker or about.endswith(_BETWEEN + speaker)):
        about = about.removesuffix(speaker).removesuffix(_BETWEEN)
    return tuple(part for one in about.split(_HEADINGS) if (part := plain(one)))


@lru_cache(maxsize=512)
def _named(heading: str) -> str:
    """What a heading names: without what follows a dash, and "" for a day or a word that says nothing."""
    first = _CUT.split(heading.strip())[0].strip(" .!?")
    first = re.sub(r"[’']s (?:contact|details|data|info|profile|card|numbers?)$", "", first, flags=re.IGNORECASE)
    first = re.sub(r"^(?:about|contact|profile|notes on|re)[:\s]\s*", "", first, flags=re.IGNORECASE)
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", first)
    if not words or all(word.casefold() in _LOOKED_THROUGH | _SMALL for word in words):
        return ""
    dated = [one for one in mentions(first) if one.end - one.start > len(first) // 2]
    calendar = all(word.casefold() in {*MONTHS, *_SMALL} or word.endswith("day") for word in words)
    return "" if dated or calendar or len(words) > 6 else first


def _people(told: Told, heading: str) -> bool:
    """Whether the heading is the name, or the first name, of somebody who takes part."""
    wanted = heading.casefold()
    return any(
        wanted == name.casefold() or wanted == name.casefold().split(" ")[0] for name, _, _ in told.people if name
    )


def _name_like(heading: str) -> bool:
    """Two to four words with capitals, none of them what people call a thing or a kind of note."""
    words = heading.split()
    great = [word for word in words if word.casefold() not in _SMALL]
    written = all(
        word[0].isupper() and word.replace("-", "").replace("’", "").replace("'", "").isalpha() for word in great
    )
    return 2 <= len(words) <= 4 and bool(great) and written and not _things(great)


def _capital(heading: str) -> bool:
    return heading[0].isupper() and len(heading.split()) == 1 and heading.isalpha() and not _things([heading])


def _things(words: list[str]) -> bool:
    return any(word.casefold() in _THINGS for word in words)


def _topic(heading: str) -> str:
    words: Iterator[str] = (word for word in heading.split() if not any(one.isdigit() for one in word))
    found = " ".join(words).strip(" ,;")
    return found[:1].lower() + found[1:] if found[1:].islower() else found
