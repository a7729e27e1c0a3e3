"""The command that compares two strategies."""

import json
from pathlib import Path
from typing import Annotated

import typer

from sweep.cli.options import RUNS, AsJson, RunsDir, Settings, reported

app = typer.Typer()


@app.command()
@reported
def diff(
    a: Annotated[
        str, typer.Argument(metavar="A", help="A spec, a backtest's folder, SWEEP:TRIAL, or a log of decisions.")
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="The same; the PnL is that of B minus that of A.")],
    settings: Settings = [],  # noqa: B006
    set_a: Annotated[list[str], typer.Option("--set-a", metavar="PATH=VALUE", help="As --set, for A alone.")] = [],  # noqa: B006
    set_b: Annotated[list[str], typer.Option("--set-b", metavar="PATH=VALUE", help="As --set, for B alone.")] = [],  # noqa: B006
    tolerance: Annotated[str, typer.Option(help="How far apart in time the same decision may be.")] = "1s",
    price_tolerance: Annotated[float, typer.Option(min=0, help="How far apart in price, basis points.")] = 0.0,
    min_parity: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Fail below: decisions alike / all decisions.")
    ] = None,
    max_daily_disagreement: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Fail above: decisions not alike / all, on the worst day.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to write; by default RUNS_DIR/diffs/A--B.")
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Compare two strategies on the same data, or one with what was really done, decision by decision."""
    from sweep.cli import console
    from sweep.cli.handlers import diff as handlers_diff
    from sweep.runner import diff

    asked = diff.DiffOptions(
        settings_a=[*settings, *set_a], settings_b=[*settings, *set_b], runs_dir=runs_dir, out=out,
        tolerance=diff.tolerance(tolerance, price_tolerance), min_parity=min_parity, max_daily=max_daily_disagreement,
    )  # fmt: skip
    done = diff.diff(a, b, asked, lambda line: console.say(line, "yellow"))
    if as_json:
        print(json.dumps(done.plain(), indent=2))
    else:
        handlers_diff.show(done)
    raise typer.Exit(0 if done.passed else 1)
