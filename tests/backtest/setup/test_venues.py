"""Every key of add_venue from plain data, strictly."""

import inspect

import pytest
from nautilus_trader import model
from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import LoggerConfig, LogLevel

from sweep.backtest.setup import venues
from tests.support.trials import venue


def problems(**keys):
    mistakes = []
    built = venues.build(venue(**keys), mistakes)
    assert (built is None) == bool(mistakes)
    return {p.where: (p.rule, p.remedy) for p in mistakes}


def built(**keys):
    mistakes = []
    arguments = venues.build(venue(**keys), mistakes)
    assert not mistakes
    return arguments


def test_the_keys_are_those_of_add_venue():
    signature = inspect.signature(BacktestEngine.add_venue)
    assert set(venues.KEYS) - {"name"} == set(signature.parameters) - {"self", "venue"}


def test_plain_values_become_the_engines_types():
    arguments = built(
        leverages={"SPY.ARCA": 2},
        book_type="L1_MBP",
        oto_trigger_mode="full",
        price_protection_points=5,
        default_leverage="2.5",
    )
    assert arguments["venue"] == model.Venue("ARCA")
    assert arguments["oms_type"] == model.OmsType.NETTING
    assert arguments["starting_balances"] == [model.Money.from_str("100000 USD")]
    assert arguments["leverages"] == {model.InstrumentId.from_str("SPY.ARCA"): 2}
    assert str(arguments["default_leverage"]) == "2.5"
    assert arguments["oto_trigger_mode"] == model.OtoTriggerMode.FULL


@pytest.mark.parametrize("key", [k for k, v in venues.KEYS.items() if v.kind is bool and k != "frozen_account"])
@pytest.mark.parametrize("value", [True, False])
def test_the_engine_takes_every_flag(key, value):
    config = BacktestEngineConfig(logging=LoggerConfig(stdout_level=LogLevel.OFF))
    engine = BacktestEngine(config)
    engine.add_venue(**built(**{key: value}))
    engine.dispose()


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("oms_type", "NETING", "must be a OmsType"),
        ("account_type", "BETTING", "must be CASH or MARGIN"),
        ("account_type", None, "a venue needs 'account_type'"),
        ("starting_balances", ["100 ZZZZ"], "Unknown currency"),
        ("starting_balances", [], "at least one"),
        ("starting_balances", ["-5 USD"], "positive"),
        ("starting_balances", ["0 USD"], "positive"),
        ("starting_balances", "100 USD", "must be a list"),
        ("starting_balances", ["100 USD", "5 EUR"], "exactly one balance, in USD"),
        ("starting_balances", ["100 EUR"], "exactly one balance, in USD"),
        ("base_currency", "USDX", "Currency"),
        ("default_leverage", 0, "greater than 0"),
        ("default_leverage", "ten", "decimal number"),
        ("leverages", {"SPY.ARCA": -1}, "greater than 0"),
        ("leverages", {"SPY": 1}, "InstrumentId"),
        ("bar_execution", "yes", "true or false"),
        ("frozen_account", True, "must be false"),
        ("fee_model", None, "a venue needs 'fee_model'"),
        ("modules", {"type": "x"}, "must be a list"),
    ],
)
def test_what_is_refused(key, value, rule):
    rules = problems(**{key: value})
    assert list(rules) == [f"venues.ARCA.{key}"]
    assert rule in rules[f"venues.ARCA.{key}"][0]


def test_an_unknown_key_has_a_remedy():
    rule, remedy = problems(bar_adaptive_high_low=True)["venues.ARCA.bar_adaptive_high_low"]
    assert rule == "a venue has no key 'bar_adaptive_high_low'"
    assert "'bar_adaptive_high_low_ordering'" in remedy


def test_all_mistakes_at_once():
    rules = problems(oms_typ="NETTING", account_type="MARGN", fill_model={"type": "ThreeTier", "random_seed": 1})
    assert set(rules) == {f"venues.ARCA.{k}" for k in ("oms_typ", "account_type", "fill_model.type")}


def test_a_venue_that_is_no_mapping():
    mistakes = []
    assert venues.build("ARCA", mistakes) is None
    assert [p.where for p in mistakes] == ["venues"]
