"""The engine's ERROR lines, kept so that a failed trial can quote the one that ended it.

The engine's logger is set up once in a process and writes from a thread of its own: to stderr, and here to a file.
"""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from nautilus_trader.common import FileWriterConfig, LoggerConfig, LogLevel

PATIENCE = 1.0  # seconds that the logger's thread may take to write
SILENCE = 0.05  # seconds without a line after which none is on its way


class ErrorLog:
    """A file of this process with every ERROR that the engine logs; nothing goes to stdout."""

    def __init__(self) -> None:
        self._directory = TemporaryDirectory(prefix="sweep-log-")
        self.file = Path(self._directory.name) / "errors.jsonl"

    def config(self) -> LoggerConfig:
        """For each engine of the process; the first one counts."""
        file = FileWriterConfig(directory=self._directory.name, file_name="errors", file_format="json")
        return LoggerConfig(stdout_level=LogLevel.OFF, fileout_level=LogLevel.ERROR, file_config=file)

    def size(self) -> int:
        """Bytes so far: what is written after them belongs to the next trial."""
        return self.file.stat().st_size if self.file.exists() else 0

    def settle(self) -> None:
        """Return when the logger's thread has fallen silent, so that the next trial does not inherit a late line."""
        sizes = [-1, self.size()]
        while sizes[-1] != sizes[-2]:
            sleep(SILENCE)
            sizes.append(self.size())

    def first_since(self, size: int) -> str:
        """The first ERROR after `size` bytes, or "" when none arrives in time."""
        deadline = monotonic() + PATIENCE
        while self.size() <= size and monotonic() < deadline:
            sleep(0.01)
        if self.size() <= size:
            return ""
        with self.file.open("rb") as stream:
            stream.seek(size)
            return text(stream.readline())


def text(line: bytes) -> str:
    """Component and message of one line of the log; a torn line as it is."""
    try:
        entry = json.loads(line)
        return f"{entry['component']}: {entry['message']}"
    except (ValueError, KeyError):
        return line.decode(errors="replace").strip()


@cache
def error_log() -> ErrorLog:
    """The one log of this process."""
    return ErrorLog()
