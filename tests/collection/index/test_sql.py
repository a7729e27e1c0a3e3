"""SQL over the index reads, and does nothing else."""

from pathlib import Path

import pytest

from sweep.collection.index import sql
from sweep.collection.index.schema import Columns
from sweep.errors import InputError
from tests.support import ledgers


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    trials = [({"strategy.fast": 1}, {"pnl_total": 1.5, "Own": 1}), ({"strategy.fast": "slow"}, {"own": 2}), ({}, None)]
    ledgers.write(ledgers.folder(place, "a"), trials, tags={"team": "x"})
    return place


def test_the_tables_have_what_the_ledgers_have(runs: Path):
    rows = sql.run(
        runs, 'SELECT trial, state, pnl_total, "Own", "own (2)", "param.strategy.fast" FROM trials ORDER BY 1'
    )
    assert rows.rows == [
        (0, "COMPLETE", 1.5, 1, None, "1"), (1, "COMPLETE", None, None, 2, "slow"),
        (2, "FAILED", None, None, None, None),
    ]  # fmt: skip
    assert sql.run(runs, "SELECT sweep, name, value FROM tags").rows == [("a-00000000", "team", "x")]
    assert sql.run(runs, "SELECT verdict, count(*) FROM sweeps GROUP BY 1").rows == [("no evidence", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE trials", 'DELETE FROM "index".main.trials', "CREATE TABLE x (a INT)", "COPY trials TO 'trials.csv'",
        "SELECT * FROM read_csv('/etc/passwd')", "ATTACH 'other.db'", "SET enable_external_access = true",
        "INSTALL httpfs", "SELECT nothing FROM trials", "selec",
    ],
)  # fmt: skip
def test_whatever_writes_or_reads_files_is_refused(runs: Path, text: str, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="SQL"):
        sql.run(runs, text)
    assert not list(tmp_path.iterdir())
    assert sql.run(runs, "SELECT count(*) FROM trials").rows == [(3,)]


def test_a_name_with_a_quote_is_a_name():
    columns = Columns()
    columns.of_value("metric", 'a" FROM x; --', 1.0)
    assert 'AS "a"" FROM x; --"' in sql.views(columns)["trials"]
