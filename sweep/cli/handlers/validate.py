"""The lock-box and the walk-forward as people see them: plain documents, lines and a table."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.common.units import short
from sweep.ledger.run_directory import Folder
from sweep.results.out_of_sample import looks, story
from sweep.results.report import Report
from sweep.results.statistics.out_of_sample import Figures, Score, WalkForwardResult, WalkForwardStep
from sweep.spec.constraints.formula import value_of
from sweep.trial import State


def document(report: Report) -> dict[str, Any]:
    """Both as JSON; nothing for a sweep without them."""
    parts: dict[str, Any] = {}
    if box := report.facts.lockbox:
        parts["lockbox"] = {**box, "looks": [look.plain() for look in looks(report.facts)]}
    if forward := report.unseen().forward:
        steps = [_step(step) for step in forward.steps]
        parts["walk_forward"] = {"windows": steps, "figures": forward.figures(), "stability": forward.stability()}
    if paths := report.unseen().crossed:
        parts["cpcv"] = {name.removeprefix("cpcv_"): value for name, value in paths.items()}
    return parts


def _step(step: WalkForwardStep) -> dict[str, Any]:
    return {
        "train": dict(step.train), "test": dict(step.test), "search": step.search,
        "trial": step.before.trial if step.before else None, "params": step.params and dict(step.params),
        "before": step.before and step.before.metrics, "after": step.after and step.after.metrics,
        "failure": step.after.failure if step.after and step.after.failure else None,
    }  # fmt: skip


def lockbox(report: Report) -> Iterator[tuple[str, str]]:
    """Describe the state of the lock-box, line by line, with the style of each."""
    for n, (line, is_warning) in enumerate(story(report.facts)):
        yield f"  {line}" if n else line, "yellow" if is_warning else ""


def show(report: Report) -> None:
    """Print both; nothing for a sweep without them."""
    for line, style in lockbox(report):
        console.out.print(Text(line, style=style), soft_wrap=True)
    unseen = report.unseen()
    if unseen.forward:
        walk_forward(unseen.forward, report.objective["metric"])
    if unseen.crossed:
        console.out.print(crossed(unseen.crossed), soft_wrap=True)


def crossed(f: Figures) -> str:
    """The distribution of the paths of a cross-validation in a sentence."""
    sentence = f"cross-validation: {f['cpcv_splits']} splits of {f['cpcv_groups']} groups, {f['cpcv_paths']} paths"
    low, high = f["cpcv_sharpe_low"], f["cpcv_sharpe_high"]
    sharpe = f"Sharpe {f['cpcv_sharpe_median']:.2f} (5 % {low:.2f}, 95 % {high:.2f})"
    inside = f"{f['cpcv_sharpe_inside']:.2f} where it was chosen"
    return f"{sentence}: {sharpe}, {inside}; {100 * (f['cpcv_losses'] or 0):.0f} % of the paths lose"


def standing(report: Report) -> dict[str, str]:
    """A line for each, for `status`."""
    lines = {name: line for name, (line, _) in zip(("lock-box",), lockbox(report), strict=False)}
    if forward := report.unseen().forward:
        ended = sum(step.after is not None for step in forward.steps)
        lines["walk-forward"] = f"{ended} of {len(forward.steps)} windows are searched and tested"
    return {name: line.removeprefix(f"{name} ") for name, line in lines.items()}


def walk_forward(forward: WalkForwardResult, metric: str) -> None:
    """Print the windows, what each has chosen, and what that came to."""
    names = list(dict.fromkeys(name for step in forward.steps for name in step.params or ()))
    table = console.table(f"walk-forward: {len(forward.steps)} windows, a search for each")
    for column in ("test", "trial", *(console.short(n, names) for n in names), f"{metric} before", "after"):
        table.add_column(column, justify="left" if column == "test" else "right")
    for step in forward.steps:
        chosen = [console.parameter(step.params[n]) if step.params and n in step.params else "–" for n in names]
        trial = str(step.before.trial) if step.before else "–"
        table.add_row(_span(step), trial, *chosen, _value(step.before, metric), _value(step.after, metric))
    console.out.print(table)
    for line in _sentences(forward, names):
        console.out.print(line, soft_wrap=True)


def _span(step: WalkForwardStep) -> str:
    return f"{short(step.test['start'])} … {short(step.test['end'])}"


def _value(score: Score | None, metric: str) -> str:
    if score is None:
        return "–"
    return console.figure(value_of(metric, score.metrics), metric) if score.metrics else "FAILED"


def _sentences(forward: WalkForwardResult, names: Sequence[str]) -> Iterator[str]:
    f = forward.figures()
    if "forward_return" not in f:
        return
    gain = f"return {100 * (f['forward_return'] or 0):.2f} % in {f['forward_days']} days"
    low, high = f["forward_low"], f["forward_high"]
    span = f" (95 %: {low:.2f} to {high:.2f})" if low is not None and high is not None else ""
    ratio = f", Sharpe {f['forward_sharpe']:.2f}{span}" if f["forward_sharpe"] is not None else ""
    share = f"{100 * (f['forward_profitable'] or 0):.0f} % of the windows gain"
    yield f"stitched: {gain}{ratio}; {share}"
    if (efficiency := f["forward_efficiency"]) is not None:
        yield f"efficiency: the tests kept {100 * efficiency:.0f} % of the trainings' mean daily return"
    stability = forward.stability()
    same = ", ".join(
        f"{console.short(n, names)} {stability[n]['different']} ({stability[n]['same']:.0%} the same)" for n in names
    )
    yield f"chosen: {f['forward_settings']} different settings; values by parameter: {same}"


def validate(
    folder: Folder, trial: str | None, *, again: bool, tracking: bool, uri: str | None = None, as_json: bool
) -> int:
    """Open the lock-box for a trial and say what it showed; 1 when it failed there."""
    from sweep.runner.lockbox import open_lockbox
    from sweep.tracking.factory import sync

    look = open_lockbox(folder, trial, again=again)
    report = Report(folder)
    if as_json:
        print_json({"id": report.id, "look": look.plain()} | document(report))
    else:
        show(report)
        console.out.print(Text(report.verdict().sentence, style="bold"), soft_wrap=True)
    if tracking and (uri or report.facts.mlflow):
        mirrored = sync(folder.path, uri)
        if mirrored.left or mirrored.error:
            console.say(f"MLflow is behind ({mirrored.error or 'not finished'}): sweep sync {folder.id}", "yellow")
    return 0 if look.state is State.COMPLETE else 1
