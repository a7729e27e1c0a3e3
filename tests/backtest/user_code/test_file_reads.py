"""Files that a strategy opens itself are told by path and line; those of the catalog are refused."""

import sqlite3
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sweep.backtest import run
from sweep.backtest.shared.shared_run import run as run_shared
from sweep.errors import Reason, TrialError
from tests.support.trials import trial
from tests.support.written_modules import line_of, write_module

HEAD = """\
import io, os, pathlib, sqlite3
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
from nautilus_trader.model import InstrumentId
from nautilus_trader.trading import Strategy
SPY = InstrumentId.from_str("SPY.ARCA")
"""
CLASS = """
class S(Strategy):
    def __init__(self):
        super().__init__()
        {init}
    def on_start(self):
        self.subscribe_quotes(SPY)
    def on_quote(self, quote):
        {quote}
"""
READS = {  # how: the file
    "open(PATH).close()": "table.csv",
    "open(PATH, 'rb').close()": "table.csv",
    "io.open(PATH).close()": "table.csv",
    "pathlib.Path(PATH).read_bytes()": "table.csv",
    "os.close(os.open(PATH, os.O_RDONLY))": "table.csv",
    "pd.read_csv(PATH)": "table.csv",
    "np.loadtxt(PATH, delimiter=',', skiprows=1)": "table.csv",
    "np.load(PATH)": "array.npy",
    "np.memmap(PATH, mode='r')": "array.npy",
    "pd.read_parquet(PATH)": "table.parquet",
    "pq.read_table(PATH)": "table.parquet",
    "pq.ParquetFile(pathlib.Path(PATH)).read()": "table.parquet",
    "pa.memory_map(PATH).close()": "table.parquet",
    "pa.dataset.dataset(PATH)": "table.parquet",
    "sqlite3.connect(PATH).close()": "table.db",
}


def put_files(folder: Path) -> Path:
    """A file of each kind."""
    folder.mkdir(exist_ok=True)
    table = pa.table({"a": [1, 2]})
    (folder / "table.csv").write_text("a,b\n1,2\n")
    pq.write_table(table, folder / "table.parquet")
    np.save(folder / "array.npy", np.ones(3))
    sqlite3.connect(folder / "table.db").close()
    return folder


@pytest.fixture
def files(tmp_path):
    return put_files(tmp_path / "own")


def written(tmp_path, monkeypatch, path, **places):
    source = HEAD + f"PATH = {str(path)!r}\n" + CLASS.format(**{"init": "pass", "quote": "pass"} | places)
    return write_module(tmp_path, monkeypatch, source, head="")


@pytest.mark.parametrize("read", READS)
def test_each_way_to_read_is_told_once_by_path_and_line(spy, files, tmp_path, monkeypatch, read):
    path = files / READS[read]
    module = written(tmp_path, monkeypatch, path, quote=read)
    for _ in range(2):  # the second trial of a process, too
        (warning,) = run(trial(spy, {"path": f"{module.__name__}:S"})).warnings
        assert warning.startswith(f"{module.__name__}.py:{line_of(module, read)} reads {path}: ")


@pytest.mark.parametrize("read", ["open(PATH).close()", "pq.read_table(PATH)", "pathlib.Path(PATH).read_bytes()"])
@pytest.mark.parametrize("place", ["init", "quote"])
def test_a_file_of_the_catalog_is_a_look_ahead(spy, tmp_path, monkeypatch, read, place):
    catalog = Path(spy)
    target = next(catalog.rglob("*.parquet"))
    for path in (target, tmp_path / "link.parquet"):
        if path != target:
            path.symlink_to(target)
        module = written(tmp_path, monkeypatch, path, **{place: read})
        with pytest.raises(TrialError) as caught:
            run(trial(spy, {"path": f"{module.__name__}:S"}))
        assert caught.value.reason is Reason.GUARD
        assert caught.value.message.startswith(f"{module.__name__}.py:{line_of(module, read)} reads {path}, a file of")


def test_files_that_a_module_reads_at_its_import_are_told_by_every_trial(spy, files, tmp_path, monkeypatch):
    path = files / "table.csv"
    source = HEAD + f"ROWS = pathlib.Path({str(path)!r}).read_text()\n" + CLASS.format(init="pass", quote="pass")
    (tmp_path / "reads_at_import.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    for _ in range(2):
        (warning,) = run(trial(spy, {"path": "reads_at_import:S"})).warnings
        assert warning.startswith(f"reads_at_import.py:10 reads {path}: ")


@pytest.mark.parametrize(
    "harmless",
    [
        "open(PATH + '.log', 'a').close()",
        "import json, decimal, zoneinfo; zoneinfo.ZoneInfo('America/New_York')",
        "pq.write_table(pa.table({'a': [1]}), PATH + '.parquet')",
        "pd.DataFrame({'a': [1]}).to_csv(PATH + '.csv')",
        "os.path.exists(PATH)",
        "sqlite3.connect(':memory:').close()",
    ],
)
def test_what_reads_no_file_of_ones_own(spy, files, tmp_path, monkeypatch, harmless):
    module = written(tmp_path, monkeypatch, files / "table", quote=harmless)
    assert not run(trial(spy, {"path": f"{module.__name__}:S"})).warnings


def test_many_files_of_one_line_are_one_warning(spy, files, tmp_path, monkeypatch):
    module = written(tmp_path, monkeypatch, files, quote="[f.read_bytes() for f in pathlib.Path(PATH).iterdir()]")
    (warning,) = run(trial(spy, {"path": f"{module.__name__}:S"})).warnings
    assert " and 3 more: " in warning


def test_a_trial_of_a_pack_that_reads_a_file_runs_isolated(spy, files, tmp_path, monkeypatch):
    module = written(tmp_path, monkeypatch, files / "table.csv", quote="open(PATH).close()")
    same = trial(spy, {"path": f"{module.__name__}:S"})
    reasons = run_shared([(same, ()), (same, ())])
    assert ["reads a file of its own" in str(reason) for reason in reasons] == [True, True], reasons
