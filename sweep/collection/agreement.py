"""Engines that were found to give the same (`sweep upgrade --accept`)."""

from collections.abc import Collection, Iterable
from itertools import combinations


def are_apart(sweeps: Iterable[tuple[str, Collection[str]]]) -> bool:
    """True if some two sweeps ran under engines that agree for neither of them.

    Each sweep is given by its engine and those that gave the same for it.
    """
    kinds = {(engine, frozenset(agreed)) for engine, agreed in sweeps}
    return any(
        one != other and other not in agreed and one not in agreeing
        for (one, agreed), (other, agreeing) in combinations(kinds, 2)
    )
