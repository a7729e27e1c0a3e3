"""The index answers as the ledgers do, whatever happened to them."""

import ast
import operator
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.collection import annotations
from sweep.collection.index import query
from sweep.collection.index.index_file import ask_index
from sweep.collection.index.query import Question
from sweep.errors import InputError, LedgerError
from sweep.ledger.run_directory import Folder
from sweep.spec.metric_table import METRIC_TABLE
from tests.support import ledgers
from tests.support.effort import repeats

PARAMS = st.fixed_dictionaries(
    {"strategy.fast": st.integers(-3, 3) | st.sampled_from([0.5, "slow", True])},
    optional={"strategy.mode": st.sampled_from(["a", "b'", "ä"]), "venues.0.x": st.integers(0, 2)},
)
METRICS = st.none() | st.fixed_dictionaries(
    {"pnl_total": st.integers(-3, 3).map(lambda n: n / 2), "trades": st.integers(0, 3)},
    optional={"sharpe_ratio": st.none() | st.integers(-2, 2).map(float), "own": st.integers(-1, 1) | st.just(0.5)},
)
TRIALS = st.lists(st.tuples(PARAMS, METRICS), min_size=1, max_size=5)
NUMBERS = st.sampled_from(["pnl_total", "trades", "sharpe_ratio", "own", "days", "param.x"])
TERMS = NUMBERS | st.integers(-3, 3).map(str) | st.tuples(
    NUMBERS, st.sampled_from("+-*/"), NUMBERS | st.sampled_from(["2", "0"])
).map(lambda parts: f"({' '.join(parts)})")  # fmt: skip
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
FAST = st.sampled_from(["1", "0.5", "'slow'", "True"])
ATOMS = (
    st.tuples(TERMS, SIGNS, TERMS).map(" ".join)
    | st.tuples(TERMS, SIGNS, TERMS, SIGNS, TERMS).map(" ".join)
    | st.tuples(st.just("fast"), st.sampled_from(["==", "!="]), FAST).map(" ".join)
    | st.sampled_from(
        ["mode == 'a'", "mode in ('a', 'x')", "mode not in ['a']", "'b' in mode", "tag.team == 'x'", "tag.team is None",
         "sharpe_ratio is not None", "state == 'FAILED'", "own in (1, 0.5)", "-own > 0", "abs(own) == 1",
         "min(own, trades) < 0", "max(own, pnl_total) > 0"]
    )
)  # fmt: skip
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({' '.join(p)})")
        | inner.map(lambda text: f"not ({text})")
    ),
    max_leaves=4,
)
SWEEPS = st.integers(0, 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), SWEEPS, TRIALS),
        st.tuples(st.just("remove"), SWEEPS, st.none()),
        st.tuples(st.just("rename"), SWEEPS, st.none()),
        st.tuples(st.just("tag"), SWEEPS, st.sampled_from(["x", "y"])),
        st.tuples(st.just("damage"), SWEEPS, st.integers(0, 10**6)),
    ),
    min_size=1,
    max_size=4,
)


def take(runs: Path, step: tuple[str, int, Any]) -> None:
    """Do to a sweep what happens to sweeps; one that is not there is left."""
    action, digits, value = step
    folder = ledgers.folder(runs, digits=digits)
    if action == "write":
        try:
            ledgers.write(folder, value)
        except LedgerError:  # damaged before
            shutil.rmtree(folder.path)
    elif not folder.ledger.exists():
        return
    elif action == "remove":
        shutil.rmtree(folder.path)
    elif action == "rename":
        target = ledgers.folder(runs, "other", digits).path
        shutil.rmtree(target, ignore_errors=True)
        folder.path.rename(target)
    elif action == "damage":
        content = bytearray(folder.ledger.read_bytes())
        content[value % len(content)] ^= 0x55
        folder.ledger.write_bytes(content)
    else:
        with suppress(LedgerError):
            annotations.tag(folder, [f"team={value}"])


def recorded(runs: Path) -> tuple[pd.DataFrame, set[str]]:
    """All trials of all ledgers that can be read, as plain values; and the sweeps that cannot."""
    rows: list[dict[str, Any]] = []
    unreadable: set[str] = set()
    for folder in Folder.all(runs):
        try:
            with folder.open() as ledger:
                tags = ledger.facts.tags
                for row in ledger.rows():
                    days = len(ledger.series(row.number)[0]) or None
                    values = {**row.metrics, "days": days, "state": str(row.state or "RUNNING")}
                    params = {f"param.{name.rpartition('.')[2]}": value for name, value in row.params.items()}
                    values |= params | {"fast": params.get("param.fast"), "mode": params.get("param.mode")}
                    values |= {"tag.team": tags.get("team")}
                    rows.append({"sweep": folder.id, "trial": row.number, "values": values})
        except (LedgerError, KeyError):
            unreadable.add(folder.id)
    return pd.DataFrame(rows, columns=["sweep", "trial", "values"]), unreadable


OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Add: operator.add,
    ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
FUNCTIONS = {"abs": abs, "min": min, "max": max}


def same(a: Any, b: Any) -> bool:
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def value(node: ast.expr, row: Mapping[str, Any]) -> Any:
    """The value of an expression, None where it has none: a second, slow implementation."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name() | ast.Attribute():
            return row.get(ast.unparse(node))
        case ast.BoolOp():
            parts = [value(part, row) for part in node.values]  # noqa: PD011
            decides = isinstance(node.op, ast.Or)
            return decides if decides in parts else None if None in parts else not decides
        case ast.UnaryOp():
            inner = value(node.operand, row)
            return None if inner is None else not inner if isinstance(node.op, ast.Not) else -inner
        case ast.BinOp():
            a, b = value(node.left, row), value(node.right, row)
            if a is None or b is None or (isinstance(node.op, ast.Div) and b == 0):
                return None
            return OPERATORS[type(node.op)](a, b)
        case ast.Call(func=ast.Name(id=name)):
            parts = [value(part, row) for part in node.args]
            return None if None in parts else FUNCTIONS[name](*parts)
        case ast.Compare():
            sides = [node.left, *node.comparators]
            results = [compared(a, op, b, row) for a, op, b in zip(sides, node.ops, node.comparators, strict=False)]
            return False if False in results else None if None in results else True
    raise AssertionError(ast.dump(node))


def compared(left: ast.expr, op: ast.cmpop, right: ast.expr, row: Mapping[str, Any]) -> bool | None:
    a = value(left, row)
    if isinstance(op, ast.Is | ast.IsNot):
        return (a is None) == isinstance(op, ast.Is)
    if isinstance(right, ast.Tuple | ast.List):
        if a is None:
            return None
        return any(same(a, value(each, row)) for each in right.elts) == isinstance(op, ast.In)
    b = value(right, row)
    if a is None or b is None:
        return None
    if isinstance(op, ast.Eq | ast.NotEq):
        return same(a, b) == isinstance(op, ast.Eq)
    return a in b if isinstance(op, ast.In) else OPERATORS[type(op)](a, b)


@settings(max_examples=repeats(200, quick=4))
@given(steps=STEPS, expressions=st.lists(EXPRESSIONS, min_size=10, max_size=10))
def test_an_answer_is_that_of_all_ledgers(tmp_path_factory: pytest.TempPathFactory, steps, expressions):
    runs = tmp_path_factory.mktemp("runs")
    first = [
        ({"strategy.fast": fast, "strategy.mode": "a", "venues.0.x": 1}, {"pnl_total": 0.5, "trades": 1, "own": 0.5})
        for fast in (1, 0.5, "slow", True)
    ]
    ledgers.write(ledgers.folder(runs, "fixed"), [*first, ({"strategy.fast": 2}, {"pnl_total": -1.0, "trades": 2})])
    for digits in range(3):
        ledgers.write(ledgers.folder(runs, digits=digits), first[digits : digits + 1], tags={"team": "x"})
    for step in steps:
        take(runs, step)
        frame, unreadable = recorded(runs)
        questions = [Question(expression=f"state is not None and ({expression})") for expression in expressions]
        answers = ask_index(runs, lambda index, batch=questions: [query.answer(index, each) for each in batch])
        for expression, answer in zip(expressions, answers, strict=True):
            assert matching(answer) == matching_rows(frame, expression), expression
            assert set(answer.unreadable) == unreadable


def test_a_question_that_names_figures_reads_no_others(tmp_path):
    metrics = {"pnl_total": 1.0, "trades": 2, "win_rate": 0.5, "own": 3.0}
    ledgers.write(ledgers.folder(tmp_path, "a"), [({"strategy.fast": 1}, metrics)])
    ledgers.write(ledgers.folder(tmp_path, "b"), [({"strategy.slow": 7}, {"pnl_total": -1.0})])
    question = Question(expression="metric.own > 0", sort="metric.win_rate", figures=("trades",))
    (trial,) = query.find(tmp_path, question).trials
    assert trial.metrics == {"own": 3.0, "trades": 2, "win_rate": 0.5}
    assert trial.params == {"strategy.fast": 1}
    (trial,) = query.find(tmp_path, replace(question, figures=None)).trials
    assert trial.metrics == metrics


def matching(answer: query.Answer) -> set[tuple[str, int]]:
    assert answer.total == len(answer.trials)
    return {(t.sweep, t.record["trial"]) for t in answer.trials}


def matching_rows(frame: pd.DataFrame, expression: str) -> set[tuple[str, int]]:
    parsed = ast.parse(expression, mode="eval").body
    matches = frame[[value(parsed, row) is True for row in frame["values"]]]
    return set(zip(matches["sweep"], matches["trial"], strict=True))


SPREAD = [
    (
        {"strategy.fast": 10, "strategy.slow": 50},
        {"pnl_total": 0.1 + 0.2, "trades": 3, "max_drawdown": 0.2, "cost": 2.0},
    ),
    ({"strategy.fast": 20, "strategy.slow": 50}, {"pnl_total": -1.0, "trades": 9, "max_drawdown": 0.1, "cost": 1.0}),
    ({"strategy.fast": 30, "strategy.slow": 50}, None),
    ({"strategy.fast": 40, "strategy.slow": 2**60 + 1}, {"pnl_total": 5.0, "trades": 2**53 + 1, "max_drawdown": 0.3}),
]


STATES = ("COMPLETE", "FAILED")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs")
    ledgers.write(ledgers.folder(place, "spread"), SPREAD, tags={"team": "rates"})
    other = ledgers.BACKTEST | {
        "catalog": "data/other",
        "strategy": {"path": "strategies.other:Other"},
        "data": [{"type": "Bar", "bar_types": ["QQQ.XNAS-1-MINUTE-LAST-EXTERNAL"]}],
    }
    ledgers.write(
        ledgers.folder(place, "other"), [({"strategy.fast": 7}, {"cost": 3.0})], backtest=other, data="beef",
        created="2026-06-01T01:00:00+02:00", objective={"metric": "cost", "direction": "minimize"},
        engine="nautilus_trader 2.0.0rc6",
    )  # fmt: skip
    return place


def numbers(runs: Path, **question: Any) -> list[tuple[str, int]]:
    return [(t.sweep.partition("-")[0], t.record["trial"]) for t in query.find(runs, Question(**question)).trials]


def test_figures_are_those_of_the_ledger_to_the_last_bit(runs: Path):
    (first, last) = query.find(runs, Question(expression="pnl_total > 0", sort="trial")).trials
    assert first.metrics == {"pnl_total": 0.30000000000000004, "trades": 3, "max_drawdown": 0.2, "cost": 2.0}
    assert last.params == {"strategy.fast": 40, "strategy.slow": 2**60 + 1}
    assert last.metrics["trades"] == 2**53 + 1
    assert type(last.metrics["trades"]) is int
    assert numbers(runs, expression=f"trades == {2**53 + 1}") == [("spread", 3)]
    assert numbers(runs, expression=f"trades == {2**53}") == []


def test_undefined_figures_are_null_in_json_as_in_the_ledger(runs: Path):
    whole, failed = (query.find(runs, Question(expression=f"state == '{s}'")).trials[0].plain() for s in STATES)
    assert (whole["metrics"]["sqn"], whole["metrics"]["cost"]) == (None, 3.0)
    assert set(METRIC_TABLE) < set(whole["metrics"])
    assert failed["metrics"] == {}


def test_the_order_is_that_of_the_metric(runs: Path):
    scope = {"expression": "pnl_total is not None"}
    assert [n for _, n in numbers(runs, **scope)] == [3, 0, 1]  # by the metric of the expression, more is better
    assert [n for _, n in numbers(runs, **scope, sort="max_drawdown")] == [1, 0, 3]  # less is better
    assert [n for _, n in numbers(runs, **scope, sort="max_drawdown", reverse=True)] == [3, 0, 1]
    assert [n for _, n in numbers(runs, **scope, sort="fast")] == [0, 1, 3]
    assert numbers(runs, sort="cost")[0] == ("spread", 1)  # an objective that is minimized
    assert numbers(runs)[0] == ("other", 0)  # the newest sweep
    assert numbers(runs, sort="cost", limit=2) == numbers(runs, sort="cost")[:2]
    assert query.find(runs, Question(sort="cost", limit=2)).total == 4


def test_the_scope_is_of_sweeps(runs: Path):
    assert numbers(runs, strategy="Other") == numbers(runs, strategy="strategies.other:Other") == [("other", 0)]
    assert numbers(runs, data="QQQ") == numbers(runs, data="beef") == [("other", 0)]
    assert numbers(runs, data="data/demo", sort="trial") == [("spread", 0), ("spread", 1), ("spread", 3)]
    assert numbers(runs, since="2026-05-31T22:00") == [("other", 0)]  # written as +02:00
    assert numbers(runs, since="2026-05-31T23:00:01") == []
    assert len(numbers(runs, until="2026-05-31")) == 3
    assert numbers(runs, since="1d") == []
    assert numbers(runs, expression="tag.team == 'rates' and 'Cross' in strategy and trades > 5", sort="trial") == [
        ("spread", 1), ("spread", 3)
    ]  # fmt: skip


def test_failed_trials_are_shown_where_a_question_is_about_states(runs: Path):
    assert numbers(runs, expression="param.fast >= 30") == [("spread", 3)]
    assert numbers(runs, expression="param.fast >= 30 and state == 'FAILED'") == [("spread", 2)]


def test_several_engines_are_said_unless_they_agree(runs: Path, tmp_path: Path):
    answer = query.find(runs, Question())
    assert answer.apart
    assert list(answer.engines) == ["nautilus_trader 2.0.0rc6", "nautilus_trader 2.0.0rc7"]
    assert not query.find(runs, Question(strategy="Other")).apart


def test_all_mistakes_are_reported_at_once(runs: Path):
    with pytest.raises(InputError) as raised:
        query.find(runs, Question(expression="shape_ratio > 1 and trades == 'x' and fas < 3", sort="pnl", since="soon"))
    places = [(p.where, p.value) for p in raised.value.problems]
    assert places == [
        ("EXPRESSION", "shape_ratio"), ("EXPRESSION", "trades == 'x'"), ("EXPRESSION", "fas"), ("--since", "soon"),
        ("--sort", "pnl"),
    ]  # fmt: skip
    assert "'sharpe_ratio'" in raised.value.problems[0].remedy
    assert "'fast'" in raised.value.problems[2].remedy


def test_values_that_no_column_of_numbers_takes_are_kept(tmp_path: Path):
    odd = {"strategy.a": 2**70, "strategy.b": float("inf"), "strategy.c": "\ud800", "strategy.d": [1, None]}
    ledgers.write(ledgers.folder(tmp_path, "odd"), [(odd, {"pnl_total": 1.0})])
    (trial,) = query.find(tmp_path, Question(expression="pnl_total > 0")).trials
    assert trial.params == odd | {"strategy.c": "�"}


def test_a_doubtful_sweep_is_not_shown_without_its_doubt(tmp_path: Path):
    place = ledgers.write(ledgers.folder(tmp_path, "changed"), SPREAD, data_changed="2026-05-05T00:00:00+00:00")
    answer = query.find(tmp_path, Question(expression="trades > 0"))
    assert "the data was found changed" in answer.doubts[place.id][0]
    for content in (b"no ledger at all", b""):
        place.ledger.write_bytes(content)
        answer = query.find(tmp_path, Question(expression="trades > 0"))
        assert not answer.trials
        assert place.id in answer.unreadable
