"""A model's text on its way to being sentences: thoughts left out, whole sentences told from what may still go on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.sentences import sentences

THINK, THOUGHT = "<think>", "</think>"
PARTIAL_MARK = re.compile(r"\[\d{0,3}")
LEADING_MARKS = re.compile(r"(?:\[\d{1,3}\]\s*)+")


def without_thoughts(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces of a reply without a <think> block at its beginning, which some models write even if asked not to."""
    held = ""
    for piece in pieces:
        held += piece
        begun = said = held.lstrip()
        if begun.startswith(THINK):
            said = begun.partition(THOUGHT)[2].lstrip()
        elif THINK.startswith(begun):
            said = ""  # may become one
        if said:
            yield said
            yield from pieces
            return
    if not held.lstrip().startswith(THINK):
        yield held


def finished(draft: str, *, ended: bool = False) -> tuple[list[str], str]:
    """Whole sentences at the beginning of `draft`, each with the citation marks that follow it, and what is left.

    The last sentence is whole only when the draft has `ended`: until then it may go on, or get its citation.
    """
    whole: list[tuple[int, str]] = []
    for start, end in sentences(draft):
        marks = LEADING_MARKS.match(draft, start, end)
        if marks and whole:  # "It leaves at 07:25. [1] Bring …": the mark is the sentence's before it
            whole[-1] = (whole[-1][0], f"{whole[-1][1]} {marks.group().strip()}")
            start = marks.end()
        if start < end:
            whole.append((start, draft[start:end]))
    if ended or not whole:
        return [text for _, text in whole], "" if ended else draft
    # the last one may go on; if it is the beginning of a mark, the one before it waits for that mark
    kept = 2 if len(whole) > 1 and PARTIAL_MARK.fullmatch(whole[-1][1]) else 1
    return [text for _, text in whole[:-kept]], draft[whole[-kept][0] :]
