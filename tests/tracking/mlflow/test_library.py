from sweep.tracking.mlflow.library import LibraryCalls


def test_plain_values_come_back_as_they_were_given(uri):
    calls = LibraryCalls(uri)
    run_id = calls.create_run("0").info.run_id
    calls.log_values(run_id, [("m", 1, 1.5, 10), ("m", 1, 2.5, 20), ("m", 0, 3.0, 5)], {"a": "1"}, {"t": "2"})
    run = calls.get_run(run_id)
    assert (run.data.params, run.data.tags["t"]) == ({"a": "1"}, "2")
    assert calls.points(run_id) == {("m", 1): 2.5, ("m", 0): 3.0}
