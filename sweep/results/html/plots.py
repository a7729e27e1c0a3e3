"""The main plots of the report as PNG or SVG files, drawn by matplotlib: no browser is needed."""

# matplotlib's own types are partly unknown
# pyright: reportUnknownMemberType=false

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sweep.common import extras
from sweep.common.files.atomic_file import atomic_write
from sweep.results.html.equity_section import BEST, equity
from sweep.results.html.page_data import names, pareto, short
from sweep.results.importance import Shares
from sweep.results.verdict_store import Judgement
from sweep.spec.objectives import Goal
from sweep.trial import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sweep.ledger.ledger import Row
    from sweep.results.sweep_reader import SweepReader

type Draw = Callable[[Axes], object]
type Kind = Literal["png", "svg"]

SIZE, DPI = (8.0, 4.5), 150  # inches
BLUE, ORANGE, GREEN, RED, GREY = "#2f6fde", "#d98a1f", "#16803c", "#c0362c", "#8894a5"
MOST = 200  # values of a parameter up to which a heat map shows each
THOUSAND = 1_000
TICKS = 20  # of them that are written


def write(report: "SweepReader", folder: Path, kind: Kind = "png") -> list[Path]:
    """Write those that the sweep allows into a folder, each with its title and the id of the sweep; their paths."""
    extras.require("pictures", "--png")
    from matplotlib.figure import Figure

    written: list[Path] = []
    for name, draw in pictures(report).items():
        figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
        draw(figure.subplots())
        _separate_thousands(figure)
        figure.supxlabel(report.id, fontsize="x-small", color=GREY, x=0.99, ha="right")
        path = folder / f"{name}.{kind}"
        with atomic_write(path) as target:
            figure.savefig(target, format=kind)
        written.append(path)
    return written


def _separate_thousands(figure: "Figure") -> None:
    """Write the large numbers of axes as the tables do."""
    from matplotlib.ticker import ScalarFormatter, StrMethodFormatter

    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        is_number = isinstance(axis.get_major_formatter(), ScalarFormatter)
        if is_number and np.abs(axis.get_view_interval()).max() >= THOUSAND:
            axis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))


def pictures(report: "SweepReader") -> dict[str, Draw]:
    """Plots of a sweep by name."""
    judged, metric = report.judged(), report.objective["metric"]
    with report.folder.open() as ledger:
        curves = equity(report.folder, ledger, report.leaders(BEST))
        rows = [row for row in ledger.rows(state=State.COMPLETE) if row.metrics.get(metric) is not None]
    plots: dict[str, Draw] = {}
    if curves:
        plots["equity"] = lambda axes: _equity(axes, curves, metric)
    if judged.findings.luck:
        plots["luck"] = lambda axes: _luck(axes, judged)
    if judged.findings.walk:
        plots["walk-forward"] = lambda axes: _walk(axes, judged)
    if judged.choice.by_plateau:
        broken = [row.number for row in rows if not report.goal.is_feasible(row.metrics)]
        plots["plateau"] = lambda axes: _plateau(axes, judged, report.goal, broken)
    if any(shares := report.importance()):
        plots["importance"] = lambda axes: _importance(axes, shares)
    if pair := _pair(report.importance().get(metric) or {}, rows):
        plots["heat"] = lambda axes: _heat(axes, rows, pair, report.goal)
    if front := pareto(report.facts, rows):
        plots["pareto"] = lambda axes: _pareto(axes, rows, front)
    return plots


def _equity(axes: "Axes", chart: Mapping[str, Any], metric: str) -> None:
    times: list[str] = chart["times"]
    has_days = "T" not in times[0]
    places = np.array([chart["start"], *times], "datetime64[D]") if has_days else np.arange(len(times) + 1)
    for rank, curve in enumerate(chart["curves"]):
        style: dict[str, Any] = {"color": BLUE, "lw": 2, "zorder": 3} if rank == 0 else {"lw": 0.9, "alpha": 0.8}
        axes.plot(places, curve["values"], label=f"trial {curve['trial']}", **style)
    if (held := chart["holdout"]) and has_days:
        edges = np.array([held["start"], held["end"]], "datetime64[D]")
        axes.axvspan(edges[0], edges[1], color=ORANGE, alpha=0.15, label="hold-out")
    if not has_days:
        first = [n for n, time in enumerate(times) if n == 0 or time[:10] != times[n - 1][:10]]
        some = first[:: -(-len(first) // 8)]
        axes.set_xticks(some, [times[n][:10] for n in some])
    unit = f"equity, {chart['currency']}" if chart["currency"] else "growth of 1"
    axes.set(title=f"Equity of the best trials by {metric}", ylabel=unit, xlabel="day")
    axes.legend(fontsize="x-small", ncols=2)


def _luck(axes: "Axes", judged: Judgement) -> None:
    findings, drawn = judged.findings, judged.findings.luck
    if drawn is None:
        return
    year, f = sqrt(findings.year), findings.figures
    axes.hist(drawn.observed * year, 50, density=True, color=BLUE, alpha=0.65, label="the trials")
    label = "the best of a search without an edge"
    axes.hist(drawn.maxima * year, 50, density=True, color=ORANGE, alpha=0.5, label=label)
    axes.axvline(f["sharpe"] or 0.0, color=RED, label=f"the best: {f['sharpe']:.2f}")
    axes.axvline(f["luck_95"] or 0.0, color=ORANGE, ls=":", label=f"luck, one in twenty: {f['luck_95']:.2f}")
    axes.set(
        xlabel="annual Sharpe ratio", yticks=[], ylabel="density", title=f"Best against luck: {judged.verdict.word}"
    )
    axes.legend(fontsize="small")


def _walk(axes: "Axes", judged: Judgement) -> None:
    walk, panel = judged.findings.walk, judged.panel
    if walk is None or panel.best is None:
        return
    days = np.array(panel.days, "datetime64[D]")
    best = np.cumsum(np.asarray(panel.returns[:, panel.best], np.float64))
    axes.plot(days, 100 * best, color=GREY, label="the best, chosen on all of it")
    stitched = np.cumsum(walk.returns)
    axes.plot(days[-len(stitched) :], 100 * stitched, color=BLUE, label="walk-forward, out of sample")
    axes.set(title="Walk-forward", xlabel="day", ylabel="sum of daily returns, %")
    axes.legend(fontsize="small")


def _plateau(axes: "Axes", judged: Judgement, goal: Goal, broken: Sequence[int]) -> None:
    """Draw each trial over its neighbours; those that break a bound, which would set the scale, only where all do."""
    plateau, choice, (metric, _) = judged.findings.plateau, judged.choice, goal.objectives[0]
    is_sound = ~np.isin(judged.panel.numbers, broken)
    has_some = bool(broken) and bool(is_sound.any())
    drawn = is_sound if has_some else np.ones_like(is_sound)
    values, around = (judged.sign * figures[drawn] for figures in (plateau.values, plateau.mean))
    label = f"trials that keep {goal.bounds_text}" if has_some else "trials"
    axes.scatter(values, around, s=8, color=BLUE, alpha=0.5, label=label)
    marks = [(choice.best, "*", RED, "the best"), (choice.median, "X", ORANGE, "the median")]
    for s, marker, colour, caption in [(choice.by_plateau[0], "D", GREEN, "the plateau's centre"), *marks]:
        if s and s.neighbours is not None:
            label = f"{caption}: trial {s.number}"
            axes.scatter([s.value], [s.neighbours], s=90, marker=marker, color=colour, label=label)
    axes.set(title="Trials and their neighbours", xlabel=metric, ylabel=f"mean {metric} of its neighbours")
    axes.legend(fontsize="small")


def _importance(axes: "Axes", by_objective: Shares) -> None:
    params = list(dict.fromkeys(name for shares in by_objective.values() for name in shares))[::-1]
    height, labels = 0.8 / len(by_objective), short(params)
    for n, (metric, shares) in enumerate(by_objective.items()):
        at = np.arange(len(params)) - 0.4 + height * (n + 0.5)
        axes.barh(at, [100 * shares.get(p, 0.0) for p in params], height, label=metric)
    axes.set_yticks(np.arange(len(params)), [labels[p] for p in params])
    axes.set(title="What mattered", xlabel="share of what tells the best tenth from the rest, %", ylabel="parameter")
    axes.legend(fontsize="small")


def _pair(shares: Mapping[str, float], rows: "list[Row]") -> tuple[str, str] | None:
    """The two parameters that matter most among those with few enough values."""
    params = list(shares) or names(rows, "params")
    few = [p for p in params if 1 < len({repr(row.params.get(p)) for row in rows}) <= MOST]
    return (few[0], few[1]) if len(few) > 1 else None


def _heat(axes: "Axes", rows: "list[Row]", pair: tuple[str, str], goal: Goal) -> None:
    metric, _ = goal.objectives[0]
    across, up = (_values([row.params.get(p) for row in rows]) for p in pair)
    total, count, broken = np.zeros((3, len(up), len(across)))
    for row in rows:
        at = up.index(row.params.get(pair[1])), across.index(row.params.get(pair[0]))
        if goal.is_feasible(row.metrics):
            total[at] += row.metrics[metric] or 0.0
            count[at] += 1
        else:
            broken[at] += 1
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    values = mean[count > 0] if count.any() else np.zeros(1)
    most, has_both = float(np.abs(values).max()), bool(values.min() < 0 < values.max())
    if (hatched := (count == 0) & (broken > 0)).any():
        _hatch(axes, hatched, f"no trial keeps {goal.bounds_text}")
    limits: dict[str, Any] = {"cmap": "RdBu", "vmin": -most, "vmax": most} if has_both else {"cmap": "viridis"}
    image = axes.imshow(mean, origin="lower", aspect="auto", **limits)
    labels = short(names(rows, "params"))
    some, few = (range(0, len(values), -(-len(values) // TICKS)) for values in (across, up))
    axes.set_xticks(some, [str(across[n]) for n in some], rotation=45 if len(some) > 8 else 0)
    axes.set_yticks(few, [str(up[n]) for n in few])
    axes.set(title=f"Mean {metric} by two parameters", xlabel=labels[pair[0]], ylabel=labels[pair[1]])
    axes.figure.colorbar(image, ax=axes, label=f"mean {metric}")


def _hatch(axes: "Axes", cells: NDArray[np.bool_], reason: str) -> None:
    """Draw cells without a value hatched, with the reason in the legend."""
    from matplotlib.patches import Patch

    edges: list[Any] = [np.arange(size + 1) - 0.5 for size in cells.shape]
    style: dict[str, Any] = {"hatch": "////", "edgecolor": GREY, "linewidth": 0.0}
    masked: Any = np.ma.masked_where(~cells, cells)
    axes.pcolor(edges[1], edges[0], masked, cmap="Greys", vmin=0, vmax=8, **style)
    patch = Patch(facecolor="#eeeeee", hatch="////", edgecolor=GREY, label=reason)
    axes.legend(handles=[patch], fontsize="x-small", loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False)


def _values(values: list[Any]) -> list[Any]:
    distinct = [v for n, v in enumerate(values) if v not in values[:n]]
    is_ordered = all(isinstance(v, int | float) for v in distinct)
    return sorted(distinct) if is_ordered else distinct


def _pareto(axes: "Axes", rows: "list[Row]", pareto: Mapping[str, Any]) -> None:
    (one, _), (other, _), *_ = pareto["objectives"]
    at = {row.number: (row.metrics.get(one), row.metrics.get(other)) for row in rows}
    places = {n: (float(x), float(y)) for n, (x, y) in at.items() if x is not None and y is not None}
    for numbers, colour, caption in (
        (places.keys() - set(pareto["front"]), GREY, "trials"),
        (pareto["front"], BLUE, "front"),
    ):
        points = [places[n] for n in sorted(numbers) if n in places]
        axes.scatter([x for x, _ in points], [y for _, y in points], s=14, color=colour, label=caption)
    axes.set(title="Pareto front", xlabel=one, ylabel=other)
    axes.legend(fontsize="small")
