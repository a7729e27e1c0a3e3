"""Random trials in shared passes and in engines of their own: every fill, metric and daily return compared.

PYTHONPATH=. python benchmarks/shared_campaign.py run --minutes 10     # resumes behind the last case
PYTHONPATH=. python benchmarks/shared_campaign.py run --several        # two or three instruments, on one venue or two
PYTHONPATH=. python benchmarks/shared_campaign.py show                 # sums, and the lines of docs/shared-replay.md
PYTHONPATH=. python benchmarks/shared_campaign.py case 17              # one case again, with its differences
PYTHONPATH=. python benchmarks/shared_campaign.py speed                # CPU of engines alone and of a pack, as ratios

A case is a random market (quotes, trades, bars of one or more types), a random venue and a pack of random strategies on
them, fixed by its number. Venues and data that must not share passes are counted and left out; `--anyway` runs them.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from sweep.backtest.engine.backtest_run import run
from sweep.backtest.shared import shared_run
from sweep.backtest.shared.eligibility import against
from tests.support import markets
from tests.support.markets import SECOND
from tests.support.random_cases import OPEN, SEVERAL, case, differences

EVENTS, TOGETHER = 40_000, 32  # events, and trials, of the comparison of speed
RESULTS = Path(__file__).parent / "results" / "shared_campaign.jsonl"


def compare(number: int, *, anyway: bool) -> dict[str, Any]:
    """One case as a row of the results."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = case(number, Path(folder) / "c")
        reasons = against(chosen.trials[0])
        row: dict[str, Any] = {"case": number, "kinds": "+".join(chosen.kinds), "against": len(reasons or ())}
        if reasons and not anyway:
            return row
        outcomes = shared_run.run([(one, ()) for one in chosen.trials])
        both = [(one, o) for one, o in zip(chosen.trials, outcomes, strict=True) if not isinstance(o, str)]
        wrong = [(one["strategy"]["config"]["seed"], d) for one, o in both if (d := differences(one, o))]
        fills = sum(int(o.metrics["fills"] or 0) for _, o in both)
    return row | {"shared": len(both), "fills": fills, "refused": len(outcomes) - len(both), "differ": wrong}


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def campaign(minutes: float, *, anyway: bool, several: bool) -> None:
    """Run cases until the time is over, behind those that have been run."""
    numbers = [row["case"] for row in rows() if is_several(row) == several]
    number, until = 1 + max(numbers, default=SEVERAL if several else 0), time.monotonic() + 60 * minutes
    with RESULTS.open("a") as results:
        while time.monotonic() < until:
            results.write(json.dumps(compare(number, anyway=anyway)) + "\n")
            results.flush()
            number += 1


def is_several(row: dict[str, Any]) -> bool:
    """True for a case of several instruments."""
    return row["case"] >= SEVERAL


def show() -> None:
    """Sums by kind of data, and the lines of the docs."""
    table: dict[str, Counter[str]] = {}
    for row in {row["case"]: row for row in rows()}.values():
        kinds = "+".join(name for name in row["kinds"].split("+") if "." not in name)
        group = "several instruments" if is_several(row) else "one instrument"
        for name in (f"{group}, {kinds}", group):
            sums = table.setdefault(name, Counter())
            sums["cases"] += 1
            sums["not allowed"] += "shared" not in row
            sums["differ"] += len(row.get("differ", ()))
            for key in ("shared", "refused", "fills"):
                sums[key] += row.get(key, 0)
    for name, sums in sorted(table.items()):
        print(f"{name:40}", ", ".join(f"{count} {key}" for key, count in sums.items()))
    for group in ("one instrument", "several instruments"):
        if sums := table.get(group):
            shared = f"{sums['shared']:,} random trials shared passes, with {sums['fills']:,} fills"
            left = f"{sums['refused']:,} left their packs"
            against = f"{sums['not allowed']:,} of {sums['cases']:,} cases were not allowed"
            print(f"- {group}: {shared}, and {sums['differ']} differed; {left}, and {against}.")


def busy(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Trials that hear each of `EVENTS` events of a kind, and trade at the market at one in two hundred."""
    draw, stock, name = Random(1), markets.equity(margin="0.5"), "SPY.ARCA-1-SECOND-LAST-EXTERNAL"
    prices = [(OPEN + n * SECOND, 100 + draw.randint(-50, 50) / 100) for n in range(EVENTS)]
    data: dict[str, Any] = {
        "quotes": lambda: markets.quotes(stock, [(t, x, x + 0.01) for t, x in prices], size=1000),
        "trades": lambda: markets.trades(stock, prices, size=1000),
        "bars": lambda: markets.bars(name, [(t, x, x + 0.02, x - 0.02, x) for t, x in prices]),
    }
    catalog = markets.write(folder, [stock], **{kind: data[kind]()})
    names = {"quotes": "QuoteTick", "trades": "TradeTick", "bars": "Bar"}
    section = {"type": names[kind]} | ({"bar_types": [name]} if kind == "bars" else {"instruments": ["SPY.ARCA"]})
    config = {"often": 200, "actions": ["market", "reverse"], "hears": [name if kind == "bars" else kind]}
    pack = case(1, folder.parent / "other").trials[0]
    place = pack["venues"][0] | {"starting_balances": ["1000000 USD"], "account_type": "MARGIN", "bar_execution": True}
    place |= {"fill_model": {"type": "DefaultFillModel", "random_seed": 1}}
    one = pack | {"catalog": catalog, "data": [section], "venues": [place]}
    own = [one["strategy"] | {"config": config | {"seed": n}} for n in range(TOGETHER)]
    return [one | {"strategy": strategy} for strategy in own]


def speed() -> None:
    """CPU seconds of some trials alone, for all of them, over that of a pack."""
    for kind in ("bars", "quotes", "trades"):
        with tempfile.TemporaryDirectory() as folder:
            trials = busy(Path(folder) / "c", kind)
            run(trials[0])  # imports and decoding
            started = time.process_time()
            alone = [run(one) for one in trials[::8]]
            isolated = (time.process_time() - started) * len(trials) / len(alone)
            started = time.process_time()
            outcomes = shared_run.run([(one, ()) for one in trials])
            shared = time.process_time() - started
        same = sum(getattr(o, "fills", o) == a.fills for o, a in zip(outcomes[::8], alone, strict=True))
        print(
            f"{kind}: {len(trials)} trials of {EVENTS:,} events, {isolated:.1f} s alone, {shared:.1f} s in a pack, "
            f"ratio {isolated / shared:.1f}; {same} of {len(alone)} equal"
        )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("run", "show", "case", "speed"))
    parser.add_argument("number", type=int, nargs="?", default=1)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--several", action="store_true", help="cases of several instruments")
    parser.add_argument("--anyway", action="store_true", help="also where the conditions forbid it")
    chosen = parser.parse_args()
    if chosen.command == "run":
        campaign(chosen.minutes, anyway=chosen.anyway, several=chosen.several)
    elif chosen.command == "case":
        print(json.dumps(compare(chosen.number, anyway=chosen.anyway), indent=2))
    elif chosen.command == "speed":
        speed()
    else:
        show()


if __name__ == "__main__":
    main()
