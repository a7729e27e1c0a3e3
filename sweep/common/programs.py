"""Other programs that commands may use: ruff to format, uv to make an environment."""

import shutil
import sys
from pathlib import Path


def program(name: str) -> str | None:
    """The path of a program: beside this Python, or on the PATH; None where it is not installed."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)
