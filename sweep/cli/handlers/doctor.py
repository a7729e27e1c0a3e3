"""`sweep doctor`: what is installed, what is reachable, what would go wrong."""

import os
import platform
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.text import Text

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.common import extras
from sweep.common.disk_cache import cache_root
from sweep.common.files.atomic_file import free_space
from sweep.errors import InputError

PACKAGES = ("nt-sweep", "nautilus_trader", "ray", "mlflow-skinny", "optuna", "pandas", "pyarrow")
ROOM = 2 * 2**30  # bytes of disk below which a sweep with tearsheets may stop
WORKER = 0.6 * 2**30  # bytes that a worker takes with a day of quotes


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `level` is ok, warning or error."""

    what: str
    level: str
    found: str
    remedy: str = ""


def main(tracking_uri: str, runs_dir: Path, as_json: bool) -> int:
    """Print the findings; 1 when one of them is an error."""
    findings = list(examine(tracking_uri, runs_dir))
    if as_json:
        print_json([asdict(f) for f in findings])
    else:
        styles = {"ok": "green", "warning": "yellow", "error": "red"}
        for f in findings:
            text = Text.assemble((f"{f.level:<7}", styles[f.level]), f" {f.what}: {f.found}")
            console.out.print(text, soft_wrap=True)
            if f.remedy:
                console.out.print(f"        {f.remedy}", soft_wrap=True, style="dim")
    return 1 if any(f.level == "error" for f in findings) else 0


def examine(tracking_uri: str, runs_dir: Path) -> Iterator[Check]:
    """Look at everything that a sweep needs."""
    yield _python()
    yield from map(_package, PACKAGES)
    yield from map(_extra, extras.EXTRAS)
    yield from _machine()
    yield _cache()
    yield _token()
    yield _disk(runs_dir)
    yield _engine()
    yield _mlflow(tracking_uri)


def _python() -> Check:
    fits = sys.version_info >= (3, 13)
    return Check(
        "Python", "ok" if fits else "error", platform.python_version(), "" if fits else "sweep needs 3.13 or newer"
    )


def _package(name: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, "error", "not installed", "install the project again: make setup")


def _extra(name: str) -> Check:
    if extras.is_installed(name):
        return Check(f"extra {name}", "ok", "installed")
    return Check(f"extra {name}", "ok", "not installed", extras.install(name))


def _machine() -> Iterator[Check]:
    cores = len(os.sched_getaffinity(0))
    yield Check("cores", "ok", f"{cores}: as many trials run at a time")
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    needed, free = cores * WORKER, f"{available / 2**30:.1f} GiB free"
    if available >= needed:
        yield Check("memory", "ok", free)
    else:
        remedy = f"{cores} workers want about {needed / 2**30:.1f} GiB: --workers {max(1, int(available / WORKER))}"
        yield Check("memory", "warning", free, remedy)
    shared = Path("/dev/shm")  # noqa: S108 (where Ray keeps what its workers share)
    room = shutil.disk_usage(shared).free if os.access(shared, os.W_OK | os.X_OK) else 0
    if room < 2**28:
        remedy = "Ray falls back to files; in Docker use --shm-size=1g"
        yield Check("shared memory", "warning", f"{room / 2**20:.0f} MiB in {shared}", remedy)


def _cache() -> Check:
    try:
        return Check("cache", "ok", str(cache_root()))
    except InputError as error:
        (problem,) = error.problems
        return Check("cache", "warning", f"is not used: {problem.where} {problem.rule}", problem.remedy)


def _token() -> Check:
    """The file with Ray's token: whoever reads it can run code on the cluster that it is for."""
    home = os.environ.get("HOME") or "~"
    file = Path(os.environ.get("RAY_AUTH_TOKEN_PATH") or f"{home}/.ray/auth_token")
    local = "sweeps on this machine have a token of their own, in no file"
    try:
        mode = file.stat().st_mode
    except OSError:
        return Check("Ray's token", "ok", local)
    if mode & 0o077:
        found = f"{file} can be read by other users (mode {mode & 0o777:o})"
        return Check("Ray's token", "warning", found, f"chmod 600 {shlex.quote(str(file))}")
    return Check("Ray's token", "ok", f"only you can read {file}; {local}")


def _disk(runs_dir: Path) -> Check:
    free = free_space(runs_dir.resolve())
    writable = os.access(next(p for p in (runs_dir.resolve(), *runs_dir.resolve().parents) if p.exists()), os.W_OK)
    if not writable:
        return Check("runs directory", "error", f"{runs_dir} cannot be written", "choose another one with --runs-dir")
    return Check(
        "disk",
        "ok" if free >= ROOM else "warning",
        f"{free / 2**30:.1f} GiB free for {runs_dir}/",
        "" if free >= ROOM else "free some space",
    )


def _engine() -> Check:  # imported here alone outside backtest/: to say whether it can be
    try:
        from nautilus_trader.backtest import BacktestEngine  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        return Check("engine", "error", f"cannot be imported: {error}", "install the project again: make setup")
    return Check("engine", "ok", "can be imported")


def _mlflow(uri: str) -> Check:
    from sweep.tracking.factory import tracker

    fits, message = tracker(uri).is_reachable()
    return Check(
        "MLflow",
        "ok" if fits else "warning",
        message,
        "" if fits else "sweeps run without it; `sweep sync` catches up later",
    )
