"""`sweep diff` as people and programs read it."""

import json
from pathlib import Path

import pytest

from tests.runner.test_diff import TRADES, spec
from tests.support import sweeps
from tests.support.commands import invoke


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("show")
    sweeps.catalog(path / "catalog", minutes=2)
    return path


def test_two_variants_on_the_screen_and_as_files(place: Path):
    one = spec(place, "one", TRADES)
    process = invoke("diff", one, one, "--set-b", f"strategy.orders={json.dumps(TRADES[:4])}", "--out", place / "out")
    assert "parity 66.67 %: 2 of 3 decisions are alike" in process.stdout
    assert "only A" in process.stdout
    assert "1 disagreements, 1.0 a day on 1 days; on the worst day 33.33 %" in process.stdout
    assert {p.name for p in (place / "out").iterdir()} == {"diff.parquet", "diff.json", "diff.html"}


def test_thresholds_decide_the_exit_code(place: Path):
    one = spec(place, "two", TRADES)
    less = ("--set-b", f"strategy.orders={json.dumps(TRADES[:4])}", "--out", place / "out2")
    invoke("diff", one, one, *less, "--min-parity", "60", "--max-daily-disagreement", "34", code=0)
    failed = invoke("diff", one, one, *less, "--min-parity", "60", "--max-daily-disagreement", "5", "--json", code=1)
    document = json.loads(failed.stdout)
    assert [c["passed"] for c in document["checks"]] == [True, False]
    assert document["kinds"]["only A"] == 1


def test_against_a_log_with_known_deviations_the_parity_is_right_to_the_decision(place: Path):
    # of the three trades production made the first alike, the second an hour later, the third the other way round
    (place / "live.csv").write_text(
        "time,instrument,side,size\n"
        "2026-05-04T13:30:01.3Z,SPY.ARCA,BUY,100\n"
        "2026-05-04T14:30:20Z,SPY.ARCA,SELL,100\n"
        "2026-05-04T13:30:40Z,SPY.ARCA,SELL,100\n"
        "2026-04-30T13:30:40Z,SPY.ARCA,SELL,100\n"
    )
    process = invoke("diff", spec(place, "three", TRADES), place / "live.csv", "--out", place / "out3", "--json")
    document = json.loads(process.stdout)
    assert document["decisions"] == {"a": 3, "b": 3, "either": 4}
    assert (document["agreed"], document["parity"]) == (1, 25.0)
    assert document["kinds"] == {"only A": 1, "only B": 1, "side": 1, "size": 0, "price": 0, "exit": 0}
    assert document["pnl"] is None
    assert "1 decisions lie outside of the period" in process.stderr


def test_bad_arguments_end_with_2(place: Path):
    one = spec(place, "four", TRADES)
    assert "must be a time such as 1s" in invoke("diff", one, one, "--tolerance", "soon", code=2).stderr
    assert "neither a file" in invoke("diff", one, "nowhere", code=2).stderr
