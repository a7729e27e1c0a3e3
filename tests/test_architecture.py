"""The structure of the package as checks that fail: imports, weight, size, a test for each module."""

import ast
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import sweep

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "sweep").rglob("*.py"))
AROUND = [*(ROOT / "tests").iterdir(), ROOT / "benchmarks", ROOT / "docs", ROOT / "scripts"]
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
QUESTION_WORDS = {"how", "what", "when", "where", "whether", "which", "who", "why"}
VENDORS = {"ray", "mlflow", "optuna", "nautilus_trader", "pandas", "pyarrow", "numpy", "pydantic", "plotly"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", project / "pyproject.toml"]
    environment = {"PYTHONPATH": str(project)}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_imports_keep_their_contracts():
    process = lint_imports(ROOT)
    assert process.returncode == 0, process.stdout


def test_each_contract_breaks_when_the_code_does(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "sweep", tmp_path / "sweep", ignore=shutil.ignore_patterns("__pycache__"))
    for place, line in {
        "spec/space.py": "import mlflow, nautilus_trader, optuna, ray, sweep.runner, sweep.spec.reader",
        "cli/console.py": "import sweep.executors.ray, sweep.search.optuna, sweep.tracking.mlflow",
        "spec/objectives.py": "import sweep.strategies",
        "backtest/records.py": "import sweep.backtest.engine",
        "results/statistics/sharpe.py": "import sweep.ledger",
    }.items():
        with (tmp_path / "sweep" / place).open("a") as file:
            file.write(f"\n{line}\n")
    process = lint_imports(tmp_path)
    assert "0 kept, 12 broken" in process.stdout, process.stdout + process.stderr


def imported_by(*arguments: str) -> set[str]:
    """The top-level modules that `python ARGUMENTS` imports."""
    command = [sys.executable, "-X", "importtime", *arguments]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line for line in process.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_import_sweep_loads_nothing_heavy():
    loaded = imported_by("-c", "import sweep")
    assert "sweep" in loaded
    assert not loaded & (VENDORS | {"rich", "typer"})


@pytest.mark.parametrize(("words", "of_typer"), [("--help", set()), ("list --runs-dir no-such-folder", {"pydantic"})])
def test_a_quick_command_loads_nothing_heavy(words, of_typer):
    loaded = imported_by("-m", "sweep", *words.split()) - of_typer
    assert "typer" in loaded
    assert not loaded & VENDORS


def test_public_names_are_there():
    assert sweep.__all__
    assert not [name for name in sweep.__all__ if not hasattr(sweep, name)]


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text())


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """All nodes of it."""
    return list(ast.walk(parsed(path)))


@pytest.mark.parametrize("folder", sorted({path.parent for path in SOURCES}), ids=named)
def test_a_folder_has_at_most_15_modules(folder):
    assert len([path for path in folder.glob("*.py") if path.stem != "__init__"]) <= 15


PRIVATE = {  # the one file of each library that uses private names of it, which says why and since which version
    "sweep/executors/ray/private.py": {"_raylet", "_private", "_global_node"},
    "sweep/catalog/ingest/vendors/dbn_format.py": {"_dtypes"},
    "sweep/executors/worker/process_state.py": {"_signal", "_filters_mutated"},  # of Python
    "sweep/executors/worker/interpreter_settings.py": {"_default_context"},  # of Python
    "sweep/backtest/user_code/module_variables.py": {"_get_dump"},  # of Python
    "sweep/executors/worker/left_behind.py": {"_stop", "_current_frames", "_forkserver", "_target"},  # of Python
    "sweep/backtest/user_code/source_hashes.py": {"_path"},  # of Python
    "sweep/executors/worker/process_end.py": {"_ncallbacks"},  # of Python
}
PUBLIC = {"_asdict", "_exit", "_fields", "_make", "_replace"}  # documented: of a named tuple, of os
DOTTED = re.compile(r"[a-z]\w*(\.\w+)+")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("_") and name not in PUBLIC


def private_names(path: Path) -> set[str]:
    """The private names of others that a module imports, or takes from an object that is not its own."""
    names, own = set[str](), set[str]()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            names.update(*(alias.name.split(".") for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            names.update((node.module or "").split("."), (alias.name for alias in node.names))
        elif isinstance(node, ast.Attribute):
            (own if ast.unparse(node.value).partition("(")[0] in OWN else names).add(node.attr)
        elif isinstance(node, ast.Subscript | ast.Call) and (name := asked_by_text(node)):
            names.add(name)
        elif isinstance(node, ast.FunctionDef):
            own.add(node.name)  # which another object of the same class may be asked for
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            names.update(node.value.split("."))  # a module that is imported by its name
    return {name for name in names - own if is_private(name)}


BY_TEXT = re.compile(r"(?:vars\((.+)\)\[|(?:get|has|set)attr\((\w[\w.]*), |patched\((\w[\w.]*), )'(\w+)'.*", re.DOTALL)


def asked_by_text(node: ast.Subscript | ast.Call) -> str:
    """The name in `vars(something)["name"]` and `getattr(something, "name")`, where something is not its own."""
    text = node.slice if isinstance(node, ast.Subscript) else node.args[1] if len(node.args) > 1 else None
    if not isinstance(text, ast.Constant) or not str(text.value).startswith("_"):
        return ""  # at once: there are many
    match = BY_TEXT.fullmatch(ast.unparse(node))
    return match[4] if match and OWN.isdisjoint(match.groups()[:3]) else ""


OWN = {"self", "cls", "super"}


@pytest.mark.parametrize(
    "line",
    [
        "from plotly.io import _html", "import pyarrow._dataset as d", "from pyarrow._dataset import Dataset",
        'import_module("plotly.io._html")', "np.random.mtrand._rand.seed(1)", "MESSAGES[schema]._dtypes",
        "study._storage", 'vars(warnings)["_filters"]', 'getattr(thread, "_target", None)',
    ],
)  # fmt: skip
def test_a_private_name_is_seen(tmp_path, line):
    (tmp_path / "module.py").write_text(line)
    assert private_names(tmp_path / "module.py")


VAGUE = {
    "asked", "done", "found", "given", "got", "kept", "known", "made", "said", "seen", "shown", "there", "told",
    "wanted", "what",
}  # fmt: skip
VAGUE_FIELDS = {  # names that files and other versions of the project hold
    "sweep/ledger/driver_files.py": {"done"},  # `driver.json` and `sweep status --json`
    "sweep/cli/handlers/doctor.py": {"found", "what"},  # `sweep doctor --json`
    "sweep/cluster/submit.py": {"known"},  # `sweep cluster submit --json`, and what a cluster answers
    "sweep/ledger/fact_shapes.py": {"kept", "seen"},  # the same
    "sweep/results/out_of_sample.py": {"kept", "seen"},  # facts of a ledger
    "sweep/runner/diff.py": {"found"},  # `sweep.diff(...).found`
}


def variables(path: Path) -> set[str]:
    """The names that a module gives to variables, arguments, fields and attributes, without a leading underscore."""
    names = set[str]()
    for node in nodes_of(path):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
    return {name.lstrip("_") for name in names}


def code_in(place: Path) -> list[Path]:
    """The Python files of a folder, or the one file."""
    return [place] if place.suffix == ".py" else sorted(place.rglob("*.py"))


@pytest.mark.parametrize("place", [place for place in sorted(AROUND) if code_in(place)], ids=named)
def test_code_around_the_package_is_in_plain_words(place):
    files = {named(path): (variables(path) & VAGUE, questions(path)) for path in code_in(place)}
    assert not {file: broken for file, broken in files.items() if any(broken)}


TESTED_IN = {  # modules whose work shows only in a whole trial, or a whole command
    "catalog/verify/verifier.py": "catalog/verify/test_damaged.py",
    "cli/commands/cluster.py": "cli/handlers/test_cluster.py",
    "executors/ray/fork_server_handle.py": "executors/ray/test_fork_server.py",
    "search/base.py": "contracts/test_search.py",
    "search/optuna/study.py": "contracts/test_search.py",
    "backtest/accounting/accounts.py": "backtest/accounting/test_accounting.py",
    "backtest/accounting/reconciliation.py": "backtest/accounting/test_accounting.py",
    "backtest/accounting/closed_positions.py": "backtest/accounting/test_accounting.py",
    "spec/figures/metric.py": "spec/test_metric_table.py",
    "backtest/data/entries.py": "backtest/data/test_feed.py",
    "backtest/data/file_survey.py": "backtest/data/test_feed.py",
    "backtest/data/parquet_columns.py": "backtest/data/test_feed.py",
    "backtest/data/preflight.py": "backtest/engine/test_guards.py",
    "backtest/data/subscriptions.py": "backtest/engine/test_guards.py",
    "backtest/engine/engine_factory.py": "backtest/engine/test_backtest_run.py",
    "backtest/user_code/source_checks/algorithm_ids.py": "backtest/engine/test_several_components.py",
    "backtest/engine/running_component.py": "backtest/engine/test_several_components.py",
    "backtest/setup/native_components.py": "backtest/setup/test_components.py",
    "backtest/engine/fed_engine.py": "backtest/engine/test_backtest_run.py",
    "backtest/setup/calendar_days.py": "runner/test_period_split.py",
    "backtest/shared/booked_pnl.py": "backtest/shared/test_shared_run.py",
    "backtest/shared/margin_check.py": "backtest/shared/test_shared_run.py",
    "backtest/shared/isolated_strategy.py": "backtest/shared/test_shared_run.py",
    "backtest/shared/participant.py": "backtest/shared/test_shared_run.py",
    "backtest/shared/shared_guard.py": "backtest/shared/test_shared_run.py",
    "backtest/user_code/source_checks/class_source.py": "backtest/user_code/source_checks/test_callback_names.py",
    "results/html/strategies_section.py": "runner/test_attribution_search.py",
    "results/html/template.py": "results/html/test_page.py",
    "results/html/plotly_script.py": "results/test_tearsheet.py",
    "backtest/engine/extra_figures.py": "backtest/accounting/test_attribution.py",
    "backtest/risk/watcher.py": "backtest/risk/test_monitor.py",
    "backtest/setup/risk_rules.py": "backtest/risk/test_monitor.py",
    "catalog/ingest/ingest_result.py": "catalog/ingest/test_events.py",
    "catalog/instruments/builder.py": "catalog/instruments/test_writer.py",
    "catalog/instruments/templates.py": "catalog/instruments/test_writer.py",
    "catalog/verify/fault_codes.py": "catalog/verify/test_damaged.py",
    "catalog/verify/instrument_checks.py": "catalog/verify/test_damaged.py",
    "catalog/verify/row_checks.py": "catalog/verify/test_damaged.py",
    "cli/commands/backtest.py": "cli/test_cli.py",
    "cli/commands/catalog.py": "cli/test_cli.py",
    "cli/commands/diff.py": "cli/test_cli.py",
    "cli/commands/init.py": "scaffold/test_project.py",
    "cli/handlers/init.py": "scaffold/test_project.py",
    "scaffold/market.py": "scaffold/test_project.py",
    "spec/forms/key_notes.py": "spec/forms/test_json_schema.py",
    "scaffold/request.py": "scaffold/test_project.py",
    "scaffold/strategy_files.py": "scaffold/test_project.py",
    "catalog/ingest/parsing/time_hints.py": "catalog/ingest/test_remedies.py",
    "cli/commands/doctor.py": "cli/test_cli.py",
    "cli/commands/ingest.py": "cli/test_cli.py",
    "cli/commands/collection.py": "cli/handlers/test_collection.py",
    "cli/handlers/many/upgrade.py": "runner/engines/test_upgrade.py",
    "collection/index/content.py": "collection/index/test_query.py",
    "collection/index/names.py": "collection/index/test_expression.py",
    "collection/index/rows.py": "collection/index/test_query.py",
    "collection/index/schema.py": "collection/index/test_query.py",
    "cli/commands/report.py": "cli/test_cli.py",
    "cli/commands/show.py": "cli/test_cli.py",
    "cli/commands/status.py": "cli/test_cli.py",
    "cli/commands/validate.py": "cli/test_cli.py",
    "cli/commands/spec.py": "cli/test_cli.py",
    "cli/handlers/report.py": "cli/test_cli.py",
    "cli/handlers/status.py": "cli/handlers/test_show.py",
    "cli/trial_rows.py": "cli/handlers/test_show.py",
    "cli/commands/port.py": "cli/handlers/test_port.py",
    "cli/commands/run.py": "cli/test_cli.py",
    "cli/ingest_options.py": "cli/test_cli.py",
    "cli/debugger.py": "cli/handlers/test_backtest.py",
    "cli/options.py": "cli/test_cli.py",
    "cluster/run_location.py": "cluster/test_remote_commands.py",
    "common/files/atomic_file.py": "ledger/test_run_directory.py",
    "common/import_tricks.py": "common/test_import_path.py",
    "common/messages.py": "runner/test_sweep_run.py",
    "search/pruners/base.py": "search/pruners/test_factory.py",
    "search/pruners/halving.py": "search/pruners/test_factory.py",
    "search/pruners/hyperband.py": "search/pruners/test_factory.py",
    "search/pruners/percentile.py": "search/pruners/test_factory.py",
    "search/pruners/threshold.py": "search/pruners/test_factory.py",
    "search/pruners/wilcoxon.py": "search/pruners/test_factory.py",
    "tracking/base.py": "tracking/mlflow/test_mirror.py",
    "tracking/factory.py": "tracking/mlflow/test_mirror.py",
    "tracking/mlflow/tracker.py": "tracking/mlflow/test_mirror.py",
    "executors/base.py": "executors/test_factory.py",
    "executors/ray/connection.py": "executors/ray/test_executor.py",
    "executors/ray/failures.py": "executors/ray/test_executor.py",
    "executors/ray/metrics.py": "cluster/test_cluster.py",
    "executors/ray/task.py": "executors/ray/test_staged_nodes.py",
    "compat/averages.py": "compat/test_indicators.py",
    "compat/base.py": "compat/test_indicators.py",
    "compat/engine.py": "compat/test_indicators.py",
    "compat/momentum.py": "compat/test_indicators.py",
    "compat/trend.py": "compat/test_indicators.py",
    "compat/volatility.py": "compat/test_indicators.py",
    "compat/volume.py": "compat/test_indicators.py",
    "port/prove/causes.py": "port/prove/test_proof.py",
    "runner/engines/environment.py": "runner/engines/test_upgrade.py",
    "runner/engines/side.py": "runner/engines/test_upgrade.py",
    "port/prove/old_engine.py": "port/prove/test_proof.py",
    "port/facts.py": "port/test_survey.py",
    "port/rewrite/context.py": "port/rewrite/test_imports.py",
    "port/rewrite/rewriter.py": "port/test_file.py",
    "port/rules/attributes.py": "port/test_engine_api.py",
    "port/rules/symbols.py": "port/test_engine_api.py",
    "executors/limits.py": "executors/worker/test_crash_recorder.py",
    "ledger/encoding.py": "ledger/test_ledger.py",
    "catalog/ingest/parsing/text/broken_lines.py": "catalog/ingest/test_mutated_files.py",
    "catalog/ingest/parsing/cell_error.py": "catalog/ingest/test_mutated_files.py",
    "catalog/ingest/parsing/names/column_names.py": "catalog/ingest/parsing/header/test_column_plan.py",
    "backtest/engine/registered_indicators.py": "backtest/engine/test_history.py",
    "catalog/ingest/parsing/clock/zones.py": "catalog/ingest/parsing/test_timestamps.py",
    "catalog/ingest/parsing/header/column_request.py": "catalog/ingest/parsing/header/test_column_plan.py",
    "catalog/ingest/parsing/names/foreign_names.py": "catalog/ingest/parsing/header/test_column_plan.py",
    "catalog/ingest/parsing/header/time_columns.py": "catalog/ingest/parsing/header/test_column_plan.py",
    "catalog/ingest/parsing/header/unnamed_columns.py": "catalog/ingest/test_vendor_layouts.py",
    "catalog/ingest/parsing/row_counts.py": "catalog/ingest/test_random_tables.py",
    "catalog/ingest/parsing/text/head.py": "catalog/ingest/test_vendor_layouts.py",
    "catalog/ingest/parsing/typed_rows.py": "catalog/ingest/test_random_tables.py",
    "catalog/ingest/problems.py": "catalog/ingest/test_every_remedy.py",
    "catalog/ingest/vendors/databento_definitions.py": "catalog/ingest/vendors/test_databento.py",
    "catalog/ingest/vendors/databento_rows.py": "catalog/ingest/vendors/test_databento.py",
    "catalog/instruments/currencies.py": "catalog/instruments/test_writer.py",
    "catalog/instruments/stored.py": "catalog/ingest/test_instrument_lookup.py",
    "catalog/remote/object_files.py": "catalog/remote/test_local_cache.py",
    "catalog/row_rules.py": "catalog/verify/test_damaged.py",
    "catalog/verify/bar_checks.py": "catalog/verify/test_damaged.py",
    "interactive/cells.py": "interactive/test_capture.py",
    "interactive/figures.py": "interactive/test_report.py",
    "interactive/plain_values.py": "interactive/test_spec_object.py",
    "interactive/progress.py": "interactive/test_report.py",
    "interactive/same_code.py": "interactive/test_capture.py",
    "interactive/trial_list.py": "interactive/test_report.py",
    "search/optuna/figures.py": "interactive/test_report.py",
    "ledger/facts.py": "ledger/test_ledger.py",
    "ledger/queries.py": "ledger/test_ledger.py",
    "ledger/schema.py": "ledger/test_ledger.py",
    "ledger/trial_row.py": "ledger/test_ledger.py",
    "results/labels.py": "tracking/mlflow/test_trial_run.py",
    "results/sweep_reader.py": "results/test_report.py",
    "runner/planning/catalog_staging.py": "cli/handlers/test_catalog_at_url.py",
    "runner/planning/period_checks.py": "runner/test_plan.py",
    "runner/planning/spec_checks.py": "runner/test_plan.py",
    "runner/output_files.py": "runner/test_sweep_run.py",
    "runner/result_reuse.py": "runner/test_sweep_run.py",
    "runner/chosen/recorded_code.py": "runner/chosen/test_script_export.py",
    "runner/chosen/settings.py": "runner/chosen/test_script_export.py",
    "runner/chosen/trial_name.py": "runner/chosen/test_script_export.py",
    "runner/resume.py": "runner/test_sweep_run.py",
    "spec/search_sections.py": "spec/test_sections.py",
    "spec/model.py": "spec/test_reader.py",
    "spec/rungs.py": "backtest/engine/test_pruning_checks.py",
    "backtest/script/components.py": "backtest/script/test_script.py",
    "backtest/script/data_source.py": "backtest/script/test_script.py",
    "backtest/script/settings_code.py": "runner/chosen/test_script_export.py",
    "backtest/user_code/module_state.py": "executors/worker/test_isolation.py",
    "backtest/user_code/module_variables.py": "backtest/user_code/test_module_state.py",
    "backtest/user_code/snapshot_loader.py": "executors/worker/test_isolation.py",
    "backtest/user_code/source_snapshot.py": "executors/worker/test_isolation.py",
    "catalog/custom_types.py": "catalog/ingest/test_events.py",
    "catalog/gaps.py": "catalog/test_inventory.py",
    "catalog/ingest/parsing/number_texts.py": "catalog/ingest/test_market_data.py",
    "catalog/ingest/parsing/text/stream.py": "catalog/ingest/parsing/test_tables.py",
    "catalog/ingest/parsing/time_texts.py": "catalog/ingest/test_vendor_layouts.py",
    "executors/worker/process_state.py": "executors/worker/test_isolation.py",
    "runner/planning/lots.py": "runner/test_portfolio_search.py",
    "runner/planning/wildcards.py": "spec/components/test_address_checks.py",
    "spec/components/sections.py": "spec/components/test_rules.py",
    "runner/planning/history.py": "backtest/engine/test_history.py",
    "strategies/iron_condor.py": "strategies/test_option_cycle.py",
    "strategies/option_legs.py": "strategies/test_option_cycle.py",
    "strategies/option_day.py": "strategies/test_option_cycle.py",
    "strategies/straddle.py": "strategies/test_option_cycle.py",
    "strategies/strikes.py": "strategies/test_score_options.py",
}


def is_protocol(tree):
    """A seam says what others do; tests/contracts holds them to it."""
    kinds = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return all(isinstance(n, ast.ClassDef) and [ast.unparse(b) for b in n.bases] == ["Protocol"] for n in kinds)


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def questions(path: Path) -> list[str]:
    """The docstrings that do not open with a noun or a verb."""
    texts = [ast.get_docstring(n) or "" for n in nodes_of(path) if isinstance(n, DOCUMENTED)]
    return [text for text in texts if text and text.split()[0].rstrip(",:").lower() in QUESTION_WORDS]


def long_functions(path: Path) -> dict[str, int]:
    """The functions that do not fit a screen, and their lines."""
    functions = [n for n in nodes_of(path) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {f.name: length for f in functions if (length := (f.end_lineno or 0) - f.lineno + 1) > 40}


def missing_test(path: Path) -> str | None:
    """The place of a module's test, where the module does something and there is none."""
    tree, module = parsed(path), path.relative_to(ROOT / "sweep")
    if not any(isinstance(n, ast.FunctionDef | ast.ClassDef) for n in tree.body) or is_protocol(tree):
        return None
    own = "test_*.py" if path.stem.startswith("__") else f"test_{path.stem.lstrip('_')}.py"
    place = TESTED_IN.get(str(module), str(module.parent / own))
    return None if list((ROOT / "tests").glob(place)) else f"tests/{place}"


def printed_json(path: Path) -> list[int]:
    """Lines that print JSON past `print_json`: with --json they would not reach the standard output."""
    calls = (n for n in nodes_of(path) if isinstance(n, ast.Call) and ast.unparse(n.func) == "print")
    printed = (n for n in calls if any(ast.unparse(a).startswith("json.dumps(") for a in n.args))
    return [n.lineno for n in printed if not any(k.arg == "file" for k in n.keywords)]


def left_open(path: Path) -> list[int]:
    """Lines with `os.scandir` outside a `with`: it stays open where the loop over it fails."""
    closed = {id(i.context_expr) for n in nodes_of(path) if isinstance(n, ast.With) for i in n.items}
    calls = (n for n in nodes_of(path) if isinstance(n, ast.Call) and ast.unparse(n.func).endswith("scandir"))
    return [n.lineno for n in calls if id(n) not in closed]


RULES = {  # what breaks a rule, and what may
    "a file has at most 300 lines": (lambda path: max(lines(path) - 300, 0), lambda _: 0),
    "a docstring opens with a noun or a verb": (questions, lambda _: []),
    "a function fits a screen": (long_functions, lambda _: {}),
    "private names of a library are used in one file": (private_names, lambda path: PRIVATE.get(named(path), set())),
    "a variable is named after what it holds": (
        lambda path: variables(path) & VAGUE, lambda path: VAGUE_FIELDS.get(named(path), set()),
    ),
    "a module that does something has a test": (missing_test, lambda _: None),
    "JSON is printed by print_json": (printed_json, lambda _: []),
    "an iterator of a folder is closed": (left_open, lambda _: []),
}  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_keeps_the_rules(path):
    broken = {rule: here for rule, (measure, allowed) in RULES.items() if (here := measure(path)) != allowed(path)}
    assert not broken


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("x = 1\n" * 301, "a file has at most 300 lines"),
        ('"""What it is."""', "a docstring opens with a noun or a verb"),
        ("def f():\n" + "    x = 1\n" * 40, "a function fits a screen"),
        ("import ray._private", "private names of a library are used in one file"),
        ("kept = 1", "a variable is named after what it holds"),
        ("for entry in os.scandir(place): ...", "an iterator of a folder is closed"),
        ("print(json.dumps({}))", "JSON is printed by print_json"),
        ("def f(): ...", "a module that does something has a test"),
    ],
)
def test_a_broken_rule_is_seen(source, rule, tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "sweep" / "module.py"
    path.parent.mkdir()
    path.write_text(source)
    measure, allowed = RULES[rule]
    assert measure(path) != allowed(path)
