"""Finished trial of a pack as metrics of the user's own read it: with the ids that it has in an engine of its own.

Balances are not in it, because the account is shared: a metric that asks for them makes the trial run isolated.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NoReturn, Protocol

from sweep.backtest.accounting.fills import Numbers, number_of
from sweep.backtest.accounting.record_builder import Recorded, finished
from sweep.backtest.records import BacktestRecord, Fill, Order, Position, Unavailable
from sweep.trial import Metrics

IDS = ("client_order_id", "opening_order_id", "closing_order_id", "parent_order_id", "position_id", "reason")


class TrialOfPack(Recorded, Protocol):
    """A trial of a pack, which can name things as they are named in an engine of its own."""

    parts: Any
    strategy: Any

    def as_isolated(self, text: Any) -> str:
        """Text with the ids that its orders and positions would have in an isolated run."""
        ...

    def refuse(self, call: str) -> NoReturn:
        """Leave the pack."""
        ...


def record_for_metrics(trial: TrialOfPack, figures: Metrics) -> BacktestRecord:
    """The trial as it stands."""
    names = {str(trial.strategy.strategy_id): trial.parts.components[0].name}
    record = finished(trial, figures, trial.parts.config, names)
    return replace(
        record,
        orders=_renamed(record.orders, trial.as_isolated),
        fills=_renamed(_counted(record.fills, trial.accounts.fill_numbers), trial.as_isolated),
        positions=_renamed(record.positions, trial.as_isolated),
        balances=Unavailable(lambda: trial.refuse("trial.balances of a metric")),
    )


def _renamed[T: (Order, Fill, Position)](records: Sequence[T], as_isolated: Callable[[Any], str]) -> list[T]:
    """Records whose ids are those of an isolated run."""
    return [
        replace(record, **{name: as_isolated(value) for name in IDS if (value := getattr(record, name, ""))})
        for record in records
    ]


def _counted(fills: Sequence[Fill], numbers: Numbers) -> list[Fill]:
    """Fills with the trade ids that they have in an engine of their own, where nobody else's fills are counted."""
    alone = {(str(name), number): own for (name, number), own in numbers.items()}
    own = [alone.get((f.instrument_id, number_of(f.trade_id))) for f in fills]
    return [
        replace(f, trade_id=f"{f.trade_id.rpartition('-')[0]}-{n:03}") if n else f
        for f, n in zip(fills, own, strict=True)
    ]
