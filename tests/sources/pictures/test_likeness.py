"""Which pictures are the same one again, and which only look so."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from secondme.sources.pictures import likeness

CHAT = """Anna Berg
Are we still on for dinner at Marta's on Friday?
9:02 AM
Yes! I'll pick up the wine and the bread
9:05 AM
Balance: 120.50"""


def screen(clock: str = "9:14", extra: bool = False) -> Image.Image:
    page = Image.new("RGB", (800, 600), "white")
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, 800, 40), fill="#335577")
    draw.rectangle((0, 40, 200, 600), fill="#dddddd")
    draw.text((700, 10), clock, fill="white")
    for n in range(9):
        draw.rectangle((240 + 60 * (n % 2), 60 + 55 * n, 500 + 70 * (n % 3), 95 + 55 * n), fill="#c0e0c0")
    if extra:
        draw.rectangle((200, 300, 800, 600), fill="black")
    return page


def test_a_hash_has_64_bits_and_stays_where_a_picture_is_saved_again() -> None:
    page = screen()
    held = io.BytesIO()
    page.save(held, "JPEG", quality=60)
    hashed = likeness.dhash(page)
    assert len(hashed) == 16
    for again in (Image.open(held), page.resize((400, 300)), screen("9:15")):
        assert likeness.distance(hashed, likeness.dhash(again)) <= likeness.NEAR
    assert likeness.distance(hashed, likeness.dhash(screen(extra=True))) > likeness.NEAR


def test_the_hash_is_kravetz_s() -> None:
    rising = Image.linear_gradient("L").rotate(90)
    assert likeness.dhash(rising) == "f" * 16
    assert likeness.dhash(Image.new("L", (90, 80))) == "0" * 16
    assert likeness.distance("f" * 16, "0" * 16) == 64


SAME = "00ff00ff00ff00ff"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("", ""), True),
        (("9:05 AM", "9:06 AM"), True),
        (("9:05 AM", "09:05"), True),
        (("Anna Berg", "Anna Berg 9:14 87%"), True),
        (("dinner at Marta's", "dinner at Martas"), True),
        (("Anna Berg", "Anna Berg\nQ"), True),
        (("9:05 AM", "9:05 AM\nok"), False),
        (("9:05 AM", "9:05 AM\nSee you!"), False),
        (("Yes! I'll pick up the wine and the bread", "No, I have to work"), False),
        (("120.50", "130.50"), False),
        (("Balance: 120.50", ""), False),
    ],
)
def test_words_decide_between_pictures_that_look_alike(change: tuple[str, str], expected: bool) -> None:
    other = CHAT.replace(*change) if change[0] else CHAT
    assert likeness.same(SAME, SAME, CHAT, other) is expected
    assert likeness.same(SAME, SAME, other, CHAT) is expected


def test_pictures_that_look_different_are_different() -> None:
    assert not likeness.same(SAME, "ff00ff00ff00ff00", CHAT, CHAT)
    assert likeness.same(SAME, "00ff00ff00ff00f0", CHAT, CHAT)


@given(st.text(), st.text())
def test_any_words_can_be_compared(one: str, other: str) -> None:
    assert likeness.same(SAME, SAME, one, one)
    likeness.same(SAME, SAME, one, other)
