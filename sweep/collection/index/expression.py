"""Expressions over trials, from Python's syntax to SQL. Values go to the database as parameters, never as text.

A comparison with a value that a trial does not have holds for no trial, and neither does its negation; `x is None`
asks for that. A result that is no finite number (1 / 0) is no value.
"""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from sweep.collection.index.names import OF_TRIALS, Names, Value, ValueKind
from sweep.errors import InputError, Problem, did_you_mean
from sweep.spec.constraints.syntax import tree
from sweep.trial import State

COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "=", ast.NotEq: "<>", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="
}  # fmt: skip
ARITHMETIC: Mapping[type[ast.operator], str] = {
    ast.Add: "({a} + {b})", ast.Sub: "({a} - {b})", ast.Mult: "({a} * {b})", ast.Div: "({a} / nullif({b}, 0))",
    ast.FloorDiv: "floor({a} / nullif({b}, 0))", ast.Mod: "({a} - {b} * floor({a} / nullif({b}, 0)))",
    ast.Pow: "pow({a}, {b})",
}  # fmt: skip
FUNCTIONS: Mapping[str, tuple[int, int, str]] = {  # fewest and most arguments, SQL
    "abs": (1, 1, "abs({0})"), "int": (1, 1, "trunc({0})"), "float": (1, 1, "({0})"),
    "min": (2, 8, "least"), "max": (2, 8, "greatest"), "round": (1, 2, "round_even"),
}  # fmt: skip
STATES = (*State, "RUNNING")
LONGEST = 20_000  # characters of SQL of a number
SMALLEST, LARGEST = -(2**63), 2**63 - 1
NOUNS: Mapping[ValueKind, str] = {"number": "a number", "text": "a text", "truth": "true or false"}
AS_RECORDED = ("t.", "s.", "$", "NULL", "coalesce(t.")  # begin SQL of values that are finite
ANYTHING = Value({})  # stands for a value with a mistake, which has been noted


class Expression:
    """An expression as a condition in SQL, with its parameters and the names that it has."""

    def __init__(self, text: str, names: Names, where: str = "EXPRESSION") -> None:
        """Raises InputError with all mistakes."""
        self.parameters: dict[str, object] = {}
        self.names: list[str] = []
        self.sql = "true"
        self._names, self._where, self._problems = names, where, list[Problem]()
        if text.strip():
            self.sql = self._condition(self._tree(text))
        if self._problems:
            raise InputError(self._problems)

    def _tree(self, text: str) -> ast.expr:
        try:
            return tree(text).body
        except ValueError as error:
            example = "'sharpe_ratio > 1 and trades >= 30'"
            raise InputError(
                Problem(self._where, f"is no expression: {error}", text, f"for example {example}")
            ) from None

    def _mistake(self, node: ast.AST, rule: str, remedy: str = "") -> Value:
        self._problems.append(Problem(self._where, rule, ast.unparse(node), remedy))
        return ANYTHING

    def _condition(self, node: ast.expr) -> str:
        value = self._value(node)
        if value is not ANYTHING and set(value.sql) != {"truth"}:
            self._mistake(node, "is no condition", f"compare it: {ast.unparse(node)} > 0")
        return value.sql.get("truth", "true")

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return self._name(node)
            case ast.BoolOp():
                word = " AND " if isinstance(node.op, ast.And) else " OR "
                return _truth(word.join([self._condition(part) for part in node.values]))
            case ast.UnaryOp(op=ast.Not()):
                return _truth(f"NOT {self._condition(node.operand)}")
            case ast.UnaryOp(op=ast.USub()) | ast.BinOp():
                return self._arithmetic(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.Call():
                return self._call(node)
            case _:
                return self._mistake(node, "is not part of such an expression", "see docs/guides/find.md")

    def _arithmetic(self, node: ast.UnaryOp | ast.BinOp) -> Value:
        if isinstance(node, ast.UnaryOp):
            return Value({"number": f"(- {self._number(node.operand)})"})
        if type(node.op) not in ARITHMETIC:
            return self._mistake(node, "is not part of such an expression", "+ - * / // % **")
        a, b = self._number(node.left), self._number(node.right)
        return Value({"number": ARITHMETIC[type(node.op)].format(a=a, b=b)})

    def _constant(self, node: ast.Constant) -> Value:
        value: Any = node.value
        if isinstance(value, bool):
            return Value({"truth": "true" if value else "false"})
        if isinstance(value, str):
            return Value({"text": self._parameter(value)})
        if isinstance(value, int) and SMALLEST <= value <= LARGEST:
            return Value({"number": self._parameter(value)})
        if isinstance(value, int | float) and abs(value) < 1e308:
            return Value({"number": self._parameter(float(value))})
        return self._mistake(node, "is no number, text, True or False")

    def _parameter(self, value: object) -> str:
        name = f"v{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def _name(self, node: ast.expr) -> Value:
        name = written_name(node)
        if name is None:
            return self._mistake(node, "is no name", "write metric, param or tag, and ['NAME'] for other characters")
        self.names.append(name)
        constant = self._parameter(name.removeprefix("tag.")) if name.startswith("tag.") else ""
        value = self._names.value(name, constant)
        if isinstance(value, Problem):
            self._problems.append(Problem(self._where, value.rule, name, value.remedy))
            return ANYTHING
        return value

    def _number(self, node: ast.expr) -> str:
        """A part of arithmetic, as a decimal."""
        value = self._value(node)
        if value is not ANYTHING and "number" not in value.sql:
            self._mistake(node, "is no number")
        if len(value.sql.get("number", "")) > LONGEST:  # % has each side twice
            self._problems.append(Problem(self._where, "is too long when it is computed", remedy="shorten it"))
            return "NULL::DOUBLE"
        return f"{value.sql.get('number', 'NULL')}::DOUBLE"

    def _call(self, node: ast.Call) -> Value:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in FUNCTIONS or node.keywords:
            return self._mistake(node, "is no function of such an expression", did_you_mean(name, FUNCTIONS))
        fewest, most, sql = FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            return self._mistake(node, f"takes {fewest} to {most} arguments")
        if name == "round":
            return self._rounded(node)
        parts = [self._number(part) for part in node.args]
        if name in {"min", "max"}:  # which in SQL leave out what is missing
            missing = " OR ".join(f"{part} IS NULL" for part in parts)
            return Value({"number": f"(CASE WHEN NOT ({missing}) THEN {sql}({', '.join(parts)}) END)"})
        return Value({"number": sql.format(*parts)})

    def _rounded(self, node: ast.Call) -> Value:
        digits = node.args[1] if node.args[1:] else ast.Constant(0)
        if not isinstance(digits, ast.Constant) or digits.value not in range(16):
            return self._mistake(digits, "is no number of digits", "0 to 15")
        return Value({"number": f"round_even({self._number(node.args[0])}, {digits.value})"})

    def _comparison(self, node: ast.Compare) -> Value:
        parts: list[str] = []
        for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            parts.append(self._compared(node, left, operator, right))
        return _truth(" AND ".join(parts))

    def _compared(self, node: ast.Compare, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> str:
        if isinstance(operator, ast.In | ast.NotIn):
            inside = self._contained(node, left, right)
            return f"NOT {inside}" if isinstance(operator, ast.NotIn) else inside
        is_none = [isinstance(side, ast.Constant) and side.value is None for side in (left, right)]
        if any(is_none):
            if all(is_none) or not isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
                self._mistake(node, "compares with None", "x is None, x is not None")
                return "true"
            missing = _missing(self._value(right if is_none[0] else left))
            return missing if isinstance(operator, ast.Is | ast.Eq) else f"NOT {missing}"
        if type(operator) not in COMPARISONS:
            self._mistake(node, "is no comparison", "== != < <= > >= in, not in, is None, is not None")
            return "true"
        a, b = self._value(left), self._value(right)
        self._check_state(left, right)
        return self._sql_of(node, a, COMPARISONS[type(operator)], b)

    def _sql_of(self, node: ast.AST, a: Value, sign: str, b: Value) -> str:
        """A comparison of two values, which is true or false where both have one, whatever their kinds."""
        if ANYTHING in (a, b):
            return "true"
        common: list[ValueKind] = [kind for kind in a.sql if kind in b.sql]
        if not common or (sign not in {"=", "<>"} and common == ["truth"]):
            nouns = [" or ".join(NOUNS[kind] for kind in value.sql) for value in (a, b)]
            self._mistake(node, f"compares {nouns[0]} with {nouns[1]}")
            return "true"
        parts = [_same_kind(kind, a.sql[kind], sign, b.sql[kind]) for kind in common]
        if len(parts) == len(a.sql) == len(b.sql) == 1:
            return parts[0]
        otherwise = {"=": "false", "<>": "true"}.get(sign, "NULL")
        return f"(CASE WHEN NOT {_missing(a)} AND NOT {_missing(b)} THEN coalesce({', '.join(parts)}, {otherwise}) END)"

    def _contained(self, node: ast.Compare, left: ast.expr, right: ast.expr) -> str:
        """`x in (1, 2)`, and `"SPY" in data`."""
        a = self._value(left)
        if isinstance(right, ast.Tuple | ast.List | ast.Set):
            for each in right.elts:
                self._check_state(left, each)
            parts = [self._sql_of(node, a, "=", self._value(each)) for each in right.elts]
            return f"({' OR '.join(parts)})" if parts else "false"
        b = self._value(right)
        if ANYTHING not in (a, b) and not ("text" in a.sql and "text" in b.sql):
            self._mistake(node, "looks for something that is no text", "x in (1, 2), or 'SPY' in data")
        return f"contains({b.sql.get('text', 'NULL')}, {a.sql.get('text', 'NULL')})"

    def _check_state(self, left: ast.expr, right: ast.expr) -> None:
        """Refuse a state that no trial has."""
        for name, value in ((left, right), (right, left)):
            is_state = isinstance(name, ast.Name) and name.id == "state"
            if is_state and isinstance(value, ast.Constant) and value.value not in STATES:
                self._mistake(value, "is no state of a trial", f"{', '.join(STATES)}; a sweep has sweep.state")


def _truth(sql: str) -> Value:
    return Value({"truth": f"({sql})"})


def _missing(value: Value) -> str:
    return "(" + (" AND ".join(f"{sql} IS NULL" for sql in value.sql.values()) or "true") + ")"


def _same_kind(kind: ValueKind, a: str, sign: str, b: str) -> str:
    compared = f"{a} {sign} {b}"
    computed = [side for side in (a, b) if kind == "number" and not side.startswith(AS_RECORDED)]
    finite = " AND ".join(f"isfinite({side})" for side in computed)
    return f"(CASE WHEN {finite} THEN {compared} END)" if computed else f"({compared})"


def written_name(node: ast.expr) -> str | None:
    """The name in a syntax tree: `a`, `a.b`, `param['any text']`; None where it is none."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            before = written_name(node.value)
            return before and f"{before}.{node.attr}"
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            before = written_name(node.value)
            return before and f"{before}.{name}"
        case _:
            return None


def names_a_state(names: Sequence[str]) -> bool:
    """True where an expression says itself which states it is about."""
    return bool({"state", "reason"} & set(names) & set(OF_TRIALS))
