"""Panels whose truth is known."""

from itertools import product
from typing import Any

import numpy as np

from sweep.results.statistics.trial_panel import Panel


def panel(seed: int = 0, days: int = 500, shape: tuple[int, ...] = (6, 6), edge: float = 0.0, **fields: Any) -> Panel:
    """A grid of trials that are alike where they are near; all have the same edge a day (in standard deviations)."""
    random = np.random.default_rng(seed)
    places = np.array(list(product(*map(range, shape))), float).reshape(-1, len(shape))
    weights = np.exp(-((places[:, None] - places) ** 2).sum(axis=2) / 8)
    returns = random.standard_normal((days, len(places))) @ weights
    returns = (returns / (returns.std(axis=0) if days else 1) + edge) / 100
    total = returns.sum(axis=0)
    count = len(places)
    return Panel(**{
        "numbers": np.arange(count), "returns": returns, "objective": total, "trades": np.full(count, 100.0),
        "places": places, "best": int(total.argmax()) if count else None, "searched": count, **fields,
    })  # fmt: skip
