"""One row of the table of metrics."""

from dataclasses import dataclass
from typing import Literal

type Unit = Literal["money", "fraction", "count", "ratio", "seconds"]
type Direction = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One built-in metric."""

    unit: Unit
    formula: str  # a sentence
    undefined: str = ""  # the case in which it is null; "": never
    group: Literal["result", "risk", "execution"] = "result"  # section of the MLflow UI
    better: Direction = "higher"
    column: int = 0  # position among the default columns of leaderboards and reports; 0: none of them
    digits: int = 2  # decimals on the screen, of a fraction in percent
    windows: Literal["sum", "mean by trade", ""] = ""  # combination over the tests of a walk-forward
    daily: bool = False  # each day adds its part
    returns: bool = False  # a figure of the returns: its own block of the tearsheet
    trouble: bool = False  # 0 in a clean run
