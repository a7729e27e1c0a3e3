"""Settings near one setting: one parameter at a time, by a step of its range and by a share of its value."""

from collections.abc import Iterator

from sweep.common.json_values import Plain, is_number
from sweep.spec.components.places import full_name
from sweep.spec.space import Choice, Dimension, Space
from sweep.trial import Params

PERIOD = ("period", "data")  # parameters that choose the data are no settings of a strategy


def neighbours(space: Space, params: Params, share: float) -> list[dict[str, Plain]]:
    """The settings that the constraints allow, each once: a step up and down, and `share` of the value up and down."""
    settings: list[dict[str, Plain]] = []
    for dimension in space.dimensions:
        if dimension.name not in params or full_name(dimension.name).partition(".")[0] in PERIOD:
            continue
        value = params[dimension.name]
        for other in [*_steps(dimension, value), *_shares(value, share)]:
            point = {**params, dimension.name: other}
            if other != value and point not in settings and space.allows(point):
                settings.append(point)
    return settings


def _steps(dimension: Dimension, value: Plain) -> Iterator[Plain]:
    """The values next to one in a range, or in a list of numbers by their size."""
    count = len(dimension)
    values: list[Plain] = [dimension[n] for n in range(count)]
    if isinstance(dimension, Choice):
        numbers = [v for v in values if is_number(v)]
        if len(numbers) < count:
            return
        values = [*sorted(numbers)]
    if value in values:
        place = values.index(value)
        yield from (values[n] for n in (place - 1, place + 1) if 0 <= n < count)


def _shares(value: Plain, share: float) -> Iterator[Plain]:
    if is_number(value) and share:
        for factor in (1 - share, 1 + share):
            changed = value * factor
            yield round(changed) if isinstance(value, int) else float(f"{changed:.12g}")
