"""The engine's ERROR lines, kept so that a failed trial can quote the one that ended it.

The engine's logger is set up once in a process and writes from a thread of its own: to stderr, and here to a file.
"""

import json
import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from nautilus_trader.common import FileWriterConfig, Logger, LoggerConfig, LogLevel

PATIENCE = 5.0  # seconds that the logger's thread may take to write on a busy machine


class ErrorLog:
    """A file of this process with every ERROR that the engine logs; nothing goes to stdout."""

    def __init__(self) -> None:
        self._directory = TemporaryDirectory(prefix="sweep-log-")
        self.file = Path(self._directory.name) / "errors.jsonl"
        self.descriptor: int | None = None  # of the file, once its name is gone
        self.read, self.failures = 0, 0
        self.patience = PATIENCE  # halves whenever the logger is late: another program may have set it up elsewhere

    def config(self) -> LoggerConfig:
        """For each engine of the process; the first one counts."""
        file = FileWriterConfig(directory=self._directory.name, file_name="errors", file_format="json")
        return LoggerConfig(stdout_level=LogLevel.OFF, fileout_level=LogLevel.ERROR, file_config=file)

    def hide(self) -> None:
        """Remove the name of the file when the logger has it open: a process that is killed cannot do so."""
        if self.descriptor is None and self.file.exists():
            self.descriptor = os.open(self.file, os.O_RDONLY | os.O_CLOEXEC)
            self._directory.cleanup()

    def drain(self) -> str:
        """The first ERROR since the last drain, "" if there is none; called whenever a trial has failed.

        The logger's thread may be late. A mark goes the same way: when it has arrived, so has all before it. Where it
        does not arrive in time, this drain has no text; the next one passes over what came too late.
        """
        self.failures += 1
        mark = _mark(self.failures)
        Logger("sweep").error(mark.decode())
        deadline = monotonic() + self.patience
        while not (mark in (lines := self._unread()) and lines.endswith(b"\n")):
            if monotonic() >= deadline:
                self.patience /= 2
                return ""
            sleep(0.002)
        self.read, self.patience = self.read + len(lines), PATIENCE
        _, late, after = lines.rpartition(_mark(self.failures - 1))
        own = after.partition(b"\n")[2] if late else lines
        first = own.partition(b"\n")[0]
        return "" if mark in first else text(first.decode(errors="replace"))

    def _unread(self) -> bytes:
        if self.descriptor is not None:
            return os.pread(self.descriptor, os.fstat(self.descriptor).st_size - self.read, self.read)
        if not self.file.exists():
            return b""
        with self.file.open("rb") as stream:
            stream.seek(self.read)
            return stream.read()


def _mark(failure: int) -> bytes:
    return f"the trial above ended in failure {failure} of this process".encode()


def text(line: str) -> str:
    """Component and message of one line of the log."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    return f"{entry['component']}: {entry['message']}"


@cache
def error_log() -> ErrorLog:
    """The one log of this process."""
    return ErrorLog()
