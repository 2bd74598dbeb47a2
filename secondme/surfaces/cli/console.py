"""Rich, held back from two things: changing words that come from memory, and ending the program by itself.

Imported on first output only (30 ms).
"""

from __future__ import annotations

from typing import Any

from rich.console import Console as RichConsole
from rich.text import Text

# What a terminal obeys: C0 without tab and line feed, DEL, C1. Shown as U+FFFD, so that a note can't give orders.
_OBEYED = dict.fromkeys([*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)], "\ufffd") | {0x0D: None}


def tame(text: str) -> str:
    """`text` without what a terminal would obey rather than show."""
    return text.translate(_OBEYED)


class Console(RichConsole):
    """`stderr` or standard output; a string that is printed shows as it stands."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, emoji=False)
        if not self.is_terminal:
            self.width = 10_000  # a pipe has no width: nothing is cut or wrapped

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(tame(text), **settings)

    def on_broken_pipe(self) -> None:
        raise  # the BrokenPipeError being handled where this is called; `spoken` knows what to do with it
