"""Comparison of a class or function with another import of its source."""

from inspect import getsource
from types import CodeType, FunctionType
from typing import Any

IGNORED = {
    "__module__", "__dict__", "__weakref__", "__firstlineno__", "__static_attributes__", "__annotations__",
    "__annotate__", "__annotate_func__", "__annotations_cache__", "__dataclass_fields__", "__doc__", "_abc_impl",
    "__abstractmethods__", "__pydantic_core_schema__", "__pydantic_validator__", "__pydantic_serializer__",
}  # fmt: skip


def difference(value: Any, other: Any) -> str:
    """The first attribute in which they differ, as words; "" where they are the same."""
    if isinstance(value, type) and isinstance(other, type):
        return _of_classes(value, other)
    ours, theirs = _function(value), _function(other)
    if ours is None or theirs is None:
        return "" if type(value) is type(other) else f"it is a {type(value).__name__}"
    return "" if _same(ours, theirs) else "its code differs"


def _of_classes(value: type, other: type) -> str:
    names = [k.__name__ for k in value.__mro__]
    if names != [k.__name__ for k in other.__mro__]:
        return "its base classes differ"
    for mine, base in zip(value.__mro__, other.__mro__, strict=True):
        if mine is base:
            continue
        ours, theirs = ({k: v for k, v in vars(each).items() if k not in IGNORED} for each in (mine, base))
        if changed := sorted(ours.keys() ^ theirs.keys()):
            return f"{mine.__name__}.{changed[0]} was added or removed"
        for name, attribute in ours.items():
            if not _equal(attribute, theirs[name]):
                return f"{mine.__name__}.{name} differs"
    return ""


def _equal(a: Any, b: Any) -> bool:
    ours, theirs = _function(a), _function(b)
    if ours is not None and theirs is not None:
        return _same(ours, theirs)
    if type(a) is not type(b):
        return type(a).__name__ == type(b).__name__ and "__main__" in {type(a).__module__, type(b).__module__}
    if isinstance(a, bool | int | float | str | bytes | tuple | type(None)):
        return a == b or a != a  # noqa: PLR0124 (a NaN)
    return True  # descriptors and objects: equal by their types


def _function(value: Any) -> FunctionType | None:
    for attribute in ("__func__", "fget", "func", "__wrapped__"):
        value = getattr(value, attribute, value) if not isinstance(value, FunctionType) else value
    return value if isinstance(value, FunctionType) else None


def _same(a: FunctionType, b: FunctionType) -> bool:
    """True for functions of the same source, wherever it stands."""
    try:
        return getsource(a) == getsource(b)
    except (OSError, TypeError):  # made by a decorator, from no source
        return _same_code(a.__code__, b.__code__)


def _same_code(a: CodeType, b: CodeType) -> bool:
    """True for code that uses the same names and constants; how they are loaded depends on the imports around it."""
    if (a.co_names, a.co_varnames, a.co_freevars) != (b.co_names, b.co_varnames, b.co_freevars):
        return False
    return len(a.co_consts) == len(b.co_consts) and all(
        _same_code(x, y) if isinstance(x, CodeType) and isinstance(y, CodeType) else (type(x), x) == (type(y), y)
        for x, y in zip(a.co_consts, b.co_consts, strict=True)
    )
