"""Where a stream is cut: silences, days, and turns of the talk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from secondme.memory.episodes import cutting
from secondme.memory.episodes.cutting import cut, moment
from secondme.store.episodes import Placed
from secondme.timewords import in_words

BEGIN = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
BIKE, CAKE = np.eye(8, dtype=np.float32)[:2]


def said(n: int, minutes: float, speaker: str = "Ana", length: int = 120) -> Placed:
    when = BEGIN + timedelta(minutes=minutes)
    context = f"Chat — {speaker} — {in_words(when.date())}"
    return Placed(
        n, f"p{n}", n, "message", "chat", int(when.timestamp()), when.isoformat(), speaker, "own", context, length
    )


def noted(n: int, context: str, *, item: int = 1, when: datetime | None = BEGIN) -> Placed:
    time, epoch = (when.isoformat(), int(when.timestamp())) if when else (None, None)
    return Placed(n, f"p{n}", item, "note", "", epoch, time, "", "own", context, 400)


def pieces(stream: Sequence[Placed], about: Sequence[np.ndarray] = ()) -> list[list[int]]:
    vectors = np.array(about if len(about) else [BIKE] * len(stream), np.float32)
    row = {one.n: at for at, one in enumerate(stream)}
    return [[one.n for one in piece] for piece in cut(stream, lambda some: vectors[[row[one.n] for one in some]])]


def test_a_conversation_is_cut_where_it_falls_silent() -> None:
    stream = [said(1, 0), said(2, 1), said(3, 2), said(4, 600), said(5, 601), said(6, 602)]
    assert pieces(stream) == [[1, 2, 3], [4, 5, 6]]


def test_a_word_or_two_between_silences_join_what_is_nearest_in_time() -> None:
    morning = [said(n, n) for n in (1, 2, 3)]
    crumb = [said(4, 500, length=20)]  # eight hours later, and seven before the next
    evening = [said(n, 920 + n) for n in (5, 6, 7)]
    assert pieces([*morning, *crumb, *evening]) == [[1, 2, 3], [4, 5, 6, 7]]


def test_a_word_alone_for_days_stays_alone() -> None:
    far = [said(1, 0, length=20), said(2, 5_000, length=20), said(3, 10_000, length=20)]
    assert pieces(far) == [[1], [2], [3]]


def test_it_is_cut_where_the_talk_turns() -> None:
    stream = [said(n, n / 10) for n in range(10)]
    assert pieces(stream, [BIKE] * 5 + [CAKE] * 5) == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_where_nothing_turns_nothing_is_cut() -> None:
    assert pieces([said(n, n / 10) for n in range(20)]) == [list(range(20))]


def test_a_turn_leaves_no_episode_of_a_word_or_two() -> None:
    stream = [said(n, n / 10) for n in range(8)]
    assert pieces(stream, [CAKE] + [BIKE] * 7) == [list(range(8))]
    short = [said(n, n / 10, length=20) for n in range(8)]
    assert pieces(short, [BIKE] * 4 + [CAKE] * 4) == [list(range(8))]


def test_other_people_and_a_pause_make_a_turn_of_what_alone_is_none() -> None:
    near = (BIKE + 0.55 * CAKE) / np.linalg.norm(BIKE + 0.55 * CAKE)
    about = [BIKE] * 6 + [near] * 6
    even = [said(n, n, speaker="Ana" if n % 2 else "Ben") for n in range(12)]
    assert len(pieces(even, about)) == 1
    changed = [
        said(n, n + 60 * (n >= 6), speaker=("Ana", "Ben", "Cleo", "Dan")[n % 2 + 2 * (n >= 6)]) for n in range(12)
    ]
    assert pieces(changed, about) == [list(range(6)), list(range(6, 12))]


def test_a_long_stretch_is_cut_where_it_turns_most() -> None:
    stream = [said(n, n / 10) for n in range(3 * cutting.MOST)]
    found = pieces(stream)
    assert [n for piece in found for n in piece] == [one.n for one in stream]
    assert max(map(len, found)) <= cutting.MOST


def test_what_is_said_later_moves_no_cut_that_was_made_before() -> None:
    first = [said(n, n / 10) for n in range(10)]
    about = [BIKE] * 5 + [CAKE] * 5
    later = [said(n, 1_000 + n / 10) for n in range(10, 30)]
    before = pieces(first, about)
    assert pieces([*first, *later], about + [CAKE] * 3 + [BIKE] * 17)[: len(before)] == before


def test_notes_are_episodes_of_their_own_and_days_under_headings_too() -> None:
    stream = [
        noted(1, "Log › 4 May 2026", when=None),
        noted(2, "Log › 4 May 2026", when=None),
        noted(3, "Log › 9 May 2026", when=None),
        noted(4, "Other", item=2, when=None),
    ]
    assert pieces(stream) == [[1, 2], [3], [4]]


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        (said(1, 90), BEGIN + timedelta(minutes=90)),
        (noted(1, "Log", when=BEGIN), None),  # the file's time, which says nothing
        (noted(1, "Log › 9 May 2026", when=None), datetime(2026, 5, 9, 12, tzinfo=UTC)),
        (noted(1, f"Log — {in_words(BEGIN.date())}"), BEGIN),
        (noted(1, f"Log › 9 May 2026 — {in_words(BEGIN.date())}"), datetime(2026, 5, 9, 12, tzinfo=UTC)),
        (noted(1, "Log", when=None), None),
    ],
)
def test_a_passage_is_of_the_day_that_it_names_or_of_none(passage: Placed, expected: datetime | None) -> None:
    assert moment(passage) == (int(expected.timestamp()) if expected else None)


def test_without_vectors_times_alone_cut() -> None:
    stream = [said(n, n + 600 * (n >= 5)) for n in range(10)]
    found = cut(stream, lambda some: np.zeros((len(some), 0), np.float32))
    assert [[one.n for one in piece] for piece in found] == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
