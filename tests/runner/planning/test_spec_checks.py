"""Mistakes that follow from another mistake, or that cannot be judged yet, are not told."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sweep.errors import InputError
from sweep.runner.plan import plan, without_data
from sweep.runner.planning import spec_checks
from sweep.spec.constraints.constraint import Constraint
from tests.support import sweeps
from tests.support.portfolio_specs import component, spec


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("catalog") / "data", minutes=1)


def problems(whole: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        plan(yaml.safe_dump(whole, sort_keys=False))
    return [(p.where, p.rule) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"path": None, "config_path": None}, "strategies.0.path"),
        ({"path": "no path"}, "strategies.0.path"),
        ({"native": "EmaCross"}, "strategies.0.native"),
        ({"name": "with trend"}, "strategies.0.name"),
        ({"enabled": "yes"}, "strategies.0.enabled"),
        ({"confg": {}}, "strategies.0.confg"),
        ({"config": [1]}, "strategies.0.config"),
    ],
)
def test_a_mistake_of_form_in_a_strategy_is_the_only_one(catalog: str, change: dict[str, Any], where: str):
    whole = spec(catalog, {}, [component("a", "Turning") | change, component("b", "Turning")])
    assert [place for place, _ in problems(whole)] == [where]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"data": [{"type": "Quotes", "instruments": ["SPY.ARCA"]}]}, "data.0.type"),
        ({"data": [{"type": "QuoteTick"}]}, "data.0"),
        ({"data": "QuoteTick"}, "data"),
        ({"data": [{"type": ["QuoteTick"], "instruments": ["SPY.ARCA"]}]}, "data.0.type"),
        ({"catalog": "no_such_catalog"}, "catalog"),
    ],
)
def test_a_mistake_in_the_data_of_a_portfolio_is_the_only_one(catalog: str, change: dict[str, Any], where: str):
    spy = {"instrument_id": "SPY.ARCA", "trade_size": 10}
    whole = spec(catalog, {}, [component("a", "Turning", **spy), component("b", "Turning", **spy)]) | {"portfolio": {}}
    assert [place for place, _ in problems(whole | change)] == [where]


@pytest.mark.parametrize(
    ("change", "where", "rule"),
    [
        ({"risk": {"max_position": 0}}, "risk.max_position", "must be greater than 0"),
        ({"risk": {"max_position": {"SPY.ARCA": -1}}}, "risk.max_position.SPY.ARCA", "must be greater than 0"),
        ({"risk": {"max_position": {"SPI.ARCA": 1}}}, "risk.max_position.SPI.ARCA", "is no instrument of `data`"),
        (
            {"risk": {"strategies": {"b": {"max_position": {"SPI.ARCA": 1}}}}},
            "risk.strategies.b.max_position.SPI.ARCA", "is no instrument of `data`",
        ),
        ({"portfolio": {"weights": {"a": float("inf"), "b": 1}}}, "portfolio.weights.a", "must be a finite number"),
        (
            {"search": {"space": {"strategies.*.enabled": [True], "strategies.a.enabled": [True]}}},
            "search.space.strategies.a.enabled", "addresses the same value as strategies.*.enabled",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_limit_a_weight_or_a_wildcard_is_the_only_one(
    catalog: str, change: dict[str, Any], where: str, rule: str
):
    spy = {"instrument_id": "SPY.ARCA", "trade_size": 10}
    whole = spec(catalog, {}, [component("a", "Turning", **spy), component("b", "Turning", **spy)]) | change
    assert problems(whole) == [(where, rule)]


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({"instrument_id": "SPY.ARCA", "trade_size": "many"}, "strategies.a.config.trade_size"),
        ({"instrument_id": 5, "trade_size": 10}, "strategies.a.config.instrument_id"),
        ({"instrument_id": "SPY", "trade_size": 10}, "strategies.a.config.instrument_id"),
        ({"instrument_id": "SPY.ARCA"}, "strategies.a.config"),
        ({"instrument_id": "SPI.ARCA", "trade_size": 10}, "strategies.a.config"),
    ],
)
def test_a_mistake_in_the_config_of_a_portfolio_s_strategy_is_the_only_one(
    catalog: str, config: dict[str, Any], where: str
):
    good = component("b", "Turning", instrument_id="SPY.ARCA", trade_size=10)
    whole = spec(catalog, {}, [component("a", "Turning", **config), good]) | {"portfolio": {}}
    assert [place for place, _ in problems(whole)] == [where]


def test_strategies_that_are_all_switched_off_are_a_mistake(catalog: str):
    whole = spec(catalog, {}, [component("a", "Turning") | {"enabled": False}])
    assert problems(whole) == [("strategies", "a backtest needs a strategy, and none is switched on")]


HOLDER = """
from nautilus_trader.model import Equity
from nautilus_trader.trading import Strategy

class Holder(Strategy):
    def __init__(self, instrument: Equity) -> None:
        super().__init__(None)
"""


def test_an_instrument_is_judged_where_the_catalog_is(catalog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "holder_of_instruments.py").write_text(HOLDER)
    monkeypatch.syspath_prepend(str(tmp_path))
    strategy = {"path": "holder_of_instruments:Holder", "config": {"instrument": "SPY.ARCA"}}
    whole = sweeps.spec(catalog, {}) | {"strategy": strategy}
    plan(yaml.safe_dump(whole, sort_keys=False))
    elsewhere = whole | {"catalog": str(tmp_path / "only on the cluster")}
    assert without_data(yaml.safe_dump(elsewhere, sort_keys=False))[1] == []
    elsewhere["strategy"] = strategy | {"config": {"instrument": "SPI.ARCA"}}
    (problem,) = without_data(yaml.safe_dump(elsewhere, sort_keys=False))[1]
    assert problem.where == "strategy.config.instrument"


def test_the_work_grows_with_the_mistakes_and_not_with_their_square(catalog: str, monkeypatch: pytest.MonkeyPatch):
    """45,000 values that are in a list twice took minutes."""
    places = list[str]()
    real = spec_checks._place
    monkeypatch.setattr(spec_checks, "_place", lambda where, draft: places.append(where) or real(where, draft))
    whole = spec(catalog, {}, [component("a", "Turning")]) | {"search": {"space": {"strategies.a.x": [1] * 400}}}
    assert len(problems(whole)) >= 399
    assert len(places) < 4 * 400


def test_values_that_few_points_have_are_checked_beside_the_first_one(catalog: str, monkeypatch: pytest.MonkeyPatch):
    """For each of 128 values a point was looked for that the constraint admits: 220,000 expressions, for 15 s."""
    computed: list[object] = []
    compute = Constraint.compute
    monkeypatch.setattr(Constraint, "compute", lambda self, values: computed.append(1) or compute(self, values))
    many = {"low": 1, "high": 10_000, "step": 1}
    whole = sweeps.spec(catalog, {"strategy.buys": many, "strategy.pause": many})
    whole["search"]["constraints"] = ["(strategy.buys * 7919 + strategy.pause * 31) % 2003 == 3"]
    assert plan(yaml.safe_dump(whole)).spec.space.first()
    assert len(computed) < 60_000


def test_a_value_that_is_wrong_in_all_points_that_constraints_admit_is_reported(catalog: str):
    whole = sweeps.spec(catalog, {"strategy.buys": [1, 2, "many"], "strategy.pause": [1.0, 2.0]})
    whole["search"]["constraints"] = ["buys == 1 or pause == 2.0"]
    (problem,) = problems(whole)
    assert problem[0] == "search.space.strategy.buys"


def test_progress_is_told_where_checks_take_long(catalog: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spec_checks, "SOON", -1.0)
    monkeypatch.setattr(spec_checks, "AGAIN", 0.0)
    whole = sweeps.spec(catalog, {"strategy.buys": [1, 2], "strategy.pause": [1.0, 2.0]})
    lines: list[str] = []
    plan(yaml.safe_dump(whole), say=lines.append)
    assert lines == [
        "  checking the values of 1 of 2 parameters: strategy.buys …",
        "  checking the values of 2 of 2 parameters: strategy.pause …",
    ]
