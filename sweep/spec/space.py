"""The space of settings: dimensions, constraints, and a grid that is computed, never stored."""

# simpleeval has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from random import Random
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from sweep.common.json_values import Plain, is_number
from sweep.spec.exact_arithmetic import FUNCTIONS, OPERATORS, exact, rational
from sweep.trial import Params

DRAWS = 20_000  # random points that are tried for one that satisfies the constraints
COUNTED_EXACTLY = 200_000  # points of a constrained grid up to which --dry-run counts instead of estimating


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
    """An expression over parameters that a point must satisfy. Evaluated by a small library, never by `eval`.

    Numbers are the decimals that were written, as in ranges: 0.1 + 0.2 <= 0.3 holds.
    """

    text: str
    names: Mapping[str, str]  # a name in the expression → the parameter it stands for
    fixed: Mapping[str, Plain]  # names → values of the base backtest, which count where there is no such parameter

    @cached_property
    def _tree(self) -> ast.AST:
        tree = ast.parse(self.text.strip(), mode="eval").body
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                node.value = rational(node.value)  # pyright: ignore[reportAttributeAccessIssue]
        return tree

    def compute(self, values: Mapping[str, Any]) -> Any:
        """The value of the expression for values of its names; InvalidExpression for what the library refuses."""
        exact_values = {name: rational(value) for name, value in values.items()}
        library = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names=_nested(exact_values))
        return library.eval(self.text, previously_parsed=self._tree)

    def concerns(self, params: Params) -> bool:
        """True if every name of the expression has a value there."""
        return all(parameter in params or name in self.fixed for name, parameter in self.names.items())

    def holds(self, params: Params) -> bool:
        """True if the point satisfies it; an expression that cannot be computed there (1/0) does not hold."""
        values = {name: params[parameter] for name, parameter in self.names.items() if parameter in params}
        try:
            return bool(self.compute(dict(self.fixed) | values))
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
    """Dimensions and constraints. A point is a mapping from the spec's own names to plain values.

    A dimension with a condition is in a point only where the condition holds; it names dimensions that stand before.
    """

    dimensions: tuple[Dimension, ...]
    constraints: tuple[Constraint, ...] = ()
    conditions: Mapping[str, Constraint] = field(default_factory=dict[str, Constraint])  # by name of the dimension

    @property
    def size(self) -> int:
        """Points of the grid before conditions and constraints; 0 when a dimension is continuous, 1 without any."""
        return prod(len(d) for d in self.dimensions)

    def has(self, name: str, params: Params) -> bool:
        """True if a dimension exists given these values of the earlier ones."""
        condition = self.conditions.get(name)
        return condition is None or (condition.concerns(params) and condition.holds(params))

    def deciding(self, names: Iterable[str]) -> tuple[Dimension, ...]:
        """These dimensions, and all that decide whether they exist, in their order."""
        needed = set(names)
        for name, condition in reversed(list(self.conditions.items())):
            needed |= set(condition.names.values()) if name in needed else set()
        return tuple(d for d in self.dimensions if d.name in needed)

    def active(self, values: Params) -> dict[str, Plain]:
        """The point in which values of all dimensions result: without those whose condition does not hold."""
        if not self.conditions:
            return dict(values)
        point: dict[str, Plain] = {}
        for name, value in values.items():
            if self.has(name, point):
                point[name] = value
        return point

    def point(self, index: int) -> dict[str, Plain]:
        """Values `index` of all dimensions by index arithmetic; the last dimension changes fastest."""
        positions = self._positions(index)
        return {d.name: d[at] for d, at in zip(self.dimensions, positions, strict=True)}

    def _positions(self, index: int) -> list[int]:
        if not 0 <= index < self.size:
            raise IndexError(index)
        positions: list[int] = []
        for dimension in reversed(self.dimensions):
            index, position = divmod(index, len(dimension))
            positions.append(position)
        return positions[::-1]

    def points(self) -> Iterator[dict[str, Plain]]:
        """The points that satisfy every constraint, in the order of the grid, one at a time, each once."""
        return (point for index in range(self.size) if (point := self.admitted(index)) is not None)

    def admitted(self, index: int) -> dict[str, Plain] | None:
        """The point of an index; None where a constraint excludes it, or where an earlier index has the same point."""
        point = self.active(self.point(index))
        if len(point) < len(self.dimensions):
            places = zip(self.dimensions, self._positions(index), strict=True)
            if any(at for dimension, at in places if dimension.name not in point):
                return None
        return point if self.allows(point) else None

    def draw(self, random: Random, tries: int = DRAWS) -> dict[str, Plain] | None:
        """A point at random that satisfies every constraint; None when so many tries find none."""
        for _ in range(tries):
            point = self.active({d.name: d.draw(random) for d in self.dimensions})
            if self.allows(point):
                return point
        return None

    def allows(self, params: Params) -> bool:
        """True if a point satisfies every constraint; constraints on dimensions that it lacks are skipped."""
        return all(c.holds(params) for c in self.constraints if c.concerns(params))

    def __contains__(self, params: Params) -> bool:
        """True for a point of the space: values of the dimensions that exist there, all constraints kept."""
        point: dict[str, Plain] = {}
        for dimension in self.dimensions:
            if self.has(dimension.name, point):
                if dimension.name not in params or params[dimension.name] not in dimension:
                    return False
                point[dimension.name] = params[dimension.name]
        return point.keys() == params.keys() and self.allows(point)

    def count(self, exactly_up_to: int = COUNTED_EXACTLY) -> tuple[int, bool]:
        """Count the points that satisfy the constraints; the flag is False for an estimate from a sample."""
        if not self.constraints and not self.conditions:
            return self.size, True
        if self.size <= exactly_up_to:
            return sum(1 for _ in self.points()), True
        random, sample = Random(0), exactly_up_to // 10
        hits = sum(self.admitted(random.randrange(self.size)) is not None for _ in range(sample))
        return round(self.size * hits / sample), False
