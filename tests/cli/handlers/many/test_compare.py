"""`sweep compare`."""

import json
from pathlib import Path

import pytest

from sweep.ledger.ledger import Ledger
from tests.support import ledgers
from tests.support.commands import invoke


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    for name, offset, more in (("one", 0, {}), ("two", 2, {"engine": "nautilus_trader 2.0.0rc6"})):
        trials = [
            ({"strategy.fast": n}, {"pnl_total": float(n + offset * (n > 3)), "trades": n}) for n in range(offset, 6)
        ]
        ledgers.write(ledgers.folder(place, name), trials, **more)
    return place


def test_sweeps_are_shown_side_by_side(runs: Path):
    text = invoke("compare", "one", "two", "--runs-dir", runs).stdout
    assert "nautilus_trader 2.0.0rc7" in text
    assert "4 settings in common, 2 of them with the same pnl_total" in text
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.strip()}
    assert rows["median"] == ["2.50", "4.50"]
    assert rows["fast=5"] == ["5.00", "7.00"]
    assert rows["best"][:2] == ["trial", "5:"] or rows["best"] == ["5.00", "7.00"]


def test_json_has_the_same(runs: Path):
    document = json.loads(invoke("compare", "one", "two", "--runs-dir", runs, "--json", "--metric", "trades").stdout)
    assert (document["shared"], document["equal"]) == (4, 4)
    assert document["differences"][0]["values"] == ["nautilus_trader 2.0.0rc7", "nautilus_trader 2.0.0rc6"]


def test_engines_that_agree_are_said_to_and_others_are_warned_of(tmp_path: Path):
    trials = [({"strategy.fast": 1}, {"pnl_total": 1.0})]
    old, new = "nautilus_trader 2.0.0rc6", "nautilus_trader 2.0.0rc7"
    note = {"trials": 20, "at": "2026-05-05T10:00:00+00:00"}
    for name, engine, agreed in (
        ("plain", new, []), ("old", old, []), ("agreed", new, [note | {"engine": old}]),
        ("other", new, [note | {"engine": "nautilus_trader 2.0.0rc5"}]), ("both", old, [note | {"engine": new}]),
    ):  # fmt: skip
        ledgers.write(ledgers.folder(tmp_path, name), trials, engine=engine)
        with Ledger.open(ledgers.folder(tmp_path, name).ledger, write=True) as ledger:
            ledger.note(agreed=agreed)

    def said(a: str, b: str) -> tuple[bool, bool]:
        text = invoke("compare", a, b, "--runs-dir", tmp_path).stderr
        assert f"{old} gave the same in 20 trials of agreed-00000000" in text or a != "agreed"
        return "gave the same" in text, "may give other figures" in text

    assert said("plain", "other") == (False, False), "one engine"
    assert said("plain", "old") == (False, True)
    assert said("other", "old") == (False, True)
    assert said("agreed", "old") == said("plain", "both") == said("agreed", "both") == (True, False)
    document = json.loads(invoke("compare", "agreed", "old", "--runs-dir", tmp_path, "--json").stdout)
    assert [(one["engine"], len(one["agreed"])) for one in document["sweeps"]] == [(new, 1), (old, 0)]


def test_mistakes_end_with_2(runs: Path):
    assert "needs two sweeps" in invoke("compare", "one", "--runs-dir", runs, code=2).stderr
    process = invoke("compare", "one", "one", "--metric", "trads", "--runs-dir", runs, code=2)
    assert "is named twice" in process.stderr
    assert "did you mean 'trades'" in process.stderr
