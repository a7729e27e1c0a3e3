"""Contents of the engine's cache for one strategy of a pack, as if it had run alone; its figures are read from here."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from nautilus_trader import model

from sweep.backtest.setup.builder import BacktestSetup
from sweep.backtest.shared.isolated_view import IsolatedCache
from sweep.backtest.shared.margin_check import Margin


class Funded(Protocol):
    """A strategy with a balance and a leverage of its own."""

    parts: BacktestSetup

    @property
    def margin(self) -> Margin:
        """The margin that its positions and orders take."""
        ...

    def balance(self, venue: Mapping[str, Any]) -> Decimal:
        """Money at a venue, in its one currency."""
        ...


class Records(IsolatedCache):
    """The cache as a participant's figures are read from it."""

    participant: Funded

    def account_for_venue(self, name: Any) -> Any:
        """Its own account."""
        venue = next(v for v in self.participant.parts.venues if v["venue"] == name)
        return IsolatedAccount(self.participant, venue)


class IsolatedAccount:
    """The account that the trial would have alone."""

    events = ()  # an own balance is watched at each order: it never came near zero

    def __init__(self, participant: Funded, venue: Mapping[str, Any]) -> None:
        self._participant, self._venue = participant, venue

    def balances_total(self) -> dict[Any, Any]:
        """By currency."""
        currency = self._venue["starting_balances"][0].currency
        return {currency: model.Money.from_decimal(self._participant.balance(self._venue), currency)}

    def leverage(self, instrument_id: Any) -> Decimal:
        """Of an instrument."""
        return self._participant.margin.leverage(self._venue, instrument_id)
