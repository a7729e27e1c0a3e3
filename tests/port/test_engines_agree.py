"""Strategies of 1.x, ported and run by 2.0, decide what they decide under 1.231 (golden.py wrote down what that is)."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from sweep.common.disk_cache import cache_root
from sweep.port.files import port_files
from sweep.port.rewrite.context import Options
from sweep.results.diff.decisions import Decision, Side, compare
from sweep.runner.diff import of_spec
from sweep.runner.engines import environment
from tests.port import cases, golden, market

GOLDEN = json.loads((golden.FIXTURES / "decisions.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return market.write(tmp_path_factory.mktemp("market") / "catalog")


@pytest.fixture(scope="module")
def ported(tmp_path_factory):
    """A folder on the path, with every strategy as `sweep port --compat` leaves it."""
    folder = tmp_path_factory.mktemp("ported")
    files = port_files([cases.STRATEGIES], Options(compat=True))
    for file in files:
        (folder / file.path.name).write_text(file.result, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield files
    sys.path.remove(str(folder))
    for file in files:
        sys.modules.pop(file.path.stem, None)


def test_nothing_is_left_to_do_by_hand(ported):
    assert {file.path.name: file.by_hand for file in ported if file.by_hand} == {}
    assert len(ported) == 19 and all(file.changed for file in ported)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if n % 2 else name for n, name in enumerate(cases.CASES)]
)
def test_the_new_engine_decides_what_the_old_one_does(ported, catalog, tmp_path, name):
    spec = tmp_path / f"{name}.yaml"
    spec.write_text(yaml.safe_dump(cases.spec(name, catalog, name)), encoding="utf-8")
    old = Side(
        "1.231",
        [Decision(**values) for values in GOLDEN[name]],
        frozenset({"size", "price", "exit_time", "exit_price"}),
    )
    comparison = compare(old, of_spec(spec, []).load())
    assert len(old.decisions) >= 9
    assert [(pair.a, pair.b) for pair in comparison.pairs if pair.kinds] == []


@pytest.mark.slow
def test_the_golden_files_are_what_1_231_does(tmp_path, catalog):
    if not (cache_root() / f"nautilus_trader-{environment.VERSION}" / ".complete").exists():
        pytest.skip("there is no environment for 1.231; `python tests/port/golden.py` makes one")
    interpreter = environment.python(print)
    for name in ("crossing", "keeps_orders"):
        assert golden.decisions(interpreter, catalog, name, tmp_path) == GOLDEN[name]
    program = golden.FIXTURES.parents[1] / "port" / "indicator_figures.py"
    process = subprocess.run(
        [interpreter, "-W", "ignore", program], check=True, capture_output=True, text=True, env=os.environ
    )
    assert json.loads(process.stdout) == json.loads((golden.FIXTURES / "indicators.json").read_text("utf-8"))
