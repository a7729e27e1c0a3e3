"""The record of a sweep."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.common.escaping import for_storage
from sweep.errors import LedgerError, Reason
from sweep.ledger import checksums
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger
from sweep.ledger.schema import FORMAT
from sweep.trial import Result, State
from tests.support.hostile_texts import TEXTS

PARAMS = {"strategy.a": 1, "strategy.b": 0.1, "strategy.c": ["x", None]}


def complete(pnl: float | None = 1.0, **more: object) -> Result:
    return Result(State.COMPLETE, {"pnl_total": pnl, "trades": 3}, started=10.0, ended=12.5, worker="host:1", **more)  # type: ignore[arg-type]


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.create(tmp_path / "sweep" / "ledger.sqlite", {"id": "s-1", "data": "d"}) as ledger:
        yield ledger


def test_facts_are_kept_and_added_to(ledger: Ledger):
    ledger.note(finished="now")
    assert ledger.facts == SweepFacts(format=FORMAT, id="s-1", data="d", finished="now")


def test_numbers_are_given_in_the_order_of_asking(ledger: Ledger):
    assert [ledger.begin(key, PARAMS) for key in ("k0", "k1", "k2")] == [0, 1, 2]


def test_the_same_key_is_the_same_trial_and_its_next_attempt(ledger: Ledger):
    number = ledger.begin("k", PARAMS)
    ledger.record([(number, Result(State.FAILED, reason=Reason.CRASH, message="died"))])
    assert ledger.begin("k", PARAMS) == number
    row = ledger.find("k")
    assert row and (row.attempt, row.state, row.reason) == (2, None, None)
    ledger.record([(number, complete())])
    assert [(a["attempt"], a["state"], a["reason"]) for a in ledger.attempts(number)] == [
        (1, "FAILED", "worker crash"),
        (2, "COMPLETE", None),
    ]


def test_a_result_comes_back_whole(ledger: Ledger):
    result = complete(
        warnings=("w",),
        days=("2026-05-04", "2026-05-05"),
        returns=(0.1, -1 / 3),
        stats={"a": {"b": None}},
        timing={"run": 0.25},
        inputs={"weights.json": "0a", "os.environ[MODE]": "absent"},
    )
    number = ledger.begin("k", PARAMS)
    ledger.record([(number, result)])
    row = ledger.find("k")
    assert row and row.params == PARAMS
    assert ledger.result(row) == result


def test_results_are_taken_back_that_read_what_is_no_longer_so(ledger: Ledger):
    for n, inputs in enumerate(({"f": "1"}, {"f": "2", "g": "1"}, {}, {"f": "2"})):
        ledger.record([(ledger.begin(f"k{n}", PARAMS), complete(inputs=inputs))])
    assert ledger.all_inputs() == {"f": ["1", "2"], "g": ["1"]}
    assert ledger.forget_inputs([("f", "2"), ("g", "1")], asks=False) == 2
    assert [row.state for row in ledger.rows()] == ["COMPLETE", None, "COMPLETE", None]
    assert ledger.all_inputs() == {"f": ["1"]}
    ledger.record([(ledger.begin("k1", PARAMS), complete(inputs={"f": "3"}))])
    assert ledger.inputs(1) == {"f": "3"}
    assert not checksums.examine(ledger._db)
    assert ledger.forget_inputs([("f", "1")], asks=True) == 1
    assert not list(ledger.rows())


def test_a_ledger_of_an_earlier_version_has_no_inputs_and_gets_their_table_by_a_driver(tmp_path: Path):
    path = tmp_path / "ledger.sqlite"
    with Ledger.create(path, {"id": "s-1"}) as ledger:
        ledger.record([(ledger.begin("k", PARAMS), complete())])
        ledger._db.execute("DROP TABLE inputs")
        checksums.seal_schema(ledger._db, whole=False)
    with Ledger.open(path) as ledger:
        (row,) = ledger.rows()
        assert ledger.result(row) == complete()
        assert ledger.all_inputs() == {}
    with Ledger.create(path, {"id": "s-1"}) as ledger:
        ledger.record([(ledger.begin("k2", PARAMS), complete(inputs={"f": "1"}))])
    with Ledger.open(path) as ledger:
        assert ledger.all_inputs() == {"f": ["1"]}
        assert not ledger.damage


@given(TEXTS)
def test_a_failure_is_recorded_whatever_its_message_is(text):
    """User code raises what it likes: half characters and zeros are no text of a database."""
    with TemporaryDirectory() as place, Ledger.create(Path(place) / "ledger.sqlite", {}) as ledger:
        number = ledger.begin("key", {})
        failed = Result(State.FAILED, reason=Reason.STRATEGY, message=text, trace=text, warnings=(text,))
        ledger.record([(number, failed)])
        (row,) = ledger.rows()
        assert row.message == row.trace == row.warnings[0] == for_storage(text)
        row.message.encode()


def test_a_result_is_on_disk_when_record_returns(tmp_path: Path):
    """A process that is killed right after `record` has lost nothing."""
    path = tmp_path / "ledger.sqlite"
    code = f"""
import os, signal
from contextlib import closing
from pathlib import Path
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger
from sweep.trial import Result, State
ledger = Ledger.create(Path({str(path)!r}), {{}})
ledger.record([(ledger.begin("k", {{}}), Result(State.COMPLETE, {{"pnl_total": 5.0}}))])
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with Ledger.open(path) as ledger:
        row = ledger.find("k")
        assert row and row.metrics == {"pnl_total": 5.0}


def test_best_ranks_complete_trials_by_a_metric(ledger: Ledger):
    for n, pnl in enumerate([1.0, None, 7.5, -3.0, 7.5]):
        ledger.record([(ledger.begin(f"k{n}", PARAMS), complete(pnl))])
    ledger.record([(ledger.begin("failed", PARAMS), Result(State.FAILED, {"pnl_total": 99.0}, reason=Reason.GUARD))])
    ledger.record([(ledger.begin("pruned", PARAMS), Result(State.PRUNED, {"pnl_total": 99.0}))])
    assert [r.number for r in ledger.best("pnl_total", "maximize", 10)] == [2, 4, 0, 3]
    assert [r.number for r in ledger.best("pnl_total", "minimize", 2)] == [3, 0]
    assert ledger.count() == {"COMPLETE": 5, "FAILED": 1, "PRUNED": 1}


def test_nan_never_enters(ledger: Ledger):
    number = ledger.begin("k", PARAMS)
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.record([(number, complete(float("nan")))])
    row = ledger.find("k")
    assert row and row.state is None  # nothing of it was written


def test_a_batch_is_written_whole_or_not_at_all(ledger: Ledger):
    numbers = [ledger.begin(f"k{n}", PARAMS) for n in range(2)]
    with pytest.raises(ValueError, match="not JSON"):
        ledger.record([(numbers[0], complete()), (numbers[1], complete(float("inf")))])
    assert ledger.count() == {"RUNNING": 2}


def test_a_reader_sees_what_a_writer_commits(ledger: Ledger):
    with Ledger.open(ledger.path) as reader:
        ledger.begin("k", PARAMS)
        assert reader.count() == {"RUNNING": 1}
        with pytest.raises(LedgerError, match="readonly"):
            reader.begin("other", PARAMS)


@pytest.mark.parametrize(("by", "remedy"), [(1, "a newer .*upgrade sweep"), (-1, "an older .*run the sweep again")])
def test_another_format_is_refused_with_the_remedy(ledger: Ledger, by: int, remedy: str):
    ledger.note(format=FORMAT + by)
    with pytest.raises(LedgerError, match=remedy):
        Ledger.open(ledger.path)


@pytest.mark.parametrize("damage", [b"", b"not a database at all, but long enough to look at" * 50])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, damage: bytes):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(damage)
    with pytest.raises(LedgerError, match="ledger.sqlite"):
        Ledger.open(path)


def test_a_missing_ledger_is_a_sentence(tmp_path: Path):
    with pytest.raises(LedgerError, match="there is no ledger"):
        Ledger.open(tmp_path / "ledger.sqlite")


def test_days_are_stored_once_for_trials_that_share_them(ledger: Ledger):
    for n in range(3):
        days = ("2026-05-04", "2026-05-05") if n else ("2026-05-06",)
        ledger.record([(ledger.begin(f"k{n}", PARAMS), complete(days=days, returns=(0.0,) * len(days)))])
    assert ledger.calendar() == ["2026-05-04", "2026-05-05", "2026-05-06"]
    with closing(sqlite3.connect(ledger.path)) as db:
        assert db.execute("SELECT count(*) FROM calendars").fetchone() == (2,)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(params=st.dictionaries(st.text(min_size=1), plain, max_size=4), returns=st.lists(st.floats(-1, 1), max_size=5))
def test_any_plain_params_and_returns_survive(tmp_path_factory: pytest.TempPathFactory, params, returns):
    with Ledger.create(tmp_path_factory.mktemp("l") / "ledger.sqlite", {}) as ledger:
        days = tuple(f"2026-05-{n + 1:02}" for n in range(len(returns)))
        number = ledger.begin("k", params)
        ledger.record([(number, complete(days=days, returns=tuple(returns), stats={"n": 1}))])
        row = ledger.find("k")
        assert row and row.params == params
        assert ledger.series(number) == (days, tuple(returns), {"n": 1})


def test_a_ledger_appears_whole_with_its_tables_and_facts(tmp_path: Path, monkeypatch):
    path, existed = tmp_path / "ledger.sqlite", []

    def look(self: Path, target: Path) -> None:
        existed.append(target.exists())
        self.rename(target)

    monkeypatch.setattr(Path, "replace", look)
    Ledger.create(path, {"id": "made"}).close()
    assert existed == [False]  # whoever lists the sweeps before that moment finds none
    with Ledger.open(path) as ledger:
        assert ledger.facts.id == "made"


def test_a_ledger_whose_making_was_killed_is_made_again(tmp_path: Path):
    (tmp_path / "ledger.sqlite.new").write_bytes(b"half of one")
    with Ledger.create(tmp_path / "ledger.sqlite", {"id": "made"}) as ledger:
        assert ledger.facts.id == "made"
    assert {path.name for path in tmp_path.iterdir()} == {"ledger.sqlite"}


def test_returns_within_the_days_come_back_whole(ledger):
    steps = ("2026-05-04T13:30:00Z", "2026-05-04T14:00:00Z")
    days = ("2026-05-04",)
    result = Result(State.COMPLETE, days=days, returns=(0.3,), steps=steps, step_returns=(0.1, 0.2))
    ledger.record([(ledger.begin("a" * 64, {}), result)])
    assert [(n, s, tuple(r)) for n, s, r in ledger.steps()] == [(0, steps, (0.1, 0.2))]
    assert ledger.calendar() == list(days)
    row = ledger.find("a" * 64)
    assert (ledger.result(row).steps, ledger.result(row).step_returns) == (steps, (0.1, 0.2))


def test_returns_of_all_trials_and_the_last_end(ledger):
    days = ("2026-05-04", "2026-05-05")
    assert (list(ledger.returns()), ledger.latest()) == ([], None)
    for n in range(3):
        number = ledger.begin(f"{n}" * 64, {"a": n})
        ended = Result(
            State.COMPLETE, days=days[: n + 1], returns=(0.1 * n, 0.2)[: n + 1], stats={"a": 1}, ended=5.0 - n
        )
        ledger.record([(number, ended)])
    series = [(number, its_days, tuple(values)) for number, its_days, values in ledger.returns()]
    assert series == [(n, *ledger.series(n)[:2]) for n in range(3)]
    assert ledger.latest() == 5.0


@given(st.lists(st.tuples(st.none() | st.integers(0, 5), st.none() | st.floats(-1, 1)), max_size=6))
def test_trials_that_break_a_bound_are_those_that_the_goal_refuses(tmp_path_factory: pytest.TempPathFactory, figures):
    path = tmp_path_factory.mktemp("bounds") / "ledger.sqlite"
    bounds = {
        "objective": {"metric": "sqn", "direction": "maximize"},
        "metric_constraints": ["trades >= 3", "sqn <= 0.5"],
    }
    with Ledger.create(path, bounds) as ledger:
        for n, (trades, sqn) in enumerate(figures):
            metrics = {"trades": trades, "sqn": sqn}
            ledger.record([(ledger.begin(str(n), {"n": n}), Result(State.COMPLETE, metrics))])
        ledger.record([(ledger.begin("failed", {}), Result(State.FAILED, reason=Reason.CRASH))])
        refused = [
            row.number for row in ledger.rows(state=State.COMPLETE) if not ledger.facts.goal.is_feasible(row.metrics)
        ]
        assert ledger.broken() == frozenset(refused)
