"""Databento's files into a catalog: definitions first, then data, under the venues that the user trades under.

Definitions are read by the engine's own loader. Quotes, trades and bars are made of columns, and are what its loader
would have made, in flat memory. Order books (mbo, mbp-10) are read by its loader, a file at a time.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.catalog.ingest.ingest_result import Ingested, counted
from sweep.catalog.ingest.parsing.decimals import InexactError
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.row_counts import RowCounts
from sweep.catalog.ingest.parsing.tables import Progress
from sweep.catalog.ingest.vendors import dbn_format
from sweep.catalog.ingest.vendors.databento_definitions import Restamp, defined, ingest_definitions, loader, reason
from sweep.catalog.ingest.vendors.databento_rows import BARS, QUOTES, TRADES, Drafts, drafts_of
from sweep.catalog.ingest.vendors.dbn_format import Header
from sweep.catalog.ingest.writing.engine_schema import Shelf
from sweep.catalog.ingest.writing.pending_file import PendingFile
from sweep.catalog.ingest.writing.transaction import filling, put, usable
from sweep.common import extras
from sweep.errors import InputError, Problem, did_you_mean


def databento(
    files: Iterable[str | Path], catalog: str | Path,
    *, venues: Mapping[str, str] | None = None, publishers: str | Path | None = None, margin: str | None = None,
    dropped: Sequence[str] = (), merge: bool = False, progress: Progress | None = None,
) -> list[Ingested]:  # fmt: skip
    """DBN files, in any order, into a catalog.

    `venues`: theirs → yours (XCME → GLBX); `margin`: initial margin of the definitions; `dropped`: codes of
    `sweep catalog verify`, whose rows are left out.

    A file appears whole. Doing it twice changes nothing, so that what was interrupted goes on where it stopped. Raises
    InputError with every mistake.
    """
    extras.require("formats", "sweep catalog ingest databento")
    into, rules = Path(catalog), dict(venues or {})
    layout = Layout(dropped=dropped)
    heads = _heads([Path(f) for f in files], [*usable(into), *layout.problems(), *_options(rules, margin, publishers)])
    table = None if publishers is None else Path(publishers)
    written, used = list[Ingested](), set[str]()
    for head in (h for h in heads if h.schema == "definition"):
        written.append(ingest_definitions(into, head, table, Restamp(rules, margin), used))
    if unknown := set(rules) - used - {str(i.id.venue) for i in defined(into)} - set(rules.values()):
        rule = "is the venue of no instrument in these files"
        if any(h.schema == "definition" for h in heads):
            raise InputError([Problem("--venue", rule, v, did_you_mean(v, used)) for v in sorted(unknown)])
    for head in (h for h in heads if h.schema != "definition"):
        written += _data(into, head, layout, merge=merge, progress=progress)
    return written


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
            problems.append(Problem(str(path), reason(error)))
            continue
        if head.schema not in {"definition", "mbo", "mbp-10", *QUOTES, *TRADES, *BARS}:
            schemas = "definition, mbp-1, bbo-*, cmbp-1, cbbo-*, trades, tbbo, tcbbo, ohlcv-*, mbo or mbp-10"
            problems.append(Problem(str(path), f"holds {head.schema}; it must be {schemas}"))
        heads.append(head)
    if not files:
        problems.append(Problem("FILE", "give at least one DBN file"))
    if problems:
        raise InputError(problems)
    return heads


def _data(catalog: Path, head: Header, layout: Layout, *, merge: bool, progress: Progress | None) -> list[Ingested]:
    instruments = _instruments(catalog, head)
    counts = {name: RowCounts() for name in instruments}
    lost = Counter[str]()
    with filling(catalog) as scratch:
        try:
            if head.schema in {"mbo", "mbp-10"}:
                drafts, read = _books(scratch, head, instruments)
            else:
                drafts, read = drafts_of(scratch, head, instruments, counts, lost, layout, progress)
        except InexactError as error:
            rule = f"holds {error}, which its definition does not allow"
            raise InputError(Problem(str(head.path), rule)) from error
        except (OSError, ValueError) as error:
            raise InputError(Problem(str(head.path), reason(error))) from error
        if problems := [p for name, c in counts.items() for p in c.problems(str(head.path), f"records of {name}")]:
            raise InputError(problems)
        filled = {name: pair for name, pair in sorted(drafts.items()) if pair[1].rows}
        if not filled:
            reasons = counted(lost, *(c.dropped for c in counts.values()))
            causes = ", ".join(f"{n} {reason}" for reason, n in reasons.items()) or "it is empty"
            raise InputError(Problem(str(head.path), f"holds nothing to write: {causes}"))
        placed = put(catalog, list(filled.values()), merge=merge)
    written = [
        Ingested.of(catalog, *pair, at).told({}, counts[name].dropped, counts[name].noticed)
        for (name, pair), at in zip(filled.items(), placed, strict=True)
    ]
    return [written[0].told({str(head.path): read}, lost, {}), *written[1:]]


def _instruments(catalog: Path, head: Header) -> dict[str, Any]:
    """The catalog's instrument of each raw symbol of a file."""
    by_symbol: dict[str, list[Any]] = {}
    for instrument in defined(catalog):
        by_symbol.setdefault(str(instrument.raw_symbol), []).append(instrument)
    problems: list[Problem] = []
    symbols = sorted({symbol for spans in head.symbols.values() for *_, symbol in spans})
    for symbol in symbols:
        candidates = by_symbol.get(symbol, [])
        if not candidates:
            remedy = "ingest its definitions (schema definition, raw symbols) first, or with it"
            problems.append(Problem(str(head.path), f"the catalog defines no instrument {symbol}", symbol, remedy))
        elif len(candidates) > 1:
            ids = ", ".join(str(i.id) for i in candidates)
            remedy = "use a new catalog, and name the venue alike in every command (--venue)"
            problems.append(Problem(str(head.path), f"the catalog defines {symbol} several times", ids, remedy))
    if problems:
        raise InputError(problems)
    return {symbol: by_symbol[symbol][0] for symbol in symbols}


def _books(scratch: Path, head: Header, instruments: Mapping[str, Any]) -> tuple[Drafts, int]:
    """Order book changes (mbo) or depths (mbp-10), of one instrument a file, by the engine's own loader and writer."""
    if len(instruments) != 1:
        raise ValueError(f"holds the books of {len(instruments)} instruments; ask for files of one each")
    ((symbol, instrument),) = instruments.items()
    decoder = loader(head)
    catalog: Any = ParquetDataCatalog(str(scratch))
    load, write, kind = (
        (decoder.load_order_book_deltas, catalog.write_order_book_deltas, "OrderBookDelta")
        if head.schema == "mbo"
        else (decoder.load_order_book_depth, catalog.write_order_book_depths, "OrderBookDepth")
    )
    try:
        rows = load(str(head.path), instrument.id, instrument.price_precision)
        write(rows)
    except Exception as error:  # the loader's own kinds
        raise ValueError(f"cannot be read by the engine: {reason(error)}") from error
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
