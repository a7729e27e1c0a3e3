"""Results are bound to the data that they read."""

import os
import shutil
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

import sweep
from sweep.catalog.data_binding import binding, bound
from sweep.catalog.fingerprint import Fingerprint
from sweep.errors import Reason, SweepError, TrialError
from sweep.ledger.run_directory import Folder
from sweep.runner import driver
from tests.support import commands, sweeps


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A catalog, and another one beside it with the same files of other content."""
    sweeps.catalog(tmp_path / "catalog", minutes=2)
    sweeps.catalog(tmp_path / "other", minutes=3)
    return tmp_path


def backtest(place: Path) -> dict[str, Any]:
    return sweeps.spec(str(place / "catalog"), {})


def expected(place: Path) -> str:
    return binding(Fingerprint(place / "catalog"), backtest(place))


def exchange(place: Path) -> None:
    for name, target in (("catalog", "aside"), ("other", "catalog"), ("aside", "other")):
        (place / name).rename(place / target)


def quotes(place: Path) -> Path:
    return next((place / "catalog" / "data" / "quotes").rglob("*.parquet"))


def overwrite(place: Path) -> None:
    """The same file, size and times, with other bytes."""
    before, content = quotes(place).stat(), quotes(place).read_bytes()
    quotes(place).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(quotes(place), ns=(before.st_atime_ns, before.st_mtime_ns))


def add(place: Path) -> None:
    name = quotes(place).name.replace("2026-05-05", "2026-05-06")
    shutil.copy(quotes(place), quotes(place).with_name(name))


CHANGES = {
    "lost": lambda place: quotes(place).unlink(),
    "replaced": lambda place: next((place / "other" / "data" / "quotes").rglob("*.parquet")).replace(quotes(place)),
    "overwritten": overwrite,
    "another one beside it": add,
    "the whole catalog": exchange,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("when", ["before", "while"])
def test_whatever_changes_is_found(place: Path, change: str, when: str):
    facts = expected(place)
    with bound(backtest(place), facts):
        pass
    if when == "before":
        CHANGES[change](place)
    with pytest.raises(TrialError) as failed, bound(backtest(place), facts):
        CHANGES[change](place)
    assert failed.value.reason is Reason.CHANGED


def test_what_was_different_for_a_while_is_found_when_the_trial_ends(place: Path):
    facts = expected(place)
    with pytest.raises(TrialError, match="changed while it ran"), bound(backtest(place), facts):
        [exchange(place) for _ in range(2)]
    with bound(backtest(place), facts):  # it is the data of the key
        pass


def test_a_copy_with_other_times_is_the_same_data(place: Path):
    facts = expected(place)
    os.utime(quotes(place))
    with bound(backtest(place), facts):
        pass


def test_an_interrupt_is_not_hidden(place: Path):
    def interrupted() -> None:
        with bound(backtest(place), expected(place)):
            exchange(place)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


def test_a_look_costs_less_than_a_hundredth_of_a_short_trial(place: Path):
    facts, plan = expected(place), backtest(place)
    for path in (*(place / "catalog").rglob("*"),):
        os.utime(path, (1, 1))
    time.sleep(2.1)  # what changed a moment ago is hashed each time
    costs = []
    for _ in range(20):
        began = time.process_time()
        with bound(plan, facts):
            pass
        costs.append(time.process_time() - began)
    assert min(costs) < 0.001


def run(place: Path, **options: Any) -> Any:
    path = sweeps.write(place / "spec.yaml", sweeps.spec(str(place / "catalog"), {"strategy.buys": [1, 2, 3, 4]}))
    return sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False, **options)


@pytest.mark.parametrize("back", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_trials_on_other_data_fail_and_run_again_when_it_is_back(place: Path, back: bool):
    right = [row.metrics for row in rows(run(place).folder)]
    shutil.rmtree(place / "runs")
    ended: list[int] = []

    def watch(tally: Any) -> None:
        if tally.ended > len(ended):
            ended.append(1)
            if len(ended) == 2 or (back and len(ended) == 3):
                exchange(place)

    with pytest.raises(SweepError, match="nobody takes its results as known") if not back else nullcontext():
        run(place, watch=watch)
    first = rows(Folder.all(place / "runs")[0])
    assert any(row.reason is Reason.CHANGED for row in first)
    assert all(row.metrics == right[row.number] for row in first if row.state == "COMPLETE")
    if not back:
        exchange(place)
    assert [row.metrics for row in rows(run(place).folder)] == right


def test_results_of_a_sweep_that_was_found_unequal_are_known_to_nobody(place: Path, monkeypatch: pytest.MonkeyPatch):
    close = driver.Driver.run

    def drive(self: Any, *arguments: Any) -> None:
        close(self, *arguments)
        exchange(place)

    monkeypatch.setattr(driver.Driver, "run", drive)
    with pytest.raises(SweepError, match="nobody takes its results as known"):
        run(place)
    monkeypatch.undo()
    (folder,) = Folder.all(place / "runs")
    output = commands.invoke("show", folder.id, "--runs-dir", place / "runs").output
    assert "the data was found changed" in " ".join(output.split())
    exchange(place)
    tally: list[Any] = []
    again = run(place, watch=lambda t: tally.append((t.skipped, t.ended)))
    assert tally[-1] == (0, 4)
    assert not again.doubts()


def rows(folder: Folder) -> list[Any]:
    with folder.open() as ledger:
        return list(ledger.rows())
