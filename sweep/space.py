"""The space of settings: dimensions, constraints, and a grid that is computed, never stored."""

# simpleeval has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import prod
from random import Random
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from sweep.plain import Plain, is_number
from sweep.trial import Params

DRAWS = 20_000  # random points that are tried for one that satisfies the constraints
COUNTED_EXACTLY = 200_000  # points of a constrained grid up to which --dry-run counts instead of estimating
FUNCTIONS = {"abs": abs, "min": min, "max": max, "round": round, "int": int, "float": float}


@dataclass(frozen=True, slots=True)
class Choice:
    """A list of values, in the order given."""

    name: str
    values: tuple[Plain, ...]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Plain:
        return self.values[index]

    def __contains__(self, value: Plain) -> bool:
        return any(type(v) is type(value) and v == value for v in self.values)

    def draw(self, random: Random) -> Plain:
        return random.choice(self.values)


@dataclass(frozen=True, slots=True)
class Range:
    """low, low + step, …, high: exact decimals, so 0.1 steps give 0.3. Without a step: continuous, for studies only."""

    name: str
    low: int | float
    high: int | float
    step: int | float | None = None

    def __len__(self) -> int:
        if self.step is None:
            return 0
        return int((exact(self.high) - exact(self.low)) // exact(self.step)) + 1

    def __getitem__(self, index: int) -> Plain:
        value = exact(self.low) + index * exact(self.step or 0)
        return int(value) if self.integral else float(value)

    def __contains__(self, value: Plain) -> bool:
        if not is_number(value) or not self.low <= value <= self.high or (self.integral and type(value) is not int):
            return False
        return self.step is None or (exact(value) - exact(self.low)) % exact(self.step) == 0

    def draw(self, random: Random) -> Plain:
        if self.step is not None:
            return self[random.randrange(len(self))]
        return random.randint(int(self.low), int(self.high)) if self.integral else random.uniform(self.low, self.high)

    @property
    def integral(self) -> bool:
        return all(isinstance(v, int) for v in (self.low, self.high, self.step) if v is not None)


@dataclass(frozen=True, slots=True)
class LogRange:
    """`points` values from low to high at equal ratios (12 significant digits). Without points: continuous."""

    name: str
    low: int | float
    high: int | float
    points: int | None = None

    def __len__(self) -> int:
        return self.points or 0

    def __getitem__(self, index: int) -> Plain:
        last = (self.points or 1) - 1
        value = self.low * (self.high / self.low) ** (index / last) if last else self.low
        value = self.high if index == last and last else value
        return round(value) if self.integral else float(f"{value:.12g}")

    def __contains__(self, value: Plain) -> bool:
        if self.points is not None:
            return any(self[n] == value for n in range(self.points))
        return is_number(value) and self.low <= value <= self.high and (type(value) is int or not self.integral)

    def draw(self, random: Random) -> Plain:
        if self.points is not None:
            return self[random.randrange(self.points)]
        value = self.low * (self.high / self.low) ** random.random()
        return round(value) if self.integral else value

    @property
    def integral(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)


type Dimension = Choice | Range | LogRange


@dataclass(frozen=True)
class Constraint:
    """An expression over parameters that a point must satisfy. Evaluated by a small library, never by `eval`."""

    text: str
    names: Mapping[str, str]  # a name in the expression → the parameter it stands for
    fixed: Mapping[str, Plain]  # names that stand for values of the base backtest

    @cached_property
    def _tree(self) -> ast.AST:
        return ast.parse(self.text.strip(), mode="eval").body

    def compute(self, values: Mapping[str, Any]) -> Any:
        """The value of the expression for values of its names; InvalidExpression for what the library refuses."""
        library = SimpleEval(functions=FUNCTIONS, names=_nested(values))
        return library.eval(self.text, previously_parsed=self._tree)

    def holds(self, params: Params) -> bool:
        """Whether the point satisfies it; an expression that cannot be computed there (1/0) does not hold."""
        values = {name: params[parameter] for name, parameter in self.names.items()} | dict(self.fixed)
        try:
            return bool(self.compute(values))
        except (InvalidExpression, ArithmeticError, TypeError, ValueError):
            return False


def _nested(names: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in names.items():
        *way, leaf = name.split(".")
        here = tree
        for part in way:
            here = here.setdefault(part, {})
        here[leaf] = value
    return tree


@dataclass(frozen=True)
class Space:
    """Dimensions and constraints. A point is a mapping from the spec's own names to plain values."""

    dimensions: tuple[Dimension, ...]
    constraints: tuple[Constraint, ...] = ()

    @property
    def size(self) -> int:
        """Points of the grid before constraints; 0 when a dimension is continuous, 1 for an empty space."""
        return prod(len(d) for d in self.dimensions)

    def point(self, index: int) -> dict[str, Plain]:
        """Point `index` of the grid by index arithmetic; the last dimension changes fastest."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        values: dict[str, Plain] = {}
        for dimension in reversed(self.dimensions):
            index, position = divmod(index, len(dimension))
            values[dimension.name] = dimension[position]
        return {d.name: values[d.name] for d in self.dimensions}

    def points(self) -> Iterator[dict[str, Plain]]:
        """The points that satisfy every constraint, in the order of the grid, one at a time."""
        return (point for point in map(self.point, range(self.size)) if self.allows(point))

    def draw(self, random: Random, tries: int = DRAWS) -> dict[str, Plain] | None:
        """A point at random that satisfies every constraint; None when so many tries find none."""
        for _ in range(tries):
            point = {d.name: d.draw(random) for d in self.dimensions}
            if self.allows(point):
                return point
        return None

    def allows(self, params: Params) -> bool:
        """Whether a point satisfies every constraint."""
        return all(c.holds(params) for c in self.constraints)

    def count(self, exactly_up_to: int = COUNTED_EXACTLY) -> tuple[int, bool]:
        """How many points satisfy the constraints, and whether that is exact (else an estimate from a sample)."""
        if not self.constraints:
            return self.size, True
        if self.size <= exactly_up_to:
            return sum(1 for _ in self.points()), True
        random, sample = Random(0), exactly_up_to // 10
        hits = sum(self.allows(self.point(random.randrange(self.size))) for _ in range(sample))
        return round(self.size * hits / sample), False


def exact(value: float) -> Decimal:
    """The decimal that was written, not the binary number nearest to it."""
    return Decimal(str(value))
