"""Points that stand for a space: its ends, evenly spaced values, and one that no constraint excludes."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from sweep.common.json_values import Plain
from sweep.spec.components.places import full_name
from sweep.spec.reader import ParsedSpec
from sweep.spec.repeats import varied
from sweep.spec.space import Choice, Dimension, Space
from sweep.trial import Params

SEARCHED_POINTS = 2_000  # of what decides which parameters exist, for one that satisfies the constraints
FEW = 8  # pauses of the walk over the grid that looks for it
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
    deciders = tuple(d for d in space.deciding(values) if d.name not in values)
    settings = islice(replace(space, dimensions=deciders, constraints=()).points(), SEARCHED_POINTS)
    near = (space.active(space.point(0) | setting | dict(values)) for setting in settings)
    near = (point for point in near if space.allows(point))
    fixed = tuple(Choice(d.name, (values[d.name],)) if d.name in values else d for d in space.dimensions)
    chosen = next((p for p in near if values.items() <= p.items()), None) or replace(space, dimensions=fixed).first(FEW)
    return chosen if chosen and values.items() <= chosen.items() else None


def sample(dimension: Dimension) -> Iterator[Plain]:
    last = len(dimension) - 1
    positions = (
        range(1, last + 1)
        if last <= CHECKED_VALUES
        else {last * n // CHECKED_VALUES for n in range(1, CHECKED_VALUES + 1)}
    )
    return (dimension[n] for n in sorted(positions))
