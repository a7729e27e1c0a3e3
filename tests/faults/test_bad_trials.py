"""Trials that hang, crash, hoard and lie about it, among good ones, in one sweep."""

from collections.abc import Iterable
from pathlib import Path

import pytest

import sweep
from sweep.errors import Reason
from sweep.results.report import Report
from sweep.trial import State
from tests.support import sweeps

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

EXPECTED = {
    "sleep": (Reason.TIMEOUT, "still running after 10 s"),
    "loop": (Reason.TIMEOUT, "still running after 10 s"),
    "busy": (Reason.TIMEOUT, "still running after 10 s"),
    "abort": (Reason.CRASH, "Aborted"),
    "segfault": (Reason.CRASH, "Segmentation fault"),
    "kill": (Reason.CRASH, "exited or was killed"),
    "os_exit": (Reason.CRASH, "exited or was killed"),
    "family": (Reason.CRASH, "Aborted"),
    "hoard": (Reason.MEMORY, "grew beyond"),
    "hungry": (Reason.MEMORY, "grew beyond"),
    "error": (Reason.STRATEGY, "no such thing"),
    "exit": (Reason.STRATEGY, "SystemExit"),
}


HOARDING = ("hoard", "hungry")  # they get a minute: on a busy machine their memory grows for longer than ten seconds


def ran(place: Path, kinds: Iterable[str], timeout: str) -> Report:
    space = {"strategy.how": ["well", *kinds], "strategy.seed": [1, 2]}
    limits = {"trial_timeout": timeout, "trial_memory": "1500 MiB", "retries": 1}
    content = sweeps.spec(
        sweeps.catalog(place / "catalog"), space, limits=limits,
        execution={"replay": "isolated"},  # in a pack a hang lasts as long as all its trials may take (test_packs)
    )  # fmt: skip
    spec = sweeps.write(place / "spec.yaml", content)
    return sweep.run(spec, runs_dir=place / "runs", workers=2, tracking=False)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return ran(tmp_path_factory.mktemp("faults"), [how for how in EXPECTED if how not in HOARDING], "10s")


@pytest.fixture(scope="module")
def hoarding(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return ran(tmp_path_factory.mktemp("hoarding"), HOARDING, "60s")


def test_the_sweep_ends_by_itself_with_every_trial_settled(report: Report, hoarding: Report):
    assert report.count() == {"COMPLETE": 2, "FAILED": 2 * (len(EXPECTED) - len(HOARDING))}
    assert hoarding.count() == {"COMPLETE": 2, "FAILED": 2 * len(HOARDING)}


@pytest.mark.parametrize("how", EXPECTED)
def test_each_fault_has_its_reason_and_says_what_happened(report: Report, hoarding: Report, how: str):
    reason, message = EXPECTED[how]
    rows = [r for one in (report, hoarding) for r in one.failures() if r.params["strategy.how"] == how]
    assert len(rows) == 2
    for row in rows:
        assert row.reason is reason, row
        assert message in row.message, row
        assert f"about to do: {how}" in row.trace or how == "family", row  # whose traceback fills the trace
        assert row.worker.rpartition(":")[2].isdigit()
        assert row.metrics == {}


def test_a_hang_says_where_it_hung(report: Report):
    rows = [r for r in report.failures() if r.params["strategy.how"] == "sleep"]
    assert all("on_quote" in r.trace for r in rows), rows[0].trace


def test_what_the_machine_may_have_broken_had_its_second_attempt(report: Report, hoarding: Report):
    failures = [*report.failures(), *hoarding.failures()]
    attempts = {str(r.params["strategy.how"]): r.attempt for r in failures}
    assert {how for how, n in attempts.items() if n == 2} == {
        "abort", "segfault", "kill", "os_exit", "family", "hoard", "hungry",
    }  # fmt: skip
    assert {how for how, n in attempts.items() if n == 1} == {"sleep", "loop", "busy", "error", "exit"}


def test_the_good_ones_are_untouched(report: Report, hoarding: Report):
    rows = [*report.frame().to_dict("records"), *hoarding.frame().to_dict("records")]
    good = [r for r in rows if r["state"] == State.COMPLETE]
    assert [r["params.strategy.how"] for r in good] == ["well"] * 4
    assert all(r["metrics.pnl_total"] == 0 and r["attempt"] == 1 for r in good)
