"""The command `sweep diff`: both sides, one after the other, joined, shown and written."""

from collections.abc import Sequence
from typing import Any

from sweep.cli import console
from sweep.common.units import moment_of
from sweep.results.diff import outputs
from sweep.results.diff.decisions import Comparison, DecisionPair
from sweep.runner.diff import DiffResult

ROWS = 20  # decisions on the screen


def show(result: DiffResult) -> None:
    """Parity, the kinds of difference, the first decisions that differ, and what was demanded."""
    comparison, pnl = result.found, result.found.pnl
    parity = "–" if comparison.parity is None else f"{comparison.parity:.2f} %"
    console.out.print(f"A {comparison.a.label}: {len(comparison.a.decisions):,} decisions")
    console.out.print(f"B {comparison.b.label}: {len(comparison.b.decisions):,} decisions")
    title = f"parity {parity}: {comparison.agreed:,} of {len(comparison.pairs):,} decisions are alike"
    kinds = console.table(title)
    currency = comparison.b.currency or comparison.a.currency
    for column in ("kind", "decisions", *([f"PnL of B - A, {currency}"] if pnl else [])):
        kinds.add_column(column, justify="left" if column == "kind" else "right")
    for kind, count in {"agreed": comparison.agreed, **comparison.kinds}.items():
        kinds.add_row(kind, f"{count:,}", *([outputs.money(pnl.by_kind[kind])] if pnl else []))
    if pnl:
        kinds.add_row("beside decisions", "", outputs.money(pnl.beside))
        kinds.add_row("in all", "", outputs.money(pnl.total), style="bold")
    console.out.print(kinds)
    if different := [pair for pair in comparison.pairs if pair.kinds]:
        console.out.print(_listed(different, comparison))
    bad = sum(bad for _, bad in comparison.days.values())
    if comparison.days:
        rate = f"{bad / len(comparison.days):.1f} a day on {len(comparison.days)} days"
        console.out.print(f"{bad} disagreements, {rate}; on the worst day {comparison.worst_day:.2f} %")
    for check in result.checks:
        value = "–" if check.value is None else f"{check.value:.2f} %"
        mark, style = ("✓", "green") if check.passed else ("✗", "bold red")
        console.out.print(f"{mark} {check.rule} (it is {value})", style=style)
    console.say(f"in {result.path}/: {', '.join(result.files)}")


def _listed(different: Sequence[DecisionPair], comparison: Comparison) -> Any:
    more = f", the first {ROWS} of {len(different):,}" if len(different) > ROWS else ""
    listed = console.table(f"decisions that differ{more}")
    for column in ("kind", "entry", "instrument", "A", "B", *(["PnL of B - A"] if comparison.pnl else [])):
        listed.add_column(column, justify="right" if column.startswith("PnL") else "left", no_wrap=True)
    for pair in different[:ROWS]:
        both = [_brief(pair, side) for side in ("a", "b")]
        row = [", ".join(pair.kinds), moment_of(pair.one.time), pair.one.instrument, *both]
        listed.add_row(*row, *([outputs.money(pair.pnl)] if comparison.pnl else []))
    return listed


def _brief(pair: DecisionPair, side: str) -> str:
    d = getattr(pair, side)
    if d is None:
        return "–"
    size = "" if d.size is None else f" {d.size:g}"
    price = "" if d.price is None else f" at {d.price:g}"
    left = "" if d.exit_price is None else f", out at {d.exit_price:g}"
    return f"{d.side}{size}{price}{left}"
