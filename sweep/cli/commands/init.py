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
from sweep.cli.options import AsJson, reported

app = typer.Typer()


@app.command()
@reported
def init(
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help="Further files, as --csv.")] = None,
    csv: Annotated[
        list[Path],
        typer.Option("--csv", metavar="FILE", help="CSV or Parquet file of bars, quotes or trades; repeatable."),
    ] = [],  # noqa: B006
    catalog: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A catalog that exists, instead of files.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Use synthetic data, instead of files.")] = False,
    instrument: Annotated[
        list[str],
        typer.Option(metavar="ID", help="Instrument, such as AAPL.XNAS, EUR/USD.SIM, BTC/USDT.BINANCE; repeatable."),
    ] = [],  # noqa: B006
    strategy: Annotated[
        str,
        typer.Option(metavar="module:Class", help="Your strategy, or FILE.py:Class; 1.x is ported. Default: a stub."),
    ] = "",
    config: Annotated[
        str, typer.Option(metavar="module:Config", help="Its config class, where its source does not show it.")
    ] = "",
    settings: Annotated[
        list[str], typer.Option("--set", metavar="FIELD=VALUE", help="Value of a field of its config; repeatable.")
    ] = [],  # noqa: B006
    name: Annotated[str, typer.Option(help="Name of the sweep. Default: from instrument and strategy.")] = "",
    folder: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the project. Default: the current one.")
    ] = Path(),
    bar: Annotated[str, typer.Option(help="Length of bars, such as 5-MINUTE. Default: as the file shows it.")] = "",
    stamp: Annotated[str, typer.Option(help="Meaning of a bar's time: open or close.")] = "open",
    volume: Annotated[str, typer.Option(help="Volume of bars in a file without volumes. Default: 1000000.")] = "",
    time_zone: Annotated[
        str, typer.Option(help="Time zone of times without one. Default: asked on a terminal where it shows.")
    ] = "",
    time_format: TimeFormat = "iso",
    columns: Columns = "",
    skip_rows: SkipRows = 0,
    delimiter: Delimiter = "",
    decimal: DecimalSign = "",
    symbol: SymbolValue = "",
    symbol_column: SymbolColumn = "",
    ignore: Ignore = [],  # noqa: B006
    drop: Drop = [],  # noqa: B006
    round_numbers: Round = False,
    template: Annotated[
        str, typer.Option(help="Template of the instrument (sweep catalog instruments). Default: by its id.")
    ] = "",
    define: Annotated[
        list[str],
        typer.Option(
            "--define", metavar="KEY=VALUE", help="Value of the instrument, such as expiration_ns; repeatable."
        ),
    ] = [],  # noqa: B006
    currency: Currency = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Make a project that runs as it stands: a catalog of your data, a strategy, sweep.yaml, a test."""
    from sweep.cli.handlers import init as handlers

    layout = handlers.layout(
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, decimal=decimal, time_format=time_format,
        time_zone=time_zone or "UTC", symbol=symbol, symbol_column=symbol_column, ignored=ignore, dropped=drop,
        rounds=round_numbers,
    )  # fmt: skip
    handlers.init(
        handlers.request(
            layout, handlers.bar_step(bar, stamp), settings, define, folder=folder, files=(*csv, *(more or ())),
            catalog=catalog, demo=demo, instruments=tuple(instrument), strategy=strategy, config=config, name=name,
            zone_is_stated=bool(time_zone), volume=volume, template=template, currencies=tuple(currency),
        ),
        as_json=as_json,
    )  # fmt: skip
