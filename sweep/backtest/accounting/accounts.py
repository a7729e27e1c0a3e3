"""Worth of the accounts of a run, marked to market.

Everything is valued as if it were closed and converted now, at the newest price: longs at the bid and shorts at the ask
where that is a quote. The engine's own `portfolio.equity` is not used: with trades alone it misses open PnL.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from nautilus_trader import model

from sweep.backtest.accounting.fills import NONE, Numbers
from sweep.backtest.accounting.marks import Mark, Marks
from sweep.backtest.data.entries import DataEntry
from sweep.errors import Reason, TrialError

OPTIONS = (model.InstrumentClass.OPTION, model.InstrumentClass.BINARY_OPTION)  # of a premium paid at once
ZERO, ONE = Decimal(0), Decimal(1)
MONEY = Context(prec=28, rounding=ROUND_HALF_EVEN)  # in which money is computed, whatever user code sets for itself


class Rates:
    """Exchange rates between the currencies of the trial's pairs, at their marks; one currency in between at most."""

    def __init__(self, pairs: Mapping[tuple[str, str], tuple[Decimal, Decimal]]) -> None:
        self.sides: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        for (base, quote), (bid, ask) in pairs.items():
            if bid > 0 and ask > 0:
                self.sides.setdefault((base, quote), (bid, ask))
                self.sides.setdefault((quote, base), (ONE / ask, ONE / bid))

    def rate(self, source: str, target: str) -> tuple[Decimal, Decimal] | None:
        """(bid, ask) of one `source` in `target`, None where the data has no way."""
        if source == target:
            return ONE, ONE
        if direct := self.sides.get((source, target)):
            return direct
        for (base, middle), (bid, ask) in self.sides.items():
            if base == source and (onward := self.sides.get((middle, target))):
                return bid * onward[0], ask * onward[1]
        return None

    def convert(self, amount: Decimal, source: str, target: str, *, is_owed: bool | None = None) -> Decimal:
        """The amount in `target`: what is held sold at the bid, what is owed bought at the ask.

        `is_owed` tells this of the whole of which the amount is a part.
        """
        if not amount:
            return ZERO
        if (rate := self.rate(source, target)) is None:
            message = f"no exchange rate from {source} to {target}: add quotes of that pair to `data:`"
            raise TrialError(Reason.DATA, message)
        return amount * rate[amount < 0 if is_owed is None else is_owed]


class Accounts:
    """Reads the accounts of one engine, or of one strategy in it. `currency` is the reporting currency."""

    def __init__(
        self, cache: Any, venues: Sequence[Mapping[str, Any]], instruments: Sequence[Any], entries: Sequence[DataEntry]
    ) -> None:
        self.cache = cache  # the engine's, or what one strategy sees of it
        self.venues = venues
        self.currency = reporting_currency(venues[0])
        self.instruments = {str(i.id): i for i in instruments}
        self.pairs = [i for i in instruments if isinstance(i, model.CurrencyPair)]
        self.marks = Marks(cache, venues, entries)
        self.expired: Callable[[Any], Any] = lambda _: None  # price of an expired option by its id (expiration.py)
        self.opening: dict[str, Mark] = {}  # of pairs, until their first data has been replayed
        self.fill_numbers: Numbers = NONE  # of a trial of a pack

    def account(self, venue: Mapping[str, Any]) -> Any:
        """The venue's account; gone when another engine was built in this thread before the run."""
        if (account := self.cache.account_for_venue(venue["venue"])) is None:
            message = (
                f"no account at {venue['venue']}: was another engine built in this process since this trial began?"
            )
            raise TrialError(Reason.GUARD, message)
        return account

    def positions(self) -> list[Any]:
        """All positions, also those that the engine closed and opened again under the same id."""
        return [*self.cache.positions(), *self.cache.position_snapshots()]

    def starting_balances(self) -> dict[str, Decimal]:
        """By currency, over all venues."""
        return add_up(money for venue in self.venues for money in venue["starting_balances"])

    def mark(self, instrument_id: Any) -> Mark | None:
        """The newest price; None before the first."""
        return self.marks.newest(instrument_id)

    def rates(self) -> Rates:
        """Rates at the present marks, before a pair's first data at its first."""
        pairs: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        for pair in self.pairs:
            if mark := self.mark(pair.id) or self.opening.get(str(pair.id)):
                names = (str(pair.base_currency), str(pair.quote_currency))
                pairs[names] = (mark.bid.as_decimal(), mark.ask.as_decimal())
        return Rates(pairs)

    def in_reporting_currency(self, amounts: Mapping[str, Decimal]) -> Decimal:
        """The sum of amounts by currency."""
        if len(amounts) == 1 and self.currency in amounts:  # as of nearly every position
            return ZERO + amounts[self.currency] if amounts[self.currency] else ZERO
        return self.in_currency(amounts, self.currency)

    def in_currency(self, amounts: Mapping[str, Decimal], currency: str) -> Decimal:
        """The sum of amounts by currency in any currency."""
        is_foreign = any(amount and name != currency for name, amount in amounts.items())
        rates = self.rates() if is_foreign else Rates({})
        return sum((rates.convert(amount, name, currency) for name, amount in amounts.items()), ZERO)

    def starting_equity(self) -> Decimal:
        return self.in_reporting_currency(self.starting_balances())

    def equity(self) -> Decimal:
        """Balances plus what open positions would add if they were closed now."""
        return self.in_reporting_currency(self.holdings())

    def holdings(self) -> dict[str, Decimal]:
        """The same by currency."""
        return add_up(
            money
            for venue in self.venues
            for money in (*self.account(venue).balances_total().values(), *self._open_values(venue))
        )

    def share(self, amounts: Mapping[str, Decimal], holdings: Mapping[str, Decimal]) -> Decimal:
        """The sum of amounts by currency that are parts of the holdings; all parts add up to the equity."""
        foreign = {name: amount for name, amount in amounts.items() if amount and name != self.currency}
        rates = self.rates() if foreign else Rates({})
        sides = {name: holdings.get(name, ZERO) < 0 for name in foreign}
        converted = [
            rates.convert(amount, name, self.currency, is_owed=sides[name]) for name, amount in foreign.items()
        ]
        return sum(converted, amounts.get(self.currency, ZERO))

    def _open_values(self, venue: Mapping[str, Any]) -> list[Any]:
        return [self.open_value(p, venue) for p in self.cache.positions_open(venue=venue["venue"])]

    def open_value(self, position: Any, venue: Mapping[str, Any]) -> Any:
        """Of a MARGIN account the open PnL; of a CASH account the worth of what it holds beside currencies.

        Options are worth their premium on both: it is booked when they are bought or sold.
        """
        if venue["account_type"] == model.AccountType.MARGIN:
            return self._worth(position) if self._is_option(position) else self.unrealized(position)
        return model.Money(0, position.quote_currency) if position.is_spot_currency else self._worth(position)

    def _is_option(self, position: Any) -> bool:
        return self.instruments[str(position.instrument_id)].instrument_class in OPTIONS

    def unrealized(self, position: Any) -> Any:
        """Open PnL of a position (Money in its settlement currency) at its mark."""
        return position.unrealized_pnl(self._exit_price(position))

    def _worth(self, position: Any) -> Any:
        notional = position.notional_value(self._exit_price(position))
        return notional if position.is_long else model.Money.from_decimal(-notional.as_decimal(), notional.currency)

    def is_held(self, position: Any) -> bool:
        """True for an open position.

        The engine leaves a remainder in the record of a position that it closed where fees in its own currency were
        taken from it and one order turned it; that remainder is no position.
        """
        return position.is_open and self.cache.position(position.id) is not None

    def is_settled(self, position: Any) -> bool:
        """True for a position that the engine left open at its expiration."""
        return position.is_open and self.expired(position.instrument_id) is not None

    def _exit_price(self, position: Any) -> Any:
        if (worth := self.expired(position.instrument_id)) is not None:
            return worth
        if (mark := self.mark(position.instrument_id)) is None:
            raise TrialError(Reason.DATA, f"no price to mark the open position in {position.instrument_id} to market")
        return mark.bid if position.is_long else mark.ask


def reporting_currency(venue: Mapping[str, Any]) -> str:
    """The base currency of the first venue, else the currency of its first starting balance."""
    return str(venue.get("base_currency") or venue["starting_balances"][0].currency)


def add_up(moneys: Any) -> dict[str, Decimal]:
    """Sums of Money by currency."""
    sums: dict[str, Decimal] = {}
    for money in moneys:
        name = str(money.currency)
        sums[name] = sums.get(name, ZERO) + money.as_decimal()
    return sums


def add_up_amounts(many: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Sums of amounts by currency."""
    sums: dict[str, Decimal] = {}
    for amounts in many:
        for name, amount in amounts.items():
            sums[name] = sums.get(name, ZERO) + amount
    return sums
