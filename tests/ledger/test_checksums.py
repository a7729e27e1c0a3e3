"""Flipped bits in a ledger that nobody writes: never another figure without a word, and never a traceback."""

import json
import random
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import pytest

from sweep.errors import LedgerError, Reason, SweepError
from sweep.ledger import checksums
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.trial import Proposal, Result, State
from tests.support import sweeps
from tests.support.commands import invoke
from tests.support.edited_ledgers import edited
from tests.support.effort import repeats

WORD = "damaged on the disk, and left out"


@pytest.fixture(scope="module")
def closed(finished_sweep, tmp_path_factory):
    """The folder of a sweep that has ended; everything is in one file."""
    folder = sweeps.copied(finished_sweep, tmp_path_factory.mktemp("closed")).folder
    with Ledger.open(folder.ledger, write=True) as ledger:
        (row,) = [row for row in ledger.rows() if row.number == 2]
        ledger.record([(2, replace(ledger.result(row), inputs={"weights.json": "0" * 64, "os.environ[A]": "absent"}))])
    with closing(sqlite3.connect(folder.ledger)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


def figures(folder: Folder) -> dict[str, object]:
    """All that a sweep says of each of its trials, and of itself."""
    with folder.open() as ledger:
        results = {}
        for row in ledger.rows():
            if row.state is not None:
                results[row.number] = (row.key, row.params, ledger.result(row), ledger.attempts(row.number))
        facts = {name: value for name, value in ledger.facts.plain().items() if name != "mlflow"}
        leaders = [row.number for row in ledger.leaders(10)]
        return {"results": results, "facts": facts, "count": ledger.count(), "leaders": leaders,
                "returns": [(n, days, list(r)) for n, days, r in ledger.returns()], "asks": ledger.asks()}  # fmt: skip


def flipped(closed: Folder, place, bits: list[int]) -> Folder:
    folder = Folder(shutil.copytree(closed.path, place / closed.id))
    content = bytearray(folder.ledger.read_bytes())
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
    folder.ledger.write_bytes(content)
    return folder


@pytest.mark.parametrize("seed", range(repeats(40, quick=4)))
def test_a_flipped_bit_is_no_figure(closed, seed, tmp_path):
    """Fifteen bits each, one after another: what is still said is right, or there is a word on what is damaged."""
    true, choice = figures(closed), random.Random(seed)
    size = 8 * closed.ledger.stat().st_size
    for n in range(15):
        bit = choice.randrange(size)
        folder = flipped(closed, tmp_path / str(n), [bit])
        try:
            read, doubts = figures(folder), Report(folder).doubts()
        except SweepError:
            continue  # a sentence
        assert read == true or any(WORD in doubt for doubt in doubts), bit
        for number, result in read["results"].items():
            assert result == true["results"][number], bit
        shutil.rmtree(folder.path)


@pytest.mark.parametrize("seed", range(repeats(10, quick=1)))
def test_a_driver_takes_away_what_is_damaged(closed, seed, tmp_path):
    true, choice = figures(closed), random.Random(1000 + seed)
    size, planned = 8 * closed.ledger.stat().st_size, true["facts"]
    for n in range(15):
        bit = choice.randrange(size)
        folder = flipped(closed, tmp_path / str(n), [bit])
        try:
            with Ledger.create(folder.ledger, planned) as ledger:
                lost = set(ledger.damage.trials)
        except SweepError:
            continue
        read = figures(folder)
        assert read["results"] == {k: v for k, v in true["results"].items() if k not in lost}, bit
        assert not Report(folder).doubts()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("UPDATE trials SET metrics = metrics || ' ' WHERE number = 0", "1 trials (0)"),
        ("UPDATE trials SET state = 'FAILED' WHERE number = 2", "1 trials (2)"),
        ("UPDATE trials SET params = '{\"a\": 1}' WHERE number IN (0, 3)", "2 trials (0, 3)"),
        ("UPDATE trials SET metrics = x'ff00' WHERE number = 4", "1 trials (4)"),
        ("UPDATE series SET returns = zeroblob(8) WHERE number = 2", "1 trials (2)"),
        ("UPDATE series SET stats = zeroblob(8) WHERE number = 2", "1 trials (2)"),
        ("UPDATE calendars SET days = replace(days, '2026', '2027')", "3 trials (0, 2, 4)"),
        ("DELETE FROM calendars", "3 trials (0, 2, 4)"),
        ("UPDATE attempts SET ended = ended + 1e-6 WHERE number = 5", "1 trials (5)"),
        ("UPDATE inputs SET hash = '1' WHERE name = 'weights.json'", "1 trials (2)"),
        ("DELETE FROM inputs", "1 trials (2)"),
        ("UPDATE sweep SET value = '\"2020-01-01\"' WHERE name = 'finished'", "finished"),
    ],
)
def test_each_part_of_a_trial_is_checked(closed, tmp_path, change, part):
    folder = flipped(closed, tmp_path, [])
    with closing(sqlite3.connect(folder.ledger)) as db, db:
        db.execute(change)
    (doubt,) = Report(folder).doubts()
    assert WORD in doubt and part in doubt and f"`sweep resume {folder.id}`" in doubt
    assert part in (output := invoke("verify", folder.id, "--runs-dir", str(tmp_path), code=1).output), output
    for command in (["show"], ["show", "--timing"], ["show", "--csv"], ["status"], ["report"]):
        invoke(command[0], folder.id, *command[1:], "--runs-dir", str(tmp_path))
    with pytest.raises(LedgerError, match="sweep resume"):
        Ledger.open(folder.ledger, write=True)


@pytest.mark.parametrize("name", ["objective", "id", "format", "backtest"])
def test_without_its_plan_a_sweep_says_nothing(closed, tmp_path, name):
    folder = flipped(closed, tmp_path, [])
    with closing(sqlite3.connect(folder.ledger)) as db, db:
        db.execute("UPDATE sweep SET value = replace(value, 'a', 'b') || ' ' WHERE name = ?", (name,))
    output = invoke("show", folder.id, "--runs-dir", str(tmp_path), code=1).output
    assert f"the recorded {name} of the sweep changed" in " ".join(output.split())


def test_what_is_damaged_runs_again(tmp_path, monkeypatch):
    """The remedy, by the command line: the same figures as before."""
    monkeypatch.chdir(tmp_path)
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1, 2, 3]})
    options = ["--executor", "inline", "--json"]
    document = json.loads(
        invoke("run", sweeps.write(tmp_path / "spec.yaml", content), "--tracking-uri", "none", *options).stdout
    )
    folder = Folder(tmp_path / "runs" / document["id"])
    before = figures(folder)
    with closing(sqlite3.connect(folder.ledger)) as db, db:
        db.execute("UPDATE trials SET metrics = replace(metrics, '0', '1') WHERE number = 1")
        db.execute("UPDATE trials SET key = 'another' WHERE number = 2")
    assert invoke("verify", folder.id, code=1).output.count("2 trials (1, 2)") == 1
    process = invoke("resume", folder.id, "--no-tracking", *options)
    assert "damaged on the disk, and left out: 2 trials (1, 2); it is run again" in process.output
    assert "3 ended trials checked" in invoke("verify", folder.id).output
    after = figures(folder)
    assert after["count"] == {"COMPLETE": 3}
    by_key = [{key: (params, result.metrics, result.returns) for key, params, result, _ in each["results"].values()}
              for each in (before, after)]  # fmt: skip
    assert by_key[0] == by_key[1]


def test_a_ledger_of_an_earlier_version_is_read_and_counted_as_not_checked(closed, tmp_path):
    folder = flipped(closed, tmp_path, [])
    with closing(sqlite3.connect(folder.ledger)) as db, db:
        db.execute("DROP TABLE checks")
    assert figures(folder) == figures(closed) and not Report(folder).doubts()
    output = invoke("verify", folder.id, "--runs-dir", str(tmp_path)).output
    assert "0 ended trials checked" in output and "6 trials not checked: an earlier version" in output
    with Ledger.create(folder.ledger, {}) as ledger:
        number = ledger.begin("new", {})
        ledger.record([(number, Result(State.COMPLETE, {"pnl_total": 1.0}))])
    output = invoke("verify", folder.id, "--runs-dir", str(tmp_path)).output
    assert "1 ended trials checked" in output and "6 trials not checked" in output


def test_every_way_to_write_keeps_the_checksums_right(tmp_path):
    with Ledger.create(tmp_path / "ledger.sqlite", {"id": "x"}) as ledger:

        def right() -> int:
            damage = checksums.examine(ledger._db)
            assert not damage and not damage.unchecked
            return damage.checked

        shared = Result(State.COMPLETE, {"a": 1.0}, replay="shared", days=("2026-01-01",), returns=(0.1,))
        failed = Result(State.FAILED, reason=Reason.CHANGED, message="é")
        for n in range(4):
            ledger.begin(f"k{n}", {"x": n}, Proposal(n, {"x": n}, (), {"memo": n}))
        ledger.record([(0, shared), (1, failed), (2, shared), (3, Result(State.COMPLETE, {"a": None}))])
        assert right() == 4
        ledger.begin("k1", {"x": 1})
        assert right() == 3
        ledger.record([(1, shared)])
        ledger.verified([0])
        ledger.mirrored([(0, 1, "run")])
        ledger.note(finished="now", verdict={"a": 1})
        assert right() == 4
        ledger.forget_changed(asks=False)
        assert right() == 4
        ledger.forget_shared(asks=False)
        assert right() == 1
        ledger.forget_shared(asks=True)
        assert right() == 0


def test_a_trial_costs_little_more_with_its_checksum(tmp_path):
    days = tuple(f"2026-{m:02}-{d:02}" for m in range(1, 13) for d in range(1, 22))
    result = Result(State.COMPLETE, {f"m{n}": n / 7 for n in range(60)}, days=days, returns=(0.1,) * len(days))
    with Ledger.create(tmp_path / "ledger.sqlite", {}) as ledger:
        numbers = [ledger.begin(f"k{n}", {"x": n}) for n in range(200)]
        ledger.record((number, result) for number in numbers)
        begin = time.process_time()
        checksums.seal_trials(ledger._db, numbers)
        assert (time.process_time() - begin) / 200 < 1e-3, "1 % of a trial of 0.1 s"


@pytest.mark.parametrize("content", ["[" * 100_000, "1"], ids=["deep", "number"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE trials SET params = ?", "UPDATE trials SET timing = ?", "UPDATE trials SET warnings = ?",
        "UPDATE trials SET state = ?", "UPDATE sweep SET value = ? WHERE name = 'format'",
    ],
)  # fmt: skip
def test_what_no_driver_writes_is_a_sentence_without_checksums_too(closed, tmp_path, change, content):
    folder = sweeps.copied(Report(closed), tmp_path / "runs").folder
    with edited(folder.ledger) as db:
        db.execute(change, (content,))
    with pytest.raises(LedgerError, match="is damaged|older version"), folder.open() as ledger:
        list(ledger.rows())
