"""Environments for other versions of NautilusTrader, each made once by uv under the user's cache."""

import fcntl
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from sweep.common.disk_cache import cache_root
from sweep.common.programs import program
from sweep.errors import InputError, Problem, SweepError

VERSION = "1.231.0"  # the last of 1.x, which `sweep port` compares with
SIZES = {False: "about 900 MB", True: "about 190 MB"}
PYTHON = "3.13"
FORM = re.compile(r"[0-9][0-9A-Za-z.]{0,29}")
PACKAGE = "nautilus_trader"
FIRST = "2.0.0rc1"  # no version of 1.x is newest


def python(say: Callable[[str], None], version: str = VERSION, *, beside: bool = False) -> Path:
    """The interpreter that runs a version of the engine. Raises SweepError where it cannot be made.

    With `beside` everything but the engine is that of this environment, this project included.
    """
    ours = f"-beside-{sha256(f'{sys.prefix} {sys.version}'.encode()).hexdigest()[:8]}" if beside else ""
    place = cache_root() / f"{PACKAGE}-{version}{ours}"
    interpreter, complete = place / "bin" / "python", place / ".complete"
    if complete.exists():
        return interpreter
    say(f"making an environment for NautilusTrader {version} in {place} ({SIZES[beside]}, once)")
    with (cache_root() / f".{place.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            _make(place, interpreter, version, beside=beside)
            complete.touch()
    return interpreter


def _make(place: Path, interpreter: Path, version: str, *, beside: bool) -> None:
    uv, base = _uv(), sys.executable if beside else base_python()
    alone = ["--no-deps"] if beside else []
    for command in (
        [uv, "venv", "--clear", "--quiet", "--python", base, str(place)],
        [uv, "pip", "install", "--quiet", *alone, "--python", str(interpreter), f"{PACKAGE}=={version}"],
    ):
        run(command, version)
    if beside:
        packages = next(place.glob("lib/python*/site-packages"))
        line = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
        (packages / "sweep_beside.pth").write_text(line, encoding="utf-8")


def newest(where: str = "--engine") -> str:
    """The newest version of the engine on the registry, candidates included. SweepError where it does not answer."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    options = [
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--no-deps",
        "--prerelease",
        "allow",
        "--python-version",
        here,
    ]
    command, wish = [_uv(), "pip", "compile", *options, "-"], f"{PACKAGE}>={FIRST}\n"
    process = subprocess.run(command, input=wish, capture_output=True, text=True, check=False)
    match = re.search(rf"{PACKAGE.replace('_', '[-_]')}==(\S+)", process.stdout)
    if process.returncode or not match:
        raise SweepError(f"{where}: the newest version cannot be found: {process.stderr.strip()}; name one")
    return match[1]


def check(version: str) -> None:
    """Raise InputError for a text that is no version."""
    if not FORM.fullmatch(version):
        raise InputError(Problem("--engine", "is no version of NautilusTrader", version, "2.0.0rc7, or newest"))


def _uv() -> str:
    uv = program("uv")
    if uv is None:
        raise SweepError("an environment for another engine is made with uv, which is not installed: pip install uv")
    return uv


def base_python() -> str:
    """This Python where the old engine runs on it, else the version that it runs on."""
    return sys.executable if sys.version_info[:2] in {(3, 12), (3, 13), (3, 14)} else PYTHON


def run(command: list[str], version: str) -> None:
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        step = f"{Path(command[0]).name} {command[1]}"
        raise SweepError(
            f"the environment for NautilusTrader {version} could not be made ({step}): {process.stderr.strip()}"
        )
