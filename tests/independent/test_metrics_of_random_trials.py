"""Metrics of random trials, computed again with pandas from the fills and the quotes, by other ways than sweep's."""

from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sweep.backtest import run
from sweep.backtest.records import BacktestRecord, Hooks
from tests.support.effort import repeats
from tests.support.markets import DAY, MINUTE, SECOND, equity, ns, quotes, write
from tests.support.trials import strategy, trial, venue

START = 100_000.0
OPEN = ns("2026-04-06T14:00:00")  # a Monday
DAYS = 22  # more than 20: with figures of the tails
ROWS = 90  # quotes of a day
TRIALS = repeats(100, quick=3)
FEE = 0.01


def market(seed: int) -> list[tuple[int, float, float]]:
    """Quotes of a random walk, 5 to 50 seconds apart, on weekdays."""
    random, price, rows = Random(seed), 100.0, list[tuple[int, float, float]]()
    for day in (d for d in range(DAYS + 10) if (d % 7) < 5):
        now = OPEN + day * DAY
        for _ in range(ROWS):
            now += random.randint(5, 50) * SECOND
            price = max(5.0, round(price + random.gauss(0, 0.05), 2))
            rows.append((now, price, round(price + 0.01 * random.randint(1, 3), 2)))
    return rows


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, pd.DataFrame]:
    rows, stock = market(7), equity()
    path = write(tmp_path_factory.mktemp("walk") / "catalog", [stock], quotes=quotes(stock, rows))
    return path, pd.DataFrame(rows, columns=["time", "bid", "ask"])


def trades(record: BacktestRecord) -> pd.DataFrame:
    """Trades from flat to flat by their fills, with the PnL after fees; a fill that turns around is cut in two."""
    held: dict[str, list[tuple[int, float, float]]] = {}
    closed: list[dict[str, Any]] = []
    for fill in record.fills:
        own, left = held.setdefault(fill.position_id, []), fill.sign * fill.quantity
        net = sum(q for _, q, _ in own)
        closing = -net if net * left < 0 and abs(left) > abs(net) else left
        for part in (closing, left - closing):
            if part:
                own.append((fill.ts_event, part, fill.price))
            if own and not sum(q for _, q, _ in own):
                pnl = -sum(q * p for _, q, p in own) - FEE * sum(abs(q) for _, q, _ in own)
                closed.append(
                    {"opened": own[0][0], "closed": own[-1][0], "long": own[0][1] > 0, "pnl": pnl, "fills": [*own]}
                )
                own.clear()
    return pd.DataFrame(closed)


def minutely(record: BacktestRecord, market: pd.DataFrame) -> pd.DataFrame:
    """Equity and value of the positions at the end of each minute with quotes."""
    minutes = market.assign(minute=market["time"] // MINUTE).groupby("minute").last()
    equity = np.full(len(minutes), START)
    gross = np.zeros(len(minutes))
    ends = (minutes.index.to_numpy() + 1) * MINUTE
    for position in {fill.position_id for fill in record.fills}:
        net = np.zeros(len(minutes))
        for fill in (f for f in record.fills if f.position_id == position):
            since = ends >= fill.ts_event
            equity[since] -= fill.sign * fill.quantity * fill.price + FEE * fill.quantity
            net[since] += fill.sign * fill.quantity
        value = net * np.where(net > 0, minutes["bid"], minutes["ask"])
        equity += value
        gross += abs(value)
    return minutes.assign(equity=equity, gross=gross)


def expected(record: BacktestRecord, market: pd.DataFrame) -> dict[str, float]:
    path, closed = minutely(record, market), trades(record)
    daily = path.groupby(pd.to_datetime(path.index * 60, unit="s").date)["equity"].last()
    daily.iloc[-1] = record.equity_end  # after the strategy's stop
    path.iloc[-1, path.columns.get_loc("equity")] = record.equity_end
    returns = daily / daily.shift(fill_value=START) - 1
    peaks = path["equity"].cummax().clip(lower=START)
    falls, ends = 1 - path["equity"] / peaks, 1 - daily / daily.cummax().clip(lower=START)
    wins, losses = closed.loc[closed["pnl"] > 1e-9, "pnl"], closed.loc[closed["pnl"] < -1e-9, "pnl"]
    below = (falls > 0) | (falls.shift(fill_value=0.0) > 0)
    since = pd.Series(np.where(falls <= 0, falls.index, np.nan), falls.index).ffill().shift().fillna(falls.index[0])
    holding = (closed["closed"] - closed["opened"]) / 1e9
    lows, highs = excursions(closed, market)
    return {
        "max_drawdown": falls.max(), "max_drawdown_daily": ends.max(), "ulcer_index": float(np.sqrt((ends**2).mean())),
        "drawdown_time": 60.0 * float((falls.index - since)[below].max()),
        "volatility": returns.std() * np.sqrt(252), "skewness": float(returns.skew()),
        "kurtosis": float(returns.kurt()),
        "sharpe_ratio": returns.mean() / returns.std() * np.sqrt(252), "var_5": np.percentile(returns, 5),
        "worst_day": returns.min(), "best_day": returns.max(),
        "trades": len(closed), "win_rate": len(wins) / len(closed),
        "average_trade": closed["pnl"].mean(), "average_win": wins.mean(), "average_loss": losses.mean(),
        "payoff_ratio": -wins.mean() / losses.mean(), "largest_win": wins.max(), "largest_loss": losses.min(),
        "sqn": closed["pnl"].mean() / closed["pnl"].std() * np.sqrt(min(100, len(closed))),
        "trades_long": int(closed["long"].sum()), "pnl_short": closed.loc[~closed["long"], "pnl"].sum(),
        "holding_time": holding.mean(), "holding_time_median": holding.median(), "holding_time_longest": holding.max(),
        "exposure_capital": (path["gross"] / path["equity"]).mean(),
        "turnover": sum(f.quantity * f.price for f in record.fills) / START, "mae": lows, "mfe": highs,
    }  # fmt: skip


def excursions(closed: pd.DataFrame, market: pd.DataFrame) -> tuple[float, float]:
    """Means of the lowest and of the highest PnL of each trade at minutes' ends and at its close."""
    minutes = market.assign(minute=market["time"] // MINUTE).groupby("minute").last()
    ends = (minutes.index.to_numpy() + 1) * MINUTE
    lows, highs = list[float](), list[float]()
    for trade in closed.to_dict("records"):
        pnls = [0.0, trade["pnl"]]
        for n in np.flatnonzero((ends >= trade["opened"]) & (ends < trade["closed"])):
            past = [(q, p) for t, q, p in trade["fills"] if t <= ends[n]]
            net = sum(q for q, _ in past)
            side = minutes["bid" if net > 0 else "ask"].iloc[n]
            pnls.append(sum(q * (side - p) - FEE * abs(q) for q, p in past))
        lows.append(min(pnls))
        highs.append(max(pnls))
    return float(np.mean(lows)), float(np.mean(highs))


@pytest.mark.parametrize("seed", range(TRIALS))
def test_pandas_agrees(catalog: tuple[str, pd.DataFrame], seed: int):
    """Orders at random quotes, some of which turn the position around; up to 400 shares, so cents hardly count."""
    path, market = catalog
    random, records, net = Random(seed), list[BacktestRecord](), 0
    orders = list[list[int]]()
    for n in sorted(random.sample(range(len(market)), 160)):
        size = -net if net and random.random() < 0.3 else random.choice((-1, 1)) * random.randint(1, 400)
        if abs(net + size) <= 900:
            orders.append([n, size])
            net += size
    fee = {"type": "PerContractFeeModel", "commission": f"{FEE} USD"}
    plan = strategy(orders=orders)
    backtest = trial(path, plan, venues=[venue(fee_model=fee)], start="2026-04-06", end="2026-05-09")
    m = run(backtest, look=Hooks(keep=records.append)).metrics
    assert m["fills"] == len(orders) > 100
    figures = expected(records[0], market)
    for name in ("skewness", "kurtosis"):  # near 0, where a relative difference says nothing
        assert m[name] == pytest.approx(figures.pop(name), abs=2e-3)
    assert {name: m[name] for name in figures} == pytest.approx(figures, rel=1e-3, abs=1e-6)
