"""Stress tests and cross-validation on markets whose truth is known: how often each word is wrong.

python benchmarks/stress_calibration.py run --minutes 10     # sweeps on random walks and on planted edges; resumes
python benchmarks/stress_calibration.py show                 # the table of docs/stress.md
python benchmarks/stress_calibration.py cpcv                 # the figures of docs/validation.md; no engine
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import calibration
import numpy as np
import yaml
from nautilus_trader.model import (
    Currency,
    CustomData,
    DataType,
    Equity,
    InstrumentId,
    Price,
    Quantity,
    QuoteTick,
    Symbol,
    register_custom_data_class,
)
from nautilus_trader.persistence import ParquetDataCatalog
from scipy.stats import binomtest

import sweep
from sweep.backtest import run as run_isolated
from sweep.backtest import run_together
from sweep.backtest.data.windows import shared_cache
from sweep.errors import Reason, TrialError
from sweep.results.cross_validation.paths import paths
from sweep.results.cross_validation.splits import Splits
from sweep.results.resampled_trades import resampled, thinned
from sweep.results.stress import NO_GAIN, NOT_TESTED, StressResult, gains, judged
from sweep.runner.plan import SweepPlan
from sweep.runner.stress.stress_tests import tests
from sweep.spec.components.perturbation import PERTURBATION
from sweep.spec.components.stress import TESTS as ALL_TESTS
from sweep.spec.components.stress import StressRules
from sweep.spec.model import resolve
from sweep.strategies.score_bracket import ScoreUpdate
from sweep.trial import Params, Result

RESULTS = Path(__file__).parent / "results" / "stress.jsonl"
MINUTE, DAY, OPEN = 60 * 10**9, 86_400 * 10**9, 1_777_901_400 * 10**9  # 2026-05-04T13:30:00Z
DAYS, MINUTES, EVERY = 5, 390, 15  # trading days, minutes of each, minutes between two scores
SPREAD, VOLATILITY, PUSH = 0.01, 0.05, 0.12  # dollars: of a quote, of a minute, planted after a score above 60
SPLITS = Splits.even(1250, 10, 2, purge=5, embargo=5)
WORDS = ("holds", "weakens", "breaks")
METRIC = "pnl_total"
SPECIFICATION: dict[str, Any] = {
    "name": "calibration", "data": [
        {"type": "QuoteTick", "instruments": ["SPY.ARCA"]},
        {"type": "sweep.strategies.score_bracket:ScoreUpdate"},
    ],
    "venues": [{
        "name": "ARCA", "oms_type": "NETTING", "account_type": "MARGIN", "base_currency": "USD",
        "starting_balances": ["100_000 USD"], "default_leverage": 1,
        "fill_model": {"type": "DefaultFillModel", "random_seed": 1},
        "fee_model": {"type": "MakerTakerFeeModel", "maker_rate": 0.00002, "taker_rate": 0.00002},
        "latency_model": {"type": "StaticLatencyModel", "base_latency_nanos": 40 * 10**9},
    }],
    "strategy": {
        "path": "sweep.strategies.score_bracket:ScoreBracket",
        "config_path": "sweep.strategies.score_bracket:ScoreBracketConfig",
        "config": {
            "instrument_id": "SPY.ARCA", "trade_size": 100, "score_threshold": 60, "tp_pct": 0.2, "sl_pct": 0.2,
            "session_end": "16:00", "flat_minutes": 5,
        },
    },
    "search": {"space": {
        "strategy.score_threshold": [50, 60, 70, 80], "strategy.tp_pct": [0.15, 0.3], "strategy.sl_pct": [0.15, 0.3],
    }},
    "tracking": {"tearsheets": "none"}, "verify": {"accept": []},
    "stress": {"top": 1, "trials": 10, "noise": 2, "delay": "60s"},
}  # fmt: skip


def market(place: Path, seed: int, *, edge: bool) -> str:
    """A catalog of a walk with scores; with an edge the price drifts to their side for as long as until the next."""
    random = np.random.default_rng([seed, int(edge)])
    spy = InstrumentId.from_str("SPY.ARCA")
    place.mkdir(parents=True, exist_ok=True)
    store = ParquetDataCatalog(str(place))
    cent, lot = Price.from_str("0.01"), Quantity.from_int(1)
    equity = Equity(spy, Symbol("SPY"), Currency.from_str("USD"), 2, cent, 0, 0, lot_size=lot)
    store.write_instruments([equity])
    register_custom_data_class(ScoreUpdate)
    quotes, events, price, size = list[Any](), list[Any](), 100.0, Quantity.from_int(100_000)
    weekdays = [n for n in range(DAYS // 5 * 7) if n % 7 < 5]
    for day in weekdays:
        begin, drift = OPEN + day * DAY, 0.0
        for minute in range(MINUTES):
            at = begin + minute * MINUTE
            price += VOLATILITY * random.standard_normal() + drift
            bid = round(price, 2)
            prices = Price(bid, 2), Price(round(bid + SPREAD, 2), 2)
            quotes.append(QuoteTick(spy, *prices, size, size, at, at))
            if minute % EVERY == 0:
                score, is_up = float(random.integers(0, 101)), bool(random.integers(2))
                side = 1 if is_up else -1
                drift = side * PUSH / EVERY if edge and score > 60 else 0.0
                bias = "bullish" if is_up else "bearish"
                times: Any = {"ts_event": at, "ts_init": at}  # which the decorator of the class adds
                event = ScoreUpdate(**times, composite_score=score, bias=bias, spy_price_at_score=bid)
                events.append(CustomData(DataType("ScoreUpdate"), event))
    store.write_quote_ticks(quotes)
    store.write_custom_data(events)
    return str(place)


def tested(seed: int, *, edge: bool) -> dict[str, Any]:
    """Words and figures of one sweep: those of `sweep run`, without its ledger, its isolation and its files."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        end = np.datetime64("2026-05-04") + np.timedelta64(DAYS // 5 * 7, "D")
        period = {"start": "2026-05-04", "end": str(end)}
        spec = SPECIFICATION | {"catalog": market(place / "catalog", seed, edge=edge), "period": period}
        path = place / "spec.yaml"
        path.write_text(yaml.safe_dump(spec, sort_keys=False))
        trials = Trials(sweep.load(path))
        trials.share(trials.planned.spec.space.points())
        best = max(trials.planned.spec.space.points(), key=trials.value)  # of equal ones the first, as in a leaderboard
        value = trials.value(best)
        words = dict.fromkeys(ALL_TESTS, NOT_TESTED if value > 0 else NO_GAIN)
        words |= {test.name: test.word for test in trials.stressed(best)}
        shared_cache().clear()
        return {"best": value, "words": words}


class Trials:
    """Trials of one plan, each run once, in this process; their market is decoded once."""

    def __init__(self, planned: SweepPlan) -> None:
        self.planned, self.base = planned, {**planned.base, PERTURBATION: {}}
        self.results = dict[str, Result | None]()

    def share(self, settings: Iterable[Params]) -> None:
        """Run settings of the strategy in one pass over the market; those that cannot share it run by themselves."""
        backtests = {name(each): each for each in (resolve(self.base, params) for params in settings)}
        missing = [each for key, each in backtests.items() if key not in self.results]
        for backtest, result in zip(missing, run_together([(each, ()) for each in missing]), strict=True):
            if isinstance(result, Result):
                self.results[name(backtest)] = result

    def result(self, params: Params) -> Result | None:
        """The result of a setting; None where a guard trips."""
        backtest = resolve(self.base, params)
        if name(backtest) not in self.results:
            try:
                self.results[name(backtest)] = run_isolated(backtest)
            except TrialError as error:
                if error.reason is Reason.PARAMETERS:  # a stress test leaves such values out
                    raise
                self.results[name(backtest)] = None
        return self.results[name(backtest)]

    def value(self, params: Params) -> float:
        """The objective of a setting, below all where there is none."""
        value = self._value(params)
        return -np.inf if value is None else value

    def _value(self, params: Params) -> float | None:
        result = self.result(params)
        return result.metrics.get(METRIC) if result else None

    def stressed(self, params: Params) -> Iterator[StressResult]:
        """The result of each stress test of a setting. Where nothing was gained, none is run."""
        rules, result = self.planned.spec.stress or StressRules(), self.result(params)
        if not result:
            return
        base = result.metrics.get(METRIC)
        judge = partial(judged, metric=METRIC, direction="maximize", unperturbed=base)
        if gains(METRIC, "maximize", base):
            for test in tests(self.planned, rules, params):
                if test.name == "parameters":
                    self.share(test.points)
                yield judge(test.name, test.size, [self._value(point) for point in test.points])
        drawn = resampled(METRIC, result.returns, result.stats, rules.seed)
        thinner = thinned(METRIC, result.stats, rules.skip, rules.seed)
        for kind, values in (("skipped", thinner), ("trades", drawn)):
            if not isinstance(values, str):
                yield judge(kind, "", values)


def name(backtest: Mapping[str, Any]) -> str:
    """Text that is equal for equal backtests."""
    return json.dumps(backtest, sort_keys=True)


def run(minutes: float) -> None:
    """Run the sweeps that have no result yet, one on a walk and one with an edge in turn, for so many minutes."""
    RESULTS.touch()
    finished = {(r["seed"], r["edge"]) for r in map(json.loads, RESULTS.read_text().splitlines())}
    end, seed = time.monotonic() + 60 * minutes, 0
    with RESULTS.open("a") as file:
        while time.monotonic() < end:
            for edge in (False, True):
                if (seed, edge) not in finished:
                    file.write(json.dumps({"seed": seed, "edge": edge} | tested(seed, edge=edge)) + "\n")
                    file.flush()
            seed += 1


def show() -> None:
    """Print how often each word is wrong, and the share of each word."""
    rows = [json.loads(line) for line in RESULTS.read_text().splitlines()]
    walks, edges = ([r for r in rows if r["edge"] is edge and r["best"] > 0] for edge in (False, True))
    print(f"the best gains in {len(walks)} of {sum(not r['edge'] for r in rows)} walks", end=" ")
    print(f"and {len(edges)} of {sum(r['edge'] for r in rows)} edges; of those:\n")
    print("| test | walk: holds | weakens | breaks | edge: holds | weakens | breaks |")
    for name in edges[0]["words"] if edges else ():
        cells = [share(word, [r["words"][name] for r in some]) for some in (walks, edges) for word in WORDS]
        print(f"| `{name}` | " + " | ".join(cells) + " |")
    every = [["holds" if {*r["words"].values()} <= {"holds", "not tested"} else "breaks" for r in some]
             for some in (walks, edges)]  # fmt: skip
    print(f"| all of them hold | {share('holds', every[0])} | | | {share('holds', every[1])} | | |")


def share(word: str, words: Sequence[str]) -> str:
    """Share of a word where the test was possible, and its 95 % interval (Clopper-Pearson)."""
    tested = [each for each in words if each in WORDS]
    if not tested:
        return "–"
    count = tested.count(word)
    interval = binomtest(count, len(tested)).proportion_ci(0.95)
    return f"{count} of {len(tested)} ({100 * interval.low:.0f}–{100 * interval.high:.0f} %)"


def cross_validations(count: int) -> None:
    """Print the distribution of paths of moving-average grids over 1,250 days, without an edge and with a trend."""
    for edge in (0.0, 0.2):
        figures = [
            paths(np.asarray(calibration.grid(seed, edge).returns, np.float64), SPLITS).figures()
            for seed in range(count)
        ]
        medians, lows, inside = (
            np.array([f[f"cpcv_sharpe_{name}"] for f in figures]) for name in ("median", "low", "inside")
        )
        shares = {
            "median path above 0": medians > 0, "5 % path above 0": lows > 0,
            "half of the paths lose": np.array([f["cpcv_losses"] for f in figures]) >= 0.5,
        }  # fmt: skip
        text = ", ".join(f"{name} {100 * share.mean():.1f} %" for name, share in shares.items())
        print(f"edge {edge}: {count} grids: {text}; mean median {medians.mean():.2f}, chosen at {inside.mean():.2f}")


def main() -> None:
    """Choose what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "show", "cpcv"])
    parser.add_argument("--minutes", type=float, default=10, help="end after so many minutes; the same command goes on")
    parser.add_argument("--count", type=int, default=200, help="grids of `cpcv`, without an edge and with one")
    arguments = parser.parse_args()
    if arguments.what == "run":
        run(arguments.minutes)
    elif arguments.what == "show":
        show()
    else:
        cross_validations(arguments.count)


if __name__ == "__main__":
    main()
