"""Commands that ingest data into a catalog."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.ingest_options import (
    Columns,
    Currency,
    Date,
    DecimalSign,
    Delimiter,
    Drop,
    Files,
    Ignore,
    Instrument,
    Into,
    Mapping,
    Margin,
    Merge,
    Precision,
    PriceUnit,
    Round,
    Size,
    SizePrecision,
    SkipRows,
    SymbolColumn,
    SymbolValue,
    Template,
    TimeFormat,
    TimeZone,
    described,
)
from sweep.cli.options import AsJson, reported, waiting

app = typer.Typer(no_args_is_help=True, help="Ingest your own data into a catalog.")


@app.command("events")
@reported
@waiting("loading the engine")
def ingest_events(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="SQLite, CSV, Parquet or JSON lines file; text may be .gz.")
    ],
    mapping: Annotated[Path, typer.Option("--mapping", metavar="FILE", help="YAML file that maps columns to fields.")],
    catalog: Into,
    table: Annotated[str, typer.Option(help="Table of an SQLite file with several tables.")] = "",
    query: Annotated[str, typer.Option(help="SELECT statement, instead of a table.")] = "",
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File for invalid rows. Default: DIR/rejected/SOURCE.csv.")
    ] = None,
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """Ingest scored events, or other custom events, to which strategies can subscribe."""
    from sweep.catalog.ingest import events
    from sweep.cli.handlers import catalog as handlers_catalog
    from sweep.runner.plan import importable

    importable()  # the class of the events may be the user's
    written = events(source, mapping, catalog, table=table, query=query, rejects=rejects, merge=merge)
    handlers_catalog.ingested(*written, as_json=as_json)


File = Annotated[
    Path, typer.Argument(metavar="FILE", help="File of bars; or of bid bars, followed by the file of ask bars.")
]


@app.command("bars")
@reported
@waiting("loading the engine")
def ingest_bars(
    file: File,
    instrument: Instrument,
    catalog: Into,
    ask: Annotated[Path | None, typer.Argument(metavar="[ASK]", help="File of ask bars of the same times.")] = None,
    mapping: Mapping = None, precision: Precision = None, margin: Margin = "1", size: Size = "1000000",
    columns: Columns = "", skip_rows: SkipRows = 0, delimiter: Delimiter = "", decimal: DecimalSign = "",
    time_format: TimeFormat = "iso", time_zone: TimeZone = "", date: Date = "", price_unit: PriceUnit = "",
    symbol: SymbolValue = "", symbol_column: SymbolColumn = "",
    ignore: Ignore = [], drop: Drop = [],  # noqa: B006
    round_numbers: Round = False, size_precision: SizePrecision = None,
    currency: Currency = [],  # noqa: B006
    template: Template = "",
    bar_seconds: Annotated[int, typer.Option(help="Length of a bar in seconds.")] = 60,
    bar: Annotated[str, typer.Option(help="Length of a bar as text: 4-HOUR, 1-DAY, 1-WEEK, 1-MONTH.")] = "",
    volume: Annotated[str, typer.Option(help="Volume of bars without one; it limits the size of fills.")] = "",
    stamp: Annotated[str, typer.Option(help="Meaning of a bar's time: open or close.")] = "open",
    price: Annotated[str, typer.Option(help="Price type of the bars: LAST, BID, ASK or MID.")] = "LAST",
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ingest bars; or bid and ask bars, converted to four quotes each: open, high and low, close."""
    from sweep.catalog.ingest import IngestStep, sides
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    pair, layout = described(
        instrument, precision, margin, size, mapping, size_precision, currency, template,
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, time_format=time_format, time_zone=time_zone,
        decimal=decimal, symbol=symbol, symbol_column=symbol_column, ignored=ignore, dropped=drop, rounds=round_numbers,
        date=date, price_unit=price_unit,
    )  # fmt: skip
    step = IngestStep(seconds=bar_seconds, stamp=stamp, price=price, length=bar, volume=volume)
    layout = handlers_catalog.on_its_clock([file], pair, layout, is_stated=bool(time_zone or mapping))
    if ask is not None:
        both = sides(file, ask, pair, catalog, layout, step=step, merge=merge)
        return handlers_catalog.ingested(both, as_json=as_json)
    with reading() as progress:
        bars = handlers_catalog.ingest("bars", [file], pair, catalog, layout, merge=merge, progress=progress, step=step)
    return handlers_catalog.ingested(*bars, as_json=as_json)


@app.command("quotes")
@reported
@waiting("loading the engine")
def ingest_quotes(
    files: Files,
    instrument: Instrument,
    catalog: Into,
    mapping: Mapping = None,
    precision: Precision = None,
    margin: Margin = "1",
    size: Size = "1000000",
    columns: Columns = "",
    skip_rows: SkipRows = 0,
    delimiter: Delimiter = "",
    decimal: DecimalSign = "",
    time_format: TimeFormat = "iso",
    time_zone: TimeZone = "",
    date: Date = "",
    price_unit: PriceUnit = "",
    symbol: SymbolValue = "",
    symbol_column: SymbolColumn = "",
    ignore: Ignore = [], drop: Drop = [],  # noqa: B006
    round_numbers: Round = False,
    size_precision: SizePrecision = None,
    currency: Currency = [],  # noqa: B006
    template: Template = "",
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ingest quotes: time, bid, ask, and optional sizes."""
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    pair, layout = described(
        instrument, precision, margin, size, mapping, size_precision, currency, template,
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, time_format=time_format, time_zone=time_zone,
        decimal=decimal, symbol=symbol, symbol_column=symbol_column, ignored=ignore, dropped=drop, rounds=round_numbers,
        date=date, price_unit=price_unit,
    )  # fmt: skip
    layout = handlers_catalog.on_its_clock(files, pair, layout, is_stated=bool(time_zone or mapping))
    with reading() as progress:
        written = handlers_catalog.ingest("quotes", files, pair, catalog, layout, merge=merge, progress=progress)
    handlers_catalog.ingested(*written, as_json=as_json)


@app.command("trades")
@reported
@waiting("loading the engine")
def ingest_trades(
    files: Files,
    instrument: Instrument,
    catalog: Into,
    mapping: Mapping = None,
    precision: Precision = None,
    margin: Margin = "1",
    columns: Columns = "",
    skip_rows: SkipRows = 0,
    delimiter: Delimiter = "",
    decimal: DecimalSign = "",
    time_format: TimeFormat = "iso",
    time_zone: TimeZone = "",
    date: Date = "",
    price_unit: PriceUnit = "",
    symbol: SymbolValue = "",
    symbol_column: SymbolColumn = "",
    ignore: Ignore = [],  # noqa: B006
    drop: Drop = [],  # noqa: B006
    round_numbers: Round = False,
    size_precision: SizePrecision = None,
    currency: Currency = [],  # noqa: B006
    template: Template = "",
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """Ingest trades: time, price, size, and optional taker's side and id."""
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    pair, layout = described(
        instrument, precision, margin, "1", mapping, size_precision, currency, template,
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, time_format=time_format, time_zone=time_zone,
        decimal=decimal, symbol=symbol, symbol_column=symbol_column, ignored=ignore, dropped=drop, rounds=round_numbers,
        date=date, price_unit=price_unit,
    )  # fmt: skip
    layout = handlers_catalog.on_its_clock(files, pair, layout, is_stated=bool(time_zone or mapping))
    with reading() as progress:
        written = handlers_catalog.ingest("trades", files, pair, catalog, layout, merge=merge, progress=progress)
    handlers_catalog.ingested(*written, as_json=as_json)


@app.command("databento")
@reported
@waiting("loading the engine")
def ingest_databento(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="DBN files; they include the definitions, unless these were ingested before."
        ),
    ],
    catalog: Into,
    venue: Annotated[
        list[str],
        typer.Option(
            "--venue", metavar="THEIRS=YOURS", help="Rename a venue: XCME=GLBX, ARCX=ARCA, OPRA=SMART; repeatable."
        ),
    ] = [],  # noqa: B006
    margin: Annotated[
        str | None, typer.Option(help="Initial margin of the definitions, as a share of the notional. Default: none.")
    ] = None,
    publishers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Databento's publishers.json. Default: the dataset is the venue."),
    ] = None,
    drop: Drop = [],  # noqa: B006
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """Ingest Databento files: definitions first, then quotes, trades, bars and order books."""
    from sweep.catalog.ingest import databento
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    rules = {theirs: yours for theirs, _, yours in (rule.partition("=") for rule in venue)}
    with reading() as progress:
        written = databento(
            files, catalog, venues=rules, publishers=publishers, margin=margin, dropped=drop, merge=merge,
            progress=progress,
        )  # fmt: skip
    handlers_catalog.ingested(*written, as_json=as_json)


@app.command("binance")
@reported
@waiting("loading the engine")
def ingest_binance(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Files with their original names: BTCUSDT-1m-2024-01.zip …")
    ],
    instrument: Instrument,
    catalog: Into,
    precision: Precision = None,
    size_precision: Annotated[int, typer.Option(help="Decimals of a size of a new instrument.")] = 8,
    margin: Margin = "1",
    drop: Drop = [],  # noqa: B006
    currency: Currency = [],  # noqa: B006
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """Ingest files of data.binance.vision: klines, trades, aggTrades, bookTicker; spot and futures."""
    from sweep.catalog.ingest import InstrumentDraft, binance
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    pair = InstrumentDraft(
        id=instrument, precision=precision, size_precision=size_precision, margin=margin, currencies=tuple(currency)
    )
    with reading() as progress:
        written = binance(files, pair, catalog, dropped=drop, merge=merge, progress=progress)
    handlers_catalog.ingested(*written, as_json=as_json)


@app.command("nautilus1")
@reported
@waiting("loading the engine")
def ingest_nautilus1(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="NautilusTrader 1.x catalog; it is only read.")],
    catalog: Into,
    classes: Annotated[
        list[str] | None, typer.Option("--class", metavar="MODULE:CLASS", help="Class of custom data; repeatable.")
    ] = None,
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """Convert a NautilusTrader 1.x catalog, custom data included."""
    from sweep.catalog.ingest import nautilus1
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.ingested(*nautilus1(old, catalog, classes=classes or (), merge=merge), as_json=as_json)
