"""Hashes of texts that are the same in each process that runs trials: they order sets, so figures may depend on it."""

import os
import sys

SAME_HASHES = {"PYTHONHASHSEED": "0"}  # Python reads it as it starts
COMMANDS = {
    "run",
    "resume",
    "backtest",
    "replay",
    "validate",
    "stress",
    "diff",
}  # those that run trials in their process
DEBUGGERS = {"pydevd", "debugpy", "pdb"}  # would lose a process that starts again


def runs_trials() -> bool:
    """Return whether the command of this process may run trials in it."""
    return bool(COMMANDS & {*sys.argv[1:3]})


def start_again() -> None:
    """Start this process again with the hashes that workers have, if its command may run trials."""
    is_same = os.environ.get("PYTHONHASHSEED") == "0" or sys.flags.ignore_environment
    is_debugged = DEBUGGERS & sys.modules.keys()
    if is_same or is_debugged or not sys.executable or not runs_trials():
        return
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | SAME_HASHES)  # noqa: S606 (itself)
