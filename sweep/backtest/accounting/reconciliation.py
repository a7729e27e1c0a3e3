"""From a finished engine to plain numbers, with the proof that they add up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Protocol

from nautilus_trader import model

from sweep.backtest.accounting.accounts import ZERO, Accounts, add_up, add_up_amounts
from sweep.backtest.accounting.bookings import venues_with_other_currencies
from sweep.backtest.accounting.closed_positions import by_opening, closed_trade, worth
from sweep.backtest.accounting.expiration import trades
from sweep.backtest.accounting.fill_costs import fill_costs
from sweep.backtest.accounting.fills import fill_events
from sweep.backtest.accounting.market_minutes import MarketMinutes
from sweep.backtest.accounting.minute_equity import equity_path, rate_now
from sweep.backtest.data.trading_days import Calendar
from sweep.backtest.metrics.builtin import OPEN_AT_END, TradeSummary
from sweep.backtest.setup.models import FILL_MODELS, SHALLOW
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError

REFUSED = "SWEEP-RISK refused: "  # how the tag of an order begins that a risk limit refused


class Measured(Protocol):
    """One strategy whose figures are computed, alone in its engine or among others."""

    accounts: Accounts
    start: Decimal
    equity: list[Decimal]
    days: list[str]
    hours: dict[str, tuple[int, int]]  # of each day: times of its first and its last market data
    minutes: MarketMinutes

    @property
    def calendar(self) -> Calendar:
        """Calendar of its trading days."""
        ...


def tally(replay: Measured) -> TradeSummary:
    """The replay in numbers. Raises TrialError when they do not add up."""
    positions = all_positions(replay)
    nets = [worth(replay.accounts, p) for p in positions]
    result = measured(replay, positions, nets)
    require_sound_balances(replay.accounts)
    require_plausible_size(replay.accounts, positions, result)
    require_explained(replay, positions, nets, result)
    return result


def all_positions(replay: Measured) -> list[Any]:
    return replay.accounts.positions()


def measure(replay: Measured) -> TradeSummary:
    """The replay in numbers as it stands, also on the way."""
    positions = all_positions(replay)
    return measured(replay, positions, [worth(replay.accounts, p) for p in positions])


def measured(replay: Measured, positions: Sequence[Any], nets: Sequence[Mapping[str, Decimal]]) -> TradeSummary:
    """The replay in numbers; `nets` is what each position came to. A list of all orders or positions costs a copy."""
    accounts, orders = replay.accounts, replay.accounts.cache.orders()
    fills = fill_events(orders, accounts.fill_numbers)
    states = Counter(o.status.name for o in orders)
    open_orders = [o for o in orders if o.is_open]
    open_positions = [p for p in positions if accounts.is_held(p) and not accounts.is_settled(p)]
    held, net_of = {id(p) for p in open_positions}, {id(p): n for p, n in zip(positions, nets, strict=True)}
    closed = [
        closed_trade(accounts, trade, add_up_amounts(net_of[id(p)] for p in trade))
        for trade in sorted(trades(positions, orders, accounts.instruments), key=by_opening)
        if held.isdisjoint(map(id, trade))
    ]
    days = replay.days[: len(replay.equity)]
    hours = {place: replay.hours[day] for place, day in enumerate(days) if day in replay.hours}
    spans = [(t.opened, t.closed) for t in closed]
    spans += [(int(p.ts_opened), max(hours.values())[1]) for p in open_positions if hours]
    return TradeSummary(
        start=replay.start,
        equity=tuple(replay.equity),
        closed=tuple(closed),
        unrealized=accounts.in_reporting_currency(add_up(accounts.unrealized(p) for p in open_positions)),
        revaluation=accounts.in_reporting_currency(accounts.starting_balances()) - replay.start,
        fees=accounts.in_reporting_currency(add_up(c for p in positions for c in p.commissions())),
        orders=len(orders),
        fills=sum(len(o.trade_ids) for o in orders),
        denied=states["DENIED"] - (sum(bool(refusal(o)) for o in orders) if states["DENIED"] else 0),
        rejected=states["REJECTED"],
        orders_open=len(open_orders),
        orders_partial=sum(is_partial(o) for o in open_orders),
        positions_open=len(open_positions),
        liquidations=sum(is_liquidation(o) for o in orders),
        days_per_year=replay.calendar.days_per_year,
        days=tuple(days),
        hours=hours,
        held=tuple(spans),
        path=equity_path(accounts, replay.minutes, replay.start, replay.equity, fills),
        paid=paid_costs(replay, fills),
    )


def paid_costs(replay: Measured, fills: Sequence[Any]) -> tuple[float, float] | None:
    """Spread and slippage in the reporting currency; None without quotes."""
    costs = fill_costs(fills, replay.minutes.quotes, replay.accounts.instruments)
    if costs is None:
        return None
    rates = {currency: rate_now(replay.accounts, currency) for currency in costs}
    return sum(rates[c] * spread for c, (spread, _) in costs.items()), sum(rates[c] * s for c, (_, s) in costs.items())


def is_partial(order: Any) -> bool:
    """True if an order is partly filled and still open."""
    return order.is_open and order.filled_qty.as_decimal() > 0


def refusal(order: Any) -> str:
    """Reason for which a risk limit of the spec refused an order; "" for another one."""
    tags = map(str, order.tags or ())
    return next((tag.removeprefix(REFUSED) for tag in tags if tag.startswith(REFUSED)), "")


def is_liquidation(order: Any) -> bool:
    """True if the venue sent the order to liquidate a position, by its tag."""
    for tag in order.tags or ():  # noqa: SIM110 (asked of every order; a generator takes twice as long)
        if str(tag).startswith("LIQUIDATION"):
            return True
    return False


def require_sound_balances(accounts: Accounts) -> None:
    """No balance was ever negative, unless the venue lends; the engine trades on with any."""
    for venue in accounts.venues:
        if venue.get("allow_cash_borrowing"):
            continue
        for event in accounts.account(venue).events:
            for balance in event.balances:
                if balance.total.as_decimal() < 0:
                    message = (
                        f"the account at {venue['venue']} went negative: {balance.total} at {moment_of(event.ts_event)}"
                    )
                    raise TrialError(Reason.GUARD, message)


def require_plausible_size(accounts: Accounts, positions: Sequence[Any], result: TradeSummary) -> None:
    """Raise TrialError for a position in an instrument without margin that equity x leverage could not have bought."""
    highest = max(result.start, *result.equity)
    for position in positions:
        instrument = accounts.instruments[str(position.instrument_id)]
        venue = next(v for v in accounts.venues if v["venue"] == position.venue)
        if venue["account_type"] != model.AccountType.MARGIN or instrument.margin_init:
            continue
        notional = instrument.notional_value(
            position.peak_qty, model.Price(position.avg_px_open, position.price_precision)
        )
        worth = accounts.in_reporting_currency(add_up([notional]))
        leverage = accounts.account(venue).leverage(position.instrument_id)
        if worth > highest * leverage:
            message = (
                f"{position.instrument_id} has no initial margin, and a position of {notional} was opened on an "
                f"equity of at most {highest:.2f} {accounts.currency} at leverage {leverage}: no broker would have "
                "allowed it; give the instrument margin_init and margin_maint"
            )
            raise TrialError(Reason.GUARD, message)


def require_explained(
    replay: Measured, positions: Sequence[Any], nets: Sequence[Mapping[str, Decimal]], result: TradeSummary
) -> None:
    """The change of equity is realised PnL + open PnL + revaluation, within rounding, where it can be known exactly.

    Not exactly known: what simulation modules book, and what an account of one currency booked for instruments that
    settle in another, at the rate of each fill.
    """
    accounts = replay.accounts
    if any(v.get("modules") for v in accounts.venues) or venues_with_other_currencies(accounts, positions):
        return
    amounts = add_up_amounts(nets)
    realized = accounts.in_reporting_currency(amounts)
    total = result.equity[-1] - result.start
    unexplained = total - realized - result.unrealized - result.revaluation
    if abs(unexplained) > tolerance(replay, len(positions), amounts, result):
        message = (
            f"the figures do not add up: equity changed by {total} {accounts.currency}, but positions realised "
            f"{realized}, have {result.unrealized} open, and starting balances changed by {result.revaluation}: "
            f"{unexplained} is unexplained"
        )
        raise TrialError(Reason.GUARD, message)


def tolerance(replay: Measured, positions: int, realized: Mapping[str, Decimal], result: TradeSummary) -> Decimal:
    """One unit of the currency's precision for each booking, and the spread of each rate used."""
    accounts = replay.accounts
    rates, spread = accounts.rates(), ZERO
    balances = add_up(m for v in accounts.venues for m in accounts.account(v).balances_total().values())
    for amounts in (balances, accounts.starting_balances(), realized):
        for name, amount in amounts.items():
            if sides := rates.rate(name, accounts.currency):
                spread += abs(amount) * (sides[1] - sides[0])
    return rounding(replay, positions, result) + spread


def rounding(replay: Measured, positions: int, result: TradeSummary) -> Decimal:
    """One unit of the currency's precision for each booking."""
    unit = Decimal(1).scaleb(-model.Currency.from_str(replay.accounts.currency).precision)
    return unit * (result.fills + positions + 1)


def warnings(replay: Measured, result: TradeSummary) -> list[str]:
    """Warnings of a trial, for people."""
    cache = replay.accounts.cache
    sentences: list[str] = []
    if n := result.liquidations:
        sold = [o for o in cache.orders() if is_liquidation(o)]
        sentences.append(f"{count(n, 'position')} LIQUIDATED by the venue: {unfilled(sold)}")
    if n := result.denied:
        sentences.append(f"{n} of {result.orders} orders DENIED{reasons(cache, 'DENIED')}")
    if n := result.rejected:
        sentences.append(f"{n} of {result.orders} orders REJECTED{reasons(cache, 'REJECTED')}")
    if n := result.positions_open:
        sentences.append(f"{count(n, 'position')} {OPEN_AT_END}: {held(replay.accounts)}")
    if settled := [p for p in cache.positions_open() if replay.accounts.is_settled(p)]:
        many = ", ".join(f"{text(p)} at {replay.accounts.expired(p.instrument_id)}" for p in settled[:5])
        sentences.append(
            f"{count(len(settled), 'position')} SETTLED at the expiration by the price of the underlying: {many}"
        )
    if n := result.orders_partial:
        partial = [o for o in cache.orders() if is_partial(o)]
        subject = f"{count(n, 'order')} partly filled and still open at the end"
        sentences.append(f"{subject}: {unfilled(partial)}{depth(replay, partial)}")
    return sentences


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def reasons(cache: Any, status: str) -> str:
    """As ": REASON", the most frequent one."""
    events = [o.last_event for o in cache.orders() if o.status.name == status and not refusal(o)]
    counts = Counter(str(getattr(e, "reason", "")) for e in events)
    return f": {counts.most_common(1)[0][0]}" if counts else ""


def held(accounts: Accounts) -> str:
    return ", ".join(sorted(text(p) for p in accounts.cache.positions_open() if not accounts.is_settled(p))[:5])


def text(position: Any) -> str:
    return f"{position.side.name} {position.quantity} {position.instrument_id}"


def unfilled(orders: Sequence[Any]) -> str:
    return ", ".join(f"{o.filled_qty} of {o.quantity} {o.instrument_id}" for o in orders[:5])


def depth(replay: Measured, partial: Sequence[Any]) -> str:
    """As " (ThreeTierFillModel: …)", what the fill models of these orders' venues hold, where that has an end."""
    used = {
        type(v.get("fill_model")).__name__
        for v in replay.accounts.venues
        for o in partial
        if o.instrument_id.venue == v["venue"]
    }
    return "".join(f" ({name}: {FILL_MODELS[name].meaning})" for name in SHALLOW if name in used)


def statistics(result: Any) -> dict[str, Any]:
    """The engine's own statistics as plain data; NaN is None."""
    return {
        "stats_pnls": {currency: plain(values) for currency, values in sorted(result.stats_pnls.items())},
        "stats_returns": plain(result.stats_returns),
        "stats_general": plain(result.stats_general),
    }


def terms(replay: Measured, fed: Mapping[str, int], events: int) -> dict[str, Any]:
    """Facts of a tearsheet beside the figures; `events`: number of events replayed, `fed`: rows of each kind."""
    return {
        "starting_equity": float(replay.start),
        "currency": replay.accounts.currency,
        "days_per_year": replay.calendar.days_per_year,
        "events": events,
        "fed": dict(fed),
    }


def plain(values: Mapping[str, Any]) -> dict[str, float | None]:
    return {k: float(v) if v is not None and isfinite(v) else None for k, v in sorted(values.items())}
