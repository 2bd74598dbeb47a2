"""A model's bytes as text that may be shown: tokens end in the middle of characters, and stop strings come in pieces.

Standard library only.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class Text:
    """Bytes in, text out: never half a character, never a stop string or the beginning of one."""

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = [s for s in stop if s]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False

    def add(self, data: bytes) -> str:
        """What may be shown now. Sets `stopped` at the first stop string, which is not shown."""
        self._held += self._decoder.decode(data)
        ends = [at for s in self._stop if (at := self._held.find(s)) >= 0]
        if ends:
            self.stopped = True
            return self._held[: min(ends)]
        held = max((n for s in self._stop for n in range(1, len(s)) if self._held.endswith(s[:n])), default=0)
        cut = len(self._held) - held
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def rest(self) -> str:
        """What was held back in case a stop string came. Bytes of an unfinished character are dropped."""
        rest, self._held = self._held, ""
        return rest
