"""Reads `search.space` and `search.constraints`: the space, and every mistake in it."""

# simpleeval has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any

from sweep.common.json_values import Plain, is_list, is_mapping, is_number, repeated
from sweep.errors import Problem, did_you_mean
from sweep.spec.constraints import syntax
from sweep.spec.constraints.constraint import Constraint
from sweep.spec.constraints.mixed_types import may_mix, mixture, representatives
from sweep.spec.exact_arithmetic import FUNCTIONS, exact
from sweep.spec.space import Choice, Dimension, LogRange, Range, Space
from sweep.trial import Params

FORMS = "must be a list of values, or a range {low, high, step} or {low, high, log: true, points}"
KEYS = ("low", "high", "step", "points", "log", "when")
TRIED = 10_000  # points for which a condition is tried
LOOKED_AT = 500_000  # values of all points that are tried for one spec: what is not found among them is no mistake
COMPUTED = 10  # values that take as long as the shortest expression
CHARACTERS = 100_000  # of all expressions
CONSTRAINTS = 2_000
POINTS = 100_000  # of a range, which are kept in memory
VALUES = 10**15  # of a range with a step, which are computed when they are needed


def parse(
    space: Mapping[str, Any], constraints: Sequence[Any], fixed: Mapping[str, Plain]
) -> tuple[Space, list[Problem]]:
    """The space as far as it is well formed, and every mistake.

    `fixed` holds the values of the base backtest that a constraint may name beside the parameters.
    """
    problems = list(_too_long(space, constraints))
    constraints, conditional = ((), {}) if problems else (constraints, space)
    dimensions = [d for name, written in space.items() if (d := _dimension(name, written, problems)) is not None]
    names = _short_names(list(space))
    where = "search.constraints"
    parsed = [_constraint(f"{where}.{n}", text, names, fixed, problems) for n, text in enumerate(constraints)]
    parsed_space, trials = Space(tuple(dimensions), tuple(c for c in parsed if c)), _Trials()
    parsed_space = replace(parsed_space, conditions=_conditions(conditional, parsed_space, fixed, problems, trials))
    for n, constraint in enumerate(parsed):
        if constraint and (values := _mixture(constraint, parsed_space, trials)):
            problems.append(_mixed(f"{where}.{n}", constraint, values))
    return parsed_space, problems


def _too_long(space: Mapping[str, Any], constraints: Sequence[Any]) -> Iterator[Problem]:
    """Expressions that would take minutes to compute, all together; one that is too long is told by itself."""
    conditions = (values.get("when") for values in space.values() if is_mapping(values))
    lengths = (len(text) for text in (*constraints, *conditions) if isinstance(text, str))
    characters = sum(length for length in lengths if length <= syntax.LENGTH)
    if len(constraints) > CONSTRAINTS:
        rule = f"may have {CONSTRAINTS:,} expressions"
        yield Problem("search.constraints", rule, f"{len(constraints):,}", "join some of them with `and`")
    elif characters > CHARACTERS:
        rule = f"may have {CHARACTERS:,} characters, the `when` of parameters included"
        yield Problem("search.constraints", rule, f"{characters:,}", "write fewer or shorter ones")


@dataclass(slots=True)
class _Trials:
    """Points that are tried, bounded for a spec as a whole, and the points in which conditions were found to hold."""

    left: int = LOOKED_AT
    examples: dict[str, Params] = field(default_factory=dict[str, Params])  # by the parameter that exists there

    def of(self, space: Space, cost: int) -> Iterator[Params]:
        """Every point of a small space, or some at random; none where the spec has had its share.

        `cost` is the number of parts of the expressions that are computed for each.
        """
        random = Random(0)
        drawn = ({d.name: d.draw(random) for d in space.dimensions} for _ in range(TRIED))
        for point in map(space.point, range(space.size)) if 0 < space.size <= TRIED else drawn:
            if self.left <= 0:
                return
            self.left -= COMPUTED + len(space.dimensions) + cost
            yield point


def _conditions(
    dimensions: Mapping[str, Any], space: Space, fixed: Mapping[str, Plain], problems: list[Problem], trials: _Trials
) -> dict[str, Constraint]:
    """Parse the `when` conditions of parameters; one that never holds is a mistake."""
    names, conditions = _short_names(list(dimensions)), dict[str, Constraint]()
    earlier = replace(space, conditions=conditions)
    for n, (name, values) in enumerate(dimensions.items()):
        if not is_mapping(values) or "when" not in values:
            continue
        where = f"search.space.{name}.when"
        if (condition := _constraint(where, values["when"], names, fixed, problems)) is None:
            continue
        late = sorted(set(condition.names.values()) - set(list(dimensions)[:n]))
        if late or not condition.names:
            rule = f"names {late[0]}, which does not stand before it" if late else "names no parameter of the space"
            problems.append(Problem(where, rule, condition.text, "name parameters that stand before this one"))
        elif values := _mixture(condition, earlier, trials):
            problems.append(_mixed(where, condition, values))
        elif _never(name, condition, earlier, trials):
            problems.append(Problem(where, "never holds", condition.text, "write values that those parameters have"))
        else:
            conditions[name] = condition
    return conditions


def _never(name: str, condition: Constraint, space: Space, trials: _Trials) -> bool:
    """True if the condition of a parameter holds at none of the points tried; else an example is kept."""
    names = set(condition.names.values())
    own = tuple(d for d in space.dimensions if d.name in names)
    if len(own) < len(names):
        return False  # one of them is not well formed: said already
    points = (p for p in _near(condition.size, own, space, trials) if condition.concerns(p) and condition.holds(p))
    if (example := next(points, None)) is not None:
        trials.examples[name] = example
    return example is None and trials.left > 0


def _near(cost: int, own: tuple[Dimension, ...], space: Space, trials: _Trials) -> Iterator[Params]:
    """Points in which parameters exist: near examples for their conditions, then with values of all that decides."""
    examples = [trials.examples[d.name] for d in own if d.name in trials.examples]
    context = {name: value for example in examples for name, value in example.items()}
    near = ({**context, **point} for point in trials.of(Space(own), cost))
    yield from (point for point in near if all(example.items() <= point.items() for example in examples))
    if examples and len(own) > 1:
        few = replace(space, dimensions=space.deciding(d.name for d in own), constraints=())
        yield from map(few.active, trials.of(few, len(few.dimensions) + cost))


def _mixture(expression: Constraint, space: Space, trials: _Trials) -> str:
    """Values of a point that no other constraint excludes, for which an expression mixes texts, numbers and nothing."""
    own = {*expression.names.values()}
    if not may_mix(expression, (v for d in space.dimensions if d.name in own for v in _extremes(d))):
        return ""
    named = [d for d in space.deciding(own) if len(d) or not isinstance(d, Choice)]
    few = Space(
        tuple(Choice(d.name, tuple(representatives(_extremes(d)))) for d in named),
        tuple(c for c in space.constraints if c != expression),
        space.conditions,
    )
    points = trials.of(few, expression.size + sum(COMPUTED + c.size for c in few.constraints))
    return mixture(expression, (p for p in map(few.active, points) if few.allows(p)))


def _extremes(dimension: Dimension) -> tuple[Plain, ...]:
    """All values of a list, and the ends of a range."""
    return dimension.values if isinstance(dimension, Choice) else (dimension.low, dimension.high)


def _mixed(where: str, expression: Constraint, values: str) -> Problem:
    rule = f"cannot be computed for {values}: texts, numbers and null have no order and no sum"
    remedy = 'write numbers without quotes; or state the other case first, such as "sl_pct == None or sl_pct < tp_pct"'
    return Problem(where, rule, expression.text, remedy)


def _short_names(parameters: Sequence[str]) -> dict[str, str]:
    """Names that a constraint may use: the full one, and the last part where that is unambiguous."""
    last = [p.rpartition(".")[2] for p in parameters]
    occurrences = Counter(last)
    short = {s: p for s, p in zip(last, parameters, strict=True) if occurrences[s] == 1}
    return short | {p: p for p in parameters}


def _dimension(name: str, written: Any, problems: list[Problem]) -> Dimension | None:
    where = f"search.space.{name}"
    if is_mapping(written) and set(written) - {"when"} == {"values"}:
        written = written["values"]
    if is_list(written):
        mistakes = _choice_problems(where, written)
    elif is_mapping(written):
        mistakes = _range_problems(where, written)
    else:
        mistakes = [Problem(where, FORMS, written, f"to fix one value, write [{written}], or put it into the backtest")]
    problems += mistakes
    if mistakes:
        return None
    return Choice(name, tuple(written)) if is_list(written) else _range(name, written)


def _choice_problems(where: str, values: list[Any]) -> list[Problem]:
    if not values:
        return [Problem(where, "must hold at least one value", values)]
    marks = [f"{type(v).__name__}:{v!r}" for v in values]  # 1 and true are not the same setting
    twice = [Problem(f"{where}.{n}", "is in the list twice", values[n], "remove one of them") for n in repeated(marks)]
    endless = [n for n, value in enumerate(values) if isinstance(value, float) and not is_number(value)]
    return twice + [Problem(f"{where}.{n}", "must be a finite value", values[n]) for n in endless]


def _range(name: str, written: Mapping[str, Any]) -> Dimension:
    low, high, points = written["low"], written["high"], written.get("points")
    if written.get("log", False):
        return LogRange(name, low, high, points)
    if points is None:
        return Range(name, low, high, written.get("step"))
    step = (exact(high) - exact(low)) / (points - 1)
    values = [exact(low) + n * step for n in range(points)]
    whole = type(low) is type(high) is int and all(v == int(v) for v in values)
    return Choice(name, tuple(int(v) if whole else float(v) for v in values))


def _repeats(written: Mapping[str, Any]) -> bool:
    dimension = _range("", written)
    values = [str(dimension[n]) for n in range(len(dimension))] if "points" in written else []
    return len(set(values)) < len(values)


@dataclass(frozen=True, slots=True)
class _Rule:
    broken: Callable[[Mapping[str, Any]], object]
    key: str  # of the range; "" for the range itself
    rule: str
    remedy: str = ""


FORM = (  # of the keys, each on its own
    _Rule(lambda r: "low" not in r, "", "a range needs low"),
    _Rule(lambda r: "high" not in r, "", "a range needs high"),
    _Rule(lambda r: not is_number(r.get("low", 0)), "low", "must be a finite number"),
    _Rule(lambda r: not is_number(r.get("high", 0)), "high", "must be a finite number"),
    _Rule(lambda r: not is_number(r.get("step", 1)), "step", "must be a finite number"),
    _Rule(lambda r: not isinstance(r.get("log", False), bool), "log", "must be true or false"),
    _Rule(lambda r: type(r.get("points", 2)) is not int, "points", "must be a whole number"),
)
SENSE = (  # of the keys together, once each is well formed; the first broken rule is told
    _Rule(lambda r: r.get("points", 2) < 2, "points", "must be at least 2"),
    _Rule(lambda r: r.get("points", 2) > POINTS, "points", f"must be at most {POINTS:,}", "write low, high and step"),
    _Rule(lambda r: r["low"] > r["high"], "", "low must not be above high", "swap them"),
    _Rule(lambda r: r.get("log") and r["low"] <= 0, "low", "a log range must start above 0"),
    _Rule(lambda r: r.get("log") and "step" in r, "step", "a log range has no step", "write points: 9 for nine values"),
    _Rule(lambda r: "step" in r and "points" in r, "", "has both step and points", "keep one of them"),
    _Rule(lambda r: r.get("step", 1) <= 0, "step", "must be above 0"),
    _Rule(lambda r: _width(r) > VALUES * exact(r.get("step", _width(r))), "step", f"gives more than {VALUES:,} values"),
    _Rule(lambda r: _last(r) != r["high"], "high", "must be low plus a whole number of steps"),
    _Rule(_repeats, "points", "gives a value twice", "fewer points, or a decimal point in low and high"),
)


def _range_problems(where: str, written: Mapping[str, Any]) -> list[Problem]:
    unknown = [k for k in written if k not in KEYS]
    problems = [Problem(f"{where}.{k}", "is not a key of a range", written[k], did_you_mean(k, KEYS)) for k in unknown]
    problems += [_told(where, written, rule) for rule in FORM if rule.broken(written)]
    if problems or not (broken := next((rule for rule in SENSE if rule.broken(written)), None)):
        return problems
    problem = _told(where, written, broken)
    if broken.key == "high":
        last = _last(written)
        problem = Problem(problem.where, problem.rule, written["high"], f"the last would be {last}; write high: {last}")
    return [problem]


def _told(where: str, written: Mapping[str, Any], rule: _Rule) -> Problem:
    if rule.key:
        return Problem(f"{where}.{rule.key}", rule.rule, written.get(rule.key), rule.remedy)
    return Problem(where, rule.rule, dict(written), rule.remedy)


def _width(written: Mapping[str, Any]) -> Decimal:
    return exact(written["high"]) - exact(written["low"])


def _last(written: Mapping[str, Any]) -> Plain:
    if "step" not in written:
        return written["high"]
    steps = Range("", written["low"], written["high"], written["step"])
    return steps[len(steps) - 1]


def _constraint(
    where: str, text: Any, names: Mapping[str, str], fixed: Mapping[str, Plain], problems: list[Problem]
) -> Constraint | None:
    if not isinstance(text, str):
        problems.append(Problem(where, 'must be an expression in quotes, such as "tp_pct <= sl_pct"', text))
        return None
    try:
        used = syntax.names(tree := syntax.tree(text))
    except ValueError as error:
        problems.append(Problem(where, f"is not an expression: {error}", text))
        return None
    unknown = sorted(name for name in used if name not in names and name not in fixed)
    rule = "{!r} is neither a parameter of the space nor a value of the strategy's config"
    problems += [Problem(where, rule.format(u), text, did_you_mean(u, [*names, *fixed])) for u in unknown]
    if unknown:
        return None
    parameters = {u: names[u] for u in used if u in names}
    constraint = Constraint(text, parameters, {u: fixed[u] for u in used if u in fixed})
    if refused := _method(tree) or constraint.refusal():
        problems.append(Problem(where, f"is not allowed: {refused}", text, f"functions: {', '.join(FUNCTIONS)}"))
        return None
    return constraint


def _method(tree: ast.Expression) -> str:
    return f"it calls {name}" if (name := syntax.method(tree)) else ""
