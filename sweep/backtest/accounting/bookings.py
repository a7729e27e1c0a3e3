"""Amounts that accounts of one currency booked for each strategy.

Such an account converts what a fill realises in another currency at the rate of that moment. What it booked is in its
states alone, in the order of the fills; which strategy a state belongs to follows from the fills of the positions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from nautilus_trader import model

from sweep.backtest.accounting.accounts import ZERO, Accounts, add_up, add_up_amounts
from sweep.backtest.accounting.closed_positions import net
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError


class Booked(NamedTuple):
    """A fill, and what it realised; one that turns a position realises in two."""

    time: int
    strategy: str
    amount: Decimal  # in the account's currency, at the present rates
    currencies: frozenset[str]  # in which it was realised


class Bookings:
    """Reads the states of the accounts as they come."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._states: dict[str, int] = {}  # venue → states read
        self._until: dict[str, int] = {}  # venue → time of the last fill read
        self._read: set[str] = set()  # ids of fills
        self._booked: dict[str, dict[str, Decimal]] = {}  # strategy id → amounts by currency

    def marked(self, strategy: str, positions: Iterable[Any], venues: set[Any]) -> dict[str, Decimal]:
        """Sum of what these venues booked for a strategy (its id) and what its open positions there would add now."""
        of = {venue["venue"]: venue for venue in self._accounts.venues if venue["venue"] in venues}
        open_values = add_up(
            self._accounts.open_value(p, of[p.venue]) for p in positions if p.venue in of and self._accounts.is_held(p)
        )
        return add_up_amounts((self._booked.get(strategy, {}), open_values))

    def read(self, positions: Sequence[Any], venues: set[Any]) -> None:
        """Give what was booked since the last reading to the strategies."""
        for venue in self._accounts.venues:
            if venue["venue"] in venues:
                own = [p for p in positions if p.venue == venue["venue"]]
                self._divide(venue, self._changes(venue), self._new_fills(venue, own))

    def _changes(self, venue: Mapping[str, Any]) -> dict[int, list[Decimal]]:
        """New changes of the account's balance by time."""
        name, base = str(venue["venue"]), venue["base_currency"]
        states = self._accounts.account(venue).events
        first = self._states.get(name, 1)
        totals = [
            sum((b.total.as_decimal() for b in s.balances if b.currency == base), ZERO) for s in states[first - 1 :]
        ]
        self._states[name] = len(states)
        changes: dict[int, list[Decimal]] = {}
        for state, (before, after) in zip(states[first:], pairwise(totals), strict=True):
            if after != before:
                changes.setdefault(int(state.ts_event), []).append(after - before)
        return changes

    def _new_fills(self, venue: Mapping[str, Any], positions: Sequence[Any]) -> list[Booked]:
        name, base = str(venue["venue"]), str(venue["base_currency"])
        amounts_of = realised if venue["account_type"] == model.AccountType.MARGIN else paid
        until = self._until.get(name, 0)
        fills: dict[str, tuple[Any, dict[str, Decimal]]] = {}
        for position in (p for p in positions if int(p.ts_last) >= until):
            for fill, amounts in amounts_of(position, self._accounts.instruments[str(position.instrument_id)]):
                if int(fill.ts_event) >= until and (key := str(fill.trade_id)) not in self._read:
                    fills[key] = fill, add_up_amounts((amounts, fills[key][1] if key in fills else {}))
        self._read |= fills.keys()
        self._until[name] = max((int(fill.ts_event) for fill, _ in fills.values()), default=until)
        return [
            Booked(int(fill.ts_event), str(fill.strategy_id), self._accounts.in_currency(amounts, base), currencies)
            for fill, amounts in fills.values()
            if (currencies := frozenset(name for name, amount in amounts.items() if amount))
        ]

    def _divide(
        self, venue: Mapping[str, Any], changes: Mapping[int, Sequence[Decimal]], fills: Sequence[Booked]
    ) -> None:
        base = str(venue["base_currency"])
        for time, amounts in changes.items():
            own = [fill for fill in fills if fill.time == time]
            if len({fill.strategy for fill in own}) == 1:
                shares = [(own[0], sum(amounts, ZERO))]
            elif len(own) == len(amounts):
                shares = matched(own, amounts, base)
            else:
                raise TrialError(Reason.GUARD, untold(venue, time, amounts, own))
            for fill, amount in shares:
                held = self._booked.setdefault(fill.strategy, {})
                held[base] = held.get(base, ZERO) + amount


def venues_with_other_currencies(accounts: Accounts, positions: Iterable[Any]) -> set[Any]:
    """Venues whose account is in one currency, and booked PnL or fees of these positions in another."""
    bases = {v["venue"]: v.get("base_currency") for v in accounts.venues}
    return {
        p.venue
        for p in positions
        if (base := bases[p.venue])
        and any(c != base for c in (p.settlement_currency, *(m.currency for m in p.commissions())))
    }


def matched(fills: Sequence[Booked], amounts: Sequence[Decimal], base: str) -> list[tuple[Booked, Decimal]]:
    """Each fill with what was booked for it: just what it realised in the account's currency, else by size."""
    left, foreign, pairs = list(amounts), list[Booked](), list[tuple[Booked, Decimal]]()
    for fill in fills:
        if fill.currencies <= {base} and fill.amount in left:
            left.remove(fill.amount)
            pairs.append((fill, fill.amount))
        else:
            foreign.append(fill)
    return [*pairs, *zip(sorted(foreign, key=lambda f: f.amount), sorted(left), strict=True)]


def realised(position: Any, instrument: Any) -> Iterator[tuple[Any, dict[str, Decimal]]]:
    """Each fill of a position, and what it realised after fees, by currency."""
    first, *others = position.events()
    again = model.Position(instrument, first)
    before = net(again)
    yield first, before
    for fill in others:
        again.apply(fill)
        after = net(again)
        yield fill, add_up_amounts((after, {name: -amount for name, amount in before.items()}))
        before = after


def paid(position: Any, instrument: Any) -> Iterator[tuple[Any, dict[str, Decimal]]]:
    """Each fill of a position, and what was received or paid for it after fees, by currency."""
    for fill in position.events():
        notional = instrument.notional_value(fill.last_qty, fill.last_px)
        flow = notional.as_decimal() if fill.order_side == model.OrderSide.SELL else -notional.as_decimal()
        fee = {} if fill.commission is None else {str(fill.commission.currency): -fill.commission.as_decimal()}
        yield fill, add_up_amounts(({str(notional.currency): flow}, fee))


def untold(venue: Mapping[str, Any], time: int, amounts: Sequence[Decimal], fills: Sequence[Booked]) -> str:
    """The message where bookings of one moment cannot be told apart."""
    booked = ", ".join(f"{amount} {venue['base_currency']}" for amount in amounts)
    names = ", ".join(dict.fromkeys(fill.strategy for fill in fills)) or "no strategy's fills"
    return (
        f"what the account at {venue['venue']} booked at {moment_of(time)} ({booked}) cannot be divided among {names}; "
        "an account without base_currency keeps each currency for itself"
    )
