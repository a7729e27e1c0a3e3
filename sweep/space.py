"""The space of settings: dimensions, constraints, and a grid that is computed, never stored."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import prod
from random import Random
from typing import Any

from simpleeval import InvalidExpression, SimpleEval  # type: ignore[import-untyped]

from sweep.errors import Problem, did_you_mean
from sweep.trial import Params, Plain

COUNTED_EXACTLY = 200_000  # points of a constrained grid up to which --dry-run counts instead of estimating
FUNCTIONS = {"abs": abs, "min": min, "max": max, "round": round, "int": int, "float": float}


@dataclass(frozen=True, slots=True)
class Choice:
    """A list of values, in the order given."""

    name: str
    values: tuple[Plain, ...]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> Plain:
        return self.values[index]


@dataclass(frozen=True, slots=True)
class Range:
    """low, low + step, …, high: exact decimals, so that 0.1 steps give 0.3. Without a step: continuous, for studies only."""

    name: str
    low: int | float
    high: int | float
    step: int | float | None = None

    def __len__(self) -> int:
        if self.step is None:
            return 0
        return int((_exact(self.high) - _exact(self.low)) // _exact(self.step)) + 1

    def __getitem__(self, index: int) -> Plain:
        value = _exact(self.low) + index * _exact(self.step or 0)
        return int(value) if self.integral else float(value)

    @property
    def integral(self) -> bool:
        return all(isinstance(v, int) for v in (self.low, self.high, self.step) if v is not None)


@dataclass(frozen=True, slots=True)
class LogRange:
    """`points` values from low to high at equal ratios (12 significant digits). Without points: continuous."""

    name: str
    low: int | float
    high: int | float
    points: int | None = None

    def __len__(self) -> int:
        return self.points or 0

    def __getitem__(self, index: int) -> Plain:
        last = (self.points or 1) - 1
        value = self.low * (self.high / self.low) ** (index / last) if last else self.low
        value = self.high if index == last and last else value
        return round(value) if self.integral else float(f"{value:.12g}")

    @property
    def integral(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)


type Dimension = Choice | Range | LogRange


@dataclass(frozen=True)
class Constraint:
    """An expression over parameters that a point must satisfy. Evaluated by a small library, never by `eval`."""

    text: str
    names: Mapping[str, str]  # a name in the expression → the parameter it stands for
    fixed: Mapping[str, Plain]  # names that stand for values of the base backtest

    @cached_property
    def _tree(self) -> ast.AST:
        return SimpleEval.parse(self.text)

    def holds(self, params: Params) -> bool:
        """Whether the point satisfies it; an expression that cannot be computed there (1/0) does not hold."""
        values = {name: params[parameter] for name, parameter in self.names.items()} | dict(self.fixed)
        try:
            return bool(_evaluator(values).eval(self.text, previously_parsed=self._tree))
        except (InvalidExpression, ArithmeticError, TypeError, ValueError):
            return False


def _evaluator(names: Mapping[str, Any]) -> SimpleEval:
    return SimpleEval(functions=FUNCTIONS, names=_nested(names))


def _nested(names: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in names.items():
        *way, leaf = name.split(".")
        here = tree
        for part in way:
            here = here.setdefault(part, {})
        here[leaf] = value
    return tree


@dataclass(frozen=True)
class Space:
    """Dimensions and constraints. A point is a mapping from the spec's own names to plain values."""

    dimensions: tuple[Dimension, ...]
    constraints: tuple[Constraint, ...] = ()

    @property
    def size(self) -> int:
        """Points of the grid before constraints; 0 when a dimension is continuous, 1 for an empty space."""
        return prod(len(d) for d in self.dimensions)

    def point(self, index: int) -> dict[str, Plain]:
        """Point `index` of the grid by index arithmetic; the last dimension changes fastest."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        values: dict[str, Plain] = {}
        for dimension in reversed(self.dimensions):
            index, position = divmod(index, len(dimension))
            values[dimension.name] = dimension[position]
        return {d.name: values[d.name] for d in self.dimensions}

    def points(self) -> Iterator[dict[str, Plain]]:
        """The points that satisfy every constraint, in the order of the grid, one at a time."""
        return (point for point in map(self.point, range(self.size)) if self.allows(point))

    def allows(self, params: Params) -> bool:
        """Whether a point satisfies every constraint."""
        return all(c.holds(params) for c in self.constraints)

    def count(self, exactly_up_to: int = COUNTED_EXACTLY) -> tuple[int, bool]:
        """How many points satisfy the constraints, and whether that is exact (else an estimate from a sample)."""
        if not self.constraints:
            return self.size, True
        if self.size <= exactly_up_to:
            return sum(1 for _ in self.points()), True
        random, sample = Random(0), exactly_up_to // 10
        hits = sum(self.allows(self.point(random.randrange(self.size))) for _ in range(sample))
        return round(self.size * hits / sample), False


def parse(space: Mapping[str, Any], constraints: Sequence[str], fixed: Mapping[str, Plain]) -> tuple[Space, list[Problem]]:
    """Read `search.space` and `search.constraints`; every mistake is returned, with the part that could be read.

    `fixed` holds the values of the base backtest that a constraint may name beside the parameters.
    """
    problems: list[Problem] = []
    dimensions = [d for name, given in space.items() if (d := _dimension(name, given, problems)) is not None]
    names = _short_names(list(space))
    parsed = [c for n, text in enumerate(constraints) if (c := _constraint(n, text, names, fixed, problems)) is not None]
    return Space(tuple(dimensions), tuple(parsed)), problems


def _short_names(parameters: Sequence[str]) -> dict[str, str]:
    """Names that a constraint may use: the full one, and the last part where that is unambiguous."""
    last = [p.rpartition(".")[2] for p in parameters]
    short = {s: p for s, p in zip(last, parameters, strict=True) if last.count(s) == 1}
    return short | {p: p for p in parameters}


def _dimension(name: str, given: Any, problems: list[Problem]) -> Dimension | None:
    where = f"search.space.{name}"
    before = len(problems)
    if isinstance(given, Mapping) and set(given) == {"values"}:
        given = given["values"]
    if isinstance(given, list):
        _check_choice(where, given, problems)  # pyright: ignore[reportUnknownArgumentType]
        return Choice(name, tuple(given)) if len(problems) == before else None  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(given, Mapping):
        _check_range(where, given, problems)
        return _range(name, given) if len(problems) == before else None
    rule = "must be a list of values, or a range {low, high, step} or {low, high, log: true, points}"
    problems.append(Problem(where, rule, given, f"to fix one value, write [{given}], or put it into the backtest"))
    return None


def _check_choice(where: str, values: list[Any], problems: list[Problem]) -> None:
    if not values:
        problems.append(Problem(where, "must hold at least one value", values))
    seen: list[str] = []
    for n, value in enumerate(values):
        if isinstance(value, float) and value != value or value in (float("inf"), float("-inf")):
            problems.append(Problem(f"{where}.{n}", "must be a finite value", value))
        if (mark := f"{type(value).__name__}:{value!r}") in seen:
            problems.append(Problem(f"{where}.{n}", "is in the list twice", value, "remove one of them"))
        seen.append(mark)


RANGE_KEYS = ("low", "high", "step", "points", "log")


def _check_range(where: str, given: Mapping[str, Any], problems: list[Problem]) -> None:
    def wrong(key: str, rule: str, remedy: str = "") -> None:
        problems.append(Problem(f"{where}.{key}" if key else where, rule, given.get(key) if key else dict(given), remedy))

    before = len(problems)
    for key in given:
        if key not in RANGE_KEYS:
            wrong(key, "is not a key of a range", did_you_mean(key, RANGE_KEYS))
    for key in ("low", "high"):
        if key not in given:
            wrong("", f"a range needs {key}")
    for key in ("low", "high", "step"):
        if key in given and not _number(given[key]):
            wrong(key, "must be a finite number")
    if "log" in given and not isinstance(given["log"], bool):
        wrong("log", "must be true or false")
    if "points" in given and (type(given["points"]) is not int or given["points"] < 2):
        wrong("points", "must be a whole number of at least 2")
    if len(problems) > before:
        return
    low, high, step, log = given["low"], given["high"], given.get("step"), given.get("log", False)
    if low > high:
        wrong("", "low must not be above high", "swap them")
    elif log and low <= 0:
        wrong("low", "a log range must start above 0")
    elif log and step is not None:
        wrong("step", "a log range has no step", "write points: 9 for nine values at equal ratios")
    elif step is not None and "points" in given:
        wrong("", "has both step and points", "keep one of them")
    elif step is not None and step <= 0:
        wrong("step", "must be above 0")
    elif step is not None and (_exact(high) - _exact(low)) % _exact(step):
        last = Range("", low, high, step)[len(Range("", low, high, step)) - 1]
        wrong("high", "must be low plus a whole number of steps", f"the last value would be {last}; write high: {last}")
    elif log and _repeats(given):
        wrong("points", "gives the same whole number more than once", "fewer points, or write low: and high: with a decimal point")


def _repeats(given: Mapping[str, Any]) -> bool:
    dimension = LogRange("", given["low"], given["high"], given.get("points"))
    return len({dimension[n] for n in range(len(dimension))}) < len(dimension)


def _range(name: str, given: Mapping[str, Any]) -> Dimension:
    low, high, points = given["low"], given["high"], given.get("points")
    if given.get("log", False):
        return LogRange(name, low, high, points)
    if points is not None:
        step = (_exact(high) - _exact(low)) / (points - 1)
        values = [_exact(low) + n * step for n in range(points)]
        return Choice(name, tuple(int(v) if v == int(v) and type(low) is type(high) is int else float(v) for v in values))
    return Range(name, low, high, given.get("step"))


def _constraint(
    n: int, text: Any, names: Mapping[str, str], fixed: Mapping[str, Plain], problems: list[Problem]
) -> Constraint | None:
    where = f"search.constraints.{n}"
    if not isinstance(text, str):
        problems.append(Problem(where, 'must be an expression in quotes, such as "tp_pct <= sl_pct"', text))
        return None
    try:
        tree = SimpleEval.parse(text)
    except (InvalidExpression, SyntaxError) as error:
        problems.append(Problem(where, f"is not an expression: {error}", text))
        return None
    used = {name for node in ast.walk(tree) if (name := _dotted(node))}
    used = {name for name in used if not any(other.startswith(name + ".") for other in used)} - set(FUNCTIONS)
    for name in sorted(used - set(names) - set(fixed)):
        remedy = did_you_mean(name, [*names, *fixed])
        problems.append(Problem(where, f"{name!r} is neither a parameter of the space nor a value of the backtest", text, remedy))
    if not used <= set(names) | set(fixed):
        return None
    constraint = Constraint(text, {u: names[u] for u in used if u in names}, {u: fixed[u] for u in used if u not in names})
    return constraint if _computable(constraint, where, problems) else None


def _computable(constraint: Constraint, where: str, problems: list[Problem]) -> bool:
    """Try it once with numbers, to find calls and operators that the expression library refuses."""
    values: dict[str, Any] = {name: 2 for name in constraint.names} | dict(constraint.fixed)
    try:
        _evaluator(values).eval(constraint.text, previously_parsed=SimpleEval.parse(constraint.text))
    except InvalidExpression as error:
        problems.append(Problem(where, f"is not allowed: {error}", constraint.text, f"functions: {', '.join(FUNCTIONS)}"))
        return False
    except (ArithmeticError, TypeError, ValueError, AttributeError):
        return True  # it depends on the values
    return True


def _dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute node, else ''."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def _number(value: Any) -> bool:
    return type(value) in (int, float) and value == value and abs(value) != float("inf")


def _exact(value: int | float) -> Decimal:
    return Decimal(str(value))
