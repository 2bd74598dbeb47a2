"""Generator and Embedder over an OpenAI-compatible endpoint: llama-server, vLLM, Ollama, or a service.

Knows HTTP, server-sent events and how an endpoint fails. Only the owner's explicit setting leads here; nothing falls
back to it. The key goes into one header and into no message. The formats are those of OpenAI's API reference
(/chat/completions with "stream" and "response_format", /embeddings) and of the HTML standard (server-sent events).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from secondme.engine import TOKENS_HINT, Message, Sampling, Tokens, Usage
from secondme.errors import EngineError, RemoteFailed

if TYPE_CHECKING:
    import httpx

    from secondme.engine import Vectors
    from secondme.engine.partial import Tell

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 120.0  # between two bytes; the first waits for the whole prompt to be read
BATCH = 64  # texts in one request for embeddings; services allow 96 to 2,048
BYTES_PER_TOKEN = 3  # of UTF-8; common tokenizers average 4 in English and seldom less than 3 elsewhere

_API_HINT = "Check that the address is that of an OpenAI-compatible API."
_HINTS = {
    401: "The endpoint wants a key, or another one: `secondme config`.",
    403: "The key does not allow this model: `secondme config`.",
    404: "Check that the address ends where its API begins (often in /v1), and the model's name: `secondme config`.",
    429: "The endpoint asks to wait: try again in a minute.",
}


class _Unwanted(RemoteFailed):
    """The endpoint understood the request and refuses something in it."""


class _Endpoint:
    """An address, a key and the connections to it."""

    def __init__(self, url: str, api_key: str | None, silence: float) -> None:
        import httpx  # 100 ms

        self._base = url.rstrip("/")
        timeout = httpx.Timeout(silence, connect=CONNECT_SECONDS)
        try:
            parts = httpx.URL(url)
            # a redirect would carry the owner's words to an address that the owner has not named
            self._client = httpx.Client(timeout=timeout, follow_redirects=False)
            if api_key:
                self._client.headers["Authorization"] = f"Bearer {api_key}"
        except (httpx.InvalidURL, UnicodeError):
            raise RemoteFailed("The endpoint's address or key holds characters that cannot be sent.") from None
        # what messages show: an address may carry a name, a password or a key as well
        self.url = str(parts.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The decoded JSON of an answer. Raises RemoteFailed."""
        with self.answering(path, body) as response:
            return _json(response.read(), self.url)

    @contextmanager
    def answering(self, path: str, body: Mapping[str, Any]) -> Iterator[httpx.Response]:
        """An answer of status 200 whose body is still to be read, also within which every failure is mapped."""
        import httpx

        try:
            with self._client.stream("POST", self._base + path, json=body) as response:
                if response.status_code != 200:
                    raise _refusal(self.url, response.status_code)
                yield response
        except httpx.ConnectTimeout:
            raise RemoteFailed(f"{self.url} did not take the connection in {CONNECT_SECONDS:.0f} s.") from None
        except httpx.ConnectError:
            raise RemoteFailed(f"Nothing answers at {self.url}.", "Start the server, or check the address.") from None
        except httpx.TimeoutException:
            raise RemoteFailed(f"{self.url} went silent in the middle of an answer.", "Try again.") from None
        except httpx.RemoteProtocolError:
            raise RemoteFailed(f"{self.url} cut its answer off.", "Try again; see the server's own log.") from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            # by type: the text of a header or URL error may quote what was sent
            raise RemoteFailed(f"The request to {self.url} failed ({type(error).__name__}).") from None

    def close(self) -> None:
        self._client.close()


class RemoteGenerator:
    """Generator at an endpoint. `context` is what the owner says the model holds; `silence` in seconds."""

    def __init__(
        self, url: str, model: str, api_key: str | None, context: int, *, silence: float = SILENCE_SECONDS
    ) -> None:
        self._endpoint, self._model, self._context = _Endpoint(url, api_key, silence), model, context
        self._usage, self._takes_schemas = Usage(), True

    @property
    def name(self) -> str:
        return self._model

    @property
    def context(self) -> int:
        return self._context

    @property
    def usage(self) -> Usage:
        """As the endpoint counted; where it did not, an estimate for the prompt and the number of pieces."""
        return self._usage

    def start(self) -> None:
        """Nothing to load here."""

    def read(self, messages: Sequence[Message]) -> None:
        """What is read at the endpoint is not ours to choose."""

    def count(self, text: str) -> int:
        """An estimate that errs on the high side, for the tokenizer is not known: a token per 3 bytes of UTF-8."""
        return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)

    def chat(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        prompt = sum(self.count(message["content"]) for message in messages)
        if prompt >= self._context:
            message = f"The prompt has about {prompt:,} tokens and the model's context holds {self._context:,}."
            raise EngineError(message, "Give it less to read (-k), or set a larger context for the endpoint.")
        self._usage = Usage(prompt, 0)
        if not self._takes_schemas:
            sampling = replace(sampling, schema=None)
        try:
            yield from self._answer(messages, sampling)
        except _Unwanted:
            if sampling.schema is None:
                raise
            self._takes_schemas = False  # older servers know no such format; what comes is checked all the same
            yield from self._answer(messages, replace(sampling, schema=None))

    def _answer(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        with self._endpoint.answering("/chat/completions", self._body(messages, sampling)) as response:
            for piece, counted in _events(response.iter_lines(), self._endpoint.url):
                self._usage = counted or Usage(self._usage.prompt_tokens, self._usage.new_tokens + bool(piece))
                if piece:
                    yield piece

    def _body(self, messages: Sequence[Message], sampling: Sampling) -> dict[str, Any]:
        said = [{"role": message["role"], "content": message["content"]} for message in messages]
        body: dict[str, Any] = {"model": self._model, "messages": said, "stream": True}
        body |= {"stream_options": {"include_usage": True}, "max_tokens": sampling.max_tokens}
        body |= {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
        if sampling.schema is not None:
            schema = {"name": "reply", "strict": True, "schema": sampling.schema}
            body |= {"response_format": {"type": "json_schema", "json_schema": schema}}
        return body | ({"stop": list(sampling.stop)} if sampling.stop else {})

    def close(self) -> None:
        self._endpoint.close()


class RemoteEmbedder:
    """Embedder at an endpoint. A `dimension` that is not given is learnt from the first answer, and held to after."""

    def __init__(
        self,
        url: str,
        model: str,
        api_key: str | None,
        dimension: int | None = None,
        *,
        max_tokens: int = 512,
        silence: float = SILENCE_SECONDS,
    ) -> None:
        self._endpoint, self._model = _Endpoint(url, api_key, silence), model
        self._dimension, self._max_tokens = dimension, max_tokens

    @property
    def name(self) -> str:
        return self._model

    @property
    def dimension(self) -> int:
        if self._dimension is None:
            self.embed(["dimension"])
        assert self._dimension is not None
        return self._dimension

    @property
    def max_tokens(self) -> int:
        return self._max_tokens

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Estimates that err on the high side: a token per 3 bytes of UTF-8."""
        return [-(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN) for text in texts]

    def embed(self, texts: Sequence[str], *, asking: bool = False) -> Vectors:
        import numpy as np  # 40 ms

        rows = [row for at in range(0, len(texts), BATCH) for row in self._batch(texts[at : at + BATCH])]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dimension)

    def tokens(self, texts: Sequence[str], *, asking: bool = False) -> list[Tokens]:
        """Raises EngineError: the API gives a vector per text and no other."""
        raise EngineError("An endpoint gives no vectors of single words.", TOKENS_HINT)

    def lexicon(self, tell: Tell = lambda done, total: None) -> None:
        """None: it would take thousands of requests."""

    def _batch(self, texts: Sequence[str]) -> list[Any]:
        import numpy as np

        url, wanted = self._endpoint.url, len(texts)
        # the API refuses an empty text; what exceeds the model's length is the endpoint's to cut
        answer = self._endpoint.post("/embeddings", {"model": self._model, "input": [text or " " for text in texts]})
        try:
            data = sorted(answer["data"], key=lambda entry: entry["index"])
            rows = [np.asarray(entry["embedding"], dtype=np.float32) for entry in data]
        except (TypeError, KeyError, ValueError):
            raise RemoteFailed(f"{url} answered with something that is not embeddings.") from None
        if len(rows) != wanted:
            raise RemoteFailed(f"{url} answered with {len(rows)} embeddings for {wanted} texts.")
        self._dimension = self._dimension or (rows[0].size if rows else None)
        return [self._unit(row) for row in rows]

    def _unit(self, row: Any) -> Any:
        import numpy as np

        length = float(np.linalg.norm(row))
        if row.shape != (self._dimension,):
            hint = "Name the model that made the memory, or rebuild it: `secondme doctor --repair`."
            message = f"{self._endpoint.url} answered with {row.size} dimensions where {self._dimension} are expected."
            raise RemoteFailed(message, hint)
        if not 0 < length < float("inf"):
            raise RemoteFailed(f"{self._endpoint.url} answered with a vector that has no direction.")
        return row / length

    def close(self) -> None:
        self._endpoint.close()


def _events(lines: Iterator[str], url: str) -> Iterator[tuple[str, Usage | None]]:
    """The text of each event, and the usage where it tells one, up to [DONE].

    An end of the stream without [DONE] and without a reason to finish was a cut.
    """
    finished = False
    for line in lines:
        if not line.startswith("data:"):  # comments that keep the line open, names of events, blank lines
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        event = _json(data, url)
        if isinstance(event, dict) and event.get("error"):
            raise RemoteFailed(f"{url} broke off with an error.", "See the server's own log.")
        try:
            piece, reason, usage = _read(event)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise RemoteFailed(f"{url} answered with something that is not a chat.", _API_HINT) from None
        finished = finished or reason
        yield piece, usage
    if not finished:
        raise RemoteFailed(f"{url} cut its answer off.", "Try again; see the server's own log.")


def _read(event: Any) -> tuple[str, bool, Usage | None]:
    """Text, whether it is the last, and usage. Raises what Python raises when the event is of another shape."""
    usage = event.get("usage")
    counted = Usage(int(usage["prompt_tokens"]), int(usage["completion_tokens"])) if usage else None
    if not event["choices"]:
        return "", False, counted
    choice = event["choices"][0]
    return str(choice["delta"].get("content") or ""), bool(choice.get("finish_reason")), counted


def _json(data: str | bytes, url: str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        raise RemoteFailed(f"{url} answered with something that is not JSON.", _API_HINT) from None


def _refusal(url: str, status: int) -> RemoteFailed:
    if status >= 500:
        return RemoteFailed(f"{url} failed (HTTP {status}).", "Try again; see the server's own log.")
    kind = _Unwanted if status in (400, 422) else RemoteFailed
    return kind(f"{url} refused the request (HTTP {status}).", _HINTS.get(status))
