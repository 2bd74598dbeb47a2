"""What keeps the shape: imports point down, light commands start light, everything is documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from secondme import errors
from secondme.surfaces.cli import app

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "secondme"
SOURCES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400  # lines; past this, something in a module wants a name of its own

# Rows of the drawing in the package's docstring, top first. A part may import from rows below its own.
ROWS = (
    {"__main__"},
    {"surfaces"},
    {"trials"},
    {"me"},
    {"telling"},
    {"learning"},
    {"upkeep"},
    {"parts"},
    {"engines", "piped"},
    {"health", "memory", "recall"},
    {"sources", "store", "engine"},
    {"config", "instructions", "measures", "sentences", "timewords"},
    {"knowledge"},
    {"records", "errors"},
)
LEVEL = {part: level for level, parts in enumerate(ROWS) for part in parts}
# `sources`, `store` and `engine` take plain arguments: only Me's parts turn settings into objects.
PLAIN = {"sources", "store", "engine"}

# What `--help` may load besides the standard library and this package.
LIGHT = {"typer", "click", "shellingham", "annotated_doc", "typing_extensions", "colorama"}
# Of the standard library, what costs more than it gives before a command runs.
DEAR = {"asyncio", "http", "multiprocessing", "sqlite3", "ssl", "tomllib", "unittest", "urllib.request", "xml"}


def module(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


def part(name: str) -> str:
    """`secondme.store.index` belongs to `store`, `secondme` itself to nothing."""
    return [*name.split("."), ""][1]


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every module or name that a file imports, inside functions and for type checking as well, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


# ---- imports


def test_every_part_has_a_place_in_the_drawing() -> None:
    parts = {part(module(path)) for path in SOURCES} - {""}
    assert parts == set(LEVEL)


@pytest.mark.parametrize("path", SOURCES, ids=module)
def test_imports_point_down(path: Path) -> None:
    own = part(module(path))
    wrong = []
    for name, line in imported(path):
        other = part(name) if name.startswith("secondme.") else ""
        if other not in LEVEL or other == own:
            continue
        upward = own == "" or LEVEL[other] <= LEVEL[own]
        if upward or (own in PLAIN and other == "config"):
            wrong.append(f"line {line}: {own or 'secondme'} imports {name}")
    assert not wrong


def test_the_records_and_the_errors_need_the_standard_library_only() -> None:
    for name in ("records.py", "errors.py", "__init__.py"):
        tops = {found.split(".")[0] for found, _ in imported(PACKAGE / name)}
        assert tops <= set(sys.stdlib_module_names) | {"__future__"}, name


# ---- a light start

SHOW_MODULES = """
import sys
from secondme.surfaces.cli import main
try:
    main()
except SystemExit:
    pass
print(*sorted(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("line", ["--help", "--version", "status --help", "ask --help", "models --help"])
def test_a_light_command_loads_nothing_heavy(line: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", SHOW_MODULES, *line.split()]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    loaded = done.stderr.split()
    assert "secondme" in done.stdout
    assert "secondme.surfaces.cli" in loaded
    # what an interpreter of this environment has loaded before any of ours is not our doing
    bare = [sys.executable, "-c", "import sys; print(*sys.modules)"]
    before = set(subprocess.run(bare, env=environment, capture_output=True, text=True, check=True).stdout.split())
    foreign = {
        name.split(".")[0]
        for name in set(loaded) - before
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("_")
    }
    assert foreign <= LIGHT | {"secondme"}
    assert not (DEAR & set(loaded)) - before
    ours = {part(name) for name in loaded if name.startswith("secondme.")}
    assert ours == {"surfaces", "errors"}


def test_status_loads_no_engine_and_no_index(secondme_status: list[str]) -> None:
    tops = {name.split(".")[0] for name in secondme_status}
    assert not tops & {"chromadb", "llama_cpp", "onnxruntime", "numpy", "onnx", "rapidocr", "PIL", "httpx", "keyring"}


@pytest.fixture
def secondme_status(environment: dict[str, str]) -> list[str]:
    command = [sys.executable, "-c", SHOW_MODULES, "status"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert "0 sources" in done.stdout
    return done.stderr.split()


# ---- everything is documented


def commands() -> dict[str, typer.core.TyperCommand]:
    """Every command by the words that a person types."""
    found = {}

    def walk(words: str, command: object) -> None:
        found[words] = command
        for name, below in getattr(command, "commands", {}).items():
            walk(f"{words} {name}", below)

    walk("secondme", typer.main.get_command(app))
    return found


COMMANDS = commands()


def test_the_tree_holds_the_verbs() -> None:
    verbs = {words.removeprefix("secondme ") for words in COMMANDS}
    expected = ["ask", "recall", "ingest", "forget", "status", "doctor", "demo", "config", "models"]
    assert {*expected, "models list", "models pull", "models use"} <= verbs


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself_with_an_example(words: str) -> None:
    command = COMMANDS[words]
    assert command.help
    assert command.help.strip().splitlines()[0].endswith(".")
    # whole words: "secondme ask" in an example of `secondme ask`, and of `secondme` itself any verb
    assert re.search(rf"{words}( |$)", command.epilog or "", re.M), "no example in the epilog"
    for parameter in command.params:
        if parameter.name not in ("help", "install_completion", "show_completion"):
            assert getattr(parameter, "help", None), f"{parameter.name} has no help"


def test_every_command_is_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert [words for words in COMMANDS if not re.search(rf"\b{words}\b", readme)] == []


def errors_below(kind: type[errors.SecondMeError]) -> Iterator[type[errors.SecondMeError]]:
    yield kind
    for sub in kind.__subclasses__():
        if sub.__module__ == errors.__name__:
            yield from errors_below(sub)


ERRORS = list(errors_below(errors.SecondMeError))


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_hint_and_a_place_in_the_tree(kind: type[errors.SecondMeError]) -> None:
    hint = kind("Something happened.").hint
    assert hint[0].isupper() or hint[0] == "`"
    assert hint.endswith((".", "`.", "?"))
    assert re.search(rf"(^|── ) *{kind.__name__}\b", errors.__doc__ or "", re.M)


def test_the_tree_draws_each_error_below_its_parent() -> None:
    drawn: dict[str, str | None] = {}
    above: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"^(?P<indent>[ │├└─]*)(?P<name>[A-Z]\w+)(?=\s{2,}|$)", line):
            depth = len(found["indent"])
            above = {at: name for at, name in above.items() if at < depth}
            drawn[found["name"]] = above[max(above)] if above else None
            above[depth] = found["name"]
    real = {kind.__name__: kind.__base__.__name__ for kind in ERRORS if kind is not errors.SecondMeError}
    assert drawn == {"SecondMeError": None, **real}


# ---- what is caught, and how long a module may be


BROAD = {"Exception", "BaseException"}
MAY_SUPPRESS = {"secondme.store.index"}  # once, while letting go of a damaged index that cannot be closed


def broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD) for kind in kinds)


def test_a_net_for_everything_hangs_only_at_a_surface_or_per_record_of_a_source() -> None:
    """Elsewhere one may clean up or give the error another name, but must raise."""
    swallowed = []
    for path in SOURCES:
        if part(module(path)) in ("surfaces", "sources"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and broad(node) and not isinstance(node.body[-1], ast.Raise):
                swallowed.append(f"{module(path)}:{node.lineno}")
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
                named = {argument.id for argument in node.args if isinstance(argument, ast.Name)}
                swallowed += [module(path)] if named & BROAD else []
    assert sorted(swallowed) == sorted(MAY_SUPPRESS)


def test_no_module_is_too_long() -> None:
    lengths = {module(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
