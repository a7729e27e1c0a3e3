"""The project that is asked for, and the questions that may be asked about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.catalog.ingest import Layout

type Ask = Callable[
    [str, str, Sequence[str]], str
]  # (question, default, choices) → answer; the default where nobody is


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything that the options of `sweep init` say."""

    folder: Path = Path()
    files: tuple[Path, ...] = ()  # of market data
    catalog: Path | None = None
    demo: bool = False
    instruments: tuple[str, ...] = ()
    config: str = ""  # module:Config of its config class, where its source does not show it
    strategy: str = ""  # module:Class, or FILE.py:Class; "": a stub
    name: str = ""
    settings: dict[str, Any] = field(default_factory=dict[str, Any])  # values of the strategy's config
    layout: Layout = field(default_factory=Layout)
    zone_is_stated: bool = False
    step: Any = None  # IngestStep of bars, where it is stated
    volume: str = ""
    size: str = "1000000"  # of quotes in files without sizes
    template: str = ""
    definition: dict[str, str] = field(default_factory=dict[str, str])  # values of the instrument's template
    currencies: tuple[str, ...] = ()
