"""The first words of a cluster need nothing but Python."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import sweep
from sweep.cluster import handshake


def said(place: Path, versions: dict[str, str]) -> tuple[int, dict[str, dict[str, str]]]:
    (place / "request.json").write_text(json.dumps({"versions": versions}))
    shutil.copy(handshake.__file__, place / "hello.py")
    command = [sys.executable, "-I", "-S", str(place / "hello.py"), str(place / "request.json")]
    process = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert not process.stderr
    return process.returncode, json.loads(process.stdout.removeprefix(handshake.MARK))


def test_where_nothing_is_installed_it_still_answers(tmp_path):
    code, answer = said(tmp_path, {"python": "3.13"})
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    nothing = dict.fromkeys(["ray", "nautilus_trader", "sweep"], "not installed")
    assert (code, answer) == (2, {"versions": {"python": here} | nothing})


def test_the_version_of_sweep_changes_with_any_line_of_it(tmp_path):
    copy = shutil.copytree(
        Path(sweep.__file__).parent, tmp_path / "sweep", ignore=shutil.ignore_patterns("__pycache__")
    )
    assert handshake.digest(copy) == handshake.versions()["sweep"]
    assert handshake.digest(copy).startswith(f"{sweep.__version__} (")
    with (copy / "units.py").open("a") as file:
        file.write("\n")
    assert handshake.digest(copy) != handshake.versions()["sweep"]
