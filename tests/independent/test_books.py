"""Order books of random events of several deltas: the fills of a trial are those of the engine's own node."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from nautilus_trader.model import BookAction, BookOrder, OrderBookDelta, OrderSide, Price, Quantity

from sweep.backtest import run
from sweep.backtest.data.windows import WindowCache
from sweep.backtest.engine.backtest_run import run as run_windowed
from sweep.backtest.records import BacktestRecord, Hooks
from tests.independent.test_same_figures import ROOT
from tests.support import books
from tests.support.effort import repeats
from tests.support.markets import SECOND, equity, ns, quotes, trades, write
from tests.support.trials import FREE, trial, venue

SCRIPT = Path(__file__).with_name("plain_node.py")
STOCK, T0 = equity(), ns("2026-05-04T14:00:00")
SIDES = {OrderSide.BUY: -1, OrderSide.SELL: 1}
KINDS = ("OrderBookDelta", "QuoteTick", "TradeTick")


def delta(time: int, action: BookAction, side: OrderSide, cents: int, size: int, order_id: int) -> OrderBookDelta:
    order = BookOrder(side, Price(cents / 100, 2), Quantity(size, 0), order_id)
    return OrderBookDelta(STOCK.id, action, order, 0, 0, time, time)


def flagged(deltas: list[OrderBookDelta]) -> Iterator[OrderBookDelta]:
    """One event: its last delta has F_LAST."""
    for n, d in enumerate(deltas):
        flags = books.LAST if n == len(deltas) - 1 else 0
        yield OrderBookDelta(STOCK.id, d.action, d.order, flags, 0, d.ts_event, d.ts_init)


def by_price(mids: list[int], times: list[int], random: Random) -> Iterator[OrderBookDelta]:
    """Books of five levels that move: in the middle of each event levels of both sides overlap, or are missing."""
    for n, (time, mid) in enumerate(zip(times, mids, strict=True)):
        if n == 0:
            levels = [[(mid + sign * (i + 1)) / 100 for i in range(5)] for sign in (-1, 1)]
            yield from books.snapshot(STOCK, time, *([(p, 50) for p in side] for side in levels))
            continue
        event: list[OrderBookDelta] = []
        for side, sign in SIDES.items():
            old, new = ({m + sign * (i + 1) for i in range(5)} for m in (mids[n - 1], mid))
            event += [delta(time, BookAction.ADD, side, c, random.randint(5, 50), 0) for c in sorted(new - old)]
            event += [delta(time, BookAction.DELETE, side, c, 1, 0) for c in sorted(old - new)]
            event += [delta(time, BookAction.UPDATE, side, c, random.randint(5, 50), 0) for c in sorted(new & old)][:2]
        random.shuffle(event)
        yield from flagged(event)


def by_order(mids: list[int], times: list[int], random: Random) -> Iterator[OrderBookDelta]:
    """Books of single orders: each event removes all of a side's orders and adds others; some last half a second."""
    count, alive = 10, dict[OrderSide, list[tuple[int, int]]]()
    for n, (time, mid) in enumerate(zip(times, mids, strict=True)):
        if n == 0:
            yield (
                OrderBookDelta.clear(STOCK.id, 0, time, time)
                if hasattr(OrderBookDelta, "clear")
                else next(iter(books.snapshot(STOCK, time, [], [])))
            )
        event: list[OrderBookDelta] = []
        late = random.choice((0, 0, 0, SECOND // 2))
        for side, sign in SIDES.items():
            added = [(mid + sign * random.randint(1, 4), count + i) for i in range(6)]
            count += 6
            event += [delta(time, BookAction.ADD, side, c, random.randint(1, 20), o) for c, o in added]
            event += [delta(time + late, BookAction.DELETE, side, c, 1, o) for c, o in alive.get(side, [])]
            alive[side] = added
        yield from flagged(sorted(event, key=lambda d: d.ts_init))


def market(folder: Path, kind: str, seed: int, events: int = repeats(1200, quick=400)) -> str:
    random, mid = Random(seed), 10_000
    mids = list[int]()
    for _ in range(events):
        mid += random.randint(-4, 4)
        mids.append(mid)
    times = [T0 + 5 * n * SECOND for n in range(events)]
    touch = [(t, (m - 1) / 100, (m + 1) / 100) for t, m in zip(times, mids, strict=True)]
    place = write(
        folder,
        [STOCK],
        quotes=quotes(STOCK, touch),
        trades=trades(STOCK, [(t, m / 100) for t, m in zip(times, mids, strict=True)]),
    )
    books.write_books(place, deltas=list((by_price if kind == "L2_MBP" else by_order)(mids, times, random)))
    return place


BRACKET = {
    "path": "sweep.strategies.ema_bracket:EmaBracket", "config_path": "sweep.strategies.ema_bracket:EmaBracketConfig",
    "config": {"instrument_id": "SPY.ARCA", "trade_size": 30, "fast": 2, "slow": 4, "bar_minutes": 1,
               "tp_pct": 0.05, "sl_pct": 0.05},
}  # fmt: skip
RESTER = {
    "path": "tests.support.strategies:Rester", "config_path": "tests.support.strategies:ScriptedConfig",
    "config": {"instrument_id": "SPY.ARCA"},
}  # fmt: skip


def plan(catalog: str, kind: str, strategy: dict[str, Any]) -> dict[str, Any]:
    return trial(
        catalog, strategy, data=[{"type": name, "instruments": ["SPY.ARCA"]} for name in KINDS],
        venues=[venue(book_type=kind, fee_model=FREE)],
    )  # fmt: skip


def fills_of(backtest: dict[str, Any], **options: Any) -> list[list[Any]]:
    records = list[BacktestRecord]()
    run_windowed(backtest, look=Hooks(keep=records.append), cache=WindowCache(0), **options)
    return [[f.ts_event, f.side, f.quantity, f.price, f.commission, f.client_order_id] for f in records[0].fills]


def by_the_node(backtests: list[dict[str, Any]]) -> list[list[Any]]:
    process = subprocess.run(
        [sys.executable, str(SCRIPT)], input=json.dumps(backtests), capture_output=True, text=True, check=False,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "."},
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize(
    "strategy",
    [pytest.param(RESTER, id="resting orders"), pytest.param(BRACKET, id="EmaBracket", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("kind", ["L2_MBP", "L3_MBO"])
def test_fills_are_those_of_the_engine_s_own_node(tmp_path: Path, kind: str, strategy: dict[str, Any]):
    plans = [plan(market(tmp_path / str(seed), kind, seed), kind, strategy) for seed in (1, 2)]
    expected = by_the_node(plans)
    assert all(len(fills) > 10 for fills in expected)
    for one, fills in zip(plans, expected, strict=True):
        assert fills_of(one) == fills
        assert fills_of(one, rows=50) == fills  # windows of a few events: none is cut in two


def warnings_of(catalog: str, **period: str) -> list[str]:
    """The warnings of a trial in this period about its deltas."""
    bounds = {"start": "2026-05-04", "end": "2026-05-05"} | period
    return [w for w in run(plan(catalog, "L2_MBP", RESTER) | {"period": bounds}).warnings if "delta" in w]


def test_a_period_that_begins_behind_the_snapshot_says_so(tmp_path: Path):
    catalog = market(tmp_path, "L2_MBP", 1, 30)
    assert warnings_of(catalog) == []
    (warning,) = warnings_of(catalog, start="2026-05-04T14:00:50Z")
    assert warning == (
        "the book of SPY.ARCA starts without a snapshot: its first delta in the period, at 2026-05-04T14:00:50Z, "
        "changes a book that is not known; no snapshot is in the period"
    )
    books.write_books(catalog, deltas=books.snapshot(STOCK, T0 + 600 * SECOND, [(100, 1)], [(101, 1)]))
    (warning,) = warnings_of(catalog, start="2026-05-04T14:00:50Z")
    assert warning.endswith("let the period start with the snapshot at 2026-05-04T14:10:00Z")


def test_deltas_without_the_flag_are_replayed_and_told(tmp_path: Path):
    write(
        tmp_path,
        [STOCK],
        quotes=quotes(STOCK, [(t, 1, 2) for t in (T0, T0 + SECOND)]),
        trades=trades(STOCK, [(t, 1) for t in (T0, T0 + SECOND)]),
    )
    whole = books.snapshot(STOCK, T0, [(100, 1)], [(101, 1)])
    rest = [delta(T0 + n * SECOND, BookAction.ADD, OrderSide.BUY, 9_000 + n, 5, 0) for n in (1, 2)]
    books.write_books(str(tmp_path), deltas=[*whole, *rest])
    (warning,) = warnings_of(str(tmp_path))
    assert warning == "SPY.ARCA: the last 2 deltas in the period do not end with F_LAST: they are replayed as one event"
    bare, _ = warnings_of(str(tmp_path), start="2026-05-04T14:00:01Z")
    assert bare.startswith("SPY.ARCA: no delta has the flag F_LAST")
