"""Commands that compare: strategies by their decisions, sweeps by their figures."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.cli import completion
from sweep.cli.options import RUNS, AsJson, RunsDir, Settings, Sweep, reported, waiting
from sweep.cli.output.json_output import print_json

app = typer.Typer()


MaxDailyDisagreement = Annotated[
    float | None,
    typer.Option(metavar="PERCENT", help="Fail if the share of unequal decisions on the worst day is above this."),
]


@app.command()
@reported
@waiting("loading the engine and the code of both")
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="Spec, folder of a backtest, SWEEP:TRIAL, or decision log.")],
    b: Annotated[str, typer.Argument(metavar="B", help="As A; PnL differences are B minus A.")],
    settings: Settings = [],  # noqa: B006
    set_a: Annotated[
        list[str], typer.Option("--set-a", metavar="PATH=VALUE", help="As --set, for A only; repeatable.")
    ] = [],  # noqa: B006
    set_b: Annotated[
        list[str], typer.Option("--set-b", metavar="PATH=VALUE", help="As --set, for B only; repeatable.")
    ] = [],  # noqa: B006
    tolerance: Annotated[str, typer.Option(help="Maximum time between the two entries of a pair of decisions.")] = "1s",
    price_tolerance: Annotated[
        float, typer.Option(min=0, help="Maximum difference of equal prices, in basis points.")
    ] = 0.0,
    min_parity: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="Fail if the share of equal decisions is below this.")
    ] = None,
    max_daily_disagreement: MaxDailyDisagreement = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Output folder. Default: RUNS_DIR/diffs/A--B.")
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Compare two strategies, or a strategy and the production record, decision by decision."""
    from sweep.cli import console
    from sweep.cli.handlers import diff as handlers_diff
    from sweep.runner import diff

    options = diff.DiffOptions(
        settings_a=[*settings, *set_a], settings_b=[*settings, *set_b], runs_dir=runs_dir, out=out,
        tolerance=diff.tolerance(tolerance, price_tolerance), min_parity=min_parity, max_daily=max_daily_disagreement,
    )  # fmt: skip
    result = diff.diff(a, b, options, lambda line: console.say(line, "yellow"))
    if as_json:
        print_json(result.plain())
    else:
        handlers_diff.show(result)
    raise typer.Exit(0 if result.passed else 1)


@app.command()
@reported
def compare(
    sweeps: Annotated[
        list[str], typer.Argument(metavar="A B [C…]", help="Sweeps: ids or names.", autocompletion=completion.sweeps)
    ],
    metric: Annotated[
        str | None, typer.Option(help="Metric. Default: the objective of A.", autocompletion=completion.metrics)
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Number of shared settings.")] = 10,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Compare sweeps: spec, data and engine, best trial and distribution, and the settings that they share."""
    from sweep.cli.handlers.many import compare as handlers

    handlers.compare(runs_dir, sweeps, metric, top, as_json=as_json)


@app.command()
@reported
def upgrade(
    sweep: Sweep,
    engine: Annotated[str, typer.Option(help="Version of NautilusTrader, or newest.")] = "newest",
    sample: Annotated[int, typer.Option(min=1, help="Number of trials: the best, and others evenly spread.")] = 20,
    accept: Annotated[
        bool, typer.Option("--accept", help="Note that the engines agree, if every trial of the sample is identical.")
    ] = False,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Run trials of a sweep again under another version of the engine, and compare every figure and fill."""
    from sweep.cli.handlers.many import upgrade as handlers

    raise typer.Exit(handlers.upgrade(runs_dir, sweep, engine, sample, accept=accept, as_json=as_json))
