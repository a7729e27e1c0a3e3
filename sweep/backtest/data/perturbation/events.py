"""Decoded events with noise, wider spreads, losses and delays. No catalog is changed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from nautilus_trader import model

from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.perturbation.draws import Draws
from sweep.backtest.data.perturbation.prices import CHANGES
from sweep.backtest.data.windows import Bounds
from sweep.errors import Reason, TrialError
from sweep.spec.components.perturbation import Perturbation

type Increments = Mapping[str, int]  # raw price increment by instrument

LOSABLE = {"QuoteTick", "TradeTick", "Bar"}  # losing a part of a book would make it a false one


class PerturbedEvents:
    """The events of a feed under a perturbation."""

    def __init__(self, rules: Perturbation, increments: Increments) -> None:
        self._rules, self._increments = rules, increments

    def read(self, entry: DataEntry, window: Bounds, query: Callable[[Bounds], Sequence[Any]]) -> list[Any]:
        """The events of a window, among them those that were delayed into it; `query` reads the unperturbed ones."""
        delay = self._rules.delay_ns if entry.custom else 0
        events = list(query(Bounds(window.start - delay, window.end)))
        if not events:
            return events
        draw = Draws(self._rules.seed, entry, np.array([e.ts_init for e in events], np.int64))
        remaining = np.flatnonzero(self._remaining(entry, draw))
        changed = self._changed(entry, events, draw)
        if not delay:
            return [changed[n] for n in remaining]
        times = draw.times + (draw("delay") * (delay + 1)).astype(np.int64)
        inside = [n for n in remaining if window.start <= times[n] < window.end]
        inside.sort(key=lambda n: int(times[n]))
        return [delayed(changed[n], int(times[n])) for n in inside]

    def _remaining(self, entry: DataEntry, draw: Draws) -> Any:
        if self._rules.drop and (entry.custom or entry.kind in LOSABLE):
            return draw("drop") >= self._rules.drop
        return np.ones(len(draw.times), bool)

    def _changed(self, entry: DataEntry, events: list[Any], draw: Draws) -> list[Any]:
        rules = self._rules
        change = None if entry.custom else CHANGES.get(entry.kind)
        if change is None or (not rules.noise and rules.spread == 1):
            return events
        from scipy.special import ndtri  # its import takes longer than that of numpy

        noise, u, v = rules.noise * ndtri(draw("noise")), draw("round"), draw("side")
        wider = (rules.spread - 1, draw("spread"))
        return [
            change(event, self._increment(event), float(noise[n]), float(u[n]), (wider[0], float(wider[1][n]), v[n]))
            for n, event in enumerate(events)
        ]

    def _increment(self, event: Any) -> int:
        name = event.bar_type.instrument_id if isinstance(event, model.Bar) else event.instrument_id
        return self._increments[str(name)]


def delayed(event: Any, time: int) -> Any:
    """An own event that comes at another time."""
    before: Any = event.data
    kind: Any = before.__class__
    data: Any = kind.from_dict(event.data.to_dict() | {"ts_init": time})
    if data.ts_init != time:
        raise TrialError(Reason.PARAMETERS, f"{kind.__name__} defines its own ts_init: it cannot be delayed")
    return model.CustomData(event.data_type, data)
