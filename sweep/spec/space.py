"""The space of settings: dimensions, constraints, and a grid that is computed, never stored."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from math import prod
from random import Random
from typing import Any

from sweep.common.json_values import Plain, is_number
from sweep.spec.constraints.constraint import Constraint
from sweep.spec.constraints.grid_walk import LOOKED, GridWalk
from sweep.spec.exact_arithmetic import exact
from sweep.trial import Params

DRAWS = 20_000  # random points that are tried for one that satisfies the constraints
COUNTED_EXACTLY = 20_000  # values and blocks of a constrained grid that are looked at before it is estimated
SAMPLED = 5_000  # points of an estimate
LOOKED_AT = 500_000  # values and conditions of the points that are drawn in search of one
ASKED = 50_000  # conditions of the points of an estimate
PARTS_LOOKED_AT = 1_000_000  # of the expressions of the points of either
FEWEST = 100  # points of both, however many conditions there are
PAUSES = 20  # of a walk in search of the first point, of 256 values each


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

    def extremes(self, low: int, high: int) -> tuple[Plain, ...]:
        """Values between which those with the indices `low` to `high - 1` lie."""
        return self.values[low:high]

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

    def index(self, value: Any) -> int:
        """Position of one of its values."""
        return int((exact(value) - exact(self.low)) / exact(self.step or 1))

    def extremes(self, low: int, high: int) -> tuple[Plain, ...]:
        """Values between which those with the indices `low` to `high - 1` lie."""
        return self[low], self[high - 1]

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

    def extremes(self, low: int, high: int) -> tuple[Plain, ...]:
        """Values between which those with the indices `low` to `high - 1` lie."""
        return self[low], self[high - 1]

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
        needed, following = set[str](), list(names)
        while following:
            if (name := following.pop()) not in needed:
                needed.add(name)
                condition = self.conditions.get(name)
                following += condition.names.values() if condition else ()
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

    def walk(self) -> GridWalk:
        """A pass over the points of the grid, which can be left and gone on with."""
        return GridWalk(self.dimensions, self.constraints, self.conditions)

    def points(self) -> Iterator[dict[str, Plain]]:
        """The points that satisfy every constraint, in the order of the grid, one at a time, each once."""
        return (point for point in self.walk() if point is not None) if self.size else iter(())

    def first(self, pauses: int = PAUSES) -> dict[str, Plain] | None:
        """A point that satisfies every constraint, the first if it is found soon; None where none is found.

        `pauses` of the walk are waited for before points are drawn at random.
        """
        if not self.size:
            return None
        walked = next((point for point in islice(self.walk(), pauses) if point is not None), None)
        tries = min(pauses * LOOKED, self._affordable(LOOKED_AT, len(self.dimensions)))
        return self.draw(Random(0), tries) if walked is None else walked

    def _affordable(self, most: int, values: int = 0) -> int:
        """Number of points for which `most` values and conditions are looked at; fewer where expressions are long."""
        points = max(FEWEST, most // (1 + values + len(self.conditions)))
        return min(points, 1 + PARTS_LOOKED_AT // (1 + self._parts))

    @cached_property
    def _parts(self) -> int:
        """Number of parts of all expressions."""
        return sum(expression.size for expression in (*self.constraints, *self.conditions.values()))

    def is_empty(self) -> bool:
        """True if a short walk proves that no point satisfies all constraints."""
        for pauses, point in enumerate(self.walk()):
            if point is not None or pauses * LOOKED > COUNTED_EXACTLY:
                return False
        return self.size > 0

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
        if exactly_up_to not in self._counts:
            self._counts[exactly_up_to] = self._count(exactly_up_to)
        return self._counts[exactly_up_to]

    @cached_property
    def _counts(self) -> dict[int, tuple[int, bool]]:
        return {}

    def _count(self, exactly_up_to: int) -> tuple[int, bool]:
        walk, hits, pauses = self.walk(), 0, 0
        for point in walk if self.size else ():
            pauses += point is None
            if hits + pauses * LOOKED > exactly_up_to:
                break
            hits += point is not None
        else:
            return hits, True
        random, samples = Random(0), min(SAMPLED, self._affordable(ASKED))
        admitted = sum(self.admitted(random.randrange(self.size)) is not None for _ in range(samples))
        return max(hits, self.size * admitted // samples), False
