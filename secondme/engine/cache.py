"""What a model has read and need not read again: its KV cache, and the states of it that are kept on disk.

Knows which tokens the cache holds, how much of the next prompt that saves, and when a beginning is worth writing down.
Refuses to know messages, samplers and files (llama.py and states.py do). Imported in the child process only.

Prompts are evaluated in chunks, always cut at the same places, and only whole chunks are kept. What a model makes of a
chunk is then the same bits whatever was asked before, in this process or another, so that reuse never changes a greedy
text. The tokens of a reply are therefore read once more when they come back as part of a conversation: written one by
one they would have other bits. `Writer.read` does that while the owner reads the reply.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as c

from secondme.engine.states import States


@dataclass(frozen=True, slots=True)
class Beginning:
    """How much of a prompt may be kept on disk: its first `tokens`, which hold words of `passages` (ids).

    `talk`: it holds replies, so that the same conversation's next beginning can take its place.
    """

    tokens: int = 0
    passages: frozenset[str] = frozenset()
    talk: bool = False


WITHOUT = Beginning()


class Cache:
    """Sequence 0 of a llama.cpp `context`. `decode` appends tokens to it and says False when cancelled.

    `chunk` in tokens. Without `states` nothing is kept on disk.
    """

    def __init__(
        self, context: Any, chunk: int, decode: Callable[[Sequence[int]], bool], states: States | None = None
    ) -> None:
        self._ctx, self._memory = context, c.llama_get_memory(context)
        self._chunk, self._decode, self._states = chunk, decode, states
        self._cached: list[int] = []  # whole chunks only
        self._due: tuple[list[int], Beginning, str] | None = None
        self.evaluated = self.loaded = 0

    def read(self, ids: Sequence[int], beginning: Beginning = WITHOUT, *, ahead: bool = False) -> bool:
        """Evaluates a prompt, less what is known of it; `ahead` of its use only whole chunks. False when cancelled:
        what was read by then is known the next time.

        `evaluated` counts the tokens that had to be read, `loaded` those whose state came from disk.
        """
        stamp = self._states.stamp() if self._states else ""
        keep = self._known(ids)
        self._cached, self.evaluated = list(ids[:keep]), 0
        whole = min(beginning.tokens, len(ids)) // self._chunk * self._chunk
        for start in range(keep, len(ids), self._chunk):
            piece = ids[start : start + self._chunk]
            if ahead and len(piece) < self._chunk:
                break
            if not self._decode(piece):
                return False
            self.evaluated += len(piece)
            if len(piece) == self._chunk:
                self._cached += piece
                if len(self._cached) == whole:
                    self._consider(beginning, stamp)
        return True

    def close(self) -> None:
        """Keeps what was not worth it while more was to come."""
        if self._due:
            ids, beginning, stamp = self._due
            if self._cached[: len(ids)] == ids and c.llama_memory_seq_rm(self._memory, 0, len(ids), -1):
                self._keep(ids, beginning, stamp)

    def _known(self, ids: Sequence[int]) -> int:
        """How many tokens of `ids` the cache holds now, in whole chunks, and nothing after them."""
        keep = shared(self._cached, ids, self._chunk)
        if not c.llama_memory_seq_rm(self._memory, 0, keep, -1):  # recurrent models cannot forget a part
            keep = 0
        found, self.loaded = self._states.find(ids, keep) if self._states else None, 0
        if found or not keep:
            c.llama_memory_clear(self._memory, True)
            keep = 0
        if found and self._states and self._states.load(found, self._load):
            keep = self.loaded = found.tokens
        return keep

    def _consider(self, beginning: Beginning, stamp: str) -> None:
        """Keeps what is cached now, and nothing else is. A conversation grows: it is written when it has done so by a
        quarter, or at the end."""
        if self._states is None:
            return
        ids, known = list(self._cached), self._states.find([*self._cached, -1])
        before = known.tokens if known else 0
        self._due = None
        if len(ids) - before >= max(self._chunk, before // 4):
            self._keep(ids, beginning, stamp)
        elif len(ids) > before:
            self._due = ids, beginning, stamp

    def _keep(self, ids: list[int], beginning: Beginning, stamp: str) -> None:
        assert self._states is not None
        size = int(c.llama_state_seq_get_size(self._ctx, 0))
        self._states.keep(ids, beginning.passages, self._save, size=size, stamp=stamp, talk=beginning.talk)

    def _save(self, path: Path) -> bool:
        # the tokens are left out: they are the words themselves
        written = c.llama_state_seq_save_file(self._ctx, os.fsencode(path), 0, (c.llama_token * 1)(), 0)
        return bool(0 < written == path.stat().st_size)

    def _load(self, path: Path) -> bool:
        tokens, count = (c.llama_token * 1)(), c.ctypes.c_size_t()
        return bool(c.llama_state_seq_load_file(self._ctx, os.fsencode(path), 0, tokens, 1, c.ctypes.byref(count)))


def shared(cached: Sequence[int], ids: Sequence[int], chunk: int) -> int:
    """Length of the common beginning in whole chunks; at least the last token of `ids` is left to evaluate."""
    same = next((i for i, (a, b) in enumerate(zip(cached, ids, strict=False)) if a != b), min(len(cached), len(ids)))
    return min(same, len(ids) - 1) // chunk * chunk
