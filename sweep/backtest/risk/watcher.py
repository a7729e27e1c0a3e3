"""Actor that tells the monitor of risk limits of each new mark."""

from collections.abc import Sequence
from typing import Any

from nautilus_trader import model
from nautilus_trader.common import DataActor

from sweep.backtest.data.entries import DataEntry
from sweep.backtest.risk.monitor import RiskMonitor
from sweep.spec.data_kinds import DATA_KINDS, MARKING_KINDS


class RiskWatcher(DataActor):
    """Subscriber to all data that marks positions; it is started before all other components."""

    def watch(self, monitor: RiskMonitor, entries: Sequence[DataEntry], failed: Any) -> None:
        """Set what is watched; `failed` takes an exception, which the engine would only log."""
        self._monitor, self._entries, self._failed = monitor, entries, failed

    def on_start(self) -> None:
        """Subscribe to everything that the backtest has."""
        for entry in self._entries:
            for name in entry.identifiers if entry.kind in MARKING_KINDS else ():
                identify = model.BarType if entry.kind == "Bar" else model.InstrumentId
                getattr(self, DATA_KINDS[entry.kind].subscribe[0])(identify.from_str(name))

    def on_quote(self, quote: Any) -> None:  # noqa: ARG002
        self._mark()

    def on_trade(self, trade: Any) -> None:  # noqa: ARG002
        self._mark()

    def on_bar(self, bar: Any) -> None:  # noqa: ARG002
        self._mark()

    def on_mark_price(self, mark_price: Any) -> None:  # noqa: ARG002
        self._mark()

    def _mark(self) -> None:
        try:
            self._monitor.mark()
        except Exception as error:  # noqa: BLE001 (the engine would log it and go on)
            self._failed(error)
