"""The project as a clone would have it, elsewhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copied(target: Path) -> dict[str, str]:
    """Copies what git knows into a folder, with this environment as its own; what commands there need to be told."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    (target / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        (target / ".venv" / part.name).symlink_to(part)
    complete = target / ".venv" / ".complete"  # so that `make` has nothing to set up
    complete.unlink(missing_ok=True)
    complete.touch()
    path = f"{target / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return {**outside, "PATH": path, "PYTHONPATH": str(target)}
