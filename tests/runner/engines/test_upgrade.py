"""Trials of a sweep again under another engine: identical, or the first fill that differs."""

import json
from copy import deepcopy
from importlib.metadata import version

import pytest

from sweep.collection.index import query
from sweep.errors import InputError, SweepError
from sweep.ledger.ledger import Ledger
from sweep.runner.engines import environment, side, upgrade
from tests.support import sweeps
from tests.support.commands import invoke

HERE = version("nautilus_trader")
OTHER = "2.0.0rc6"


@pytest.fixture
def report(finished_sweep, tmp_path):
    return sweeps.copied(finished_sweep, tmp_path)


@pytest.fixture
def engines(monkeypatch):
    """Other engines in this process: the trials run again, and `change` may alter what the other one gives."""
    ran: list[tuple[str, list[int]]] = []
    changes = []

    def run(folder, engine, numbers, say):
        ran.append((engine, list(numbers)))
        results = json.loads(json.dumps([side.trial(folder, number) for number in numbers]))
        return [change(deepcopy(r)) if engine == OTHER else r for r in results for change in changes or [lambda r: r]]

    monkeypatch.setattr(upgrade, "_side", run)
    return ran, changes


def other_price(result):
    """Trial 2 with another price of its second fill, and what follows of that."""
    if result["number"] == 2:
        result["fills"][1]["price"] += 0.01
        result |= {"identical": False, "figures": [["pnl_total", -22.0, -21.0]], "fill": 1}
    return result


def test_identical_trials_are_noted_as_agreement_and_shown_together(report, engines):
    result = upgrade.upgrade(report.folder, OTHER, 20)
    assert (result.then, result.now) == (f"nautilus_trader {HERE}", f"nautilus_trader {OTHER}")
    assert [(t.number, t.identical, t.fills) for t in result.trials] == [(0, True, 2), (2, True, 2), (4, True, 0)]
    assert all(t.compared > 20 for t in result.trials)
    upgrade.accept(report.folder, result)
    upgrade.accept(report.folder, result)
    with report.folder.open() as ledger:
        assert [(each["engine"], each["trials"]) for each in ledger.facts.agreed] == [(f"nautilus_trader {OTHER}", 3)]
    (trial, *_) = query.find(report.folder.path.parent, query.Question()).trials
    assert trial.about["agreed"] == [f"nautilus_trader {OTHER}"]


def test_the_first_fill_that_differs_is_shown_as_both_engines_have_it(report, engines):
    engines[1].append(other_price)
    process = invoke("upgrade", report.id, "--engine", OTHER, "--runs-dir", report.folder.path.parent, code=1)
    assert "2 of 3 trials are identical" in process.stdout
    assert "pnl_total: -22.0 then, -21.0 now" in process.stdout
    then, now = (line for line in process.stdout.splitlines() if "fill 2:" in line)
    before, after = (float(line.rpartition("(price ")[2].removesuffix(")")) for line in (then, now))
    assert round(after - before, 6) == 0.01
    assert upgrade.RELEASES in process.stdout
    assert engines[0] == [(OTHER, [0, 2, 4]), (HERE, [2])]


def test_trials_that_differ_are_no_agreement(report, engines):
    engines[1].append(other_price)
    result = upgrade.upgrade(report.folder, OTHER, 20)
    with pytest.raises(SweepError, match="1 of 3 trials differ"):
        upgrade.accept(report.folder, result)
    with report.folder.open() as ledger:
        assert not ledger.facts.agreed


def test_a_record_that_its_own_engine_does_not_give_either_is_said(report, engines):
    with Ledger.open(report.folder.ledger, write=True) as ledger:
        row = ledger.ended(after=1)[0]
        assert row.number == 2
        result = ledger.result(row)
        changed = {**result.metrics, "pnl_total": 1.0}
        ledger.record([(2, type(result).of(result.plain() | {"metrics": changed}))])
    upgraded = upgrade.upgrade(report.folder, OTHER, 20)
    (trial,) = [t for t in upgraded.trials if not t.identical]
    assert (trial.number, trial.reproducible) == (2, False)
    assert trial.figures == [("pnl_total", 1.0, -22.0)]
    assert trial.first_fill is None


def test_the_sample_has_the_best_and_others_evenly_spread(report, engines):
    assert [t.number for t in upgrade.upgrade(report.folder, OTHER, 1).trials] == [4]  # the best
    assert [t.number for t in upgrade.upgrade(report.folder, OTHER, 2).trials] == [0, 4]


def test_what_is_no_comparison_of_engines_is_refused(report, engines, monkeypatch):
    with pytest.raises(InputError, match="ran under this version"):
        upgrade.upgrade(report.folder, HERE, 20)
    with pytest.raises(InputError, match="is no version"):
        upgrade.upgrade(report.folder, "../x", 20)
    with Ledger.open(report.folder.ledger, write=True) as ledger:
        ledger.note(data="beef")
    with pytest.raises(InputError, match=r"the data in .* is not the same"):
        upgrade.upgrade(report.folder, OTHER, 20)
    assert engines[0] == []


def test_fills_that_only_one_side_has_are_the_difference():
    fill = {"ts_event": 0, "side": "BUY", "quantity": 1.0, "instrument_id": "SPY.ARCA", "price": 1.5}
    assert upgrade.first_difference([fill], [fill]) is None
    then, now = upgrade.first_difference([fill], [fill, fill | {"price": 2.5}]) or ("", "")
    assert then == "fill 2: none"
    assert now.endswith("BUY 1.0 SPY.ARCA at 2.5")


def test_uv_that_fails_is_told(failing_uv, monkeypatch):
    with pytest.raises(SweepError, match="the newest version cannot be found: no such thing"):
        environment.newest()
    with pytest.raises(SweepError, match=r"NautilusTrader 2.0.0rc6 could not be made \(uv venv\): no such thing"):
        environment.python(lambda _: None, OTHER, beside=True)
    monkeypatch.setattr(environment, "program", lambda name: None)
    with pytest.raises(SweepError, match="pip install uv"):
        environment.newest()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_candidate_before_gives_the_same(report):
    """In an environment of its own, made by uv."""
    result = upgrade.upgrade(report.folder, OTHER, 20)
    assert result.identical
    assert [t.number for t in result.trials] == [0, 2, 4]
    assert environment.newest() >= HERE
