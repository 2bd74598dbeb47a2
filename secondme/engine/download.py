"""One file over HTTP, resumed after whatever interrupts it, and accepted only with the right length and sha256.

Knows ranges, entity tags, redirects and retries (RFC 9110, sections 13 and 14). Refuses to know models: it is given an
address and what must come from there. What has come so far stays in a `Part`, so that a killed process loses nothing
but the last buffer.

A hash that is not known beforehand is the one that the asked host itself states: a Hugging Face hub sends the sha256
of a large file as `X-Linked-Etag` before it redirects to its content network. That counts only over TLS (or from this
very machine), and only from that host, never from where it redirects to. Without any hash nothing is fetched.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.engine.partial import STRIDE, Part, Tell, mismatch, require_space
from secondme.errors import FetchError

if TYPE_CHECKING:
    import httpx

TRIES = 5  # in a row, without a stride of progress between them
TRIES_UNREACHED = 2  # when not one byte came since the start: most likely there is no network
LONGEST_PAUSE = 60.0
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What must come: `name` is for messages, `length` in bytes; `sha256` None means as the host states it."""

    url: str
    name: str
    length: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: seconds to connect, seconds without a byte, and how to pause between tries."""

    connect: float = 10.0
    stall: float = 30.0
    sleep: Callable[[float], None] = field(default=time.sleep)


class _Again(Exception):
    """This try failed in a way that another may not. `pause`: seconds the server asked for."""

    def __init__(self, reason: str, pause: float | None = None, unreached: bool = False) -> None:
        super().__init__(reason)
        self.pause, self.unreached = pause, unreached


def download(
    wanted: Wanted, target: Path, *, tell: Tell = lambda done, total: None, patience: Patience | None = None
) -> tuple[int, str]:
    """Fetch `wanted` into `target`, going on from what an earlier call left. Returns length and sha256.

    Raises FetchError when it will not come, HashMismatch when something else came (which is deleted), DiskFull. An
    interrupt at any point leaves NAME.part, which the next call resumes, and no `target`.
    """
    import httpx  # 60-150 ms

    patience = patience or Patience()
    part = Part(target)
    timeout = httpx.Timeout(patience.stall, connect=patience.connect)
    misses, reached = 0, False
    with httpx.Client(follow_redirects=True, timeout=timeout, headers={"Accept-Encoding": "identity"}) as client:
        while True:
            before = part.length
            try:
                sha256 = _attempt(client, wanted, part, tell)
            except _Again as miss:
                reached = reached or not miss.unreached
                misses = 1 if part.length - before >= STRIDE else misses + 1
                if misses >= (TRIES if reached else TRIES_UNREACHED):
                    raise FetchError(f"{wanted.name}: {miss}, {misses} times in a row.") from miss
                patience.sleep(min(miss.pause or 2.0 ** (misses - 1), LONGEST_PAUSE))
                continue
            part.finish(target)
            return part.length, sha256


def _attempt(client: httpx.Client, wanted: Wanted, part: Part, tell: Tell) -> str:
    """One request, at most. Returns the sha256 of what is now complete and right; raises _Again or a final error."""
    if wanted.length is not None and part.length > wanted.length:
        part.discard()
    if not (wanted.sha256 and wanted.length is not None and part.length == wanted.length):
        stated = _receive(client, wanted, part, tell)
    else:  # complete already: the process ended between the last byte and its new name
        stated = None
    expected, got = wanted.sha256 or stated, part.sha256.hexdigest()
    if expected is None:
        part.discard()
        raise FetchError(f"The host states no sha256 for {wanted.name}, so that it cannot be checked.")
    if got != expected:
        resumed = part.resumed
        part.discard()
        if resumed:  # the old half may be to blame; the next try starts from nothing, and then the verdict is final
            raise _Again("what had come before did not fit what came now")
        raise mismatch(wanted.name, _host(wanted.url), got, expected)
    return got


def _receive(client: httpx.Client, wanted: Wanted, part: Part, tell: Tell) -> str | None:
    """Ask for what is missing and append it. Returns the sha256 that the host states, if it does."""
    import httpx

    if part.length and not (part.etag or wanted.sha256):
        part.discard()  # nothing could tell whether the rest belongs to it
    try:
        with client.stream("GET", wanted.url, headers=_range(part)) as response:
            stated = _stated(response)
            total = _accept(response, wanted, part)
            if not (wanted.sha256 or stated):
                raise FetchError(
                    f"{_host(wanted.url)} states no sha256 for {wanted.name}, so that it cannot be checked."
                )
            if total is not None:
                require_space(part.path.parent, total - part.length, wanted.name)
            if response.status_code != 416:
                part.take(response.iter_raw(), total, tell)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise _Again(f"{_host(wanted.url)} cannot be reached ({error})", unreached=True) from error
    except httpx.TimeoutException as error:
        raise _Again("the download stalled") from error
    except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
        raise _Again("the connection broke") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(f"{wanted.name} cannot be fetched from {wanted.url}: {error}.") from error
    if total is not None and part.length < total:
        raise _Again(f"only {part.length:,} of {total:,} bytes came")
    return stated


def _range(part: Part) -> dict[str, str]:
    """The request's headers: go on from here, but only if it is still the same file."""
    if not part.length:
        return {}
    ask = {"Range": f"bytes={part.length}-"}
    return ask | {"If-Range": part.etag} if part.etag else ask


def _accept(response: httpx.Response, wanted: Wanted, part: Part) -> int | None:
    """Judge the status line and headers, and bring `part` in line with them. Returns the whole file's length."""
    status, etag = response.status_code, response.headers.get("etag")
    if status == 206 and part.length:
        start, total = _content_range(response)
        if start != part.length or (etag and part.etag and etag != part.etag):
            part.discard()
            raise _Again("the file changed on the server")
    elif status == 200:  # no range, or the server ignores ranges, or If-Range did not hold
        part.restart(etag)
        total = int(response.headers["content-length"]) if "content-length" in response.headers else None
    elif status == 416:
        total = _content_range(response)[1]
        if total != part.length:
            part.discard()
            raise _Again("the server has less of the file than was here")
    elif status in RETRIED:
        raise _Again(f"{response.url.host} answers {status} {response.reason_phrase}", _pause(response))
    else:
        raise FetchError(f"{response.url.host} answers {status} {response.reason_phrase} for {wanted.name}.")
    if total is not None and wanted.length is not None and total != wanted.length:
        part.discard()
        raise FetchError(
            f"{response.url.host} offers {wanted.name} with {total:,} bytes, and it should have {wanted.length:,}.",
            "A proxy or a login page may have answered instead: open the address in a browser to see.",
        )
    return wanted.length if total is None else total


def _content_range(response: httpx.Response) -> tuple[int | None, int | None]:
    """First byte and whole length from `Content-Range: bytes 5-9/10`; `bytes */10` comes with a 416."""
    found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", response.headers.get("content-range", ""))
    if not found:
        return None, None
    start, total = found.groups()
    return int(start) if start else None, int(total) if total != "*" else None


def _pause(response: httpx.Response) -> float | None:
    """`Retry-After` in seconds; its other form, a date, is not worth a parser here."""
    after = response.headers.get("retry-after", "")
    return float(after) if after.isdigit() else None


def _stated(response: httpx.Response) -> str | None:
    """The sha256 that the asked host gives, before it redirects elsewhere, over a connection nobody can alter."""
    chain = [*response.history, response]
    for answer in chain:
        url = answer.request.url
        if url.host != chain[0].request.url.host or not (
            url.scheme == "https" or url.host in ("127.0.0.1", "localhost")
        ):
            return None
        for header in ("x-linked-etag", "etag"):
            value = answer.headers.get(header, "").removeprefix("W/").strip('"')
            if re.fullmatch("[0-9a-f]{64}", value):
                return str(value)
    return None


def _host(url: str) -> str:
    return url.split("//", 1)[-1].split("/", 1)[0]
