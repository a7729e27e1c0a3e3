"""A comparison as files: every pair as Parquet, the summary as JSON, a page that opens without a network."""

# pyarrow and plotly have no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sweep.common.escaping import for_html
from sweep.common.files.atomic_file import atomic_write
from sweep.common.units import moment_of
from sweep.results.diff.decisions import KINDS, Comparison, Decision

PAGE = Path(__file__).parent / "page.html.j2"
LISTED = 2_000  # decisions that differ, on the page
TYPES: dict[str, pa.DataType] = {
    "time": pa.timestamp("ns", "UTC"), "side": pa.string(), "size": pa.float64(), "price": pa.float64(),
    "exit_time": pa.timestamp("ns", "UTC"), "exit_price": pa.float64(), "pnl": pa.float64(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """A threshold, and whether it holds."""

    rule: str
    value: float | None
    passed: bool


def checks(comparison: Comparison, min_parity: float | None, max_daily: float | None) -> list[Check]:
    """A required limit of a comparison. Without any decision nothing disagrees."""
    demanded: list[Check] = []
    if min_parity is not None:
        parity = comparison.parity
        demanded.append(Check(f"parity at least {min_parity:g} %", parity, parity is None or parity >= min_parity))
    if max_daily is not None:
        worst = comparison.worst_day
        demanded.append(Check(f"daily disagreement at most {max_daily:g} %", worst, worst <= max_daily))
    return demanded


def summary(comparison: Comparison, demanded: Sequence[Check]) -> dict[str, Any]:
    """The figures of a comparison as JSON; money as text, exactly."""
    pnl = comparison.pnl
    return {
        "a": comparison.a.label,
        "b": comparison.b.label,
        "decisions": {
            "a": len(comparison.a.decisions),
            "b": len(comparison.b.decisions),
            "either": len(comparison.pairs),
        },
        "agreed": comparison.agreed,
        "parity": comparison.parity,
        "kinds": comparison.kinds,
        "days": {day: {"decisions": n, "disagreements": bad} for day, (n, bad) in comparison.days.items()},
        "worst_day": comparison.worst_day,
        "pnl": {
            "currency": comparison.b.currency or comparison.a.currency,
            "a": str(comparison.a.pnl_total),
            "b": str(comparison.b.pnl_total),
            "difference": str(pnl.total),
            "by_kind": {kind: str(value) for kind, value in pnl.by_kind.items()},
            "beside": str(pnl.beside),
        }
        if pnl
        else None,
        "checks": [{"rule": c.rule, "value": c.value, "passed": c.passed} for c in demanded],
    }


def write(folder: Path, comparison: Comparison, demanded: Sequence[Check]) -> list[str]:
    """Write `diff.parquet`, `diff.json` and `diff.html`; their names."""
    with atomic_write(folder / "diff.parquet") as target:
        pq.write_table(table(comparison), target)
    figures = summary(comparison, demanded)
    for name, text in {
        "diff.json": json.dumps(figures, indent=2) + "\n",
        "diff.html": page(comparison, figures),
    }.items():
        with atomic_write(folder / name) as target:
            target.write_text(text, encoding="utf-8")
    return ["diff.parquet", "diff.json", "diff.html"]


def money(value: Decimal | None) -> str:
    """An amount with cents, or with as many digits as it needs."""
    if value is None:
        return ""
    cents = Decimal("0.01")
    return f"{value.quantize(cents) if value == value.quantize(cents) else value:,}"


def table(comparison: Comparison) -> Any:
    """Every pair as a row: `strategy` (of A, if any), `agrees`, `kinds`, `a.*`, `b.*`, `pnl_difference` (B minus A)."""
    columns: dict[str, Any] = {
        "instrument": pa.array([p.one.instrument for p in comparison.pairs], pa.string()),
        "strategy": pa.array([p.one.strategy for p in comparison.pairs], pa.string()),
        "agrees": pa.array([not p.kinds for p in comparison.pairs], pa.bool_()),
        "kinds": pa.array([", ".join(p.kinds) for p in comparison.pairs], pa.string()),
    }
    for side in ("a", "b"):
        decisions: list[Decision | None] = [getattr(p, side) for p in comparison.pairs]
        for name, kind in TYPES.items():
            columns[f"{side}.{name}"] = pa.array([_value(d, name) for d in decisions], kind)
    differences = [None if p.pnl is None else float(p.pnl) for p in comparison.pairs]
    return pa.table(columns | {"pnl_difference": pa.array(differences, pa.float64())})


def _value(decision: Decision | None, name: str) -> Any:
    value = None if decision is None else getattr(decision, name)
    return float(value) if value is not None and name == "pnl" else value


def page(comparison: Comparison, figures: Mapping[str, Any]) -> str:
    """The page."""
    from jinja2 import Environment, StrictUndefined

    from sweep.results.html.plotly_script import CHART, UNPACK, packed_plotly

    drawn = CHART.sub('<script type="text/x-chart">', "\n".join(charts(comparison)))
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=for_html)
    environment.filters |= {"moment": _moment, "money": money}
    template = environment.from_string(PAGE.read_text("utf-8"))
    different = [pair for pair in comparison.pairs if pair.kinds]
    return template.render(
        found=comparison, figures=figures, different=different[:LISTED], left=max(0, len(different) - LISTED),
        charts=drawn, unpack=UNPACK.replace("{packed}", packed_plotly()),
    )  # fmt: skip


def _moment(ns: int | None) -> str:
    return "" if ns is None else moment_of(ns)


def charts(comparison: Comparison) -> list[str]:
    """Disagreements by day and kind, and where the difference of the PnL came up, as fragments of a page."""
    import plotly.graph_objects as go

    days = list(comparison.days)
    by_day: dict[str, dict[str, int]] = {day: dict.fromkeys(("agreed", *KINDS), 0) for day in days}
    for pair in comparison.pairs:
        by_day[pair.one.day][pair.kinds[0] if pair.kinds else "agreed"] += 1
    bars = [
        go.Bar(name=kind, x=days, y=[by_day[day][kind] for day in days])
        for kind in ("agreed", *KINDS)
        if any(by_day[day][kind] for day in days)
    ]
    figures = [go.Figure(bars, {"barmode": "stack", "title": "Decisions by day"})]
    if comparison.pnl:
        times = [moment_of(pair.one.time) for pair in comparison.pairs]
        sums = list(accumulate(float(pair.pnl or 0) for pair in comparison.pairs))
        curve = go.Scatter(x=times, y=sums, mode="lines", line={"shape": "hv"})
        figures.append(go.Figure(curve, {"title": "PnL of B minus A, summed over the decisions by time of entry"}))
    for figure in figures:
        figure.update_layout(template="plotly_white", height=360, margin={"l": 60, "r": 20, "t": 50, "b": 40})
    return [figure.to_html(full_html=False, include_plotlyjs=False) for figure in figures]
