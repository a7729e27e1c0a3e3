"""Price and trades of one trial, as data of the report's chart."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypedDict

import numpy as np
from pydantic import Field, TypeAdapter

from sweep.backtest.records import BacktestRecord, Order, Position
from sweep.common.files.text_file import read_text
from sweep.ledger.encoding import LATEST
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from sweep.results.curves.candles import MOST, Candles, Ints, Prices, candles
from sweep.results.statistics.arrays import Floats

DIGITS = 8  # significant, of a price
EXACT = 1e-4  # of the last decimal
LONGEST = 64 * 2**20  # characters of a file with a chart

type Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
type Seconds = Annotated[int, Field(ge=0, lt=LATEST)]  # UNIX
type Figure = Annotated[float, Field(allow_inf_nan=False)]


Market = TypedDict(  # noqa: UP013 (a candle's low is `l`)
    "Market",
    {
        "id": str, "seconds": Whole, "first": Whole, "decimals": Annotated[int, Field(ge=0, le=DIGITS)],
        "steps": list[Whole], "o": list[Whole], "h": list[Whole], "l": list[Whole], "c": list[Whole],
    },
)  # fmt: skip


class Trade(TypedDict):
    """A position."""

    instrument: str
    strategy: str
    side: str
    quantity: Figure
    opened: Seconds
    closed: Seconds | None
    entry: Figure
    exit: Figure | None
    pnl: Figure
    stop: Figure | None
    target: Figure | None


class Chart(TypedDict):
    """Candles and trades of a trial as they lie beside the ledger."""

    key: str
    trial: int
    instruments: list[Market]
    trades: list[Trade]


CHART = TypeAdapter(Chart)


def price_chart(trial: BacktestRecord, prices: Mapping[str, Prices]) -> dict[str, Any]:
    """Candles and trades by instrument, those with most trades first; the hours' table takes its trades from here."""
    traded = sorted(prices, key=lambda name: -sum(p.instrument_id == name for p in trial.positions))
    exits, most = _exits(trial.orders), MOST // max(1, len(traded))
    trades = [_trade(position, exits.get(position.opening_order_id, (None, None))) for position in trial.positions]
    return {"instruments": [_market(name, candles(prices[name], most)) for name in traded], "trades": trades}


def price_data(folder: Folder, rows: Sequence[Row]) -> Chart | None:
    """The chart that lies beside the ledger; None without one, or where its trial is gone or another one now."""
    if not (chart := stored_chart(folder)):
        return None
    is_here = any(row.key == chart["key"] and row.number == chart["trial"] for row in rows)
    return chart if is_here and chart["instruments"] else None


def stored_chart(folder: Folder) -> Chart | None:
    """The chart beside the ledger; None where there is none, or something else than sweep writes there."""
    try:
        text = read_text(folder.chart, LONGEST) if folder.chart.exists() else ""
        return CHART.validate_json(text, strict=True) if 0 < len(text) <= LONGEST else None
    except (OSError, ValueError):
        return None


def closed_trades(chart: Chart | None, number: int) -> list[tuple[int, float]]:
    """Entry (UNIX ns) and PnL of the closed trades of a trial; none where the chart is of another one."""
    if chart is None or chart["trial"] != number:
        return []
    return [(trade["opened"] * 10**9, trade["pnl"]) for trade in chart["trades"] if trade["closed"] is not None]


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
    return {"id": name, "seconds": content.seconds, "first": first, "decimals": decimals, **texts}


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
