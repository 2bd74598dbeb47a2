"""install.sh on machines that lack something. Python, pip, df and the compiler are stand-ins on a PATH of their own.

What the installer really installs is tested by running it: CI does.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
# what the script itself calls, and nothing else is on the PATH
NEEDED = "awk cat chmod cksum cp date dirname find grep ln ls mkdir mktemp readlink rm sed sh sort tail touch tr"

# Stands for the system's Python and for the one in the virtual environment, which is a copy of it. Each call is logged.
PYTHON = """#!/bin/sh
echo "python $*" >>"$CALLS"
case "$*" in
  --version) echo "Python $PYTHON_VERSION"; exit 0 ;;
  "-c import sys; sys.exit("*) [ "$PYTHON_VERSION" != 3.8.10 ]; exit ;;
  "-m venv --clear "*)
    [ -z "${VENV_FAILS:-}" ] || { echo "Error: ensurepip is not available"; exit 1; }
    for folder; do :; done
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python"
    exit 0 ;;
  "-c import pip") exit 0 ;;
  -) exit 1 ;;  # the index of prebuilt wheels cannot be reached
  "-c import importlib"*) [ -f "${0%/*}/llama" ]; exit ;;
  "-c import json, sys;"*) sed -n 's/.*"home": "\\([^"]*\\)".*/\\1/p'; exit 0 ;;
  "-m pip "*llama-cpp-python*)
    echo "[1/2] Building C object"
    [ -z "${PIP_SLEEPS:-}" ] || { echo $$ >"$PIP_SLEEPS"; exec /bin/sleep 60; }
    [ -z "${PIP_SAYS:-}" ] || { echo "$PIP_SAYS"; exit 1; }
    touch "${0%/*}/llama"
    exit 0 ;;
  "-m pip "*)
    printf '%s' "$SECONDME" >"${0%/*}/secondme"
    chmod +x "${0%/*}/secondme"
    exit 0 ;;
esac
echo "the stand-in for Python does not know: $*" >&2
exit 99
"""

SECONDME = """#!/bin/sh
echo "secondme $*" >>"$CALLS"
case "$1" in
  models) [ -z "${MODELS_FAIL:-}" ] || { echo "secondme: The hash differs." >&2; exit 1; } ;;
  doctor) [ -z "${DOCTOR_FAILS:-}" ] || { echo "BAD  llama.cpp illegal instruction"; exit 1; } ;;
  status) [ -n "${STATUS_FAILS:-}" ] || printf '{"version": 1, "home": "%s/profiles/default", "sources": 1}' "$DATA" ;;
  demo) echo "It leaves at 07:25 [1]" ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    """A checkout, a PATH with nothing on it but what is put there, and a home folder."""

    root: Path

    @property
    def prefix(self) -> Path:
        return self.root / "home" / ".local"

    @property
    def calls(self) -> list[str]:
        log = self.root / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def put(self, name: str, script: str) -> None:
        tool = self.root / "bin" / name
        tool.unlink(missing_ok=True)
        tool.write_text(script)
        tool.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        known = {
            "PATH": str(self.root / "bin"), "HOME": str(self.root / "home"), "TMPDIR": str(self.root / "tmp"),
            "CALLS": str(self.root / "calls"), "DATA": str(self.root / "data"), "PYTHON_VERSION": "3.12.1",
            "SECONDME": SECONDME, "LC_ALL": "C",
        }  # fmt: skip
        return {key: value for key, value in {**known, **more}.items() if value}

    def install(self, *args: str, shell: str = "/bin/sh", **more: str) -> subprocess.CompletedProcess[str]:
        """Run ./install.sh ARGS; an empty value in `more` unsets a variable."""
        command = [*shell.split(), str(self.root / "checkout" / "install.sh"), *args]
        return subprocess.run(
            command, env=self.environment(**more), cwd=self.root, capture_output=True, text=True, timeout=60
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that has all that is needed."""
    made = Machine(tmp_path)
    for folder in ("bin", "home", "tmp", "checkout/secondme", "checkout/assets/sample", "data/profiles/default"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(PROJECT / "install.sh", tmp_path / "checkout")
    (tmp_path / "checkout" / "pyproject.toml").touch()
    (tmp_path / "data" / "profiles" / "default" / "ledger.db").touch()
    for model in ("smollm2-135m", "minilm-l6", "my-own"):
        (tmp_path / "data" / "models" / model).mkdir(parents=True)
    for tool in NEEDED.split():
        if found := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(found)
    made.put("sleep", "#!/bin/sh\nexec /bin/sleep 0.1\n")
    made.put("python3", PYTHON)
    made.put(
        "df", "#!/bin/sh\necho Filesystem Blocks Used Available\necho /dev/sda 90000000 1 ${FREE_KB:-80000000} 1% /\n"
    )
    for compiler in ("cc", "c++"):
        made.put(compiler, "#!/bin/sh\n")
    return made


def told(done: subprocess.CompletedProcess[str], code: int = 1) -> tuple[str, str]:
    """The sentence and the remedy that a failed run ends with."""
    assert done.returncode == code, done.stderr
    *_, sentence, remedy = done.stderr.rstrip().splitlines()
    assert sentence.startswith("install.sh: "), done.stderr
    assert sentence.endswith((".", ")")) or ": " in sentence
    assert remedy.startswith("  ")
    return sentence, remedy.strip()


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_plain_shell(shell: str) -> None:
    command = [*(["busybox", "sh"] if shell == "busybox" else [shell]), "-n", str(PROJECT / "install.sh")]
    assert subprocess.run(command, capture_output=True, text=True).stderr == ""
    assert os.access(PROJECT / "install.sh", os.X_OK)


def test_help_and_wrong_usage(machine: Machine) -> None:
    helped = machine.install("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    for flag in ("--cuda", "--metal", "--vulkan", "--no-demo", "--prefix", "--uninstall", "test"):
        assert flag in helped.stdout
    for args in (["--nope"], ["install"], ["--prefix"]):
        wrong = machine.install(*args)
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert "Usage: " in wrong.stderr
    assert machine.calls == []


# ---- what is missing


def test_no_python_that_is_new_enough(machine: Machine) -> None:
    sentence, remedy = told(machine.install(PYTHON_VERSION="3.8.10"))
    assert "Python 3.11 or newer is needed; there is Python 3.8.10." in sentence
    assert "PYTHON=" in remedy
    (machine.root / "bin" / "python3").unlink()
    sentence, _ = told(machine.install())
    assert "there is no python3" in sentence
    assert not machine.prefix.exists()


def test_another_python_may_be_named(machine: Machine) -> None:
    named = machine.root / "opt-python"
    shutil.copy(machine.root / "bin" / "python3", named)
    (machine.root / "bin" / "python3").unlink()
    assert machine.install("--no-demo", PYTHON=str(named)).returncode == 0


def test_a_disk_that_is_too_small(machine: Machine) -> None:
    sentence, remedy = told(machine.install(FREE_KB="1024000"))
    assert "There are 1000 MB free in" in sentence
    assert "3000 MB are needed" in sentence
    assert "--prefix" in remedy
    assert not machine.prefix.exists()


def test_no_home_folder(machine: Machine) -> None:
    sentence, remedy = told(machine.install(HOME=""))
    assert "HOME is not set" in sentence
    assert "--prefix" in remedy
    assert machine.install("--prefix", "here", "--no-demo", HOME="").returncode == 0
    assert (machine.root / "here" / "bin" / "secondme").is_symlink()


@pytest.mark.parametrize("tool", ["cc", "c++"])
def test_no_compiler(machine: Machine, tool: str) -> None:
    (machine.root / "bin" / tool).unlink()
    sentence, remedy = told(machine.install())
    assert f"There is no C/C++ compiler ({tool})" in sentence
    assert "build-essential" in remedy
    assert not any("pip install" in call for call in machine.calls)


def test_no_compiler_for_the_gpu(machine: Machine) -> None:
    sentence, remedy = told(machine.install("--cuda"))
    assert "nvcc" in sentence
    assert "CUDA toolkit" in remedy


def test_no_virtual_environments(machine: Machine) -> None:
    sentence, remedy = told(machine.install(VENV_FAILS="yes"))
    assert "ensurepip is not available" in sentence
    assert "python3-venv" in remedy


@pytest.mark.parametrize(
    ("says", "sentence", "remedy"),
    [
        ("ERROR: Could not install packages: No space left on device", "The disk became full", "Free some space"),
        (
            "ERROR: NewConnectionError: Temporary failure in name resolution",
            "could not be reached",
            "Check the network",
        ),
        (
            "error: command '/usr/bin/c++' failed",
            "llama.cpp could not be compiled: error: command",
            "The whole log is ",
        ),
    ],
)
def test_what_pip_fails_with_is_said_in_one_sentence(machine: Machine, says: str, sentence: str, remedy: str) -> None:
    told_sentence, told_remedy = told(machine.install(PIP_SAYS=says))
    assert sentence in told_sentence
    assert remedy in told_remedy
    (log,) = (machine.root / "tmp").iterdir()
    assert says in log.read_text()


def test_a_model_or_a_probe_that_fails_ends_the_install(machine: Machine) -> None:
    models = machine.install(MODELS_FAIL="yes")
    assert (models.returncode, models.stdout) == (1, "")
    assert models.stderr.rstrip().endswith("The hash differs.")
    doctor = machine.install(DOCTOR_FAILS="yes")
    assert "BAD  llama.cpp illegal instruction" in doctor.stderr
    sentence, _ = told(doctor)
    assert "not all is well" in sentence
    assert not (machine.prefix / "bin").exists()


def test_a_prefix_that_cannot_be_written(machine: Machine) -> None:
    (machine.root / "file").touch()
    sentence, remedy = told(machine.install("--prefix", "file"))
    assert "cannot be made" in sentence
    assert "--prefix" in remedy


# ---- what goes well


def test_it_installs_twice_as_well_as_once(machine: Machine) -> None:
    first = machine.install()
    assert (first.returncode, first.stdout) == (0, "It leaves at 07:25 [1]\n")
    command = machine.prefix / "bin" / "secondme"
    assert f"{command.parent} is not on the PATH" in first.stderr
    for line in ("ingest ~/notes", 'ask "what did I promise?"', "status"):
        assert f"  {command} {line}" in first.stderr
    assert os.readlink(command) == str(machine.prefix / "lib/secondme/venv/bin/secondme")
    assert "secondme models pull smollm2-135m minilm-l6" in machine.calls
    assert list((machine.root / "tmp").iterdir()) == []
    before = len(machine.calls)
    second = machine.install("--no-demo", PATH=f"{machine.root / 'bin'}:{command.parent}")
    assert (second.returncode, second.stdout) == (0, "")
    assert "  secondme ingest ~/notes" in second.stderr
    assert not any("pip install" in call or "venv" in call.split()[1:3] for call in machine.calls[before:])


def test_a_changed_checkout_is_installed_again(machine: Machine) -> None:
    assert machine.install("--no-demo").returncode == 0
    (machine.root / "checkout" / "secondme" / "new.py").write_text("new = True\n")
    before = len(machine.calls)
    assert machine.install("--no-demo").returncode == 0
    pip = [call for call in machine.calls[before:] if "pip install" in call]
    assert len(pip) == 1
    assert "llama" not in pip[0]


@pytest.mark.parametrize("flag", ["--metal", "--vulkan", "--rebuild"])
def test_another_kind_of_build_is_compiled_anew(machine: Machine, flag: str) -> None:
    assert machine.install("--no-demo").returncode == 0
    before = len(machine.calls)
    assert machine.install("--no-demo", flag).returncode == 0
    (compiled,) = [call for call in machine.calls[before:] if "pip install" in call]
    assert "--force-reinstall --no-binary llama-cpp-python" in compiled


def test_a_folder_with_spaces_will_do(machine: Machine) -> None:
    done = machine.install("--no-demo", f"--prefix={machine.root / 'a place'}")
    assert done.returncode == 0, done.stderr
    assert (machine.root / "a place" / "bin" / "secondme").is_symlink()


# ---- interrupted


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shell != "busybox"])
def test_an_interrupt_stops_pip_as_well(machine: Machine, shell: str) -> None:
    """A shell starts what runs in the background deaf to Ctrl-C."""
    at_work = machine.root / "pip.pid"
    found = shutil.which(shell)
    assert found
    running = subprocess.Popen(
        [found, str(machine.root / "checkout" / "install.sh")], env=machine.environment(PIP_SLEEPS=str(at_work)),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: at_work.exists() and bool(at_work.read_text().strip()))
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    _, stderr = running.communicate(timeout=20)
    assert running.returncode == 130
    assert stderr.rstrip().endswith("Interrupted. Run the same command again: it goes on where it stopped.")
    wait_for(lambda: not alive(int(at_work.read_text())))
    assert machine.install("--no-demo").returncode == 0


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and ") Z " in status.read_text())


# ---- uninstall


def test_uninstall_where_there_is_nothing(machine: Machine) -> None:
    done = machine.install("--uninstall")
    assert (done.returncode, done.stderr) == (0, f"There is no secondme below {machine.prefix}.\n")
    assert (machine.root / "data" / "models" / "minilm-l6").exists()


def test_uninstall_removes_what_it_put_there_and_keeps_memories(machine: Machine) -> None:
    assert machine.install().returncode == 0
    done = machine.install("--uninstall")
    data = machine.root / "data"
    assert done.returncode == 0
    assert f"Kept your memories: {data / 'profiles'}" in done.stderr
    assert (data / "profiles" / "default" / "ledger.db").exists()
    assert [model.name for model in (data / "models").iterdir()] == ["my-own"]
    assert not (machine.prefix / "lib" / "secondme").exists()
    assert not (machine.prefix / "bin" / "secondme").is_symlink()
    assert machine.install("--uninstall").stderr.startswith("There is no secondme")


def test_uninstall_of_a_damaged_install_promises_nothing(machine: Machine) -> None:
    assert machine.install().returncode == 0
    done = machine.install("--uninstall", STATUS_FAILS="yes")
    assert done.returncode == 0
    assert "they stay there" in done.stderr
    assert (machine.root / "data" / "models" / "minilm-l6").exists()
    assert not (machine.prefix / "lib" / "secondme").exists()


def test_uninstall_leaves_another_secondme_alone(machine: Machine) -> None:
    assert machine.install().returncode == 0
    command = machine.prefix / "bin" / "secondme"
    command.unlink()
    command.write_text("another program")
    assert machine.install("--uninstall").returncode == 0
    assert command.read_text() == "another program"
