"""Requests for history in a source make the data before the period a part of the key."""

from pathlib import Path

import pytest
import yaml

from sweep.backtest import history_kinds
from sweep.catalog.data_files import DataRequest
from sweep.catalog.remote.file_selection import needed
from sweep.runner.plan import plan
from sweep.spec.data_kinds import REQUESTS
from tests.support import markets, sweeps
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import trial
from tests.support.written_modules import write_module

T0 = ns("2026-05-04T14:00:00")
CLASS = "class S(Strategy):\n    def on_start(self):\n        {}\n"


@pytest.mark.parametrize("method", REQUESTS)
@pytest.mark.parametrize("call", ["self.{}(SPY)", "later(self.{})", "getattr(self, '{}')(SPY)"])
def test_kinds_by_the_source(tmp_path, monkeypatch, method, call):
    module = write_module(tmp_path, monkeypatch, CLASS.format(call.format(method)))
    assert history_kinds({"strategy": {"path": f"{module.__name__}:S"}}) == [REQUESTS[method]]


@pytest.mark.parametrize("statement", ["pass", "self.subscribe_quotes(SPY)", "self.request_instrument(SPY)"])
def test_no_history_without_a_request(tmp_path, monkeypatch, statement):
    module = write_module(tmp_path, monkeypatch, CLASS.format(statement))
    assert history_kinds({"strategy": {"path": f"{module.__name__}:S"}}) == []


@pytest.fixture
def catalog(tmp_path):
    """Quotes of 4, 5 and 6 May in a file each."""
    stock, folder = markets.equity(), tmp_path / "catalog"
    for day in range(3):
        rows = [(T0 + day * DAY + i * SECOND, 100.0, 100.02) for i in range(10)]
        markets.write(folder, [stock] if not day else [], quotes=markets.quotes(stock, rows))
    return folder


def planned(catalog, module, **more):
    strategy = {"path": f"{module.__name__}:S", "config_path": "nautilus_trader.trading:StrategyConfig"}
    strategy["config"] = {"order_id_tag": "001"}
    period = {"period": {"start": "2026-05-05", "end": "2026-05-06"}}
    spec = sweeps.spec(str(catalog), {"strategy.order_id_tag": ["001"]}, strategy=strategy, **period | more)
    return plan(yaml.safe_dump(spec))


@pytest.mark.parametrize("more", [{}, {"validation": {"lockbox": "2026-05-05"}}])
@pytest.mark.parametrize("statement", ["self.request_quotes(SPY)", "self.subscribe_quotes(SPY)"])
def test_what_lies_before_the_period_counts_only_where_it_is_asked_for(catalog, tmp_path, monkeypatch, statement, more):
    if more:
        more |= {"period": {"start": "2026-05-05", "end": "2026-05-07"}, "validation": {"lockbox": "1d"}}
    module = write_module(tmp_path, monkeypatch, CLASS.format(statement))
    asks, before = "request" in statement, planned(catalog, module, **more)
    assert before.base.get("history") == (["QuoteTick"] if asks else None)
    assert len([f for f in before.supply().files if "2026-05-04" in f.name and "quotes" in f.name]) == asks
    params = {"strategy.order_id_tag": "001"}
    key = before.key(params)
    (old,) = (catalog / "data" / "quotes" / "SPY.ARCA").glob("2026-05-04*")
    stock = markets.equity()
    other = [(T0 + i * SECOND, 100.0, 100.03) for i in range(10)]
    Path(old).unlink()
    markets.write(catalog, [], quotes=markets.quotes(stock, other))
    assert (planned(catalog, module, **more).key(params) != key) is asks


def test_staging_takes_the_files_before_the_period(catalog):
    names = [str(p.relative_to(catalog)) for p in catalog.rglob("*.parquet")]
    backtest = trial(str(catalog), {"path": "x:S"}, start="2026-05-05T00:00:00Z", end="2026-05-06T00:00:00Z")

    def days(history):
        request = DataRequest.by(backtest | ({"history": history} if history else {}))
        return {name.rpartition("/")[2][:10] for name in needed(names, [request]) if "quotes" in name}

    assert days(None) == days(["TradeTick"]) == {"2026-05-05"}
    assert days(["QuoteTick"]) == {"2026-05-04", "2026-05-05"}
