"""Options of the commands that ingest files, and what they describe."""

from pathlib import Path
from typing import Annotated, Any

import typer

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV (.gz, .zst, .zip) or Parquet files.")]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE", help="YAML file that maps columns to fields.")
]
Instrument = Annotated[str, typer.Option(metavar="ID", help="Id of the instrument, SYMBOL.VENUE, such as GBP/USD.SIM.")]
Into = Annotated[
    Path, typer.Option("--catalog", metavar="DIR", help="Catalog to write to; created if it does not exist.")
]
Precision = Annotated[
    int | None, typer.Option(help="Decimals of a price. Default: 5; 3 for yen and similar currencies.")
]
Margin = Annotated[str, typer.Option(help="Initial margin of a new instrument, as a share of the notional.")]
Size = Annotated[str, typer.Option(help="Size on both sides of the book, if the file has no sizes.")]
SizePrecision = Annotated[int | None, typer.Option(help="Decimals of a size of a new instrument. Default: 0.")]
Currency = Annotated[
    list[str],
    typer.Option(
        "--currency", metavar="CODE", help="Code of a coin that the engine does not know, such as PEPE; repeatable."
    ),
]
Template = Annotated[str, typer.Option(help="Template (sweep catalog instruments) for symbols without a definition.")]
Columns = Annotated[
    str,
    typer.Option(
        help='Names in order, for a file without a header: "time,bid,ask,"; or field=column: "time=DATE+TIME".'
    ),
]
SkipRows = Annotated[int, typer.Option(help="Number of lines to skip at the start.")]
Delimiter = Annotated[str, typer.Option(help="Column delimiter. Default: detected from the first lines.")]
DecimalSign = Annotated[str, typer.Option("--decimal", help="Decimal sign. Default: detected from the numbers.")]
TimeFormat = Annotated[
    str, typer.Option(help='Format of the times: iso, s, ms, us, ns, excel, or a pattern such as "%d/%m/%Y %H:%M".')
]
SymbolValue = Annotated[
    str, typer.Option("--symbol", help="Symbol whose rows are ingested, for a file with several symbols.")
]
SymbolColumn = Annotated[
    str,
    typer.Option(help="Column of the symbols; without --symbol all are ingested, at the venue of --instrument."),
]
Ignore = Annotated[list[str], typer.Option("--ignore", metavar="COLUMN", help="Column to ignore; repeatable.")]
Drop = Annotated[
    list[str],
    typer.Option(
        "--drop",
        metavar="CODE",
        help="Leave out rows with this fault code of verify: crossed, price, size …; repeatable.",
    ),
]
Round = Annotated[
    bool, typer.Option("--round", help="Round numbers to the instrument's decimals, and report by how much.")
]
TimeZone = Annotated[
    str, typer.Option(help="Time zone of times without one: -05:00, America/New_York. Default: UTC; asked in doubt.")
]


Date = Annotated[
    str, typer.Option("--date", help="Day of times that count from midnight, in the unit of --time-format.")
]
PriceUnit = Annotated[str, typer.Option(help="Unit of prices that are whole numbers, such as 0.0001.")]
Merge = Annotated[
    bool, typer.Option("--merge", help="Add missing rows to time ranges that the catalog already covers.")
]


def described(
    instrument: str, precision: int | None, margin: str, size: str, mapping: Path | None, size_precision: int | None,
    currencies: list[str], template: str, **written: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """The instrument and the layout that options describe."""
    from sweep.catalog.ingest import InstrumentDraft, Layout

    written["time_zone"] = written["time_zone"] or "UTC"
    layout = Layout(**written)
    pair = InstrumentDraft(
        id=instrument, precision=precision, margin=margin, size=size, size_precision=size_precision or 0,
        currencies=tuple(currencies), template=template,
    )  # fmt: skip
    return pair, layout.mapped(mapping) if mapping else layout
