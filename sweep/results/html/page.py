"""The report of a sweep as one HTML file that opens without a network."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

from sweep.common.files.atomic_file import atomic_write
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Row
from sweep.ledger.recorded_spec import recorded_text
from sweep.results import out_of_sample
from sweep.results.html.calendar_section import calendar
from sweep.results.html.equity_section import BEST, equity
from sweep.results.html.figure_texts import figure_text, figure_texts, share, shown
from sweep.results.html.page_data import as_json, data, leading, names, short
from sweep.results.html.price_section import closed_trades, price_data
from sweep.results.html.strategies_section import strategies
from sweep.results.html.stress_section import figure, stress
from sweep.results.html.template import PAGE, template
from sweep.results.statistics.verdict import NOTHING, SURVIVES
from sweep.results.verdict_store import Judgement, Standing
from sweep.spec.components import places
from sweep.spec.constraints.formula import value_of

if TYPE_CHECKING:
    from sweep.results.sweep_reader import SweepReader

SCRIPTS = ("parts.js", "formats.js", "page.js", "paint.js", "curves.js", "price.js", "charts.js", "heat.js")
RANKED = 8  # trials by plateau
PACKAGES = ("nautilus_trader", "ray", "mlflow-skinny", "optuna")


def write(report: "SweepReader", judged: Judgement | None = None) -> Path:
    """Write `report.html` into the sweep's folder; its path."""
    path = report.folder.path / "report.html"
    text = page(report, judged or report.judged())
    with atomic_write(path) as target:
        target.write_text(text, encoding="utf-8")
    return path


def page(report: "SweepReader", judged: Judgement) -> str:
    """The whole page."""
    from sweep.results.html.plotly_script import UNPACK, packed, packed_plotly

    with report.folder.open() as ledger:
        rows, facts = list(ledger.inside()), ledger.facts
        leaders = report.leaders(BEST)
        curves = equity(report.folder, ledger, leaders)
        chart = price_data(report.folder, rows)
        tables = calendar(ledger.result(leaders[0]), closed_trades(chart, leaders[0].number)) if leaders else None
    shares = report.importance()
    drawn = len(curves["curves"]) if curves else 0
    has = {"importance": any(shares.values()), "pareto": not report.goal.is_single, "calendar": bool(tables)}
    has |= {"equity": bool(drawn), "price": bool(chart or tables)}
    currency = curves["currency"] if curves else None
    sheets = [int(p.stem) for p in report.folder.tearsheets.glob("*.html") if p.stem.isdigit()]
    content = data(facts, rows, judged, sheets, shares)
    unpack = UNPACK.replace("{packed}", packed_plotly())
    return template("page.html.j2").render(
        css=(PAGE / "page.css").read_text("utf-8"),
        js="\n".join((PAGE / name).read_text("utf-8") for name in SCRIPTS),
        plotly=f'<script type="text/x-chart">begin()</script>\n{unpack}',
        data=packed(as_json(content | {"equity": curves, "currency": currency, "price": chart})),
        left_out=len(names(rows, "metrics")) - len(content["trials"]["metrics"]),
        price=chart,
        calendar=tables and {"trial": leaders[0].number, **tables},
        equities=drawn,
        equity_parts=bool(curves) and "T" in curves["times"][0],
        bounds=facts.goal.bounds_text,
        is_study=report.is_study,
        **_context(report, facts, rows, judged, has),
    )


def brief(report: "SweepReader", top: int = 10) -> str:
    """Verdict and leaderboard as a fragment of a page."""
    leaders, verdict = report.leaders(top), report.verdict()
    params, metric = names(leaders, "params"), report.objective["metric"]
    metrics = leading(report.facts, names(leaders, "metrics"), leaders)
    rows = [
        [str(r.number), *(figure(r.metrics.get(m), m) for m in metrics), *(shown(r.params.get(p)) for p in params)]
        for r in leaders
    ]
    head = ["trial", *metrics, *short(params).values()]
    return template("brief.html.j2").render(id=report.id, verdict=verdict, head=head, rows=rows, metric=metric)


def _context(
    report: "SweepReader", facts: SweepFacts, rows: Sequence[Row], judged: Judgement, has: dict[str, bool]
) -> dict[str, Any]:
    findings, verdict = judged.findings, judged.verdict
    params = names(rows, "params")
    settings = {row.number: [shown(row.params.get(p)) for p in params] for row in rows}
    has |= {"heat": len(params) > 1, "luck": findings.luck is not None, "walk": findings.walk is not None}
    has |= {"halves": findings.walk is not None, "unseen": judged.unseen != NOTHING}
    several = strategies(report)
    has["strategies"] = several is not None
    has["stress"] = bool(facts.stress)
    ranking = list(_ranking(judged, settings, report.objective["metric"]))
    has["choice"] = bool(ranking)
    return {
        "id": report.id, "verdict": verdict, "metric": report.objective["metric"],
        "cards": list(cards(verdict.figures)),
        "figures": figure_texts(verdict.figures),
        "params": list(short(params).values()), "has": has,
        "ranking": ranking,
        "has_halves": findings.splits is not None,
        "parts": verdict.figures.get("parts"),
        "samples": f"{findings.luck.maxima.size:,}" if findings.luck else "", "adaptive": judged.panel.is_adaptive,
        "windows": list(_windows(judged, settings)), "halves_say": _halves(judged), "sections": list(_sections(has)),
        "facts": list(_facts(report, facts)), "failures": report.reasons(), "commands": _commands(report, judged),
        "spec": recorded_text(report.folder),
        "lockbox": list(out_of_sample.story(facts)), "forward": _forward(judged, report.objective["metric"]),
        "crossed": figure_texts(judged.unseen.crossed or {}, "cpcv_"),
        "stitched": report.folder.walk_forward.name, "strategies": several,
        "stress": stress(facts),
    }  # fmt: skip


def _forward(judged: Judgement, metric: str) -> dict[str, Any] | None:
    """The walk-forward with a search for each window: a row for each, and what the stitched tests came to."""
    if not (forward := judged.unseen.forward):
        return None
    params = list(dict.fromkeys(name for step in forward.steps for name in step.params or ()))
    rows = [
        {
            "span": f"{step.test['start'][:10]} … {step.test['end'][:10]}",
            "trial": step.before.trial if step.before else "–",
            "params": [shown((step.params or {}).get(name)) for name in params],
            "before": figure(value_of(metric, step.before.metrics), metric) if step.before else "–",
            "after": (figure(value_of(metric, step.after.metrics), metric) if step.after.metrics else "FAILED")
            if step.after
            else "–",
        }
        for step in forward.steps
    ]
    figures = figure_texts(forward.figures(), "forward_")
    return {"rows": rows, "params": list(short(params).values()), "figures": figures, "drawn": bool(forward.tested)}


def _sections(has: Mapping[str, bool]) -> Iterator[dict[str, str]]:
    titles = {
        "verdict": "Verdict",
        "equity": "Equity",
        "calendar": "Months",
        "price": "Price",
        "unseen": "Unseen days",
        "choice": "Beside the best",
        "stress": "Stress",
        "strategies": "Strategies",
    }
    titles |= {"history": "Course", "leaderboard": "Trials"}
    titles |= {"pareto": "Pareto front", "heat": "Pairs", "importance": "Importance", "parallel": "All in one look"}
    titles |= {"luck": "Luck", "walk": "Walk-forward", "halves": "Halves", "run": "Run"}
    return ({"id": name, "title": title} for name, title in titles.items() if has.get(name, True))


def cards(f: Mapping[str, float | int | None]) -> Iterator[tuple[str, str, str]]:
    """The figures that matter first: name, value, what to compare it with."""
    yield "trials", shown(f["trials"]), f"{shown(f['complete'])} complete"
    yield "days of returns", shown(f["days"]), f"{f['years'] or 0:.2g} years"
    if f.get("trade_loss") is not None:
        yield (
            "drawdown of its trades, one in twenty",
            figure_text("trade_drawdown_95", f["trade_drawdown_95"]),
            f"drawn again; {share(f['trade_loss'])} of draws end with a loss",
        )
    if f.get("p") is None:
        return
    yield (
        "Sharpe of the best",
        f"{f['sharpe']:.2f}",
        f"95 %: {f['sharpe_low']:.2f} to {f['sharpe_high']:.2f}, if not chosen",
    )
    yield "luck's best", f"{f['luck_mean']:.2f}", f"one in twenty: {f['luck_95']:.2f}"
    beyond = (
        f"{shown(f['beyond_luck'])} trials below 5 %" if f["beyond_luck"] is not None else "adjusted for all trials"
    )
    yield "chance without an edge", share(f["p"]), beyond
    if f.get("deflated_sharpe") is None:
        return
    by_count = f["deflated_sharpe_all_trials"]
    by = "against the expected best without an edge" if by_count is None else f"by the number of trials: {by_count:.3f}"
    yield "deflated Sharpe", f"{f['deflated_sharpe']:.3f}", by
    if f.get("walk_forward_sharpe") is not None:
        gain = f"{share(f['walk_forward_profitable'])} of windows gain"
        yield "walk-forward Sharpe", f"{f['walk_forward_sharpe']:.2f}", gain
    if f.get("median_sharpe") is not None:
        yield "median Sharpe", f"{f['median_sharpe']:.2f}", f"{share(f['profitable'])} of trials gain"
    yield "drawdown of its days, one in twenty", figure_text("drawdown_95", f["drawdown_95"]), "drawn again, in blocks"


def _ranking(judged: Judgement, settings: Mapping[int, list[str]], metric: str) -> Iterator[dict[str, Any]]:
    """The plateau's centre, the next by plateau, the best and the median trial."""
    choice = judged.choice

    def line(label: str, mark: str, s: Standing) -> dict[str, Any]:
        around = f"{figure(s.neighbours, metric)} ({s.count})" if s.count else "–"
        return {
            "what": label, "mark": mark, "trial": s.number, "value": figure(s.value, metric), "neighbours": around,
            "params": settings[s.number],
        }  # fmt: skip

    stands = judged.verdict.word == SURVIVES
    centre = "no plateau: the best by itself and its neighbours"
    if choice.is_plateau:
        centre = f"the plateau's centre: {'take this' if stands else 'rather this than the best'}"
    for n, s in enumerate(choice.by_plateau[:RANKED]):
        yield line("" if n else centre, "" if n else "centre", s)
    if choice.best:
        yield line("the best of the search", "best", choice.best)
    if choice.median:
        yield line("the median: expect this", "median", choice.median)


def _windows(judged: Judgement, settings: Mapping[int, list[str]]) -> Iterator[dict[str, Any]]:
    walk, panel = judged.findings.walk, judged.panel
    for w, chosen, before, profit in (
        zip(walk.windows, walk.chosen, walk.in_sample, walk.profits, strict=True) if walk else ()
    ):
        number = int(panel.numbers[chosen])
        yield {
            "span": f"{panel.days[w.test_start]} … {panel.days[w.test_end - 1]}", "trial": number,
            "params": settings[number], "before": f"{before * panel.year**0.5:.2f}", "profit": share(float(profit), 2),
        }  # fmt: skip


def _halves(judged: Judgement) -> str:
    splits, f = judged.findings.splits, judged.findings.figures
    if splits is None:
        return ""
    return (
        f"{splits.logits.size:,} ways to put {splits.blocks} blocks of days into two halves: the best of one half "
        f"loses on the other in {share(f['halves_loss'])} of them, and is in the worse half of the trials there in "
        f"{share(f['pbo'])} (PBO: near 50 % also where many settings are equally good). Slope {f['halves_slope']:.2f}."
    )


def _facts(report: "SweepReader", facts: SweepFacts) -> Iterator[tuple[str, str]]:
    """Facts that determine the results: data, engine, code, backtest."""
    backtest: Mapping[str, Any] = facts.backtest
    period = backtest["period"]
    if facts.note:
        yield "note", facts.note
    if facts.tags:
        yield "tags", ", ".join(f"{name}={value}" for name, value in facts.tags.items())
    yield "strategy", places.label(backtest)
    yield "period", f"{period['start']} … {period['end']}, the end excluded"
    for entry in backtest["data"]:
        yield "data", f"{entry['type']} {', '.join(entry.get('instruments') or entry.get('bar_types') or ())}"
    yield "venues", ", ".join(str(v["name"]) for v in backtest["venues"])
    yield "catalog", f"{Path(str(backtest['catalog'])).name}, fingerprint {facts.data}"
    yield "objective", f"{report.objective['direction']} {report.objective['metric']}"
    yield "trials", ", ".join(f"{n:,} {state}" for state, n in report.count().items())
    yield "engine", str(facts.engine)
    yield "versions", ", ".join([f"Python {python_version()}", *(f"{p} {v}" for p in PACKAGES if (v := _version(p)))])
    if proven := report.proven():
        yield "replay", proven
    yield "started", str(facts.created)
    yield "finished", str(facts.finished or "not yet")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _commands(report: "SweepReader", judged: Judgement) -> str:
    best = judged.choice.best
    lines = [f"sweep run runs/{report.id}/spec.yaml      # the same sweep: only what is missing runs"]
    lines += (
        [f"sweep replay {report.id} {best.number}      # the best trial again, compared figure by figure"]
        if best
        else []
    )
    return "\n".join([*lines, f"sweep show {report.id}"])
