"""Figures of each of several strategies, against figures worked out by hand. The ask is a cent above the bid."""

from types import SimpleNamespace
from typing import Any

import pytest

from sweep.backtest.accounting.attribution import exposure
from sweep.backtest.engine.backtest_run import run
from tests.support import markets
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import FREE, strategy, trial, venue

T0 = ns("2026-05-04T13:30:00")
FEE = {"type": "PerContractFeeModel", "commission": "0.01 USD"}


def market(tmp_path, *days: list[float]) -> str:
    rows = [
        (T0 + day * DAY + n * SECOND, price, price + 0.01)
        for day, prices in enumerate(days)
        for n, price in enumerate(prices)
    ]
    return markets.write(tmp_path, [markets.equity()], quotes=markets.quotes(markets.equity(), rows))


def outcome(catalog: str, fee: Any = FEE, **orders: list[list[int]]) -> Any:
    strategies = [{"name": name, **strategy(orders=rows)} for name, rows in orders.items()]
    backtest = trial(catalog, {}, venues=[venue(fee_model=fee)]) | {"strategies": strategies}
    del backtest["strategy"]
    return run(backtest)


def figures(result: Any, name: str) -> dict[str, Any]:
    start = f"strategies.{name}."
    return {key.removeprefix(start): value for key, value in result.metrics.items() if key.startswith(start)}


def test_each_strategy_has_its_own_figures_and_they_add_up(tmp_path):
    # Two days of five quotes, 0 to 4 and 5 to 9. `up` buys 100 at 100.01 and sells at 104 (fees 2.00): +397. It then
    # buys 50 at 105.01 and holds them to the last bid of 103 (fee 0.50): -101.
    # `down` sells 100 at 101 and buys them back at 106.01 the next day (fees 2.00): -503.
    catalog = market(tmp_path, [100, 100, 101, 104, 104], [105, 106, 106, 104, 103])
    result = outcome(catalog, up=[[1, 100], [3, -100], [5, 50]], down=[[2, -100], [6, 100]])
    up, down = figures(result, "up"), figures(result, "down")
    assert up["pnl_total"] == pytest.approx(100 * (104 - 100.01) - 2 + 50 * (103 - 105.01) - 0.5)
    assert down["pnl_total"] == pytest.approx(100 * (101 - 106.01) - 2)
    assert (up["fees"], down["fees"]) == (2.5, 2.0)
    assert (up["trades"], up["win_rate"], down["trades"], down["win_rate"]) == (1, 1.0, 1, 0.0)
    assert result.metrics["pnl_total"] == pytest.approx(up["pnl_total"] + down["pnl_total"])
    assert result.metrics["fees"] == up["fees"] + down["fees"]
    # Each day has four seconds: `up` is in from 1 to 3 and 5 to 9 (2 + 4 of 8), `down` from 2 to 4 and 5 to 6 (2 + 1).
    assert (up["exposure"], down["exposure"]) == (pytest.approx(6 / 8), pytest.approx(3 / 8))
    # `up` ends day 1 at 100,397 and day 2 at 100,296; `down` ends day 1 at 100,000 - 302 and day 2 at 100,000 - 503.
    assert up["max_drawdown"] == pytest.approx((397 - up["pnl_total"]) / 100_397)
    assert down["max_drawdown"] == pytest.approx(503 / 100_000)
    daily = result.stats["strategies"]
    assert daily["up"] == pytest.approx([397, up["pnl_total"] - 397])
    assert daily["down"] == pytest.approx([100 * (101 - 104.01) - 1, down["pnl_total"] + 302])


def test_a_strategy_that_does_nothing_has_figures_too(tmp_path):
    result = outcome(market(tmp_path, [100, 100, 101]), idle=[], busy=[[1, 10]])
    assert figures(result, "idle") == {
        "pnl_total": 0.0, "fees": 0.0, "trades": 0, "win_rate": None, "max_drawdown": 0.0, "exposure": 0.0,
    }  # fmt: skip


def test_one_strategy_under_its_own_section_has_none(tmp_path):
    result = run(trial(market(tmp_path, [100, 100, 101]), strategy(orders=[[1, 10]])))
    assert not [name for name in result.metrics if name.startswith("strategies.")]
    assert "strategies" not in result.stats


def test_strategies_in_one_instrument_on_opposite_sides_are_told_apart(tmp_path):
    result = outcome(market(tmp_path, [100, 100, 110, 110]), FREE, long=[[1, 10], [2, -10]], short=[[1, -10], [2, 10]])
    assert figures(result, "long")["pnl_total"] == pytest.approx(10 * (110 - 100.01))
    assert figures(result, "short")["pnl_total"] == pytest.approx(10 * (100 - 110.01))
    assert result.metrics["pnl_total"] == pytest.approx(-0.2)


def test_exposure_counts_overlapping_positions_once_and_market_hours_only():
    def held(opened: int, closed: int | None) -> Any:
        return SimpleNamespace(ts_opened=opened, ts_closed=closed)

    def share(positions: list[Any], hours: list[tuple[int, int]]) -> float | None:
        return exposure(positions, hours, lambda position: position.ts_closed)

    hours = [(0, 10), (100, 110)]
    assert share([held(2, 5), held(4, 6)], hours) == 0.2
    assert share([held(5, 105)], hours) == 0.5, "the night is not the market's"
    assert share([held(105, None)], hours) == 0.25
    assert share([], hours) == 0.0
    assert share([held(0, 1)], [(5, 5)]) is None
    assert share([], []) is None
