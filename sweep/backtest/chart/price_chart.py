"""Price and trades of one trial, as data of the report's chart."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sweep.backtest.chart.candles import DIGITS, Candles, Floats, Ints
from sweep.backtest.chart.market_candles import market_candles
from sweep.backtest.records import BacktestRecord, Order, Position

EXACT = 1e-4  # of the last decimal


def price_chart(trial: BacktestRecord, backtest: Mapping[str, Any]) -> str:
    """Candles and trades of a trial of a resolved backtest as JSON. TrialError where its market cannot be read."""
    traded = list(dict.fromkeys(p.instrument_id for p in trial.positions))
    return json.dumps(chart_content(trial, market_candles(backtest, traded)), separators=(",", ":"), allow_nan=False)


def chart_content(trial: BacktestRecord, markets: Mapping[str, Candles]) -> dict[str, Any]:
    """Candles and trades by instrument, those with most trades first; the hours' table takes its trades from here."""
    traded = sorted(markets, key=lambda name: -sum(p.instrument_id == name for p in trial.positions))
    exits = _exits(trial.orders)
    trades = [_trade(position, exits.get(position.opening_order_id, (None, None))) for position in trial.positions]
    return {"instruments": [_market(name, markets[name]) for name in traded], "trades": trades}


def _market(name: str, content: Candles) -> dict[str, Any]:
    """Candles as whole numbers, short as text: steps of time; opens from the close before; the rest from the open."""
    decimals = _decimals(content)
    prices = (content.opens, content.highs, content.lows, content.closes)
    opens, highs, lows, closes = (_whole(values, decimals) for values in prices)
    columns = {
        "steps": np.diff(content.starts, prepend=content.starts[:1]) // content.seconds,
        "o": opens - np.concatenate(([0], closes[:-1]))[: len(opens)],
        "h": highs - opens, "l": lows - opens, "c": closes - opens,
    }  # fmt: skip
    first = int(content.starts[0]) if len(content.starts) else 0
    texts = {key: values.tolist() for key, values in columns.items()}
    return {
        "id": name,
        "currency": content.currency,
        "seconds": content.seconds,
        "first": first,
        "decimals": decimals,
        **texts,
    }


def _whole(values: Floats, decimals: int) -> Ints:
    return np.rint(values * 10.0**decimals).astype(np.int64)


def _decimals(content: Candles) -> int:
    """Decimals that the prices have, at most those of DIGITS significant digits."""
    values = np.concatenate((content.opens, content.highs, content.lows, content.closes))
    most = max(0, DIGITS - len(str(int(np.abs(values).max(initial=0.0)))))
    exact = (n for n in range(most) if np.abs(values * 10.0**n - _whole(values, n)).max(initial=0.0) < EXACT)
    return next(exact, most)


def _trade(p: Position, exits: tuple[float | None, float | None]) -> dict[str, Any]:
    stop, target = exits
    return {
        "instrument": p.instrument_id, "strategy": p.strategy, "side": p.side, "quantity": p.quantity,
        "opened": p.ts_opened // 10**9, "closed": p.ts_closed // 10**9 if p.ts_closed is not None else None,
        "entry": p.avg_price_open, "exit": p.avg_price_close, "pnl": round(p.pnl, 2), "stop": stop, "target": target,
    }  # fmt: skip


def _exits(orders: Sequence[Order]) -> dict[str, tuple[float | None, float | None]]:
    """Stop and target of the bracket of each opening order, as they stood at the end."""
    exits: dict[str, tuple[float | None, float | None]] = {}
    for order in orders:
        if order.parent_order_id:
            stop, target = exits.get(order.parent_order_id, (None, None))
            if order.trigger_price is not None:
                stop = order.trigger_price
            elif order.price is not None:
                target = order.price
            exits[order.parent_order_id] = (stop, target)
    return exits
