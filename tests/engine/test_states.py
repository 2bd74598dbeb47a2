"""States on disk: found by what they begin with, checked, capped, private, and gone with what is forgotten."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from secondme import engines
from secondme.config import Config
from secondme.engine import Message, Sampling
from secondme.engine.states import State, States, clear, drop, fingerprint
from secondme.engine.worker import LlamaWorker
from secondme.errors import ModelMissing
from secondme.me import Me
from secondme.memory.forgetting import Wish

SIZE = 1000
Write = Callable[[Path], bool]


def writing(content: bytes = b"k" * SIZE) -> Write:
    return lambda path: path.write_bytes(content) > 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "states"


@pytest.fixture
def states(folder: Path) -> States:
    return States(folder, "key", 10 * SIZE)


def kept(states: States, tokens: Sequence[int], passages: Sequence[str] = (), talk: bool = False) -> State | None:
    states.keep(tokens, each(tokens), passages, writing(), size=SIZE, stamp=states.stamp(), talk=talk)
    return found(states, *tokens, 0)


def each(tokens: Sequence[int]) -> list[int]:
    """The cuts of a prompt of which every token is a piece."""
    return [*range(1, len(tokens) + 1)]


def found(states: States, *tokens: int, least: int = 0) -> State | None:
    return states.find(tokens, each(tokens), least)


def content(states: States, state: State | None) -> bytes | None:
    """What the state holds, None if it cannot be had."""
    got: list[bytes] = []

    def read(path: Path) -> bool:
        got.append(path.read_bytes()[:SIZE])
        return True

    return got[0] if state and states.load(state, read) else None


def test_the_longest_state_that_a_prompt_begins_with_is_found(states: States) -> None:
    short, long = kept(states, [1, 2]), kept(states, [1, 2, 3, 4])
    assert found(states, 1, 2, 3, 4, 5) == long
    assert found(states, 1, 2, 3, 5) == short
    assert found(states, 1, 2, 3, 4) == short, "a token is left to read"
    assert found(states, 1, 2, 3, 4, 5, least=4) is None
    assert found(states, 2, 1, 3) is None
    assert states.find([1, 2, 3], [2, 3]) is None, "it was read in other pieces"


def test_another_model_or_setting_does_not_see_it(states: States, folder: Path, tmp_path: Path) -> None:
    kept(states, [1, 2])
    assert found(States(folder, "other", SIZE), 1, 2, 3) is None
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF" + bytes(100_000))
    first = fingerprint(model, {"context": 4096})
    assert first == fingerprint(model, {"context": 4096}) != fingerprint(model, {"context": 2048})
    model.write_bytes(b"GGUF" + bytes(99_999) + b"x")
    assert fingerprint(model, {"context": 4096}) != first


def test_what_was_written_is_what_is_read(states: States, folder: Path) -> None:
    assert content(states, kept(states, [1, 2])) == b"k" * SIZE
    (path,) = folder.glob("*.state")
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:500],
        lambda data: b"x" + data[1:],
        lambda data: data[:-3] + b"abc",
        lambda data: data[: SIZE // 2] + data[SIZE // 2 + 1 :],
        lambda data: b"",
    ],
)
def test_a_damaged_state_is_deleted_and_not_used(
    states: States, folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    state = kept(states, [1, 2])
    assert state
    state.path.write_bytes(damage(state.path.read_bytes()))
    assert content(states, state) is None
    assert not list(folder.glob("*.state"))


def test_a_state_that_the_model_refuses_is_deleted(states: States) -> None:
    state = kept(states, [1, 2])
    assert state
    assert not states.load(state, lambda path: False)
    assert not state.path.exists()


def test_the_least_recently_used_make_way(folder: Path) -> None:
    states = States(folder, "key", 3 * SIZE + 500)
    first, second = (kept(states, [n, n]) for n in (1, 2))
    assert first
    assert second
    for age, state in ((20, first), (10, second)):
        os.utime(state.path, (0, state.path.stat().st_mtime - age))
    assert content(states, first), "which uses it"
    kept(states, [3, 3])
    kept(states, [4, 4])
    assert [found(states, n, n, 0) is not None for n in (1, 2, 3, 4)] == [True, False, True, True]


def test_nothing_is_kept_that_is_too_large_for_the_limit_or_the_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(States(folder, "key", SIZE - 1), [1, 2]) is None
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": SIZE})())
    assert kept(States(folder, "key", 10 * SIZE), [1, 2]) is None


def test_a_write_that_fails_leaves_nothing(states: States, folder: Path) -> None:
    def full(path: Path) -> bool:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    assert not states.keep([1, 2], [2], (), full, size=SIZE)
    assert not states.keep([1, 2], [2], (), lambda path: False, size=SIZE)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    states = States(tmp_path / "file" / "states", "key", 10 * SIZE)
    assert kept(states, [1, 2]) is None


def test_forgetting_drops_what_holds_its_words_and_what_says_not_what_it_holds(states: States, folder: Path) -> None:
    plain, quoting = kept(states, [1, 2]), kept(states, [1, 2, 3], ["p1", "p2"])
    broken = kept(states, [9, 9])
    assert plain
    assert quoting
    assert broken
    broken.path.write_bytes(broken.path.read_bytes()[:-1])
    assert drop(folder, ["p2", "p3"]) == 2
    assert [state.path.exists() for state in (plain, quoting, broken)] == [True, False, False]
    assert clear(folder) == 1
    assert found(states, 1, 2, 3) is None
    assert drop(folder / "none", ["p1"]) == clear(folder / "none") == 0


def test_a_state_that_was_being_written_while_its_words_were_forgotten_does_not_stay(
    states: States, folder: Path
) -> None:
    kept(states, [7, 7])

    def slow(path: Path) -> bool:
        writing()(path)
        drop(folder, ["p1"])
        return True

    stamp = states.stamp()
    assert not states.keep([1, 2], [2], ["p1"], slow, size=SIZE, stamp=stamp)
    assert not states.keep([1, 2], [2], ["p1"], writing(), size=SIZE, stamp=stamp), (
        "nor later, from what was read before"
    )
    assert found(states, 1, 2, 3) is None
    assert kept(states, [1, 2]), "what is read from now on does"


def test_a_conversation_takes_its_own_place(states: States) -> None:
    kept(states, [1])
    kept(states, [1, 2], talk=True)
    kept(states, [1, 2, 3], talk=True)
    assert found(states, 1, 2, 9) == found(states, 1, 9), "and leaves what others begin with, too"
    assert found(states, 1, 2, 3, 9)


# ---- with the starter model

HEAD = " ".join(f"Note {n}: on day {n} the owner walked {n * 3 % 17} miles along the river." for n in range(12))
GREEDY = Sampling(max_tokens=12)


def asked(question: str, *, holds: Sequence[str] | None = ()) -> list[Message]:
    system: Message = {"role": "system", "content": HEAD}
    if holds is not None:
        system["holds"] = holds
    return [system, {"role": "user", "content": question}]


def worker(gguf: Path, folder: Path | None) -> LlamaWorker:
    return LlamaWorker(gguf, name="starter", context=1024, states=(folder, 100_000_000) if folder else None)


def told(gguf: Path, folder: Path | None, *questions: list[Message]) -> tuple[list[str], list[tuple[int, int]]]:
    """What a new worker says, and how many tokens it loaded and read for that."""
    with closing(worker(gguf, folder)) as writer:
        said, counts = [], []
        for messages in questions:
            said.append("".join(writer.chat(messages, GREEDY)))
            counts.append((writer.loaded, writer.evaluated))
    return said, counts


@pytest.mark.models
def test_a_new_worker_goes_on_from_what_another_read_and_says_the_same(starter_gguf: Path, folder: Path) -> None:
    first, second = asked("How far on day 9?"), asked("How far did the owner walk on day 5?")
    plain, counts = told(starter_gguf, None, second)
    (_, read) = counts[0]
    told(starter_gguf, folder, first)
    text, counts = told(starter_gguf, folder, second)
    assert text == plain
    loaded, evaluated = counts[0]
    assert loaded + evaluated == read
    assert evaluated < 64 < loaded, "little more than the question"


@pytest.mark.models
def test_what_does_not_say_what_it_holds_is_not_kept(starter_gguf: Path, folder: Path) -> None:
    told(starter_gguf, folder, asked("How far on day 9?", holds=None))
    assert not list(folder.glob("*"))


@pytest.mark.models
def test_a_damaged_state_is_read_instead(starter_gguf: Path, folder: Path) -> None:
    plain, _ = told(starter_gguf, folder, asked("How far on day 9?"))
    (path,) = folder.glob("*.state")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    text, counts = told(starter_gguf, folder, asked("How far on day 9?"))
    assert (text, counts[0][0]) == (plain, 0)


@pytest.mark.models
def test_a_chat_goes_on_after_a_restart_without_being_read_again(starter_gguf: Path, folder: Path) -> None:
    talk = asked("How far on day 9?")
    with closing(worker(starter_gguf, folder)) as writer:
        for question in ("And on day 5?", "And on day 7? I should like to know that quite exactly."):
            reply = "".join(writer.chat(talk, GREEDY))
            talk[-1]["holds"] = ("p1",)
            talk += [{"role": "assistant", "content": reply, "holds": ("p1",)}, {"role": "user", "content": question}]
    plain, _ = told(starter_gguf, None, talk)
    text, counts = told(starter_gguf, folder, talk)
    assert text == plain
    assert counts[0][1] < 128
    assert drop(folder, ["p1"]) == 1
    assert told(starter_gguf, folder, talk)[1][0][0] > 0, "the instructions are still there"


@pytest.mark.models
@pytest.mark.parametrize("left_off", [64, 10_000])
def test_reading_ahead_saves_the_next_chat_its_reading(starter_gguf: Path, left_off: int) -> None:
    from secondme.engine.llama import Writer

    reading, question = True, asked("How far on day 9?")

    def wanted() -> bool:
        """The chat comes when so many tokens have been read ahead."""
        return reading and writer.evaluated >= left_off

    writer = Writer(starter_gguf, context=1024, threads=1, gpu_layers=0, cancelled=wanted)
    writer.read(question[:1])
    ahead, reading = writer.evaluated, False
    said = "".join(writer.write(question, GREEDY))
    assert ahead >= 64
    assert ahead + writer.evaluated == writer.prompt_tokens
    assert [said] == told(starter_gguf, None, question)[0]


def state_of(me: Me, *passages: str) -> Path:
    """A state in the home of `me` that says it holds those passages."""
    states = States(me.home.states, "key", 10 * SIZE)
    state = kept(states, [ord(c) for c in "".join(passages)] or [0], passages)
    assert state
    return state.path


def test_forgetting_and_deleting_take_the_states_along(me: Me, notes: Path) -> None:
    for name in ("gone", "deleted", "stays"):
        (notes / f"{name}.md").write_text(f"The {name} word is here.\n")
    me.ingest([notes])
    ids = {Path(found.source).stem: found.passage.id for found in me.reader.all_passages()}
    paths = [state_of(me, ids["gone"], ids["stays"]), state_of(me, ids["deleted"]), state_of(me, ids["stays"])]
    instructions = state_of(me)
    me.forget(me.forgettable(Wish(str(notes / "gone.md"))))
    assert [path.exists() for path in paths] == [False, True, True]
    (notes / "deleted.md").unlink()
    me.ingest([notes])
    assert [path.exists() for path in paths] == [False, False, True]
    assert instructions.exists()


def test_without_room_for_states_what_was_kept_goes(me: Me) -> None:
    path = state_of(me)
    with suppress(ModelMissing):
        engines.generator(Config(states_mb=0), me.home.models, me.home.states)
    assert not path.exists()
