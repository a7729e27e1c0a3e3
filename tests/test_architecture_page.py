"""docs/ARCHITECTURE.md describes the tree that is there."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
SOURCES = ROOT / "sweep"
CODE = re.compile(r"`([\w./]+)`")
WORDS_OF_TWO_PAGES = 1100


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_column(table: str) -> list[str]:
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in CODE.findall(row)]


def contract(identifier: str) -> list[str]:
    """The packages of an import contract from top to bottom, then those that only import paths reach."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (rule,) = (c for c in contracts if c["id"] == identifier)
    return [n.strip() for layer in rule["layers"] for n in layer.split("|")] + rule.get("exhaustive_ignores", [])


def test_the_packages_are_those_of_the_import_contract_in_its_order():
    names = [name.removesuffix("/").removesuffix(".py") for name in first_column(section("Packages"))]
    layers = [name for name in contract("layers") if not name.startswith(("(", "_"))]  # without former import paths
    assert names == layers


def test_the_parts_of_a_trial_are_those_of_the_import_contract_in_its_order():
    sentence = section("Packages").partition("Inside `backtest/`")[2].partition("\n\n")[0]
    names = [name.removesuffix("/").removesuffix(".py") for name in CODE.findall(sentence)]
    assert names == contract("backtest")


@pytest.mark.parametrize("path", sorted(set(CODE.findall(TEXT))))
def test_a_path_exists(path):
    if path.endswith(".py") and "/" in path:
        root = ROOT if path.startswith(("sweep/", "tests/")) else SOURCES
        assert (root / path).is_file()
    elif path.endswith(".py"):
        assert list(SOURCES.rglob(path))
    elif path.endswith("/"):
        assert any(folder.is_dir() for folder in [ROOT / path, *Path(SOURCES).glob(f"**/{path}")])


def test_it_has_two_pages():
    assert len(TEXT.split()) <= WORDS_OF_TWO_PAGES
