"""A sweep in shared passes leaves the same as one of isolated trials, or says what differed and is one."""

import json

import pytest
import yaml

import sweep
from sweep.backtest.shared import participant
from sweep.errors import Reason
from sweep.executors.batching import NO_MORE
from sweep.executors.inline import InlineExecutor
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results.html.price_section import stored_chart
from sweep.runner import sweep_run
from sweep.runner.plan import plan
from sweep.runner.shared_replay import announcement, chosen, differs, gain, is_wanted, kind, obstacles, repeats
from sweep.runner.sweep_run import RunOptions, run
from sweep.trial import CONTRADICTS, Result, State
from tests.backtest.shared.test_shared_run import backtest, market
from tests.support import sweeps
from tests.support.edited_ledgers import edited

SPACE = {"strategy.every": [15, 20, 25, 30, 35, 40], "strategy.size": [3, 5]}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return market(tmp_path_factory.mktemp("shared") / "c", 11, 600)


def spec(catalog, replay: str, config, space=SPACE, **more):
    one = backtest(catalog, "interfering_strategy:InterferingStrategy", config)
    venue = one["venues"][0] | more.pop("venue", {})
    sections = {"name": "packs", "search": {"space": space}, "execution": {"replay": replay, "pack": 5}}
    return one | {"venues": [venue], "tracking": {"tearsheets": "none"}} | sections | more


def ran(tmp_path, replay: str, catalog, config, **more):
    """Results of a sweep: by parameters the metrics, the fills and the replay mode of each trial."""
    path = sweeps.write(tmp_path / f"{replay}.yaml", spec(catalog, replay, config, **more))
    report = sweep.run(path, runs_dir=tmp_path / replay, executor="inline", tracking=False)
    with report.folder.open() as ledger:
        rows = list(ledger.rows())
        figures = {
            json.dumps(row.params): (
                row.state,
                row.reason,
                row.message,
                row.metrics,
                row.warnings,
                ledger.trail(row.number),
            )
            for row in rows
        }
    return report, figures, {row.number: row.replay for row in rows}


def test_a_shared_sweep_is_the_same_sweep_with_the_same_figures(tmp_path, catalog):
    _, alone, _ = ran(tmp_path, "isolated", catalog, {})
    report, shared, how = ran(tmp_path, "shared", catalog, {})
    assert shared == alone
    assert report.id == plan(tmp_path / "isolated.yaml").id
    assert set(how.values()) == {"shared", "shared, verified"}
    verified = sum(value == "shared, verified" for value in how.values())
    assert 5 <= verified < 12
    assert f"12 trials shared passes over the market; {verified} of them were run again alone" in report.proven()
    assert report.frame()["replay"].tolist() == list(how.values())


@pytest.mark.parametrize("action", [pytest.param("account", marks=pytest.mark.slow), "seeded", "raise"])
def test_one_that_cannot_share_is_run_isolated_and_nothing_differs(tmp_path, catalog, action):
    space = {"strategy.action": ["", action], "strategy.every": [20, 25, 30]}
    _, alone, _ = ran(tmp_path, "isolated", catalog, {}, space=space)
    _, shared, how = ran(tmp_path, "shared", catalog, {}, space=space)
    assert shared == alone
    assert any(value.startswith("isolated: ") for value in how.values())
    assert any(value.startswith("shared") for value in how.values())


@pytest.mark.slow
def test_liquidity_that_is_consumed_makes_all_run_isolated(tmp_path, catalog):
    venue = {"liquidity_consumption": True}
    _, alone, _ = ran(tmp_path, "isolated", catalog, {}, venue=venue)
    _, shared, how = ran(tmp_path, "shared", catalog, {}, venue=venue)
    assert shared == alone
    assert set(how.values()) == {"isolated"}
    assert "gone for the others" in obstacles(plan(tmp_path / "shared.yaml"))[0]


def test_what_strategies_share_unseen_is_found_by_the_proof_and_all_run_isolated(tmp_path, catalog):
    report, _, how = ran(tmp_path, "shared", catalog, {"action": "hidden"})
    assert set(how.values()) == {"isolated"}
    assert "its fills are others when it is isolated, first fill " in report.facts.sharing_refuted
    assert "SPY.ARCA at" in report.facts.sharing_refuted
    assert "every trial ran isolated" in report.proven()


def test_what_strategies_share_in_their_module_is_seen_at_once_and_all_run_isolated(tmp_path, catalog):
    _, alone, _ = ran(tmp_path, "isolated", catalog, {"action": "class"})
    _, shared, how = ran(tmp_path, "shared", catalog, {"action": "class"})
    assert shared == alone
    (way,) = set(how.values())
    assert way.startswith("isolated: its pack kept state in its modules")
    assert way.endswith("InterferingStrategy.drawn")


def test_a_warning_that_only_one_run_has_is_told():
    without, with_it = Result(State.COMPLETE, warnings=("a",)), Result(State.COMPLETE, warnings=("a", "b: c"))
    assert differs(with_it, with_it) == ""
    assert differs(without, with_it) == "isolated it has the warning: b: c"
    assert differs(with_it, without) == "isolated it does not have the warning: b: c"
    twice = Result(State.COMPLETE, warnings=("a", "a"))
    assert differs(without, twice) == "its warnings are others when it is isolated"


@pytest.mark.slow
def test_a_study_asks_for_the_same_whatever_shares_a_pass(tmp_path, catalog):
    search = {"method": "optuna", "trials": 20, "window": 6, "seed": 3,
              "space": {"strategy.every": {"low": 10, "high": 60}, "strategy.size": {"low": 1, "high": 9}}}  # fmt: skip
    _, alone, _ = ran(tmp_path, "isolated", catalog, {}, search=search)
    _, shared, how = ran(tmp_path, "shared", catalog, {}, search=search)
    assert list(shared) == list(alone)
    assert shared == alone
    assert "shared" in set(how.values())


def test_the_control_run_of_the_best_trial_draws_its_chart(tmp_path, catalog, monkeypatch):
    monkeypatch.setattr(sweep_run, "draw_best", lambda *_: None)
    report, _, _ = ran(tmp_path, "shared", catalog, {})
    chart = stored_chart(report.folder)
    assert chart and (chart["key"], chart["trial"]) == (report.best().key, report.best().number)
    assert sum(t["closed"] is not None for t in chart["trades"]) == report.best().metrics["trades"]


def test_an_interrupted_proof_is_finished_by_the_next_run(tmp_path, catalog):
    report, _, how = ran(tmp_path, "shared", catalog, {})
    with edited(report.folder.ledger) as db:
        db.execute("UPDATE trials SET replay = 'shared'")
    _, _, again = ran(tmp_path, "shared", catalog, {})
    assert again == how
    assert Folder(report.folder.path).name == "packs"


def test_the_gain_is_what_packs_and_repeats_leave():
    assert repeats(108) == 3 + 6
    assert repeats(4) == 4
    assert gain(108, 32, 1.0) == pytest.approx(108 / (4 + 9))
    assert gain(100, 10, 1.0, 5, 3.0) == pytest.approx(100 / (10 + 90 * 0.5 + 8))
    assert gain(100, 10, 1.0, 5, 0.5) == pytest.approx(100 / (100 * 0.1 + 8))  # most of the market was left out


@pytest.mark.parametrize("pack", [pytest.param(2, marks=pytest.mark.slow), 3, pytest.param(81, marks=pytest.mark.slow)])
def test_packs_of_any_size_are_the_same_sweep(tmp_path, catalog, pack):
    _, alone, _ = ran(tmp_path, "isolated", catalog, {})
    _, shared, how = ran(tmp_path, "shared", catalog, {}, execution={"replay": "shared", "pack": pack})
    assert shared == alone
    assert set(how.values()) == {"shared", "shared, verified"}


def test_auto_shares_where_enough_trials_are_left_to_gain_from(tmp_path, catalog):
    few, many = {"strategy.every": [15, 20]}, {"strategy.every": list(range(15, 35))}
    assert not is_wanted(planned(tmp_path, catalog, few))
    assert is_wanted(planned(tmp_path, catalog, many))
    _, _, how = ran(tmp_path, "auto", catalog, {}, space=few)
    assert set(how.values()) == {"isolated"}


def planned(tmp_path, catalog, space):
    return plan(sweeps.write(tmp_path / "auto.yaml", spec(catalog, "auto", {}, space)))


def test_a_study_that_prunes_prunes_the_same_trials_in_packs(tmp_path, catalog):
    search = {"method": "optuna", "trials": 16, "window": 5, "seed": 3, "pruner": {"type": "median", "rungs": [0.5]},
              "space": {"strategy.every": {"low": 10, "high": 60}, "strategy.size": {"low": 1, "high": 9}}}  # fmt: skip
    _, alone, _ = ran(tmp_path, "isolated", catalog, {}, search=search)
    _, shared, how = ran(tmp_path, "shared", catalog, {}, search=search)
    assert list(shared) == list(alone)
    assert shared == alone
    assert {state for state, *_ in shared.values()} == {State.COMPLETE, State.PRUNED}
    assert any(how[n].startswith("shared") for n, (state, *_) in enumerate(shared.values()) if state is State.PRUNED)


def test_what_was_checked_while_packs_ran_is_judged_too(tmp_path, catalog, monkeypatch):
    monkeypatch.setattr(InlineExecutor, "slots", 2)
    monkeypatch.setattr("sweep.runner.shared_replay.drawing", lambda _: lambda _: True)
    execution = {"replay": "shared", "pack": 6}
    report, _, how = ran(tmp_path, "shared", catalog, {}, execution=execution)
    assert set(how.values()) == {"shared, verified"}
    assert "12 of them were run again alone" in report.proven()


@pytest.mark.parametrize(
    ("reason", "breaks", "holds"),
    [(Reason.CRASH, 3, True), (Reason.CRASH, 6, False), (Reason.TIMEOUT, 1, True), (Reason.STRATEGY, 1, False)],
)
def test_a_control_trial_that_the_machine_broke_is_made_once_more_with_nothing_beside_it(
    tmp_path, catalog, monkeypatch, reason, breaks, holds
):
    """A difference withdraws all packs; the fourth run of a control trial (after two retries) decides."""
    runs, controls = InlineExecutor._run, list[int]()

    def breaking(executor, trials):
        if trials[0].number >= 0:
            return runs(executor, trials)
        controls.append(trials[0].number)
        is_broken = controls[0] == trials[0].number and controls.count(controls[0]) <= breaks
        return [Result(State.FAILED, reason=reason, message="gone")] if is_broken else runs(executor, trials)

    monkeypatch.setattr(InlineExecutor, "_run", breaking)
    report, _, how = ran(tmp_path, "shared", catalog, {}, space={"strategy.every": [15, 20, 25, 30]})
    if holds:
        assert set(how.values()) == {"shared, verified"} and not report.facts.sharing_refuted
        assert controls[-1] == controls[0] and controls.count(controls[0]) == breaks + 1
    else:
        assert set(how.values()) == {"isolated"}
        assert "isolated it FAILED" in report.facts.sharing_refuted
        assert controls.count(controls[0]) == breaks


def test_the_proof_shows_how_far_it_has_come(tmp_path, catalog):
    path, progress = sweeps.write(tmp_path / "spec.yaml", spec(catalog, "shared", {})), list[tuple[int, int] | None]()
    options = RunOptions(
        runs_dir=tmp_path / "runs", executor="inline", tracking=False, watch=lambda tally: progress.append(tally.again)
    )
    report = run(plan(path), options).report
    counts = [again for again in progress if again]
    numbers, of = [n for n, _ in counts], counts[0][1]
    assert progress[0] is None
    assert set(numbers) == set(range(of))
    assert numbers == sorted(numbers)
    assert f"; {of} of them were run again alone" in report.proven()


def test_what_all_are_warned_of_is_no_reason_to_doubt_one_of_them():
    """Each trial may hold something else at its end, and say so in other words."""
    assert kind("3 positions open at the end, marked to market: LONG 1") == kind(
        "1 position open at the end, marked to market: x"
    )
    assert kind("2 of 30 orders REJECTED: no") == kind("11 of 12 orders REJECTED: why")
    assert kind("2 of 30 orders REJECTED: no") != kind("2 of 30 orders DENIED: no")


def test_each_trial_that_is_warned_of_trouble_is_run_again_and_a_few_of_those_that_hold_positions(tmp_path):
    data, held = "SPY.ARCA: 3 gaps in the quotes", "1 position open at the end, marked to market: LONG 1"
    with Ledger.create(
        tmp_path / "ledger.sqlite", {"id": "s-1", "objective": {"metric": "pnl_total", "direction": "maximize"}}
    ) as ledger:
        for n in range(60):
            warnings = [data, *([held] if n % 2 else []), *(["1 of 9 orders REJECTED: no"] if n in {20, 41} else [])]
            number = ledger.begin(f"key{n}", {})
            result = Result(State.COMPLETE, {"pnl_total": float(-n)}, warnings=tuple(warnings), replay="shared")
            ledger.record([(number, result)])
        rows = {row.number: row for row in chosen(ledger)}
    assert {20, 41} < set(rows)
    assert 2 <= sum(held in row.warnings for row in rows.values()) <= 2 + 5 + 1
    assert 2 + 5 <= len(rows) <= 3 + 5 + 2 + 2


DAYS = {"period": {"start": "2026-05-04", "end": "2026-05-12"}}


@pytest.fixture(scope="module")
def six_sessions(tmp_path_factory):
    return market(tmp_path_factory.mktemp("days") / "c", 11, 800, days=8)


def parts_of(report):
    """The folders of the searches on parts of the period."""
    return sorted(Folder.all(report.folder.parts), key=lambda folder: folder.id)


def modes(report):
    """By part the replay modes of its trials."""
    rows_of = {}
    for folder in parts_of(report):
        with folder.open() as ledger:
            rows_of[folder.id] = [(row.replay, row.metrics, ledger.trail(row.number)) for row in ledger.rows()]
    return rows_of


@pytest.mark.slow
@pytest.mark.parametrize(
    "validation",
    [
        pytest.param(
            {"validation": {"lockbox": "1d", "walk_forward": {"train": "2d", "test": "1d"}}}, id="walk-forward"
        ),
        pytest.param({"validation": {"cpcv": {"groups": 3, "test": 1}}}, id="cpcv"),
        pytest.param({"validation": {"lockbox": "1d"}}, id="lockbox"),
    ],
)
def test_searches_on_parts_of_the_period_share_passes_and_are_proven_too(tmp_path, six_sessions, validation):
    whole, alone, _ = ran(tmp_path, "isolated", six_sessions, {}, **validation, **DAYS)
    report, shared, how = ran(tmp_path, "shared", six_sessions, {}, **validation, **DAYS)
    assert (report.id, shared) == (whole.id, alone)
    assert set(how.values()) == {"shared", "shared, verified"}
    ours, theirs = modes(report), modes(whole)
    assert {name: [row[1:] for row in rows] for name, rows in ours.items()} == {
        name: [row[1:] for row in rows] for name, rows in theirs.items()
    }
    searches = [[how for how, *_ in rows] for rows in ours.values() if len(rows) > 1]
    assert all({"shared", "shared, verified"} <= set(rows) for rows in searches)
    assert len(searches) == {"walk_forward": 3, "cpcv": 3, "lockbox": 0}[list(validation["validation"])[-1]]
    assert report.unseen() == whole.unseen()


def test_a_difference_in_a_window_withdraws_all_windows(tmp_path, six_sessions, monkeypatch):
    monkeypatch.setattr("sweep.runner.shared_replay.differs", lambda then, _: "it differs" * (len(then.days) == 3))
    sections = {"validation": {"walk_forward": {"train": "3d", "test": "3d"}}, "space": {"strategy.every": [9, 20, 25]}}
    whole, alone, _ = ran(tmp_path, "isolated", six_sessions, {}, **sections, **DAYS)
    report, shared, how = ran(tmp_path, "shared", six_sessions, {}, **sections, **DAYS)
    assert shared == alone
    assert set(how.values()) == {"isolated"}
    assert "it differs" in report.facts.sharing_refuted
    assert modes(report) == modes(whole)


def test_a_trial_that_contradicts_its_own_orders_withdraws_all_packs(tmp_path, catalog, monkeypatch):
    space = {"strategy.every": [15, 20, 25, 30, 35, 40]}
    _, alone, _ = ran(tmp_path, "isolated", catalog, {}, space=space)
    audit, audits = participant.audit, []

    def contradicting(*args):
        audits.append(audit(*args))
        return "fees are 1" if len(audits) == 3 else audits[-1]

    monkeypatch.setattr(participant, "audit", contradicting)
    report, shared, how = ran(tmp_path, "shared", catalog, {}, space=space)
    assert shared == alone
    assert set(how.values()) <= {"isolated", f"isolated: {CONTRADICTS}fees are 1", f"isolated: {NO_MORE}"}
    (number,) = (n for n, value in how.items() if CONTRADICTS in value)
    assert report.facts.sharing_refuted == f"trial {number}: {CONTRADICTS}fees are 1"
    assert report.proven().endswith(f"other figures: trial {number}: {CONTRADICTS}fees are 1")
    assert not any(audits)


@pytest.mark.slow
def test_a_contradiction_of_an_earlier_run_is_not_forgotten(tmp_path, catalog):
    report, _, _ = ran(tmp_path, "shared", catalog, {})
    with edited(report.folder.ledger) as ledger:
        ledger.execute("UPDATE trials SET replay = ? WHERE number = 3", (f"isolated: {CONTRADICTS}fees are 1",))
    report, _, how = ran(tmp_path, "shared", catalog, {})
    assert set(how.values()) == {"isolated", f"isolated: {CONTRADICTS}fees are 1"}
    assert report.facts.sharing_refuted == f"trial 3: {CONTRADICTS}fees are 1"


def test_a_portfolio_is_told_why_it_does_not_share(catalog):
    def told(space, **more):
        one = {"path": "tests.support.portfolio:Turning", "config": {"instrument_id": "SPY.ARCA"}}
        content = spec(catalog, "auto", {}, space=space) | {"strategies": [{"name": "a", **one}, *more.get("b", [])]}
        del content["strategy"]
        return announcement(plan(yaml.safe_dump(content, sort_keys=False)))

    every = {"strategies.a.every": list(range(5, 35))}
    second = [{"name": "b", "path": "tests.support.portfolio:Turning", "config": {"instrument_id": "SPY.ARCA"}}]
    assert told(every).startswith("up to 5 trials share a pass")
    why = "each trial runs in an engine of its own: strategies.b: several components work together in one engine"
    assert told(every, b=second) == why
    some = told({"strategies.b.enabled": [False, True], **every}, b=second)  # of which the first has one
    assert some.startswith("up to 5 trials of one component share a pass")


def test_a_sweep_is_told_how_its_trials_run_where_it_has_a_choice(catalog):
    def told(count, search=None, **more):
        content = spec(catalog, "auto", {}, {"strategy.every": list(range(15, 15 + count))}, **more)
        return announcement(plan(yaml.safe_dump(content | ({"search": search} if search else {}), sort_keys=False)))

    assert told(19) == ""
    assert told(40, execution={"replay": "isolated"}) == ""
    assert told(40, execution={}) == "up to 40 trials share a pass over the market; about 8 are run again alone"
    study = {"method": "optuna", "trials": 50, "space": {"strategy.every": {"low": 10, "high": 60}}}
    assert told(0, study, execution={}).startswith("up to 16 trials share a pass")
    queue = "ARCA.queue_position: limit orders would queue behind those of other trials"
    liquidation = {"queue_position": True, "liquidation_enabled": True}
    assert told(40, venue=liquidation) == f"each trial runs in an engine of its own: {queue} (and 1 more: --dry-run)"
