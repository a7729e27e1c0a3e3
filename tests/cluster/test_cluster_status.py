"""The figures of `sweep status` on a cluster, from a ledger whose figures are known by hand."""

import time

import pytest

from sweep.cluster.cluster_status import sweep
from tests.support import sweeps
from tests.support.edited_ledgers import edited


@pytest.fixture(scope="module")
def report(finished_sweep, tmp_path_factory):
    """Six trials: 0, 2, 4 complete on host a; 1, 3, 5 failed, at last, on b. Trial 1 failed on c before."""
    folder = sweeps.copied(finished_sweep, tmp_path_factory.mktemp("sweep")).folder
    now = time.time()
    with edited(folder.ledger) as db:
        for n in range(6):
            ends = now - 10 * n
            spent = ("a:1" if n % 2 == 0 else f"b:{n}", ends - (n + 1), ends, n)
            db.execute("UPDATE attempts SET worker = ?, started = ?, ended = ? WHERE number = ?", spent)
        row = "SELECT number, 0, state, 'worker crash', '', '', ? - 1000, ? - 990, 'c:9' FROM attempts WHERE number = 1"
        db.execute(f"INSERT INTO attempts {row}", (now, now))
    return folder


def test_figures_of_a_sweep(report):
    status = sweep({"sweep": report.id, "runs": str(report.path.parent), "job": "j"})
    assert status["trials"] == {"COMPLETE": 3, "FAILED": 3}
    assert status["best"]["trial"] == 4, "its order is denied, while the others buy and the price falls"
    assert status["failures"] == {"b": {"strategy error": 3}, "c": {"worker crash": 1}}
    assert status["slowest"] == [{"trial": n, "seconds": s} for n, s in ((1, 10.0), (5, 6.0), (4, 5.0))]
    assert status["median_seconds"] == 4.0, "of 1, 2, 3, 4, 5, 6 and 10"
    assert status["workers"] == {"a": 1, "b": 3}
    assert status["trials_per_minute"] == pytest.approx(6 / 5, abs=0.05), "six in the last five minutes"


def test_a_sweep_that_has_not_begun(tmp_path):
    assert sweep({"sweep": "a-01234567", "runs": str(tmp_path)})["error"] == "has not begun"
