"""One strategy's view of itself says what the engine says when the strategy is alone."""

from sweep.backtest.engine.backtest_run import run
from tests.backtest.shared.test_shared_run import backtest, market
from tests.support.effort import repeats
from tests.support.random_strategy import ComparingStrategy


def test_alone_the_own_view_is_the_engine_s_at_every_callback(tmp_path):
    quotes = repeats(900, quick=300)  # the time grows with its square
    catalog = market(tmp_path / "c", 1, quotes)
    ComparingStrategy.differences.clear()
    before = ComparingStrategy.looks
    for seed in range(2):
        one = backtest(catalog, "random_strategy:RandomStrategy", {"seed": seed, "often": 6})
        one["strategy"]["path"] = "tests.support.random_strategy:ComparingStrategy"
        assert run(one).metrics["fills"] > quotes / 15
    assert ComparingStrategy.looks - before > 2 * quotes
    assert ComparingStrategy.differences == set()
