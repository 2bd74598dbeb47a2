"""Models at work: the two Protocols, and the implementations beside them.

Generator: llama.cpp in a child process (worker.py), an OpenAI-compatible endpoint (remote.py), fake.py.
Embedder: onnxruntime (onnx.py), llama.cpp for GGUF embedding models (worker.py), an endpoint (remote.py), fake.py.
The child process: child.py is its parent's end, serving.py its own, llama.py the model inside it.
Everything here takes plain arguments; secondme.engines turns settings into them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypedDict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. `temperature` 0 is greedy, and then the same prompt gives the same text."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 0.95
    seed: int = 0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the last generation."""

    prompt_tokens: int = 0
    new_tokens: int = 0


class Generator(Protocol):
    """Writes text. One generation at a time; closing is explicit and may be repeated."""

    @property
    def name(self) -> str: ...

    @property
    def context(self) -> int:
        """Tokens that prompt and output share."""

    @property
    def usage(self) -> Usage: ...

    def start(self) -> None:
        """Begin loading without waiting, where there is something to load. May be left out, and may be repeated."""

    def count(self, text: str) -> int:
        """Tokens of `text`, by the model's own tokenizer."""

    def chat(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        """Pieces of the reply as they come. Closing the iterator cancels the generation within 200 ms.

        Raises EngineError. A prompt that leaves no room in the context raises EngineError, it is never cut silently.
        """

    def close(self) -> None: ...


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Identifies the vectors: two embedders with one name give comparable vectors."""

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Longest text it reads; what exceeds it is cut."""

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens."""

    def embed(self, texts: Sequence[str], *, asking: bool = False) -> Vectors:
        """float32 array of shape (len(texts), dimension), each row of length 1, in the order of `texts`.

        `asking`: these are questions, which some models read otherwise than the passages that answer them.
        """

    def close(self) -> None: ...
