"""Perturbation of one trial: random changes of its market data, by a seed. Only stress tests write it.

It is a section of the resolved backtest, so it is a part of the trial's key. One that changes nothing is left out:
such a trial is the unperturbed one, with the same key.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from sweep.spec.sections import Section

PERTURBATION = "perturbation"  # its key in a backtest


class Perturbation(Section):
    """Sizes of the changes; the defaults change nothing."""

    noise: float = Field(default=0.0, ge=0)  # standard deviation of a shift of both prices, in spreads of the quote
    spread: float = Field(default=1.0, ge=1)  # factor of every quote's spread
    drop: float = Field(default=0.0, ge=0, lt=1)  # share of events that are lost
    delay: float = Field(default=0.0, ge=0)  # most seconds by which an own event comes late
    seed: int = Field(default=0, ge=0)

    @property
    def delay_ns(self) -> int:
        """The longest delay in nanoseconds."""
        return round(self.delay * 1e9)


def of(backtest: Mapping[str, Any]) -> Perturbation | None:
    """The perturbation of a backtest; None where it has none that changes anything."""
    rules = Perturbation.model_validate(backtest.get(PERTURBATION) or {})
    return None if rules == Perturbation(seed=rules.seed) else rules


def effective(backtest: dict[str, Any]) -> dict[str, Any]:
    """The backtest with its perturbation in one form, without one that changes nothing."""
    if PERTURBATION not in backtest:
        return backtest
    rules = of(backtest)
    others = {name: value for name, value in backtest.items() if name != PERTURBATION}
    return others | ({PERTURBATION: rules.model_dump()} if rules else {})
