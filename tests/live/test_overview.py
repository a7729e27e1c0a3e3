"""The list of sweeps: each as `sweep list` has it, those that do not change read once."""

from sweep.collection import summary
from sweep.collection.annotations import tag
from sweep.live import overview
from sweep.live.overview import Overview
from tests.results.ledgers import written


def test_a_sweep_is_read_again_only_when_it_has_changed(tmp_path, monkeypatch):
    first, second = (written(tmp_path / f"{name}-00000000") for name in ("first", "second"))
    reads = list[str]()

    def read(folder):
        reads.append(folder.id)
        return summary.summary(folder)

    monkeypatch.setattr(overview, "summary", read)
    listed = Overview(tmp_path)
    assert {each["id"]: each["state"] for each in listed.sweeps()} == {
        first.id: "interrupted",
        second.id: "interrupted",
    }
    assert len(listed.sweeps()) == len(reads) == 2
    tag(first, ["team=rates"])
    assert {each["id"]: each["tags"] for each in listed.sweeps()} == {first.id: {"team": "rates"}, second.id: {}}
    assert reads[2:] == [first.id]
    with second.locked():
        assert {each["id"]: each["state"] for each in listed.sweeps()}[second.id] == "running"
    assert {each["id"]: each["state"] for each in listed.sweeps()}[second.id] == "interrupted", "its driver has ended"


def test_a_sweep_that_cannot_be_read_is_listed_with_the_reason(tmp_path):
    folder = written(tmp_path / "first-00000000")
    folder.ledger.write_bytes(b"no ledger")
    (only,) = Overview(tmp_path).sweeps()
    assert only["id"] == folder.id and "not a database" in only["error"]


def test_the_best_has_the_unit_of_its_metric(tmp_path):
    written(tmp_path / "first-00000000")
    (only,) = Overview(tmp_path).sweeps()
    assert (only["objective"], only["unit"]) == ("pnl_total", ("money", 2))
