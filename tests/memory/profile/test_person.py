"""The card of a person: what is known of them, what they are to the owner, and when they were in touch."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondme.errors import UsageError
from secondme.knowledge import Claim, Quote
from secondme.me import Me
from secondme.memory.profile.person import own_names
from secondme.store.facts import add

CARDS = """BEGIN:VCARD
VERSION:3.0
FN:Anna Berg
TITLE:Dentist
TEL:+3212345678
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Anna Maes
EMAIL:maes@example.org
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Jonas Lievens
EMAIL:jonas@example.org
END:VCARD
"""
CHAT = """03/05/2025, 23:50 - Jonas Lievens: The boiler hums again.
03/05/2025, 23:55 - Jonas Lievens: It stopped.
"""


@pytest.fixture
def known(me: Me, notes: Path) -> Me:
    (notes / "all.vcf").write_text(CARDS.replace("\n", "\r\n"), newline="")
    (notes / "WhatsApp Chat with Jonas Lievens.txt").write_text(CHAT)
    (notes / "teeth.md").write_text("My dentist is Anna Berg.\n")
    (notes / "nuts.md").write_text("Jonas is allergic to hazelnuts.\n")
    me.ingest([notes])
    me.reflect()
    (nuts,) = (hit.passage for hit in me.recall("hazelnuts", 1).hits)
    said = Quote(nuts.id, 0, len(nuts.text), nuts.text)
    with me._writing(0, lambda holder: None) as ledger:
        add(ledger, Claim("Jonas", "health", "Jonas is allergic to hazelnuts", said), 1, (None, None))
    return me


def test_it_says_who_they_are_and_how_they_are_reached(known: Me) -> None:
    found = known.person("Anna Berg")
    assert found.relation == "dentist"
    assert found.person.addresses == ("tel:+3212345678",)
    assert any("entist" in line.text for line in found.lines)
    assert all(line.facts for line in found.lines)


def test_it_says_when_they_were_last_in_touch(known: Me) -> None:
    last = known.person("Jonas").last
    assert last is not None
    assert (last.kind, last.time[:16]) == ("message", "2025-05-03T23:55")
    assert last.source.endswith("WhatsApp Chat with Jonas Lievens.txt")
    assert known.person("Anna Berg").last is None


def test_a_first_name_that_two_share_speaks_for_none_of_them(known: Me) -> None:
    everybody = known.people()
    names = {person.name: own_names(everybody, person) for person in everybody}
    assert names["Anna Berg"] == ["Anna Berg"]
    assert names["Jonas Lievens"] == ["Jonas", "Jonas Lievens"]
    assert any("hazelnuts" in line.text for line in known.person("Jonas Lievens").lines)


def test_nobody_and_several_are_said_to_be_so(known: Me) -> None:
    with pytest.raises(UsageError, match="Nobody"):
        known.person("Zoë")
    with pytest.raises(UsageError, match="may be"):
        known.person("Anna")
