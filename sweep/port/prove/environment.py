"""An environment of its own for NautilusTrader 1.231, made once by uv under the user's cache."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sweep.common.disk_cache import cache_root
from sweep.errors import SweepError
from sweep.port.programs import program

VERSION = "1.231.0"
SIZE = "about 900 MB"
PYTHON = "3.13"


def python(say: Callable[[str], None]) -> Path:
    """The interpreter that runs the old engine. Raises SweepError where it cannot be made."""
    place = cache_root() / f"nautilus_trader-{VERSION}"
    interpreter, complete = place / "bin" / "python", place / ".complete"
    if complete.exists():
        return interpreter
    say(f"making an environment for NautilusTrader {VERSION} in {place} ({SIZE}, once)")
    uv = program("uv")
    if uv is None:
        raise SweepError("the old engine's environment is made with uv, which is not installed: pip install uv")
    for command in (
        [uv, "venv", "--clear", "--quiet", "--python", base_python(), str(place)],
        [uv, "pip", "install", "--quiet", "--python", str(interpreter), f"nautilus_trader=={VERSION}"],
    ):
        run(command)
    complete.touch()
    return interpreter


def base_python() -> str:
    """This Python where the old engine runs on it, else the version that it runs on."""
    return sys.executable if sys.version_info[:2] in {(3, 12), (3, 13), (3, 14)} else PYTHON


def run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        step = f"{Path(command[0]).name} {command[1]}"
        raise SweepError(
            f"the environment for NautilusTrader {VERSION} could not be made ({step}): {done.stderr.strip()}"
        )
