"""`sweep find` and `sweep sql`."""

import json
from pathlib import Path

import pytest

from tests.support import ledgers
from tests.support.commands import invoke


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    trials = [({"strategy.fast": n, "strategy.name": "=1+1"}, {"pnl_total": n / 8, "trades": n}) for n in range(30)]
    ledgers.write(ledgers.folder(place, "one"), trials, data_changed="2026-05-05T00:00:00+00:00")
    ledgers.write(
        ledgers.folder(place, "two"), [({"strategy.fast": 7}, {"pnl_total": 9.5})], engine="nautilus_trader 2.0.0rc6"
    )
    broken = ledgers.write(ledgers.folder(place, "broken"), trials[:1])
    broken.ledger.write_bytes(b"no ledger")
    return place


def test_the_best_of_all_sweeps_are_shown_with_what_speaks_against_them(runs: Path):
    process = invoke("find", "pnl_total > 0.3 and fast > 6", "--runs-dir", runs)
    lines = [line.split() for line in process.stdout.splitlines() if line.startswith((" one", " two"))]
    assert len(lines) == 20
    assert lines[0][:3] == ["two-00000000", "0", "9.50"]
    assert lines[1][:4] == ["one-00000000", "!", "29", "3.62"]
    assert "20 of 24 trials that match, by pnl_total" in process.stdout
    assert "! one-00000000: the data was found changed" in process.stderr
    assert "! broken-00000000 cannot be read" in process.stderr
    assert "2.0.0rc6: two-00000000; nautilus_trader 2.0.0rc7: one-00000000" in process.stderr


def test_json_and_csv_have_the_figures_of_the_ledger(runs: Path):
    document = json.loads(invoke("find", "fast == 7", "--runs-dir", runs, "--json", "--sort", "pnl_total").stdout)
    assert [(t["sweep"], t["metrics"]["pnl_total"]) for t in document["trials"]] == [
        ("two-00000000", 9.5),
        ("one-00000000", 0.875),
    ]
    assert document["total"] == 2
    assert document["apart"]
    assert set(document["unreadable"]) == {"broken-00000000"}
    lines = invoke("find", "fast == 1", "--runs-dir", runs, "--csv").stdout.splitlines()
    assert lines[0].startswith("sweep,trial,state")
    assert "'=1+1" in lines[1]  # no formula to a spreadsheet
    assert lines[1].endswith("0.125,1")


def test_nothing_that_matches_is_said(runs: Path):
    assert "no trial" in invoke("find", "trades > 1000", "--runs-dir", runs).stdout


def test_mistakes_end_with_2(runs: Path):
    process = invoke("find", "trads > 1", "--sort", "pnl", "--json", "--runs-dir", runs, code=2)
    assert [p["value"] for p in json.loads(process.stdout)["problems"]] == ["trads", "pnl"]
    assert "did you mean 'trades'" in process.stderr
    assert "excludes --json" in invoke("find", "--json", "--csv", "--runs-dir", runs, code=2).stderr
    assert "there is no such directory" in invoke("find", "--runs-dir", runs / "x", code=2).stderr


def test_sql(runs: Path):
    question = "SELECT sweep, count(*) AS n FROM trials GROUP BY 1 ORDER BY 2 DESC"
    assert json.loads(invoke("sql", question, "--runs-dir", runs, "--json").stdout)[0] == {
        "sweep": "one-00000000",
        "n": 30,
    }
    assert invoke("sql", question, "--runs-dir", runs, "--csv").stdout.splitlines()[:2] == [
        "sweep,n",
        "one-00000000,30",
    ]
    assert "one-00000000" in invoke("sql", question, "--runs-dir", runs).stdout
    assert "SQL:" in invoke("sql", "DROP VIEW trials; COPY trials TO 'x.csv'", "--runs-dir", runs, code=2).stderr
