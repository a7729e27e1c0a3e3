import subprocess
import sys
from pathlib import Path

from sweep.backtest.script.embedded_code import embedded, renamed
from sweep.backtest.script.merged_code import Module

PACKAGE = {
    "p": Module("p", "", is_package=True),
    "p.a": Module("p.a", "from . import b\nfrom sweep.compat.x import Y\nTEXT = b.TEXT + str(Y)\n"),
    "p.b": Module("p.b", "TEXT = '''a\\n\"'''  # it's\n"),
    "sweep": Module("sweep", "", is_package=True),
    "sweep.compat": Module("sweep.compat", "", is_package=True),
    "sweep.compat.x": Module("sweep.compat.x", "Y = 3\n"),
}


def test_modules_are_imported_from_the_script_alone(tmp_path: Path):
    file = tmp_path / "script.py"
    file.write_text(embedded(PACKAGE) + "\nimport p.a\nprint(repr(p.a.TEXT))\n")
    process = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True, check=False)
    assert process.stdout == repr('a\n"3') + "\n", process.stderr


def test_only_the_ready_strategies_get_another_name():
    assert renamed("from sweep.strategies.session import x") == "from ready.strategies.session import x"
    assert renamed("sweep") == "ready"
    assert renamed("my.sweep.thing and sweep.run") == "my.sweep.thing and sweep.run"
