"""Time in which the closes of a portfolio are looked for, before every start that its trials have."""

from typing import Any

import pytest
import yaml

from sweep.runner.planning.closes import span, with_closes
from sweep.spec.components.volatility import CLOSES
from sweep.spec.reader import read
from tests.support import sweeps
from tests.support.markets import DAY, ns

START, END = ns("2026-05-04T00:00:00"), ns("2026-05-06T00:00:00")


def draft(catalog: str, portfolio: dict[str, Any] | None, space: dict[str, Any]) -> Any:
    content = sweeps.spec(catalog, space, portfolio=portfolio)
    trader = {"path": "tests.support.portfolio:Follower", "config": {"instrument_id": "SPY.ARCA", "trade_size": 8}}
    content["strategies"] = [{"name": "a", **trader}, {"name": "b", **trader}]
    del content["strategy"]
    return read(yaml.safe_dump({k: v for k, v in content.items() if v is not None}, sort_keys=False))


@pytest.mark.parametrize("portfolio", [None, {}, {"weights": "equal"}, {"weights": {"a": 1, "b": 2}}])
def test_other_portfolios_need_no_closes(portfolio: dict[str, Any] | None):
    assert span(draft("nowhere", portfolio, {})) is None


def test_it_begins_before_the_first_start_and_the_longest_lookback():
    by_volatility = {"weights": "inverse_volatility", "lookback": "3d"}
    assert span(draft("nowhere", by_volatility, {})) == (START - 20 * DAY, END)
    longer = {"portfolio.lookback": ["2d", "10d"], "period.start": ["2026-05-04", "2026-05-05"]}
    assert span(draft("nowhere", by_volatility, longer)) == (START - 34 * DAY, END)
    assert span(draft("nowhere", {}, {"portfolio.weights": ["equal", "inverse_volatility"]})) == (START - 54 * DAY, END)


def test_a_named_period_is_all_that_is_read():
    named = {"weights": "inverse_volatility", "period": {"start": "2026-01-01", "end": "2026-02-01"}}
    needed = span(draft("nowhere", named, {}))
    assert needed
    assert needed.period == {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}


def test_the_draft_has_the_closes_of_its_catalog(tmp_path: Any):
    catalog = sweeps.catalog(tmp_path / "catalog", minutes=1)
    whole = with_closes(draft(catalog, {"weights": "inverse_volatility"}, {}), [])
    # 60 quotes a second: the last bid is 700.61, of both days
    assert whole.backtest[CLOSES] == {"SPY.ARCA": [(START + DAY, 700.615), (END, 700.615)]}
