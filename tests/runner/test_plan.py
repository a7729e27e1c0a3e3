"""Inputs that determine the id of a sweep, and those that do not."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

import sweep
from sweep.catalog import fingerprint
from sweep.errors import InputError
from sweep.runner.plan import plan
from sweep.spec.reader import read
from tests.support import sweeps
from tests.support.commands import invoke
from tests.support.written_modules import line_of, write_module


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("catalog"), minutes=2)


def make(catalog: str, space: dict[str, Any] | None = None, **more: Any) -> Any:
    text = yaml.safe_dump(sweeps.spec(catalog, space or {"strategy.seed": [1, 2]}, **more), sort_keys=False)
    return plan(text)


def test_the_id_is_the_name_and_eight_digits(catalog: str):
    name, _, digits = make(catalog).id.rpartition("-")
    assert name == "small"
    assert len(digits) == 8
    assert int(digits, 16) >= 0


def test_extending_the_space_keeps_the_id_and_the_keys(catalog: str):
    strategy = sweeps.spec(catalog, {})["strategy"] | {"config": {"how": "well"}}
    wider = {"strategy.seed": [1, 2, 3], "strategy.how": ["well", "error"]}
    small, large = make(catalog, strategy=strategy), make(catalog, wider, strategy=strategy)
    assert small.id == large.id
    assert small.key({"strategy.seed": 1}) == large.key({"strategy.seed": 1, "strategy.how": "well"})


def test_what_changes_no_result_keeps_the_id(catalog: str):
    more = {"limits": {"trial_timeout": "9m"}, "tracking": {"tearsheets": "none"}, "objective": {"metric": "win_rate"}}
    assert make(catalog, **more).id == make(catalog).id


def test_where_the_data_lies_changes_nothing(catalog: str, tmp_path: Path):
    assert make(sweeps.catalog(tmp_path / "copy", minutes=2)).id == make(catalog).id


@pytest.mark.parametrize(
    "change",
    [
        {"period": {"start": "2026-05-04", "end": "2026-05-05"}},
        {"name": "other"},
        {"strategy": sweeps.TRADED},
    ],
)  # fmt: skip
def test_what_changes_a_result_changes_the_id(catalog: str, change: dict[str, Any]):
    space = {"strategy.orders": [[], [[1, 5]]]} if "strategy" in change else None
    assert make(catalog, space, **change).id != make(catalog).id


def test_other_data_changes_id_and_keys(catalog: str, tmp_path: Path):
    here, longer = make(catalog), make(sweeps.catalog(tmp_path / "more", minutes=3))
    assert here.id != longer.id
    assert here.key({"strategy.seed": 1}) != longer.key({"strategy.seed": 1})


def test_one_changed_line_of_the_strategy_changes_id_and_keys(catalog: str, tmp_path: Path, monkeypatch):
    module = tmp_path / "mine.py"
    source = Path("tests/support/worker_fault_strategy.py").read_text()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    strategy = {"path": "mine:WorkerFaultStrategy", "config_path": "mine:WorkerFaultStrategyConfig", "config": {}}
    ids = set()
    for text in (source, source + "\n# one line more\n"):
        module.write_text(text)
        variant = make(catalog, strategy=strategy)
        ids |= {variant.id, variant.key({"strategy.seed": 1})}
    assert len(ids) == 4


def test_the_written_spec_reads_back_to_the_same_plan(catalog: str, tmp_path: Path):
    first = make(catalog, {"strategy.seed": {"low": 1, "high": 9, "step": 4}}, limits={"trial_timeout": "1h"})
    path = tmp_path / "spec.yaml"
    path.write_text(first.yaml())
    again = sweep.load(path)
    assert again.id == first.id
    assert again.spec == first.spec
    assert list(again.spec.space.points()) == list(first.spec.space.points())
    assert read(path).problems == []


def test_single_values_are_checked_where_the_constraints_allow_them(catalog: str):
    strategy = {
        "path": "sweep.strategies.ema_bracket:EmaBracket",
        "config_path": "sweep.strategies.ema_bracket:EmaBracketConfig",
        "config": {"instrument_id": "SPY.ARCA", "trade_size": 1, "tp_pct": 1, "sl_pct": 1},
    }
    search = {"space": {"strategy.fast": [5, 10, 40], "strategy.slow": [20, 50]}}
    with pytest.raises(InputError, match="fast"):  # 40 and 20 do not go together
        make(catalog, strategy=strategy, search=search)
    make(catalog, strategy=strategy, search=search | {"constraints": ["fast < slow"]})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWEEP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.timeout(60)
def test_hundreds_of_unknown_names_are_told_soon(catalog: str):
    """Every value of every name, checked beside all other unknown names, takes minutes."""
    with pytest.raises(InputError) as refused:
        make(catalog, {f"strategy.unknown_{n}": [1, 2, 3] for n in range(300)})
    assert {p.where for p in refused.value.problems} == {f"search.space.strategy.unknown_{n}" for n in range(300)}


def test_the_same_catalog_at_a_url_is_the_same_sweep(catalog: str, cache: Path):
    messages: list[str] = []
    spec = sweeps.spec(Path(catalog).as_uri(), {"strategy.seed": [1, 2]})
    here, at_url = make(catalog), plan(yaml.safe_dump(spec), say=messages.append)
    assert at_url.id == here.id
    assert at_url.key({"strategy.seed": 1}) == here.key({"strategy.seed": 1})
    assert at_url.catalog == at_url.facts()["backtest"]["catalog"] == Path(catalog).as_uri()
    assert Path(at_url.base["catalog"]).is_relative_to(cache)
    assert yaml.safe_load(at_url.yaml())["catalog"] == Path(catalog).as_uri()
    assert any("stages 2 files" in line or "stages 3 files" in line for line in messages)
    assert [f.sha256 for f in at_url.supply().files] == [f.sha256 for f in here.supply().files]


def test_every_period_of_the_space_is_staged(catalog: str, cache: Path):
    ends = {"period.end": ["2026-05-05", "2026-05-06"]}
    staged = make(Path(catalog).as_uri(), ends, period={"start": "2026-05-04", "end": "2026-05-05"})
    keys = {staged.key({"period.end": end}) for end in ends["period.end"]}
    assert len(keys) == 2
    assert keys == {
        make(catalog, ends, period=dict(staged.spec.period)).key({"period.end": e}) for e in ends["period.end"]
    }


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("file:///nowhere/at/all", "file:///nowhere/at/all there is no such directory"),
        ("s3://key:secret@bucket/x", "must not hold a password"),
        ("ftp://host/x", "must start with one of s3://"),
    ],
)
def test_a_url_that_leads_nowhere_is_said_at_its_line_with_the_other_mistakes(cache: Path, url: str, rule: str):
    with pytest.raises(InputError) as refused:
        make(url, {"strategy.nothing": [1]})
    first, second = refused.value.problems
    assert (first.where, first.line) == ("catalog", 2)
    assert rule in first.rule
    assert "secret" not in str(first)
    assert second.where == "search.space.strategy.nothing"


@pytest.mark.parametrize("section", ["period", "data", "venues", "strategy", "search"])
def test_a_missing_section_is_one_mistake(catalog: str, section: str):
    content = sweeps.spec(catalog, {"strategy.seed": [1, 2]})
    del content[section]
    with pytest.raises(InputError) as caught:
        plan(yaml.safe_dump(content))
    assert [(p.where, p.rule) for p in caught.value.problems if p.where.startswith(section)] == [
        (section, "is missing")
    ]


def test_an_unknown_metric_is_told_all_that_there_are(catalog: str):
    with pytest.raises(InputError, match=r"known: .*expectancy, .*win_rate"):
        make(catalog, objective={"metric": "happiness", "direction": "maximize"})


def test_a_dimension_can_be_added_by_a_setting(catalog: str):
    text = yaml.safe_dump(sweeps.spec(catalog, {"strategy.seed": [1, 2]}))
    extended = plan(text, ["search.space.strategy.how=[trade, error]"])
    assert [d.name for d in extended.spec.space.dimensions] == ["strategy.seed", "strategy.how"]


SWITCHES = {"data_missing": {"allow": ["TradeTick SPY.ARCA"]}, "code": {"accept": ["mine.py:3"]}}


@pytest.mark.parametrize("section", SWITCHES)
def test_a_switch_is_part_of_the_key_only_where_it_is_written(catalog: str, section: str):
    plain, switched = make(catalog), make(catalog, **{section: SWITCHES[section]})
    assert not SWITCHES.keys() & plain.base.keys()
    assert not SWITCHES.keys() & yaml.safe_load(plain.yaml()).keys()
    params = {"strategy.seed": 1}
    assert plain.key(params) != switched.key(params)
    assert plan(switched.yaml()).id == switched.id


@pytest.mark.parametrize("place", ["mine.py", "mine.py:0", ":3", "mine.py:x", " :3"])
def test_a_line_that_is_accepted_needs_a_file_and_a_number(catalog: str, place: str):
    with pytest.raises(InputError) as caught:
        make(catalog, code={"accept": [place]})
    (problem,) = caught.value.problems
    assert (problem.where, problem.rule) == ("code.accept.0", "must be a file and a line, such as strategy.py:12")


def test_mistakes_in_code_are_shown_by_file_and_line_for_each_strategy_of_the_space(
    catalog: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    module = write_module(
        tmp_path, monkeypatch, "class A(Strategy):\n    def on_tick(self, t): pass\nclass B(A):\n    state = {}\n"
    )
    strategy = {"path": f"{module.__name__}:A", "config_path": "nautilus_trader.trading:StrategyConfig"}
    with pytest.raises(InputError) as caught:
        make(catalog, {"strategy.path": [f"{module.__name__}:A", f"{module.__name__}:B"]}, strategy=strategy)
    lines = [line_of(module, text) for text in ("def on_tick", "state = {}")]
    assert [str(p).partition(": ")[0] for p in caught.value.problems] == [f"{module.__file__}:{n}" for n in lines]


@pytest.mark.parametrize("kind", ["quotes", "equity"])
def test_a_file_that_vanishes_at_any_moment_of_the_planning(kind: str, catalog: str, tmp_path: Path, monkeypatch):
    """Every look at the file is once the first one that does not find it: a plan, or a sentence with its path."""
    stat, opened, refused = Path.stat, Path.open, 0
    for moment in range(1, 40):
        copy = shutil.copytree(catalog, tmp_path / str(moment))
        (victim,) = (copy / "data" / kind).rglob("*.parquet")
        looks = 0

        def look(path: Path, then: Any, victim: Path = victim, moment: int = moment) -> Any:
            nonlocal looks
            looks += path == victim
            if path == victim and looks == moment:
                victim.unlink()
            return then

        with monkeypatch.context() as patched:
            patched.setattr(Path, "stat", lambda path, **more: look(path, stat)(path, **more))
            patched.setattr(Path, "open", lambda path, *a, **more: look(path, opened)(path, *a, **more))
            try:
                make(str(copy))
                message = ""
            except InputError as error:
                message = str(error)
        refused += bool(message)
        assert not message or str(victim) in message or "defin" in message or "data" in message, message
        if looks < moment:
            break
    assert refused >= 2
    assert moment < 39


def test_a_file_that_vanishes_is_a_sentence_on_the_screen(catalog: str, tmp_path: Path, monkeypatch):
    spec = tmp_path / "spec.yaml"
    copy = shutil.copytree(catalog, tmp_path / "copy")
    spec.write_text(yaml.safe_dump(sweeps.spec(str(copy), {"strategy.seed": [1]})))
    (victim,) = (copy / "data" / "quotes").rglob("*.parquet")

    def hash_of(path: Path) -> str:
        victim.unlink(missing_ok=True)
        return str(len(path.read_bytes()))

    monkeypatch.setattr(fingerprint, "content_hash", hash_of)
    errors = invoke("run", spec, "--dry-run", code=2).stderr
    assert f"catalog: {victim} cannot be read: No such file or directory" in " ".join(errors.split())
