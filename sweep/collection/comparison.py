"""Two or more sweeps side by side: what differs in spec, data and engine, their figures, and the points they share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, quantiles
from typing import Any

from sweep.collection.agreement import are_apart
from sweep.common.json_values import is_list, is_mapping
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Row
from sweep.ledger.recorded_spec import recorded_sections
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.spec.components.places import full_name
from sweep.spec.metric_table import is_lower_better

UNTOLD = ("name", "catalog", "tracking", "limits")  # sections of a spec that fix no result


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not the same in all sweeps."""

    part: str  # spec, data, engine, code
    name: str
    values: tuple[Any, ...]  # one for each sweep; None where it has none


@dataclass(frozen=True, slots=True)
class Distribution:
    """A metric over the COMPLETE trials of a sweep."""

    trials: int
    lowest: float
    quarter: float
    median: float
    three_quarters: float
    highest: float
    mean: float


@dataclass(frozen=True, slots=True)
class ComparedSweep:
    """One of the sweeps."""

    id: str
    trials: Mapping[str, int]  # by state
    verdict: str
    best: Row | None  # by the metric, of those that keep its own bounds
    figures: Distribution | None
    doubts: Sequence[str]
    engine: str
    agreed: Sequence[Mapping[str, Any]]  # other engines that gave the same in a sample of it: engine, trials, at


@dataclass(frozen=True, slots=True)
class SharedPoint:
    """A setting that all of the sweeps have a COMPLETE trial of."""

    params: Mapping[str, Any]
    trials: tuple[int, ...]
    values: tuple[float | int | None, ...]  # of the metric


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sweeps side by side."""

    metric: str
    sweeps: Sequence[ComparedSweep]
    differences: Sequence[Difference]
    points: Sequence[SharedPoint]  # best in the first sweep first

    @property
    def agreements(self) -> Iterator[tuple[str, str, int]]:
        """Sweeps for which the engine of another one was found to give the same: id, engine, trials of the sample."""
        engines = {one.engine for one in self.sweeps}
        for one in self.sweeps:
            for note in one.agreed:
                if note["engine"] in engines - {one.engine}:
                    yield one.id, str(note["engine"]), int(note["trials"])

    @property
    def apart(self) -> bool:
        """True where the sweeps ran under engines that were not found to agree."""
        return are_apart((one.engine, [note["engine"] for note in one.agreed]) for one in self.sweeps)

    @property
    def equal(self) -> int:
        """Number of shared points with the same value in all sweeps."""
        return sum(len(set(point.values)) == 1 for point in self.points)

    def plain(self, top: int) -> dict[str, Any]:
        """As JSON, with so many of the shared points."""
        return {
            "metric": self.metric,
            "sweeps": [
                {"id": s.id, "trials": dict(s.trials), "verdict": s.verdict, "doubts": list(s.doubts),
                 "engine": s.engine, "agreed": [dict(note) for note in s.agreed],
                 "best": s.best and {"trial": s.best.number, "params": dict(s.best.params), "metrics": s.best.metrics},
                 "distribution": s.figures and asdict(s.figures)}
                for s in self.sweeps
            ],
            "differences": [asdict(d) for d in self.differences],
            "shared": len(self.points), "equal": self.equal, "points": [asdict(p) for p in self.points[:top]],
        }  # fmt: skip


def compare(folders: Sequence[Folder], metric: str | None = None) -> Comparison:
    """Compare sweeps by a metric, by default the objective of the first one."""
    reports = [Report(folder) for folder in folders]
    name = metric or reports[0].objective["metric"]
    rows = [_candidates(folder) for folder in folders]
    sweeps = [
        ComparedSweep(
            report.id, report.count(), str((report.facts.verdict or {}).get("verdict", "")),
            next(iter(report.leaders(1, name)), None), distribution([row.metrics.get(name) for row in own]),
            report.doubts(), report.facts.engine, report.facts.agreed,
        )
        for report, own in zip(reports, rows, strict=True)
    ]  # fmt: skip
    fewer = (
        is_lower_better(name)
        if name != reports[0].objective["metric"]
        else (reports[0].objective["direction"] == "minimize")
    )
    return Comparison(name, sweeps, list(_differences(reports)), _shared(rows, name, fewer=fewer))


def metrics(folder: Folder) -> set[str]:
    """The names of the metrics that the trials of a sweep have."""
    return {name for row in _candidates(folder) for name in row.metrics}


def _candidates(folder: Folder) -> list[Row]:
    with folder.open() as ledger:
        return ledger.candidates()


def distribution(values: Sequence[float | int | None]) -> Distribution | None:
    """Quartiles, mean and extremes of the values that there are; None where there are none."""
    figures = sorted(float(value) for value in values if value is not None)
    if not figures:
        return None
    low, middle, high = quantiles(figures, n=4, method="inclusive") if figures[1:] else figures * 3
    return Distribution(len(figures), figures[0], low, middle, high, figures[-1], mean(figures))


def _shared(rows: Sequence[Sequence[Row]], metric: str, *, fewer: bool) -> list[SharedPoint]:
    """The settings that all sweeps have, whether their names are written short or whole."""
    settings = [{_setting(row): row for row in reversed(own)} for own in rows]
    common = [key for key in reversed(settings[0]) if all(key in other for other in settings[1:])]
    points = [
        SharedPoint(settings[0][key].params, tuple(s[key].number for s in settings),
                    tuple(s[key].metrics.get(metric) for s in settings))
        for key in common
    ]  # fmt: skip
    sign = 1 if fewer else -1
    return sorted(points, key=lambda p: (p.values[0] is None, sign * (p.values[0] or 0), p.trials))


def _setting(row: Row) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((full_name(name), repr(value)) for name, value in row.params.items()))


def _differences(reports: Sequence[Report]) -> Iterator[Difference]:
    facts = [report.facts for report in reports]
    for part, name, values in (
        ("engine", "engine", [f.engine for f in facts]),
        ("engine", "protocol of sweep", [f.protocol for f in facts]),
        ("data", "catalog", [f.backtest.get("catalog") for f in facts]),
        ("data", "fingerprint", [f.data for f in facts]),
    ):
        if len(set(map(repr, values))) > 1:
            yield Difference(part, name, tuple(values))
    yield from _of_mappings("code", [f.sources for f in facts])
    yield from _of_mappings("spec", [_spec(report.folder, report.facts) for report in reports])


def _of_mappings(part: str, sides: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    for name in dict.fromkeys(name for side in sides for name in side):
        values = tuple(side.get(name) for side in sides)
        if len(set(map(repr, values))) > 1:
            yield Difference(part, name, values)


def _spec(folder: Folder, facts: SweepFacts) -> dict[str, Any]:
    """The values of a spec by their paths: the backtest as it ran, and the rest as it was written."""
    sections = {**recorded_sections(folder), **facts.backtest}
    return {path: value for name, part in sections.items() if name not in UNTOLD for path, value in flat(name, part)}


def flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The values below a path: items of lists by their name or number, lists of plain values whole."""
    if is_mapping(value) and value:
        for name, part in value.items():
            yield from flat(f"{path}.{name}", part)
    elif is_list(value) and any(map(is_mapping, value)):
        for n, part in enumerate(value):
            own = part.get("name", n) if is_mapping(part) else n
            yield from flat(f"{path}.{own}", part)
    else:
        yield path, value
