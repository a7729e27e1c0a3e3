"""A trial in a used process comes to what it comes to in a fresh one, and what that took is said."""

import importlib
import py_compile
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sweep
from sweep.results.report import Report
from sweep.runner.sweep_run import RunOptions
from sweep.runner.sweep_run import run as run_sweep
from tests.support.editable_project import Project, project


@pytest.fixture
def user(tmp_path, request):
    with project(tmp_path, f"mine_{abs(hash(request.node.name)) % 10**8}") as user_project:
        yield user_project


def run(user: Project, sizes: list[int], **more: Any) -> Report:
    return sweep.run(user.spec(sizes, **more), runs_dir=user.place / "runs", executor="inline", tracking=False)


def profits(report: Report) -> list[Any]:
    return [report.trial(n).metrics.get("pnl_total") for n in range(report.count()["COMPLETE"])]


def expected(user: Project, sizes: list[int]) -> list[Any]:
    """Figures of the plain strategy, which keeps nothing."""
    user.write()
    return profits(run(user, sizes))


STATEFUL = {
    "a global": ("global COUNT; COUNT += 1; size += COUNT - 1", "COUNT = 0", "COUNT"),
    "a list": ("SEEN.append(size); size += len(SEEN) - 1", "SEEN = []", "SEEN"),
    "a nested one": ("SEEN['a'][0].add(self.cfg.size * 100 + self.n); size += len(SEEN['a'][0]) - 1", "SEEN = {'a': [set()]}", "SEEN"),  # noqa: E501
    "a class": ("Trader.seen += 1; size += Trader.seen - 1", "", "Trader.seen"),
    "a default": ("size += draw()", "def draw(kept=[]):\n    kept.append(1)\n    return len(kept) - 1", "draw"),
    "a closure": ("size += draw()", "def made():\n    n = -1\n    def draw():\n        nonlocal n\n        n += 1\n        return n\n    return draw\ndraw = made()", "draw"),  # noqa: E501
    "a function": ("draw.n = getattr(draw, 'n', -1) + 1; size += draw.n", "def draw():\n    pass", "draw"),
    "an array": ("SEEN[0] += 1; size += int(SEEN[0]) - 1", "import numpy\nSEEN = numpy.zeros(3)", "SEEN"),
    "an object": ("BOX.n += 1; size += BOX.n - 1", "class Box:\n    n = 0\nBOX = Box()", "BOX"),
    "a context": ("SEEN.set(SEEN.get() + 1); size += SEEN.get() - 1", "from contextvars import ContextVar\nSEEN = ContextVar('s', default=0)", "SEEN"),  # noqa: E501
    "a counter": ("size += next(SEEN)", "from itertools import count\nSEEN = count()", "SEEN"),
    "random numbers": ("size += SEEN.randrange(100)", "from random import Random\nSEEN = Random(4)", "SEEN"),
    "a library's module": ("json.n = getattr(json, 'n', -1) + 1; size += json.n", "import json", "json.n"),
    "a library's class": ("Strategy.n = getattr(Strategy, 'n', -1) + 1; size += Strategy.n", "", "Strategy.n"),
    "a class reached through a library": ("pd.Series.n = getattr(pd.Series, 'n', -1) + 1; size += pd.Series.n", "import pandas as pd", "Series.n"),  # noqa: E501
    "a class under another name": ("kind = pd.Series; kind.n = getattr(kind, 'n', -1) + 1; size += kind.n", "import pandas as pd", "Series.n"),  # noqa: E501
    "a submodule": ("np.linalg.n = getattr(np.linalg, 'n', -1) + 1; size += np.linalg.n", "import numpy as np", "linalg.n"),  # noqa: E501
    "a function of a submodule": ("f = np.linalg.norm; size += getattr(f, 'n', 0); np.linalg.norm = lambda *_: 5; np.linalg.norm.n = 1", "import numpy as np", "linalg.norm"),  # noqa: E501
    "a private function": ("size += getattr(statistics._sum, 'n', 0); statistics._sum = lambda *_: 5; statistics._sum.n = 1", "import statistics", "statistics._sum"),  # noqa: E501
    "a dunder method": ("size += getattr(pd.Index.__len__, 'n', 0); old = pd.Index.__len__; new = lambda self: old(self); new.n = 1; pd.Index.__len__ = new", "import pandas as pd", "Index.__len__"),  # noqa: E501
    "a container of a library": ("types_map['.n'] = types_map.get('.n', -1) + 1; size += types_map['.n']", "from mimetypes import types_map", "mimetypes.types_map"),  # noqa: E501
    "an attribute of sys": ("import sys; size += sys.maxunicode - 1114111; sys.maxunicode += 1", "", "attributes of sys: maxunicode"),  # noqa: E501
    "a logger": ("log = logging.getLogger('mine.' + 'x'); size += log.level; log.setLevel(log.level + 1)", "import logging", "loggers: mine.x"),  # noqa: E501
    "a logger of the module": ("LOG.addHandler(logging.NullHandler()); size += len(LOG.handlers) - 1", "import logging\nLOG = logging.getLogger('mine.y')", "loggers: mine.y"),  # noqa: E501
    "an object of a library": ("d = json._default_decoder; d.n = getattr(json._default_decoder, 'n', -1) + 1; size += d.n", "import json", "json._default_decoder.n"),  # noqa: E501
    "a private container": ("re._cache[len(re._cache), 'n'] = 1; size += sum('n' in k for k in re._cache if type(k) is tuple) - 1", "import re", "re._cache"),  # noqa: E501
    "code of a function": ("size += statistics.mean([1]) - 1; statistics.mean.__code__ = (lambda data: 5).__code__", "import statistics", "statistics.mean.__code__"),  # noqa: E501
    "an attribute by its name": ("k = getattr(statistics, 'NormalDist'); k.n = getattr(k, 'n', -1) + 1; size += k.n", "import statistics", "NormalDist.n"),  # noqa: E501
    "a module made by hand": ("n = sum(m.startswith('zz_') for m in sys.modules); sys.modules[f'zz_{n}'] = type(sys)('zz'); size += n", "import sys", "sys.modules: zz_0"),  # noqa: E501
    "a dunder of the module": ("global __n__; __n__ = globals().get('__n__', -1) + 1; size += __n__", "", "__n__"),
    "a dunder of a class": ("Trader.__n__ = getattr(Trader, '__n__', -1) + 1; size += Trader.__n__", "", "Trader.__n__"),  # noqa: E501
    "a docstring": ("draw.__doc__ += 'x'; size += len(draw.__doc__) - 2", "def draw():\n    'd'", "draw"),
    "annotations": ("Trader.__annotations__['a%d' % len(Trader.__annotations__)] = 1; size += len(Trader.__annotations__) - 1", "", "Trader.__annotations__"),  # noqa: E501
    "bases of a class": ("size += Box.n; Box.__bases__ = (Other,)", "class Base:\n    n = 0\nclass Other:\n    n = 5\nclass Box(Base):\n    pass", "Box"),  # noqa: E501
    "a wrapped function": ("f = draw.__wrapped__; f.n = getattr(f, 'n', -1) + 1; size += f.n", "from functools import wraps\ndef made():\n    def inner():\n        pass\n    @wraps(inner)\n    def draw():\n        pass\n    return draw\ndraw = made()", "draw"),  # noqa: E501
    "a buffer": ("SEEN[0] += 1; size += SEEN[0] - 1", "import ctypes\nSEEN = (ctypes.c_int * 3)()", "SEEN"),
    "builtins": ("import builtins; builtins.n = getattr(builtins, 'n', -1) + 1; size += builtins.n", "", "builtins: n"),
    "sys": ("import sys; sys.n = getattr(sys, 'n', -1) + 1; size += sys.n", "", "attributes of sys: n"),
    "the environment": ("import os; n = int(os.environ.get('MINE', 0)); os.environ['MINE'] = str(n + 1); size += n", "", "os.environ: MINE"),  # noqa: E501
}  # fmt: skip


ALIKE = {  # cases that another one stands for in the quick run
    "a default", "a function", "an object", "a counter", "a library's class",
    "a class under another name", "a submodule", "a nested one", "a list", "a context", "builtins",
    "a private function", "a dunder method", "sys", "a logger", "a logger of the module", "an object of a library",
    "a private container", "code of a function", "an attribute by its name", "a module made by hand",
    "a dunder of the module", "a dunder of a class", "a docstring", "annotations", "bases of a class",
    "a wrapped function", "a buffer",
}  # fmt: skip


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.slow) if case in ALIKE else case for case in STATEFUL]
)
def test_what_a_trial_leaves_behind_the_next_one_does_not_see_and_its_warning_names(user: Project, case: str):
    body, module, named = STATEFUL[case]
    user.write(body, module=module)
    alone = [profits(run(user, [size]))[-1] for size in (1, 2)]  # the first after an import
    user.write(body + "  # again", module=module)
    report = run(user, [1, 2])
    assert profits(report) == alone
    assert all(any(named in warning for warning in report.trial(n).warnings) for n in range(2)), report.trial(
        0
    ).warnings


def test_what_cannot_be_looked_into_is_imported_for_each_trial(user: Project):
    user.write("size += next(SEEN)", module="SEEN = (n for n in range(9))")
    alone = [profits(run(user, [size]))[-1] for size in (1, 2)]
    user.write("size += next(SEEN) + 0", module="SEEN = (n for n in range(9))")
    assert profits(run(user, [1, 2])) == alone


def test_a_cache_is_emptied_without_a_word(user: Project):
    user.write(
        "size = first(size)", module="from functools import cache\nHELD = {}\n@cache\ndef first(n):\n    return n"
    )
    report = run(user, [1, 2])
    assert report.trial(0).warnings == report.trial(1).warnings
    assert not any("kept state" in w for w in report.trial(0).warnings)


def test_settings_that_an_import_makes_hold_for_every_trial(user: Project):
    module = "import decimal\ndecimal.getcontext().prec = 3"
    body = "size = int(decimal.Decimal(12345) / 1000 * 1); decimal.getcontext().prec = 9"
    user.write(body, module=module)
    report = run(user, [1, 2, 3])
    assert len(set(profits(report))) == 1
    assert "decimal.getcontext()" in report.trial(0).warnings[-1]


@pytest.mark.parametrize("ending", ["whole", "raises"])
def test_after_a_sweep_the_process_has_its_own_modules_again(user: Project, ending: str):
    """The strategy and a helper in a package, which the user had imported, and a module that nobody had."""
    package, later = user.place / f"{user.name}_helpers", f"{user.name}_later"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "sizes.py").write_text("KEPT = []\ndef twice(n):\n    KEPT.append(n)\n    return n * 2")
    (user.place / f"{later}.py").write_text("def same(n):\n    return n")
    head = f"from {package.name} import sizes"
    user.write(f"import {later}; size = {later}.same(sizes.twice(size))", module=head)
    names = [user.name, package.name, f"{package.name}.sizes"]
    own = {name: importlib.import_module(name) for name in names}

    def fail(_: object) -> None:
        raise RuntimeError("the user's own")

    watch = {"watch": fail} if ending == "raises" else {}
    with pytest.raises(RuntimeError, match="the user's own") if watch else nullcontext():
        sweep.run(user.spec([1, 2]), runs_dir=user.place / "runs", executor="inline", tracking=False, **watch)
    assert [sys.modules.get(name) for name in names] == [own[name] for name in names]
    assert own[package.name].sizes is own[f"{package.name}.sizes"]
    assert own[f"{package.name}.sizes"].KEPT == []
    assert later not in sys.modules


def test_an_edited_source_is_never_run_under_the_old_key_nor_the_old_one_under_the_new(user: Project):
    sizes = [1, 2, 3]
    right = expected(user, sizes)
    user.write("size *= 2")
    doubled = profits(run(user, sizes))
    assert [v != r for v, r in zip(doubled, right, strict=True)] == [True] * 3
    user.write()
    assert profits(run(user, sizes)) == right


def test_an_edit_while_the_sweep_runs_reaches_no_trial(user: Project, monkeypatch):
    right = expected(user, [1, 2, 3, 4])
    planned = sweep.load(user.spec([1, 2, 3, 4], name="other"))
    user.write("size *= 2")
    report = sweep.run(planned, runs_dir=user.place / "runs", executor="inline", tracking=False)
    assert profits(report) == right
    snapshots = {file.stem: file.read_bytes() for file in report.folder.sources.iterdir()}
    assert b"size *= 2" not in snapshots[planned.sources[user.name]]


def test_an_edit_of_the_same_size_and_time_is_an_edit(user: Project):
    """Python itself would run the bytecode that it kept of the older one."""
    import os

    user.write("size *= 2")
    before = user.file.stat()
    doubled = profits(run(user, [1, 2]))
    user.write("size *= 3")
    os.utime(user.file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert user.file.stat().st_size == before.st_size
    assert profits(run(user, [1, 2])) != doubled


def test_replay_and_backtest_run_the_file_as_it_is(user: Project):
    user.write()
    report = run(user, [2])
    assert sweep.replay(report, 0).identical
    user.write("size *= 2")
    replayed = sweep.replay(report, 0)
    assert replayed.changed == (f"the source of {user.name} is not the same",)
    assert not replayed.identical
    alone = sweep.run_backtest(
        user.spec([2]), ["strategy.config.size=2"], runs_dir=user.place / "alone", tracking=False
    )
    assert alone.metrics["pnl_total"] == replayed.result.metrics["pnl_total"]


def test_a_failure_names_the_users_file_and_the_line_that_ran(user: Project):
    user.write("raise ValueError('mine')")
    planned = sweep.load(user.spec([1]))
    user.write("pass", head="# a line more\n# and one more")
    report = sweep.run(planned, runs_dir=user.place / "runs", executor="inline", tracking=False)
    trace = report.trial(0).trace
    assert f'File "{user.file}"' in trace
    assert "raise ValueError('mine')" in trace


def test_modules_that_only_a_trial_imports_are_said_and_imported_again(user: Project):
    (user.place / "aside_of_it.py").write_text("N = [0]\n")
    user.write("m = __import__('aside_of' + '_it'); m.N[0] += 1; size += m.N[0] - 1")
    report = run(user, [1, 2])
    assert len(set(profits(report))) == 2
    for n in range(2):
        assert any("its key does not cover" in w and "aside_of_it" in w for w in report.trial(n).warnings)
    assert "aside_of_it" not in sys.modules


QUICK = "code by a computed name at import"
BESIDE = "from pathlib import Path\nHERE = Path(__file__).parent"
UNKEYED = {
    "code by a computed name": ("size += importlib.import_module('aside' + '_n').N", "import importlib"),
    QUICK: ("size += N.N", "N = __import__('aside' + '_n')"),
    "text that is run": ("size += N", f"{BESIDE}\nexec((HERE / 'aside_n.py').read_text())"),
    "a file at import": ("size += N", f"{BESIDE}\nN = int((HERE / 'n.txt').read_text())"),
    "a file in a trial": ("size += int((HERE / 'n.txt').read_text())", BESIDE),
    "a file past Python's open": ("size += int(numpy.fromfile(HERE / 'n.txt', sep=' ')[0])", f"{BESIDE}\nimport numpy"),
    "a file through a loader": ("size += int(__loader__.get_data(str(HERE / 'n.txt')))", BESIDE),
    "a module without its source": ("size += aside_c.N", "import aside_c"),
    "the second one that a line reads": ("size += sum(pd.read_parquet(HERE / f'{n}.parquet').n[0] for n in 'an')", f"{BESIDE}\nimport pandas as pd"),  # noqa: E501
    "a file that the first argument does not name": ("size += int(pq.read_table([HERE / 'n.parquet'])['n'][0].as_py())", f"{BESIDE}\nimport pyarrow.parquet as pq"),  # noqa: E501
    "a variable as bytes": ("size += int(os.environb[b'MI' + b'NE'])", "import os"),
    "a variable by a computed name": ("size += int(os.environ['MI' + 'NE'])", "import os"),
}  # fmt: skip


@pytest.mark.parametrize("case", [QUICK, *(pytest.param(c, marks=pytest.mark.slow) for c in UNKEYED if c != QUICK)])
def test_a_result_counts_as_long_as_what_it_read_outside_of_its_key_is_the_same(user: Project, case: str, monkeypatch):
    body, module = UNKEYED[case]

    def aside(n: int) -> None:
        (user.place / "aside_n.py").write_text(f"N = {n}\n")
        (user.place / "n.txt").write_text(str(n))
        gone = str(user.place / "gone.py")
        py_compile.compile(str(user.place / "aside_n.py"), cfile=str(user.place / "aside_c.pyc"), dfile=gone)
        for name, value in (("a", 0), ("n", n)):
            pd.DataFrame({"n": [value]}).to_parquet(user.place / f"{name}.parquet")
        monkeypatch.setenv("MINE", str(n))

    aside(0)
    user.write(body, module=module)
    first = run(user, [1])
    assert profits(first) == pytest.approx([-0.33])
    assert run(user, [1]).trial(0).attempt == 1  # nothing changed
    aside(5)
    second = run(user, [1])
    assert second.id == first.id
    assert second.trial(0).attempt == 2
    assert profits(second) == pytest.approx([-0.33 * 6])
    assert any("its key does not cover" in w for w in second.trial(0).warnings)


def test_a_module_imported_by_its_literal_name_is_in_the_key(user: Project):
    keys = list[str]()
    for n in (0, 5):
        (user.place / "aside_n.py").write_text(f"N = {n}\n")
        user.write("size += N.N", module="import importlib\nN = importlib.import_module('aside_n')")
        report = run(user, [1])
        assert "aside_n" in report.facts.sources
        keys.append(report.trial(0).key)
        assert report.trial(0).metrics["pnl_total"] == pytest.approx(-0.33 * (n + 1))
    assert len(set(keys)) == 2


def test_inputs_that_change_while_the_sweep_runs_are_told_and_their_trials_run_again(user: Project):
    file, messages = user.place / "n.txt", list[str]()
    file.write_text("0")
    user.write("size += int(Path('n.txt').read_text())", module="from pathlib import Path")
    spec = user.spec([1, 2, 3])

    def edit(tally: Any) -> None:
        if tally.ended == 1:
            file.write_text("5")

    def again(**more: Any) -> Report:
        options = RunOptions(
            runs_dir=user.place / "runs", executor="inline", tracking=False, say=messages.append, **more
        )
        return run_sweep(sweep.load(spec), options).report

    mixed = again(watch=edit)
    assert any("n.txt changed while the sweep ran" in line for line in messages)
    assert any("n.txt changed between trials" in doubt for doubt in mixed.doubts())
    whole = again()
    assert any(line.strip().startswith("1 results are run again: n.txt") for line in messages)
    assert [whole.trial(n).attempt for n in range(3)] == [2, 1, 1]
    assert profits(whole) == pytest.approx([-0.33 * size for size in (6, 7, 8)])
    assert not any("changed between" in doubt for doubt in whole.doubts())


def test_packages_relative_imports_and_files_beside_a_module(user: Project, tmp_path: Path):
    package = tmp_path / f"{user.name}_p"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("from .deep.numbers import FACTOR\n")
    (package / "deep" / "numbers.py").write_text(
        "from pathlib import Path\nFACTOR = int((Path(__file__).parent / 'factor.txt').read_text())\n"
    )  # `deep` has no __init__.py
    (package / "deep" / "factor.txt").write_text("3")
    right = expected(user, [3, 6])
    user.write(f"from {package.name} import FACTOR; size *= FACTOR")
    assert profits(run(user, [1, 2])) == right


def test_a_limit_that_nobody_can_raise_again_is_named_and_its_worker_runs_no_other_trial():
    script = """
import os, resource
from sweep.executors.worker import crash_recorder
from sweep.executors.worker.isolation import isolated
with isolated() as traces:
    if os.getuid() == 0:
        os.setuid(65_534)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
    os.umask(0o077)
print(*traces.warnings, crash_recorder.worker.is_spoilt, sep="|")
"""
    command = [sys.executable, "-c", script]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    stuck = "changed settings of its process that cannot be set back (its worker runs no other trial; inline they stay)"
    settings = "changed settings of its process (they were set back): the umask"
    assert output == f"{settings}|{stuck}: resource limits: NOFILE|True\n"
