"""Test modules in a process of their own: a cluster, or what is left of one, never meets another module's."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NAME = "SWEEP_TEST_REPORTS"
REPORTS = os.environ.get(NAME)  # in the process of one module: the file that takes its reports
FOUND: pytest.StashKey[dict[Path, dict[str, list[Any]]]] = pytest.StashKey()


def is_apart(item: pytest.Item) -> bool:
    """Whether the module of this test runs in a process of its own, seen from the process that starts it."""
    return bool(item.get_closest_marker("alone")) and not REPORTS and not item.config.option.usepdb


def reports(item: pytest.Item) -> list[pytest.TestReport]:
    """What became of a test that ran apart. The first one asked for runs its whole module."""
    found = item.config.stash.setdefault(FOUND, {})
    if item.path not in found:
        names = [i.nodeid for i in item.session.items if i.path == item.path]
        found[item.path] = dict(run(item.config, names))
    known = found[item.path][item.nodeid]
    return known if any(report.when == "teardown" for report in known) else [*known, lost(item)]


def run(config: pytest.Config, names: list[str]) -> Iterator[tuple[str, list[Any]]]:
    """The reports of these tests by name, from another process."""
    file = Path(config.invocation_params.dir, f".reports-{os.getpid()}.jsonl")
    chosen = ["-p", "no:cacheprovider", "--no-header", "-q", "-k", config.option.keyword, "-m", config.option.markexpr]
    environment = os.environ | {NAME: str(file)}
    try:
        subprocess.run([sys.executable, "-m", "pytest", *chosen, *names], env=environment, stdout=2, check=False)
        lines = file.read_text().splitlines() if file.exists() else []
    finally:
        file.unlink(missing_ok=True)
    read = [config.hook.pytest_report_from_serializable(config=config, data=json.loads(line)) for line in lines]
    for report in read:
        if report.skipped and isinstance(report.longrepr, list):
            report.longrepr = tuple(report.longrepr)  # JSON has no tuples
    for name in names:
        yield name, [report for report in read if report.nodeid == name]


def lost(item: pytest.Item) -> pytest.TestReport:
    what = "its process ended before it did, or never came to it"
    return pytest.TestReport(item.nodeid, item.location, {}, "failed", what, "call")


def hand_over(config: pytest.Config, report: pytest.TestReport) -> None:
    """In the process of one module: write a report for the process that started it."""
    if REPORTS:
        with Path(REPORTS).open("a") as lines:
            lines.write(json.dumps(config.hook.pytest_report_to_serializable(config=config, report=report)) + "\n")
