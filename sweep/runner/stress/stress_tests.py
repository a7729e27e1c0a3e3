"""The trials of each stress test: the parameters that a perturbation adds to those of a leader."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.backtest import trading_days
from sweep.common.json_values import Plain
from sweep.common.units import moment_of
from sweep.runner.plan import SweepPlan
from sweep.runner.stress.changed_costs import higher_fees, longer_latencies
from sweep.runner.stress.neighbours import neighbours
from sweep.spec.components.perturbation import PERTURBATION
from sweep.spec.components.stress import StressRules
from sweep.spec.model import resolve
from sweep.trial import Params

PRICED = {"QuoteTick", "TradeTick", "Bar"}  # data with prices that can be moved
FEWEST_LEFT = 4  # a start is shifted by at most one in so many of the trading days


@dataclass(frozen=True, slots=True)
class StressTest:
    """One test of one leader: its trials, or the reason why it has none."""

    name: str
    size: str  # of the perturbation, for people
    points: Sequence[Params] = ()
    reason: str = ""


def tests(planned: SweepPlan, rules: StressRules, params: Params) -> list[StressTest]:
    """The tests of a leader that run trials, in the order of the spec; `skipped` and `trades` need none."""
    leader = Leader(planned, rules, params)
    return [TESTS[name](leader) for name in rules.tests if name in TESTS]


class Leader:
    """A trial whose perturbations are listed."""

    def __init__(self, planned: SweepPlan, rules: StressRules, params: Params) -> None:
        self.planned, self.rules, self.params = planned, rules, params
        self.backtest = resolve(planned.base, params)
        self.kinds: set[str] = {str(item["type"]) for item in self.backtest["data"] if not item.get("chain")}

    def noise(self) -> StressTest:
        """Prices with noise."""
        size, needed = f"{self.rules.noise:g} spreads", self.kinds & PRICED
        return self._seeded("noise", size, "" if needed else "no prices in `data` to move", noise=self.rules.noise)

    def spread(self) -> StressTest:
        """Wider spreads."""
        reason = "" if "QuoteTick" in self.kinds else "no quotes in `data`"
        points = [self._with(spread=factor, seed=self.rules.seed) for factor in self.rules.spread]
        return self._listed("spread", _times(self.rules.spread), reason, points)

    def dropped(self) -> StressTest:
        """Lost events."""
        reason = "" if self.kinds & PRICED or self._own_events else "no events in `data` that can be lost"
        return self._seeded("dropped", f"{100 * self.rules.drop:g} %", reason, drop=self.rules.drop)

    def delayed(self) -> StressTest:
        """Late events."""
        reason = "" if self._own_events else "no events of your own in `data`"
        return self._seeded("delayed", f"to {self.rules.delay:g} s", reason, delay=self.rules.delay)

    def latency(self) -> StressTest:
        """Longer latencies."""
        return self._scaled("latency", self.rules.latency, longer_latencies)

    def fees(self) -> StressTest:
        """Higher fees."""
        return self._scaled("fees", self.rules.fees, higher_fees)

    def parameters(self) -> StressTest:
        """Other values of the parameters."""
        points = neighbours(self.planned.spec.space, self.params, self.rules.jitter)
        reason = "" if points else "no parameter has a value next to it"
        return self._listed("parameters", f"a step, {100 * self.rules.jitter:g} %", reason, points)

    def start(self) -> StressTest:
        """Later starts."""
        days = trading_days(self.backtest)
        most = min(self.rules.start, len(days) // FEWEST_LEFT)
        starts = [moment_of(days[n].start) for n in range(1, most + 1)]
        reason = "" if starts else f"the period has {len(days)} trading days"
        points = [{**self.params, "period.start": start} for start in starts]
        return self._listed("start", f"to {most} day{'s' * (most != 1)}", reason, points)

    @property
    def _own_events(self) -> bool:
        return any(":" in kind for kind in self.kinds)

    def _with(self, **perturbation: Plain) -> Params:
        return {**self.params, **{f"{PERTURBATION}.{name}": value for name, value in perturbation.items()}}

    def _seeded(self, name: str, size: str, reason: str, **perturbation: Plain) -> StressTest:
        seeds = range(self.rules.seed, self.rules.seed + self.rules.trials)
        return self._listed(name, size, reason, [self._with(**perturbation, seed=seed) for seed in seeds])

    def _scaled(self, name: str, factors: Sequence[float], change: "Change") -> StressTest:
        changed = [change(self.backtest, factor) for factor in factors]
        reason = next((c for c in changed if isinstance(c, str)), "")
        points = [{**self.params, **c} for c in changed if not isinstance(c, str)]
        return self._listed(name, _times(factors), reason, points)

    @staticmethod
    def _listed(name: str, size: str, reason: str, points: Sequence[Params]) -> StressTest:
        return StressTest(name, size, (), reason) if reason else StressTest(name, size, points)


type Change = Callable[[Mapping[str, Any], float], dict[str, Plain] | str]

TESTS: Mapping[str, Callable[[Leader], StressTest]] = {
    "noise": Leader.noise, "spread": Leader.spread, "dropped": Leader.dropped, "delayed": Leader.delayed,
    "latency": Leader.latency, "fees": Leader.fees, "parameters": Leader.parameters,
    "start": Leader.start,
}  # fmt: skip


def points(listed: Sequence[StressTest]) -> Iterator[Params]:
    """The trials of several tests, one after another."""
    return (point for test in listed for point in test.points)


def _times(factors: Sequence[float]) -> str:
    return " and ".join(f"{factor:g} ×" for factor in factors)
