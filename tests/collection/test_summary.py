"""One line of a sweep."""

from sweep.collection.annotations import tag
from sweep.collection.summary import size, summary
from sweep.ledger.ledger import Ledger
from sweep.trial import State
from tests.support import sweeps


def test_a_summary_says_what_the_ledger_has(finished_sweep, tmp_path):
    report = sweeps.copied(finished_sweep, tmp_path)
    tag(report.folder, ["desk=7"])
    row = summary(report.folder)
    assert row.id == report.id
    assert row.state == "finished"
    assert row.trials == {"COMPLETE": 3, "FAILED": 3}
    with report.folder.open() as ledger:
        best = max(ledger.rows(state=State.COMPLETE), key=lambda r: r.metrics["pnl_total"])
    assert (row.objective, row.best_trial, row.best) == ("pnl_total", best.number, best.metrics["pnl_total"])
    assert row.tags == {"desk": "7"}
    assert row.bytes == sum(p.lstat().st_size for p in report.folder.path.rglob("*") if p.is_file())


def test_a_state_is_that_of_the_driver_and_the_ledger(finished_sweep, tmp_path):
    folder = sweeps.copied(finished_sweep, tmp_path).folder
    with folder.locked():
        assert summary(folder).state == "running"
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(data_changed="2026-01-01T00:00:00Z")
    assert summary(folder).state == "data changed"
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(data_changed=None, finished=None)
    assert summary(folder).state == "interrupted"


def test_links_are_not_followed(tmp_path):
    (tmp_path / "large").write_bytes(bytes(10_000))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/link").symlink_to(tmp_path / "large")
    (tmp_path / "folder/file").write_bytes(bytes(7))
    assert size(tmp_path / "folder") < 1_000
