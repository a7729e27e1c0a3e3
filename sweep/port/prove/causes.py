"""Known differences between the engines that may explain why decisions differ, each by its cause."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sweep.port.file import port
from sweep.port.rewrite.context import Options
from sweep.results.diff.decisions import Comparison

RATES = "MakerTakerFeeModel"


REDUCES = re.compile(r"\bclose_(all_)?positions?\(|\breduce_only=True")
COMPONENTS = ("strategies", "actors", "exec_algorithms")


def causes(job: Mapping[str, Any], comparison: Comparison, *, compat: bool = False) -> Sequence[str]:
    """The likely reasons, the likeliest first; nothing where the sides are identical.

    `compat` says that the new file has the indicators and the rounding of 1.x.
    """
    if comparison.agreed == len(comparison.pairs):
        return ()
    sources = {path: path.read_text(encoding="utf-8") for path in _files(job)}
    of_files = [text for path, source in sources.items() for text in _of_the_file(path, source, Options(compat=compat))]
    reduces = any(REDUCES.search(source) for source in sources.values())
    return list(
        dict.fromkeys(
            [*_of_several(job, reduces=reduces), *of_files, *_of_the_venues(job, reduces=reduces),
             *_of_the_decisions(comparison)]
        )
    )  # fmt: skip


def _files(job: Mapping[str, Any]) -> list[Path]:
    """The old files whose classes run."""
    classes, running = job["classes"], [one["class"] for section in COMPONENTS for one in job.get(section, ())]
    return [Path(path) for path in dict.fromkeys(classes[name] for name in running if name in classes)]


def _of_several(job: Mapping[str, Any], *, reduces: bool) -> Iterator[str]:
    """Reduce-only orders where several strategies trade one instrument of a netting venue."""
    for one in job.get("instruments", ()) if reduces else ():
        identifier = str(one["id"])
        traders = [s for s in job["strategies"] if any(_is_of(value, identifier) for value in s["config"].values())]
        venues: list[Mapping[str, Any]] = [v for v in job["venues"] if identifier.endswith(f".{v['name']}")]
        venue = venues[0] if venues else dict[str, Any]()
        if len(traders) > 1 and venue.get("oms_type", "NETTING") == "NETTING" and venue.get("use_reduce_only", True):
            yield (
                f"{len(traders)} strategies trade {identifier}, and positions are netted: 1.x cuts a reduce-only order "
                "(close_position, close_all_positions) to one open position of the instrument, whichever strategy has "
                "it; 2.0 to the position of its own strategy. They agree with reduce_only=False in both files"
            )


def _is_of(value: object, identifier: str) -> bool:
    return isinstance(value, str) and (value == identifier or value.startswith(f"{identifier}-"))


def _of_the_file(old: Path, source: str, options: Options) -> Iterator[str]:
    """The notes of the port, and what 1.x and 2.0 do differently with orders that the file makes."""
    if "trailing_stop_" in source:
        yield f"{old.name}: a trailing stop that follows the last price is moved by other trades"
    for note in port(old, source, (), options).notes:
        yield f"{old.name}, line {note}"


def _of_the_venues(job: Mapping[str, Any], *, reduces: bool) -> Iterator[str]:
    for venue in job["venues"]:
        name = venue["name"]
        if reduces and not venue.get("use_reduce_only", True):
            yield f"venue {name}: without use_reduce_only 2.0 rejects reduce-only orders, 1.x fills them like others"
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
