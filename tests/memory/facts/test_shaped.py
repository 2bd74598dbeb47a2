from __future__ import annotations

import pytest

from secondme.knowledge import OWNER, Told
from secondme.memory.facts.rules import claims
from secondme.memory.facts.structured import shaped
from tests.memory.facts.telling import brief, passed, told


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Dana's birthday is on 3 May, she wants a book.", ["Dana | birthday | 3 May"]),
        ("I was born on 14 September 1988 in Ghent.", ["owner | birthday | 1988-09-14"]),
        ("Oma Lien was born on 2 March 1931.", ["Oma Lien | birthday | 1931-03-02"]),
        ("My new phone number is +32 400 55 01 77.", ["owner | phone | +32400550177"]),
        ("Wout’s work phone is 09 000 00 24 by the way", ["Wout | work phone | 090000024"]),
        ("my email is Nora.V@Post.Example", ["owner | email | nora.v@post.example"]),
        ("I moved to Meidoornstraat 8, 9050 Gentbrugge in March.",
         ["owner | address | Meidoornstraat 8, 9050 Gentbrugge"]),
        ("Ana lives at 12 High Street, Oxford.", ["Ana | address | 12 High Street, Oxford"]),
        ("My IBAN is BE71 0961 2345 6769, please use it.", ["owner | iban | BE71096123456769"]),
        ("- frame number WK 1184 20 F", ["owner | frame number | WK 1184 20 F"]),
        ("Tracking number: HP 5530 8812 47, at the shop", ["owner | tracking number | HP 5530 8812 47"]),
        ("The booking code is KX4R2P.", ["owner | booking code | KX4R2P"]),
        ("Our confirmation number for the flight: 88-1203-A", ["owner | confirmation number of flight | 88-1203-A"]),
        ("The police report for the stolen bike has number PV 26-GE-011873, keep it.",
         ["owner | number of police report for the stolen bike | PV 26-GE-011873"]),
        ("I paid €1,349 for the new bike, rack included.", ["owner | price of new bike | €1,349"]),
        ("A lesson with Agnieszka costs €22, paid per five.", ["owner | price of lesson with agnieszka | €22"]),
        ("The quote for the baffles is €31,280, lighting not included.", ["owner | price of baffles | €31,280"]),
        ("Jonas makes the shelf for €260, wood included.", ["owner | price of shelf | €260"]),
        ("The parking space costs 45 euros a month.", ["owner | price of parking space | 45 euros a month"]),
        ("Ben's shoe size is 43.", ["Ben | shoe size | 43"]),
        ("I wear size 42 shoes.", ["owner | shoe size | 42"]),
        ("My licence plate is 1-ABC-234.", ["owner | licence plate | 1-ABC-234"]),
    ],
)  # fmt: skip
def test_values_with_words_that_say_what_they_are(text: str, claims: list[str]) -> None:
    assert brief(passed(shaped.claims, told(text))) == claims


@pytest.mark.parametrize(
    "text",
    [
        "Call 09 000 00 24 after six.",  # whose?
        "His birthday is on 3 May.",
        "Her new number is +32 400 55 01 77",
        "My birthday is coming up.",
        "My phone is broken, version 12.4.1",
        "Pay to BE71 0961 2345 6768 today.",
        "The password is KX4R2P7 and the PIN is 2580.",
        "My card number is 4111 1111 1111 1111.",
        "The door code of the house is 2580.",
        "We order number five and seven.",
        "The report is 31 pages and the case is closed since 2024.",
        "In case number two fails, wait.",
        "It costs €5.",
        "Is my shoe size 42?",
        "I moved to 3 new projects in 2024.",
        "I live at the end of 12 long streets.",
        "The room is 18 × 12 × 4.2 m.",
        "> My booking code is KX4R2P",
    ],
)
def test_shapes_that_say_nothing_of_anybody(text: str) -> None:
    assert brief(passed(shaped.claims, told(text))) == []


def test_my_is_whoever_speaks() -> None:
    said = told("my new number is +32 400 55 01 77", kind="message", subject="Wout", speaker="Wout", trust="other")
    (claim,) = passed(shaped.claims, said)
    assert (claim.subject, claim.single, claim.said_by) == ("Wout", True, "Wout")
    assert passed(shaped.claims, told("my new number is +32 400 55 01 77", subject="")) == []


def test_a_code_in_a_mail_is_the_owners() -> None:
    said = told("File number: VK-2026-55102", kind="mail", subject="Veldkant", trust="other")
    assert brief(passed(shaped.claims, said)) == ["owner | file number | VK-2026-55102"]


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("Running K8s 1.24 on bare metal.", "version of k8s", "1.24"),
        ("Also we're bumping to K8s 1.28 on EKS.", "version of k8s", "1.28"),
        ("We upgraded to Python 3.12.", "version of python", "3.12"),
        ("I use Ubuntu 22.04 at work", "version of ubuntu", "22.04"),
    ],
)
def test_versions_of_what_is_used(text: str, slot: str, value: str) -> None:
    found = [claim for claim in claims(Told("p", text, OWNER, day=738_000)).claims if claim.slot == slot]
    assert [(claim.value, claim.single) for claim in found] == [(value, True)]


@pytest.mark.parametrize(
    "text",
    [
        "I got 0.92 on Tox21 1.5 times",
        "It rose to 3.5 from Table 2.1",
        "I spent USD 12.50 on lunch",
        "We fly at Gate 4.2",
        "Python 3.12 is out.",
        "I ran Sunday 5.2 km in the rain",
    ],
)
def test_numbers_that_are_no_versions(text: str) -> None:
    assert not [claim for claim in claims(Told("p", text, OWNER, day=738_000)).claims if "version" in claim.slot]
