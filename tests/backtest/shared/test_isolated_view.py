"""One strategy's view of itself says what the engine says when the strategy is alone."""

from sweep.backtest.engine.backtest_run import run
from tests.backtest.shared.test_shared_run import backtest, market
from tests.support.wanderer import Comparing


def test_alone_the_own_view_is_the_engine_s_at_every_callback(tmp_path):
    catalog = market(tmp_path / "c", 1)
    Comparing.differences.clear()
    before = Comparing.looks
    for seed in range(2):
        one = backtest(catalog, "wanderer:Wanderer", {"seed": seed, "often": 6})
        one["strategy"]["path"] = "tests.support.wanderer:Comparing"
        assert run(one).metrics["fills"] > 50
    assert Comparing.looks - before > 2000
    assert Comparing.differences == set()
