"""Entries of the spec's data section and the files that they name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nautilus_trader import model

from sweep.common.import_path import ImportPathError, load
from sweep.common.json_values import is_list, is_mapping, repeated
from sweep.errors import Problem, did_you_mean
from sweep.spec.data_kinds import DATA_KINDS, LISTED_KINDS, DataKind, time_span

CUSTOM_BYTES = 2000


@dataclass(frozen=True, slots=True)
class DataEntry:
    """One entry of `data:`; `custom` is the event class where it is no market data."""

    kind: str
    identifiers: tuple[str, ...] = ()
    custom: Any = None
    chain: str = ""  # an underlying: its options are read as the strategy subscribes to them (option_chains.py)

    @property
    def type(self) -> Any:
        return model.NautilusDataType.Custom(self.kind) if self.custom else getattr(model.NautilusDataType, self.kind)

    @property
    def instruments(self) -> tuple[str, ...]:
        """Ids of the instruments whose market data this is."""
        if self.kind == "Bar":
            return tuple(str(model.BarType.from_str(text).instrument_id) for text in self.identifiers)
        return self.identifiers

    @property
    def row_bytes(self) -> int:
        """Memory of one decoded event."""
        return CUSTOM_BYTES if self.custom else DATA_KINDS[self.kind].row_bytes

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Times of its rows in a period [start, end), nanoseconds: the first, and the first after them."""
        return time_span("" if self.custom else self.kind, start, end)

    @property
    def weight(self) -> int:
        """Memory of one decoded event, in quotes."""
        return max(1, round(self.row_bytes / DATA_KINDS["QuoteTick"].row_bytes))


def entry(item: Any, n: int, problems: list[Problem]) -> DataEntry | None:
    """An entry of the spec, or None and the reasons in `problems`."""
    where = f"data.{n}"
    if not is_mapping(item) or not isinstance(item.get("type"), str):
        problems.append(Problem(where, "must be a mapping with a 'type'", item, "e.g. type: QuoteTick"))
        return None
    name = item["type"]
    if ":" in name:
        return custom_entry(item, where, problems)
    if "chain" in item:
        return DataEntry(name, chain=str(item["chain"]))
    if name not in LISTED_KINDS:
        remedy = did_you_mean(name, LISTED_KINDS) or "custom events are named by import path, 'module:Class'"
        problems.append(Problem(f"{where}.type", "is no kind of data", name, remedy))
        return None
    return market_entry(name, item, where, problems)


def market_entry(name: str, section: Mapping[str, Any], where: str, problems: list[Problem]) -> DataEntry | None:
    key, count = DATA_KINDS[name].key, len(problems)
    identifiers = section.get(key)
    problems += [
        Problem(f"{where}.{extra}", f"{name} has no key {extra!r}", section[extra], did_you_mean(extra, [key]))
        for extra in sorted(set(section) - {"type", key})
    ]
    if not is_list(identifiers) or not identifiers:
        problems.append(Problem(f"{where}.{key}", f"{name} needs a list of {key}", identifiers))
        return None
    texts = [text for text in identifiers if readable(text, DATA_KINDS[name], f"{where}.{key}", problems)]
    for text in dict.fromkeys(texts[n] for n in repeated(texts)):
        problems.append(Problem(f"{where}.{key}", "is listed twice", text))
    return DataEntry(name, tuple(sorted(texts))) if len(problems) == count else None


def readable(text: Any, kind: DataKind, where: str, problems: list[Problem]) -> bool:
    identifier = model.BarType if kind.key == "bar_types" else model.InstrumentId
    try:
        read = identifier.from_str(text)
    except (TypeError, ValueError) as error:
        problems.append(Problem(where, f"must be the text of a {identifier.__name__} ({error})", text))
        return False
    if isinstance(read, model.BarType) and read.is_internally_aggregated():
        remedy = "list the quotes or trades that the strategy builds it from, or an EXTERNAL bar type"
        problems.append(Problem(where, "bars that the engine builds itself are not in a catalog", text, remedy))
        return False
    return True


def custom_entry(section: Mapping[str, Any], where: str, problems: list[Problem]) -> DataEntry | None:
    try:
        cls = load(section["type"])
    except ImportPathError as error:
        problems.append(error.at(f"{where}.type"))
        return None
    if not hasattr(cls, "decode_record_batch_py"):
        problems.append(Problem(f"{where}.type", "must be a class decorated with @customdataclass", section["type"]))
        return None
    return DataEntry(cls.__name__, custom=cls)


def overlaps(entries: Sequence[DataEntry]) -> list[Problem]:
    """Data that two entries name would be replayed twice."""
    earlier: set[tuple[str, str]] = set()
    problems: list[Problem] = []
    for item in entries:
        for name in item.identifiers or (item.chain,):
            if (item.kind, name) in earlier:
                problems.append(Problem("data", f"{item.kind} is listed in two entries", name or item.kind))
            earlier.add((item.kind, name))
    return problems
