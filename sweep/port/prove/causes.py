"""Known differences between the engines that may explain why decisions differ, each by its cause."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sweep.port.file import port
from sweep.port.rewrite.context import Options
from sweep.results.diff.decisions import Comparison

RATES = "MakerTakerFeeModel"


def causes(old: Path, job: Mapping[str, Any], comparison: Comparison, *, compat: bool = False) -> Sequence[str]:
    """The likely reasons, the likeliest first; nothing where the sides are identical.

    `compat` says that the new file has the indicators and the rounding of 1.x.
    """
    if comparison.agreed == len(comparison.pairs):
        return ()
    return list(
        dict.fromkeys(
            [*_of_the_file(old, Options(compat=compat)), *_of_the_venues(job), *_of_the_decisions(comparison)]
        )
    )


def _of_the_file(old: Path, options: Options) -> Iterator[str]:
    """The notes of the port, and what 1.x and 2.0 do differently with orders that the file makes."""
    source = old.read_text(encoding="utf-8")
    if "trailing_stop_" in source:
        yield f"{old.name}: a trailing stop that follows the last price is moved by other trades"
    for note in port(old, source, (), options).notes:
        yield f"{old.name}, line {note}"


def _of_the_venues(job: Mapping[str, Any]) -> Iterator[str]:
    for venue in job["venues"]:
        name = venue["name"]
        model = venue.get("fill_model", {})
        if 0 < float(model.get("prob_fill_on_limit", 1)) < 1 or float(model.get("prob_slippage", 0)):
            yield f"venue {name}: the fill model is random, and a seed gives other numbers in each engine"
        if "default_leverage" not in venue and venue.get("account_type") == "MARGIN":
            yield f"venue {name}: without default_leverage 1.x takes 10, and one engine may deny what the other takes"
        if venue.get("latency_model"):
            yield f"venue {name}: orders in flight arrive at another event where two events have the same time"
        if venue.get("fee_model", {}).get("type", RATES) not in {RATES, "PerContractFeeModel"}:
            yield f"venue {name}: the fee model has no counterpart in 1.x"


def _of_the_decisions(comparison: Comparison) -> Iterator[str]:
    kinds = {kind for pair in comparison.pairs for kind in pair.kinds}
    last = max((pair.one.time for pair in comparison.pairs), default=0)
    different = [pair for pair in comparison.pairs if pair.kinds]
    if all(pair.one.time == last for pair in different):
        yield "only what was open at the end differs: the engines stop strategies in another order"
    if kinds <= {"price", "exit"}:
        yield "the same entries at other prices: a market order fills at another event of the same time"
