"""Executors by name: each name gives its executor, any other name is a mistake with the choices in it."""

import subprocess
import sys

import pytest

import sweep
from sweep.errors import InputError
from sweep.executors import factory
from sweep.executors.base import ExecutorOptions
from sweep.executors.inline import InlineExecutor
from sweep.ledger.run_directory import Folder
from tests.support import sweeps


def test_inline_has_one_slot_and_no_use_for_options():
    executor = factory.load("inline")({}, ExecutorOptions(workers=7))
    assert isinstance(executor, InlineExecutor)
    assert executor.slots == 1


def test_every_name_loads_an_executor_class_and_only_ray_imports_ray():
    code = (
        "import sys; from sweep.executors import factory; factory.load('inline'); assert 'ray' not in sys.modules;"
        "print([factory.load(n).__name__ for n in factory.NAMES])"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "['RayExecutor', 'InlineExecutor']"


@pytest.mark.parametrize("name", ["", "Ray", "dask", "inline "])
def test_another_name_is_refused_with_the_choices_before_anything_is_written(name, tmp_path):
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1]})
    spec = sweeps.write(tmp_path / "spec.yaml", content)
    with pytest.raises(InputError, match="executor: must be ray or inline"):
        sweep.run(spec, runs_dir=tmp_path / "runs", executor=name, tracking=False)
    assert not Folder.all(tmp_path / "runs")


@pytest.mark.parametrize("address", ["ray://u:PLANTED@h:1", "u:1/PLANTED@h:6379", "PLANTED@h:6379", "auto"])
def test_an_address_with_a_password_is_refused_and_not_repeated(address, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "ray://h:1/?token=PLANTED")
    with pytest.raises(InputError, match="must not hold a password.*RAY_AUTH_TOKEN") as caught:
        factory.check("ray", "executor", address)
    assert "PLANTED" not in str(caught.value)


def test_addresses_without_one_are_taken():
    for address in ("local", "auto", "head:6379", "ray://head:10001", "[::1]:6379"):
        factory.check("ray", "executor", address)
