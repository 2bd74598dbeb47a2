"""Dates in the names of files, as systems and programs write them, and the owner's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.sources import dates

ZONE = timezone(timedelta(hours=2))
MORNING = datetime(2026, 5, 12, 9, 14, 22, tzinfo=ZONE)
EVENING = MORNING + timedelta(hours=12)
DAY = datetime(2026, 5, 12, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # macOS
        ("Screenshot 2026-05-12 at 09.14.22.png", MORNING),
        ("Screenshot 2026-05-12 at 9.14.22 AM.png", MORNING),
        ("Screenshot 2026-05-12 at 9.14.22\u202fPM.png", EVENING),
        ("Screen Shot 2026-05-12 at 9.14.22 PM 2.png", EVENING),
        ("Bildschirmfoto 2026-05-12 um 09.14.22.png", MORNING),
        ("Capture d’écran 2026-05-12 à 09.14.22.png", MORNING),
        ("Schermafbeelding 2026-05-12 om 09.14.22.png", MORNING),
        ("Captura de pantalla 2026-05-12 a la(s) 9.14.22 p. m..png", EVENING),
        ("Captura de pantalla 2026-05-12 a las 9.14.22.png", MORNING),
        ("Captura de ecrã 2026-05-12, às 09.14.22.png", MORNING),
        ("Schermata 2026-05-12 alle 09.14.22.png", MORNING),
        ("Skärmavbild 2026-05-12 kl. 09.14.22.png", MORNING),
        ("Zrzut ekranu 2026-05-12 o 09.14.22.png", MORNING),
        ("Снимок экрана 2026-05-12 в 09.14.22.png", MORNING),
        ("Ekran Resmi 2026-05-12 09.14.22.png", MORNING),
        ("スクリーンショット 2026-05-12 午後9.14.22.png", EVENING),
        ("截屏2026-05-12 上午9.14.22.png", MORNING),
        ("스크린샷 2026-05-12 오후 9.14.22.png", EVENING),
        ("Στιγμιότυπο 2026-05-12, 9.14.22 μ.μ..png", EVENING),
        ("CleanShot 2026-05-12 at 09.14.22@2x.png", MORNING),
        # Windows, GNOME, KDE, Xfce
        ("Screenshot 2026-05-12 091422.png", MORNING),
        ("Screenshot from 2026-05-12 09-14-22.png", MORNING),
        ("Screenshot_20260512_091422.png", MORNING),
        ("Screenshot_2026-05-12_09-14-22.png", MORNING),
        # Android
        ("Screenshot_20260512-091422_Chrome.jpg", MORNING),
        ("Screenshot_20260512-091422~2.png", MORNING),
        ("Screenshot_2026-05-12-09-14-22-123_com.whatsapp.png", MORNING),
        ("IMG_20260512_091422123.jpg", MORNING),
        ("20260512_091422.jpg", MORNING),
        # programs
        ("signal-2026-05-12-09-14-22-123.jpg", MORNING),
        ("WhatsApp Image 2026-05-12 at 09.14.22.jpeg", MORNING),
        ("photo_2026-05-12_09-14-22.jpg", MORNING),
        ("IMG-20260512-WA0003.jpg", DAY),
        # days alone, and noon and midnight
        ("2026-05-12 Notes.md", DAY),
        ("minutes 2026-05-12, version 3.md", DAY),
        ("Screenshot 2026-05-12 at 12.14.22 AM.png", DAY.replace(minute=14, second=22)),
        ("Screenshot 2026-05-12 at 12.14.22 PM.png", DAY.replace(hour=12, minute=14, second=22)),
    ],
)
def test_a_name_s_date_is_the_owner_s(name: str, expected: datetime) -> None:
    assert dates.in_name(f"some/2019-01-01/{name}", ZONE) == (expected, False)
    assert dates.from_name(name, ZONE) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PXL_20260512_091422123.jpg", datetime(2026, 5, 12, 9, 14, 22, tzinfo=UTC)),
        ("PXL_20260512_091422123.PORTRAIT.jpg", datetime(2026, 5, 12, 9, 14, 22, tzinfo=UTC)),
        ("2026-05-12T09-14-22Z.png", datetime(2026, 5, 12, 9, 14, 22, tzinfo=UTC)),
        ("1778577262123.jpg", datetime(2026, 5, 12, 9, 14, 22, 123000, tzinfo=UTC)),
        ("FB_IMG_1778577262123.jpg", datetime(2026, 5, 12, 9, 14, 22, 123000, tzinfo=UTC)),
        ("mmexport1778577262123.jpg", datetime(2026, 5, 12, 9, 14, 22, 123000, tzinfo=UTC)),
    ],
)
def test_some_names_say_the_moment(name: str, expected: datetime) -> None:
    assert dates.in_name(name, ZONE) == (expected, True)


@pytest.mark.parametrize(
    "name",
    [
        "Screenshot (12).png",
        "IMG_1234.HEIC",
        "2026-13-45.md",
        "9781234567897.jpg",
        "v1.2.3.md",
        "",
        "99991232_000000.jpg",
    ],
)
def test_other_names_have_no_date(name: str) -> None:
    assert dates.from_name(name, ZONE) is None


@given(st.text(max_size=60), st.from_regex(r"\d{4}-\d\d-\d\d[ T_-]\d{0,6}.{0,10}"))
def test_any_name_is_survived(one: str, other: str) -> None:
    for name in (one, other):
        found = dates.in_name(name, ZONE)
        assert found is None or found[0].utcoffset() is not None
