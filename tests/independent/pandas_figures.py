"""Metrics of a backtest by pandas, from its fills and the quotes of its instruments, by other ways than sweep's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sweep.backtest.records import BacktestRecord
from sweep.trial import Metrics, Result
from tests.independent.bookings import Book, units
from tests.support.markets import MINUTE

TINY = 1e-9  # what is left of sums of quantities
TRADE = ["opened", "closed", "long", "pnl", "unrounded", "fills", "instrument", "place", "funding"]
# pnl: as booked; unrounded: without funding; place: of its first order


def utc_day(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Trading day of stocks: weekend data belongs to Monday."""
    days = times.normalize()
    number = days.day_of_week.to_numpy()  # Monday: 0
    return days + pd.to_timedelta(np.where(number >= 5, 7 - number, 0), unit="D")


def new_york_day(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Trading day of currencies: it ends at 17:00 in New York."""
    local = times.tz_localize("UTC").tz_convert("America/New_York").tz_localize(None)
    return utc_day(local + pd.Timedelta(hours=7))


def every_day(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Trading day of crypto currencies."""
    return times.normalize()


@dataclass(frozen=True)
class Market:
    """Quotes by instrument (columns time, bid, ask), and what else the figures depend on."""

    quotes: Mapping[str, pd.DataFrame]
    start: float  # equity
    multipliers: Mapping[str, float] = field(default_factory=dict[str, float])
    day: Callable[[pd.DatetimeIndex], pd.DatetimeIndex] = utc_day
    year: int = 252  # days
    funding: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict[str, Sequence[tuple[int, float]]])
    digits: int = 2  # of the account's currency
    options: frozenset[str] = frozenset()  # whose premiums are paid at once
    ticks: Mapping[str, int] = field(default_factory=dict[str, int])  # digits of prices, to which a middle is rounded

    def book(self) -> Book:
        """An account without a booking."""
        return Book(self.digits, self.multipliers, self.options)

    def rounded(self, amount: float) -> float:
        return units(amount, self.digits) / 10**self.digits

    def paid(self, instrument: str, fills: Iterable[tuple[int, float]]) -> Iterator[tuple[int, float]]:
        """Time and amount of each funding that a position pays or receives, by its fills (time, signed quantity)."""
        fills = list(fills)
        for time, rate in self.funding.get(instrument, ()):
            net = sum(quantity for filled, quantity in fills if filled <= time)
            quote = self.quotes[instrument].query("time <= @time").iloc[-1]
            mid = units((quote["bid"] + quote["ask"]) / 2, self.ticks[instrument]) / 10 ** self.ticks[instrument]
            yield time, self.rounded(-net * rate * mid * self.value(instrument))

    def days(self) -> pd.Series:
        """Trading day of each minute."""
        minutes = self.minutes
        return pd.Series(self.day(pd.to_datetime(minutes * 60, unit="s")).to_numpy(), minutes)

    def value(self, instrument: str) -> float:
        return self.multipliers.get(instrument, 1.0)

    @cached_property
    def minutes(self) -> pd.Index:
        """Minutes with market data."""
        return pd.Index(np.unique(np.concatenate([q["time"].to_numpy() // MINUTE for q in self.quotes.values()])))

    def marks(self, instrument: str) -> pd.DataFrame:
        """Bid and ask at the end of each minute."""
        own = self.quotes[instrument]
        last = own.groupby(own["time"] // MINUTE)[["bid", "ask"]].last()
        return last.reindex(last.index.union(self.minutes)).ffill().reindex(self.minutes)


def trades(record: BacktestRecord, market: Market) -> pd.DataFrame:
    """Trades from flat to flat by their fills, with the booked PnL after fees; a fill that turns around is cut in two.

    They are in the order in which they were opened.
    """
    held: dict[tuple[str, str], list[tuple[int, float, float, float]]] = {}
    begun: dict[tuple[str, str], str] = {}
    closed: list[dict[str, Any]] = []
    book = market.book()
    for fill in record.fills:
        book.take(fill)
        key, left = (fill.instrument_id, fill.position_id), fill.sign * fill.quantity
        own = held.setdefault(key, [])
        net = sum(q for _, q, _, _ in own)
        closing = -net if net * left < 0 and abs(left) > abs(net) + TINY else left
        for part in (closing, left - closing):
            if abs(part) > TINY:
                begun[key] = begun[key] if own else fill.client_order_id
                own.append((fill.ts_event, part, fill.price, fill.commission * abs(part) / fill.quantity))
            if own and abs(sum(q for _, q, _, _ in own)) < TINY:
                pnl, exact = book.held[key].closed[-1], -sum(q * p * market.value(key[0]) + fee for _, q, p, fee in own)
                row = own[0][0], own[-1][0], own[0][1] > 0, pnl, exact, [*own], key[0], place_of(begun[key]), 0.0
                closed.append(dict(zip(TRADE, row, strict=True)))
                own.clear()
    table = pd.DataFrame(closed, columns=TRADE).sort_values(["opened", "place"], ignore_index=True)
    for n, row in table.iterrows():
        own_fills = [(time, quantity) for time, quantity, _, _ in row["fills"]]
        table.loc[n, "funding"] = sum(amount for _, amount in market.paid(row["instrument"], own_fills))
    return table.assign(pnl=(table["pnl"] + table["funding"]).astype(float).round(market.digits))


def trades_by_day(days: pd.Series, pnls: pd.Series) -> pd.DataFrame:
    """Number, sum, sum of squares, gains and losses of the trades of each day, and number of the winners."""
    parts = {
        "trades": pnls**0, "pnl": pnls, "squares": pnls**2, "gains": pnls.clip(lower=0), "losses": pnls.clip(upper=0),
        "wins": (pnls > TINY) * 1.0,
    }  # fmt: skip
    return pd.DataFrame(parts).groupby(days.to_numpy()).sum()


def same_trades_by_day(result: Result, record: BacktestRecord, market: Market) -> bool:
    """True if the closed positions that a trial recorded, by the day of their close, are those of its fills."""
    table = trades(record, market)
    closes = market.day(pd.DatetimeIndex(table["closed"].astype("int64")))
    expected = trades_by_day(pd.Series(closes.strftime("%Y-%m-%d")), table["pnl"].astype(float))
    days = pd.Series([result.days[n] for n in result.stats["closed_days"]], dtype=str)
    recorded = trades_by_day(days, pd.Series(result.stats["closed"], dtype=float))
    return list(recorded.index) == list(expected.index) and np.allclose(recorded, expected, rtol=1e-9, atol=1e-9)


def place_of(order: str) -> int:
    """Place of an order among those of its strategy: the number at the end of its id."""
    number = order.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def minutely(record: BacktestRecord, market: Market) -> pd.DataFrame:
    """Equity and value of the positions at the end of each minute with quotes.

    At a day's end the equity is what was booked, with funding; changes within the next day are added to it.
    """
    minutes = market.minutes
    equity, gross = np.full(len(minutes), market.start), np.zeros(len(minutes))
    ends = (minutes.to_numpy() + 1) * MINUTE
    for name, position in sorted({(fill.instrument_id, fill.position_id) for fill in record.fills}):
        net, marks = np.zeros(len(minutes)), market.marks(name)
        own = [f for f in record.fills if (f.instrument_id, f.position_id) == (name, position)]
        for fill in own:
            since = ends >= fill.ts_event
            equity[since] -= fill.sign * fill.quantity * fill.price * market.value(name) + fill.commission
            net[since] += fill.sign * fill.quantity
        net[abs(net) < TINY] = 0
        value = np.where(net == 0, 0, net * market.value(name) * np.where(net > 0, marks["bid"], marks["ask"]))
        equity += value
        gross += abs(value)
    booked = day_end_equity(record, market)
    raw = pd.Series(equity, minutes)
    apart = (booked - raw.loc[booked.index]).shift(fill_value=0.0)  # of the day before
    path = raw + apart.reindex(minutes, method="bfill")
    path.loc[booked.index] = booked
    return pd.DataFrame({"equity": path, "gross": gross}, index=minutes)


def day_end_equity(record: BacktestRecord, market: Market) -> pd.Series:
    """Equity at the end of each trading day, by its last minute: booked amounts and what is open."""
    days = market.days()
    last = days.index.to_series().groupby(days.to_numpy()).max()
    marks = {name: market.marks(name) for name in {fill.instrument_id for fill in record.fills}}
    positions = {(f.instrument_id, f.position_id) for f in record.fills}
    funding = [
        payment
        for key in positions
        for payment in market.paid(
            key[0], [(f.ts_event, f.sign * f.quantity) for f in record.fills if (f.instrument_id, f.position_id) == key]
        )
    ]
    book, left, equity = market.book(), list(record.fills), list[float]()
    for minute in last:
        while left and left[0].ts_event <= (minute + 1) * MINUTE:
            book.take(left.pop(0))
        worth = sum(held.open_units(*marks[name].loc[minute]) for (name, _), held in book.held.items())
        paid = sum(amount for time, amount in funding if time <= (minute + 1) * MINUTE)
        equity.append(market.start + round((book.booked + worth) / 10**market.digits + paid, market.digits))
    return pd.Series(equity, last.to_numpy()).round(market.digits)


def held_share(record: BacktestRecord, market: Market) -> float:
    """Share of the market's hours with an open position, counted by the second."""
    times = np.unique(np.concatenate([q["time"].to_numpy() for q in market.quotes.values()]))
    days = market.day(pd.to_datetime(times))
    hours = pd.Series(times).groupby(days.to_numpy()).agg(["first", "last"])
    changes = sorted(
        [(f.ts_event, f.instrument_id, f.position_id, f.sign * f.quantity) for f in record.fills], key=lambda c: c[0]
    )
    net: dict[tuple[str, str], float] = {}
    held, since = 0.0, None
    for time, name, position, quantity in [*changes, (int(times[-1]), "", "", 0.0)]:
        if since is not None:
            inside = hours["last"].clip(upper=time) - hours["first"].clip(lower=since)
            held += float(inside.clip(lower=0).sum())
        net[name, position] = net.get((name, position), 0.0) + quantity
        since = time if any(abs(q) > TINY for q in net.values()) else None
    return held / float((hours["last"] - hours["first"]).sum())


def excursions(table: pd.DataFrame, market: Market) -> tuple[float, float]:
    """Means of the lowest and of the highest PnL, without funding, of each trade at minutes' ends and at its close."""
    minutes = market.minutes
    ends = (minutes.to_numpy() + 1) * MINUTE
    lows, highs, marks = list[float](), list[float](), {n: market.marks(n) for n in set(table["instrument"])}
    for trade in table.to_dict("records"):
        pnls, unit = [0.0, trade["unrounded"]], market.value(trade["instrument"])
        for n in np.flatnonzero((ends >= trade["opened"]) & (ends < trade["closed"])):
            past = [(q, p, fee) for t, q, p, fee in trade["fills"] if t <= ends[n]]
            net = sum(q for q, _, _ in past)
            side = marks[trade["instrument"]]["bid" if net > 0 else "ask"].iloc[n]
            pnls.append(sum(q * (side - p) * unit - fee for q, p, fee in past))
        lows.append(min(pnls))
        highs.append(max(pnls))
    return float(np.mean(lows)), float(np.mean(highs))


def figures(record: BacktestRecord, market: Market) -> dict[str, float | None]:
    """Every metric that fills and quotes decide; None where it is undefined."""
    path, table = minutely(record, market), trades(record, market)
    daily = path["equity"].groupby(market.days().to_numpy()).last()
    fees = sum(f.commission for f in record.fills)
    value = sum(f.quantity * f.price * market.value(f.instrument_id) for f in record.fills)
    result = market.rounded(daily.iloc[-1] - market.start)
    all_figures = {
        "pnl_total": result, "return_total": result / market.start, "fees": fees,
        "fees_share": fees / (result + fees) if result + fees > 0 else np.nan, "turnover": value / market.start,
        "fills": len(record.fills), "exposure": held_share(record, market),
        "exposure_capital": (path["gross"] / path["equity"]).mean(),
        **of_returns(daily / daily.shift(fill_value=market.start) - 1, market),
        **of_drawdowns(path["equity"], daily, market), **of_trades(table),
        **of_sides(table), **of_holding(table, market), **of_costs(record, market, result + fees, fees),
    }  # fmt: skip
    return {name: None if pd.isna(value) else float(value) for name, value in all_figures.items()}


def of_returns(returns: pd.Series, market: Market) -> dict[str, Any]:
    year, few = np.sqrt(market.year), len(returns) < 20
    low, high = (np.nan, np.nan) if few else np.percentile(returns, [5, 95])
    downside = np.sqrt((returns.clip(upper=0) ** 2).mean())
    varied = len(returns) > 1 and np.ptp(returns) > 0
    return {
        "sharpe_ratio": returns.mean() / returns.std() * year if varied else np.nan,
        "sortino_ratio": returns.mean() / downside * year if downside and len(returns) > 1 else np.nan,
        "volatility": returns.std() * year, "skewness": returns.skew() if varied else np.nan,
        "kurtosis": returns.kurt() if varied else np.nan, "worst_day": returns.min(), "best_day": returns.max(),
        "var_5": low, "cvar_5": np.nan if few else returns.nsmallest(int(0.05 * (len(returns) - 1)) + 1).mean(),
        "tail_ratio": abs(high / low) if low else np.nan,
    }  # fmt: skip


def of_drawdowns(path: pd.Series, daily: pd.Series, market: Market) -> dict[str, Any]:
    falls, ends = (1 - s / s.cummax().clip(lower=market.start) for s in (path, daily))
    falls = falls.where(falls > 1e-12, 0.0)
    below = (falls > 0) | (falls.shift(fill_value=0.0) > 0)
    since = pd.Series(np.where(falls <= 0, falls.index, np.nan), falls.index).ffill().shift().fillna(falls.index[0])
    deepest, after = falls.max(), falls.loc[falls.idxmax() :]
    regained = after.index[after <= 0]
    return {
        "max_drawdown": deepest, "max_drawdown_daily": ends.max(), "ulcer_index": np.sqrt((ends**2).mean()),
        "drawdown_time": 60.0 * (falls.index - since)[below].max() if below.any() else 0.0,
        "recovery_time": 60.0 * (regained[0] - falls.idxmax()) if deepest and len(regained) else np.nan,
        "recovery_factor": (daily.iloc[-1] / market.start - 1) / deepest if deepest else np.nan,
    }  # fmt: skip


def of_trades(table: pd.DataFrame) -> dict[str, Any]:
    pnl = table["pnl"].astype(float)
    wins, losses = pnl[pnl > TINY], pnl[pnl < -TINY]
    rate, payoff = (len(wins) / len(pnl) if len(pnl) else np.nan), -wins.mean() / losses.mean()
    lost = pnl < -TINY
    streaks = lost.groupby((~lost).cumsum()).sum()
    return {
        "trades": len(pnl), "win_rate": rate, "expectancy": pnl.mean(), "average_trade": pnl.mean(),
        "profit_factor": -wins.sum() / losses.sum() if len(losses) else np.nan, "average_win": wins.mean(),
        "average_loss": losses.mean(), "payoff_ratio": payoff, "largest_win": wins.max(), "largest_loss": losses.min(),
        "losing_streak": streaks.max() if len(pnl) else 0, "kelly_fraction": rate - (1 - rate) / payoff,
        "sqn": pnl.mean() / pnl.std() * np.sqrt(min(100, len(pnl))) if len(pnl) > 1 and pnl.std() > TINY else np.nan,
    }  # fmt: skip


def of_sides(table: pd.DataFrame) -> dict[str, Any]:
    sides: dict[str, Any] = {}
    for side, own in (("long", table[table["long"].astype(bool)]), ("short", table[~table["long"].astype(bool)])):
        sides |= {
            f"trades_{side}": len(own), f"pnl_{side}": own["pnl"].sum(),
            f"win_rate_{side}": (own["pnl"] > TINY).mean() if len(own) else np.nan,
        }  # fmt: skip
    return sides


def of_holding(table: pd.DataFrame, market: Market) -> dict[str, Any]:
    times = (table["closed"] - table["opened"]).astype(float) / 1e9
    lows, highs = excursions(table, market) if len(table) else (np.nan, np.nan)
    return {
        "holding_time": times.mean(), "holding_time_median": times.median(), "holding_time_longest": times.max(),
        "mae": lows, "mfe": highs,
    }  # fmt: skip


def of_costs(record: BacktestRecord, market: Market, gross: float, fees: float) -> dict[str, Any]:
    """Spread and slippage of fills that took liquidity, by the quotes as of their times."""
    columns = ["time", "side", "quantity", "price", "instrument"]
    taken = [
        (f.ts_event, f.sign, f.quantity, f.price, f.instrument_id) for f in record.fills if f.liquidity_side == "TAKER"
    ]
    table = pd.DataFrame(taken, columns=columns).sort_values("time", kind="stable")
    spread = slippage = 0.0
    for name, own in table.groupby("instrument"):
        quotes = market.quotes[str(name)].drop_duplicates("time", keep="last")
        joined = pd.merge_asof(own.astype({"time": "int64"}), quotes, on="time")
        size = joined["quantity"] * market.value(str(name))
        touch = joined["ask"].where(joined["side"] > 0, joined["bid"])
        spread += float((size * (joined["ask"] - joined["bid"]) / 2).sum())
        slippage += float((size * joined["side"] * (joined["price"] - touch)).sum())
    whole = gross + spread + slippage
    shares = {"spread_share": spread, "slippage_share": slippage, "costs_share": fees + spread + slippage}
    return {
        "spread_paid": spread, "slippage_paid": slippage,
        **{name: part / whole if whole > 0 else np.nan for name, part in shares.items()},
    }  # fmt: skip


def differences(metrics: Metrics, expected: Mapping[str, float | None]) -> dict[str, tuple[Any, Any]]:
    """Metrics that pandas does not confirm: of sweep and of pandas."""
    return {
        name: (metrics[name], value)
        for name, value in expected.items()
        if metrics[name] != (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12))
    }
