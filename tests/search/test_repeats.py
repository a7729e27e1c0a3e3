"""Settings that are run several times, from the spec to the leaderboard."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import sweep
from sweep.errors import InputError
from sweep.results.report import Report
from sweep.runner.plan import plan
from sweep.search.base import SearchMethod
from sweep.search.factory import search
from sweep.search.grid import Grid
from sweep.search.repeats import Repeated, settings_asked
from sweep.spec.objectives import Goal
from sweep.spec.reader import read
from sweep.spec.repeats import Repeat
from sweep.spec.space import Choice, Space
from sweep.trial import Proposal, Result, State
from tests.support import sweeps
from tests.support.commands import invoke, of

SEED = "venues.ARCA.fill_model.random_seed"
SPACE = {"strategy.buys": [10, 30]}
MOST = Goal((("pnl_total", "maximize"),))


def result(value: float) -> Result:
    return Result(State.COMPLETE, {"pnl_total": value})


class Listening(Grid):
    """A grid that remembers what it was told."""

    def __init__(self, space: Space) -> None:
        super().__init__(space)
        self.results: list[tuple[int, Any]] = []

    def learn(self, number: int, result: Result) -> None:
        self.results.append((number, result.metrics["pnl_total"]))


def repeated(window: int | None = None) -> tuple[Repeated, Listening]:
    grid = Listening(Space((Choice("tp", (1, 2, 3)),)))
    return Repeated(SearchMethod(grid, window=window), Repeat("seed", (7, 8, 9)), MOST), grid


def test_every_setting_is_asked_once_for_each_value():
    search, _ = repeated()
    proposals = list(iter(search.ask, None))
    assert [(p.number, p.params) for p in proposals[:4]] == [
        (0, {"tp": 1, "seed": 7}), (1, {"tp": 1, "seed": 8}), (2, {"tp": 1, "seed": 9}), (3, {"tp": 2, "seed": 7}),
    ]  # fmt: skip
    assert len(proposals) == 9


def test_the_search_is_told_of_the_one_in_the_middle_once_all_are_there():
    search, grid = repeated(window=1)
    first = [search.ask() for _ in range(3)]
    assert search.ask() is None  # with a window of one the next setting waits for all three
    for proposal, value in zip(first, (5.0, 1.0, 3.0), strict=True):
        assert proposal is not None
        search.tell(proposal.number, result(value))
    assert search.ask() is not None
    assert grid.results == [(0, 3.0)]


def test_what_was_asked_before_is_asked_again_by_settings():
    recorded = [
        Proposal(n, {"tp": n // 3, "seed": n % 3}, memo={"of": n // 3}) for n in range(4)
    ]  # one repeat of the second
    again = settings_asked(recorded, Repeat("seed", (0, 1, 2)))
    assert [(p.number, dict(p.params), p.memo) for p in again] == [(0, {"tp": 0}, {"of": 0}), (1, {"tp": 1}, {"of": 1})]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("data") / "catalog", minutes=2)


def content(catalog: str, values: Any = 5, score: Any = "median", **search: Any) -> dict[str, Any]:
    rules = {"space": SPACE, "repeat": {"over": SEED, "values": values, "score": score}} | search
    document = sweeps.spec(catalog, {}, search=rules)
    document["venues"][0]["fill_model"]["prob_slippage"] = 0.5
    return document


def go(place: Path, rules: dict[str, Any], **options: Any) -> Report:
    path = sweeps.write(place / "spec.yaml", rules)
    return sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False, **options)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, catalog: str) -> Report:
    return go(tmp_path_factory.mktemp("repeated"), content(catalog))


def by_hand(report: Report) -> dict[int, pd.DataFrame]:
    frame = report.frame()
    return {buys: group.sort_values("metrics.pnl_total") for buys, group in frame.groupby("params.strategy.buys")}


def test_each_repeat_is_a_trial_and_the_median_stands_for_the_setting(report: Report):
    frame = report.frame()
    assert len(frame) == 10
    assert frame["key"].is_unique
    assert sorted(frame[f"params.{SEED}"].unique()) == [0, 1, 2, 3, 4]
    middles = {group.iloc[2]["metrics.pnl_total"] for group in by_hand(report).values()}
    assert {row.metrics["pnl_total"] for row in report.leaders()} == middles
    assert report.best().metrics["pnl_total"] == max(middles)


def test_the_distribution_of_a_setting(report: Report):
    table = pd.read_parquet(report.folder.settings).set_index("params.strategy.buys")
    for buys, group in by_hand(report).items():
        pnl = group["metrics.pnl_total"]
        assert pnl.min() < pnl.max()
        assert table.loc[buys, "metrics.pnl_total.median"] == pnl.median()
        assert table.loc[buys, "metrics.pnl_total.spread"] == pytest.approx(pnl.std(ddof=0))
        assert table.loc[buys, "metrics.pnl_total.worst"] == pnl.min()


def test_it_is_shown(report: Report):
    output = invoke("show", report.id, *of(report)).stdout
    assert "pnl_total over the repeats of a setting" in output
    document = json.loads(invoke("show", report.id, "--json", *of(report)).stdout)
    first = document["settings"][0]
    assert first["trial"] == document["leaders"][0]["number"]
    assert len(first["trials"]) == 5
    assert set(first["metrics"]["pnl_total"]) == {"median", "spread", "worst"}


def test_the_verdict_counts_settings(report: Report):
    assert "2 trials" in report.verdict().sentence


def test_a_run_again_runs_nothing_and_an_extension_only_what_is_new(tmp_path: Path, catalog: str):
    first = go(tmp_path, content(catalog, 3))
    assert first.count() == {"COMPLETE": 6}
    begun = set(first.frame()["started"])
    assert set(go(tmp_path, content(catalog, 3)).frame()["started"]) == begun
    wider = go(tmp_path, content(catalog, 3, space={"strategy.buys": [10, 30, 50]}))
    assert wider.id == first.id
    assert wider.count() == {"COMPLETE": 9}
    assert begun < set(wider.frame()["started"])


@pytest.mark.parametrize(("score", "place"), [(0, 0), (0.25, 1), (1, 4)])
def test_another_share_than_the_median(tmp_path: Path, catalog: str, score: float, place: int):
    report = go(tmp_path, content(catalog, score=score))
    chosen = {group.iloc[place]["metrics.pnl_total"] for group in by_hand(report).values()}
    assert {row.metrics["pnl_total"] for row in report.leaders()} == chosen


def test_a_study_learns_from_settings_and_goes_on_after_a_crash(tmp_path: Path, catalog: str):
    space = {"strategy.buys": {"low": 1, "high": 40}}
    study = {"method": "optuna", "trials": 6, "window": 2, "startup_trials": 2, "space": space}
    for name in "ab":
        (tmp_path / name).mkdir()
    whole = go(tmp_path / "a", content(catalog, 3, **study))
    assert whole.count() == {"COMPLETE": 18}
    ended = 0

    def stop(tally: Any) -> None:
        nonlocal ended
        ended = tally.ended
        if tally.ended >= 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "b", content(catalog, 3, **study), watch=stop)
    assert ended == 8
    again = go(tmp_path / "b", content(catalog, 3, **study))
    assert sweeps.record(again.folder) == sweeps.record(whole.folder)


def refused(catalog: str, **changes: Any) -> dict[str, str]:
    document = content(catalog)
    document["search"] |= {k: v for k, v in changes.items() if k != "repeat"}
    document["search"]["repeat"] |= changes.get("repeat", {})
    with pytest.raises(InputError) as caught:
        plan(yaml.safe_dump(document))
    return {p.where: p.rule for p in caught.value.problems}


@pytest.mark.parametrize(
    ("changes", "where", "message"),
    [
        ({"repeat": {"over": "venues.ARCA.fil_model.random_seed"}}, "search.repeat.over", "addresses nothing"),
        ({"repeat": {"values": 1}}, "search.repeat.values", "at least"),
        ({"repeat": {"values": [1, 1]}}, "search.repeat.values", "must differ"),
        ({"repeat": {"values": ["x", "y"]}}, f"search.space.{SEED}", "whole number"),
        ({"repeat": {"score": 2}}, "search.repeat.score", "less than or equal to 1"),
        ({"space": {"strategy.buys": [1], SEED: [1, 2]}}, "search.repeat.over", "same value"),
        ({"pruner": {"type": "median", "rungs": [0.5]}}, "search.pruner", "does not go with repeat"),
    ],
)
def test_what_is_refused(catalog: str, changes: dict[str, Any], where: str, message: str):
    assert message in refused(catalog, **changes)[where]


def test_a_spec_without_repeats_is_what_it_was(catalog: str):
    draft = read(yaml.safe_dump(sweeps.spec(catalog, SPACE)))
    assert draft.spec is not None
    assert draft.spec.sequence == {}
    assert isinstance(search(draft.spec), SearchMethod)
    assert "repeat" not in plan(yaml.safe_dump(sweeps.spec(catalog, SPACE))).yaml()
