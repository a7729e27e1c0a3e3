"""The benchmark of a spec: from its data, from a CSV file, and changed after the trials ran."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

import sweep
from sweep.errors import InputError
from sweep.ledger.ledger import Ledger
from sweep.results.report import Report
from sweep.runner.plan import plan
from sweep.runner.planning.benchmark import MOST, follow, mistakes
from sweep.runner.replay import replay
from sweep.spec.reader import read
from tests.support import markets, sweeps

HEADER = "date,close\n"
NEEDS = "needs one column"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("catalog"), minutes=1)


def problems(place: Path, content: str | bytes) -> list[str]:
    """Mistakes of a CSV file as a benchmark."""
    file = place / "b.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    draft = read(yaml.safe_dump(sweeps.spec("catalog", {}, benchmark=str(file)), sort_keys=False))
    return [f"{p.where}: {p.rule} (was {p.value})" for p in mistakes(draft)]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("", NEEDS),
        ("\n\n", NEEDS),
        ("2026-05-04,100\n2026-05-05,101\n", NEEDS),
        ("date;close\n2026-05-04;100\n", NEEDS),
        ("date,price\n2026-05-04,100\n", f"{NEEDS} close"),
        ("day,px\n2026-05-04,100\n", f"{NEEDS} date and one column close"),
        ("date,close,close\n2026-05-04,100,101\n", f"{NEEDS} close"),
        (HEADER, "has no line with a date and a close"),
        (HEADER + "04.05.2026,100\n", "line 2: the date must be YYYY-MM-DD (was 04.05.2026,100)"),
        (HEADER + "2026-02-30,100\n", "line 2: the date must be YYYY-MM-DD"),
        (HEADER + "2026-05-04 16:00,100\n", "line 2: the date must be YYYY-MM-DD"),
        (HEADER + "2026-05-04,1,000\n", "line 2: has more cells than the first line (was 2026-05-04,1,000)"),
        (HEADER + "2026-05-05,$5\n", "line 2: the close must be a number (was 2026-05-05,$5)"),
        (HEADER + "2026-05-04\n", "line 2: the close must be a number"),
        (HEADER + "2026-05-04,0\n", "line 2: the close must be above 0"),
        (HEADER + "2026-05-04,-3\n", "line 2: the close must be above 0"),
        (HEADER + "2026-05-04,nan\n", "line 2: the close must be above 0"),
        (HEADER + "2026-05-04,inf\n", "line 2: the close must be above 0"),
        (HEADER + "2026-05-04,1\n2026-05-04,2\n", "line 3: the date is there twice"),
        (b"\xff\xfe\x00d", "cannot be read"),
        (b"date,close\n2026-05-04,\x001\n", "line 2: the close must be a number"),
    ],
)
def test_bad_files(tmp_path: Path, content: str | bytes, rule: str):
    (problem,) = problems(tmp_path, content)
    assert problem.startswith(f"benchmark.csv: {rule}")


@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(tmp_path: Path):
    os.mkfifo(pipe := tmp_path / "b.csv")
    draft = read(yaml.safe_dump(sweeps.spec("catalog", {}, benchmark=str(pipe)), sort_keys=False))
    assert [p.rule for p in mistakes(draft)] == ["cannot be read: is a pipe, not a file"]


def test_a_file_with_many_mistakes_says_the_first_and_how_many_more(tmp_path: Path):
    listed = problems(tmp_path, HEADER + "x,y\n" * (MOST + 3))
    assert len(listed) == MOST + 1
    assert "has 3 more lines with mistakes" in listed[-1]


def test_other_columns_order_case_and_empty_lines_do_not_matter(tmp_path: Path, catalog: str):
    text = "﻿Open, Close ,Date\r\n1,101.5,2026-05-05\r\n\r\n2,100,2026-05-04\r\n"
    (tmp_path / "b.csv").write_text(text, encoding="utf-8")
    planned = plan(yaml.safe_dump(sweeps.spec(catalog, {}, benchmark=str(tmp_path / "b.csv")), sort_keys=False))
    assert planned.benchmark
    assert planned.benchmark.plain() == {
        "source": "b.csv", "closes": {"2026-05-04": 100.0, "2026-05-05": 101.5},
    }  # fmt: skip
    assert any("b.csv has 2 closes in the period" in warning for warning in planned.warnings)


def refused(catalog: str, **more: Any) -> list[str]:
    with pytest.raises(InputError) as error:
        plan(yaml.safe_dump(sweeps.spec(catalog, {}, **more), sort_keys=False))
    return [f"{p.where}: {p.rule}; {p.remedy}" for p in error.value.problems]


def test_mistakes_beside_each_other(catalog: str):
    several = refused(catalog, benchmark="SPX.ARCA", objective={"metric": "nothing"})
    rule = "has no quotes, trades, bars or mark prices in data"
    assert f"benchmark.instrument: {rule}; did you mean 'SPY.ARCA'?" in several
    assert any(text.startswith("objective.metric: is not a metric of a trial") for text in several)
    (alone,) = refused(catalog, objective={"metric": "alpha"})
    assert alone.startswith("objective.metric: needs a benchmark for alpha; add benchmark: SPY.ARCA")
    (formula,) = refused(catalog, objective={"metric": "sharpe_ratio - beta"})
    assert formula.startswith("objective.metric: needs a benchmark for beta")
    (taken,) = refused(catalog, metrics={"beta": "tests.support.metrics:twice_the_fees"})
    assert taken.startswith("metrics.0.name: is the name of another metric")
    pruned = {"method": "optuna", "trials": 4, "space": {"strategy.buys": [1, 2]}}
    pruned["pruner"] = {"type": "median", "rungs": [0.5]}
    (late,) = refused(catalog, benchmark="SPY.ARCA", objective={"metric": "alpha"}, search=pruned)
    assert late.startswith("search.pruner: judges trials on the way, and alpha is computed at their end")


def test_the_closes_of_an_instrument_are_its_last_prices_of_the_trading_days(catalog: str):
    planned = plan(yaml.safe_dump(sweeps.spec(catalog, {}, benchmark="SPY.ARCA"), sort_keys=False))
    assert planned.benchmark
    last = (700.61 + 700.62) / 2  # second 59: 700 + (120 - 59) / 100
    assert planned.benchmark.closes == pytest.approx(dict.fromkeys(sweeps.DAYS, last))
    other = plan(yaml.safe_dump(sweeps.spec(catalog, {}), sort_keys=False))
    assert (planned.id, planned.key({})) == (other.id, other.key({}))


def test_a_study_that_searches_by_it_is_another_study_with_another_benchmark(tmp_path: Path, catalog: str):
    (tmp_path / "b.csv").write_text(HEADER + "2026-05-04,1\n2026-05-05,2\n")
    study = {"method": "optuna", "trials": 2, "space": {"strategy.buys": [1, 2]}}

    def ident(benchmark: str, metric: str) -> str:
        more = {"benchmark": benchmark, "objective": {"metric": metric}, "search": study}
        return plan(yaml.safe_dump(sweeps.spec(catalog, {}, **more), sort_keys=False)).id

    file = str(tmp_path / "b.csv")
    assert ident(file, "alpha") != ident("SPY.ARCA", "alpha")
    assert ident(file, "1 - beta") != ident("SPY.ARCA", "1 - beta")
    assert ident(file, "pnl_total") == ident("SPY.ARCA", "pnl_total")


def four_days(place: Path) -> str:
    """Four sessions of a price that changes from day to day."""
    spy = markets.equity(margin="0.5")
    days = [("2026-05-04", 700.0), ("2026-05-05", 707.0), ("2026-05-06", 700.0), ("2026-05-07", 735.0)]
    rows = [
        (markets.ns(f"{day}T13:30:00") + n * markets.SECOND, bid + n / 100, bid + n / 100 + 0.01)
        for day, bid in days
        for n in range(60)
    ]
    return markets.write(place, [spy], quotes=markets.quotes(spy, rows, size=1000))


def test_a_changed_benchmark_compares_anew_and_runs_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    catalog = four_days(tmp_path / "catalog")
    orders = [[[1, 100]], [[1, 50], [9, -50]]]
    base = sweeps.spec(catalog, {"strategy.orders": orders}, strategy=sweeps.TRADED)
    base["period"] = {"start": "2026-05-04", "end": "2026-05-08"}
    (tmp_path / "b.csv").write_text(HEADER + "2026-05-04,100\n2026-05-05,110\n2026-05-06,99\n2026-05-07,99\n")

    def run(**more: Any) -> Report:
        path = sweeps.write(tmp_path / "spec.yaml", base | more)
        return sweep.run(path, runs_dir=tmp_path / "runs", executor="inline", tracking=False)

    report = run(benchmark="SPY.ARCA", objective={"metric": "beta", "direction": "maximize"})
    held, flat = report.trial(0), report.trial(1)
    assert held.metrics["correlation"] == pytest.approx(1, abs=1e-3)  # it holds the benchmark from the first day on
    assert 0.6 < held.metrics["beta"] < 0.75  # 70,000 of 100,000
    assert flat.metrics["beta"] == pytest.approx(0, abs=1e-6)
    assert report.best().number == 0
    assert replay(report.folder, 0).identical
    with report.folder.open() as ledger:
        assert not ledger.damage

    changed = run(benchmark="b.csv")
    assert (changed.id, changed.trial(0).ended) == (report.id, held.ended)
    assert changed.trial(0).metrics["beta"] != held.metrics["beta"]
    with Ledger.open(changed.folder.ledger, write=True) as ledger:
        assert follow(None, ledger) == "compared with no benchmark: 2 trials, none of which runs again"
        assert follow(None, ledger) == ""
    assert "beta" not in changed.trial(0).metrics
