"""Points of a space without continuous ranges that a search has not asked for yet."""

import json
from collections.abc import Iterator
from random import Random

from sweep.common.json_values import Plain, is_number
from sweep.spec.space import Choice, Dimension, Range, Space
from sweep.trial import Params

LOOKED_AT = 2_000  # points around one, nearest first; then points at random
DRAWS = 200  # at random, for one that is new


class UnknownPoints:
    """Record of the points of a search, and the nearest ones that are not in it."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._proposed: set[str] = set()
        self._orders = {d.name: _ordered(d) for d in space.dimensions} if space.size else {}

    @property
    def left(self) -> bool:
        """True if there may be points that were not asked for; never in a space with a continuous range."""
        return len(self._proposed) < self._space.size

    def note(self, params: Params) -> None:
        """Remember that a point was asked for."""
        self._proposed.add(_key(params))

    def __contains__(self, params: Params) -> bool:
        """True for a point that was not asked for."""
        return _key(params) not in self._proposed

    def near(self, params: Params, random: Random) -> Params | None:
        """One of the nearest points, by steps, that are new and allowed; far from any, one at random, or None."""
        level, visited = [dict(params)], {_key(params)}
        while level and len(visited) < LOOKED_AT:
            following = [p for point in level for p in self._beside(point, random) if not _added(visited, p)]
            if fresh := [p for p in following if p in self and self._space.allows(p)]:
                return random.choice(fresh)
            level = following
        drawn = (self._space.draw(random, tries=DRAWS) for _ in range(DRAWS))
        return next((point for point in drawn if point is not None and point in self), None)

    def _beside(self, point: Params, random: Random) -> Iterator[dict[str, Plain]]:
        """The points one step away in one parameter; what exists only there has a value at random."""
        for name, value in point.items():
            for other in _steps(self._orders[name], value):
                changed, values = {**point, name: other}, dict[str, Plain]()
                for d in self._space.dimensions:
                    if self._space.has(d.name, values):
                        values[d.name] = changed[d.name] if d.name in changed else d.draw(random)
                yield values


type Order = tuple[list[Plain] | Range, bool]


def _ordered(dimension: Dimension) -> Order:
    """The values of a dimension, in order of size where there is one, and whether there is."""
    if isinstance(dimension, Range):  # it computes its values, which may be a hundred million
        return dimension, True
    values: list[Plain] = [dimension[n] for n in range(len(dimension))]
    if not isinstance(dimension, Choice):
        return values, True
    numbers = [v for v in values if is_number(v)]
    return ([*sorted(numbers)], True) if len(numbers) == len(values) else (values, False)


def _steps(order: Order, value: Plain) -> list[Plain]:
    """The values next to one; of values without an order all others."""
    values, is_ordered = order
    place = values.index(value)
    if isinstance(values, list) and not is_ordered:
        return values[:place] + values[place + 1 :]
    return [values[n] for n in (place - 1, place + 1) if 0 <= n < len(values)]


def _added(visited: set[str], point: Params) -> bool:
    """True if a point was visited before; now it was."""
    key, count = _key(point), len(visited)
    visited.add(key)
    return len(visited) == count


def _key(params: Params) -> str:
    return json.dumps(dict(params), sort_keys=True)
