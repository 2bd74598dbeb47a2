"""Models at work: the two Protocols, and the implementations beside them.

Generator: llama.cpp in a child process (worker.py), an OpenAI-compatible endpoint (remote.py), fake.py.
Embedder: onnxruntime (onnx.py), llama.cpp for GGUF embedding models (worker.py), an endpoint (remote.py), fake.py.
Lexicon: what single words mean to an embedder (lexicon.py).
The child process: child.py is its parent's end, serving.py its own, llama.py the model inside it, constrained.py what
keeps the model's text to a grammar.
Everything here takes plain arguments; secondme.engines turns settings into them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Protocol, TypedDict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine.lexicon import Lexicon
    from secondme.engine.partial import Tell

    Vectors = NDArray[np.float32]

TOKENS_HINT = "Do without, or choose an embedder that gives them, such as minilm-l6: `secondme models list`."


class Message(TypedDict):
    """`holds`: ids of the passages whose words `content` has, the owner's or a model's. Where the first messages of a
    prompt say so, what a model made of them may be kept on disk until one of these is forgotten. Without it, it is not.
    """

    role: Literal["system", "user", "assistant"]
    content: str
    holds: NotRequired[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. `temperature` 0 is greedy, and then the same prompt gives the same text.

    `grammar` (GBNF with a rule `root`) and `schema` (JSON Schema) say what the text must be. A model on this machine
    keeps to the grammar, or to the schema where there is no grammar; an endpoint is asked to keep to the schema and
    may not. Neither promises an end: at `max_tokens` the text is cut off. So what comes is to be checked all the same.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 0.95
    seed: int = 0
    stop: tuple[str, ...] = ()
    grammar: str = ""
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the last generation."""

    prompt_tokens: int = 0
    new_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """What each token of a text means where it stands. Special tokens are left out.

    `vectors`: float32 (tokens, dimension), rows of length 1. `spans`: int32 (tokens, 2), the characters from and to.
    """

    vectors: Vectors
    spans: NDArray[np.int32]


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

    def read(self, messages: Sequence[Message]) -> None:
        """Have the beginning of a conversation read without waiting, where that saves time later.

        Gives way to any other request, and what goes wrong is told by that one.
        """

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

    def tokens(self, texts: Sequence[str], *, asking: bool = False) -> list[Tokens]:
        """What `embed` makes its rows of: a vector for each token of each text, up to `max_tokens`, in their order.

        Costs what embedding the texts costs, and 1.5 KB a token. Raises EngineError where the model gives none.
        """

    def lexicon(self, tell: Tell = lambda done, total: None) -> Lexicon | None:
        """What single words mean to the model, or None where that cannot be had.

        Made by the first call on a machine, which takes a while and tells how far it is, and opened by later ones.
        """

    def close(self) -> None: ...
