"""Error rates of the verdict and each of its rules: sweeps of moving-average crosses whose truth is known.

    nice -n 19 .venv/bin/python benchmarks/calibration.py            # the table of docs/verdict.md: 5 minutes on a core
    nice -n 19 .venv/bin/python benchmarks/calibration.py --sweeps 40
    nice -n 19 .venv/bin/python benchmarks/calibration.py --objectives    # the tables of objectives: an hour

Daily returns are a random walk, in which no setting has an edge, or hold a slow trend that some settings catch. The
grid has 10 x 10 settings and 1,250 days after the longest average has warmed up; studies are 100 trials of Optuna's TPE
over any two lengths.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from simulated_trades import brackets, followed
from simulated_trades import panel as panel_of_trades

from sweep.results.statistics.bootstrap import block_length
from sweep.results.statistics.objective.chance import LOWER, objective_chance, own_values
from sweep.results.statistics.objective.drawn_figures import PATHS
from sweep.results.statistics.reality_check import luck
from sweep.results.statistics.trial_panel import Panel, positions, scaled
from sweep.results.statistics.verdict import CHANCE, CRITERIA, WORDS, Verdict, judge
from sweep.spec.constraints.formula import used_of

type Floats = NDArray[np.float64]
type Setting = dict[str, int]

FAST = (2, 3, 5, 8, 10, 13, 16, 20, 25, 30)
SLOW = (40, 50, 60, 80, 100, 120, 140, 160, 200, 250)
SHORT, SLOW_OF_SHORT = (1, 2, 3, 4, 5, 6, 8), (10, 13, 16, 20, 25, 30, 40, 50, 60, 80, 100)  # 20 to 300 trades
WARM_UP = 250
PATH_DRAWS = 200
MORE = 5  # times as many sweeps where errors of two points between 200 sweeps hid what is right
EDGE = 0.2  # share of the trend in a day's return
DRIFT = 0.03  # of a step, in its deviations, after the signal with the highest score
HALF_HOURS = np.array(
    [3, 1.5, 1.1, 0.9, 0.8, 0.7, 0.7, 0.7, 0.7, 0.8, 1, 1.2, 1.5]
)  # volatility; the first has the night
OF_DAYS = ("return_total", "sortino_ratio", "recovery_factor", "calmar_ratio", "max_drawdown")
OF_TRADES = (
    "sqn", "profit_factor", "expectancy", "kelly_fraction", "expectancy * min(trades, 100)",
    "sharpe_ratio - 2 * max_drawdown", *(NOT_JUDGED := ("sqn + sharpe_ratio", "sqn - 10 * max_drawdown")),
)  # fmt: skip
TRADES = 100.0  # these returns are those of positions, not of trades: enough of them


ONE: Floats = np.ones(1)


class Market:
    """One draw of daily returns, or of half hours."""

    def __init__(self, seed: int, edge: float, days: int, volatility: Floats = ONE) -> None:
        random = np.random.default_rng(seed)
        total = days + WARM_UP
        returns = random.standard_normal(total) * np.resize(volatility, total) * 0.01
        if edge:
            trend, shock, phi = np.zeros(total), random.standard_normal(total), 0.98
            for day in range(1, total):
                trend[day] = phi * trend[day - 1] + np.sqrt(1 - phi * phi) * shock[day]
            returns = returns + 0.01 * edge * trend
        self.returns: Floats = returns
        self._sums = np.concatenate([[0], np.cumsum(np.concatenate([[0], np.cumsum(returns)]))])

    def _average(self, length: int) -> Floats:
        return np.concatenate([np.full(length - 1, np.nan), (self._sums[length:] - self._sums[:-length]) / length])

    def sides(self, setting: Setting) -> Floats:
        """1 on days on which the fast average was above the slow one before, else -1."""
        return np.sign(self._average(setting["fast"]) - self._average(setting["slow"]))[:-1][WARM_UP:]

    def cross(self, setting: Setting) -> Floats:
        """Returns of being long while the fast average is above the slow one, else short."""
        return self.sides(setting) * self.returns[WARM_UP:]


def grid(seed: int, edge: float, days: int = 1250, volatility: Floats = ONE) -> Panel:
    """The sweep of a grid."""
    market = Market(seed, edge, days, volatility)
    settings: list[Setting] = [{"fast": fast, "slow": slow} for fast, slow in product(FAST, SLOW)]
    returns = np.array([market.cross(s) for s in settings]).T
    return panel(returns, positions(settings), is_grid=True)


def crosses(seed: int, edge: float, days: int = 1250, fewest: int = 0) -> Panel:
    """A grid of shorter averages with the positions of each setting: each lasts until the averages cross again."""
    market = Market(seed, edge, days)
    settings: list[Setting] = [{"fast": fast, "slow": slow} for fast, slow in product(SHORT, SLOW_OF_SHORT)]
    trades = [followed(market.sides(s), market.returns[WARM_UP:]) for s in settings]
    whole = panel_of_trades(trades, days, positions(settings), fewest)
    return replace(whole, returns=np.array([market.cross(s) for s in settings]).T)


def study(seed: int, edge: float, days: int = 1250, trials: int = 100) -> Panel:
    """The sweep of a study by TPE: any fast length up to 60, any slow one up to 250."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    market = Market(seed, edge, days)
    study_of_columns = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    columns: list[Floats] = []
    settings: list[Setting] = []
    for _ in range(trials):
        trial = study_of_columns.ask()
        settings.append({"fast": trial.suggest_int("fast", 2, 60), "slow": trial.suggest_int("slow", 61, 250)})
        columns.append(market.cross(settings[-1]))
        study_of_columns.tell(trial, float(columns[-1].sum()))
    return panel(np.array(columns).T, scaled(settings, {}), is_grid=False)


def panel(returns: Floats, places: Floats, *, is_grid: bool) -> Panel:
    """A sweep that looks for the highest total return."""
    total, count = returns.sum(axis=0), returns.shape[1]
    return Panel(
        numbers=np.arange(count), returns=returns, objective=total, trades=np.full(count, TRADES), places=places,
        best=int(total.argmax()), searched=count, is_grid=is_grid, is_adaptive=not is_grid,
        startup=0 if is_grid else 10,
    )  # fmt: skip


def verdicts(make: Callable[[int], Panel], sweeps: int, say: str) -> Iterator[Verdict]:
    """The verdicts on so many sweeps, one after another."""
    for seed in range(sweeps):
        if not seed % 20:
            print(f"{say}: {seed} of {sweeps}", file=sys.stderr, flush=True)
        yield judge(make(seed))


def shares(verdicts: Iterable[Verdict]) -> dict[str, float]:
    """Percent of sweeps that pass each rule, that get each word, and that survive without one of the rules."""
    verdicts = list(verdicts)
    rules = [{c.name: c.passed for c in v.criteria} | {"p": v.figures.get("p")} for v in verdicts]
    rules_by_name: dict[str, Callable[[Verdict, Mapping[str, bool | float | None]], bool]] = {
        **{", ".join(CRITERIA[rule]): lambda _, r, n=rule: r.get(n) is not False for rule in list(CRITERIA)[1:]},
        "*for comparison:* Reality Check of the whole search at 5 %": lambda v, _: (v.figures["p_search"] or 0) <= 0.05,
        "*for comparison:* probabilistic Sharpe ratio of the best ≥ 0.95, no correction": lambda v, _: _at(
            v, "probabilistic_sharpe"
        ),
        "*for comparison:* deflated by the raw number of trials ≥ 0.95": lambda v, _: _at(
            v, "deflated_sharpe_all_trials"
        ),
        "*for comparison:* PBO < 0.5": lambda v, _: (v.figures.get("pbo") or 0.0) < 0.5,
        **{f"**{word}**": lambda v, _, w=word: v.word == w for word in WORDS},
    }
    return {
        name: 100 * float(np.mean([rule(v, r) for v, r in zip(verdicts, rules, strict=True)]))
        for name, rule in rules_by_name.items()
    }


def alone(days: int, sweeps: int, volatility: Floats = ONE) -> dict[str, float]:
    """False positives of the Reality Check alone on a random walk of few days (or parts), in percent."""
    panels = (grid(seed, 0.0, days, volatility) for seed in range(sweeps))
    is_edge = [luck(p.returns, samples=500).p_values[p.best] <= CHANCE for p in panels]
    return {"the Reality Check finds an edge": 100 * float(np.mean(is_edge))}


def objectives(edge: float, sweeps: int) -> dict[str, float]:
    """Percent of sweeps in which the chance of the best is at most 5 %, by the Sharpe ratio and by the objective."""
    passed: dict[str, list[bool]] = {}
    for seed in range(sweeps):
        panel = grid(seed, edge)
        drawn = luck(panel.returns)
        passed.setdefault("`sharpe_ratio`", []).append(bool(drawn.p_values[drawn.observed.argmax()] <= CHANCE))
        for objective in OF_DAYS:
            samples = PATH_DRAWS if used_of(objective) & set(PATHS) else None
            chance = objective_chance(chosen(panel, objective), drawn.block, samples=samples)
            passed.setdefault(f"`{objective}`", []).append(chance is not None and chance <= CHANCE)
    return {name: 100 * float(np.mean(values)) for name, values in passed.items()}


def trade_objectives(make: Callable[[int], Panel], sweeps: int) -> dict[str, float]:
    """The same for objectives of trades, and for formulas that are not judged."""
    passed: dict[str, list[bool]] = {}
    for seed in range(sweeps):
        panel = make(seed)
        block = block_length(panel.returns)
        for objective in OF_TRADES:
            samples = PATH_DRAWS if used_of(objective) & set(PATHS) else None
            chance = objective_chance(chosen(panel, objective), block, samples=samples)
            name = f"*not judged:* `{objective}`" if objective in NOT_JUDGED else f"`{objective}`"
            passed.setdefault(name, []).append(chance is not None and chance <= CHANCE)
    return {name: 100 * float(np.mean(values)) for name, values in passed.items()}


def chosen(panel: Panel, objective: str) -> Panel:
    """The sweep as one for an objective: its best among the trials that keep the bounds."""
    is_maximized = objective not in LOWER
    values = own_values(replace(panel, chosen_by=objective, is_maximized=is_maximized))
    could = np.isfinite(values) & (True if panel.is_eligible is None else panel.is_eligible)
    best = int(np.where(could, values if is_maximized else -values, -np.inf).argmax())
    return replace(panel, chosen_by=objective, is_maximized=is_maximized, objective=values, best=best)


def _at(verdict: Verdict, figure: str) -> bool:
    return (verdict.figures[figure] or 0) >= 0.95


def table(columns: Mapping[str, Mapping[str, float]]) -> str:
    """The columns as Markdown."""
    names = list(columns)
    lines = [f"| | {' | '.join(names)} |", "| --- " + "| ---: " * len(names) + "|"]
    cells = {row: [f"{columns[n][row]:.1f} %" for n in names] for row in columns[names[0]]}
    return "\n".join([*lines, *(f"| {row} | {' | '.join(figures)} |" for row, figures in cells.items())])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Calibrate the verdict.")
    parser.add_argument("--sweeps", type=int, default=200)
    parser.add_argument("--objectives", action="store_true", help="the tables of objectives alone")
    options = parser.parse_args()
    sweeps: int = options.sweeps
    print(table({name: objectives(edge, sweeps) for name, edge in (("no edge", 0.0), ("trend", EDGE))}), end="\n\n")
    trades = {
        "brackets, no edge": trade_objectives(lambda s: brackets(s, 0.0, fewest=30), MORE * sweeps),
        "brackets, drift": trade_objectives(lambda s: brackets(s, DRIFT, fewest=30), sweeps),
        "crosses, no edge": trade_objectives(lambda s: crosses(s, 0.0, fewest=30), sweeps),
        "crosses, trend": trade_objectives(lambda s: crosses(s, EDGE, fewest=30), sweeps),
    }
    print(table(trades), end="\n\n")
    if options.objectives:
        return
    columns = {
        "grid, no edge": shares(verdicts(lambda s: grid(s, 0.0), sweeps, "grid, no edge")),
        "grid, trend": shares(verdicts(lambda s: grid(s, EDGE), sweeps, "grid, trend")),
        "TPE, no edge": shares(verdicts(lambda s: study(s, 0.0), sweeps, "TPE, no edge")),
        "TPE, trend": shares(verdicts(lambda s: study(s, EDGE), sweeps, "TPE, trend")),
    }
    print(table(columns), end="\n\n")
    short = {
        f"{days} days": shares(verdicts(lambda s, d=days: grid(s, 0.0, d), sweeps, f"{days} days"))
        for days in (60, 125, 250, 500)
    }
    print(table(short), end="\n\n")
    few = {f"{days} days": alone(days, 2 * sweeps) for days in (5, 10, 20, 30, 40, 60)}
    few |= {f"{days} days in half hours": alone(13 * days, 2 * sweeps, HALF_HOURS) for days in (5, 20)}
    print(table(few))


if __name__ == "__main__":
    main()
