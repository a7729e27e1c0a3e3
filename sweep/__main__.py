"""The command `sweep`: `python -m sweep` does the same."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from sweep.common.same_hashes import runs_trials, start_again
from sweep.executors.worker import process_end


def main() -> None:
    """Run the command line."""
    start_again()
    open_standard_streams()
    keep_from_others()
    from sweep.cli import app, verbosity
    from sweep.cli.output import json_output
    from sweep.executors import tight_limits

    if "--json" in sys.argv:
        json_output.reserve_stdout()
    verbosity.encodable()
    try:
        _look_at_limits()
        app(prog_name="sweep")
    except (ImportError, MemoryError) as error:  # of a library, for which there are too few addresses
        if not tight_limits.has_few_addresses():
            raise
        sys.stderr.write(f"sweep: {str(error) or 'the memory that it may use is used up'}\n")
        sys.exit(1)
    except OSError as error:  # of the output: it is full, or gone
        silence(sys.stdout)
        with suppress(OSError):  # where it is this output that is full
            sys.stderr.write(f"sweep: {_sentence(error)}\n")
        silence(sys.stderr)
        sys.exit(1)
    finally:
        process_end.limit(_exit_code(sys.exception()))


def _look_at_limits() -> None:
    """Refuse to run trials where libraries would abort for want of addresses."""
    from sweep.executors import tight_limits

    refusal = tight_limits.refusal() if runs_trials() else ""
    if sentence := refusal or (runs_trials() and tight_limits.warning()):
        sys.stderr.write(f"sweep: {sentence}\n")
    if refusal:
        sys.exit(2)


def _exit_code(error: BaseException | None) -> int:
    code = error.code if isinstance(error, SystemExit) else 1
    return code if isinstance(code, int) else int(code is not None)


def _sentence(error: OSError) -> str:
    try:
        Path.cwd()
    except OSError:
        return "the folder where it was started is gone: go to another one (cd)"
    return f"{error.filename or 'the output'} cannot be written: {error.strerror or error}"


def open_standard_streams() -> None:
    """Open those of the standard streams that are closed, on nothing.

    Else the next files that are opened, such as a ledger, would take their places, and with them all that is printed.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the first free number, which is this one
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def keep_from_others() -> None:
    """Let nobody but user and group write to what this process and its children make, whatever the umask."""
    os.umask(os.umask(0o077) | 0o002)


def silence(stream: TextIO) -> None:
    """Let Python end without another word on an output that it cannot flush."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
