import pytest

from sweep.errors import InputError
from sweep.port.files import port_files
from sweep.port.rewrite.context import Options
from tests.port.snippets import HEAD

MAIN = (
    "from helpers.base import Base\nfrom . import near\n"
    + HEAD.replace("class S(Strategy)", "class S(Base)")
    + "    pass\n"
)
HELPER = "from nautilus_trader.trading.strategy import Strategy\n\n\nclass Base(Strategy):\n    def on_trade_tick(self, t):\n        pass\n"


@pytest.fixture
def project(tmp_path):
    for name, text in {
        "main.py": MAIN,
        "near.py": "x = 1\n",
        "helpers/base.py": HELPER,
        "helpers/other.py": "y = 1\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_helper_modules_come_along(project):
    files = port_files([project / "main.py"], Options())
    assert [file.path.name for file in files] == ["main.py", "base.py"]
    assert all(file.changed for file in files) and "def on_trade(self, t)" in files[1].result


def test_modules_that_packages_and_names_bring_in_come_along_in_one_order(project):
    pack = project / "pack"
    (pack / "deep").mkdir(parents=True)
    (pack / "__init__.py").write_text("from .old import Old\n", encoding="utf-8")
    (pack / "deep" / "__init__.py").write_text("", encoding="utf-8")
    (pack / "deep" / "thing.py").write_text("z = (\n", encoding="utf-8")  # not the engine's: nobody minds
    for name in ("old", "new", "deep/other"):
        (pack / f"{name}.py").write_text(HELPER, encoding="utf-8")
    main = project / "main.py"
    main.write_text("from pack.deep import thing, other\nfrom pack import new\n" + HEAD, encoding="utf-8")
    files = port_files([main], Options())
    assert [file.path.relative_to(project).as_posix() for file in files] == [
        "main.py", "pack/deep/other.py", "pack/new.py", "pack/old.py"
    ]  # fmt: skip


def test_porting_twice_changes_nothing_more(project):
    for file in port_files([project], Options()):
        file.path.write_text(file.result, encoding="utf-8")
    again = port_files([project], Options())
    assert [file.changed for file in again] == [False, False]


def test_what_is_left_by_hand_is_still_left_the_second_time(project):
    path = project / "main.py"
    path.write_text(MAIN + "\n    def on_stop(self):\n        self.msgbus.send('a', 1)\n", encoding="utf-8")
    (first, *_) = port_files([path], Options())
    path.write_text(first.result, encoding="utf-8")
    (second, *_) = port_files([path], Options())
    assert (first.by_hand, second.by_hand, second.changed) == (1, 1, False)


def test_every_file_that_cannot_be_ported_is_told_at_once(project):
    (project / "broken.py").write_text("from nautilus_trader import x\nclass A(:\n", encoding="utf-8")
    empty = project / "empty"
    empty.mkdir()
    with pytest.raises(InputError) as refused:
        port_files([project / "none.py", project / "near.py", project / "broken.py", empty], Options())
    rules = [problem.rule.partition(":")[0] for problem in refused.value.problems]
    assert rules == [
        "there is no such file", "is no strategy", "is no Python that can be read", "has no Python file that uses NautilusTrader"
    ]  # fmt: skip


def test_a_file_of_2_is_left_as_it_is(tmp_path):
    path = tmp_path / "new.py"
    path.write_text(
        "from nautilus_trader.trading import Strategy\n\n\nclass S(Strategy):\n    def on_event(self, e):\n        self.x(e)\n",
        encoding="utf-8",
    )
    (file,) = port_files([path], Options())
    assert not file.changed


def test_line_ends_and_tabs_stay_as_they_are(tmp_path):
    path = tmp_path / "old.py"
    source = HELPER.replace("    ", "\t").replace(
        "pass", "self.order = self.order_factory.market(a, b, c)\n\t\tprint(self.order.is_open)"
    )
    path.write_bytes(source.replace("\n", "\r\n").encode())
    (file,) = port_files([path], Options())
    assert (
        "\n" not in file.result.replace("\r\n", "") and "\tdef on_trade(self, t):\r\n\t\tself.order = " in file.result
    )
    compile(file.result, "old.py", "exec")


def test_a_file_that_is_half_ported_is_not_told_of_its_new_callbacks(tmp_path):
    path = tmp_path / "half.py"
    path.write_text(
        HELPER + "\n    def on_quote(self, quote):\n        self.subscribe_quotes(quote)\n", encoding="utf-8"
    )
    (file,) = port_files([path], Options())
    assert file.by_hand == 0


def test_a_notebook_is_refused_with_the_way_to_a_file(tmp_path):
    path = tmp_path / "book.ipynb"
    path.write_text('{"cells": []}', encoding="utf-8")
    with pytest.raises(InputError, match=r"is a notebook.*nbconvert --to script book.ipynb"):
        port_files([path], Options())
