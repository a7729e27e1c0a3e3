"""User classes from plain values, strictly: nothing misspelt, mistyped, missing, dropped or changed on the way.

NautilusTrader's own configs swallow unknown keywords and drop declared ones without a word; here each value is checked
against what the class declares before it is built, and looked for in the object afterwards.
"""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import FunctionType
from typing import Any

from sweep.backtest.user_code.annotations import annotations_of
from sweep.backtest.user_code.coercion.convert import convert
from sweep.backtest.user_code.coercion.refusal import RefusedError
from sweep.backtest.user_code.engine_stubs import stub_arguments
from sweep.errors import Problem, did_you_mean

NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
LIBRARIES = {"nautilus_trader", "builtins", "pydantic", "msgspec", "abc", "typing", "collections"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """Declaration of one argument of a class."""

    kind: Any = Any  # the annotation
    required: bool = False


def is_user_class(kind: type) -> bool:
    """Return True for a class that is neither the engine's nor a library's base."""
    return top_package(kind) not in LIBRARIES


def top_package(kind: type) -> str:
    """The first part of the module that a class says it comes from."""
    return kind.__module__.partition(".")[0]


def parameters(kind: Any) -> dict[str, Parameter]:
    """The arguments that a class (dataclass, pydantic, msgspec or hand-written) takes by name."""
    if fields := getattr(kind, "model_fields", None):
        return {f.alias or name: Parameter(f.annotation, f.is_required()) for name, f in fields.items()}
    hints = types_of(kind)
    if dataclasses.is_dataclass(kind):
        return {
            f.name: Parameter(hints.get(f.name, Any), not has_default(f)) for f in dataclasses.fields(kind) if f.init
        }
    by_name: dict[str, Parameter] = {}
    for function in constructors(kind):
        signature, own = inspect.signature(function), types_of(function)
        bound = isinstance(function, FunctionType)  # its first parameter is the object itself
        for name, p in list(signature.parameters.items())[bound:]:
            if p.kind in NAMED:
                annotation = own.get(name, hints.get(name, Any))
                by_name.setdefault(name, Parameter(annotation, p.default is p.empty))
        if not any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
            break
    return by_name


def has_default(field: "dataclasses.Field[Any]") -> bool:
    return not (field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING)


def constructors(kind: Any) -> list[Callable[..., Any]]:
    """Functions that a call of the class runs: the user's `__init__`, else `__new__`, then the base's own."""
    user = [k for k in kind.__mro__ if is_user_class(k)]
    for name in ("__init__", "__new__"):
        written: list[Any] = [vars(k)[name] for k in user if name in vars(k)]
        if written:
            return [getattr(f, "__func__", f) for f in written] + native_constructor(kind)
    return native_constructor(kind) or [kind]


def has_own_new(kind: type) -> bool:
    """True if a class of users in its line defines `__new__`."""
    return any("__new__" in vars(k) for k in kind.__mro__ if is_user_class(k))


def native_constructor(kind: Any) -> list[Callable[..., Any]]:
    """The engine's own base, whose keywords (strategy_id, order_id_tag …) a subclass may pass on."""
    bases = [k for k in kind.__mro__ if top_package(k) == "nautilus_trader"]
    return [k for k in bases[:1] if getattr(k, "__text_signature__", None)]


def types_of(thing: Any) -> dict[str, Any]:
    """Types of the fields of a class, or of the arguments of a function or of a class of the engine."""
    if isinstance(thing, type) and top_package(thing) == "nautilus_trader":
        return {name: argument.kind for name, argument in stub_arguments(thing).items()}
    return annotations_of(thing)


def arguments(kind: Any, written: Mapping[str, Any], where: str, problems: list[Problem]) -> dict[str, Any]:
    """The given values, converted to what the class declares; every mistake goes to `problems`."""
    declared, converted = parameters(kind), dict[str, Any]()
    for name, value in written.items():
        if name not in declared:
            rule = f"{kind.__name__} has no parameter {name!r}"
            problems.append(Problem(f"{where}.{name}", rule, value, did_you_mean(name, declared)))
            continue
        try:
            converted[name] = convert(value, declared[name].kind)
        except RefusedError as refused:
            problems.append(Problem(f"{where}.{name}", refused.rule, value, refused.remedy))
    for name, parameter in declared.items():
        if parameter.required and name not in written:
            problems.append(Problem(f"{where}.{name}", f"{kind.__name__} needs a value for {name!r}"))
    return converted


def build(kind: Any, written: Mapping[str, Any], where: str, problems: list[Problem]) -> Any:
    """An object of the class with exactly these values, or None and the reasons in `problems`."""
    count = len(problems)
    values = arguments(kind, written, where, problems)
    if len(problems) > count:
        return None
    try:
        return kind(**values)
    except Exception as error:  # noqa: BLE001 (user code, a validator or the engine refuses)
        problems.append(Problem(where, f"{kind.__name__} refused its values: {error}", dict(written)))
        return None


def build_verified(kind: Any, written: Mapping[str, Any], where: str, problems: list[Problem]) -> Any:
    """As `build`, for configs: each value must also be found in the object, under its name and unchanged."""
    count = len(problems)
    problems.extend(undelivered(kind, written, where))
    built = build(kind, written, where, problems) if len(problems) == count else None
    if built is None:
        return None
    for name, expected in arguments(kind, written, where, problems).items():
        if not hasattr(built, name):
            problems.append(Problem(f"{where}.{name}", f"{kind.__name__} dropped this value", expected, DROPPED))
        elif not same(getattr(built, name), expected):
            rule = f"{kind.__name__} changed this value to {getattr(built, name)!r}"
            problems.append(Problem(f"{where}.{name}", rule, expected))
    return built if len(problems) == count else None


DROPPED = "declare the config as @dataclass(frozen=True), or set every parameter in __init__ under its own name"


def undelivered(kind: Any, written: Mapping[str, Any], where: str) -> list[Problem]:
    """Fields that are only annotated on a StrategyConfig subclass: the engine's constructor never sets them."""
    declared = parameters(kind)
    annotated = {name for base in kind.__mro__ if is_user_class(base) for name in inspect.get_annotations(base)}
    lost = [name for name in written if name in annotated and name not in declared]
    rule = f"{kind.__name__} only annotates {{0!r}}; NautilusTrader 2 drops such a value and trades on the default"
    return [Problem(f"{where}.{name}", rule.format(name), written[name], DROPPED) for name in lost]


def same(actual: Any, expected: Any) -> bool:
    """Return True if a config holds a value, perhaps in another type of the same meaning (text and InstrumentId)."""
    if actual == expected or str(actual) == str(expected):
        return True
    numbers = (int, float, Decimal)
    return (
        isinstance(actual, numbers) and isinstance(expected, numbers) and Decimal(str(actual)) == Decimal(str(expected))
    )
