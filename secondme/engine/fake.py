"""Engines without models, for tests and for trying out a surface. Deterministic, instant, and they ship.

They know nothing of language: the generator replays what it was given, or echoes the first quoted piece of evidence
in the prompt; the embedder counts words, so that texts sharing words are near, and words with one stem are one.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from secondme.engine import Message, Sampling, Tokens, Usage
from secondme.errors import EngineError

if TYPE_CHECKING:
    from secondme.engine import Vectors
    from secondme.engine.lexicon import Lexicon
    from secondme.engine.partial import Tell

Rule = Callable[[Sequence[Message]], str]

_WORD = re.compile(r"\w+")
_PIECES = re.compile(r"\s*\S+|\s+$")  # a word with the space before it, as tokenizers do
_QUOTED = re.compile(r"\[(\d+)\][^\"“\n]*[\"“]([^\"”]+)[\"”]|\[(\d+)\]\s*([^\n]+)|[\"“]([^\"”]+)[\"”]")


def echo(messages: Sequence[Message]) -> str:
    """The first evidence of the last message, with its number: `[1] "Lunch at noon"` -> `Lunch at noon [1]`.

    Evidence is `[1] "quoted"`, else the rest of a line that begins with a number in brackets, else any quoted text.
    """
    found = _QUOTED.search(messages[-1]["content"]) if messages else None
    if not found:
        return "I don't know."
    number, quote, line_number, line, bare = found.groups()
    text = (quote or line or bare).strip()
    return f"{text} [{number or line_number}]" if number or line_number else text


def smallest(schema: Mapping[str, Any]) -> Any:
    """The least that a JSON schema lets be said: no items, first choices, empty texts."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        return {key: smallest(schema["properties"][key]) for key in schema.get("required", ())}
    if schema.get("type") == "array":
        return [smallest(schema["items"])] * schema.get("minItems", 0)
    return {"string": "", "integer": 0, "number": 0, "boolean": False}.get(str(schema.get("type")))


class FakeGenerator:
    """Generator that says `replies` in turn, and after the last of them what `rule` makes of the messages.

    Asked for a schema, `echo` says the least that the schema allows; a grammar is not read. An exception among the
    replies is raised in its turn. With `dies_after` n, every chat raises `death` after n pieces.
    `prompts` holds the messages of each chat, `samplings` how each was to be written, and `cancelled` counts the chats
    that were closed before their end.
    Pieces and tokens are words; `pause` is in seconds before each piece.
    """

    def __init__(
        self,
        replies: Iterable[str | EngineError] = (),
        *,
        rule: Rule = echo,
        name: str = "fake",
        context: int = 4096,
        pause: float = 0.0,
        dies_after: int | None = None,
        death: EngineError | None = None,
    ) -> None:
        self._replies, self._rule = list(replies), rule
        self._name, self._context, self._pause = name, context, pause
        self._dies_after, self._death = dies_after, death or EngineError("The fake model died, as it was told to.")
        self._usage = Usage()
        self.prompts: list[list[Message]] = []
        self.samplings: list[Sampling] = []
        self.cancelled = 0
        self.closed = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def context(self) -> int:
        return self._context

    @property
    def usage(self) -> Usage:
        return self._usage

    def start(self) -> None:
        """Nothing to load."""

    def read(self, messages: Sequence[Message]) -> None:
        """Nothing is saved by it."""

    def count(self, text: str) -> int:
        return len(text.split())

    def chat(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        self.prompts.append(list(messages))
        self.samplings.append(sampling)
        prompt = sum(self.count(message["content"]) for message in messages)
        if prompt >= self._context:
            message = f"The prompt has {prompt:,} tokens and the model's context holds {self._context:,}."
            raise EngineError(message, "Give it less to read (-k), or choose a model with a larger context.")
        reply = self._replies.pop(0) if self._replies else self._said(messages, sampling)
        if isinstance(reply, EngineError):
            raise reply
        self._usage = Usage(prompt, 0)
        try:
            yield from self._pieces(_before_stop(reply, sampling.stop), sampling.max_tokens, prompt)
        except GeneratorExit:
            self.cancelled += 1
            raise

    def _said(self, messages: Sequence[Message], sampling: Sampling) -> str:
        if sampling.schema is None or self._rule is not echo:
            return self._rule(messages)
        return json.dumps(smallest(sampling.schema))

    def _pieces(self, reply: str, limit: int, prompt: int) -> Iterator[str]:
        for n, piece in enumerate(_PIECES.findall(reply)[:limit]):
            if n == self._dies_after:
                raise self._death
            time.sleep(self._pause)
            self._usage = Usage(prompt, n + 1)
            yield piece

    def close(self) -> None:
        self.closed = True


class FakeEmbedder:
    """Embedder that hashes words without endings into `dimension` buckets. `embedded` lists every text it read."""

    def __init__(self, dimension: int = 64, *, name: str = "", max_tokens: int = 256) -> None:
        self._dimension, self._name, self._max_tokens = dimension, name or f"fake-{dimension}", max_tokens
        self.embedded: list[str] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def counts(self, texts: Sequence[str]) -> list[int]:
        return [len(_words(text)) for text in texts]

    def embed(self, texts: Sequence[str], *, asking: bool = False) -> Vectors:
        import numpy as np  # 40 ms

        self.embedded += texts
        rows = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _words(text)[: self._max_tokens] or [""]:
                row[self._bucket(word)] += 1.0
            row /= np.linalg.norm(row)
        return rows

    def tokens(self, texts: Sequence[str], *, asking: bool = False) -> list[Tokens]:
        return [self._tokens(text) for text in texts]

    def lexicon(self, tell: Tell = lambda done, total: None) -> Lexicon:
        import numpy as np

        from secondme.engine.lexicon import Lexicon

        return Lexicon(np.eye(self._dimension, dtype=np.float16), self._numbers)

    def _numbers(self, texts: Sequence[str]) -> list[list[int]]:
        return [[self._bucket(word) for word in _words(text)] for text in texts]

    def _tokens(self, text: str) -> Tokens:
        import numpy as np

        found = list(_WORD.finditer(text))[: self._max_tokens]
        buckets = [self._bucket(word.group().lower()) for word in found]
        spans = np.array([word.span() for word in found], dtype=np.int32).reshape(-1, 2)
        return Tokens(np.eye(self._dimension, dtype=np.float32)[buckets], spans)

    def _bucket(self, word: str) -> int:
        return zlib.crc32(_stem(word).encode()) % self._dimension  # the same in every process, unlike hash()

    def close(self) -> None:
        pass


def _before_stop(text: str, stop: Sequence[str]) -> str:
    return text[: min((at for s in stop if s and (at := text.find(s)) >= 0), default=len(text))]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _stem(word: str) -> str:
    """Crude on purpose: books, booked and booking meet, and nothing else is promised."""
    return re.sub(r"(ing|ed|es|s)$", "", word) if len(word) > 4 else word
