"""Write what comes out of a sweep: its report, the best settings, an Optuna study, a script."""

import webbrowser
from pathlib import Path
from typing import Literal

from sweep.cli import console
from sweep.errors import SweepError
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.runner.chosen import script_export
from sweep.runner.chosen import settings as chosen_settings
from sweep.runner.chosen.settings import Rule
from sweep.runner.chosen.trial_chart import draw_chart
from sweep.runner.chosen.trial_name import find_trial
from sweep.trial import State


def report(
    folder: Folder, plots: Path | None, kind: Literal["png", "svg"], trial: str | None, *, open_it: bool
) -> None:
    """Write the report, and plots as files if asked to; print the paths, and open the report if asked to."""
    written_report = Report(folder)
    if trial is not None or written_report.leaders(1):
        row = written_report.trial(trial) if trial is not None else written_report.best()
        try:
            draw_chart(folder, row)
        except SweepError as error:
            console.say(f"without a price chart: {error}", "yellow")
    path = written_report.write_html()
    for written in (path, *(written_report.write_plots(plots, kind) if plots else ())):
        console.plain(str(written))
    if open_it and not webbrowser.open(path.resolve().as_uri()):
        console.say("no browser was found; open the file yourself", "yellow")


def export_study(runs_dir: Path, sweep: str, file: Path) -> None:
    """Write a sweep as an Optuna study."""
    count = Report(Folder.find(runs_dir, sweep)).export(file)
    console.say(f"{count:,} trials in {file}; look at them with: optuna-dashboard {file}")


def export_script(runs_dir: Path, trial: str, file: Path) -> None:
    """Write a trial as a plain NautilusTrader script."""
    row = script_export.export(*find_trial(runs_dir, trial), file)
    if row.state is State.PRUNED:
        console.say(f"trial {row.number} was PRUNED; the script runs its whole period", "yellow")
    console.say(f"trial {row.number} in {file}; run it with: python {file} --fills fills.csv")


def best(report: Report, by: Rule, form: Literal["yaml", "json", "python"]) -> str:
    """The settings of the best trial by a rule."""
    row = chosen_settings.choose(report, by)
    if by == "plateau" and not report.choice().is_plateau:
        console.say(f"trial {row.number} is the best among its neighbours, which fall off: no plateau", "yellow")
    settings = chosen_settings.document(report, row, by)
    if form == "python":
        return chosen_settings.as_python(report, row, settings)
    return chosen_settings.as_json(settings) + "\n" if form == "json" else chosen_settings.as_yaml(settings)
