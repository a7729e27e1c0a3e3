"""A smaller count of what `python -m tests.faults.kill_driver` does."""

from pathlib import Path

import pytest

from tests.faults.kill_driver import Toll, assert_unharmed, torture
from tests.support.drivers import rows
from tests.support.edited_ledgers import edited

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(400)]


def test_a_driver_killed_at_random_moments_loses_nothing_and_runs_nothing_twice(tmp_path: Path):
    kills = ["inline", "ray", "inline", "inline", "inline", "inline", "inline"]
    toll, killed, calm = torture(tmp_path, kills, trials=70, seconds=0.2, seed=3)
    assert sum(toll.kills.values()) == len(kills)
    assert_unharmed(toll, killed, calm, f"sqlite:///{tmp_path / 'mlflow.db'}")


def test_a_loss_and_a_second_run_would_be_seen(tmp_path: Path):
    """The comparison itself: it must be able to fail."""
    from sweep.ledger.ledger import Ledger
    from sweep.trial import Result, State

    path = tmp_path / "s-1" / "ledger.sqlite"
    with Ledger.create(path, {"id": "s-1"}) as ledger:
        for n in range(3):
            ledger.record([(ledger.begin(f"k{n}", {}), Result(State.COMPLETE, {"pnl_total": 1.0}))])
        before = rows(tmp_path)
        ledger.begin("k1", {})
        ledger.record([(1, Result(State.COMPLETE, {"pnl_total": 1.0}))])
    with edited(path) as db:
        db.execute("DELETE FROM trials WHERE number = 2")
    toll = Toll()
    toll.compare(before, rows(tmp_path))
    assert (toll.lost, toll.again) == ([2], [1])
