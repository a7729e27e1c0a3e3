"""Choice among several runs of one trial. The rest is tested with MLflow in test_mirror_process.py."""

from hypothesis import given
from hypothesis import strategies as st

from sweep.tracking.mlflow.client import FoundRun
from sweep.tracking.mlflow.reconcile import decide


def run(run_id: str, digest: str = "right", *, has_ended: bool = True) -> FoundRun:
    return FoundRun(run_id, "trial", "key", digest, has_ended, {})


def test_nothing_is_there():
    assert decide("right", []) == (None, [])


def test_the_whole_one_is_kept():
    whole, half = run("b"), run("a", has_ended=False)
    assert decide("right", [half, whole]) == (whole, [half])


def test_a_half_written_one_is_completed():
    half = run("a", has_ended=False)
    assert decide("right", [half]) == (half, [])


def test_one_of_another_content_goes():
    old = run("a", "old")
    assert decide("right", [old]) == (None, [old])


runs = st.builds(run, st.uuids().map(str), st.sampled_from(["right", "old"]), has_ended=st.booleans())


@given(st.lists(runs, unique_by=lambda f: f.run_id), st.randoms())
def test_the_choice_does_not_depend_on_the_order_and_loses_none(stored_runs, chance):
    keep, surplus = decide("right", stored_runs)
    assert {f.run_id for f in surplus} | ({keep.run_id} if keep else set()) == {f.run_id for f in stored_runs}
    assert keep not in surplus
    shuffled = list(stored_runs)
    chance.shuffle(shuffled)
    assert decide("right", shuffled)[0] == keep
