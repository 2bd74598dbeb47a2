"""watch: memory keeps up with files by itself, in the foreground or as a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.terminal import JSON_VERSION, Options, errors, note, output, print_json, spoken

if TYPE_CHECKING:
    from secondme.config import Home
    from secondme.records import Report
    from secondme.surfaces.watching import Now, Taken

NOT_RUNNING = 1
SHOWN_PATHS = 20  # of what is left out of a batch, in the log
COUNTS = ("added", "changed", "moved", "removed")


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme watch ~/notes                 until Ctrl-C, which ends it with exit code 130\n"
        "  secondme watch ~/notes --daemon        and the next time: secondme watch --daemon\n"
        "  secondme watch status                  exit code 1 if nothing is watching\n"
        "  secondme watch stop\n"
        "  secondme watch --remove ~/notes\n"
        "  secondme watch --service > ~/.config/systemd/user/secondme-watch.service\n\n"
        "A folder that is called status or stop is ./status or ./stop. Left out are .git, caches, keys, temporary "
        "files, and what .secondmeignore files name, which are written as .gitignore is."
    )(watch)


@spoken
def watch(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files and folders; none: those of last time. Or: status, stop.", show_default=False),
    ] = None,
    daemon: Annotated[bool, typer.Option("--daemon", help="Go on in the background.")] = False,
    eager: Annotated[bool, typer.Option("--eager", help="Full speed: on battery and under load, too.")] = False,
    remove: Annotated[
        list[str] | None, typer.Option(help="Watch this no longer; its memories stay.", metavar="PATH")
    ] = None,
    every: Annotated[
        float, typer.Option(min=0.1, help="Seconds between looks where nothing tells of changes.", metavar="SECONDS")
    ] = 10.0,
    service: Annotated[bool, typer.Option("--service", help="Print a systemd unit or a launchd job.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Write to the log file instead of the terminal.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each batch, or for status.")] = False,
) -> int:
    """Keep memory up to date with files and folders as they change.

    New, changed, renamed and deleted files are followed; at the start, what happened meanwhile is made up for. Works at
    low priority, and pauses on battery and while the machine is busy. What is named is watched from then on.
    """
    home = _home(context)
    words = paths or []
    if words in (["status"], ["stop"]):
        return _status(home, as_json) if words == ["status"] else _stop(home)
    from secondme.surfaces import watched

    if service:
        return _service(home, words, eager)
    if remove:
        left = watched.remove(home, remove)
        note(f"Watched: {', '.join(str(root.path) for root in left) or 'nothing'}. What is in memory stays there.")
        return 0
    return _begin(home, words, daemon, eager, every, log, as_json)


def _begin(home: Home, words: list[str], daemon: bool, eager: bool, every: float, log: bool, as_json: bool) -> int:
    from secondme.errors import UsageError
    from secondme.surfaces import daemon as process
    from secondme.surfaces import watched

    if state := process.running(home):
        raise process.already(state)
    roots = watched.add(home, words)
    if not roots:
        raise UsageError("Nothing is watched yet.", "Name what to watch: secondme watch ~/notes")
    if daemon:
        options = ["--every", str(every), *(["--eager"] if eager else [])]
        state = process.launch(home, options)
        output().print(f"Watching {_listed(roots)} (process {state['pid']}).", highlight=False)
        note(f"It writes to {state['log']}; `secondme watch stop` ends it.")
        return 0
    return _watch(home, eager, every, log, as_json)


def _watch(home: Home, eager: bool, every: float, log: bool, as_json: bool) -> int:
    from secondme.me import Me
    from secondme.surfaces import daemon as process
    from secondme.surfaces import pace, watched
    from secondme.surfaces.watching import Now, Watching

    say = process.logger(home) if log else note
    with process.claim(home, logged=log) as claim:
        process.end_when_asked()
        if not eager:
            pace.low_priority()

        def tell(taken: Taken) -> None:
            if log:
                _log_batch(taken, say)
            else:
                note(f"{taken.time:%H:%M:%S}  {_summary(taken.report)}")
            if as_json:
                print(json.dumps({"version": JSON_VERSION, **_taken_json(taken)}), flush=True)

        say(f"Watching {_listed(watched.load(home))}{'' if log or not errors().is_terminal else '. Ctrl-C ends it'}.")
        try:
            with Me(home, warn=say, doing="secondme watch") as me:
                claim.show(_state(Now()))
                pace_ = pace.Pace(say, eager=eager)
                Watching(
                    me, tell=tell, say=say, show=lambda now: claim.show(_state(now)), pace=pace_, interval=every
                ).run()
        except process.Ended:
            say("Ended.")
    return 0


def _status(home: Home, as_json: bool) -> int:
    from secondme.surfaces import daemon as process
    from secondme.surfaces import watched

    state = process.running(home)
    roots = [str(root.path) for root in watched.load(home)]
    if as_json:
        idle = {"roots": [{"path": root, "how": "", "polled": []} for root in roots]}
        print_json({"running": state is not None, **(_public(state) if state else idle)})
        return 0 if state else NOT_RUNNING
    if state is None:
        before = process.left_behind(home)
        crashed = f" Process {before['pid']} ended without a word; nothing is lost by that." if before else ""
        output().print(f"Nothing is watching.{crashed}", highlight=False)
        note(f"`secondme watch --daemon` would watch {', '.join(roots)}." if roots else "Next: secondme watch ~/notes")
        return NOT_RUNNING
    rows = [("process", f"{state['pid']}, since {state['since']}")]
    for root in state.get("roots", ()):
        rows.append((root["how"], root["path"]))
        rows += [("polled", f"{place['path']}: {place['why']}") for place in root["polled"]]
    if last := state.get("last"):
        rows.append(("last", f"{last['time']}  {last['summary']}"))
    waiting = f"{state.get('waiting', 0)}" + (f", {state['working']} being read" if state.get("working") else "")
    rows.append(("waiting", waiting))
    rows += [(name, state[name]) for name in ("paused", "trouble", "log") if state.get(name)]
    for name, value in rows:
        output().print(f"{name:<8} {value}", highlight=False, markup=False, soft_wrap=True)
    return 0


def _stop(home: Home) -> int:
    from secondme.surfaces import daemon as process

    state = process.stop(home)
    note(f"Process {state['pid']} has ended." if state else "Nothing is watching.")
    return 0


def _service(home: Home, words: list[str], eager: bool) -> int:
    from secondme.surfaces import daemon as process
    from secondme.surfaces import units, watched

    places = [str(watched.absolute(word)) for word in words]
    if not places and not watched.load(home):
        note("Nothing is watched yet: run `secondme watch ~/notes` once, or name the folders here.")
    command = [*process.program(), "--profile", home.profile, "watch", "--log", *(["--eager"] if eager else [])]
    write = units.launchd if sys.platform == "darwin" else units.systemd
    text = write([*command, *(["--", *places] if places else [])], process.needed(home), home.profile)
    sys.stdout.write(text)
    return 0


# ---- words for what happened


def _summary(report: Report) -> str:
    counts = [f"{getattr(report, name)} {name}" for name in COUNTS if getattr(report, name)]
    if report.skipped:
        counts.append(f"{len(report.skipped)} left out")
    return f"{', '.join(counts) or 'nothing new'} ({report.seconds:.1f} s)"


def _log_batch(taken: Taken, say: Callable[[str], None]) -> None:
    """Paths and counts; a reason could hold words of what was read, so it stays out of the log."""
    say(_summary(taken.report))
    if len(taken.report.skipped) <= SHOWN_PATHS:
        for skipped in taken.report.skipped:
            say(f"  left out: {_printable(skipped.source)}")


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)


def _taken_json(taken: Taken) -> dict[str, Any]:
    report = taken.report
    return {
        "time": taken.time.isoformat(timespec="milliseconds"),
        "paths": taken.paths,
        **{name: getattr(report, name) for name in (*COUNTS, "unchanged", "passages")},
        "seconds": round(report.seconds, 3),
        "skipped": [{"source": skipped.source, "reason": skipped.reason} for skipped in report.skipped],
    }


def _state(now: Now) -> dict[str, Any]:
    """How watching stands, for watch.json: paths and counts alone."""
    roots = [
        {
            "path": root.path,
            "how": root.how,
            "polled": [
                {"path": path, "why": why} for path, why in root.polled if path != root.path or root.how == "polled"
            ],
        }
        for root in now.roots
    ]
    last = now.last and {
        "time": now.last.time.isoformat(timespec="seconds"),
        "paths": now.last.paths,
        **{name: getattr(now.last.report, name) for name in (*COUNTS, "unchanged", "passages")},
        "left_out": len(now.last.report.skipped),
        "summary": _summary(now.last.report),
    }
    return {
        "roots": roots,
        "last": last,
        "waiting": now.waiting,
        "working": now.working,
        "paused": now.paused,
        "trouble": now.trouble,
    }


def _public(state: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in state.items() if key != "began"}


def _listed(roots: list[Any]) -> str:
    shown = [_printable(str(root.path)) for root in roots]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


def _home(context: typer.Context) -> Home:
    from secondme.config import locate

    return locate(context.obj.profile if isinstance(context.obj, Options) else None)
