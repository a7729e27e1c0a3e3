"""Expressions over parameters: constraints of a space, conditions of its dimensions."""

# simpleeval has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import local
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from sweep.common.json_values import Plain
from sweep.spec.exact_arithmetic import FUNCTIONS, OPERATORS, rational
from sweep.trial import Params

_THREAD = local()  # holds the evaluator of a thread
KEPT = 64  # answers of a constraint that are kept: conditions are asked for the same few values again and again


@dataclass(frozen=True)
class Constraint:
    """An expression over parameters that a point must satisfy. Evaluated by a small library, never by `eval`.

    Numbers are the decimals that were written, as in ranges: 0.1 + 0.2 <= 0.3 holds.
    """

    text: str
    names: Mapping[str, str]  # a name in the expression → the parameter it stands for
    fixed: Mapping[str, Plain]  # names → values of the base backtest, which count where there is no such parameter

    @property
    def expression(self) -> ast.AST:
        """Syntax tree of the expression, with exact numbers."""
        return self._tree

    @cached_property
    def _tree(self) -> ast.AST:
        tree = ast.parse(self.text.strip(), mode="eval").body
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                node.value = rational(node.value)  # pyright: ignore[reportAttributeAccessIssue]
        return tree

    @property
    def size(self) -> int:
        """Number of its parts: names, numbers and operators."""
        return self._size

    @cached_property
    def _size(self) -> int:
        return sum(1 for _ in ast.walk(self._tree))

    def compute(self, values: Mapping[str, Any]) -> Any:
        """The value of the expression for values of its names; InvalidExpression for what the library refuses."""
        exact_values = {name: rational(value) for name, value in values.items()}
        library = _evaluator()
        library.names = _nested(exact_values)
        return library.eval(self.text, previously_parsed=self._tree)

    def refusal(self) -> str:
        """Return the expression library's objection (calls, operators) on trying it with numbers; "" if none."""
        try:
            self.compute(dict(self.fixed) | dict.fromkeys(self.names, 2))
        except InvalidExpression as error:
            return str(error)
        except (ArithmeticError, TypeError, ValueError, AttributeError):
            return ""  # it depends on the values
        return ""

    def concerns(self, params: Params) -> bool:
        """True if every name of the expression has a value there."""
        return all(parameter in params or name in self.fixed for name, parameter in self.names.items())

    def holds(self, params: Params) -> bool:
        """True if the point satisfies it; an expression that cannot be computed there (1/0) does not hold."""
        values = {name: params[parameter] for name, parameter in self.names.items() if parameter in params}
        key = tuple((name, type(value), value) for name, value in values.items())
        try:
            answer = self._answers.get(key)
        except TypeError:  # a value that is a list
            return self._is_true(values)
        if answer is None:
            answer = self._is_true(values)
            if len(self._answers) < KEPT:
                self._answers[key] = answer
        return answer

    @cached_property
    def _answers(self) -> dict[tuple[tuple[str, type, Plain], ...], bool]:
        return {}

    def _is_true(self, values: Params) -> bool:
        try:
            return bool(self.compute(dict(self.fixed) | dict(values)))
        except (InvalidExpression, ArithmeticError, TypeError, ValueError):
            return False


def _evaluator() -> SimpleEval:
    """The evaluator of this thread. The end of one runs Python code, in which a Ctrl-C would be lost."""
    if not hasattr(_THREAD, "evaluator"):
        _THREAD.evaluator = SimpleEval(operators=OPERATORS, functions=FUNCTIONS)
    return _THREAD.evaluator


def _nested(names: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in names.items():
        *way, leaf = name.split(".")
        here = tree
        for part in way:
            here = here.setdefault(part, {})
        here[leaf] = value
    return tree
