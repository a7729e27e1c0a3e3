"""Readings of the equity within the days of a short backtest: returns of hours where there are too few of days."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Self

from sweep.backtest.data.trading_days import TradingDay
from sweep.backtest.data.windows import Histogram
from sweep.backtest.metrics.daily import daily_returns
from sweep.common.units import moment_of
from sweep.errors import TrialError

NONE = Decimal(0)


class Steps:
    """The parts of the days of one replay, and its equity at the end of each. Nothing where the days suffice."""

    def __init__(self, width: int = 0, starts: Sequence[str] = ()) -> None:
        self.width, self._starts = width, starts  # nanoseconds, 0 for none; when each part begins
        self._equity: list[Decimal] = []

    @classmethod
    def of(cls, counts: Histogram, days: Sequence[TradingDay]) -> Self:
        """Those of a replay with so many quotes on these days."""
        width = counts.step(days)
        return cls(width, [moment_of(t) for day in days for t in counts.steps(day, width)] if width else [])

    def anew(self) -> Self:
        """The same parts, without a reading."""
        return type(self)(self.width, self._starts)

    def read(self, equity: Callable[[], Decimal]) -> None:
        """Take the equity at the end of a part. One that cannot be known then fails no trial."""
        try:
            self._equity.append(equity())
        except TrialError:
            self._equity.append(NONE)

    def settle(self, equity: Decimal) -> None:
        """The last reading again, after the strategy's stop."""
        self._equity[-1:] = [equity] if self._equity else []

    def returns(self, start: Decimal) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Starts of the parts and their returns; none where the equity was ever unknown, or not above 0."""
        if not self._equity or min(self._equity) <= 0:
            return (), ()
        return tuple(self._starts[: len(self._equity)]), daily_returns(start, self._equity)
