"""A full disk, a folder that cannot be written, a write that was torn."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import sweep
from sweep.errors import LedgerError
from sweep.ledger.ledger import Ledger
from sweep.results.report import Report
from sweep.trial import Result, State
from tests.support import sweeps
from tests.support.drivers import Driver, complete, rows

pytestmark = [pytest.mark.faults, pytest.mark.timeout(200)]

MIB = 2**20


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mounts a small disk of its own; `remount` changes its options."""
    mounted: list[Path] = []

    def mount(options: str, place: Path | None = None) -> Path:
        disk = place or tmp_path / f"disk{len(mounted)}"
        disk.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", options, "sweep-test", str(disk)]
        if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("needs the right to mount a small disk")
        mounted.extend([disk] if disk not in mounted else [])
        return disk

    yield mount
    for disk in mounted:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def spec(tmp_path: Path, trials: int) -> Path:
    content = sweeps.spec(
        sweeps.catalog(tmp_path / "catalog", minutes=2),
        {"strategy.buys": list(range(1, trials + 1))},
        execution={"replay": "isolated"},  # trial after trial, so that some are recorded before the disk is full
    )
    return sweeps.write(tmp_path / "spec.yaml", content)


def test_a_disk_that_fills_while_a_sweep_runs(mount, tmp_path):
    disk = mount("size=1m")
    options = ("--runs-dir", disk / "runs", "--executor", "inline", "--tracking-uri", "none")
    driver = Driver("run", spec(tmp_path, 2000), *options)
    code, _, errors = driver.end(150)
    assert code == 1, errors
    assert "Nothing that was recorded" in errors
    assert "full" in errors or "No space" in errors
    assert "Traceback" not in errors
    before = complete(disk / "runs")
    assert before
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    again = Driver("run", spec(tmp_path, max(before) + 4), *options)
    code, _, errors = again.end()
    assert code == 0, errors
    after = rows(disk / "runs")
    assert all(row.state is State.COMPLETE for row in after.values())
    assert all((after[n].attempt, after[n].ended) == (row.attempt, row.ended) for n, row in before.items())


@pytest.mark.slow
@pytest.mark.parametrize("size", [8, 80, 120, 300])
def test_a_disk_that_is_full_at_any_stage_names_what_works(mount, tmp_path, size):
    """Before the ledger, in its first transaction, at the kept sources, at the first trials."""
    disk = mount(f"size={size}k")
    options = ("--runs-dir", disk / "runs", "--executor", "inline", "--tracking-uri", "none")
    code, _, errors = Driver("run", spec(tmp_path, 40), *options).end(150)
    assert code == 1, errors
    assert "Traceback" not in errors
    assert "check the disk and permissions, then run the same command again" in errors
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
    code, _, errors = Driver("run", spec(tmp_path, 40), *options).end(150)
    assert code == 0, errors
    assert len(complete(disk / "runs")) == 40


def test_a_disk_that_cannot_be_written_is_told_before_anything_starts(mount, tmp_path):
    disk = mount("size=1m,ro")
    driver = Driver("run", spec(tmp_path, 2), "--runs-dir", disk / "runs", "--executor", "ray")
    code, _, errors = driver.end()
    assert code == 2, errors
    assert "nothing can be written there: Read-only file system" in errors
    assert driver.is_alone()


@pytest.mark.slow
def test_a_sweep_on_a_disk_that_cannot_be_written_can_be_read(mount, tmp_path):
    disk = mount("size=8m")
    sweep.run(spec(tmp_path, 3), runs_dir=disk / "runs", executor="inline", tracking=False)
    (ledger,) = disk.glob("runs/*/ledger.sqlite")
    for left in (f"{ledger}-wal", f"{ledger}-shm"):
        Path(left).unlink(missing_ok=True)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    code, out, errors = Driver("list", "--runs-dir", disk / "runs", "--json").end()
    assert code == 0, errors
    assert '"COMPLETE": 3' in out
    assert Driver("show", ledger.parent.name, "--runs-dir", disk / "runs").end()[0] == 0
    code, _, errors = Driver("run", tmp_path / "spec.yaml", "--runs-dir", disk / "runs").end()
    assert code == 2, errors


@pytest.fixture(scope="module")
def died(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger whose driver was killed with 40 trials recorded, none of them checkpointed; its -wal lies beside it."""
    place = tmp_path_factory.mktemp("died")
    living = Ledger.create(place / "living" / "ledger.sqlite", {"id": "s-1", "name": "s"})
    living._db.execute("PRAGMA wal_autocheckpoint = 0")
    for n in range(40):
        living.record([(living.begin(f"k{n}", {"a": n}), Result(State.COMPLETE, {"pnl_total": float(n)}, ended=1.0))])
    shutil.copytree(place / "living", place / "died")
    living.close()
    return place / "died"


def damaged(died: Path, tmp_path: Path, damage: Callable[[bytearray], Any]) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(died, copy)
    (copy / "ledger.sqlite-shm").unlink(missing_ok=True)  # as after a power cut
    content = bytearray((log := copy / "ledger.sqlite-wal").read_bytes())
    damage(content)
    log.write_bytes(content)
    return copy / "ledger.sqlite"


CUTS = [0.0, 0.1, 0.37, 0.5, 0.83, 0.99, 0.9999]


@pytest.mark.parametrize("share", CUTS)
def test_a_torn_log_keeps_every_commit_before_the_tear(died, tmp_path, share):
    path = damaged(died, tmp_path, lambda log: log.__delitem__(slice(int(len(log) * share), None)))
    assert_goes_on(path, share)


@pytest.mark.parametrize("share", CUTS)
def test_bytes_that_flipped_in_the_log_end_it_there(died, tmp_path, share):
    def flip(log: bytearray) -> None:
        at = int(len(log) * share)
        log[at : at + 8] = bytes(b ^ 0xFF for b in log[at : at + 8])

    assert_goes_on(damaged(died, tmp_path, flip), share)


def assert_goes_on(path: Path, share: float) -> None:
    """The trials before the damage are there, and right; a driver goes on from them."""
    with Ledger.open(path) as ledger:
        rows = [(r.number, r.metrics) for r in ledger.rows() if r.state]
    assert rows == [(n, {"pnl_total": float(n)}) for n in range(len(rows))]
    assert len(rows) >= int(40 * share) - 2
    with Ledger.create(path, {"id": "s-1", "name": "s"}) as ledger:
        number = ledger.begin("new", {})
        ledger.record([(number, Result(State.COMPLETE, {"pnl_total": 0.5}))])
        assert ledger.count()["COMPLETE"] == len(rows) + 1


def corrupted(died: Path, tmp_path: Path, first: int) -> Path:
    """A ledger without a log, whose pages from this one on are gone."""
    copy = tmp_path / "copy"
    shutil.copytree(died, copy)
    with closing(sqlite3.connect(path := copy / "ledger.sqlite")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = db.execute("PRAGMA page_size").fetchone()[0]
        first %= db.execute("PRAGMA page_count").fetchone()[0]
    content = bytearray(path.read_bytes())
    content[first * size :] = b"\xa5" * (len(content) - first * size)
    path.write_bytes(content)
    return path


def test_a_ledger_that_is_damaged_is_a_sentence_for_who_reads(died, tmp_path):
    with pytest.raises(LedgerError, match=r"ledger\.sqlite: the file is damaged"):
        Report(corrupted(died, tmp_path, 1).parent).count()


def test_no_driver_goes_on_with_a_ledger_that_is_damaged_anywhere(died, tmp_path):
    path = corrupted(died, tmp_path, -1)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite: the file is damaged"):
        Ledger.create(path, {"id": "s-1"})
