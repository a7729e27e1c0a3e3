"""One backtest without a search."""

import json
from pathlib import Path

import pytest

import sweep
from sweep.errors import InputError
from sweep.ledger.run_directory import Folder
from sweep.runner import single_backtest
from tests.support import sweeps

ORDERS = {"config": {"orders": [[1, 100], [9, -100]]}}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("data") / "catalog", minutes=2)


def spec(place: Path, catalog: str, *, config: object = None, **more: object) -> Path:
    content = sweeps.spec(catalog, {}, strategy=sweeps.TRADED | {"config": config or ORDERS["config"]}, **more)
    return sweeps.write(place / "spec.yaml", content)


def test_a_spec_needs_no_search_and_one_with_a_search_gives_the_same(tmp_path: Path, catalog: str):
    with_search = spec(tmp_path, catalog, search={"space": {"strategy.fault": ["", "on_quote"]}}, prefer=["trades"])
    one = sweep.run_backtest(with_search, runs_dir=tmp_path / "runs", tracking=False)
    text = with_search.read_text()
    with_search.write_text(text[: text.index("search:")])
    other = sweep.run_backtest(with_search, out=tmp_path / "other", tracking=False)
    assert one.id == other.id
    assert one.metrics == other.metrics
    assert one.path == tmp_path / "runs" / "backtests" / one.id
    assert one.metrics["trades"] == 1


def test_it_is_the_trial_of_a_sweep_with_these_values(tmp_path: Path, catalog: str):
    grid = spec(
        tmp_path, catalog, config={"at": 2}, search={"space": {"strategy.orders": [ORDERS["config"]["orders"]]}}
    )
    report = sweep.run(grid, runs_dir=tmp_path / "runs", executor="inline", tracking=False)
    record = sweep.run_backtest(
        grid, [f"strategy.orders={json.dumps(ORDERS['config']['orders'])}"], out=tmp_path / "out", tracking=False
    )
    assert report.trial(0).metrics == record.metrics
    assert report.trial(0).key.startswith(record.id.rpartition("-")[2])
    with Folder(record.path).open() as ledger:
        assert ledger.facts.id == record.id
        (row,) = ledger.rows()
        assert row.params == {"strategy.at": 2}  # its plain values, for MLflow


def test_it_can_be_replayed_like_a_trial(tmp_path: Path, catalog: str):
    record = sweep.run_backtest(spec(tmp_path, catalog), out=tmp_path / "out", tracking=False)
    assert sweep.replay(record.path, 0).identical


def test_a_second_run_takes_the_place_of_the_first(tmp_path: Path, catalog: str):
    first = sweep.run_backtest(spec(tmp_path, catalog), out=tmp_path / "out", tracking=False, csv=True)
    assert "fills.csv" in first.files
    second = sweep.run_backtest(spec(tmp_path, catalog), out=tmp_path / "out", tracking=False)
    assert not (tmp_path / "out" / "fills.csv").exists()
    assert second.metrics == first.metrics
    assert len(second.frame("fills")) == 2


def test_a_failure_says_why_and_keeps_its_record(tmp_path: Path, catalog: str):
    record = sweep.run_backtest(
        spec(tmp_path, catalog, config={"fault": "on_quote"}), out=tmp_path / "out", tracking=False
    )
    assert record.trial is None
    assert "boom" in record.result.message
    with pytest.raises(ValueError, match="boom"):
        record.frame("fills")
    with Folder(record.path).open() as ledger:
        assert ledger.count() == {"FAILED": 1}


def test_other_files_are_never_written_over(finished_sweep, tmp_path: Path):
    report = sweeps.copied(finished_sweep, tmp_path)
    ledger = report.folder.ledger.read_bytes()
    with pytest.raises(InputError, match="holds other files"):
        sweep.run_backtest(tmp_path / "spec.yaml", out=report.folder.path, tracking=False)
    assert report.folder.ledger.read_bytes() == ledger


def test_the_mirror_has_the_tearsheet_without_drawing_it_twice(tmp_path: Path):
    folder = Folder(tmp_path / "out")
    folder.path.mkdir()
    (folder.path / "tearsheet.html").write_text("<html>")
    single_backtest.share(folder, 0)
    assert (folder.tearsheets / "0.html").read_text() == "<html>"
