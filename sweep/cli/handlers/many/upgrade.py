"""The command `sweep upgrade`: what another version of the engine changes."""

from pathlib import Path

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.ledger.run_directory import Folder
from sweep.runner.engines import upgrade as engines
from sweep.runner.engines.upgrade import UpgradedTrial

FIGURES = 3  # that differ, of a trial on the screen


def upgrade(runs_dir: Path, sweep: str, engine: str, sample: int, *, accept: bool, as_json: bool) -> int:
    """Run the sample, print what differs, and note agreement on request; 1 where something differs."""
    folder = Folder.find(runs_dir, sweep)
    result = engines.upgrade(folder, engine, sample, console.say)
    if as_json:
        print_json(result.plain())
    else:
        same = [trial for trial in result.trials if trial.identical]
        figures, fills = sum(t.compared for t in same), sum(t.fills for t in same)
        console.out.print(f"{result.sweep}: {result.then} against {result.now}")
        console.out.print(
            f"{len(same):,} of {len(result.trials):,} trials are identical: {figures:,} figures, {fills:,} fills"
        )
        for trial in result.trials:
            if not trial.identical:
                _show(trial)
        if not result.identical:
            console.out.print(f"what changed between the versions: {engines.RELEASES}")
    if accept:
        engines.accept(folder, result)
        console.say(f"noted: {result.now} agrees for {result.sweep}")
    return 0 if result.identical else 1


def _show(trial: UpgradedTrial) -> None:
    """Print what is different in a trial."""
    own = "" if trial.reproducible else " (it is not as recorded under its own engine either)"
    if trial.error:
        console.out.print(f"trial {trial.number}: {trial.error}{own}")
        return
    console.out.print(f"trial {trial.number}: {len(trial.figures):,} of {trial.compared:,} figures differ{own}")
    for name, then, now in trial.figures[:FIGURES]:
        console.out.print(f"  {name}: {then} then, {now} now")
    if trial.first_fill:
        console.out.print(f"  then {trial.first_fill[0]}\n  now  {trial.first_fill[1]}", soft_wrap=True)
