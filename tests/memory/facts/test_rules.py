from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondme.knowledge import OWNER, Claim, Quote
from secondme.memory.facts import rules
from secondme.memory.facts.guard import refused
from secondme.memory.facts.rules import claims
from tests.memory.facts.telling import brief, told

PIECES = (
    "birthday: 3 May",
    "- [ ] call Ana tomorrow",
    "- [x] paid the rent",
    "My phone number is +32 400 55 01 12.",
    "| what | detail |\n|---|---|\n| frame number | KT7-048812 |",
    "16 May: test patch on the door",
    "## Dana",
    "I live in Ghent with Ben.",
    "Dana's shoe size is 42.",
    "IBAN: BE71 0961 2345 6769",
    "> quoted",
    "```",
    "I paid €1,349 for the bike.",
    "Name: Ana Berg; Phone: +32 400 55 01 12",
    "e-mail: ana@example.org",
    "\u202e\u200b👍",
    "The booking code is KX4R2P",
    "Kind regards,\nSéverine Coppens\nClaims handler",
    "was born on 2 March 1931",
    "TODO: write it up",
)
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=40)), max_size=8).map("\n".join)
KINDS = st.sampled_from(("note", "message", "mail", "contact", "event", "task", "document"))


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, under=st.sampled_from(("", "Dana", "Friends › Ana Berg", "New bike")), kind=KINDS)
def test_every_quote_is_what_stands_there_and_every_claim_passes_the_guard(text: str, under: str, kind: str) -> None:
    passage = told(text, under, kind=kind)
    for claim in claims(passage).claims:
        assert claim.quote.text == text[claim.quote.start : claim.quote.end] != ""
        assert claim.quote.passage == passage.passage
        assert refused(claim, passage) is None


SAID = (
    "birthday: 3 May\nphone: +32 400 55 01 12", "Dana's shoe size is 42.", "The booking code is KX4R2P.",
    "I paid €1,349 for the new bike.", "16 May: test patch on the door", "- [ ] call Ana about the boat",
)  # fmt: skip
WORD = st.text(string.ascii_uppercase + string.digits, min_size=5, max_size=9).filter(
    lambda word: word not in "".join(SAID)
)


def tampered(claim: Claim, word: str, shift: int) -> list[Claim]:
    quote = claim.quote
    moved = Quote(quote.passage, quote.start + shift, quote.end + shift, quote.text)
    return [
        replace(claim, quote=moved),
        replace(claim, quote=replace(quote, text=quote.text + word)),
        replace(claim, statement=f"{claim.statement} {word}"),
        replace(claim, value=f"{claim.value} {word}".strip()),
        replace(claim, subject=word),
        replace(claim, event=(1000 + shift, 1000 + shift)),
    ]


@settings(max_examples=60, deadline=None)
@given(text=st.sampled_from(SAID), word=WORD, shift=st.integers(1, 5) | st.integers(-5, -1))
def test_a_claim_that_was_tampered_with_is_refused(text: str, word: str, shift: int) -> None:
    passage = told(text, "Dana")
    read = claims(passage).claims
    assert read
    for claim in read:
        assert [one for one in tampered(claim, word, shift) if refused(one, passage) is None] == []


def test_the_same_thing_twice_in_a_passage_is_one_claim() -> None:
    text = "Dana's birthday is on 3 May.\nDana's birthday is on 3 May."
    assert [line for line in brief(claims(told(text)).claims) if "birthday" in line] == ["Dana | birthday | 3 May"]


def test_what_was_refused_is_counted_by_its_reason() -> None:
    read = claims(told("- [ ] shoes\n- [ ] socks\nThe door number code is 2580A1, my order number is AB-123-99."))
    assert read.refused["It says too little."] == 2


def test_i_on_a_saved_page_or_a_screenshot_is_not_the_owner() -> None:
    text = "My shoe size is 42. The booking code is KX4R2P.\n- [ ] buy the milk today"
    assert claims(told(text, kind="page")).claims == ()
    assert brief(claims(told(text, kind="screenshot")).claims) == ["owner | booking code | KX4R2P"]


def test_a_wrong_day_costs_the_day_and_not_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    passage = told("16 May: test patch on the door")
    (read,) = claims(passage).claims
    monkeypatch.setattr(rules, "EXTRACTORS", (lambda told: [replace(read, event=(1000, 1000))],))
    found = claims(passage)
    assert [(one.statement, one.event) for one in found.claims] == [(read.statement, None)]
    assert dict(found.refused) == {"The quote does not name those days.": 1}


def test_what_a_machine_wrote_is_no_source_about_the_owner() -> None:
    text = "Your shoe size is 42.\n- [ ] call the dentist tomorrow\nMy booking code is KX4R2P"
    assert claims(told(text, trust="machine", subject="")).claims == ()
    assert claims(told(text, trust="machine", subject=OWNER)).claims == ()


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "a: " * 300_000,
        "12345678 " * 100_000,
        "x@" * 400_000,
        "- [ ] " * 150_000,
        "[[" * 300_000 + "**" * 100_000,
        "my phone number is " * 50_000,
        "the order for the case of the " * 16 + "1",
        "\u202ebirthday\u200b: \ufeff3 May\u0301",
        "\x00\x0b\x0c\x1c\u2028birthday: 3 May\u2028phone: 1",
        "١٢٣٤٥٦٧٨٩: ٣ May",
        "birthday: 99 May 20261234567890",
        "İ: ſ\nß: ŉ",
    ],
)
def test_hostile_texts_are_read_without_harm(text: str) -> None:
    for claim in claims(told(text)).claims:
        assert claim.quote.text == text[claim.quote.start : claim.quote.end]
