"""Shares of a portfolio as parameters, from the check of a spec to the results of its trials."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import sweep
from sweep.errors import InputError
from sweep.ledger.run_directory import Folder
from sweep.runner.plan import plan
from sweep.runner.planning.lots import with_lots
from sweep.spec.model import resolve
from sweep.spec.reader import read
from tests.support import markets, sweeps
from tests.support.commands import invoke

HERE = "tests.support.portfolio"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("catalog") / "data", minutes=2)


def turning(name: str, size: int, every: int, **config: Any) -> dict[str, Any]:
    config = {"instrument_id": "SPY.ARCA", "trade_size": size, "every": every} | config
    return {"name": name, "path": f"{HERE}:Turning", "config": config}


def spec(catalog: str, space: dict[str, Any], sizes: tuple[int, int] = (40, 60), **more: Any) -> dict[str, Any]:
    both = [turning("fast", sizes[0], 10), turning("slow", sizes[1], 30)]
    content = sweeps.spec(catalog, space) | {"strategies": both} | more
    del content["strategy"]
    return content


def test_shares_are_the_sizes_of_trials_and_one_key_each(catalog: str, tmp_path: Path):
    space = {"portfolio.weights.fast": [0, 1, 2], "portfolio.weights.slow": [1, 2]}
    weighted = spec(catalog, space, portfolio={"weights": {"fast": 1, "slow": 1}})
    report = sweep.run(
        sweeps.write(tmp_path / "spec.yaml", weighted), runs_dir=tmp_path / "runs", executor="inline", tracking=False
    )
    with report.folder.open() as ledger:
        rows = {tuple(row.params.values()): row for row in ledger.rows()}
    one, none = rows[1, 1], rows[0, 1]
    # the halves of 40 and 60 shares: 20 and 30; proportional weights, (2, 2) and (0, 2), are the same backtests
    same = plan(yaml.safe_dump(spec(catalog, {}, (20, 30)), sort_keys=False))
    assert one.key == same.key({})
    without = spec(catalog, {}, (40, 60))
    without["strategies"][0]["enabled"] = False
    assert none.key == plan(yaml.safe_dump(without, sort_keys=False)).key({})
    assert list(rows) == [(0, 1), (1, 1), (1, 2), (2, 1)]
    assert none.metrics["strategies.slow.trades"] == one.metrics["strategies.slow.trades"] > 0
    assert none.metrics["strategies.slow.fees"] == pytest.approx(2 * one.metrics["strategies.slow.fees"])
    assert "strategies.fast.fees" not in none.metrics
    word = "strategies.fast is switched off: its share of the portfolio is less than a lot"
    assert [w for w in none.warnings if "portfolio" in w] == [word]
    assert not [w for w in one.warnings if "portfolio" in w]


def test_every_mistake_at_once_and_each_remedy_helps(catalog: str):
    bad = spec(catalog, {"portfolio.weights.fast": [1, -1]}, portfolio={"weights": {"fast": 1, "slwo": 2}})
    bad["strategies"].append(turning("third", 0, 5))
    with pytest.raises(InputError) as refused:
        plan(yaml.safe_dump(bad, sort_keys=False))
    remedies = {(p.where, p.rule): p.remedy for p in refused.value.problems}
    assert remedies.keys() == {
        ("portfolio.weights.slwo", "is no strategy of this backtest"),
        ("portfolio.weights", "has no weight of slow"),
        ("portfolio.weights", "has no weight of third"),
        ("search.space.portfolio.weights.fast", "must be a number, at least 0"),
        ("strategies.third.config.trade_size", "must be a size greater than 0, which the portfolio divides"),
    }
    assert "'slow'" in remedies["portfolio.weights.slwo", "is no strategy of this backtest"]
    divided = bad | {"validation": {"lockbox": "1d"}}  # what divides the period resolves the spec too
    with pytest.raises(InputError) as refused:
        plan(yaml.safe_dump(divided, sort_keys=False))
    assert {(p.where, p.rule) for p in refused.value.problems} >= remedies.keys()
    good = spec(catalog, {"portfolio.weights.fast": [1, 0]}, portfolio={"weights": {"fast": 1, "slow": 2, "third": 0}})
    good["strategies"].append(turning("third", 1, 5))
    plan(yaml.safe_dump(good, sort_keys=False))


def test_an_empty_section_is_equal_shares_in_lots(catalog: str):
    empty, halves = (
        spec(catalog, {}, sizes, **more) for sizes, more in (((41, 60), {"portfolio": {}}), ((20, 30), {}))
    )
    for content in (empty, halves):
        content["strategies"] = [
            s | {"config": s["config"] | {"trade_size": str(s["config"]["trade_size"])}} for s in content["strategies"]
        ]
    drafts = [read(yaml.safe_dump(content, sort_keys=False)) for content in (empty, halves)]
    sized, written = (resolve(with_lots(draft).backtest, {}) for draft in drafts)
    assert sized == written


def test_what_is_malformed_hides_no_other_mistake(catalog: str):
    weights = {"fast": -1, "slwo": 2, "slow": "much"}
    bad = spec(catalog, {}, portfolio={"weights": weights, "siz": "x", "size": "lots"})
    bad["strategies"].append(turning("third", 1, 5, instrument_id="QQQ.ARCA"))
    with pytest.raises(InputError) as refused:
        plan(yaml.safe_dump(bad, sort_keys=False))
    assert sorted((p.where, p.rule.partition(",")[0]) for p in refused.value.problems) == [
        ("portfolio.siz", "is not a key here"),
        ("portfolio.weights", "has no weight of third"),
        ("portfolio.weights.fast", "must be at least 0.0"),
        ("portfolio.weights.slow", "must be a number"),
        ("portfolio.weights.slwo", "is no strategy of this backtest"),
        *((f"strategies.{name}.config", "has no lots") for name in ("fast", "slow", "third")),
        ("strategies.third.config", "names no instrument of `data`"),
    ]


@pytest.mark.parametrize(
    ("portfolio", "where", "rule"),
    [
        ({"weights": {"fast": -1, "slow": 1}}, "portfolio.weights.fast", "must be at least 0"),
        ({"weights": {"fast": "much", "slow": 1}}, "portfolio.weights.fast", "must be a number"),
        ({"weights": [1, 2]}, "portfolio.weights", "must be 'equal'"),
        ({"weights": "equl"}, "portfolio.weights", "must be 'equal'"),
        ({"weights": {"fast": 0, "slow": 0}}, "portfolio.weights", "greater than 0"),
        ({"wieghts": "equal"}, "portfolio.wieghts", "is not a key here"),
        ({"size": "lots"}, "strategies.fast.config", "has no lots"),
    ],
)
def test_a_mistake_in_the_section(catalog: str, portfolio: dict[str, Any], where: str, rule: str):
    with pytest.raises(InputError) as refused:
        plan(yaml.safe_dump(spec(catalog, {}, portfolio=portfolio), sort_keys=False))
    assert any(p.where == where and rule in p.rule for p in refused.value.problems), refused.value.problems


def test_a_weight_of_no_mapping_addresses_nothing(catalog: str):
    with pytest.raises(InputError) as refused:
        plan(yaml.safe_dump(spec(catalog, {"portfolio.weights.fast": [1, 2]}, portfolio={"weights": "equal"})))
    (problem,) = refused.value.problems
    assert problem.where == "search.space.portfolio.weights.fast"
    assert problem.rule == "addresses nothing: there is no 'fast' in portfolio.weights"


@pytest.fixture(scope="module")
def rising(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Six sessions of two stocks; SPY moves by 1 % a day up and down, QQQ by 2 %; the last two days by much more."""
    return catalog_of(tmp_path_factory.mktemp("rising"), last=(150, 80))


def catalog_of(place: Path, last: tuple[float, float]) -> str:
    instruments = [markets.equity(name) for name in ("SPY.ARCA", "QQQ.ARCA")]
    closes = {"SPY.ARCA": (100, 101, 99.99, 100.99, *last), "QQQ.ARCA": (100, 102, 99.96, 101.96, *last)}
    starts = [markets.ns(f"2026-05-{day:02d}T13:30:00") for day in (4, 5, 6, 7, 8, 11)]
    quotes = [
        quote
        for instrument in instruments
        for start, close in zip(starts, closes[str(instrument.id)], strict=True)
        for quote in markets.quotes(
            instrument, [(start + n * markets.SECOND, close - 0.5, close + 0.5) for n in range(60)]
        )
    ]
    return markets.write(place, instruments, quotes=quotes)


def volatile(catalog: str, **more: Any) -> dict[str, Any]:
    both = [turning("spy", 90, 10), turning("qqq", 90, 10, instrument_id="QQQ.ARCA")]
    content = spec(catalog, {"strategies.*.every": [5, 10]}, **more)
    portfolio = {"weights": "inverse_volatility", "lookback": "3d"}
    data = [{"type": "QuoteTick", "instruments": ["SPY.ARCA", "QQQ.ARCA"]}]
    period = {"start": "2026-05-08", "end": "2026-05-12"}
    return content | {"strategies": both, "portfolio": portfolio, "data": data, "period": period} | more


def planned(content: dict[str, Any]) -> Any:
    return plan(yaml.safe_dump(content, sort_keys=False))


def sizes_of(whole: Any) -> list[int]:
    return [s["config"]["trade_size"] for s in resolve(whole.base, {})["strategies"]]


def test_sizes_by_volatility_come_from_the_days_before_the_start_alone(rising: str, tmp_path: Path):
    # three returns each: SPY 1 %, -1 %, 1 %, QQQ 2 %, -2 %, 2 % (nearly): 2 : 1, so 60 and 30 of 90
    before = planned(volatile(rising))
    other = planned(volatile(catalog_of(tmp_path / "other", last=(10, 900))))
    assert sizes_of(before) == sizes_of(other) == [60, 29]
    assert resolve(before.base, {}).keys().isdisjoint({"closes", "lots", "portfolio"})


def test_a_lock_box_looks_back_from_its_own_start(rising: str):
    early = volatile(rising, validation={"lockbox": "1d"}, period={"start": "2026-05-07", "end": "2026-05-12"})
    early["portfolio"] = {"weights": "inverse_volatility", "lookback": "2d"}
    whole = planned(early)
    assert sizes_of(whole) == [60, 30]
    late = whole.on(whole.parts.lockbox)
    # from 7 to 8 May: SPY +1.00 % and +48.53 %, QQQ +2.00 % and +47.12 %; so 31.91 % : 33.61 %
    assert (late.base["period"]["start"][:10], sizes_of(late)) == ("2026-05-09", [43, 46])


def test_each_part_of_a_walk_forward_looks_back_from_its_own_start(rising: str, tmp_path: Path):
    walk = {"walk_forward": {"train": "2d", "test": "1d"}}
    content = {"validation": walk, "period": {"start": "2026-05-07", "end": "2026-05-12"}}
    content["portfolio"] = {"weights": "inverse_volatility", "lookback": "2d"}
    sizes: list[list[tuple[str, list[int]]]] = []
    for catalog in (rising, catalog_of(tmp_path / "other", last=(10, 900))):  # other prices on 8 and 11 May
        whole = planned(volatile(catalog, **content))
        (window,) = whole.parts.windows
        parts = [whole.on(part) for part in (window.train, window.test)]
        sizes.append([(part.base["period"]["start"][:10], sizes_of(part)) for part in parts])
    # Until 6 May SPY moved by 1 %, QQQ by 2 %; from 7 to 8 May as in the lock-box above.
    assert sizes[0] == [("2026-05-07", [60, 30]), ("2026-05-09", [43, 46])]
    assert sizes[1][0] == sizes[0][0], "prices of the days of a window must not count"
    assert sizes[1][1] != sizes[0][1]


def test_too_few_days_before_the_start_are_refused(rising: str):
    with pytest.raises(InputError) as caught:
        planned(volatile(rising, portfolio={"weights": "inverse_volatility", "lookback": "9d"}))
    assert [(p.where, p.rule.partition(" before ")[0]) for p in caught.value.problems] == [
        ("portfolio.lookback", "needs 9 daily returns of SPY.ARCA"),
        ("portfolio.lookback", "needs 9 daily returns of QQQ.ARCA"),
    ]
    assert all(p.line and p.rule.endswith("the catalog has 3") for p in caught.value.problems)
    planned(volatile(rising, portfolio={"weights": "inverse_volatility", "lookback": "3d"}))  # the remedy


def test_an_inverse_volatility_sweep_runs_and_goes_on_in_the_same_sweep(rising: str, tmp_path: Path):
    path = sweeps.write(tmp_path / "spec.yaml", volatile(rising))
    options = {"runs_dir": tmp_path / "runs", "executor": "inline", "tracking": False}
    first, second = sweep.run(path, **options), sweep.run(path, **options)
    assert first.id == second.id
    with first.folder.open() as ledger:
        assert [row.state for row in ledger.rows()] == ["COMPLETE", "COMPLETE"]
    again = sweep.replay(first.folder.path, 0)
    assert again.identical


def test_a_single_backtest_shows_the_sizes_of_the_sweep(catalog: str, tmp_path: Path):
    weighted = spec(catalog, {"portfolio.weights.fast": [1, 3]}, portfolio={"weights": {"fast": 1, "slow": 2}})
    path = sweeps.write(tmp_path / "spec.yaml", weighted)
    options = ("--out", tmp_path / "out", "--no-tracking")
    output = invoke("backtest", path, *options).stdout  # 40 / 3 = 13.3, and two thirds of 60
    assert "fast 13, slow 40" in output
    output = invoke("backtest", path, "--set", "portfolio.weights.fast=3", *options).stdout
    assert "fast 24, slow 24" in output
    with Folder(tmp_path / "out").open() as ledger:
        assert next(iter(ledger.rows())).key == plan(path).key({"portfolio.weights.fast": 3})
