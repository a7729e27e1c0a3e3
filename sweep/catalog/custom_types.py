"""Custom data classes as the engine decodes them.

The engine keeps the first class that it is told of for a name, for the life of the process, and ignores later ones.
User modules are imported more than once in a process, so it is told of a decoder that asks the class of the moment.
"""

# the engine takes any class, and says nothing of it
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from nautilus_trader import model

from sweep.common.import_tricks import patched
from sweep.errors import Reason, TrialError

_tell = model.register_custom_data_class
_classes: dict[str, Any] = {}  # by the name of the type: the class that decodes it now
DELEGATED = ("decode_record_batch_py", "arrow_schema_py", "from_json", "from_dict")


def register(kind: Any) -> None:
    """Let a class decode the data of its name from now on."""
    name = kind.type_name_static() if hasattr(kind, "type_name_static") else kind.__name__
    is_new = name not in _classes
    _classes[name] = kind
    if is_new:
        _tell(_decoder(name))


def _decoder(name: str) -> type:
    """Class that the engine keeps for a name: it hands on to the class registered last."""

    def delegating(method: str) -> Any:
        return classmethod(lambda _, *args: getattr(_classes[name], method)(*args))

    members: dict[str, Any] = {method: delegating(method) for method in DELEGATED}
    members["type_name_static"] = classmethod(lambda _: name)
    members["encode_record_batch_py"] = lambda _, items: items[0].encode_record_batch_py(items)
    return type(name, (), members)


@contextmanager
def registering() -> Generator[None]:
    """Inside, modules that tell the engine of a class themselves tell it of the decoder."""
    with patched(model, "register_custom_data_class", register):
        yield


def as_events_of(kind: Any, events: Sequence[Any]) -> Sequence[Any]:
    """Decoded events with data of this class, also where the engine was told of an earlier import of it.

    Raises TrialError where that one decodes by other code.
    """
    if not events or type(held := events[0].data) is kind:
        return events
    if _code(type(held)) != _code(kind):
        message = f"the engine of this process decodes {kind.__name__} by an earlier version of its class"
        raise TrialError(Reason.GUARD, f"{message}: start Python anew")
    return [model.CustomData(e.data_type, kind.from_dict(e.data.to_dict())) for e in events]


def _code(kind: type) -> list[Any]:
    """The code and the fields of a class."""
    bases = [vars(base) for base in kind.__mro__ if base is not object]
    methods = [(n, getattr(f, "__func__", f)) for names in bases for n, f in names.items()]
    code = [(name, method.__code__) for name, method in methods if isinstance(method, FunctionType)]
    return [*code, *(repr(names.get("__annotations__")) for names in bases)]
