"""Show a sweep: leaderboard, verdict, importance, failures, timing; as tables, or as JSON."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.text import Text

from sweep.cli import console
from sweep.cli.handlers import stress, validate
from sweep.cli.metric_options import require_metrics
from sweep.cli.output.json_output import print_json
from sweep.cli.tables.leaderboard import by_strategy as strategy_table
from sweep.cli.tables.leaderboard import leaderboard as table_of_leaders
from sweep.cli.trial_rows import counts, plain, seconds
from sweep.common.escaping import for_csv
from sweep.errors import InputError, Problem
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from sweep.results import idle_strategy
from sweep.results.report import Report
from sweep.results.verdict_store import Standing
from sweep.spec.metric_table import of_strategy
from sweep.trial import State

if TYPE_CHECKING:
    import pandas as pd

MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}  # of a criterion


OTHER = "imports, checks and the rest"


def show(
    report: Report, sort: str | None, top: int, columns: Sequence[str] = (), *, reverse: bool = False, as_json: bool
) -> None:
    """The leaderboard, then failures and warnings in a line each, then what to do next."""
    if as_json:
        rows = [plain(r) for r in leaders(report, sort, top, reverse=reverse)]
        document: dict[str, Any] = {
            "id": report.id, "objective": report.objective, "trials": report.count(), "leaders": rows,
            "objectives": [{"metric": metric, "direction": way} for metric, way in report.goal.objectives],
            "metric_constraints": list(map(str, report.goal.bounds)), "infeasible": report.infeasible(),
            "importance": report.importance() if report.is_study else None,
        }  # fmt: skip
        document["troubles"], document["doubts"] = report.troubles(), report.doubts()
        if repeated := report.settings():
            document["settings"] = [s.plain(report.goal) for s in repeated[:top]]
        judged = report.found()
        document |= {"verdict": judged.verdict.plain(), "choice": judged.choice.plain(top)} | validate.document(report)
        document["stress"] = list(report.facts.stress)
        print_json(document)
        return
    leaderboard(report, sort, top, columns, reverse=reverse)
    idle(report)
    repeats(report, sort, top)
    judgement(report)
    validate.show(report)
    stress.show(report)
    if proof := report.proven():
        console.out.print(proof, soft_wrap=True)
    doubts(report)
    importance(report)
    troubles(report)
    console.say(f"next: sweep show {report.id} --failed · --timing · --csv > trials.csv · --sort METRIC", "dim")


def as_csv(report: Report) -> None:
    """Print all trials as CSV."""
    frame_as_csv(report.frame())


def frame_as_csv(frame: "pd.DataFrame") -> None:
    """Print a table as CSV; its texts are no formulas to a spreadsheet."""
    texts = frame.select_dtypes(exclude="number").columns
    frame[texts] = frame[texts].map(for_csv)
    print(frame.rename(columns=for_csv).to_csv(index=False), end="")


def doubts(report: Report, *, as_json: bool = False) -> None:
    """Print the doubts about the results; beside a JSON document, which has them too, as messages."""
    for sentence in report.doubts():
        (console.err if as_json else console.out).print(Text(f"! {sentence}", "bold red"), soft_wrap=True)


def leaderboard(
    report: Report, sort: str | None, top: int, columns: Sequence[str] = (), *, reverse: bool = False
) -> None:
    """Print the best trials, with these metrics in place of the usual ones."""
    require_metrics(report, "--columns", columns)
    metrics = [sort] if sort else [metric for metric, _ in report.goal.objectives]
    live = report.live_status()
    standing = f"{report.id}: {counts(live.trials, driven=live.is_driven)}" + _infeasible(report)
    if outside := report.outside():
        standing += f", {outside:,} of them outside of the space of the spec (--all)"
    if rows := leaders(report, sort, top, reverse=reverse):
        heading = f"{'worst' if reverse else 'best'} {len(rows)} by {metrics[0]}"
        if len(metrics) > 1 and not reverse:
            heading = f"{len(rows)} of the Pareto front of {' and '.join(metrics)}, the preferred one first"
        console.out.print(table_of_leaders(rows, f"{standing}; {heading}", *metrics, columns=columns))
    else:
        console.out.print(f"{standing}; {report.no_best()}")


def by_strategy(report: Report, sort: str | None, top: int) -> None:
    """Print the figures of each strategy in the best trials."""
    rows = leaders(report, sort, top)
    if not any(of_strategy(name) for row in rows for name in row.metrics):
        rule = "the trials have one strategy" if rows else report.no_best()
        raise InputError(Problem("--by-strategy", rule, remedy="it is for specs with `strategies:` (docs/spec.md)"))
    console.out.print(strategy_table(rows, f"{report.id}: the strategies of the best {len(rows)} trials"))


def idle(report: Report) -> None:
    """Print that the strategy did nothing, or never ran a part of itself, where that is so."""
    if sentence := idle_strategy.idle(report):
        console.out.print(sentence, style="bold yellow", soft_wrap=True)


def leaders(report: Report, sort: str | None, top: int, *, reverse: bool = False) -> list[Row]:
    """The best trials by the objective, or by another metric in its own direction; `reverse`: the worst."""
    require_metrics(report, "--sort", [sort] if sort else ())
    return report.leaders(top, sort, reverse=reverse)


def _infeasible(report: Report) -> str:
    if not report.goal.bounds or not (broken := report.infeasible()):
        return ""
    return f", {broken:,} of them without {' and '.join(map(str, report.goal.bounds))}"


def repeats(report: Report, sort: str | None, top: int) -> None:
    """Print what the trials of each of the best settings came to together, where settings are repeated."""
    settings, metric = report.settings()[:top], sort or report.objective["metric"]
    if not settings:
        return
    names = list(settings[0].params)
    table = console.table(f"{metric} over the repeats of a setting; the trial stands for it")
    for name in ("trial", *(console.short(n, names) for n in names), "median", "spread", "worst", "repeats", "failed"):
        table.add_column(name, justify="right")
    for s in settings:
        figures = s.distribution(report.goal).get(metric, {})
        cells = [console.figure(figures.get(k)) for k in ("median", "spread", "worst")]
        failed = sum(t.state is not State.COMPLETE for t in s.trials)
        table.add_row(str(s.chosen.number), *(str(s.params[n]) for n in names), *cells, str(len(s.trials)), str(failed))
    console.out.print(table)


def troubles(report: Report) -> None:
    """Failures by reason, and warnings of the leaders, a line each."""
    for reason, message, n in report.reasons()[:5]:
        console.say(f"{n} FAILED ({reason}): {message}", "red")
    if counts := report.troubles():
        summary = ", ".join(f"{name} in {count:,}" for name, count in counts.items())
        console.say(f"of {sum(report.count().values()):,} trials: {summary}", "yellow")
    for row in [row for row in report.leaders(10) if row.warnings][:3]:
        more = f" (+{len(row.warnings) - 1} more)" if row.warnings[1:] else ""
        console.say(f"trial {row.number}: {row.warnings[0]}{more}", "yellow")


def sentence(report: Report) -> None:
    """Print the verdict in a sentence."""
    console.out.print(Text(report.verdict().sentence, style="bold"), soft_wrap=True)


def judgement(report: Report) -> None:
    """Print the verdict, criterion by criterion, and which trials to look at beside the best."""
    judged, metric = report.found(), report.objective["metric"]
    verdict, choice = judged.verdict, judged.choice
    console.out.print(Text(verdict.sentence, style="bold"), soft_wrap=True)
    for c in verdict.criteria:
        mark, style = MARKS[c.passed]
        console.out.print(Text.assemble("  ", (mark, style), f" {c.sentence}", (f" ({c.asks})", "dim")), soft_wrap=True)
    for note in verdict.notes:
        console.out.print(Text(f"  · {note}"), soft_wrap=True)
    if centre := choice.by_plateau[0] if choice.by_plateau else None:
        others = ", ".join(str(s.number) for s in choice.by_plateau[1:6])
        name = "by plateau:" if choice.is_plateau else "no plateau; best with its neighbours:"
        console.out.print(f"{name} {_standing(centre, metric)}{f'; then {others}' if others else ''}")
    if choice.best and choice.best.number != (choice.by_plateau[0].number if choice.by_plateau else None):
        name = "the best:  " if report.goal.is_single else "preferred: "
        console.out.print(f"{name} {_standing(choice.best, metric)}")
    if choice.median:
        remark = "half of the trials are worse"
        if report.count().get(State.PRUNED):
            remark = "of the trials that were not pruned; of all it would be lower"
        console.out.print(f"expect:     {_standing(choice.median, metric)}, the median: {remark}")


def _standing(s: Standing, metric: str) -> str:
    around = f", its {s.count} neighbours {console.figure(s.neighbours, metric)}" if s.count else ""
    return f"trial {s.number} has {metric} {console.figure(s.value, metric)}{around}"


def importance(report: Report) -> None:
    """Print which parameters of a study matter; of a grid `matters` says it when it is asked for."""
    for metric, shares in report.importance().items() if report.is_study else ():
        if shares:
            names = ", ".join(f"{console.short(name, list(shares))} {share:.0%}" for name, share in shares.items())
            console.out.print(f"what moves {metric}: {names} (PED-ANOVA; a hint: a study looks where it was good)")


def matters(report: Report, *, as_json: bool) -> None:
    """Show the importance of each parameter, for any sweep."""
    importances = report.importance()
    if as_json:
        print_json({"id": report.id, "importance": importances})
        return
    names = list(dict.fromkeys(name for shares in importances.values() for name in shares))
    if not names:
        console.out.print(f"{report.id}: too few trials, or all of the same value")
        return
    table = console.table(f"{report.id}: share of what tells the best tenth from the rest (PED-ANOVA)")
    table.add_column("parameter")
    for metric in importances:
        table.add_column(metric, justify="right")
    for name in names:
        shares = (f"{s[name]:.0%}" if name in s else "–" for s in importances.values())
        table.add_row(console.short(name, names), *shares)
    console.out.print(table)
    if report.is_study:
        console.say("a hint: a study looks where it was good, and what it left early can look unimportant", "dim")


def failures(report: Report, *, as_json: bool) -> None:
    """Failures grouped by reason and message, with an example of each."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in report.failures():
        groups[str(row.reason), row.message].append(row)
    ordered = sorted(groups.items(), key=lambda g: -len(g[1]))
    if as_json:
        documents = [
            {"reason": reason, "message": message, "trials": [r.number for r in rows], "trace": rows[0].trace}
            for (reason, message), rows in ordered
        ]
        print_json({"id": report.id, "failures": documents})
        return
    if not ordered:
        console.out.print(f"{report.id}: no trial failed")
    for (reason, message), rows in ordered:
        _failure(reason, message, rows)


def _failure(reason: str, message: str, rows: list[Row]) -> None:
    numbers = ", ".join(str(r.number) for r in rows[:12]) + (" …" if rows[12:] else "")
    console.out.print(f"{len(rows)} × {reason}: {message}", style="bold")
    example = f"e.g. trial {rows[0].number} on worker {rows[0].worker}, attempt {rows[0].attempt}"
    console.out.print(f"  trials {numbers}; {example}")
    for line in rows[0].trace.strip().splitlines()[-12:]:
        console.out.print(f"  | {line}", style="dim", soft_wrap=True)


def timing(report: Report, *, as_json: bool) -> None:
    """Show the seconds of the COMPLETE trials by phase, which add up to those of the trials."""
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
        print_json({"id": report.id, "timing": summary})
        return
    table = console.table(f"{report.id}: seconds by phase")
    for column in ("phase", "median", "total", "share"):
        table.add_column(column, justify="left" if column == "phase" else "right")
    whole = sum(phases["whole trial"]) or 1.0
    for phase, s in summary.items():
        table.add_row(phase, f"{s['median']:.4f}", f"{s['total']:.2f}", f"{100 * s['total'] / whole:.1f} %")
    console.out.print(table)


def verify(folder: Folder, *, as_json: bool) -> int:
    """Print what is checked and what is damaged; 1 if something is."""
    with folder.open() as ledger:
        damage = ledger.damage
    if as_json:
        print_json({"id": folder.id, "damaged": bool(damage), **asdict(damage)})
        return int(bool(damage))
    console.out.print(f"{folder.id}: {damage.checked:,} ended trials checked")
    if damage.unchecked:
        console.out.print(f"  {damage.unchecked:,} trials not checked: an earlier version recorded no checksums")
    if damage:
        console.say(f"  {damage.sentence}; run it again: sweep resume {folder.id}", "bold red")
    else:
        console.out.print("  all is as it was recorded")
    return int(bool(damage))
