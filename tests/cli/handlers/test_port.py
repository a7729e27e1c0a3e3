import json

import pytest

from tests.port import cases
from tests.port.snippets import HEAD
from tests.support.commands import invoke

LEFT = HEAD + "    def on_stop(self):\n        self.msgbus.send('a', 1)\n"


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.py"
    path.write_text(cases.STRATEGIES.joinpath("crossing.py").read_text("utf-8"), encoding="utf-8")
    return path


def test_a_file_is_rewritten_in_place_and_said_to_be_done(old):
    result = invoke("port", old)
    assert "nothing left to do by hand" in result.stderr and "check, line" in result.stderr
    assert "from nautilus_trader.trading import Strategy" in old.read_text("utf-8")
    assert "nothing of 1.x in it" in invoke("port", old).stderr


def test_out_leaves_the_file_and_check_and_diff_write_nothing(old, tmp_path):
    before = old.read_text("utf-8")
    invoke("port", old, "--out", tmp_path / "new")
    assert "is_net_flat" in (tmp_path / "new" / "old.py").read_text("utf-8")
    invoke("port", old, "--check")
    diff = invoke("port", old, "--diff").stdout
    assert (
        "-from nautilus_trader.trading.strategy import Strategy" in diff
        and "+from nautilus_trader.trading import Strategy" in diff
    )
    assert old.read_text("utf-8") == before


def test_the_exit_code_is_1_while_something_is_left(tmp_path):
    path = tmp_path / "left.py"
    path.write_text(LEFT, encoding="utf-8")
    for _ in range(2):
        assert "1 left to do by hand" in invoke("port", path, code=1).stderr
    path.write_text(path.read_text("utf-8").replace("# sweep port: by hand", "# done"), encoding="utf-8")
    invoke("port", path)


def test_the_same_as_json(old, tmp_path):
    path = tmp_path / "left.py"
    path.write_text(LEFT, encoding="utf-8")
    files = json.loads(invoke("port", old, path, "--check", "--json", code=1).stdout)
    assert [(f["changed"], f["by_hand"]) for f in files] == [(True, 0), (True, 1)]
    assert files[1]["notes"][0] | {"reason": "", "remedy": ""} == {
        "line": 16, "level": "by hand", "rule": "msgbus", "reason": "", "remedy": ""
    }  # fmt: skip


def test_old_indicators_come_from_the_package_where_it_is_asked_for(old, tmp_path):
    invoke("port", old, "--compat", "--out", tmp_path / "new")
    assert "from sweep.compat import ExponentialMovingAverage" in (tmp_path / "new" / "old.py").read_text("utf-8")


def test_mistakes_are_told_all_at_once(tmp_path):
    (tmp_path / "b.py").write_text("from nautilus_trader import x\nclass A(:\n", encoding="utf-8")
    result = invoke("port", tmp_path / "a.py", tmp_path / "b.py", code=2)
    assert "2 mistakes" in result.stderr and "there is no such file" in result.stderr and "line 2" in result.stderr


def test_places_of_one_reason_and_imported_files_are_told_in_short(old, tmp_path):
    helper = LEFT + "        self.msgbus.send('b', 2)\n"
    (tmp_path / "helper.py").write_text(helper, encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(old.read_text("utf-8"), encoding="utf-8")
    old.write_text(f"import helper\nimport one\nimport two\n{old.read_text('utf-8')}", encoding="utf-8")
    lines = invoke("port", old, "--check", code=1).stderr.splitlines()
    assert [line.rpartition("/")[2].partition(":")[0] for line in lines if "lines changed" in line] == [
        "old.py",
        "helper.py",
    ]
    assert [line for line in lines if line.startswith("  by hand, lines 16, 17: ")]
    assert lines[-1] == "2 files that they import: rewritten, nothing left to do by hand"
