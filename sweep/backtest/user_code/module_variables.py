"""Variables of user modules, and attributes of their classes, without what Python and libraries keep there."""

# whatever user modules hold is looked at here
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import abc
import enum
import types
from collections.abc import Iterator, Mapping
from typing import Any

OF_IMPORTS = frozenset({  # what Python itself keeps in a module, or adds when a warning is shown
    *("__name__", "__package__", "__loader__", "__spec__", "__file__", "__cached__", "__path__", "__builtins__"),
    *("__warningregistry__", "__annotations__"),
})  # fmt: skip
OF_CLASSES = frozenset({  # what Python, dataclasses and copying keep in a class
    *("__module__", "__qualname__", "__dict__", "__weakref__", "__abstractmethods__", "__slotnames__"),
    *("__dataclass_fields__", "__dataclass_params__", "__parameters__", "__orig_bases__", "__annotations__"),
    *("__non_callable_proto_members__", "__struct_fields__", "__struct_config__", "__struct_encode_fields__"),
    "_abc_impl",
})  # fmt: skip
OF_LIBRARIES = ("__pydantic_", "__attrs_")  # begin what libraries keep in a class


_dump: Any = vars(abc)["_get_dump"]  # of an abstract class: the classes that were registered, in C


def variables(modules: Mapping[str, types.ModuleType]) -> Iterator[tuple[str, Any]]:
    """Every variable of the modules, and every attribute of the classes that they define."""
    for name, module in modules.items():
        for variable, value in list(vars(module).items()):
            if variable in OF_IMPORTS:
                continue
            if isinstance(value, type) and value.__module__ == name:
                yield f"{name}.{variable}", (value.__qualname__, *value.__bases__)
                yield from ((f"{name}.{variable}.{n}", v) for n, v in attributes(value))
            else:
                yield f"{name}.{variable}", value
        yield from ((f"{name}.__annotations__", sorted(held)) for held in _annotations(module))


def attributes(kind: type) -> Iterator[tuple[str, Any]]:
    for name, value in list(vars(kind).items()):
        is_enums = issubclass(kind, enum.Enum) and name.startswith(("_member", "_value2member", "_hashable", "_unhash"))
        if not (is_enums or name in OF_CLASSES or name.startswith(OF_LIBRARIES)):
            yield name, value
    yield from (("__annotations__", sorted(held)) for held in _annotations(kind))
    if "_abc_impl" in vars(kind):
        yield "register", sorted(id(reference()) for reference in _dump(kind)[0])
    for name, held in vars(kind).get("__dataclass_fields__", {}).items():
        yield f"__dataclass_fields__.{name}", (held.default, held.default_factory, held.init, held.metadata)


def _annotations(thing: Any) -> Iterator[dict[str, Any]]:
    """The annotations, if there are any: looking at them makes an empty dictionary."""
    if held := vars(thing).get("__annotations__"):
        yield held
