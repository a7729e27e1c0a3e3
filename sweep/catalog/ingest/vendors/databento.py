"""Databento's files into a catalog: definitions first, then data, under the venues that the user trades under.

Definitions are read by the engine's own loader. Quotes, trades and bars are made of columns, and are what its loader
would have made, in flat memory. Order books (mbo, mbp-10) are read by its loader, a file at a time.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from nautilus_trader.adapters.databento import DatabentoDataLoader
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest import data_kinds
from sweep.catalog.ingest.bars_to_quotes import Ticks, possible
from sweep.catalog.ingest.data_kinds import Counts
from sweep.catalog.ingest.ingest_result import Ingested, counted
from sweep.catalog.ingest.parsing.decimals import InexactError, decimals
from sweep.catalog.ingest.parsing.tables import Progress
from sweep.catalog.ingest.vendors import dbn_format
from sweep.catalog.ingest.vendors.dbn_format import Header
from sweep.catalog.ingest.writing.engine_schema import Shelf, bars_of, quotes_of, trades_of
from sweep.catalog.ingest.writing.pending_file import PendingFile
from sweep.catalog.ingest.writing.transaction import filling, put, usable
from sweep.errors import InputError, Problem, did_you_mean

UNDEFINED = 2**63 - 1  # a price that is none
NANO = 9  # decimals of a price in a record
BARS = {"ohlcv-1s": "1-SECOND", "ohlcv-1m": "1-MINUTE", "ohlcv-1h": "1-HOUR", "ohlcv-1d": "1-DAY"}
SECONDS = {"ohlcv-1s": 1, "ohlcv-1m": 60, "ohlcv-1h": 3600, "ohlcv-1d": 86_400}
QUOTES = {"mbp-1", "bbo-1s", "bbo-1m", "cmbp-1", "cbbo-1s", "cbbo-1m"}
TRADES = {"trades", "tbbo", "tcbbo"}
ROWS_HELD = 2_000_000  # of all instruments together, until they are written
SIDES = {b"B": "BUY", b"A": "SELL"}  # of the taker


def databento(
    files: Iterable[str | Path], catalog: str | Path,
    *, venues: Mapping[str, str] | None = None, publishers: str | Path | None = None, margin: str | None = None,
    merge: bool = False, progress: Progress | None = None,
) -> list[Ingested]:  # fmt: skip
    """DBN files, in any order. `venues`: theirs → yours (XCME → GLBX); `margin`: initial margin of the definitions.

    A file appears whole. Doing it twice changes nothing, so that what was interrupted goes on where it stopped. Raises
    InputError with every mistake.
    """
    into, rules = Path(catalog), dict(venues or {})
    heads = _heads([Path(f) for f in files], [*usable(into), *_options(rules, margin, publishers)])
    table = None if publishers is None else Path(publishers)
    done, used = list[Ingested](), set[str]()
    for head in (h for h in heads if h.schema == "definition"):
        done.append(_definitions(into, head, table, Restamp(rules, margin), used))
    if unknown := set(rules) - used - {str(i.id.venue) for i in _defined(into)} - set(rules.values()):
        rule = "is the venue of no instrument in these files"
        if any(h.schema == "definition" for h in heads):
            raise InputError([Problem("--venue", rule, v, did_you_mean(v, used)) for v in sorted(unknown)])
    for head in (h for h in heads if h.schema != "definition"):
        done += _data(into, head, merge=merge, progress=progress)
    return done


def _options(rules: Mapping[str, str], margin: str | None, publishers: str | Path | None) -> Iterator[Problem]:
    for theirs, yours in rules.items():
        for venue in (theirs, yours):
            if not venue.isascii() or not venue.strip() or "." in venue:
                yield Problem("--venue", "must be two venues, such as XCME=GLBX", f"{theirs}={yours}")
    if margin is not None and not margin.replace(".", "", 1).isdigit():
        yield Problem("--margin", "must be a share of the notional, such as 0.05", margin)
    if publishers is not None and not Path(publishers).is_file():
        yield Problem("--publishers", "is no file", str(publishers))


def _heads(files: Sequence[Path], problems: list[Problem]) -> list[Header]:
    heads: list[Header] = []
    for path in files:
        try:
            head = dbn_format.header(path)
        except (OSError, ValueError) as error:
            problems.append(Problem(str(path), _reason(error)))
            continue
        if head.schema not in {"definition", "mbo", "mbp-10", *QUOTES, *TRADES, *BARS}:
            known = "definition, mbp-1, bbo-*, cmbp-1, cbbo-*, trades, tbbo, tcbbo, ohlcv-*, mbo or mbp-10"
            problems.append(Problem(str(path), f"holds {head.schema}; it must be {known}"))
        heads.append(head)
    if not files:
        problems.append(Problem("FILE", "give at least one DBN file"))
    if problems:
        raise InputError(problems)
    return heads


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


@dataclass(frozen=True, slots=True)
class Restamp:
    """How an instrument is changed on its way in."""

    venues: Mapping[str, str]
    margin: str | None

    def __call__(self, instrument: Any) -> Any:
        """The instrument under the user's venue and margin."""
        said = instrument.to_dict()
        venue = str(instrument.id.venue)
        said["id"] = f"{instrument.id.symbol}.{self.venues.get(venue, venue)}"
        if self.margin is not None:
            said |= {"margin_init": self.margin, "margin_maint": str(Decimal(self.margin) / 2)}
        return type(instrument).from_dict(said)


def _definitions(catalog: Path, head: Header, table: Path | None, restamp: Restamp, used: set[str]) -> Ingested:
    try:
        found = _loaded(head, table)
    except Exception as error:  # the loader's own kinds
        raise InputError(Problem(str(head.path), f"cannot be read by the engine: {_reason(error)}")) from error
    if not found:
        raise InputError(Problem(str(head.path), "holds no definition that the engine knows"))
    used |= {str(i.id.venue) for i in found}
    groups: dict[str, list[Any]] = {}
    for instrument in sorted(map(restamp, found), key=lambda i: i.ts_init):
        groups.setdefault(str(instrument.id), []).append(instrument)
    with filling(catalog):
        known = {str(i.id): i for i in _defined(catalog)}
        _refuse_others(head, groups, known)
        new = [name for name in groups if name not in known]
        for name in new:
            ParquetDataCatalog(str(catalog)).write_instruments(_distinct(groups[name]))
    times, names = [i.ts_init for i in found], sorted(groups)
    noun = f"definitions ({', '.join(names[:4])}{' …' if names[4:] else ''})"
    repeated = {"definitions of an instrument that is defined": len(found) - len(groups)}
    return Ingested(
        catalog, "Instrument", "", noun, bool(new), {str(head.path): len(found)}, len(groups), len(new),
        counted(repeated), {}, min(times), max(times), catalog / "data",
    )  # fmt: skip


def _distinct(instruments: Sequence[Any]) -> list[Any]:
    """The first of definitions of one time."""
    return list({i.ts_init: i for i in reversed(instruments)}.values())[::-1]


FIXED = ("price_precision", "price_increment", "multiplier", "size_precision", "raw_symbol")


def _refuse_others(head: Header, groups: Mapping[str, Sequence[Any]], known: Mapping[str, Any]) -> None:
    problems: list[Problem] = []
    for name in groups.keys() & known.keys():
        one, other = groups[name][-1], known[name]
        differ = [f for f in FIXED if str(getattr(one, f)) != str(getattr(other, f))]
        for f in differ:
            rule = f"the catalog defines {name} with another {f}: {getattr(other, f)}"
            problems.append(Problem(str(head.path), rule, str(getattr(one, f))))
    if problems:
        raise InputError(problems)


def _loaded(head: Header, table: Path | None) -> list[Any]:
    """Instruments of a file of definitions, under the venue of the exchange."""
    return list(_loader(head, table).load_instruments(str(head.path), use_exchange_as_venue=True))


def _loader(head: Header, table: Path | None = None) -> Any:
    """The engine's own, with a table of publishers; where none is given those of a dataset are its venue."""
    if table is not None:
        return DatabentoDataLoader(str(table))
    venue = head.dataset.partition(".")[0]
    rows = [
        {"publisher_id": n, "dataset": head.dataset, "venue": venue, "description": head.dataset}
        for n in sorted(dbn_format.publishers(head.path))
    ]
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "publishers.json"
        made.write_text(json.dumps(rows), encoding="utf-8")
        return DatabentoDataLoader(str(made))


def _defined(catalog: Path) -> list[Any]:
    if not (catalog / "data").is_dir():
        return []
    found = ParquetDataCatalog(str(catalog)).instruments()
    return list({str(i.id): i for i in sorted(found, key=lambda i: i.ts_init)}.values())


def _data(catalog: Path, head: Header, *, merge: bool, progress: Progress | None) -> list[Ingested]:
    instruments = _instruments(catalog, head)
    counts = {name: Counts() for name in instruments}
    lost = Counter[str]()
    with filling(catalog) as scratch:
        try:
            if head.schema in {"mbo", "mbp-10"}:
                drafts, read = _books(scratch, head, instruments)
            else:
                drafts, read = _columns(scratch, head, instruments, counts, lost, progress)
        except InexactError as error:
            rule = f"holds {error}, which its definition does not allow"
            raise InputError(Problem(str(head.path), rule)) from error
        except (OSError, ValueError) as error:
            raise InputError(Problem(str(head.path), _reason(error))) from error
        filled = {name: pair for name, pair in sorted(drafts.items()) if pair[1].rows}
        if not filled:
            reasons = counted(lost, *(c.dropped for c in counts.values()))
            said = ", ".join(f"{n} {reason}" for reason, n in reasons.items()) or "it is empty"
            raise InputError(Problem(str(head.path), f"holds nothing to write: {said}"))
        placed = put(catalog, list(filled.values()), merge=merge)
    done = [
        Ingested.of(catalog, *pair, at).told({}, counts[name].dropped, counts[name].noticed)
        for (name, pair), at in zip(filled.items(), placed, strict=True)
    ]
    return [done[0].told({str(head.path): read}, lost, {}), *done[1:]]


def _instruments(catalog: Path, head: Header) -> dict[str, Any]:
    """The catalog's instrument of each raw symbol of a file."""
    known: dict[str, list[Any]] = {}
    for instrument in _defined(catalog):
        known.setdefault(str(instrument.raw_symbol), []).append(instrument)
    problems: list[Problem] = []
    wanted = sorted({symbol for spans in head.symbols.values() for *_, symbol in spans})
    for symbol in wanted:
        found = known.get(symbol, [])
        if not found:
            remedy = "ingest its definitions (schema definition, raw symbols) first, or with it"
            problems.append(Problem(str(head.path), f"the catalog defines no instrument {symbol}", symbol, remedy))
        elif len(found) > 1:
            ids = ", ".join(str(i.id) for i in found)
            problems.append(Problem(str(head.path), f"the catalog defines {symbol} several times", ids))
    if problems:
        raise InputError(problems)
    return {symbol: known[symbol][0] for symbol in wanted}


type Drafts = dict[str, tuple[Shelf, PendingFile]]


def _columns(
    scratch: Path, head: Header, instruments: Mapping[str, Any], counts: Mapping[str, Counts], lost: Counter[str],
    progress: Progress | None,
) -> tuple[Drafts, int]:  # fmt: skip
    """Quotes, trades or bars by symbol, and how many records there were."""
    shelves = {symbol: _shelf(head.schema, i) for symbol, i in instruments.items()}
    room = max(1000, ROWS_HELD // max(1, len(shelves)))
    drafts: Drafts = {}
    read = 0
    for share, some in dbn_format.records(head.path, head.schema):
        read += len(some)
        for symbol, mine in _by_symbol(head, some, lost):
            shelf = shelves[symbol]
            if symbol not in drafts:
                once = head.schema in BARS  # else equal records are fills of one match, or books that look alike
                path = scratch / f"{len(drafts)}"
                draft = PendingFile(
                    path, shelf.schema, shelf.noun, one_at_a_time=once, keeps_repeated=not once, gather=room
                )
                drafts[symbol] = shelf, draft
            drafts[symbol][1].add(_rows(head.schema, shelf, mine, instruments[symbol], counts[symbol]))
        if progress:
            progress(str(head.path), share, read)
    for _, draft in drafts.values():
        draft.close()
    return drafts, read


def _shelf(schema: str, instrument: Any) -> Shelf:
    if schema in BARS:
        return bars_of(instrument, f"{instrument.id}-{BARS[schema]}-LAST-EXTERNAL")
    return quotes_of(instrument) if schema in QUOTES else trades_of(instrument)


def _by_symbol(head: Header, some: Any, lost: Counter[str]) -> Iterator[tuple[str, Any]]:
    """The records of each symbol; a publisher's number may stand for one today and for another tomorrow."""
    at = "ts_event" if head.schema in BARS else "ts_recv"
    known = np.zeros(len(some), bool)
    for number in np.unique(some["instrument_id"]).tolist():
        spans, mine = head.symbols.get(number, []), some["instrument_id"] == number
        for start, end, symbol in spans:
            inside = mine if len({s for *_, s in spans}) == 1 else mine & (some[at] >= start) & (some[at] < end)
            inside = inside & ~known
            if inside.any():
                known |= inside
                yield symbol, some[inside]
    lost["records of an instrument that the file does not name"] += int((~known).sum())


def _rows(schema: str, shelf: Shelf, some: Any, instrument: Any, counts: Counts) -> Any:
    p, s = instrument.price_precision, instrument.size_precision
    if schema in BARS:
        return _bars(schema, shelf, some, p, s, counts)
    if schema in QUOTES:
        both = (some["bid_px_00"] != UNDEFINED) & (some["ask_px_00"] != UNDEFINED)
        counts.dropped["quotes with one side alone"] += int((~both).sum())
        some = some[both]
        ticks = Ticks(
            some["ts_recv"].astype(np.int64), price(some["bid_px_00"], p), price(some["ask_px_00"], p),
            whole(some["bid_sz_00"], s), whole(some["ask_sz_00"], s),
        )  # fmt: skip
        return data_kinds.ticks_table(shelf, possible(ticks, counts.dropped, counts.noticed), p, s)
    some = some[some["action"] == b"T"]
    good = (some["price"] != UNDEFINED) & (some["size"] > 0)
    counts.dropped["trades without a price and a size above zero"] += int((~good).sum())
    some = some[good]
    sides = pa.array([SIDES.get(side, "NO_AGGRESSOR") for side in some["side"].tolist()], pa.string())
    return shelf.table({
        "price": decimals(price(some["price"], p), p), "size": decimals(whole(some["size"], s), s),
        "aggressor_side": sides.cast(pa.dictionary(pa.int8(), pa.string())),
        "trade_id": pa.array(some["sequence"]).cast(pa.string()),
        **data_kinds.both_times(some["ts_recv"].astype(np.int64)),
    })  # fmt: skip


def _bars(schema: str, shelf: Shelf, some: Any, p: int, s: int, counts: Counts) -> Any:
    ts = some["ts_event"].astype(np.int64) + SECONDS[schema] * 10**9  # a bar is known at its end
    prices = {n: price(some[n], p) for n in data_kinds.OHLC}
    volume = whole(some["volume"], s)
    good = data_kinds.sound(prices, volume, counts)
    found = {n: decimals(v, p) for n, v in prices.items()} | {"volume": decimals(volume, s)}
    return shelf.table(found | data_kinds.both_times(ts)).filter(pa.array(good))


def price(nanos: Any, digits: int) -> Any:
    """Prices of records in units of the instrument's last decimal. InexactError where it has fewer than they need."""
    step = 10 ** (NANO - digits) if digits <= NANO else 1
    off = nanos % step != 0
    if off.any():
        first = Decimal(int(nanos[off][0])).scaleb(-NANO)
        raise InexactError(int(off.sum()), "prices", digits, format(first.normalize(), "f"), NANO)
    return (nanos // step) * 10 ** max(0, digits - NANO)


def whole(sizes: Any, digits: int) -> Any:
    """Whole numbers in units of the instrument's last decimal."""
    return sizes.astype(np.int64) * 10**digits


def _books(scratch: Path, head: Header, instruments: Mapping[str, Any]) -> tuple[Drafts, int]:
    """Order book changes (mbo) or depths (mbp-10), of one instrument a file, by the engine's own loader and writer."""
    if len(instruments) != 1:
        raise ValueError(f"holds the books of {len(instruments)} instruments; ask for files of one each")
    ((symbol, instrument),) = instruments.items()
    loader = _loader(head)
    catalog: Any = ParquetDataCatalog(str(scratch))
    load, write, kind = (
        (loader.load_order_book_deltas, catalog.write_order_book_deltas, "OrderBookDelta")
        if head.schema == "mbo"
        else (loader.load_order_book_depth, catalog.write_order_book_depths, "OrderBookDepth")
    )
    try:
        rows = load(str(head.path), instrument.id, instrument.price_precision)
        write(rows)
    except Exception as error:  # the loader's own kinds
        raise ValueError(f"cannot be read by the engine: {_reason(error)}") from error
    return {symbol: _written(scratch, kind, instrument)}, len(rows)


def _written(scratch: Path, kind: str, instrument: Any) -> tuple[Shelf, PendingFile]:
    (path,) = (scratch / "data").rglob("*.parquet")
    with pq.ParquetFile(path) as parquet:
        schema = parquet.schema_arrow
        shelf = Shelf(path.parent.relative_to(scratch), schema, kind, str(instrument.id), "book changes", {})
        draft = PendingFile(scratch / "books", schema, shelf.noun, keeps_repeated=True)
        for batch in parquet.iter_batches(100_000):
            draft.add(pa.Table.from_batches([batch]))
    draft.close()
    return shelf, draft
