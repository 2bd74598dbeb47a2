"""An endpoint that works, and the many ways in which one does not: each ends in one sentence without the key."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from secondme.engine import Message, Sampling, Usage
from secondme.engine.remote import RemoteEmbedder, RemoteGenerator
from secondme.errors import EngineError, RemoteFailed

KEY = "sk-very-secret-key"
MESSAGES: list[Message] = [{"role": "user", "content": "Say hello."}]

Play = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


class Stage:
    """A local server that plays whatever a test gives it, and keeps what it was sent."""

    def __init__(self) -> None:
        self.play: Play = lambda request, body: answer(request, b"{}")
        self.requests: list[tuple[str, str | None, dict[str, Any]]] = []
        self.over = threading.Event()
        stage = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stage.requests.append((self.path, self.headers["Authorization"], body))
                with suppress(OSError):  # the other side may leave
                    stage.play(self, body)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with closing(Stage()) as stage:
        yield stage


@pytest.fixture
def generator(stage: Stage) -> Iterator[RemoteGenerator]:
    with closing(RemoteGenerator(stage.url, "m", KEY, 100, silence=0.5)) as generator:
        yield generator


@pytest.fixture
def embedder(stage: Stage) -> Iterator[RemoteEmbedder]:
    with closing(RemoteEmbedder(stage.url + "/", "m", KEY, silence=0.5)) as embedder:
        yield embedder


def answer(request: BaseHTTPRequestHandler, data: bytes, status: int = 200, length: int | None = None) -> None:
    request.send_response(status)
    request.send_header("Content-Length", str(len(data) if length is None else length))
    request.end_headers()
    request.wfile.write(data)


def stream(*events: object) -> Play:
    """Server-sent events, as they are given, until the connection closes. Text is sent as it stands."""

    def play(request: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.end_headers()
        for event in events:
            line = event if isinstance(event, str) else "data: " + json.dumps(event, ensure_ascii=False)
            request.wfile.write(line.encode() + b"\n\n")

    return play


def piece(text: str | None, **more: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None, **more}]}


def failure(act: Callable[[], object]) -> RemoteFailed:
    with pytest.raises(RemoteFailed) as caught:
        act()
    error = caught.value
    assert error.hint
    assert "\n" not in error.message
    assert KEY not in error.message + error.hint + str(error)
    return error


# ---- generation


def test_an_endpoint_is_told_roles_and_words_alone(stage: Stage, generator: RemoteGenerator) -> None:
    with suppress(RemoteFailed):
        list(generator.chat([{"role": "user", "content": "Hello.", "holds": ["p1"]}], Sampling()))
    assert stage.requests[0][2]["messages"] == [{"role": "user", "content": "Hello."}]


def test_a_stream_is_passed_on_piece_by_piece(stage: Stage, generator: RemoteGenerator) -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}}
    stage.play = stream(piece(None), ": ping", piece("Grüß "), piece("dich"), usage, "data: [DONE]")
    assert list(generator.chat(MESSAGES, Sampling(max_tokens=9, stop=("x",), seed=4))) == ["Grüß ", "dich"]
    assert generator.usage == Usage(11, 7)
    path, key, body = stage.requests[0]
    assert (path, key) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert body["messages"] == MESSAGES
    assert (body["max_tokens"], body["temperature"], body["seed"], body["stop"]) == (9, 0.0, 4, ["x"])


def test_a_stream_may_end_with_a_reason_instead_of_done(stage: Stage, generator: RemoteGenerator) -> None:
    stage.play = stream(piece("a"), piece(None, finish_reason="stop"))
    assert list(generator.chat(MESSAGES, Sampling())) == ["a"]
    assert generator.usage.new_tokens == 1


@pytest.mark.parametrize(("status", "word"), [(401, "key"), (403, "key"), (404, "/v1"), (429, "wait"), (301, "")])
def test_a_refusal_says_what_to_do(stage: Stage, generator: RemoteGenerator, status: int, word: str) -> None:
    stage.play = lambda request, _: answer(request, f"your key {KEY} is wrong".encode(), status)
    error = failure(lambda: list(generator.chat(MESSAGES, Sampling())))
    assert str(status) in error.message
    assert word in error.hint


@pytest.mark.parametrize(
    ("play", "words"),
    [
        (lambda request, _: answer(request, b"oops", 500), "HTTP 500"),
        (stream("data: {not json"), "not JSON"),
        (stream("data: [1, 2]"), "not a chat"),
        (stream({"choices": [{"text": "no delta"}]}), "not a chat"),
        (stream({"choices": [], "usage": "many"}), "not a chat"),
        (stream({"error": {"message": KEY}}), "broke off"),
        (stream(), "cut its answer off"),
        (stream(piece("Hel")), "cut its answer off"),
        (lambda request, _: answer(request, b"data: {", length=999), "cut its answer off"),
        (lambda request, _: answer(request, b"<html>Welcome</html>"), "cut its answer off"),
    ],
)
def test_an_answer_that_is_none_fails(stage: Stage, generator: RemoteGenerator, play: Play, words: str) -> None:
    stage.play = play
    assert words in failure(lambda: list(generator.chat(MESSAGES, Sampling()))).message


def test_silence_is_not_waited_for_without_end(stage: Stage, generator: RemoteGenerator) -> None:
    def stall(request: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        stream(piece("Hel"))(request, body)
        stage.over.wait(20)

    stage.play = stall
    began = time.monotonic()
    assert "silent" in failure(lambda: list(generator.chat(MESSAGES, Sampling()))).message
    assert time.monotonic() - began < 5


def test_nobody_there(stage: Stage) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with closing(RemoteGenerator(url, "m", KEY, 100)) as generator:
        assert "Nothing answers" in failure(lambda: list(generator.chat(MESSAGES, Sampling()))).message


@pytest.mark.parametrize("url", ["not a url", "ftp://127.0.0.1/v1", "http://[::1", "http://127.0.0.1:99999/v1", ""])
def test_an_address_that_is_none(url: str) -> None:
    failure(lambda: list(RemoteGenerator(url, "m", KEY, 100).chat(MESSAGES, Sampling())))


@pytest.mark.parametrize("key", ["key with a newline\n", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_not_shown(stage: Stage, key: str) -> None:
    error = failure(lambda: list(RemoteGenerator(stage.url, "m", key, 100).chat(MESSAGES, Sampling())))
    assert key.strip() not in error.message


def test_secrets_in_the_address_are_not_shown(stage: Stage) -> None:
    stage.play = lambda request, _: answer(request, b"", 500)
    url = stage.url.replace("127", f"me:{KEY}@127")
    with closing(RemoteGenerator(url, "m", None, 100)) as generator:
        failure(lambda: list(generator.chat(MESSAGES, Sampling())))


def test_closing_a_chat_lets_the_connection_go(stage: Stage, generator: RemoteGenerator) -> None:
    left = threading.Event()

    def endless(request: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        try:
            while not stage.over.is_set():
                stream(piece("word "))(request, body)
                time.sleep(0.01)
        except OSError:
            left.set()

    stage.play = endless
    chat = generator.chat(MESSAGES, Sampling())
    next(chat)
    began = time.monotonic()
    chat.close()
    assert time.monotonic() - began < 0.2
    assert left.wait(5)


SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_a_schema_is_asked_for_in_strict_mode_and_a_grammar_stays_here(
    stage: Stage, generator: RemoteGenerator
) -> None:
    stage.play = stream(piece("{}"), "data: [DONE]")
    assert list(generator.chat(MESSAGES, Sampling(schema=SCHEMA, grammar='root ::= "{}"'))) == ["{}"]
    list(generator.chat(MESSAGES, Sampling()))
    first, second = (body for _, _, body in stage.requests)
    assert first["response_format"]["type"] == "json_schema"
    assert first["response_format"]["json_schema"] == {"name": "reply", "strict": True, "schema": SCHEMA}
    assert "response_format" not in second
    assert "grammar" not in first


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_knows_no_schemas_is_asked_without_from_then_on(
    stage: Stage, generator: RemoteGenerator, status: int
) -> None:
    def play(request: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        if "response_format" in body:
            answer(request, b"{}", status)
        else:
            stream(piece("free"), "data: [DONE]")(request, body)

    stage.play = play
    for _ in range(2):
        assert list(generator.chat(MESSAGES, Sampling(schema=SCHEMA))) == ["free"]
    assert ["response_format" in body for _, _, body in stage.requests] == [True, False, False]


def test_a_refusal_for_another_reason_is_told_once(stage: Stage, generator: RemoteGenerator) -> None:
    stage.play = lambda request, body: answer(request, b"{}", 400)
    assert "HTTP 400" in failure(lambda: list(generator.chat(MESSAGES, Sampling(schema=SCHEMA)))).message
    assert "HTTP 400" in failure(lambda: list(generator.chat(MESSAGES, Sampling()))).message


def test_counts_err_on_the_high_side_and_bound_the_prompt(generator: RemoteGenerator) -> None:
    assert generator.count("") == 0
    assert generator.count("words in a sentence") == 7
    with pytest.raises(EngineError, match="context holds 100"):
        list(generator.chat([{"role": "user", "content": "word " * 100}], Sampling()))


# ---- embedding


def vectors_for(body: dict[str, Any], size: int = 4) -> list[dict[str, Any]]:
    entries = [{"index": i, "embedding": [len(text), *range(1, size)]} for i, text in enumerate(body["input"])]
    return entries[::-1]  # the index says which is which, not the order


def serve(request: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    answer(request, json.dumps({"data": vectors_for(body)}).encode())


def test_embeddings_come_in_order_as_unit_vectors_in_batches(stage: Stage, embedder: RemoteEmbedder) -> None:
    stage.play = serve
    texts = ["x" * n for n in range(1, 151)]
    vectors = embedder.embed(texts)
    assert vectors.shape == (150, 4)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.allclose(vectors[:, 0] / vectors[:, 1], range(1, 151), rtol=1e-5)
    assert [len(body["input"]) for _, _, body in stage.requests] == [64, 64, 22]
    assert stage.requests[0][0] == "/v1/embeddings"
    assert embedder.dimension == 4
    assert embedder.embed([]).shape == (0, 4)


def test_the_dimension_is_learnt_when_asked_for(stage: Stage, embedder: RemoteEmbedder) -> None:
    stage.play = serve
    assert embedder.dimension == 4
    assert len(stage.requests) == 1


def test_another_dimension_than_expected_fails(stage: Stage) -> None:
    stage.play = serve
    with closing(RemoteEmbedder(stage.url, "m", None, 384)) as embedder:
        assert "4 dimensions where 384" in failure(lambda: embedder.embed(["a"])).message
    assert stage.requests[0][1] is None, "no key, no header"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"nonsense", "not JSON"),
        (b"[]", "not embeddings"),
        (b'{"data": 3}', "not embeddings"),
        (b'{"data": [{"index": 0}]}', "not embeddings"),
        (b'{"data": [{"index": 0, "embedding": "AAAA"}]}', "not embeddings"),
        (b'{"data": []}', "0 embeddings for 1"),
        (b'{"data": [{"index": 0, "embedding": [0, 0]}]}', "no direction"),
        (b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}', "no direction"),
        (b'{"data": [{"index": 0, "embedding": [[1, 2]]}]}', "dimensions"),
    ],
)
def test_embeddings_that_are_none_fail(stage: Stage, embedder: RemoteEmbedder, data: bytes, words: str) -> None:
    stage.play = lambda request, _: answer(request, data)
    assert words in failure(lambda: embedder.embed(["a"])).message


def test_embeddings_cut_short_fail(stage: Stage, embedder: RemoteEmbedder) -> None:
    stage.play = lambda request, _: answer(request, b'{"data": [', length=5000)
    assert "cut its answer off" in failure(lambda: embedder.embed(["a"])).message
