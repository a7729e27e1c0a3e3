"""Settings of numpy, pandas and pyarrow, which a trial may change and the next one must not see."""

# what settings hold is anything
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

INSTALLED = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))  # where libraries are


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the process. Of a mapping each key is one."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    keyed: bool = False
    is_told: bool = True  # that a trial changed it; False for what any computation changes


def of_libraries() -> tuple[Setting, ...]:
    """Settings of libraries, where they are loaded."""
    return tuple(setting for library, settings in LIBRARIES.items() if library in sys.modules for setting in settings)


def finders() -> Any:
    """The finders of `sys.meta_path` but those that libraries add when they are first imported, as six does."""
    return sys.meta_path, [finder for finder in sys.meta_path if not _is_of_library(finder)]


def set_finders(before: Any) -> None:
    """Set them back; those of libraries stay."""
    path, own = before
    path[:] = [*own, *(finder for finder in sys.meta_path if _is_of_library(finder) and finder not in own)]
    sys.meta_path = path


def _is_of_library(finder: Any) -> bool:
    kind = finder if isinstance(finder, type) else type(finder)
    file = getattr(sys.modules.get(kind.__module__.partition(".")[0]), "__file__", None) or ""
    return file.startswith(INSTALLED)


def _numpy() -> Any:
    return sys.modules["numpy"]


def _numpy_random() -> dict[str, Any]:
    state: dict[str, Any] = _numpy().random.get_state(legacy=False)
    inner = {name: value.tobytes() if hasattr(value, "tobytes") else value for name, value in state["state"].items()}
    generator = _numpy().random.get_bit_generator()
    return {"state": state, "generator": generator, "known": {**state, "state": inner, "generator": id(generator)}}


def _set_numpy_random(before: Mapping[str, Any]) -> None:
    _numpy().random.set_bit_generator(before["generator"])
    _numpy().random.set_state(before["state"])


def _options() -> dict[str, Any]:
    return dict(_flat(sys.modules["pandas"].options.d, ""))


def _flat(options: Mapping[str, Any], above: str) -> list[tuple[str, Any]]:
    settings: list[tuple[str, Any]] = []
    for name, value in options.items():
        settings += _flat(value, f"{above}{name}.") if isinstance(value, dict) else [(f"{above}{name}", value)]
    return settings


def _set_options(options: Mapping[str, Any]) -> None:
    now = _options()
    for name, value in options.items():
        if now.get(name) != value:
            sys.modules["pandas"].set_option(name, value)


def _pyarrow() -> Any:
    return sys.modules["pyarrow"]


NUMPY = (
    Setting("numpy.seterr", lambda: _numpy().geterr(), lambda v: _numpy().seterr(**v), keyed=True),
    Setting("numpy.setbufsize", lambda: _numpy().getbufsize(), lambda v: _numpy().setbufsize(v)),
    Setting("numpy.set_printoptions", lambda: _numpy().get_printoptions(), lambda v: _numpy().set_printoptions(**v)),
    Setting("numpy.seterrcall", lambda: _numpy().geterrcall(), lambda v: _numpy().seterrcall(v)),
    Setting("numpy.random", _numpy_random, _set_numpy_random),
)
PANDAS = (Setting("pandas options", _options, _set_options, keyed=True),)
PYARROW = (
    Setting("pyarrow.set_cpu_count", lambda: _pyarrow().cpu_count(), lambda v: _pyarrow().set_cpu_count(v)),
    Setting(
        "pyarrow.set_io_thread_count",
        lambda: _pyarrow().io_thread_count(),
        lambda v: _pyarrow().set_io_thread_count(v),
    ),
)
LIBRARIES = {"numpy": NUMPY, "pandas": PANDAS, "pyarrow": PYARROW}
