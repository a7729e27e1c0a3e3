"""Notices at the end of a run: a line, a bell, and the command of the user's own settings."""

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass

from sweep.cli import console
from sweep.cli.trial_rows import counts
from sweep.cli.user_settings import UserSettings
from sweep.results.report import Report

LIMIT = 30.0  # seconds that the command may take
LONG = 60.0  # seconds of a run from which on the bell rings
SHELL = "/bin/sh"
SHOWN = 500  # bytes of its last message


@dataclass(frozen=True, slots=True)
class RunEnd:
    """End of a run, as notices tell it."""

    report: Report
    seconds: float
    error: str = ""  # why it broke off

    def summary(self) -> str:
        """The end in one line."""
        live, best, metric = self.report.live_status(), self._best(), self.report.objective["metric"]
        parts = [f"{live.state}, {counts(live.trials, driven=False)}"]
        parts += [f"best {metric} {console.figure(best[1], metric)} (trial {best[0]})"] if best else []
        return f"{self.report.id}: {'; '.join(parts)}"

    def variables(self) -> dict[str, str]:
        """Environment variables of the user's command."""
        trials, best = self.report.count(), self._best()
        return {
            "SWEEP_ID": self.report.id,
            "SWEEP_NAME": self.report.name,
            "SWEEP_STATE": self.report.live_status().state,
            "SWEEP_FOLDER": str(self.report.folder.path.resolve()),
            "SWEEP_SUMMARY": self.summary(),
            "SWEEP_TRIALS": str(sum(n for state, n in trials.items() if state != "RUNNING")),
            "SWEEP_FAILED": str(trials.get("FAILED", 0)),
            "SWEEP_OBJECTIVE": self.report.objective["metric"],
            "SWEEP_BEST": "" if best is None else str(best[1]),
            "SWEEP_BEST_TRIAL": "" if best is None else str(best[0]),
            "SWEEP_SECONDS": f"{self.seconds:.0f}",
            "SWEEP_ERROR": self.error,
        }

    def _best(self) -> tuple[int, float] | None:
        leader = next(iter(self.report.leaders(1)), None)
        value = leader.metrics.get(self.report.objective["metric"]) if leader else None
        return (leader.number, value) if leader and value is not None else None


def give(end: RunEnd, settings: UserSettings) -> None:
    """Ring the bell after a long run, and run the user's command; that it failed is said, and changes nothing."""
    if settings.bell and end.seconds >= LONG:
        console.err.bell()
    if settings.on_end and (failure := run_command(settings.on_end, end.variables())):
        console.say(f"on_end of {settings.path}: {failure}", "yellow")


def run_command(command: str, variables: dict[str, str]) -> str:
    """Run a command of the shell with these variables; the reason why it failed, "" where it did not."""
    environment = os.environ | {name: value.replace("\0", "") for name, value in variables.items()}
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                [SHELL, "-c", command], env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output,
            )  # fmt: skip
        except OSError as error:
            return f"cannot be run: {error.strerror or error}"
        try:
            code = process.wait(LIMIT)
        except BaseException as interruption:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(interruption, subprocess.TimeoutExpired):
                return f"was ended: it ran longer than {LIMIT:g} s"
            raise
        output.seek(max(0, output.seek(0, os.SEEK_END) - SHOWN))
        last = output.read().decode(errors="replace").strip().rpartition("\n")[2]
    return f"ended with exit code {code}{f': {last}' if last else ''}" if code else ""
