"""Expressions become SQL with parameters, or mistakes with a remedy."""

from pathlib import Path

import duckdb
import pytest

from sweep.collection.index.expression import Expression
from sweep.collection.index.names import Names
from sweep.collection.index.schema import Columns, create
from sweep.errors import InputError


@pytest.fixture(scope="module")
def names():
    with duckdb.connect() as db:
        create(db)
        columns = Columns()
        for source, name, value in (
            ("metric", "pnl_total", 1.0), ("metric", "strategies.my fast.fees", 1.0),
            ("param", "strategy.config.fast", 1),
            ("param", "strategy.fast", 1), ("param", "actors.a.config.fast", 1), ("param", "strategy.on", True),
        ):  # fmt: skip
            columns.of_value(source, name, value)
        columns.write(db)
        yield Names(db)


def problems(text: str, names: Names) -> list[tuple[object, str]]:
    with pytest.raises(InputError) as raised:
        Expression(text, names)
    return [(p.value, p.rule) for p in raised.value.problems]


def test_texts_are_parameters(names):
    expression = Expression("name == \"x' OR true --\" and tag['y'] != 'z'", names)
    assert "OR true" not in expression.sql
    assert set(expression.parameters.values()) == {"x' OR true --", "y", "z"}
    assert "true --" not in Expression("metric['strategies.my fast.fees'] > 1", names).sql


def test_a_short_name_is_of_every_parameter_that_ends_with_it(names):
    shorts = Expression("param.fast == 1", names).sql
    assert all(f"t.c{n}" in shorts for n in (2, 3, 4))
    whole = Expression("param.strategy.fast == 1", names).sql
    assert all(f"t.c{n}" in whole for n in (2, 3))  # the same parameter, written short and whole
    assert "t.c4" not in whole


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("trades >", "trades >", "is no expression"),
        ("trades", "trades", "is no condition"),
        ("trades + 'x' > 1", "'x'", "is no number"),
        ("state == 'finished'", "'finished'", "is no state of a trial"),
        ("state in ('COMPLETE', 'done')", "'done'", "is no state of a trial"),
        ("trades == name", "trades == name", "compares a number with a text"),
        ("trades < None", "trades < None", "compares with None"),
        ("trades is 3", "trades is 3", "is no comparison"),
        ("trades in 3", "trades in 3", "looks for something that is no text"),
        ("eval('1') > 1", "eval('1')", "is no function"),
        ("min(1) > 1", "min(1)", "takes 2 to 8 arguments"),
        ("round(trades, 99) > 1", "99", "is no number of digits"),
        ("[x for x in y]", "[x for x in y]", "is not part of such an expression"),
        ("trades if 1 else 2", "trades if 1 else 2", "is not part of such an expression"),
        ("name[0] == 'a'", "name[0]", "is no name"),
        ("1e999 > trades", "1e309", "is no number, text, True or False"),
        ("param.on > True", "param.on > True", "compares true or false with true or false"),
        ("metric.fast > 1", "metric.fast", "is no metric, parameter"),
        ("param.pnl_total > 1", "param.pnl_total", "is no metric, parameter"),
    ],
)
def test_a_mistake_is_said(text, value, rule, names):
    assert any(str(was).startswith(value) and rule in says for was, says in problems(text, names)), problems(
        text, names
    )


def test_all_mistakes_of_an_expression_are_reported(names):
    assert len(problems("pnl_tota > 1 and trads < 2 and state == 'x' and 3", names)) == 4


@pytest.mark.parametrize("text", ["1" * 3_000 + " > trades", "-" * 150 + "trades > 1", "f'{x}' == name"])
def test_what_costs_too_much_is_refused(text, names):
    assert problems(text, names)[0][1].startswith("is no expression")


def test_a_chain_of_modulo_is_bounded(names):
    assert "is too long when it is computed" in {
        rule for _, rule in problems(" % ".join(["trades"] * 40) + " > 1", names)
    }


def test_a_number_that_is_not_finite_is_no_value(names, tmp_path: Path):
    with duckdb.connect() as db:
        for text, holds in (
            ("1 / 0 > 1", None), ("(0 - 8) ** 0.5 > 1", None), ("10 ** 400 > 1", None), ("7 % 3 == 1", True),
            ("-7 // 2 == -4", True), ("round(2.5) == 2", True), ("not (1 / 0 > 1)", None),
        ):  # fmt: skip
            expression = Expression(text, names)
            assert db.execute(f"SELECT {expression.sql}", expression.parameters).fetchall() == [(holds,)], text
