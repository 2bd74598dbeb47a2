#!/bin/sh
# Installs secondme for one user: its own virtual environment, the two starter models, a link on the PATH, a first answer.
#
#   ./install.sh                 install, then show an answer from the bundled sample life
#   ./install.sh test [ARGS]     install the test extras into ./.venv and run the whole test suite (ARGS go to pytest)
#   ./install.sh --uninstall     remove what this script put there; memories stay
#
# Nothing outside the prefix (default ~/.local) and secondme's own data folder is written, and nothing runs as root.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
prefix=${HOME:-}/.local
mode=install
demo=yes
backend=
portable=
NEED_MB=3000                              # venv 1.2 GB, models 0.3 GB, and room to compile
LLAMA='llama-cpp-python>=0.3.36,<0.4'     # as pyproject.toml has it
WHEELS=https://abetlen.github.io/llama-cpp-python/whl   # the project's own prebuilt wheels
STARTERS='smollm2-135m minilm-l6'

usage() {
  cat <<'TEXT'
Usage: ./install.sh [OPTIONS]           install secondme and show a first answer
       ./install.sh test [PYTEST ARGS]  run the whole test suite
       ./install.sh --uninstall         remove it; memories stay

Options:
  --cuda, --metal, --vulkan   build llama.cpp for this kind of GPU
  --prefix DIR                install below DIR (default: ~/.local)
  --no-demo                   no first answer at the end
  --rebuild                   compile llama.cpp again, for any CPU of this kind
  -h, --help                  show this

Needs Python 3.11 or newer, a C/C++ compiler, 3 GB of disk and the Python package index.
TEXT
}

say() { printf '%s\n' "$*" >&2; }
fail() { # sentence, remedy
  say ""
  say "install.sh: $1"
  say "  $2"
  exit 1
}
job=
log=
interrupted() {
  [ -z "$job" ] || kill "$job" 2>/dev/null || true # in the background, where Ctrl-C does not reach
  say ""
  say "Interrupted. Run the same command again: it goes on where it stopped."
  exit 130
}
trap interrupted INT TERM
trap '[ -z "$log" ] || [ -s "$log" ] || rm -f "$log"' EXIT # a log with something in it is for reading

# -- what is there ----------------------------------------------------------------------------------------------------

find_python() {
  for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  seen=$(python3 --version 2>/dev/null || echo "no python3")
  fail "Python 3.11 or newer is needed; there is $seen." \
    "Install one (apt install python3.11 python3.11-venv, brew install python) or name it: PYTHON=/path/to/python ./install.sh"
}

check_disk() { # folder
  folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname -- "$folder"); done
  free=$(df -Pk -- "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "${free:-$NEED_MB}" -ge "$NEED_MB" ] || # where df says nothing, pip will
    fail "There are $free MB free in $folder, and $NEED_MB MB are needed." "Free some space, or choose another place with --prefix DIR."
}

check_compiler() {
  for tool in "${CC:-cc}" "${CXX:-c++}"; do
    command -v "$tool" >/dev/null 2>&1 || fail "There is no C/C++ compiler ($tool), and llama.cpp has to be compiled here." \
      "Install one (Debian, Ubuntu: apt install build-essential; Fedora: dnf install gcc-c++; macOS: xcode-select --install) and run this again."
  done
  if [ "$backend" = cuda ]; then
    command -v nvcc >/dev/null 2>&1 || fail "--cuda needs NVIDIA's compiler, and there is no nvcc on the PATH." \
      "Install the CUDA toolkit, or leave --cuda out."
  fi
}

# -- steps ------------------------------------------------------------------------------------------------------------

make_venv() {
  if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; then return; fi
  say "Making a virtual environment in $venv"
  mkdir -p "$(dirname -- "$venv")" 2>/dev/null || fail "$(dirname -- "$venv") cannot be made." "Choose another place with --prefix DIR."
  "$python" -m venv --clear "$venv" >"$log" 2>&1 ||
    fail "$python cannot make a virtual environment: $(tail -n 1 "$log")" "Debian, Ubuntu: apt install python3-venv. Then run this again."
}

# Runs pip with its output in the log, and shows how far it is: ninja's [12/345] while compiling, else the time.
run_pip() { # title, pip arguments...
  title=$1
  shift
  "$venv/bin/python" -m pip "$@" >"$log" 2>&1 &
  job=$!
  began=$(date +%s)
  while kill -0 "$job" 2>/dev/null; do
    sleep 1
    passed=$(($(date +%s) - began))
    step=$(grep -oE '^ *\[[0-9]+/[0-9]+\]' "$log" 2>/dev/null | tail -n 1 | tr -d ' ' || true)
    if [ -t 2 ]; then
      printf '\r\033[K%s %s %d s' "$title" "$step" "$passed" >&2
    elif [ $((passed % 30)) -eq 0 ]; then
      say "$title $step $passed s"
    fi
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
  status=0
  wait "$job" || status=$?
  job=
  return "$status"
}

pip_failed() {
  if grep -qiE 'No space left' "$log"; then
    fail "The disk became full while installing." "Free some space and run this again."
  elif grep -qiE 'NewConnectionError|Temporary failure|Name or service|Max retries|No matching distribution|ConnectTimeout|ProxyError|SSLError' "$log"; then
    fail "The Python package index could not be reached, or lacks a package: $(grep -iE 'error' "$log" | tail -n 1)" \
      "Check the network and pip's settings (pip config list), then run this again. The whole log: $log"
  fi
  fail "$1: $(grep -iE 'error' "$log" | tail -n 1)" "The whole log is $log."
}

cmake_args() {
  case $backend in
    cuda) echo "-DGGML_CUDA=on" ;;
    metal) echo "-DGGML_METAL=on" ;;
    vulkan) echo "-DGGML_VULKAN=on" ;;
  esac
  [ -z "$portable" ] || echo "-DGGML_NATIVE=OFF"
}

wheel_index() {
  case $backend in
    cuda) # the wheels follow CUDA 12.1 to 12.5; a newer driver runs the newest of them
      minor=$(nvidia-smi 2>/dev/null | sed -n 's/.*CUDA Version: \(1[2-9]\)\.\([0-9]*\).*/\1 \2/p' | awk '{ print ($1 > 12 || $2 > 5) ? 5 : $2 }')
      [ -z "$minor" ] || echo "$WHEELS/cu12$minor" ;;
    metal) echo "$WHEELS/metal" ;;
    vulkan) ;; # none are made
    *) echo "$WHEELS/cpu" ;;
  esac
}

reachable() {
  "$venv/bin/python" - "$1" <<'PY' 2>/dev/null
import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/llama-cpp-python/", timeout=5).read(64)
PY
}

install_llama() {
  want="$backend${portable:+portable}"
  if [ "$(cat "$venv/llama.build" 2>/dev/null || echo none)" = "$want" ] &&
    "$venv/bin/python" -c 'import importlib.metadata as m; v = m.version("llama-cpp-python").split("."); assert v[:2] == ["0", "3"] and int(v[2]) >= 36' 2>/dev/null; then
    return
  fi
  index=$(wheel_index)
  if [ -z "$portable" ] && [ -n "$index" ] && reachable "$index"; then
    if run_pip "Installing llama.cpp, prebuilt" install --timeout 20 --force-reinstall --no-deps --only-binary :all: --index-url "$index" "$LLAMA"; then
      printf %s "$want" >"$venv/llama.build"
      return
    fi
    say "No prebuilt llama.cpp fits this machine."
  fi
  check_compiler
  say "Compiling llama.cpp; this takes some minutes, once."
  fresh=
  [ -z "$want" ] || fresh="--no-cache-dir --force-reinstall --no-binary llama-cpp-python" # a cached build is of another kind
  # shellcheck disable=SC2086
  CMAKE_ARGS="${CMAKE_ARGS:-} $(cmake_args | tr '\n' ' ')" run_pip "Compiling llama.cpp" install -v --no-deps $fresh "$LLAMA" ||
    pip_failed "llama.cpp could not be compiled"
  printf %s "$want" >"$venv/llama.build"
}

fingerprint() { # what decides whether an install is up to date
  (cd "$here" && find secondme assets/sample pyproject.toml -type f ! -name '*.pyc' -exec cksum {} + | LC_ALL=C sort | cksum)
}

install_package() { # pip arguments...
  now=$(fingerprint)
  [ "$(cat "$venv/secondme.stamp" 2>/dev/null || echo none)" != "$now" ] || return 0
  run_pip "Installing secondme" install "$@" || pip_failed "secondme could not be installed"
  printf '%s\n' "$now" >"$venv/secondme.stamp"
}

fetch_models() {
  # shellcheck disable=SC2086
  "$venv/bin/secondme" models pull $STARTERS || exit 1
}

link() {
  mkdir -p "$prefix/bin"
  ln -sf "$venv/bin/secondme" "$prefix/bin/secondme"
  case ":$PATH:" in
    *":$prefix/bin:"*) command=secondme ;;
    *)
      command=$prefix/bin/secondme
      say "$prefix/bin is not on the PATH. Add this line to your shell's start-up file:"
      say "  export PATH=\"$prefix/bin:\$PATH\"" ;;
  esac
}

# -- modes ------------------------------------------------------------------------------------------------------------

do_install() {
  [ -d "$venv" ] || check_disk "$prefix"
  make_venv
  install_llama
  install_package --upgrade "$here"
  fetch_models
  check=$("$venv/bin/secondme" doctor) || {
    say "$check"
    fail "secondme is installed, but not all is well with it." "See the lines marked BAD: each names what to do."
  }
  link
  if [ $demo = yes ]; then
    say ""
    "$venv/bin/secondme" demo || exit 1
  fi
  cat >&2 <<TEXT

Installed. Try next:
  $command ingest ~/notes
  $command ask "what did I promise?"
  $command status
TEXT
}

do_test() {
  venv=$here/.venv
  [ -d "$venv" ] || check_disk "$here"
  make_venv
  install_llama
  install_package --upgrade --editable "$here[test]"
  SECONDME_HOME=$venv/home
  export SECONDME_HOME
  fetch_models
  SECONDME_TEST_MODELS=$venv/home/models
  export SECONDME_TEST_MODELS
  unset SECONDME_HOME
  cd "$here"
  say "ruff"
  "$venv/bin/ruff" check .
  "$venv/bin/ruff" format --check .
  say "mypy"
  "$venv/bin/mypy"
  say "pytest"
  rm -f "$log"
  exec "$venv/bin/python" -m pytest "$@"
}

do_uninstall() {
  if [ ! -d "$prefix/lib/secondme" ]; then
    say "There is no secondme below $prefix."
    return
  fi
  home=$("$venv/bin/secondme" status --json 2>/dev/null |
    "$venv/bin/python" -c 'import json, sys; print(json.load(sys.stdin)["home"])' 2>/dev/null || true)
  data=${home:+$(dirname -- "$(dirname -- "$home")")}
  if [ -n "$data" ]; then
    for model in $STARTERS; do rm -rf "$data/models/$model"; done
    rm -rf "$data/profiles/sample-life"
  fi
  [ "$(readlink "$prefix/bin/secondme" 2>/dev/null)" != "$venv/bin/secondme" ] || rm -f "$prefix/bin/secondme"
  rm -rf "$prefix/lib/secondme"
  if [ -z "$data" ]; then
    say "Removed secondme from $prefix. It could not say where its memories and models are: they stay there."
  elif [ -n "$(ls -A "$data/profiles" 2>/dev/null)" ]; then
    say "Removed secondme from $prefix, with its starter models and the sample life."
    say "Kept your memories: $data/profiles (delete that folder to lose them for good)."
  else
    say "Removed secondme from $prefix, with its starter models and the sample life. There were no memories to keep."
  fi
}

while [ $# -gt 0 ]; do
  case $1 in
    test) mode=test; shift; break ;;
    --cuda | --metal | --vulkan) backend=${1#--} ;;
    --no-demo) demo=no ;;
    --rebuild) portable=yes ;;
    --uninstall) mode=uninstall ;;
    --prefix) [ $# -ge 2 ] || { usage >&2; exit 2; }; shift; prefix=$1 ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    -h | --help) usage; exit 0 ;;
    *) say "install.sh: $1 is not understood."; usage >&2; exit 2 ;;
  esac
  shift
done

[ "$prefix" != /.local ] || fail "There is no home folder (HOME is not set)." "Say where to install: ./install.sh --prefix DIR"
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
venv=$prefix/lib/secondme/venv
log=$(mktemp "${TMPDIR:-/tmp}/secondme-install.XXXXXX")

case $mode in
  install) python=$(find_python); do_install ;;
  test) python=$(find_python); do_test "$@" ;;
  uninstall) do_uninstall ;;
esac
rm -f "$log"
