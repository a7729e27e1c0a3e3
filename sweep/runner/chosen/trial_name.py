"""A trial by the name of its sweep and its number: SWEEP:TRIAL."""

from pathlib import Path

from sweep.errors import InputError, Problem
from sweep.ledger.run_directory import Folder


def is_trial_name(text: str) -> bool:
    """True for SWEEP:TRIAL; false for the name of a file, and for a sweep alone."""
    sweep, colon, trial = text.rpartition(":")
    return bool(colon and sweep and trial) and "\n" not in text and not Path(text).exists()


def find_trial(runs_dir: Path, text: str, where: str = "SWEEP:TRIAL") -> tuple[Folder, str]:
    """The folder of the sweep, and the trial. InputError where there is no such sweep, or no trial is named."""
    sweep, colon, trial = text.rpartition(":")
    if not (colon and sweep and trial):
        raise InputError(Problem(where, "must name a trial of a sweep", text, "for example spy-grid:17"))
    return Folder.find(runs_dir, sweep), trial
