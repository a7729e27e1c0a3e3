"""Whole studies, with an engine, from the spec to the ledger."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sweep
from sweep.catalog.demo import writer
from sweep.results.report import Report
from sweep.runner.control.progress import Progress
from sweep.runner.plan import plan
from sweep.trial import State
from tests.support import sweeps
from tests.support.effort import repeats

SPACE = {
    "strategy.buys": {"low": 1, "high": 40},
    "venues.ARCA.fee_model.commission": ["0.01 USD", "0.50 USD"],
}
PRUNER = {"type": "asha", "rungs": [0.5], "reduction_factor": 2}
STUDY = {"method": "optuna", "trials": 14, "window": 3, "startup_trials": 4, "pruner": PRUNER, "space": SPACE}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("data") / "catalog", minutes=2)


type Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, catalog: str) -> Write:
    """Writes the study, with keys of its search replaced or, as None, taken out; other sections as given."""

    def write(sections: dict[str, Any] | None = None, **search: Any) -> Path:
        rules = {key: value for key, value in (STUDY | search).items() if value is not None}
        content = sweeps.spec(catalog, {}, search=rules, **(sections or {}))
        return sweeps.write(tmp_path / "spec.yaml", content)

    return write


def go(spec: Path, runs: str = "runs", executor: Any = "inline", **options: Any) -> Report:
    return sweep.run(spec, runs_dir=spec.parent / runs, executor=executor, tracking=False, **options)


def record(report: Report) -> tuple[list[Any], list[Any]]:
    return sweeps.record(report.folder)


class Killed(BaseException):
    pass


def test_the_same_study_on_ray_and_after_kills(write: Write):
    spec = write()
    whole = go(spec)
    assert whole.count()["PRUNED"] >= 2
    assert whole.count()["COMPLETE"] >= 3
    expected = record(whole)
    assert [ask for ask, *_ in expected[1]] == list(range(14))

    def killing(tally: Progress) -> None:
        if tally.ended >= 2:
            raise Killed

    for _ in range(repeats(5, quick=2)):
        with pytest.raises(Killed):
            go(spec, "killed", watch=killing)
    assert record(go(spec, "killed")) == expected
    assert record(go(spec, "ray", "ray", workers=2)) == expected


def test_a_point_that_is_known_is_told_and_not_run_again(write: Write):
    report = go(write(trials=20, space=SPACE | {"strategy.buys": [1, 2, 3]}))
    trials, asks = record(report)
    assert len(trials) <= 6
    assert len(asks) == 20
    assert {number for _, number, *_ in asks} == {number for number, *_ in trials}
    with report.folder.open() as ledger:
        assert {row.attempt for row in ledger.rows()} == {1}


def test_a_study_is_extended_and_not_another_one(write: Write):
    short = go(write(trials=6))
    before = record(short)
    longer = go(write(trials=9))
    assert longer.id == short.id
    trials, asks = record(longer)
    assert asks[:6] == before[1]
    assert len(asks) == 9
    assert trials[: len(before[0])] == before[0]


def test_what_fixes_the_sequence_makes_another_study(write: Write):
    same = plan(write()).id
    assert plan(write(trials=99, stop={"no_improvement": 3})).id == same
    assert plan(write(pruner=PRUNER | {"type": "none"})).id == plan(write(pruner=None)).id != same
    changed = [
        {"seed": 1}, {"window": 4}, {"sampler": "random", "startup_trials": None}, {"startup_trials": 5},
        {"sampler_options": {"n_ei_candidates": 9}}, {"pruner": None}, {"pruner": PRUNER | {"reduction_factor": 3}},
        {"constraints": ["buys < 30"]}, {"metric_constraints": ["trades >= 0"]}, {"enqueue": [{"strategy.buys": 7}]},
        {"space": SPACE | {"strategy.buys": {"low": 1, "high": 41}}},
        {"space": dict(reversed(SPACE.items()))},
    ]  # fmt: skip
    ids = [plan(write(**search)).id for search in changed]
    ids.append(plan(write({"objective": {"metric": "fees", "direction": "minimize"}})).id)
    assert len({same, *ids}) == len(changed) + 2


def test_a_grid_keeps_its_id_and_one_with_a_pruner_has_its_own(write: Write):
    def grid(buys: list[int], **search: Any) -> str:
        without = dict.fromkeys(("trials", "window", "startup_trials", "pruner"))
        return plan(write(method="grid", **without | {"space": {"strategy.buys": buys}} | search)).id

    assert grid([1, 2]) == grid([1, 2, 3])
    assert grid([1, 2], pruner=PRUNER) != grid([1, 2])
    assert grid([1, 2], pruner=PRUNER) != grid([1, 2, 3], pruner=PRUNER)


def test_a_grid_is_pruned_too(write: Write):
    report = go(write(method="grid", trials=None, startup_trials=None, space={"strategy.buys": [1, 2, 3, 7, 8, 9]}))
    with report.folder.open() as ledger:
        asks = ledger.asks()
    assert report.count() == {"COMPLETE": 3, "PRUNED": 3}
    assert [p.params["strategy.buys"] for p in asks] == [1, 2, 3, 7, 8, 9]
    assert all(p.rungs[0].lower is None for p in asks[:3])  # the window of three: nothing is known yet
    assert all(p.rungs[0].lower is not None for p in asks[3:])


def test_a_pruned_trial_is_in_the_table_and_never_a_leader(write: Write):
    report = go(write())
    table = pd.read_parquet(report.folder.trials)
    pruned = table[table["state"] == "PRUNED"]
    assert (pruned["rung"] == 1).all()
    assert table[table["state"] == "COMPLETE"]["rung"].isna().all()
    assert pruned["metrics.pnl_total"].notna().all()
    leaders = report.leaders(99)
    assert {row.state for row in leaders} == {State.COMPLETE}
    assert len(leaders) == report.count()["COMPLETE"]


def test_it_begins_where_it_is_told_to_and_keeps_constraints(write: Write):
    start = {"strategy.buys": 31, "venues.ARCA.fee_model.commission": "0.50 USD"}
    report = go(write(enqueue=[start, {"strategy.buys": 3}], constraints=["buys % 2 == 1"], trials=8))
    with report.folder.open() as ledger:
        asks = ledger.asks()
    assert dict(asks[0].params) == start
    assert asks[1].params["strategy.buys"] == 3
    assert {p.params["strategy.buys"] % 2 for p in asks} == {1}  # type: ignore[operator]


def test_several_objectives_and_bounds(write: Write):
    objectives = [{"metric": "pnl_total", "direction": "maximize"}, {"metric": "fees", "direction": "maximize"}]
    bound = "fees <= 20"
    spec = write({"objective": objectives, "prefer": ["fees"]}, pruner=None, metric_constraints=[bound], trials=16)
    report = go(spec)
    with report.folder.open() as ledger:
        figures = [(row.metrics["pnl_total"], row.metrics["fees"], row.number) for row in ledger.rows()]
    allowed = [(p, f, n) for p, f, n in figures if f <= 20]  # type: ignore[operator]
    front = {n for p, f, n in allowed if not any(a >= p and b >= f and (a, b) != (p, f) for a, b, _ in allowed)}  # type: ignore[operator]
    assert {row.number for row in report.leaders(99)} == front
    assert report.best().metrics["fees"] == max(f for _, f, _ in allowed)  # type: ignore[type-var]
    assert report.infeasible() == len(figures) - len(allowed)


@pytest.mark.parametrize(
    ("stop", "message"),
    [
        ({"no_improvement": 2}, "nothing better"),
        pytest.param({"target": -1e9}, "the target is reached", marks=pytest.mark.slow),
        ({"engine_seconds": 0.001}, "engine_seconds"),
        pytest.param({"wall_clock": 0.001}, "wall_clock", marks=pytest.mark.slow),
    ],
)
def test_a_study_that_ends_early_says_why_and_can_be_extended(write: Write, stop: dict[str, Any], message: str):
    tallies: list[Progress] = []
    first = go(write(stop=stop, pruner=None), watch=tallies.append)
    assert message in tallies[-1].enough
    assert sum(first.count().values()) < 14
    whole = go(write(pruner=None))
    assert whole.id == first.id
    assert len(record(whole)[1]) == 14


def test_a_missing_objective_is_a_failure_to_the_study_and_never_a_value(write: Write):
    report = go(
        write(
            {"objective": {"metric": "win_rate", "direction": "maximize"}}, trials=6, space={"strategy.buys": [0, 1, 2]}
        )
    )
    assert sum(report.count().values()) <= 3
    assert report.leaders(9) == [row for row in report.leaders(9) if row.metrics["win_rate"] is not None]


CONDITIONAL = {"strategy.seed": [1, 2], "strategy.buys": {"values": [3, 5], "when": "seed == 2"}}


@pytest.mark.parametrize("method", ["grid", "optuna"])
def test_a_parameter_with_a_condition_is_absent_and_not_a_default(write: Write, method: str):
    """Three points and not four; what is not there is empty in every table, and the backtest has its own value."""
    study = {"trials": 12, "startup_trials": 4} if method == "optuna" else {"trials": None, "startup_trials": None}
    window = None if method == "grid" else 3
    report = go(write(method=method, pruner=None, window=window, space=CONDITIONAL, **study))
    with report.folder.open() as ledger:
        rows = list(ledger.rows())
    points = sorted(tuple(row.params.values()) for row in rows)
    assert points == [(1,), (2, 3), (2, 5)]
    assert len({row.key for row in rows}) == 3
    base = plan(report.folder.spec)
    assert {row.key for row in rows} == {base.key(row.params) for row in rows}
    table = pd.read_parquet(report.folder.trials)
    assert table[table["params.strategy.seed"] == 1]["params.strategy.buys"].isna().all()
    bought = {row.params.get("strategy.buys", 0): row.metrics["fills"] for row in rows}
    assert (bought[0], bought[3] is not None and bought[3] > 0) == (0, True)
    assert len(report.leaders(9)) == 3


@pytest.mark.slow
def test_wilcoxon_judges_days_against_the_best_one(tmp_path: Path):
    """On the built-in data; each decision is made again from the ledger, by the days of the trials themselves."""
    writer.write(tmp_path / "catalog")
    settings = [
        f"catalog={tmp_path / 'catalog'}", "search.trials=24", "search.window=4",
        "search.pruner={type: wilcoxon, rungs: [0.8], p_threshold: 0.1}", "search.metric_constraints=[]",
        "objective=pnl_total",  # a sum over days
    ]  # fmt: skip
    report = go_with(Path("search_spaces/demo_tpe.yaml"), tmp_path / "runs", settings)
    with report.folder.open() as ledger:
        asks, rows = ledger.asks(), {row.number: row for row in ledger.rows()}
        days = {number: returns for number, _, returns in ledger.returns()}
    assert len(rows) == 24
    states = {number: row.state for number, row in rows.items()}
    assert set(states.values()) == {State.COMPLETE, State.PRUNED}
    for ask in asks:
        complete = [n for n in range(ask.number - 3) if states[n] is State.COMPLETE]
        rival = max(complete, key=lambda n: rows[n].metrics["pnl_total"] or 0.0, default=None)
        (rung,) = ask.rungs
        assert rung.against == (tuple(days[rival])[:4] if rival is not None else ())
        worse = [own < other for own, other in zip(days[ask.number], rung.against, strict=False)]
        if worse and all(worse):  # 1 of 16
            assert states[ask.number] is State.PRUNED
        if not worse or sum(days[ask.number][:4]) >= sum(rung.against):
            assert states[ask.number] is State.COMPLETE


def go_with(spec: Path, runs: Path, settings: list[str]) -> Report:
    return sweep.run(sweep.load(spec, settings), runs_dir=runs, executor="inline", tracking=False)
