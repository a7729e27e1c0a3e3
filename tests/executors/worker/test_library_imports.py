"""Libraries of user code: each trial finds them, and the settings that they make, as after their import."""

import decimal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.backtest.user_code.source_snapshot import SourceSnapshot, take
from sweep.executors.worker.isolation import isolated

COUNTS = "_seen = []\ndef count():\n    _seen.append(1)\n    return len(_seen)"
LIBRARIES = {
    "nothing": ("pass", "", 0),
    "a list that its own function fills": (COUNTS, "LIBRARY.count()", 1),
    "one in a submodule": ("from .more import count", "LIBRARY.count()", 1),
    "an attribute": ("pass", "setattr(LIBRARY, 'n', getattr(LIBRARY, 'n', 0) + 1) or LIBRARY.n", 1),
    "a setting of the process": ("import decimal\ndecimal.getcontext().prec = 5", "decimal.getcontext().prec", 5),
    "an entry of a setting": ("import os\nos.environ['OF_LIB'] = '4'", "int(os.environ.get('OF_' + 'LIB', 0))", 4),
}


@pytest.fixture
def user(tmp_path: Path, monkeypatch, request):
    installed, mine = tmp_path / "site-packages", tmp_path / "mine"
    name = f"lib_{abs(hash(request.node.name))}"
    for folder in (installed, mine):
        folder.mkdir()
        monkeypatch.syspath_prepend(folder)
    (installed / name).mkdir()
    (installed / name / "more.py").write_text(COUNTS)

    def write(library: str, expression: str, *, inside: bool, more: str = "") -> SourceSnapshot:
        (installed / name / "__init__.py").write_text(library.replace("LIBRARY", name))
        head, body = f"import {name}", f"return {expression.replace('LIBRARY', name)}"
        lines = [f"def use():\n    {head}\n    {body}"] if inside else [head, f"def use():\n    {body}"]
        (mine / f"user_of_{name}.py").write_text("\n".join(["import decimal, os", more, *lines]))
        return take([f"user_of_{name}:use"])

    with decimal.localcontext():
        monkeypatch.setenv("OF_LIB", "0")
        yield write
    for module in [m for m in sys.modules if name in m]:
        del sys.modules[module]


def trial(code: SourceSnapshot, act: Callable[[str], None] = lambda _: None) -> tuple[int, list[str]]:
    (name,) = code.roots
    with isolated(code) as traces:
        act(name)
        figure = sys.modules[name].use()
    return figure, traces.warnings


@pytest.mark.parametrize("case", [case for case in LIBRARIES if case != "nothing"])
@pytest.mark.parametrize("inside", [False, True])
def test_each_trial_has_what_an_import_gives(user, case: str, inside: bool):
    library, expression, figure = LIBRARIES[case]
    code = user(library, expression, inside=inside, more="COUNT = [0]")

    def change(name: str) -> None:
        sys.modules[name].COUNT[0] += 1  # so that the modules are imported again, and the library is not

    assert [trial(code)[0], trial(code)[0], trial(code, change)[0], trial(code)[0]] == [figure] * 4


def test_a_library_that_a_trial_changed_is_named(user):
    code = user(COUNTS, "LIBRARY.count()", inside=False)
    _, (warning,) = trial(code)
    assert "kept state in its modules" in warning
    assert "._seen" in warning


def test_imports_for_type_checkers_and_for_programs_are_left_out(user, monkeypatch):
    library, _, _ = LIBRARIES["nothing"]
    code = user(library, "0", inside=True, more="if __name__ == '__main__':\n    import colorsys")
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    trial(code)
    assert "colorsys" not in sys.modules
