"""Commands that run trials have the hashes of texts that workers have."""

import os
import subprocess
import sys

import pytest

from sweep.executors.ray.local_node import LocalNode

SCRIPT = (
    "import os; print(os.getpid())\n"
    "from sweep.common.same_hashes import start_again\n"
    "start_again()\n"
    "import sys; print(sys.argv[1:], hash('a'))\n"
)


def ran(*arguments: str, **environment: str) -> list[str]:
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"} | environment
    command = [sys.executable, "-u", "-c", SCRIPT, *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_command_that_runs_trials_starts_again_as_the_same_process_with_the_same_arguments():
    fixed = ran(PYTHONHASHSEED="0")[-1].removeprefix("[] ")
    pid, same, last = ran("run", "a spec.yaml", "--json", PYTHONHASHSEED="7")
    assert pid == same
    assert last == f"['run', 'a spec.yaml', '--json'] {fixed}"
    assert len(ran("run", PYTHONHASHSEED="0")) == 2
    assert len(ran("list")) == 2


def test_workers_of_this_machine_have_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    node = LocalNode()
    node.begin()
    assert os.environ["PYTHONHASHSEED"] == "0"
    node.end()
    assert os.environ["PYTHONHASHSEED"] == "7"
