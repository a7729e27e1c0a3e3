"""Run both sides on the same data, and compare their decisions."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sweep.backtest.user_code.source_snapshot import files
from sweep.catalog.ingest.instrument_lookup import defined
from sweep.common.units import moment_of, nanos
from sweep.errors import InputError, Problem, SweepError
from sweep.port.files import Source, collect
from sweep.port.prove.causes import causes
from sweep.results.diff.decisions import Comparison, Decision, Side, compare
from sweep.runner.diff import of_spec
from sweep.runner.engines import environment
from sweep.spec.components.places import Place, components

KNOWS = frozenset({"size", "price", "exit_time", "exit_price"})
PROGRAM = Path(__file__).with_name("old_engine.py")
SECTIONS_OF = {"strategy": "strategies"}  # a section with one component: the list that it counts as
SECTIONS = ("actors", "strategies", "exec_algorithms")  # in the order in which they start
OLD_NATIVE = {"TWAP": "nautilus_trader.examples.algorithms.twap:TWAPExecAlgorithm"}
OLD_KINDS = ("QuoteTick", "TradeTick", "Bar", "OrderBookDelta")
HOURS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Proof:
    """Both sides, and what may explain a difference."""

    comparison: Comparison
    causes: Sequence[str]

    @property
    def identical(self) -> bool:
        return self.comparison.agreed == len(self.comparison.pairs)

    def first(self) -> str:
        """The first decision that differs, as a sentence."""
        pair = next(pair for pair in self.comparison.pairs if pair.kinds)
        sides = [f"1.x: {brief(pair.a)}", f"2.0: {brief(pair.b)}"]
        return f"{moment_of(pair.one.time)} {pair.one.instrument}, {', '.join(pair.kinds)}: {'; '.join(sides)}"


def brief(decision: Decision | None) -> str:
    if decision is None:
        return "nothing"
    out = "" if decision.exit_time is None else f", out {moment_of(decision.exit_time)} at {decision.exit_price:g}"
    price = "" if decision.price is None else f" at {decision.price:g}"
    return f"{decision.side} {decision.size:g}{price}{out}"


def prove(spec: Path, settings: Sequence[str], old: Path, say: Callable[[str], None]) -> Proof:
    """The old file under 1.231 and the spec under 2.0. Raises InputError, and SweepError where a side fails."""
    new = of_spec(spec, settings)
    if new.backtest is None:
        raise InputError(Problem(str(spec), "is no spec"))
    job = job_of(new.backtest, old)
    interpreter = environment.python(say)
    left = Side(f"{old.name} (1.231)", old_decisions(interpreter, job))
    right = new.load()
    left = Side(left.label, in_order(left.decisions), KNOWS)
    right = Side(f"{spec.name} (2.0)", in_order(right.decisions), KNOWS)
    comparison = compare(left, right)
    sources = files(new.backtest).values()
    compat = any("sweep.compat" in path.read_text(encoding="utf-8") for path in sources)
    return Proof(comparison, causes(job, comparison, compat=compat))


def job_of(backtest: Mapping[str, Any], old: Path) -> dict[str, Any]:
    """The backtest in plain terms for the old engine. Raises InputError with all that it cannot have."""
    if not old.exists():
        raise InputError(Problem("--old", "there is no such file", str(old)))
    problems = [
        Problem(f"data.{n}", "is of a kind that the proof does not hand to 1.231", entry["type"])
        for n, entry in enumerate(backtest["data"])
        if entry["type"] not in OLD_KINDS and ":" not in entry["type"]
    ]
    sources = {name: source for source in reversed(collect([old])) for name in source.own}
    parts: dict[str, list[dict[str, Any]]] = {section: [] for section in SECTIONS}
    for place in components(backtest):
        try:
            parts[SECTIONS_OF.get(place.section, place.section)].append(component_of(place, sources, old))
        except InputError as refused:
            problems += refused.problems
    ids = sorted({i for entry in backtest["data"] for i in instruments(entry)})
    catalog = Path(str(backtest["catalog"]))
    definitions = {i: defined(catalog, i) for i in ids}
    missing = [identifier for identifier, definition in definitions.items() if definition is None]
    problems += [Problem("data", f"the catalog does not define {identifier}") for identifier in missing]
    if problems:
        raise InputError(problems)
    period = backtest["period"]
    return {
        "sys_path": folders(old), "classes": {name: str(source.path.resolve()) for name, source in sources.items()},
        "venues": [dict(venue) for venue in backtest["venues"]],
        "instruments": [plain(definition.to_dict()) for definition in definitions.values()],
        "data": [dict(entry) for entry in backtest["data"]], "catalog": str(catalog.resolve()),
        "period": [nanos(period["start"]), nanos(period["end"])],
        **parts,
    }  # fmt: skip


def in_order(decisions: Sequence[Decision]) -> list[Decision]:
    """By time; those of one moment, e.g. of several strategies, in an order that both engines have."""
    return sorted(decisions, key=lambda d: (d.time, d.instrument, d.side, d.size, d.exit_time or 0))


def component_of(place: Place, sources: Mapping[str, Source], old: Path) -> dict[str, Any]:
    """A component in plain terms. Raises InputError where the old file has no such class."""
    where = "--old" if place.section in SECTIONS_OF else place.where
    if place.section == "controller":
        raise InputError(Problem(where, "is not handed to 1.231", remedy="prove the backtest without it"))
    config = dict(place.config)
    if native := place.data.get("native"):
        if native not in OLD_NATIVE:
            raise InputError(Problem(where, "is a component of 2.0's own, and 1.x has none of it", native))
        module, kind = OLD_NATIVE[native].split(":")
        return {"module": module, "class": kind, "config_class": f"{kind}Config" if config else None, "config": config}
    name = str(place.data["path"]).rpartition(":")[2]
    if name not in sources:
        raise InputError(Problem(where, f"has no class {name!r}, which the spec runs", str(old)))
    written = str(place.data.get("config_path") or "").rpartition(":")[2]
    config_class = written if written in sources else config_of(name, sources)
    return {"class": name, "config_class": config_class, "config": config}


def config_of(name: str, sources: Mapping[str, Source]) -> str | None:
    """The class of a component's config, as its __init__ or that of a base says."""
    if name not in sources:
        return None
    facts = sources[name].facts.classes[name]
    bases = (config_of(base.rpartition(".")[2], sources) for base in facts.bases)
    return facts.config or next((config for config in bases if config), None)


def folders(old: Path) -> list[str]:
    """The folders where the old files look for the modules that they import, the nearest first."""
    place = old.resolve() if old.is_dir() else old.resolve().parent
    return [str(folder) for folder in (place, *place.parents)][:4]


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, (str, int, float, bool, dict, list)) or value is None else str(value)
            for key, value in values.items()}  # fmt: skip


def instruments(entry: Mapping[str, Any]) -> list[str]:
    """The ids that an entry of market data names."""
    names = [*entry.get("instruments", ()), *entry.get("bar_types", ())]
    return [name.rsplit("-", 4)[0] if name in entry.get("bar_types", ()) else name for name in names]


def old_decisions(interpreter: Path, job: Mapping[str, Any]) -> list[Decision]:
    """Decisions of the old engine. Raises SweepError with the end of its error output where it failed."""
    with TemporaryDirectory() as folder:
        job_file, out = Path(folder, "job.json"), Path(folder, "positions.json")
        job_file.write_text(json.dumps(job, default=str), encoding="utf-8")
        command = [str(interpreter), "-W", "ignore", str(PROGRAM), str(job_file), str(out)]
        process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HOURS)
        if process.returncode or not out.exists():
            lines = [line for line in process.stderr.strip().splitlines() if line.strip()]
            raise SweepError(f"the old file FAILED under 1.231: {' | '.join(lines[-3:])}")
        positions = json.loads(out.read_text(encoding="utf-8"))["positions"]
    return sorted((Decision(**values) for values in positions), key=lambda d: d.time)
