"""The commands that show something: each makes a plain document, then prints it as tables or as JSON."""

import json
import webbrowser
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from rich.text import Text

from sweep.cli import console
from sweep.cli.handlers import out_of_sample
from sweep.cli.leaderboard import leaderboard as table_of_leaders
from sweep.errors import InputError, Problem, SweepError, did_you_mean
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.results.verdict_store import Standing
from sweep.spec.metric_table import METRIC_TABLE
from sweep.trial import State

MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}  # of a criterion


def plain(row: Row) -> dict[str, Any]:
    """A trial as JSON."""
    return {
        "number": row.number, "key": row.key, "params": dict(row.params), "state": row.state or "RUNNING",
        "reason": row.reason, "message": row.message or None, "metrics": row.metrics, "warnings": list(row.warnings),
        "attempt": row.attempt, "seconds": seconds(row), "mlflow_run_id": row.mlflow_run_id or None,
        "rungs": list(row.rungs), "rung": len(row.rungs) if row.state is State.PRUNED else None,
        "replay": row.replay or None,
    }  # fmt: skip


def seconds(row: Row) -> float | None:
    """How long the trial took."""
    return round(row.ended - row.started, 6) if row.ended and row.started else None


def counts(trials: Mapping[str, int], *, driven: bool = True) -> str:
    """Trials by state, as people say it; where no driver runs, what has not ended does not run either."""
    named = {"not ended" if state == "RUNNING" and not driven else state: n for state, n in trials.items()}
    return ", ".join(f"{n:,} {state}" for state, n in named.items()) or "no trials yet"


def leaders(report: Report, sort: str | None, top: int, *, reverse: bool = False) -> list[Row]:
    """The best trials by the objective, or by another metric in its own direction; `reverse`: the worst."""
    known = [*METRIC_TABLE, *(m["name"] for m in report.facts["backtest"].get("metrics", ()))]
    if sort and sort not in known:
        raise InputError(Problem("--sort", "is not a metric", sort, did_you_mean(sort, known)))
    return report.leaders(top, sort, reverse=reverse)


def leaderboard(report: Report, sort: str | None, top: int, *, reverse: bool = False) -> None:
    """Print the best trials."""
    metrics = [sort] if sort else [metric for metric, _ in report.goal.objectives]
    standing = f"{report.id}: {counts(report.count(), driven=bool(report.folder.holder()))}" + _infeasible(report)
    if outside := report.outside():
        standing += f", {outside:,} of them outside of the space of the spec (--all)"
    if rows := leaders(report, sort, top, reverse=reverse):
        what = f"{'worst' if reverse else 'best'} {len(rows)} by {metrics[0]}"
        if len(metrics) > 1 and not reverse:
            what = f"{len(rows)} of the Pareto front of {' and '.join(metrics)}, the preferred one first"
        console.out.print(table_of_leaders(rows, f"{standing}; {what}", *metrics))
    else:
        console.out.print(f"{standing}; {report.no_best()}")


def repeats(report: Report, sort: str | None, top: int) -> None:
    """Print what the trials of each of the best settings came to together, where settings are repeated."""
    found, metric = report.settings()[:top], sort or report.objective["metric"]
    if not found:
        return
    names = list(found[0].params)
    table = console.table(f"{metric} over the repeats of a setting; the trial stands for it")
    for name in ("trial", *(console.short(n, names) for n in names), "median", "spread", "worst", "repeats", "failed"):
        table.add_column(name, justify="right")
    for s in found:
        figures = s.distribution(report.goal).get(metric, {})
        cells = [console.figure(figures.get(k)) for k in ("median", "spread", "worst")]
        failed = sum(t.state is not State.COMPLETE for t in s.trials)
        table.add_row(str(s.chosen.number), *(str(s.params[n]) for n in names), *cells, str(len(s.trials)), str(failed))
    console.out.print(table)


def _infeasible(report: Report) -> str:
    if not report.goal.bounds or not (broken := report.infeasible()):
        return ""
    return f", {broken:,} of them without {' and '.join(map(str, report.goal.bounds))}"


def troubles(report: Report) -> None:
    """Failures by reason, and warnings of the leaders, a line each."""
    for reason, message, n in report.reasons()[:5]:
        console.say(f"{n} FAILED ({reason}): {message}", "red")
    if found := report.troubles():
        said = ", ".join(f"{name} in {count:,}" for name, count in found.items())
        console.say(f"of {sum(report.count().values()):,} trials: {said}", "yellow")
    for row in [row for row in report.leaders(10) if row.warnings][:3]:
        more = f" (+{len(row.warnings) - 1} more)" if row.warnings[1:] else ""
        console.say(f"trial {row.number}: {row.warnings[0]}{more}", "yellow")


def show(report: Report, sort: str | None, top: int, *, reverse: bool = False, as_json: bool) -> None:
    """The leaderboard, then failures and warnings in a line each, then what to do next."""
    if as_json:
        found = [plain(r) for r in leaders(report, sort, top, reverse=reverse)]
        document: dict[str, Any] = {
            "id": report.id, "objective": report.objective, "trials": report.count(), "leaders": found,
            "objectives": [{"metric": metric, "direction": way} for metric, way in report.goal.objectives],
            "metric_constraints": list(map(str, report.goal.bounds)), "infeasible": report.infeasible(),
            "importance": report.importance() if report.is_study else None,
        }  # fmt: skip
        document["troubles"] = report.troubles()
        if repeated := report.settings():
            document["settings"] = [s.plain(report.goal) for s in repeated[:top]]
        judged = report.found()
        document |= {"verdict": judged.verdict.plain(), "choice": judged.choice.plain(top)} | out_of_sample.document(
            report
        )
        print(json.dumps(document, indent=2))
        return
    leaderboard(report, sort, top, reverse=reverse)
    repeats(report, sort, top)
    judgement(report)
    out_of_sample.show(report)
    if said := report.proven():
        console.out.print(said, soft_wrap=True, markup=False)
    importance(report)
    troubles(report)
    console.say(f"next: sweep show {report.id} --failed · --timing · --csv > trials.csv · --sort METRIC", "dim")


def sentence(report: Report) -> None:
    """Print the verdict in a sentence."""
    console.out.print(Text(report.verdict().sentence, style="bold"), soft_wrap=True)


def importance(report: Report) -> None:
    """Print which parameters of a study matter; of a grid `matters` says it when it is asked for."""
    for metric, shares in report.importance().items() if report.is_study else ():
        if shares:
            names = ", ".join(f"{console.short(name, list(shares))} {share:.0%}" for name, share in shares.items())
            console.out.print(f"what moves {metric}: {names} (PED-ANOVA; a hint: a study looks where it was good)")


def matters(report: Report, *, as_json: bool) -> None:
    """How much each parameter matters, for any sweep."""
    found = report.importance()
    if as_json:
        print(json.dumps({"id": report.id, "importance": found}, indent=2))
        return
    names = list(dict.fromkeys(name for shares in found.values() for name in shares))
    if not names:
        console.out.print(f"{report.id}: too few trials, or all of the same value")
        return
    table = console.table(f"{report.id}: share of what tells the best tenth from the rest (PED-ANOVA)")
    table.add_column("parameter")
    for metric in found:
        table.add_column(metric, justify="right")
    for name in names:
        table.add_row(console.short(name, names), *(f"{s[name]:.0%}" if name in s else "–" for s in found.values()))
    console.out.print(table)
    if report.is_study:
        console.say("a hint: a study looks where it was good, and what it left early can look unimportant", "dim")


def judgement(report: Report) -> None:
    """Print the verdict, criterion by criterion, and which trials to look at beside the best."""
    judged, metric = report.found(), report.objective["metric"]
    verdict, choice = judged.verdict, judged.choice
    console.out.print(Text(verdict.sentence, style="bold"), soft_wrap=True)
    for c in verdict.criteria:
        mark, style = MARKS[c.passed]
        console.out.print(Text.assemble("  ", (mark, style), f" {c.sentence}", (f" ({c.asks})", "dim")), soft_wrap=True)
    if centre := choice.by_plateau[0] if choice.by_plateau else None:
        others = ", ".join(str(s.number) for s in choice.by_plateau[1:6])
        name = "by plateau:" if choice.is_plateau else "no plateau; best with its neighbours:"
        console.out.print(f"{name} {_standing(centre, metric)}{f'; then {others}' if others else ''}")
    if choice.best and choice.best.number != (choice.by_plateau[0].number if choice.by_plateau else None):
        name = "the best:  " if report.goal.is_single else "preferred: "
        console.out.print(f"{name} {_standing(choice.best, metric)}")
    if choice.median:
        said = "half of the trials are worse"
        if report.count().get(State.PRUNED):
            said = "of the trials that were not pruned; of all it would be lower"
        console.out.print(f"expect:     {_standing(choice.median, metric)}, the median: {said}")


def _standing(s: Standing, metric: str) -> str:
    around = f", its {s.count} neighbours {console.figure(s.neighbours, metric)}" if s.count else ""
    return f"trial {s.number} has {metric} {console.figure(s.value, metric)}{around}"


def report(folder: Folder, png: Path | None, *, open_it: bool) -> None:
    """Write the report, and plots as PNG if asked to; print the paths, and open the report if asked to."""
    found = Report(folder)
    path = found.write_html()
    for written in (path, *(found.write_png(png) if png else ())):
        print(written)
    if open_it and not webbrowser.open(path.resolve().as_uri()):
        console.say("no browser was found; open the file yourself", "yellow")


def failures(report: Report, *, as_json: bool) -> None:
    """Failures grouped by reason and message, with an example of each."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in report.failures():
        groups[str(row.reason), row.message].append(row)
    ordered = sorted(groups.items(), key=lambda g: -len(g[1]))
    if as_json:
        found = [
            {"reason": reason, "message": message, "trials": [r.number for r in rows], "trace": rows[0].trace}
            for (reason, message), rows in ordered
        ]
        print(json.dumps({"id": report.id, "failures": found}, indent=2))
        return
    if not ordered:
        console.out.print(f"{report.id}: no trial failed")
    for (reason, message), rows in ordered:
        _failure(reason, message, rows)


def _failure(reason: str, message: str, rows: list[Row]) -> None:
    numbers = ", ".join(str(r.number) for r in rows[:12]) + (" …" if rows[12:] else "")
    console.out.print(f"{len(rows)} × {reason}: {message}", markup=False, style="bold")
    example = f"e.g. trial {rows[0].number} on worker {rows[0].worker}, attempt {rows[0].attempt}"
    console.out.print(f"  trials {numbers}; {example}", markup=False)
    for line in rows[0].trace.strip().splitlines()[-12:]:
        console.out.print(f"  | {line}", markup=False, style="dim", soft_wrap=True)


OTHER = "imports, checks and the rest"


def timing(report: Report, *, as_json: bool) -> None:
    """Where the time of the COMPLETE trials went: seconds by phase, which add up to those of the trials."""
    phases: dict[str, list[float]] = defaultdict(list)
    elsewhere, trials = list[float](), list[float]()
    with report.folder.open() as ledger:
        for row in ledger.rows(state=State.COMPLETE):
            for phase, spent in row.timing.items():
                phases[phase].append(spent)
            whole = seconds(row) or 0.0
            elsewhere.append(whole - sum(row.timing.values()))
            trials.append(whole)
    phases |= {OTHER: elsewhere, "whole trial": trials}
    summary = {p: {"median": median(v or [0.0]), "total": sum(v), "trials": len(v)} for p, v in phases.items()}
    if as_json:
        print(json.dumps({"id": report.id, "timing": summary}, indent=2))
        return
    table = console.table(f"{report.id}: seconds by phase")
    for column in ("phase", "median", "total", "share"):
        table.add_column(column, justify="left" if column == "phase" else "right")
    whole = sum(phases["whole trial"]) or 1.0
    for phase, s in summary.items():
        table.add_row(phase, f"{s['median']:.4f}", f"{s['total']:.2f}", f"{100 * s['total'] / whole:.1f} %")
    console.out.print(table)


def sweeps(runs_dir: Path, *, as_json: bool) -> None:
    """Every sweep below a runs directory, newest first."""
    found = [listed for folder in Folder.all(runs_dir) if (listed := _listed(folder))]
    if as_json:
        print(json.dumps(found, indent=2))
        return
    if not found:
        console.out.print(f"no sweeps in {runs_dir}/; start one: sweep run search_spaces/demo_grid.yaml")
        return
    table = console.table(f"sweeps in {runs_dir}/")
    for column in ("sweep", "created", "trials", "best"):
        table.add_column(column)
    for listed in found:
        best = f"{console.figure(listed['best'])} {listed['objective']}"
        table.add_row(listed["id"], listed["created"], counts(listed["trials"], driven=listed["driven"]), best)
    console.out.print(table)


def _listed(folder: Folder) -> dict[str, Any] | None:
    """A sweep in a line; None, and a warning, where its ledger cannot be read."""
    try:
        report = Report(folder)
        best, metric, trials = report.leaders(1), report.objective["metric"], report.count()
    except SweepError as error:
        console.say(f"{folder.id} cannot be read: {error}", "yellow")
        return None
    return {
        "id": report.id, "created": report.facts["created"], "finished": report.facts.get("finished"),
        "trials": trials, "driven": bool(folder.holder()), "objective": metric,
        "best": best[0].metrics[metric] if best else None,
    }  # fmt: skip


def status(folder: Folder, *, as_json: bool) -> None:
    """Where a sweep stands: counts, pace, who drives it, the slowest trials."""
    report = Report(folder)
    with folder.open() as ledger:
        ended = [(r.number, r.started or 0.0, r.ended or 0.0, r.worker) for r in ledger.rows() if r.started and r.ended]
    spent = sorted(((end - begin, number) for number, begin, end, _ in ended), reverse=True)
    elapsed = max(e[2] for e in ended) - min(e[1] for e in ended) if ended else 0.0
    document: dict[str, Any] = {
        "id": report.id, "trials": report.count(), "driver": folder.holder(), "finished": report.facts.get("finished"),
        "trials_per_minute": round(60 * len(ended) / elapsed, 2) if elapsed else None,
        "median_seconds": round(median(s for s, _ in spent), 3) if spent else None,
        "slowest": [{"trial": number, "seconds": round(s, 3)} for s, number in spent[:3]],
        "workers": len({worker for *_, worker in ended}),
    } | out_of_sample.document(report)  # fmt: skip
    if as_json:
        print(json.dumps(document, indent=2))
        return
    holder = document["driver"]
    slowest = ", ".join(f"trial {s['trial']}: {console.span(s['seconds'])}" for s in document["slowest"])
    pace = f"{document['trials_per_minute'] or '–'} a minute, median {console.span(document['median_seconds'])} each"
    console.out.print(f"[bold]{report.id}[/]")
    console.out.print(
        console.facts({
            "trials": counts(report.count(), driven=bool(holder)),
            "driver": f"process {holder['pid']} on {holder['host']} since {holder['since']}" if holder else "none runs",
            "pace": f"{pace}, {document['workers']} workers",
            "slowest": slowest or "–",
        } | out_of_sample.standing(report))
    )  # fmt: skip
    troubles(report)
    if not holder and report.count().get("RUNNING"):
        console.say(f"no driver runs it; go on with: sweep resume {report.id}")


def venues(*, as_json: bool) -> None:
    """The keys of a venue, and the models that they take."""
    from sweep.backtest.setup.models import TABLES
    from sweep.backtest.setup.venues import KEYS

    models = {kind: {name: _model(m) for name, m in table.items()} for kind, (table, _) in TABLES.items()}
    keys: dict[str, dict[str, Any]] = {
        name: {"type": _type(key.kind), "meaning": key.meaning, "required": key.required} for name, key in KEYS.items()
    }
    if as_json:
        print(json.dumps({"keys": keys, "models": models}, indent=2))
        return
    table = console.table("keys of a venue (venues: in a spec)")
    for column in ("key", "type", "meaning"):
        table.add_column(column, style="bold" if column == "key" else "")
    for name, key in keys.items():
        table.add_row(f"{name} *" if key["required"] else name, key["type"], key["meaning"])
    console.out.print(table)
    for kind, found in models.items():
        _models(kind, found)
    console.out.print("* required; your own model: {type: my_module:MyModel, its arguments}")


def _model(model: Any) -> dict[str, Any]:
    arguments = {
        n: {"type": _type(a.kind), "meaning": a.meaning, "required": a.required} for n, a in model.arguments.items()
    }
    return {"meaning": model.meaning, "arguments": arguments}


def _models(kind: str, found: Mapping[str, Mapping[str, Any]]) -> None:
    table = console.table(kind)
    for column in ("type", "meaning", "arguments"):
        table.add_column(column, style="bold" if column == "type" else "")
    for name, model in found.items():
        arguments = [f"{n} *" if a["required"] else n for n, a in model["arguments"].items()]
        table.add_row(name, model["meaning"], ", ".join(arguments))
    console.out.print(table)
    for name, argument in {n: a for m in found.values() for n, a in m["arguments"].items()}.items():
        console.out.print(f"  {name}: {argument['meaning']}", style="dim", markup=False)
    console.out.print()


def _type(kind: Any) -> str:
    """A type as people write it in YAML."""
    if isinstance(kind, str):
        return "model"
    names = {"bool": "true/false", "str": "text", "int": "whole number", "float": "number", "Decimal": "number"}
    name = (
        getattr(kind, "__name__", str(kind))
        if not getattr(kind, "__args__", None)
        else "list"
        if "list" in str(kind)
        else "mapping"
    )
    return names.get(name, name)
