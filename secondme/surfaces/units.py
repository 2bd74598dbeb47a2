"""Watching as a service of the owner's session: a systemd unit (systemd.service(5)) or a launchd job (launchd.plist).

Writes text and installs nothing.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Mapping, Sequence

LABEL = "org.secondme.watch"
UNIT = "secondme-watch.service"
_THROUGH_SHELL = ("/bin/sh", "-c", 'exec "$0" "$@"')
_PLAIN = re.compile(r"[A-Za-z0-9_./:=@,+-]+")


def systemd(command: Sequence[str], environment: Mapping[str, str], profile: str) -> str:
    """A user unit. Restarted when it is killed, not when it ends in order."""
    name = "secondme" if profile == "default" else f"secondme, profile {profile}"
    unit = _unit_name(profile)
    settings = "".join(f"Environment={_quoted(f'{key}={value}')}\n" for key, value in environment.items())
    if not _PLAIN.fullmatch(command[0]):  # systemd takes no program with a quote or a backslash in its name
        command = [*_THROUGH_SHELL, *command]
    install = f"secondme {_option(profile)}watch --service > ~/.config/systemd/user/{unit}"
    return (
        f"# To install: {install} && systemctl --user daemon-reload && systemctl --user enable --now {unit}\n"
        "[Unit]\n"
        f"Description=Keeps the memory of {name} up to date with your files\n"
        "\n"
        "[Service]\n"
        f"ExecStart={' '.join(_quoted(word).replace('$', '$$') for word in command)}\n"
        f"{settings}"
        "Restart=on-failure\n"
        "RestartSec=30\n"
        "TimeoutStopSec=60\n"
        "Nice=10\n"
        "IOSchedulingClass=idle\n"
        "UMask=0077\n"
        "\n"
        "[Install]\n"
        "WantedBy=default.target\n"
    )


def launchd(command: Sequence[str], environment: Mapping[str, str], profile: str) -> str:
    """An agent for ~/Library/LaunchAgents."""
    label = LABEL if profile == "default" else f"{LABEL}.{profile}"
    job = {
        "Label": label,
        "ProgramArguments": list(command),
        **({"EnvironmentVariables": dict(environment)} if environment else {}),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Nice": 10,
        "Umask": 0o077,
    }
    text = plistlib.dumps(job, sort_keys=False).decode()
    # two hyphens may not stand in an XML comment, so no option can be shown there
    place = f"~/Library/LaunchAgents/{label}.plist"
    note = f"<!-- To install: save this as {place}, then run: launchctl load -w {place} -->\n"
    head, rest = text.split("<plist", 1)
    return f"{head}{note}<plist{rest}"


def _unit_name(profile: str) -> str:
    return UNIT if profile == "default" else f"secondme-watch-{profile}.service"


def _option(profile: str) -> str:
    return "" if profile == "default" else f"--profile {profile} "


def _quoted(word: str) -> str:
    """A word of a unit file: in quotes where it must be, with systemd's specifiers (%) and escapes taken literally."""
    word = word.replace("%", "%%")
    if _PLAIN.fullmatch(word.replace("%", "")) and word:
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
