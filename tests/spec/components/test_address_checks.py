"""Parameters of components that address nothing, something switched off or the same twice; wildcards by the classes."""

from typing import Any

import pytest
import yaml

from sweep.errors import InputError
from sweep.runner.plan import plan
from sweep.spec.reader import read
from tests.support import sweeps
from tests.support.portfolio_specs import component, spec

TWO = [component("fast", "Turning", every=5), component("follow", "Follower")]
ACTORS = [component("regime", "Regime")]


def problems(space: dict[str, Any], strategies: list[Any] = TWO, **sections: Any) -> list[tuple[str, str, str]]:
    """(place, rule, remedy) of each mistake of a spec that reads no data."""
    draft = read(yaml.safe_dump(spec("data", space, strategies, **sections), sort_keys=False))
    return [(p.where, p.rule, p.remedy) for p in draft.problems]


@pytest.mark.parametrize(
    "name",
    ["strategies.fast.every", "strategies.fast.config.trade_size", "strategies.*.every"],
)
def test_a_parameter_of_a_component_is_found(name):
    assert problems({name: [1, 2]}) == []


@pytest.mark.parametrize(
    ("name", "rule", "remedy"),
    [
        ("strategies.fst.every", "addresses nothing: there is no 'fst' in strategies", "did you mean 'fast'?"),
        ("strategy.every", "addresses nothing: there is no 'strategy' in the backtest", "did you mean 'strategies'?"),
        ("actors.regime.window", "addresses nothing: there is no 'actors' in the backtest", ""),
        (
            "engine.risk_engine.max_order_submit_rate",
            "addresses nothing: there is no 'engine' in the backtest",
            "give it a value in the spec, which the search replaces: engine: {risk_engine: {max_order_submit_rate: …}}",
        ),
        ("actors.*.window", "addresses nothing: the spec has no 'actors'", ""),
    ],
)
def test_a_parameter_that_addresses_nothing(name, rule, remedy):
    ((where, actual, helps),) = problems({name: [1, 2]})
    assert (where, actual) == (f"search.space.{name}", rule)
    assert remedy in helps


def test_a_parameter_of_a_component_that_is_switched_off_is_refused_unless_a_trial_has_it():
    off = [TWO[0], TWO[1] | {"enabled": False}]
    ((where, rule, remedy),) = problems({"strategies.follow.trade_size": [1, 2]}, off)
    assert (where, rule) == (
        "search.space.strategies.follow.trade_size", "addresses a component that is switched off: strategies.follow",
    )  # fmt: skip
    assert remedy.startswith("write strategies.follow.enabled: true")
    assert problems({"strategies.follow.trade_size": [1, 2], "strategies.follow.enabled": [False, True]}, off) == []
    assert problems({"strategies.follow.trade_size": [1, 2]}, TWO) == []


@pytest.mark.parametrize("name", ["strategies.follow.enabled", "strategies.*.enabled", "controller.enabled"])
def test_a_switch_is_true_or_false(name):
    boss = {"controller": {"path": "tests.support.portfolio:Boss"}}
    assert problems({name: [True, False]}, **boss) == []
    text = problems({name: [True, "false", 0]}, **boss)
    assert text == [(f"search.space.{name}", "must be true or false", "")] * 2
    (span,) = problems({name: {"low": 0, "high": 1, "step": 1}}, **boss)
    assert span[:2] == (f"search.space.{name}", "must be true or false")


def test_a_parameter_of_a_config_may_be_named_like_a_field():
    assert problems({"strategies.fast.config.enabled": [1, 2], "strategies.fast.config.name": ["a", "b"]}) == []


def test_a_name_is_no_parameter():
    ((where, rule, _),) = problems({"strategies.fast.name": ["a", "b"]})
    assert (where, rule) == ("search.space.strategies.fast.name", "is no parameter: results name a component by it")


def test_the_same_value_by_two_names():
    ((where, rule, _),) = problems({"strategies.fast.every": [1, 2], "strategies.0.every": [3]})
    assert (where, rule) == ("search.space.strategies.0.every", "addresses the same value as strategies.fast.every")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tiny catalog."""
    return sweeps.catalog(tmp_path_factory.mktemp("catalog"), minutes=1)


def planned(catalog: str, space: dict[str, Any], strategies: list[Any] = TWO, **sections: Any) -> Any:
    return plan(yaml.safe_dump(spec(catalog, space, strategies, **sections), sort_keys=False))


def test_a_wildcard_reaches_all_whose_class_has_the_parameter(catalog):
    # `trade_size` is in no config of the spec: the classes of both have it; only that of `fast` has `every`
    base = planned(catalog, {"strategies.*.trade_size": [1, 2], "strategies.*.every": [5, 6]}, actors=ACTORS).base
    assert base["wildcards"] == {"strategies.*.trade_size": ["fast", "follow"], "strategies.*.every": ["fast"]}


def test_a_wildcard_changes_neither_id_nor_key(catalog):
    plain = planned(catalog, {"strategies.fast.every": [5, 6]}, actors=ACTORS)
    wild = planned(catalog, {"strategies.*.every": [5, 6]}, actors=ACTORS)
    assert wild.id == plain.id
    assert wild.key({"strategies.*.every": 6}) == plain.key({"strategies.fast.every": 6})


@pytest.mark.parametrize(
    ("space", "rule", "remedy"),
    [
        ({"strategies.*.evry": [1, 2]}, "addresses nothing: no strategy has 'evry'", "did you mean 'every'?"),
        (
            {"strategies.*.trade_size": [1, 2], "strategies.follow.trade_size": [3]},
            "addresses the same value as strategies.follow.trade_size",
            "keep one of them",
        ),
    ],
)
def test_a_wildcard_that_reaches_nothing_or_the_same(catalog, space, rule, remedy):
    with pytest.raises(InputError) as caught:
        planned(catalog, space, actors=ACTORS)
    assert [(p.rule, p.remedy) for p in caught.value.problems] == [(rule, remedy)]
