"""The command `sweep diff`: both sides, one after the other, joined, shown and written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.cli import console
from sweep.common.units import moment_of, quantity
from sweep.errors import InputError, Problem
from sweep.results.diff import outputs
from sweep.results.diff.decisions import NEAR, Comparison, Pair, Tolerance, compare
from sweep.results.diff.outputs import Check
from sweep.runner import diff as runner_diff

ROWS = 20  # decisions on the screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How two sides are compared."""

    settings_a: Sequence[str] = ()
    settings_b: Sequence[str] = ()
    tolerance: Tolerance = NEAR
    min_parity: float | None = None
    max_daily: float | None = None
    runs_dir: Path = Path("runs")
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Two sides that were compared."""

    found: Comparison
    checks: Sequence[Check]
    path: Path
    files: Sequence[str]

    @property
    def passed(self) -> bool:
        """Whether all that was demanded holds."""
        return all(check.passed for check in self.checks)

    def plain(self) -> dict[str, Any]:
        """The figures as JSON, and where the files are."""
        return outputs.summary(self.found, self.checks) | {"folder": str(self.path), "files": list(self.files)}


def tolerance(time: str, price: float) -> Tolerance:
    """From a duration such as 1s, and basis points."""
    try:
        return Tolerance(round(quantity("time", "1s")(time) * 1e9), price)
    except ValueError as error:
        raise InputError(Problem("--tolerance", str(error), time)) from None


def diff(a: str, b: str, asked: Asked) -> Done:
    """Run what has to run, compare, and write the files."""
    one = runner_diff.source(a, asked.settings_a, asked.runs_dir)
    other = runner_diff.source(b, asked.settings_b, asked.runs_dir)
    runner_diff.require_same_data(one, other)
    left, right = one.load(), other.load()
    for side, source, against in ((left, one, other), (right, other, one)):
        if source.backtest is None:
            cut, outside = runner_diff.inside(side, against.backtest)
            if outside:
                console.say(f"{side.label}: {outside} decisions lie outside of the period and are left out", "yellow")
            left, right = (cut, right) if side is left else (left, cut)
    found = compare(left, right, asked.tolerance)
    demanded = outputs.checks(found, asked.min_parity, asked.max_daily)
    path = asked.out or asked.runs_dir / "diffs" / f"{_name(one.label)}--{_name(other.label)}"
    return Done(found, demanded, path, outputs.write(path, found, demanded))


def _name(label: str) -> str:
    return re.sub(r"[^\w.=-]+", "_", label)[:80]


def show(done: Done) -> None:
    """Parity, the kinds of difference, the first decisions that differ, and what was demanded."""
    found, pnl = done.found, done.found.pnl
    parity = "–" if found.parity is None else f"{found.parity:.2f} %"
    console.out.print(f"A {found.a.label}: {len(found.a.decisions):,} decisions", markup=False)
    console.out.print(f"B {found.b.label}: {len(found.b.decisions):,} decisions", markup=False)
    title = f"parity {parity}: {found.agreed:,} of {len(found.pairs):,} decisions are alike"
    kinds = console.table(title)
    for column in ("kind", "decisions", *([f"PnL of B - A, {found.b.currency or found.a.currency}"] if pnl else [])):
        kinds.add_column(column, justify="left" if column == "kind" else "right")
    for kind, count in {"agreed": found.agreed, **found.kinds}.items():
        kinds.add_row(kind, f"{count:,}", *([outputs.money(pnl.by_kind[kind])] if pnl else []))
    if pnl:
        kinds.add_row("beside decisions", "", outputs.money(pnl.beside))
        kinds.add_row("in all", "", outputs.money(pnl.total), style="bold")
    console.out.print(kinds)
    if different := [pair for pair in found.pairs if pair.kinds]:
        console.out.print(_listed(different, found))
    bad = sum(bad for _, bad in found.days.values())
    if found.days:
        rate = f"{bad / len(found.days):.1f} a day on {len(found.days)} days"
        console.out.print(f"{bad} disagreements, {rate}; on the worst day {found.worst_day:.2f} %")
    for check in done.checks:
        value = "–" if check.value is None else f"{check.value:.2f} %"
        mark, style = ("✓", "green") if check.passed else ("✗", "bold red")
        console.out.print(f"{mark} {check.rule} (it is {value})", style=style)
    console.say(f"in {done.path}/: {', '.join(done.files)}")


def _listed(different: Sequence[Pair], found: Comparison) -> Any:
    more = f", the first {ROWS} of {len(different):,}" if len(different) > ROWS else ""
    listed = console.table(f"decisions that differ{more}")
    for column in ("kind", "entry", "instrument", "A", "B", *(["PnL of B - A"] if found.pnl else [])):
        listed.add_column(column, justify="right" if column.startswith("PnL") else "left", no_wrap=True)
    for pair in different[:ROWS]:
        both = [_brief(pair, side) for side in ("a", "b")]
        row = [", ".join(pair.kinds), moment_of(pair.one.time), pair.one.instrument, *both]
        listed.add_row(*row, *([outputs.money(pair.pnl)] if found.pnl else []))
    return listed


def _brief(pair: Pair, side: str) -> str:
    d = getattr(pair, side)
    if d is None:
        return "–"
    size = "" if d.size is None else f" {d.size:g}"
    price = "" if d.price is None else f" at {d.price:g}"
    left = "" if d.exit_price is None else f", out at {d.exit_price:g}"
    return f"{d.side}{size}{price}{left}"
