"""Sweeps whose strategy did nothing, or never ran a part of itself, told in one sentence."""

from sweep.results.sweep_reader import SweepReader
from sweep.trial import NEVER_CALLED, State


def idle(report: SweepReader) -> str:
    """A sentence where no trial sent an order, or where none ran a callback that the strategy defines; else ""."""
    count, orders, silent = 0, 0, None
    with report.folder.open() as ledger:
        for row in ledger.rows(state=State.COMPLETE):
            count += 1
            orders += row.metrics.get("orders") or 0
            mine = {w.removeprefix(NEVER_CALLED) for w in row.warnings if w.startswith(NEVER_CALLED)}
            silent = mine if silent is None else silent & mine
            if orders and not silent:
                return ""
    callbacks = ", ".join(sorted(silent or ()))
    if count and not orders:
        reason = f"never called: {callbacks}" if callbacks else "its conditions for an entry never held"
        look = f"`sweep replay {report.id} N --log FILE` shows what a trial logs"
        return f"no trial sent an order; the likely reason: {reason}; {look}"
    return f"in no trial was this callback called: {callbacks}" if callbacks else ""
