from sweep.tracking.mlflow.database.run_rows import TABLES, is_plain, rows
from sweep.tracking.mlflow.trial_run import RunRecord

RECORD = RunRecord("#1", "FINISHED", 1000, 2000, {"a": "1"}, {"b": "2"}, {"m": 1.5})


def test_every_row_belongs_to_the_run():
    tables = rows("id", 7, "file:///x/id/artifacts", RECORD, {"a": "1", "mlflow.user": "tester"})
    assert tuple(tables) == TABLES
    assert {row["run_uuid"] for table in tables.values() for row in table} == {"id"}
    (run,) = tables["runs"]
    assert (run["user_id"], run["experiment_id"], run["start_time"], run["end_time"]) == ("tester", 7, 1000, 2000)
    assert {(row["key"], row["value"]) for row in tables["tags"]} == {
        ("a", "1"), ("mlflow.user", "tester"), ("mlflow.runName", "#1"),
    }  # fmt: skip
    assert tables["metrics"] == tables["latest_metrics"]


def test_a_figure_that_mlflow_replaces_is_not_plain():
    assert is_plain(RECORD)
    assert not is_plain(RunRecord("#1", "FINISHED", 1, 2, {}, {}, {"m": float("nan")}))
