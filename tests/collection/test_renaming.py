"""Another name for a sweep."""

import pytest

import sweep
from sweep.collection.removal import remove
from sweep.collection.renaming import rename
from sweep.errors import InputError
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from tests.support import ledgers, sweeps


@pytest.fixture
def folder(finished_sweep, tmp_path):
    return sweeps.copied(finished_sweep, tmp_path).folder


def test_a_renamed_sweep_is_the_same_sweep_under_its_new_name(folder, finished_sweep):
    renamed, _ = rename(folder, "larger")
    assert renamed.id == folder.id.replace("small-", "larger-")
    assert not folder.path.exists()
    report = Report(renamed)
    assert (report.id, report.facts.name) == (renamed.id, "larger")
    with renamed.open() as ours, finished_sweep.folder.open() as theirs:
        assert [r.metrics for r in ours.rows()] == [r.metrics for r in theirs.rows()]


def test_a_sweep_that_was_mirrored_is_whole_afterwards(tmp_path):
    place = ledgers.write(ledgers.folder(tmp_path), [({"fast": 1}, {"pnl_total": 1.0})], mlflow={"uri": "x"})
    place.spec.write_text("name: made-up\n")
    renamed, _ = rename(place, "larger")
    with renamed.open() as ledger:
        assert not ledger.damage
        assert not ledger.facts.mlflow
    with Ledger.open(renamed.ledger, write=True) as ledger:
        ledger.note(note="a mirror and `tag` write to it")


@pytest.mark.parametrize("again", [lambda folder: rename(folder, "other"), remove])
def test_who_comes_second_leaves_no_folder(tmp_path, again):
    """It has looked the sweep up before the first one renamed it."""
    place = ledgers.write(ledgers.folder(tmp_path), [({"fast": 1}, {"pnl_total": 1.0})])
    place.spec.write_text("name: made-up\n")
    renamed, _ = rename(place, "larger")
    with pytest.raises(InputError, match="removed or renamed in this moment"):
        again(place)
    assert list(tmp_path.iterdir()) == [renamed.path]


def test_its_spec_runs_on_in_the_renamed_folder(folder, tmp_path, finished_sweep):
    renamed, _ = rename(folder, "larger")
    spec = renamed.spec.read_text()
    (tmp_path / "again.yaml").write_text(spec)
    result = sweep.run(tmp_path / "again.yaml", runs_dir=renamed.path.parent, executor="inline", tracking=False)
    assert result.folder.path == renamed.path, "the id of the plan is the id of the folder"
    assert result.count() == finished_sweep.count()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".x", "x" * 81, "a b", "[red]"])
def test_a_wrong_name_changes_nothing(folder, name):
    with pytest.raises(InputError, match="is no name of a sweep"):
        rename(folder, name)
    assert Folder(folder.path).ledger.exists()


def test_a_name_that_is_taken_is_refused(folder):
    folder.path.with_name(folder.id.replace("small-", "other-")).mkdir()
    with pytest.raises(InputError, match="already"):
        rename(folder, "other")


def test_a_sweep_that_is_run_keeps_its_name(folder):
    with folder.locked(), pytest.raises(InputError, match="is being run"):
        rename(folder, "other")
    assert "name: small" in folder.spec.read_text()
