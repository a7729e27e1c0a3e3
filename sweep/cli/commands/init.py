"""Command that makes a new project."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.ingest_options import (
    Columns,
    Currency,
    DecimalSign,
    Delimiter,
    Drop,
    Ignore,
    Round,
    SkipRows,
    SymbolColumn,
    SymbolValue,
    TimeFormat,
)
from sweep.cli.options import AsJson, reported, waiting

app = typer.Typer()

More = Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help="Further files, as --csv.")]
Csv = Annotated[
    list[Path], typer.Option("--csv", metavar="FILE", help="CSV or Parquet file of bars, quotes or trades; repeatable.")
]
Catalog = Annotated[Path | None, typer.Option(metavar="DIR", help="A catalog that exists, instead of files.")]
Demo = Annotated[bool, typer.Option("--demo", help="Use synthetic data, instead of files.")]
Instruments = Annotated[
    list[str],
    typer.Option(metavar="ID", help="Instrument: AAPL.XNAS, EUR/USD.SIM, BTC/USDT.BINANCE; one, or one for each file."),
]
Strategy = Annotated[
    str, typer.Option(metavar="MODULE:CLASS", help="Your strategy, or FILE.py:CLASS; 1.x is ported. Default: a stub.")
]
Config = Annotated[
    str, typer.Option(metavar="MODULE:CLASS", help="Config class of the strategy, if its source does not show it.")
]
FieldValues = Annotated[
    list[str], typer.Option("--set", metavar="FIELD=VALUE", help="Value of a field of the config; repeatable.")
]
Name = Annotated[str, typer.Option(help="Name of the sweep. Default: from instrument and strategy.")]
Folder = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the project. Default: the current one.")]
Bar = Annotated[str, typer.Option(help="Length of bars, such as 5-MINUTE. Default: as the file shows it.")]
Stamp = Annotated[str, typer.Option(help="Meaning of a bar's time: open or close.")]
Volume = Annotated[str, typer.Option(help="Volume of bars in files without volumes. Default: 1000000.")]
QuoteSize = Annotated[str, typer.Option(help="Size of quotes in files without sizes.")]
Zone = Annotated[
    str, typer.Option(help="Time zone of times without one. Default: asked if the times look like a session.")
]
Template = Annotated[
    str, typer.Option(help="Template of the instrument (sweep catalog instruments). Default: by its id.")
]
Definition = Annotated[
    list[str],
    typer.Option("--define", metavar="KEY=VALUE", help="Value of the instrument's definition; repeatable."),
]


@app.command()
@reported
@waiting("loading the engine")
def init(
    more: More = None, csv: Csv = [], catalog: Catalog = None, demo: Demo = False,  # noqa: B006
    instrument: Instruments = [], strategy: Strategy = "", config: Config = "",  # noqa: B006
    settings: FieldValues = [], name: Name = "", folder: Folder = Path(),  # noqa: B006
    bar: Bar = "", stamp: Stamp = "open", volume: Volume = "", size: QuoteSize = "1000000", time_zone: Zone = "",
    time_format: TimeFormat = "iso",
    columns: Columns = "", skip_rows: SkipRows = 0, delimiter: Delimiter = "", decimal: DecimalSign = "",
    symbol: SymbolValue = "", symbol_column: SymbolColumn = "", ignore: Ignore = [], drop: Drop = [],  # noqa: B006
    round_numbers: Round = False, template: Template = "", define: Definition = [],  # noqa: B006
    currency: Currency = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Create a project that runs without changes: a catalog of your data, a strategy, sweep.yaml, a test."""
    from sweep.cli.handlers import init as handlers

    layout = handlers.layout(
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, decimal=decimal, time_format=time_format,
        time_zone=time_zone or "UTC", symbol=symbol, symbol_column=symbol_column, ignored=ignore, dropped=drop,
        rounds=round_numbers,
    )  # fmt: skip
    project = handlers.request(
        layout, handlers.bar_step(bar, stamp), settings, define, folder=folder, files=(*csv, *(more or ())),
        catalog=catalog, demo=demo, instruments=tuple(instrument), strategy=strategy, config=config, name=name,
        zone_is_stated=bool(time_zone), volume=volume, size=size, template=template, currencies=tuple(currency),
    )  # fmt: skip
    handlers.init(project, as_json=as_json)
