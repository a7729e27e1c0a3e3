"""Many trials in one pass over the market: the same as each alone, to the last fill, or given back."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.backtest.engine.backtest_run import run
from sweep.backtest.shared import shared_run
from sweep.backtest.shared.eligibility import against
from sweep.errors import TrialError
from sweep.trial import Rung, State
from tests.support import markets, random_cases
from tests.support.effort import repeats
from tests.support.markets import DAY, SECOND, ns
from tests.support.random_strategy import ACTIONS, SHARED
from tests.support.strategies import Score

T0 = ns("2026-05-04T13:30:00")
SAME = ("metrics", "days", "returns", "step_returns", "warnings", "rungs", "fills", "state")


def market(folder, seed: int, quotes: int = 900, *, days: int = 2):
    """A walk of SPY over two sessions or more, with jumps and uneven gaps, and a score now and then."""
    draw, stock, rows, price = Random(seed), markets.equity(margin="0.5"), [], 100.0
    for day in range(days):
        t = T0 + day * DAY
        for _ in range(quotes // days):
            t += draw.choice((1, 5, 30)) * SECOND
            jump = draw.choice((-0.5, 0.5)) if draw.random() < 0.004 else 0.0
            price = max(5.0, price + draw.choice((-0.03, -0.02, -0.01, 0, 0.01, 0.02, 0.03)) + jump)
            rows.append((t, round(price, 2), round(price + draw.choice((0.01, 0.02, 0.03)), 2)))
    scores = [Score(ts_event=t, ts_init=t, score=float(n % 3)) for n, (t, *_) in enumerate(rows) if n % 90 == 5]
    return markets.write(folder, [stock], quotes=markets.quotes(stock, rows, size=1000), events=scores)


def backtest(catalog, path: str, config, *, latency: int = 0, balance: int = 100_000, **venue):
    models = {
        "fill_model": {"type": "DefaultFillModel", "prob_fill_on_limit": 0.0, "random_seed": 42},
        "fee_model": {"type": "PerContractFeeModel", "commission": "0.01 USD"},
        "latency_model": {"type": "StaticLatencyModel", "base_latency_nanos": latency},
    }
    fixed = {"name": "ARCA", "oms_type": "NETTING", "account_type": "MARGIN", "base_currency": "USD"}
    fixed |= {"starting_balances": [f"{balance} USD"], "default_leverage": 1}
    return {
        "catalog": catalog,
        "period": {"start": "2026-05-04T00:00:00Z", "end": "2026-05-06T00:00:00Z"},
        "data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}, {"type": "tests.support.strategies:Score"}],
        "venues": [fixed | models | venue],
        "strategy": {"path": f"tests.support.{path}", "config_path": f"tests.support.{path}Config", "config": config},
    }


def actions(catalog, *configs, **more):
    return [backtest(catalog, "interfering_strategy:InterferingStrategy", config, **more) for config in configs]


def alone(one, rungs=()):
    """Result of a trial in an engine of its own, or the reason of its failure."""
    try:
        return run(one, rungs)
    except TrialError as error:
        return error


def differences(one, outcome, rungs=()):
    """The differences between a pack's result and that of an isolated engine."""
    then = alone(one, rungs)
    if isinstance(then, TrialError):
        return [f"it fails alone: {then.message}"]
    return [name for name in SAME if getattr(then, name) != getattr(outcome, name)]


def test_every_random_strategy_of_a_pack_is_as_it_is_alone(tmp_path):
    catalog = market(tmp_path / "c", 3)
    many = [
        backtest(
            catalog, "random_strategy:RandomStrategy", {"seed": n, "often": 8, "actions": SHARED}, latency=25_000_000
        )
        for n in range(8)
    ]
    outcomes = shared_run.run([(one, ()) for one in many])
    assert all(not isinstance(outcome, str) for outcome in outcomes)
    assert [differences(one, outcome) for one, outcome in zip(many, outcomes, strict=True)] == [[]] * 8
    assert sum(outcome.metrics["fills"] for outcome in outcomes) > 300
    assert any(outcome.metrics["orders_rejected"] for outcome in outcomes)


@pytest.mark.slow
@settings(max_examples=repeats(25, quick=10), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10_000),
    kinds=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4),
    latency=st.sampled_from((0, 25_000_000, 2_000_000_000)),
    often=st.integers(3, 30),
    size=st.integers(2, 7),
    balance=st.sampled_from((3_000, 100_000)),
)
def test_a_pack_of_random_strategies_is_the_same_as_each_alone_or_refused(
    tmp_path_factory, seed, kinds, latency, often, size, balance
):
    catalog = market(tmp_path_factory.mktemp("walk") / "c", seed, 600)
    config = {"often": often, "actions": [*kinds, "close"]}
    many = [
        backtest(
            catalog, "random_strategy:RandomStrategy", config | {"seed": seed + n}, latency=latency, balance=balance
        )
        for n in range(size)
    ]
    for one, outcome in zip(many, shared_run.run([(one, ()) for one in many]), strict=True):
        assert isinstance(outcome, str) or not differences(one, outcome)


def pack_of(number, folder):
    """The random pack of a number: what shares a pass, and what differs there."""
    pack = random_cases.case(number, folder / "c")
    if against(pack.trials[0]):
        return pack.kinds, [], []
    outcomes = shared_run.run([(one, ()) for one in pack.trials])
    both = [(one, o) for one, o in zip(pack.trials, outcomes, strict=True) if not isinstance(o, str)]
    return pack.kinds, [o for _, o in both], [names for one, o in both if (names := random_cases.differences(one, o))]


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        (138, ("MID",)),
        (45, ("BID", "ASK")),
        (47, ("quotes", "trades")),
        (35, ("trades", "LAST")),
        (21, ("LAST",)),
        (27, ("quotes", "BID", "ASK")),
        (41, ("quotes", "LAST")),
        (67, ("trades",)),
    ],
)
def test_packs_on_bars_trades_and_quotes_are_as_they_are_alone(tmp_path, number, kinds):
    """Each of the packs trades; benchmarks/shared_campaign.py runs thousands of them."""
    replayed, outcomes, deviations = pack_of(number, tmp_path)
    assert replayed == kinds
    assert deviations == []
    assert sum(outcome.metrics["fills"] for outcome in outcomes) > 30


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(895, id="close_all without a position, with latency, just before the end"),
        pytest.param(3038, id="limit orders on bars of last prices"),
        pytest.param(50432, id="a bracket that a small CASH account denies as a whole"),
    ],
)
def test_packs_of_the_campaign_that_differed_once(tmp_path, number):
    assert pack_of(number, tmp_path)[2] == []


def test_positions_closed_at_the_stop_are_booked_beside_a_cash_account(tmp_path):
    configs = [{"seed": n, "often": 20, "actions": ("market",)} for n in (1, 3)]
    many = [backtest(market(tmp_path / "c", 5, 200), "random_strategy:RandomStrategy", config) for config in configs]
    cash = many[0]["venues"][0] | {"name": "BATS", "account_type": "CASH"}
    many = [one | {"venues": [*one["venues"], cash]} for one in many]
    outcomes = shared_run.run([(one, ()) for one in many])
    assert [differences(one, outcome) for one, outcome in zip(many, outcomes, strict=True)] == [[]] * 2


@pytest.mark.parametrize(
    ("number", "others"),
    [
        (35, ("QQQ.ARCA", "IWM.ARCA")),
        pytest.param(27, ("GLD.BATS",), id="a MARGIN account beside one of CASH"),
        pytest.param(8, ("QQQ.ARCA", "IWM.ARCA"), marks=pytest.mark.slow, id="fills of two instruments at one moment"),
    ],
)
def test_packs_on_several_instruments_are_as_they_are_alone(tmp_path, number, others):
    kinds, outcomes, deviations = pack_of(random_cases.SEVERAL + number, tmp_path)
    assert kinds[1:] == others
    assert deviations == []
    assert sum(outcome.metrics["fills"] for outcome in outcomes) > 50


def test_each_window_begins_with_a_call_that_restarts_the_clock_of_limits(tmp_path):
    many = actions(market(tmp_path / "c", 5, 200), {"every": 20}, {"every": 30})

    def windows(rows: int) -> int:
        begun: list[int] = []
        shared_run.run([(one, ()) for one in many], rows=rows, begins=lambda: begun.append(1))
        return len(begun)

    assert (windows(10_000), windows(50)) == (2, 6)  # one for each day, and parts of the days


@pytest.mark.parametrize("kind", ["PerShareFeeModel", "PerContractMinimumFeeModel"])
def test_fees_with_a_minimum_for_each_order_are_those_of_each_trial(tmp_path, kind):
    fees = {"type": f"sweep.costs:{kind}", "rate": 0.005, "minimum": 0.35, "maximum": 0.01}
    many = actions(market(tmp_path / "c", 5, 400), {"every": 20}, {"every": 31, "size": 90}, fee_model=fees)
    assert against(many[0]) == []
    outcomes = shared_run.run([(one, ()) for one in many])
    assert [differences(one, outcome) for one, outcome in zip(many, outcomes, strict=True)] == [[]] * 2
    assert all(outcome.metrics["fees"] > 1 for outcome in outcomes)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_random_packs(tmp_path):
    assert [n for n in range(repeats(100, quick=20)) if pack_of(n, tmp_path / str(n))[2]] == []


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("raise", "on_quote raised ValueError: the hundredth event"),
        ("exit", "on_quote raised SystemExit"),
        ("constructor", "its constructor raised RuntimeError"),
        ("account", "cache.account_for_venue"),
        ("swallow", "portfolio.account"),
        ("equity", "portfolio.equity"),
        ("others", "cache.positions(strategy_id=InterferingStrategy-007)"),
        ("signal", "publish_signal"),
        ("error", "log.error"),
        ("greed", "its own balance might not carry"),
        ("wall", "its own balance might not carry"),
        ("seeded", "random.seed"),
    ],
)
def test_a_strategy_that_touches_others_leaves_alone_and_says_why(tmp_path, action, why):
    catalog = market(tmp_path / "c", 5)
    many = actions(catalog, {"every": 20}, {"action": action}, {"every": 33})
    outcomes = shared_run.run([(one, ()) for one in many])
    assert isinstance(outcomes[1], str) and why in outcomes[1]
    assert differences(many[0], outcomes[0]) == []
    assert differences(many[2], outcomes[2]) == []


def test_what_one_strategy_does_to_an_event_the_others_do_not_see(tmp_path):
    many = actions(market(tmp_path / "c", 5), {"every": 20}, {"every": 20}, {"every": 30})
    outcomes = shared_run.run([(one, ()) for one in many])
    assert [differences(one, outcome) for one, outcome in zip(many, outcomes, strict=True)] == [[]] * 3


def test_a_pack_that_breaks_outside_of_callbacks_gives_everything_back(tmp_path):
    outcomes = shared_run.run(
        [(one, ()) for one in actions(market(tmp_path / "c", 5), {"every": 20}, {"action": "timer"})]
    )
    assert all(isinstance(why, str) and "ZeroDivisionError" in why for why in outcomes)


def test_a_pruned_strategy_ends_at_its_rung_and_the_others_go_on(tmp_path):
    catalog = market(tmp_path / "c", 5)
    cut, passed = Rung(0.5, "pnl_total", lower=1e9), Rung(0.5, "pnl_total", lower=-1e9)
    many = actions(catalog, {"every": 20}, {"every": 25}, {"every": 33})
    rungs = [(cut,), (passed,), ()]
    outcomes = shared_run.run(list(zip(many, rungs, strict=True)))
    assert [outcome.state for outcome in outcomes] == [State.PRUNED, State.COMPLETE, State.COMPLETE]
    assert [differences(*both) for both in zip(many, outcomes, rungs, strict=True)] == [[]] * 3


def test_a_denied_trial_is_run_alone_where_the_engine_denies_it(tmp_path):
    catalog = market(tmp_path / "c", 5)
    poor = actions(catalog, {"every": 20, "size": 170}, {"every": 400, "size": 10}, balance=8_000)
    outcomes = shared_run.run([(one, ()) for one in poor])
    assert alone(poor[0]).metrics["orders_denied"] > 0
    assert "its own balance might not carry" in outcomes[0]
    assert differences(poor[1], outcomes[1]) == []
