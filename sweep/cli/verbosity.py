"""Amount of what is said on stderr: results only, the usual, or with times; in characters that the terminal has."""

import codecs
import sys
import time
from io import TextIOWrapper

from sweep.common.escaping import for_terminal

PLAIN = {"·": "-", "…": "...", "–": "-", "—": "-", "×": "x", "✓": "+", "✗": "x", "→": "->", "’": "'", "½": "1/2"}
BEGIN = time.monotonic()

quiet = False
verbose = False


def use(*, quiet: bool, verbose: bool) -> None:
    """Choose the amount of what is said."""
    globals().update(quiet=quiet and not verbose, verbose=verbose)
    if verbose:
        from importlib.metadata import version

        names = ("nt-sweep", "nautilus_trader", "ray", "mlflow-skinny", "optuna")
        first("python " + sys.version.split()[0] + ", " + ", ".join(f"{name} {version(name)}" for name in names))


def first(line: str) -> None:
    """Say a line before the libraries are loaded that print in colour; on a terminal, or where all is to be said."""
    if verbose or (sys.stderr.isatty() and not quiet):
        print(for_terminal(stamped(line)), file=sys.stderr, flush=True)


def stamped(line: str) -> str:
    """A line, with the seconds since the start where all is to be said."""
    return f"{time.monotonic() - BEGIN:7.2f} s  {line}" if verbose else line


def encodable() -> None:
    """Let every line be printed, also where the terminal lacks some of its characters."""
    codecs.register_error("sweep", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="sweep")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Other characters for those that an encoding does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(PLAIN.get(c, "?") for c in text), error.end
