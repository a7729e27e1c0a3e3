"""What the contracts of a chain cost that a trial does not touch: a day with 602 of them, and with the touched alone.

    python benchmarks/option_chain.py

Writes the catalogs into a temporary directory (half a minute), compares the fills, then runs the same trial of
ScoreBracket on both and prints CPU seconds, best of five: of a worker's first trial, which knows nothing yet, and of
later ones.
"""

import tempfile
from pathlib import Path
from time import process_time
from typing import Any

from nautilus_trader.model import register_custom_data_class
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest.build import build
from sweep.backtest.engine import Replay
from sweep.backtest.windows import WindowCache
from sweep.catalog import demo, synthetic_chain
from sweep.catalog.synthetic import sessions
from sweep.plan import plan
from sweep.spec import resolve
from sweep.strategies.score_bracket import ScoreUpdate

SPEC = Path(__file__).parents[1] / "search_spaces" / "options_grid.yaml"
ROUNDS = 5
MEMORY = 2**30


def main() -> None:
    synthetic_chain.STRIKES = 150  # either side of the money, puts and calls
    register_custom_data_class(ScoreUpdate)
    with tempfile.TemporaryDirectory() as name:
        everything = Path(name, "all")
        write(everything, None)
        for rule in ("atm", "delta"):
            fills, names, _ = replay(everything, rule, WindowCache(0))
            few = Path(name, rule)
            write(few, names)
            if replay(few, rule, WindowCache(0))[0] != fills:
                raise SystemExit("the fills differ")
            print(f"{rule}: {len(fills)} orders filled, in {len(names)} contracts of 602")
            for label, n in (("first trial", 0), ("later trials", 1)):
                a, b = (min(timed(c, rule)[n] for _ in range(ROUNDS)) for c in (everything, few))
                print(f"  {label:12} {a:6.3f} s with all, {b:6.3f} s with the touched alone: {a / b:.2f} x")


def write(directory: Path, names: frozenset[str] | None) -> None:
    """The first demo session with these contracts, or with all."""
    day = next(sessions())
    directory.mkdir()
    catalog = ParquetDataCatalog(str(directory))
    catalog.write_instruments([demo.spy()])
    demo.put_day(catalog, day)
    contracts = synthetic_chain.chain(day)
    demo.put_chain(catalog, [c for c in contracts if names is None or str(demo.option(c).id) in names])


def timed(directory: Path, rule: str) -> tuple[float, float]:
    """CPU seconds of the first trial of a worker and of its second."""
    cache = WindowCache(MEMORY)
    return replay(directory, rule, cache)[2], replay(directory, rule, cache)[2]


def replay(directory: Path, rule: str, cache: WindowCache) -> tuple[list[Any], frozenset[str], float]:
    """The fills, the contracts that were read, and the CPU seconds."""
    settings = [f"catalog={directory}", "period.end=2026-05-05", f"strategy.strike_rule={rule}"]
    made = plan(SPEC, [*settings, "search.space.strategy.strike_rule=" + f"[{rule}]"])
    parts, problems = build(resolve(made.base, {"strategy.score_threshold": 70}))
    if parts is None:
        raise SystemExit(str(problems))
    started = process_time()
    one = Replay(str(directory), parts, cache)
    try:
        one.run(50_000, ())
        one.outcome()
        used = process_time() - started
        filled = [o for o in one.engine.cache.orders() if o.avg_px is not None]
        fills = [(str(o.instrument_id), str(o.side), str(o.filled_qty), str(o.avg_px), o.ts_last) for o in filled]
        return sorted(fills), one.chains.touched, used
    finally:
        one.dispose()


if __name__ == "__main__":
    main()
