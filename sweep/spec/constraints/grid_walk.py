"""Walk over the points of a grid that satisfy its constraints, in the order of the grid.

A constraint is checked as soon as all its parameters have values, and whole blocks that break one by its bounds are
passed over at once. So a grid of a hundred million points whose constraints exclude the first half begins at once.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import mul
from typing import Protocol

from sweep.common.json_values import Plain
from sweep.spec.constraints.intervals import Interval, never_holds
from sweep.spec.exact_arithmetic import rational
from sweep.trial import Params

LOOKED = 256  # values or blocks looked at between two pauses
PARTS = 200  # of expressions, which take as long as a look; more than these count as more looks


class Axis(Protocol):
    """A dimension with a number of values."""

    @property
    def name(self) -> str: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Plain: ...

    def extremes(self, low: int, high: int) -> Sequence[Plain]: ...


class Rule(Protocol):
    """A constraint, or a condition."""

    @property
    def names(self) -> Mapping[str, str]: ...

    @property
    def fixed(self) -> Mapping[str, Plain]: ...

    @property
    def expression(self) -> ast.AST: ...

    @property
    def size(self) -> int: ...

    def concerns(self, params: Params) -> bool: ...

    def holds(self, params: Params) -> bool: ...


@dataclass
class GridWalk:
    """One pass over a grid. Iterating gives its points, and None now and then while it looks for the next."""

    axes: Sequence[Axis]
    rules: Sequence[Rule]
    conditions: Mapping[str, Rule]
    passed: int = 0  # points of the grid that are decided
    _looked: int = 0
    _parts: int = 0  # of the expressions computed since the last look
    _due: dict[int, list[Rule]] = field(default_factory=dict[int, list[Rule]])  # rules, by their last dimension
    _bounded: list[Rule] = field(default_factory=list[Rule])  # rules that count whatever the values are
    _sizes: list[int] = field(default_factory=list[int])  # points below one value, by dimension
    _whole: list[Interval | None] = field(default_factory=list["Interval | None"])  # bounds of each dimension

    def __post_init__(self) -> None:
        places = {axis.name: n for n, axis in enumerate(self.axes)}
        for rule in self.rules:
            named = list(rule.names.values())
            self._due.setdefault(max((places.get(name, 0) for name in named), default=0), []).append(rule)
            is_bounded = all(name in places and name not in self.conditions for name in named)
            self._bounded += [rule] if is_bounded else []
        lengths = map(len, reversed(self.axes[1:]))
        self._sizes = [*accumulate(lengths, mul, initial=1)][::-1] if self.axes else []
        self._whole = [_ends(axis.extremes(0, len(axis))) for axis in self.axes]

    def __iter__(self) -> Iterator[dict[str, Plain] | None]:
        point, decided = dict[str, Plain](), list[str]()  # names in their order, also those that the point lacks
        blocks: list[tuple[int, int, int]] = []  # still to be looked at: a dimension, and which of its values
        if self._descend(0, point, decided, blocks):
            yield {}
        while blocks:
            depth, low, high = blocks.pop()
            for name in decided[depth:]:
                point.pop(name, None)
            del decided[depth:]
            yield from self._pauses()
            if high - low == 1:
                point[self.axes[depth].name] = self.axes[depth][low]
                decided.append(self.axes[depth].name)
                if not self._allows(depth, point):
                    self.passed += self._sizes[depth]
                elif self._descend(depth + 1, point, decided, blocks):
                    yield dict(point)
            elif self._is_excluded(depth, point, low, high):
                self.passed += (high - low) * self._sizes[depth]
            else:
                middle = (low + high) // 2
                blocks += [(depth, middle, high), (depth, low, middle)]

    def _pauses(self) -> Iterator[None]:
        """Count a look, and pause where it is time to: more often where expressions are long."""
        before = self._looked
        self._looked, self._parts = before + max(1, self._parts // PARTS), 0
        for _ in range(self._looked // LOOKED - before // LOOKED):
            yield None

    def _descend(self, depth: int, point: Params, decided: list[str], blocks: list[tuple[int, int, int]]) -> bool:
        """Go to the next dimension that the point has; True when there is no more, and the point is whole."""
        for n in range(depth, len(self.axes)):
            axis = self.axes[n]
            condition = self.conditions.get(axis.name)
            self._parts += condition.size if condition else 0
            if condition is None or (condition.concerns(point) and condition.holds(point)):
                blocks.append((n, 0, len(axis)))
                return False
            decided.append(axis.name)
            self.passed += (len(axis) - 1) * self._sizes[n]  # with each of its values it is the same point
            if not self._allows(n, point):
                self.passed += self._sizes[n]
                return False
        self.passed += 1
        return True

    def _allows(self, depth: int, point: Params) -> bool:
        return all(self._holds(rule, point) for rule in self._due.get(depth, ()) if rule.concerns(point))

    def _holds(self, rule: Rule, point: Params) -> bool:
        self._parts += rule.size
        return rule.holds(point)

    def _is_excluded(self, depth: int, point: Params, low: int, high: int) -> bool:
        """True if some constraint is broken by all values of the block."""
        if not self._bounded:
            return False
        ends: dict[str, Interval | None] = {}
        for n, axis in enumerate(self.axes):
            if n < depth and axis.name in point:
                ends[axis.name] = _ends([point[axis.name]])
            elif n >= depth and axis.name not in self.conditions:
                ends[axis.name] = _ends(axis.extremes(low, high)) if n == depth else self._whole[n]
        self._parts += sum(rule.size for rule in self._bounded)
        return any(never_holds(rule.expression, _named(rule, ends)) for rule in self._bounded)


def _ends(values: Sequence[Plain]) -> Interval | None:
    exact = [rational(value) for value in values if isinstance(value, int | float)]
    return (min(exact), max(exact)) if len(exact) == len(values) else None


def _named(rule: Rule, ends: Mapping[str, Interval | None]) -> dict[str, Interval]:
    """The bounds by the names of the expression."""
    intervals = {name: _ends([value]) for name, value in rule.fixed.items()}
    intervals |= {name: ends.get(parameter) for name, parameter in rule.names.items()}
    return {name: interval for name, interval in intervals.items() if interval is not None}
