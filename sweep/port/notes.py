"""Notes of a port for its user: places left to do by hand, and places to look at."""

from dataclasses import dataclass
from typing import Literal

type Level = Literal["by hand", "check"]

MARK = "# sweep port: "


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One place in a file of 1.x: the reason, and what to do there."""

    line: int  # in the file as it was, from 1
    rule: str  # the row of the tables, for people who count
    reason: str
    remedy: str
    level: Level = "by hand"

    @property
    def comment(self) -> str:
        return f"{MARK}{self.level}: {self.reason}; {self.remedy}"

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}; {self.remedy}"


def left_to_do(source: str) -> list[int]:
    """The lines of a ported file with a comment that says: by hand."""
    mark = f"{MARK}by hand"
    return [n for n, line in enumerate(source.splitlines(), 1) if line.lstrip().startswith(mark)]
