"""What a model has read and need not read again: its KV cache, and the states of it that are kept on disk.

Knows which tokens the cache holds, how much of the next prompt that saves, and when a beginning is worth writing down.
Refuses to know messages, samplers and files (llama.py and states.py do). Imported in the child process only.

Prompts are evaluated in pieces, always cut at the same places, and only whole pieces are kept. What a model makes of a
piece is then the same bits whatever was asked before, in this process or another, so that reuse never changes a greedy
text. The tokens of a reply are therefore read once more when they come back as part of a conversation: written one by
one they would have other bits. `Writer.read` does that while the owner reads the reply.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as c

from secondme.engine.states import States


@dataclass(frozen=True, slots=True)
class Beginning:
    """What of a prompt may be kept on disk: messages that end at those tokens, and hold words of `passages` (ids).

    `talk`: it holds replies, so that the same conversation's next beginning can take its place.
    """

    ends: tuple[int, ...] = ()
    passages: frozenset[str] = frozenset()
    talk: bool = False


WITHOUT = Beginning()


class Cache:
    """Sequence 0 of a llama.cpp `context`. `decode` appends tokens to it and says False when cancelled.

    `chunk`: tokens of a piece at most. Without `states` nothing is kept on disk.
    """

    def __init__(
        self, context: Any, chunk: int, decode: Callable[[Sequence[int]], bool], states: States | None = None
    ) -> None:
        self._ctx, self._memory = context, c.llama_get_memory(context)
        self._chunk, self._decode, self._states = chunk, decode, states
        self._cached: list[int] = []  # whole pieces only
        self._cuts: list[int] = []  # where each of them ends
        self._due: tuple[list[int], list[int], Beginning, str] | None = None
        self.evaluated = self.loaded = 0

    def read(self, ids: Sequence[int], beginning: Beginning = WITHOUT, *, ahead: bool = False) -> bool:
        """Evaluates a prompt, less what is known of it; `ahead` of its use only whole pieces. False when cancelled:
        what was read by then is known the next time.

        `evaluated` counts the tokens that had to be read, `loaded` those whose state came from disk.
        """
        stamp = self._states.stamp() if self._states else ""
        cuts = cut(len(ids), beginning.ends, self._chunk)
        keep = self._known(ids, cuts)
        self._cached, self._cuts, self.evaluated = list(ids[:keep]), [at for at in cuts if at <= keep], 0
        whole = max((at for at in cuts if at <= max(beginning.ends, default=0)), default=0)
        if 0 < whole <= keep:  # read before, as part of what did not say what it holds
            self._consider(whole, beginning, stamp)
        for start, end in itertools.pairwise([keep, *cuts[len(self._cuts) :]]):
            if not self._read(ids[start:end]):
                return False
            self._cached += ids[start:end]
            self._cuts.append(end)
            if end == whole:
                self._consider(whole, beginning, stamp)
        rest = ids[len(self._cached) :]
        return ahead or not rest or self._read(rest)

    def close(self) -> None:
        """Keeps what was not worth it while more was to come."""
        if self._due:
            ids, cuts, beginning, stamp = self._due
            if self._cached[: len(ids)] == ids and c.llama_memory_seq_rm(self._memory, 0, len(ids), -1):
                self._keep(ids, cuts, beginning, stamp)

    def _read(self, piece: Sequence[int]) -> bool:
        if not self._decode(piece):
            return False
        self.evaluated += len(piece)
        return True

    def _known(self, ids: Sequence[int], cuts: Sequence[int]) -> int:
        """How many tokens of `ids` the cache holds now, in whole pieces, and nothing after them."""
        keep = shared((self._cached, self._cuts), (ids, cuts))
        if not c.llama_memory_seq_rm(self._memory, 0, keep, -1):  # recurrent models cannot forget a part
            keep = 0
        found, self.loaded = self._states.find(ids, cuts, keep) if self._states else None, 0
        if found or not keep:
            c.llama_memory_clear(self._memory, True)
            keep = 0
        if found and self._states and self._states.load(found, self._load):
            keep = self.loaded = found.tokens
        return keep

    def _consider(self, whole: int, beginning: Beginning, stamp: str) -> None:
        """Keeps the first `whole` tokens. A conversation grows: it is written when it has done so by a quarter, if
        nothing else is in the cache just then, or at the end."""
        if self._states is None:
            return
        ids, cuts = self._cached[:whole], [at for at in self._cuts if at <= whole]
        known = self._states.find([*ids, -1], cuts)
        before = known.tokens if known else 0
        self._due = None
        if whole - before >= max(self._chunk, before // 4) and whole == len(self._cached):
            self._keep(ids, cuts, beginning, stamp)
        elif whole > before:
            self._due = ids, cuts, beginning, stamp

    def _keep(self, ids: list[int], cuts: list[int], beginning: Beginning, stamp: str) -> None:
        assert self._states is not None
        size = int(c.llama_state_seq_get_size(self._ctx, 0))
        self._states.keep(ids, cuts, beginning.passages, self._save, size=size, stamp=stamp, talk=beginning.talk)

    def _save(self, path: Path) -> bool:
        # the tokens are left out: they are the words themselves
        written = c.llama_state_seq_save_file(self._ctx, os.fsencode(path), 0, (c.llama_token * 1)(), 0)
        return bool(0 < written == path.stat().st_size)

    def _load(self, path: Path) -> bool:
        tokens, count = (c.llama_token * 1)(), c.ctypes.c_size_t()
        return bool(c.llama_state_seq_load_file(self._ctx, os.fsencode(path), 0, tokens, 1, c.ctypes.byref(count)))


def cut(length: int, ends: Sequence[int], chunk: int) -> list[int]:
    """Where the whole pieces of a prompt end: after `chunk` tokens, and at the `ends` of messages that may be kept, if
    half a chunk has come by then. So what is read once the owner asks is little more than the question. A longer prompt
    that begins alike is cut alike; what is left at the end of `length` tokens is no whole piece."""
    found, at = list[int](), 0
    for end in ends:
        if end - at >= chunk // 2:
            found += [*range(at + chunk, end, chunk), end]
            at = end
    return [*found, *range(at + chunk, length + 1, chunk)]


def shared(one: tuple[Sequence[int], Sequence[int]], other: tuple[Sequence[int], Sequence[int]]) -> int:
    """Length of the beginning that two prompts have in common, in whole pieces; each is its tokens and their cuts. At
    least the last token of the `other` is left to evaluate."""
    (cached, known), (ids, cuts) = one, other
    same = next((i for i, (a, b) in enumerate(zip(cached, ids, strict=False)) if a != b), min(len(cached), len(ids)))
    alike = [a for a, b in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(known, cuts, strict=False))]
    return max((at for at in alike if at <= min(same, len(ids) - 1)), default=0)
