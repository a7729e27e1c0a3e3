#!/bin/sh
# Creates .venv from requirements.lock and installs this project into it, editable. The first method that works is used:
#   1. uv, if it is on PATH (or in .venv already), with a Python of this machine or else one that uv downloads;
#   2. a Python 3.13 or 3.14 of this machine, with its own venv and pip;
#   3. uv, installed by pip into a temporary environment; uv then downloads a Python.
# Every package is checked against the hashes in requirements.lock, the uv of 3 included.
# .venv/.complete is written last: an environment without it is incomplete and is created again.
set -eu
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

main() {
  if [ -L .venv ]; then
    say ".venv is a link to $(readlink .venv): installing into it would change another project's environment." \
      "Remove the link (rm .venv) and run this again."
    exit 1
  fi
  fresh=yes
  if [ -e .venv/.complete ] && [ -n "$(interpreter .venv/bin/python)" ]; then fresh=; fi
  rm -f .venv/.complete

  if uv=$(find_uv); then
    use_uv "$uv" "$(find_python || echo 3.13)"
  elif python=$(find_python); then
    use_pip "$python"
  elif uv=$(fetch_uv); then
    use_uv "$uv" 3.13
  else
    give_up
  fi
  touch .venv/.complete
}

say() { printf 'setup: %s\n' "$*" >&2; }

give_up() {
  cause=$(tail -n 1 "$scratch/log" 2>/dev/null | sed "s/^ *//" || true)
  say "sweep needs Python 3.13 or 3.14, or uv to bring one, and neither is here or could be fetched:" \
    "install one of them and run this again.${cause:+ (The last try said: $cause)}"
  exit 1
}

find_uv() {
  for uv in uv .venv/bin/uv; do
    if "$uv" --version >/dev/null 2>&1; then echo "$uv"; return; fi
  done
  return 1
}

find_python() {
  for name in python3.13 python3.14 python3; do
    candidates "$name" >"$scratch/$name"
    while read -r candidate; do
      python=$(interpreter "$candidate")
      if [ -n "$python" ]; then echo "$python"; return; fi
    done <"$scratch/$name"
  done
  return 1
}

# Every program of that name on PATH, not just the first (a pyenv shim may stand there and fail), and in pyenv's versions.
candidates() (
  IFS=:
  for folder in $PATH; do
    if [ -x "$folder/$1" ]; then echo "$folder/$1"; fi
  done
  for program in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/"$1"; do
    if [ -x "$program" ]; then echo "$program"; fi
  done
)

# The interpreter behind a shim or an environment; empty if the lock does not support it or it cannot create environments.
interpreter() {
  "$1" -c '
import ensurepip, sys, venv
if sys.implementation.cache_tag in ("cpython-313", "cpython-314") and not sys.abiflags:
    print(sys._base_executable)
' 2>/dev/null </dev/null || true
}

# The path of a temporary uv of the version in the lock, installed by any available Python.
fetch_uv() {
  say "no uv and no Python 3.13 or 3.14 here: fetching uv with pip"
  sed -n '/^uv==/,/^ *#/p' requirements.lock | grep -v '#' >"$scratch/uv.txt"
  candidates python3 >"$scratch/python3"
  while read -r python; do
    if quietly "$python" -m venv "$scratch/env" && quietly "$scratch/env/bin/python" -m pip install --retries 1 --require-hashes -r "$scratch/uv.txt"; then
      echo "$scratch/env/bin/uv"; return
    elif quietly "$python" -m pip install --retries 1 --require-hashes --target "$scratch/env" -r "$scratch/uv.txt"; then
      echo "$scratch/env/bin/uv"; return # the way of a Debian Python without python3-venv
    fi
  done <"$scratch/python3"
  return 1
}

quietly() { "$@" >>"$scratch/log" 2>&1 </dev/null; }

use_uv() { # UV PYTHON
  say "installing into .venv with uv"
  if [ "$fresh" ]; then quietly "$1" venv --clear --python "$2" .venv || give_up; fi
  # compiled now, as pip does; otherwise each worker compiles Ray, MLflow and SciPy again if PYTHONDONTWRITEBYTECODE is set
  "$1" pip install -q --python .venv/bin/python --compile-bytecode --require-hashes -r requirements.lock
  "$1" pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
}

use_pip() { # PYTHON
  say "installing into .venv with $1 and pip: a minute or two"
  "$1" -m venv --clear .venv
  .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
  .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
}

main
