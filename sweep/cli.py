"""The commands. They parse, call and print; what they do is elsewhere."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="The fast, honest, distributed parameter sweep for NautilusTrader.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
catalog_app = typer.Typer(no_args_is_help=True, help="Make, fill and look into data catalogs.")
specs = typer.Typer(no_args_is_help=True, help="About the spec file itself.")
app.add_typer(catalog_app, name="catalog")
app.add_typer(specs, name="spec")
ingest_app = typer.Typer(no_args_is_help=True, help="Bring your own data into a catalog.")
catalog_app.add_typer(ingest_app, name="ingest")

Sweep = Annotated[str, typer.Argument(metavar="SWEEP", help="Its id, or its name (the newest of that name).")]
SpecFile = Annotated[Path, typer.Argument(metavar="SPEC.yaml", help="The spec; see search_spaces/ for ready ones.")]
Settings = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Overwrite a value of the spec; can be given often.")
]
RunsDir = Annotated[Path, typer.Option("--runs-dir", envvar="SWEEP_RUNS_DIR", help="Where the folders of sweeps are.")]
Reuse = Annotated[
    bool, typer.Option("--reuse", help="Take what another sweep in the runs directory has completed with the same key.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else there.")]

RUNS = Path("runs")


def reported[**P](command: Callable[P, None]) -> Callable[P, None]:
    """Turn mistakes into a clear block and exit code 2, other failures into a sentence and exit code 1."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        from sweep.errors import InputError, SweepError

        try:
            command(*args, **kwargs)
        except InputError as error:
            if kwargs.get("as_json"):
                problems = [
                    {k: getattr(p, k) for k in ("where", "line", "rule", "value", "remedy")} for p in error.problems
                ]
                print(json.dumps({"problems": problems}, default=str))
            from sweep.console import mistakes

            mistakes(error.problems, str(kwargs.get("spec") or "sweep"))
            raise typer.Exit(2) from None
        except SweepError as error:
            from sweep.console import say

            say(str(error), "bold red")
            raise typer.Exit(1) from None

    return guarded


@app.command()
@reported
def run(
    spec: SpecFile,
    settings: Settings = [],  # noqa: B006
    name: Annotated[str | None, typer.Option(help="Another name for the sweep.")] = None,
    runs_dir: RunsDir = RUNS,
    address: Annotated[str, typer.Option(help="Where Ray is: local, auto, or HOST:PORT.")] = "local",
    executor: Annotated[str, typer.Option(help="ray, or inline: one trial after another in this process.")] = "ray",
    workers: Annotated[int | None, typer.Option(min=1, help="Trials at a time. Default: all cores.")] = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="Where MLflow is, instead of the spec's tracking.uri; none: no mirror.")
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Run FAILED trials again, whatever the reason.")
    ] = False,
    reuse: Reuse = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, run one trial, say how long all would take.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a sweep. What an earlier run of the same sweep completed is kept."""
    from sweep import commands
    from sweep.plan import plan

    settings = [*settings, *([f"name={name}"] if name else [])]
    settings += [f"tracking.uri={json.dumps(tracking_uri)}"] if tracking_uri not in (None, "none") else []
    planned = plan(spec, settings)
    if dry_run:
        return commands.rehearse(planned, workers, as_json=as_json)
    options = commands.options(
        runs_dir=runs_dir,
        executor=executor,
        address=address,
        workers=workers,
        tracking=tracking_uri != "none",
        retry_failed=retry_failed,
        reuse=reuse,
    )
    raise typer.Exit(commands.run(planned, options, as_json=as_json))


@app.command()
@reported
def resume(
    sweep: Sweep,
    runs_dir: RunsDir = RUNS,
    address: Annotated[str, typer.Option(help="Where Ray is: local, auto, or HOST:PORT.")] = "local",
    executor: Annotated[str, typer.Option(help="ray or inline.")] = "ray",
    workers: Annotated[int | None, typer.Option(min=1, help="Trials at a time. Default: all cores.")] = None,
    tracking: Annotated[bool, typer.Option(help="Mirror to MLflow.")] = True,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Run FAILED trials again, whatever the reason.")
    ] = False,
    reuse: Reuse = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a sweep: only what is not COMPLETE runs."""
    from sweep import commands, session
    from sweep.folder import Folder

    planned = session.resume(Folder.find(runs_dir, sweep))
    options = commands.options(
        runs_dir=runs_dir,
        executor=executor,
        address=address,
        workers=workers,
        tracking=tracking,
        retry_failed=retry_failed,
        reuse=reuse,
    )
    raise typer.Exit(commands.run(planned, options, as_json=as_json))


@app.command()
@reported
def replay(
    sweep: Sweep,
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="Its number, or the first characters of its key.")],
    tearsheet: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw its tearsheet.")] = None,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Run one trial again, alone, and compare every figure: the same, or where it differs."""
    from sweep import commands
    from sweep.folder import Folder

    raise typer.Exit(commands.replay(Folder.find(runs_dir, sweep), trial, tearsheet, as_json=as_json))


@app.command("list")
@reported
def list_(runs_dir: RunsDir = RUNS, as_json: AsJson = False) -> None:
    """List the sweeps, newest first."""
    from sweep import views

    views.sweeps(runs_dir, as_json=as_json)


@app.command()
@reported
def show(
    sweep: Sweep,
    sort: Annotated[
        str | None, typer.Option(metavar="METRIC", help="Sort by this metric instead of the objective.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many trials.")] = 10,
    failed: Annotated[bool, typer.Option("--failed", help="Group the failures by reason instead.")] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Where the time of the trials went.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="All trials as CSV on stdout.")] = False,
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Show the leaderboard of a sweep, its failures, or its timing."""
    from sweep import views
    from sweep.folder import Folder
    from sweep.report import Report

    report = Report(Folder.find(runs_dir, sweep))
    if csv:
        return print(report.frame().to_csv(index=False), end="")
    if failed:
        return views.failures(report, as_json=as_json)
    if timing:
        return views.timing(report, as_json=as_json)
    return views.show(report, sort, top, as_json=as_json)


@app.command()
@reported
def report(
    sweep: Sweep,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write the report of a sweep, one HTML file that opens without a network, and say where it is."""
    from sweep import views
    from sweep.folder import Folder

    views.report(Folder.find(runs_dir, sweep), open_it=open_it)


@app.command()
@reported
def status(sweep: Sweep, runs_dir: RunsDir = RUNS, as_json: AsJson = False) -> None:
    """Say where a sweep stands, also while it runs."""
    from sweep import views
    from sweep.folder import Folder

    views.status(Folder.find(runs_dir, sweep), as_json=as_json)


@app.command()
@reported
def sync(
    sweep: Sweep,
    tracking_uri: Annotated[
        str | None, typer.Option(help="Where MLflow is, instead of the spec's tracking.uri.")
    ] = None,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Bring MLflow to exactly one complete run for each ended trial."""
    from sweep import commands
    from sweep.folder import Folder

    raise typer.Exit(commands.sync(Folder.find(runs_dir, sweep), tracking_uri))


@app.command()
@reported
def export(
    sweep: Sweep,
    optuna: Annotated[
        Path, typer.Option("--optuna", metavar="FILE", help="A new file: a journal, or SQLite for .db and .sqlite.")
    ],
    runs_dir: RunsDir = RUNS,
) -> None:
    """Write a sweep as an Optuna study, for optuna-dashboard."""
    from sweep import console
    from sweep.folder import Folder
    from sweep.report import Report

    count = Report(Folder.find(runs_dir, sweep)).export(optuna)
    console.say(f"{count:,} trials in {optuna}; look at them with: optuna-dashboard {optuna}")


@app.command()
@reported
def ui(
    uri: Annotated[str, typer.Option("--tracking-uri", help="The store to show.")] = "sqlite:///mlflow.db",
    port: Annotated[int, typer.Option(help="On 127.0.0.1.")] = 5000,
) -> None:
    """Open the MLflow UI on the store that sweeps write to. Ctrl-C ends it."""
    from sweep.tracking import server

    server.ui(uri, port)


@app.command()
@reported
def doctor(
    tracking_uri: Annotated[str, typer.Option(help="The MLflow store to try.")] = "sqlite:///mlflow.db",
    runs_dir: RunsDir = RUNS,
    as_json: AsJson = False,
) -> None:
    """Say what is installed, what is reachable, and what would go wrong."""
    from sweep import doctor

    raise typer.Exit(doctor.main(tracking_uri, runs_dir, as_json))


@app.command()
@reported
def venues(as_json: AsJson = False) -> None:
    """List the models and flags that a venue takes, with their arguments."""
    from sweep import views

    views.venues(as_json=as_json)


@specs.command("schema")
@reported
def schema() -> None:
    """Print the JSON schema of a spec, for editors."""
    from sweep.spec import schema

    print(json.dumps(schema(), indent=2))


@catalog_app.command("demo")
@reported
def demo(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new directory.")] = Path("data/demo"),
) -> None:
    """Write the built-in data: five synthetic sessions of SPY quotes with scored events."""
    from sweep import catalogs

    catalogs.demo(directory)


@catalog_app.command("inspect")
@reported
def inspect(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A catalog.")],
    gaps: Annotated[
        bool, typer.Option("--gaps", help="Also read the times: days, missing days, longest gaps.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is in a catalog: instruments, kinds, ranges, counts."""
    from sweep import catalogs

    catalogs.inspect(directory, gaps=gaps, as_json=as_json)


Instrument = Annotated[str, typer.Option(metavar="ID", help="SYMBOL.VENUE, such as GBP/USD.SIM.")]
Into = Annotated[Path, typer.Option("--catalog", metavar="DIR", help="The catalog; it is made if it is not there.")]
Precision = Annotated[int | None, typer.Option(help="Decimals of a price. Default: 5; 3 in yen and the like.")]
Margin = Annotated[str, typer.Option(help="Initial margin of a new instrument, a share of the notional.")]
Size = Annotated[str, typer.Option(help="Size on both sides of the book, where the file has none.")]
Columns = Annotated[str, typer.Option(help='Names in order, where the file has no header: "time,bid,ask,".')]
SkipRows = Annotated[int, typer.Option(help="Lines to skip at the start.")]
Delimiter = Annotated[str, typer.Option(help="Between columns.")]
TimeFormat = Annotated[str, typer.Option(help='iso, s, ms, us, ns, or a pattern such as "%Y%m%d %H%M%S%f".')]
TimeZone = Annotated[str, typer.Option(help="Of times that name none: UTC, -05:00, America/New_York.")]


@ingest_app.command("bars")
@reported
def ingest_bars(
    bid: Annotated[Path, typer.Argument(metavar="BID", help="CSV of bid bars; may end in .gz.")],
    ask: Annotated[Path, typer.Argument(metavar="ASK", help="CSV of ask bars of the same minutes.")],
    instrument: Instrument,
    catalog: Into,
    precision: Precision = None,
    margin: Margin = "1",
    size: Size = "1000000",
    columns: Columns = "",
    skip_rows: SkipRows = 0,
    delimiter: Delimiter = ",",
    time_format: TimeFormat = "iso",
    time_zone: TimeZone = "UTC",
    bar_seconds: Annotated[int, typer.Option(help="Length of a bar.")] = 60,
    stamp: Annotated[str, typer.Option(help="A bar's time is its open or its close.")] = "open",
    as_json: AsJson = False,
) -> None:
    """Bid and ask bars side by side, as four quotes each: open, high and low, close."""
    from sweep import catalogs
    from sweep.catalog.ingest import Layout, Pair, bars

    pair = Pair(id=instrument, precision=precision, margin=margin, size=size)
    layout = Layout(
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, time_format=time_format, time_zone=time_zone
    )
    catalogs.ingested(bars(bid, ask, pair, catalog, layout, seconds=bar_seconds, stamp=stamp), as_json=as_json)


@ingest_app.command("quotes")
@reported
def ingest_quotes(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV of quotes; may end in .gz.")],
    instrument: Instrument,
    catalog: Into,
    precision: Precision = None,
    margin: Margin = "1",
    size: Size = "1000000",
    columns: Columns = "",
    skip_rows: SkipRows = 0,
    delimiter: Delimiter = ",",
    time_format: TimeFormat = "iso",
    time_zone: TimeZone = "UTC",
    as_json: AsJson = False,
) -> None:
    """Quotes: a time, bid and ask, and their sizes where the file has them."""
    from sweep import catalogs
    from sweep.catalog.ingest import Layout, Pair, quotes

    pair = Pair(id=instrument, precision=precision, margin=margin, size=size)
    layout = Layout(
        columns=columns, skip_rows=skip_rows, delimiter=delimiter, time_format=time_format, time_zone=time_zone
    )
    catalogs.ingested(quotes(file, pair, catalog, layout), as_json=as_json)
