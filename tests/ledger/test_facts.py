"""Facts of a ledger without checksums may be anything: what is no fact of a sweep is a sentence, never a traceback."""

import json
from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from sweep.cli import app
from sweep.errors import LedgerError
from sweep.ledger.fact_shapes import DERIVED
from sweep.ledger.facts import SweepFacts
from tests.support import sweeps
from tests.support.edited_ledgers import edited

NAMES = [field.name for field in fields(SweepFacts)]
KEYS = st.sampled_from(["metric", "direction", "period", "days", "windows", "of", "repeat", "over", "values", "start"])
TEXTS = st.sampled_from(["", "maximize", "pnl_total", "2026-05-04"])
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
FORGED = [0, "x", ["x"], [{}], {}, {"a": 1}, {"repeat": {"x": 1}}, {"repeat": {"over": "a", "values": 10**30}},
          {"period": 1, "days": 1}, {"windows": [1]}, {"of": [], "shares": 1}, {"metrics": 5}]  # fmt: skip


@given(st.sampled_from(NAMES), JUNK)
@example("objective", None)
def test_a_fact_is_of_its_kind_or_refused(name: str, value: Any):
    with suppress(LedgerError):
        facts = SweepFacts.of({"objective": {"metric": "a", "direction": "maximize"}, name: value})
        assert facts.goal.objectives
        assert facts.repeat is None or facts.repeat.over


@pytest.mark.parametrize("name", DERIVED)
def test_what_is_computed_anyway_counts_as_missing(name: str):
    assert SweepFacts.of({name: {"of": 1}}) == SweepFacts()


@pytest.mark.parametrize("value", FORGED)
@pytest.mark.parametrize("name", ["search", "objective", "objectives"])
def test_the_goal_and_the_repeats_of_what_is_accepted_can_be_read(name: str, value: Any):
    with suppress(LedgerError):
        facts = SweepFacts.of({"objective": {"metric": "a", "direction": "maximize"}, name: value})
        assert facts.goal.is_single
        assert facts.repeat is None


def test_a_refusal_names_the_fact_and_shows_it():
    with pytest.raises(LedgerError, match=r"its fact lockbox is \{'days': 'x'\}, which is nothing that sweep writes"):
        SweepFacts.of({"lockbox": {"days": "x"}})


@pytest.mark.parametrize("value", ["a\x1b]0;x\x07", "<b>", "../x", "a\n", "a b", "a" * 500])
def test_an_id_that_could_name_no_run_is_refused(value: str):
    with pytest.raises(LedgerError, match="its fact id is"):
        SweepFacts.of({"id": value})


@pytest.mark.parametrize(
    "name", ["lockbox", *(pytest.param(n, marks=pytest.mark.slow) for n in NAMES if n != "lockbox")]
)
def test_commands_show_a_forged_fact_or_say_a_sentence(finished_sweep, tmp_path, name: str):
    folder = sweeps.copied(finished_sweep, tmp_path / "runs").folder
    for value in FORGED:
        with edited(folder.ledger) as db:
            db.execute("INSERT OR REPLACE INTO sweep VALUES (?, ?)", (name, json.dumps(value)))
        for command in (["show", folder.id], ["list"], ["status", folder.id], ["report", folder.id]):
            result = CliRunner().invoke(app, [*command, "--runs-dir", str(folder.path.parent)])
            assert result.exit_code in (0, 1, 2)
            assert result.exception is None or isinstance(result.exception, SystemExit), (name, value, command)


def test_a_ledger_without_a_backtest_or_an_objective_is_damaged_for_who_needs_them():
    facts = SweepFacts.of({"id": "a-00000000"})
    assert facts.backtest == {} and facts.plain() == {"id": "a-00000000"}
    for part in (lambda: facts.backtest["period"], lambda: facts.objective["metric"]):
        with pytest.raises(LedgerError, match="damaged: it has no (backtest|objective)"):
            part()


COPIES = {
    "dict": dict, "list": list, "unpacked": lambda fact: {**fact},
    "joined": lambda fact: fact | {}, "copy": lambda fact: fact.copy(),
}  # fmt: skip


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_a_fact_that_is_missing_is_not_copied_as_an_empty_one(copied):
    facts = SweepFacts.of({"objective": None, "objectives": [{"metric": "mae", "direction": "maximize"}]})
    for fact in (facts.objective, facts.backtest):
        with pytest.raises(LedgerError, match="damaged: it has no (backtest|objective)"):
            copied(fact)
