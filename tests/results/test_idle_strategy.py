"""A sweep whose strategy did nothing says so in the first line after its leaderboard."""

import json

import pytest

from tests.support import sweeps
from tests.support.commands import invoke
from tests.support.written_modules import write_module

CLASS = """
class S(Strategy):
    def on_start(self):
        {start}
    def on_quote(self, quote):
        self.n = getattr(self, "n", 0) + 1
        if self.n == {at}:
            self.submit_order(self.order_factory.market(SPY, OrderSide.BUY, Quantity.from_int(1)))
    {more}
"""
SUBSCRIBED = "self.subscribe_quotes(SPY)"
NO_ORDER = "no trial sent an order; the likely reason: "


@pytest.fixture
def swept(tmp_path, monkeypatch):
    """Lines of a sweep after the leaderboard, and its JSON document."""
    catalog = sweeps.catalog(tmp_path / "catalog", minutes=2)

    def run(start=SUBSCRIBED, at=0, more=""):
        module = write_module(tmp_path, monkeypatch, CLASS.format(start=start, at=at, more=more))
        strategy = {"path": f"{module.__name__}:S", "config_path": "nautilus_trader.trading:StrategyConfig"}
        strategy["config"] = {"order_id_tag": "001"}
        spec = sweeps.spec(catalog, {"strategy.order_id_tag": ["001", "002"]}, strategy=strategy)
        path = sweeps.write(tmp_path / f"{module.__name__}.yaml", spec)
        options = ("--runs-dir", tmp_path / module.__name__, "--executor", "inline", "--tracking-uri", "none")
        output = invoke("run", path, *options).stdout
        document = json.loads(invoke("run", path, *options, "--json").stdout)
        return output, document["idle"]

    return run


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({}, "its conditions for an entry never held"),
        ({"start": "pass"}, "never called: on_quote (nothing came: does on_start call subscribe_quotes?)"),
        ({"more": "def on_bar(self, bar): pass"}, "never called: on_bar (nothing came: does on_start call "),
    ],
)
def test_no_order_at_all(swept, case, reason):
    output, idle = swept(**case)
    assert idle.startswith(NO_ORDER + reason)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    after = next(n for n, line in enumerate(lines) if line.startswith("no trial"))
    assert lines[after] == idle
    assert not any("verdict" in line.lower() or "inconclusive" in line.lower() for line in lines[:after])


def test_a_callback_that_no_trial_called(swept):
    output, idle = swept(at=3, more="def on_trade(self, trade): pass")
    expected = "in no trial was this callback called: on_trade (nothing came: does on_start call subscribe_trades?)"
    assert idle == expected
    assert expected in output


def test_a_strategy_that_trades_with_all_its_callbacks(swept):
    output, idle = swept(at=3, more="def on_order_filled(self, event): pass")
    assert idle is None
    assert "no trial" not in output
