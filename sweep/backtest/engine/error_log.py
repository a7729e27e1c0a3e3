"""The engine's ERROR lines, kept so that a failed trial can quote the one that ended it.

The engine's logger is set up once in a process and writes from a thread of its own: to stderr, and here to a file.
"""

import json
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
        self.read, self.failures = 0, 0
        self.is_ours = True  # until it turns out that somebody has set up the process's logger before

    def config(self) -> LoggerConfig:
        """For each engine of the process; the first one counts."""
        file = FileWriterConfig(directory=self._directory.name, file_name="errors", file_format="json")
        return LoggerConfig(stdout_level=LogLevel.OFF, fileout_level=LogLevel.ERROR, file_config=file)

    def drain(self) -> str:
        """The first ERROR since the last drain, "" if there is none; called whenever a trial has failed.

        The logger's thread may be late. A mark goes the same way: when it has arrived, so has all before it.
        """
        self.failures += 1
        mark = f"the trial above ended in failure {self.failures} of this process"
        Logger("sweep").error(mark)
        deadline = monotonic() + PATIENCE
        lines = self._unread()
        while self.is_ours and not (mark in lines and lines.endswith("\n")):
            self.is_ours = monotonic() < deadline
            sleep(0.002)
            lines = self._unread()
        if not self.is_ours:
            return ""
        self.read += len(lines.encode())
        first = text(lines.partition("\n")[0])
        return "" if mark in first else first

    def _unread(self) -> str:
        if not self.file.exists():
            return ""
        with self.file.open("rb") as stream:
            stream.seek(self.read)
            return stream.read().decode(errors="replace")


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
