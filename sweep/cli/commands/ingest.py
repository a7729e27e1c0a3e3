"""Commands that bring the user's own data into a catalog."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sweep.cli.options import AsJson, reported

app = typer.Typer(no_args_is_help=True, help="Bring your own data into a catalog.")

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV (.gz, .zst, .zip) or Parquet; one or several.")]
Mapping = Annotated[Path | None, typer.Option("--mapping", metavar="FILE", help="YAML: which column is what.")]
Instrument = Annotated[str, typer.Option(metavar="ID", help="SYMBOL.VENUE, such as GBP/USD.SIM.")]
Into = Annotated[Path, typer.Option("--catalog", metavar="DIR", help="The catalog; it is made if it is not there.")]
Precision = Annotated[int | None, typer.Option(help="Decimals of a price. Default: 5; 3 in yen and the like.")]
Margin = Annotated[str, typer.Option(help="Initial margin of a new instrument, a share of the notional.")]
Size = Annotated[str, typer.Option(help="Size on both sides of the book, where the file has none.")]
SizePrecision = Annotated[int | None, typer.Option(help="Decimals of a size of a new instrument. Default: 0.")]
Currency = Annotated[
    list[str], typer.Option("--currency", metavar="CODE", help="A coin that the engine does not know, such as PEPE.")
]
Template = Annotated[
    str, typer.Option(help="A ready instrument (sweep catalog instruments) for symbols that are not defined.")
]
Columns = Annotated[
    str,
    typer.Option(help='Without a header the names in order: "time,bid,ask,"; else which is what: "time=DATE+TIME".'),
]
SkipRows = Annotated[int, typer.Option(help="Lines to skip at the start.")]
Delimiter = Annotated[str, typer.Option(help="Between columns. Default: as the first lines show it.")]
DecimalSign = Annotated[str, typer.Option("--decimal", help="Between whole and fraction. Default: as numbers show it.")]
TimeFormat = Annotated[str, typer.Option(help='iso, s, ms, us, ns, excel, or a pattern such as "%d/%m/%Y %H:%M".')]
SymbolValue = Annotated[str, typer.Option("--symbol", help="Of a file of several symbols: take this one's rows.")]
SymbolColumn = Annotated[
    str,
    typer.Option(help="The column of the symbols; without --symbol all are ingested, at the venue of --instrument."),
]
Ignore = Annotated[
    list[str], typer.Option("--ignore", metavar="COLUMN", help="A column that is not looked at; as often as needed.")
]
Drop = Annotated[
    list[str],
    typer.Option("--drop", metavar="CODE", help="Leave out rows that verify calls so: crossed, price, size …"),
]
Round = Annotated[
    bool, typer.Option("--round", help="Round numbers to the instrument's decimals, and say by how much.")
]
TimeZone = Annotated[str, typer.Option(help="Of times that name none: UTC, -05:00, America/New_York.")]


Merge = Annotated[bool, typer.Option("--merge", help="Add what the catalog lacks where it has data of the same time.")]


@app.command("events")
@reported
def ingest_events(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="SQLite, CSV, Parquet or JSON lines; text may be .gz.")
    ],
    mapping: Annotated[Path, typer.Option("--mapping", metavar="FILE", help="YAML: which column is what.")],
    catalog: Into,
    table: Annotated[str, typer.Option(help="Of SQLite, where it has several.")] = "",
    query: Annotated[str, typer.Option(help="A SELECT in its place.")] = "",
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rows that are no events. Default: DIR/rejected/SOURCE.csv.")
    ] = None,
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """Scored events, or any of your own, as custom data that strategies subscribe to."""
    from sweep.catalog.ingest import events
    from sweep.cli.handlers import catalog as handlers_catalog

    done = events(source, mapping, catalog, table=table, query=query, rejects=rejects, merge=merge)
    handlers_catalog.ingested(*done, as_json=as_json)


@app.command("bars")
@reported
def ingest_bars(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Bars; or bars of the bid, with those of the ask behind.")
    ],
    instrument: Instrument,
    catalog: Into,
    ask: Annotated[Path | None, typer.Argument(metavar="[ASK]", help="Bars of the ask, of the same minutes.")] = None,
    mapping: Mapping = None,
    precision: Precision = None,
    margin: Margin = "1",
    size: Size = "1000000",
    columns: Columns = "",
    skip_rows: SkipRows = 0,
    delimiter: Delimiter = "",
    decimal: DecimalSign = "",
    time_format: TimeFormat = "iso",
    time_zone: TimeZone = "UTC",
    symbol: SymbolValue = "",
    symbol_column: SymbolColumn = "",
    ignore: Ignore = [],  # noqa: B006
    drop: Drop = [],  # noqa: B006
    round_numbers: Round = False,
    size_precision: SizePrecision = None,
    currency: Currency = [],  # noqa: B006
    template: Template = "",
    bar_seconds: Annotated[int, typer.Option(help="Length of a bar.")] = 60,
    bar: Annotated[str, typer.Option(help="The same in words: 4-HOUR, 1-DAY, 1-WEEK, 1-MONTH.")] = "",
    volume: Annotated[str, typer.Option(help="Volume of bars that have none; orders fill up to it.")] = "",
    stamp: Annotated[str, typer.Option(help="A bar's time is its open or its close.")] = "open",
    price: Annotated[str, typer.Option(help="What the bars are of: LAST, BID, ASK or MID.")] = "LAST",
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """Bars; or bid and ask bars side by side, as four quotes each: open, high and low, close."""
    from sweep.catalog.ingest import IngestStep, sides
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    pair, layout = _described(
        instrument, precision, margin, size, mapping, size_precision, currency, template,
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, time_format=time_format, time_zone=time_zone,
        decimal=decimal, symbol=symbol, symbol_column=symbol_column, ignored=ignore, dropped=drop, rounds=round_numbers,
    )  # fmt: skip
    step = IngestStep(seconds=bar_seconds, stamp=stamp, price=price, length=bar, volume=volume)
    if ask is not None:
        handlers_catalog.ingested(sides(file, ask, pair, catalog, layout, step=step, merge=merge), as_json=as_json)
        return
    with reading() as progress:
        done = handlers_catalog.ingest("bars", [file], pair, catalog, layout, merge=merge, progress=progress, step=step)
    handlers_catalog.ingested(*done, as_json=as_json)


@app.command("quotes")
@reported
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
    time_zone: TimeZone = "UTC",
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
    """Quotes: a time, bid and ask, and their sizes where the file has them."""
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    pair, layout = _described(
        instrument, precision, margin, size, mapping, size_precision, currency, template,
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, time_format=time_format, time_zone=time_zone,
        decimal=decimal, symbol=symbol, symbol_column=symbol_column, ignored=ignore, dropped=drop, rounds=round_numbers,
    )  # fmt: skip
    with reading() as progress:
        done = handlers_catalog.ingest("quotes", files, pair, catalog, layout, merge=merge, progress=progress)
    handlers_catalog.ingested(*done, as_json=as_json)


@app.command("trades")
@reported
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
    time_zone: TimeZone = "UTC",
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
    """Trades: a time, price and size, and the taker's side and an id where the file has them."""
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    pair, layout = _described(
        instrument, precision, margin, "1", mapping, size_precision, currency, template,
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, time_format=time_format, time_zone=time_zone,
        decimal=decimal, symbol=symbol, symbol_column=symbol_column, ignored=ignore, dropped=drop, rounds=round_numbers,
    )  # fmt: skip
    with reading() as progress:
        done = handlers_catalog.ingest("trades", files, pair, catalog, layout, merge=merge, progress=progress)
    handlers_catalog.ingested(*done, as_json=as_json)


@app.command("databento")
@reported
def ingest_databento(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="DBN files, definitions among them or ingested before.")
    ],
    catalog: Into,
    venue: Annotated[
        list[str],
        typer.Option("--venue", metavar="THEIRS=YOURS", help="XCME=GLBX, ARCX=ARCA, OPRA=SMART; as often as needed."),
    ] = [],  # noqa: B006
    margin: Annotated[
        str | None, typer.Option(help="Initial margin of the definitions, a share of the notional; they come without.")
    ] = None,
    publishers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Databento's publishers.json. Default: the dataset is the venue."),
    ] = None,
    drop: Drop = [],  # noqa: B006
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """Databento's files: definitions first, then quotes, trades, bars and order books, under your venues."""
    from sweep.catalog.ingest import databento
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    rules = {theirs: yours for theirs, _, yours in (rule.partition("=") for rule in venue)}
    with reading() as progress:
        done = databento(
            files,
            catalog,
            venues=rules,
            publishers=publishers,
            margin=margin,
            dropped=drop,
            merge=merge,
            progress=progress,
        )
    handlers_catalog.ingested(*done, as_json=as_json)


@app.command("binance")
@reported
def ingest_binance(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="As named there: BTCUSDT-1m-2024-01.zip …")],
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
    """Files of data.binance.vision: klines, trades, aggTrades and bookTicker of spot and futures."""
    from sweep.catalog.ingest import InstrumentDraft, binance
    from sweep.cli.console import reading
    from sweep.cli.handlers import catalog as handlers_catalog

    pair = InstrumentDraft(
        id=instrument, precision=precision, size_precision=size_precision, margin=margin, currencies=tuple(currency)
    )
    with reading() as progress:
        done = binance(files, pair, catalog, dropped=drop, merge=merge, progress=progress)
    handlers_catalog.ingested(*done, as_json=as_json)


@app.command("nautilus1")
@reported
def ingest_nautilus1(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A catalog of Nautilus 1.x; it is only read.")],
    catalog: Into,
    classes: Annotated[
        list[str] | None, typer.Option("--class", metavar="MODULE:CLASS", help="Of custom data; as often as needed.")
    ] = None,
    merge: Merge = False,
    as_json: AsJson = False,
) -> None:
    """A catalog of Nautilus 1.x, custom data included."""
    from sweep.catalog.ingest import nautilus1
    from sweep.cli.handlers import catalog as handlers_catalog

    handlers_catalog.ingested(*nautilus1(old, catalog, classes=classes or (), merge=merge), as_json=as_json)


def _described(
    instrument: str, precision: int | None, margin: str, size: str, mapping: Path | None, size_precision: int | None,
    currencies: list[str], template: str, **written: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """The instrument and the layout that options describe."""
    from sweep.catalog.ingest import InstrumentDraft, Layout

    layout = Layout(**written)
    pair = InstrumentDraft(
        id=instrument, precision=precision, margin=margin, size=size, size_precision=size_precision or 0,
        currencies=tuple(currencies), template=template,
    )  # fmt: skip
    return pair, layout.mapped(mapping) if mapping else layout
