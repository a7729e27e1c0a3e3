"""Points that stand for a space: its ends, evenly spaced values, and one that no constraint excludes."""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from sweep.common.json_values import Plain
from sweep.spec.components.places import full_name
from sweep.spec.reader import ParsedSpec
from sweep.spec.repeats import varied
from sweep.spec.space import Choice, Dimension, Space
from sweep.trial import Params

SEARCHED_POINTS = 2_000  # of what decides which parameters exist, for one that satisfies the constraints
FEW = 8  # pauses of the walk over the grid that looks for it
SOUGHT = 16  # values that break constraints beside the first point, for which another point is looked for that long
KEPT = 8  # points near which the next one may be
CHECKED_VALUES = 64  # values of one dimension that are checked before anything runs; longer ones are sampled evenly


def well_formed(draft: ParsedSpec) -> Space:
    """The part of the space that can be written into the backtest: nothing wrong was found with it so far."""
    wrong = {p.where for p in draft.problems}

    def fits(name: str) -> bool:
        return f"search.space.{name}" not in wrong and full_name(name).partition(".")[0] in draft.backtest

    section = draft.sections.get("search")
    is_repeated = not any(p.where.startswith("search.repeat") for p in draft.problems)
    space = varied(draft.search, section) if is_repeated else draft.search
    dimensions = tuple(countable(d) for d in space.dimensions if fits(d.name))
    names = {d.name for d in dimensions}
    impossible = "search.constraints" in wrong
    constraints = [c for c in draft.search.constraints if set(c.names.values()) <= names and not impossible]
    conditions = {name: c for name, c in draft.search.conditions.items() if {name, *c.names.values()} <= names}
    return Space(dimensions, tuple(constraints), conditions)


def countable(dimension: Dimension) -> Dimension:
    """The dimension; of one without steps its ends, which stand for what lies between."""
    if isinstance(dimension, Choice) or len(dimension):
        return dimension
    return Choice(dimension.name, tuple(dict.fromkeys((dimension.low, dimension.high))))


def admissible(space: Space, values: Params) -> dict[str, Plain] | None:
    """A point with these values that no constraint excludes, if it is found soon."""
    near = (point for point in _existing(space, values) if space.allows(point))
    fixed = tuple(Choice(d.name, (values[d.name],)) if d.name in values else d for d in space.dimensions)
    chosen = next((p for p in near if values.items() <= p.items()), None) or replace(space, dimensions=fixed).first(FEW)
    return chosen if chosen and values.items() <= chosen.items() else None


def _existing(space: Space, values: Params) -> Iterator[dict[str, Plain]]:
    """Points with the values of what decides whether parameters exist."""
    deciders = tuple(d for d in space.deciding(values) if d.name not in values)
    settings = islice(replace(space, dimensions=deciders, constraints=()).points(), SEARCHED_POINTS)
    first = space.point(0)
    return (space.active(first | setting | dict(values)) for setting in settings)


@dataclass
class Neighbours:
    """Points beside the first one of a space, each with one other value of a parameter."""

    space: Space
    first: Params
    _sought: int = 0
    _bases: deque[Params] = field(default_factory=lambda: deque[Params](maxlen=KEPT))  # where other parameters exist

    def near(self, name: str, value: Plain) -> dict[str, Plain] | None:
        """A point with this value, which constraints may exclude; None where the parameter exists in none."""
        for base in (self.first, *self._bases):
            point = {**base, name: value}
            if name in base and all(exists == (decided in base) for decided, exists in self._decided(name, point)):
                return point
        point = next((p for p in _existing(self.space, {name: value}) if p.get(name) == value), None)
        self._bases += [point] if point else []
        return point

    def _decided(self, name: str, point: Params) -> Iterator[tuple[str, bool]]:
        """The parameters that this one decides, and whether each exists there."""
        return ((decided, self.space.has(decided, point)) for decided in self._dependents[name])

    @cached_property
    def _dependents(self) -> dict[str, list[str]]:
        """Parameters whose conditions name a parameter."""
        dependents = defaultdict[str, list[str]](list)
        for decided, condition in self.space.conditions.items():
            for name in set(condition.names.values()):
                dependents[name].append(decided)
        return dependents

    def admitted(self, name: str, value: Plain) -> dict[str, Plain] | None:
        """A point with this value that no constraint excludes; None where none is found soon, and after some such."""
        if self._sought >= SOUGHT:
            return None
        point = admissible(self.space, {name: value})
        self._sought += point is None
        return point


def sample(dimension: Dimension) -> Iterator[Plain]:
    last = len(dimension) - 1
    positions = (
        range(1, last + 1)
        if last <= CHECKED_VALUES
        else {last * n // CHECKED_VALUES for n in range(1, CHECKED_VALUES + 1)}
    )
    return (dimension[n] for n in sorted(positions))
