"""The structure of the package as checks that fail: imports, weight, size, a test for each module."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sweep

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "sweep").rglob("*.py"))
VENDORS = {"ray", "mlflow", "optuna", "nautilus_trader", "pandas", "pyarrow", "numpy", "pydantic", "plotly"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", project / "pyproject.toml"]
    environment = {"PYTHONPATH": str(project)}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_imports_keep_their_contracts():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_each_contract_breaks_when_the_code_does(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "sweep", tmp_path / "sweep", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "sweep" / "space.py").open("a") as file:
        file.write("\nimport mlflow, nautilus_trader, optuna, ray, sweep.spec, sweep.strategies\n")
    done = lint_imports(tmp_path)
    assert "0 kept, 6 broken" in done.stdout, done.stdout + done.stderr


def imported_by(*arguments: str) -> set[str]:
    """The top-level modules that `python ARGUMENTS` imports."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_import_sweep_loads_nothing_heavy():
    loaded = imported_by("-c", "import sweep")
    assert "sweep" in loaded
    assert not loaded & (VENDORS | {"rich", "typer"})


def test_help_loads_nothing_heavy():
    loaded = imported_by("-m", "sweep", "--help")
    assert "typer" in loaded
    assert not loaded & VENDORS


def test_public_names_are_there():
    assert sweep.__all__
    assert not [name for name in sweep.__all__ if not hasattr(sweep, name)]


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_file_is_read_in_one_go(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_function_fits_a_screen(path):
    functions = [
        n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {f.name: length for f in functions if (length := (f.end_lineno or 0) - f.lineno + 1) > 40}
    assert not long


TESTED_IN = {  # modules whose work shows only in a whole trial, or a whole command
    "backtest/account.py": "test_accounting.py",
    "backtest/book.py": "test_pack.py",
    "backtest/logs.py": "test_guard.py",
    "backtest/margin.py": "test_pack.py",
    "backtest/monitor.py": "test_guard.py",
    "backtest/outcome.py": "test_engine.py",
    "backtest/parquet.py": "test_feeds.py",
    "backtest/quality.py": "test_guard.py",
    "backtest/seat.py": "test_pack.py",
    "backtest/subscriptions.py": "test_guard.py",
    "backtest/survey.py": "test_feeds.py",
    "backtest/tally.py": "test_accounting.py",
    "catalog/instruments/build.py": "test_instruments.py",
    "catalog/instruments/templates.py": "test_instruments.py",
    "catalog/verify/codes.py": "test_damaged.py",
    "catalog/verify/definitions.py": "test_damaged.py",
    "catalog/verify/rows.py": "test_damaged.py",
    "cli/alone.py": "test_cli.py",
    "cluster.py": "cli/test_cluster.py",
    "compare/__init__.py": "test_compare.py",
    "debugger.py": "test_alone.py",
    "catalog/ingest/result.py": "test_events.py",
    "cli/catalogs.py": "test_cli.py",
    "cli/compare.py": "test_cli.py",
    "cli/ingest.py": "test_cli.py",
    "cli/options.py": "test_cli.py",
    "cli/results.py": "test_cli.py",
    "cli/runs.py": "test_cli.py",
    "cli/staging.py": "test_cli.py",
    "cli/surroundings.py": "test_cli.py",
    "ledger/encoding.py": "test_ledger.py",
    "strategies/iron_condor.py": "test_option_cycle.py",
    "strategies/option_day.py": "test_option_cycle.py",
    "strategies/straddle.py": "test_option_cycle.py",
    "strategies/strikes.py": "test_score_options.py",
    "ledger/file.py": "test_ledger.py",
    "ledger/row.py": "test_ledger.py",
}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_that_does_something_has_a_test(path):
    tree, module = ast.parse(path.read_text()), path.relative_to(ROOT / "sweep")
    if not any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in tree.body) or is_protocol(tree):
        return
    own = "test_*.py" if path.stem.startswith("__") else f"test_{path.stem.lstrip('_')}.py"
    folder, wanted = ROOT / "tests" / module.parent, TESTED_IN.get(str(module), own)
    assert list(folder.glob(wanted)), f"{named(folder)}/{wanted} is missing"


def is_protocol(tree):
    """A seam says what others do; tests/contracts holds them to it."""
    kinds = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return all(isinstance(n, ast.ClassDef) and [ast.unparse(b) for b in n.bases] == ["Protocol"] for n in kinds)
