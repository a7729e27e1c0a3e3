"""Time `sweep find` over made-up trials: answers of an index that is up to date, as the best of some rounds.

    python benchmarks/find.py [SWEEPS] [TRIALS OF EACH]      10,000 sweeps of 500 trials by default

The ledgers of these sweeps are files whose state the index compares, as it does with real ones; their trials are random
numbers that the database makes. `--ledger` times how fast a real ledger is read into an index.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from sweep.cli.handlers.many.find import BESIDE  # noqa: E402
from sweep.collection.index import query  # noqa: E402
from sweep.collection.index.content import SweepContent  # noqa: E402
from sweep.collection.index.index_file import FILE, PLACE, stamps  # noqa: E402
from sweep.collection.index.rows import write  # noqa: E402
from sweep.collection.index.schema import Columns, create  # noqa: E402
from sweep.ledger.ledger import Ledger  # noqa: E402
from sweep.spec.metric_table import METRIC_TABLE  # noqa: E402
from sweep.trial import Result, State  # noqa: E402

NO_EVIDENCE = 'sharpe_ratio > 1 and trades >= 30 and verdict != "no evidence"'
QUESTIONS = (
    query.Question(expression="sharpe_ratio > 1", limit=20),
    query.Question(expression=NO_EVIDENCE, sort="sortino_ratio", limit=20),
    query.Question(expression="param.fast < param.slow / 4 and max_drawdown < 0.2", sort="pnl_total", limit=20),
    query.Question(expression="pnl_total > 0", strategy="Cross7", data="QQQ", limit=20),
    query.Question(expression="tag.team == 'rates' and win_rate > 0.5", limit=20),
)
ROUNDS = 7
PARAMS = ("fast", "slow", "size")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sweeps", type=int, nargs="?", default=10_000)
    parser.add_argument("trials", type=int, nargs="?", default=500)
    parser.add_argument("--ledger", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        runs = Path(place)
        if options.ledger:
            read_a_ledger(runs, options.trials)
            return
        fill(runs, options.sweeps, options.trials)
        print(f"{options.sweeps:,} sweeps, {options.sweeps * options.trials:,} trials, ", end="")
        print(f"index of {(runs / PLACE / FILE).stat().st_size / 1e6:,.0f} MB")
        for question in QUESTIONS:
            matches = query.find(runs, question).total
            print(f"{matches:,} match: {question.expression}")
            for content, figures in (("the figures of a table", BESIDE), ("every metric", None)):
                times = [timed(runs, replace(question, figures=figures)) for _ in range(ROUNDS)]
                wall, cpu = map(sorted, zip(*times, strict=True))
                median = f"median {wall[ROUNDS // 2]:.3f} s, of CPU {cpu[ROUNDS // 2]:.3f} s"
                print(f"    {content}: {wall[0]:.3f} s ({median})")


def timed(runs: Path, question: query.Question) -> tuple[float, float]:
    """Seconds, and seconds of CPU time, that an answer takes."""
    began, used = time.perf_counter(), time.process_time()
    query.find(runs, question)
    return time.perf_counter() - began, time.process_time() - used


def fill(runs: Path, sweeps: int, trials: int) -> None:
    """Make the folders, and an index that agrees with them."""
    import duckdb

    for n in range(sweeps):
        folder = runs / f"made-up-{n:08x}"
        folder.mkdir()
        (folder / "ledger.sqlite").write_bytes(b"made up")
    (runs / PLACE).mkdir()
    with duckdb.connect(runs / PLACE / FILE) as db:
        create(db)
        columns = Columns()
        metrics = [columns.of_value("metric", n, 1 if m.unit == "count" else 1.0) for n, m in METRIC_TABLE.items()]
        params = [columns.of_value("param", f"strategy.{name}", 1) for name in PARAMS]
        write(db, columns, [made_up(n, *state) for n, state in enumerate(stamps(runs).items())])
        values = {c.physical: "random() * 200" if c.kind == "whole" else "random() * 4 - 2" for c in metrics}
        values |= {c.physical: "5 + random() * 500" for c in params}
        values |= {"trial": "n", "key": "sha256(id || '-' || n)", "state": "'COMPLETE'", "days": "250"}
        values |= {"sweep_id": "id", "seconds": "1.5", "attempt": "1", "warnings": "0", "ranked": "true"}
        selected = ", ".join(f"{sql} AS {name}" for name, sql in values.items())
        pairs = f"sweeps, range({trials}) r(n) ORDER BY sweep_id, n"
        db.execute(f"INSERT INTO trials BY NAME SELECT {selected} FROM {pairs}")  # noqa: S608


def made_up(n: int, sweep: str, stamp: str) -> SweepContent:
    facts = {
        "sweep": sweep, "name": "made-up", "created": "2026-05-04T00:00:00+00:00", "state": "finished",
        "verdict": ("no evidence", "weak", "strong")[n % 3], "engine": "nautilus_trader 2.0.0rc7",
        "strategy": f"strategies.cross:Cross{n % 50}", "data": ("SPY.ARCA", "QQQ.XNAS")[n % 2], "method": "grid",
        "objective": "sharpe_ratio", "direction": "maximize", "doubts": "[]", "stamp": stamp,
    }  # fmt: skip
    return SweepContent(facts, (), {"team": ("rates", "fx")[n % 2]}, [f"strategy.{name}" for name in PARAMS])


def read_a_ledger(runs: Path, trials: int) -> None:
    path = runs / "made-up-00000000" / "ledger.sqlite"
    strategy = {"path": "strategies.cross:Cross"}
    facts = {
        "id": path.parent.name, "name": "made-up", "created": "2026-05-04T00:00:00+00:00", "engine": "none",
        "backtest": {"strategy": strategy, "data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}]},
        "objective": {"metric": "pnl_total", "direction": "maximize"},
    }  # fmt: skip
    days = tuple(f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}" for n in range(250))
    with Ledger.create(path, facts) as ledger:
        for n in range(trials):
            ledger_number = ledger.begin(f"{n:064x}", {f"strategy.{name}": n for name in PARAMS})
            metrics = {name: n if m.unit == "count" else n / 7 for name, m in METRIC_TABLE.items()}
            result = Result(State.COMPLETE, metrics, days=days, returns=(0.001,) * 250, started=1.0, ended=2.0)
            ledger.record([(ledger_number, result)])
    began = time.perf_counter()
    query.find(runs, query.Question())
    seconds = time.perf_counter() - began
    print(f"a ledger of {trials:,} trials was read in {seconds:.2f} s: {trials / seconds:,.0f} trials a second")


if __name__ == "__main__":
    main()
