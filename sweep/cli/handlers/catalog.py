"""The `sweep catalog` commands: make, fill and look into data catalogs."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sweep.catalog.demo.stock import DAYS
from sweep.catalog.demo.writer import write
from sweep.catalog.ingest import Ingested
from sweep.catalog.inventory import CatalogEntry, Coverage, coverage, inventory
from sweep.catalog.remote import manifest as manifests
from sweep.catalog.remote.local_cache import Cache
from sweep.catalog.spec_check import day
from sweep.catalog.verify.verifier import FAULTS, verify
from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.common.units import in_bytes
from sweep.errors import InputError, Problem
from sweep.runner.plan import plan

WORTH_SAYING = 60.0  # seconds without data from which a gap is shown


NEXT = {
    "stock": "demo_grid",
    "options": "options_grid",
    "perpetual": "hedge_grid_tpe",
    "portfolio": "portfolio_grid",
}  # the spec to run on each kind of built-in data
SHOWN = 10  # rows of a table that nobody asked to see whole


def demo(directory: Path | None = None, kinds: Sequence[str] = (), days: int | None = None) -> None:
    """Write the built-in data of a kind (of the stock without one), or say that it is there."""
    if len(kinds) > 1:
        raise InputError(Problem(" ".join(f"--{k}" for k in kinds), "are different data", remedy="give one of them"))
    kind = kinds[0] if kinds else "stock"
    if days and kind != "stock":
        raise InputError(Problem("--days", "is for the stock alone", days, "leave it out"))
    directory = directory or Path("data/demo" if kind == "stock" else f"data/demo-{kind}")
    demo = write(directory, kind, days or DAYS)
    console.say(f"{'wrote' if demo.is_new else 'unchanged:'} the built-in data (synthetic) in {directory}")
    entries = demo.entries if kind == "stock" else sorted(demo.entries, key=lambda e: -e.rows)
    _entries(directory, entries[:SHOWN])
    if more := len(demo.entries[SHOWN:]):
        console.say(f"and {more} more: sweep catalog inspect {directory}", "dim")
    console.say(f"next: sweep run search_spaces/{NEXT[kind]}.yaml", "dim")


def inspect(directory: Path, *, gaps: bool, as_json: bool) -> None:
    """Show the content of a catalog."""
    entries = inventory(directory)
    covered = coverage(directory) if gaps else []
    if as_json:
        document = {
            "catalog": str(directory),
            "data": [asdict(e) for e in entries],
            "coverage": [asdict(c) for c in covered],
        }
        print_json(document)
        return
    _entries(directory, entries)
    for c in covered:
        _coverage(c)


def verified(directory: Path, *, as_json: bool) -> int:
    """Show the faults of a catalog; the exit code is 1 if a sweep would not run on it."""
    faults = verify(directory)
    errors = sum(f.is_error for f in faults)
    if as_json:
        listed = [
            {"severity": "error" if f.is_error else "warning", "remedy": f.remedy, "sentence": FAULTS[f.code].sentence}
            | asdict(f)
            for f in faults
        ]
        print_json({"catalog": str(directory), "errors": errors, "findings": listed})
        return int(errors > 0)
    for finding in faults:
        style = "red" if finding.is_error else "yellow"
        console.out.print(f"{finding.where}: {finding.rule}", style=style, soft_wrap=True)
        console.out.print(f"    {finding.remedy}", soft_wrap=True)
    summary = f"{errors} errors, {len(faults) - errors} warnings" if faults else "nothing is wrong with it"
    console.out.print(f"{directory}: {summary}")
    return int(errors > 0)


def declare_currencies(codes: Sequence[str]) -> None:
    """Make coins known that the engine does not know."""
    from sweep.catalog.instruments.currencies import declare

    if problems := declare(codes, "--currency"):
        raise InputError(problems)


def instruments(
    catalog: Path | None, *, file: Path | None, template: str | None, names: Sequence[str], values: Sequence[str],
    source: Path | None, replace: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write definitions of instruments into a catalog, or list the templates."""
    from sweep.catalog.instruments import writer as definitions

    sources = [way for way in (file, template, source) if way is not None]
    if not sources and catalog is None:
        _templates(as_json=as_json)
        return
    if len(sources) != 1 or catalog is None:
        raise InputError(Problem("instruments", "needs --catalog and one of FILE, --template, --from"))
    if file:
        defined = definitions.from_file(file)
    elif template:
        if not names:
            raise InputError(Problem("--id", "is missing: which instrument of this template?", remedy="--id SPY.ARCA"))
        defined = definitions.from_template(template, names, dict(map(_setting, values)))
    else:
        defined = definitions.from_catalog(Path(source or "."), names)
    written = definitions.write(catalog, defined, replace=replace)
    if as_json:
        print_json({"catalog": str(catalog)} | asdict(written))
        return
    for action, ids in (("wrote", written.new), ("replaced", written.replaced), ("unchanged:", written.unchanged)):
        if ids:
            console.out.print(f"{action} {', '.join(ids)} in {catalog}")


def _setting(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(Problem("--set", "must be KEY=VALUE", text, "for example margin_init=0.5"))
    return key, {"true": True, "false": False}.get(value, value)


def _templates(*, as_json: bool) -> None:
    from sweep.catalog.instruments.writer import TEMPLATES

    if as_json:
        print_json(
            {n: {"type": t.type, "meaning": t.meaning, "values": t.values} for n, t in TEMPLATES.items()}, indent=None
        )
        return
    table = console.table("templates of instruments; the rest follows from the id")
    for column in ("template", "type", "what it is", "values"):
        table.add_column(column)
    for name, t in TEMPLATES.items():
        table.add_row(name, t.type, t.meaning, ", ".join(f"{k}={v}" for k, v in t.values.items()))
    console.out.print(table)


def on_its_clock(files: Sequence[Path], pair: Any, layout: Any, *, is_stated: bool) -> Any:
    """The layout with the zone of times that name none and look like an exchange's session: asked, or else told."""
    from sweep.catalog.ingest.clock import default_zone
    from sweep.catalog.ingest.file_facts import examine

    for file in () if is_stated else files:
        try:
            session = examine(file, layout).session
        except InputError:  # the ingest itself says what is wrong
            continue
        if session is None:
            continue
        if not console.is_attended():
            remedy = f"--time-zone {session.zone}, if that is their clock; --time-zone UTC, if not"
            console.say(f"{file}: {session}; they are taken as UTC: {remedy}", "yellow")
            return layout
        usual = default_zone(session, pair.id)
        zone = console.ask(f"{file}: {session}. Time zone", usual, (session.zone, "UTC"))
        return replace(layout, time_zone=zone)
    return layout


def ingest(
    noun: str, files: Sequence[Path], pair: Any, catalog: Path, layout: Any, *, merge: bool, progress: Any, **more: Any
) -> list[Ingested]:
    """Files of quotes, trades or bars into a catalog, of one instrument or of every symbol in them."""
    from sweep.catalog import ingest as way

    if layout.symbol_column and not layout.symbol:
        every = (
            way.by_symbol(noun, file, pair, catalog, layout, merge=merge, progress=progress, **more) for file in files
        )
        return [one for some in every for one in some]
    read = {"quotes": way.quotes, "trades": way.trades, "bars": way.bars}[noun]
    return [read(file, pair, catalog, layout, merge=merge, progress=progress, **more) for file in files]


def ingested(*written: Ingested, as_json: bool) -> None:
    """Show the outcome of one ingest, file by file."""
    if as_json:
        documents = [asdict(d) for d in written]
        print_json(documents[0] if len(documents) == 1 else {"ingested": documents}, default=str)
        return
    for d in written:
        show_ingested(d)
    console.say(f"next: sweep catalog inspect {written[0].catalog} --gaps", "dim")


def show_ingested(written: Ingested) -> None:
    """Show the outcome for one instrument."""
    for file, rows in written.read.items():
        console.out.print(f"read {rows:,} rows of {file}")
    for reason, rows in written.dropped.items():
        console.say(f"dropped {rows:,}: {reason}", "yellow")
    for reason, rows in written.noticed.items():
        console.say(f"kept {rows:,}: {reason}", "yellow")
    for text in written.notes:
        console.say(text, "yellow")
    if written.rejects:
        console.say(f"the dropped rows, each with its reason: {written.rejects}", "yellow")
    of = f"{written.noun} of {written.identifier}" if written.identifier else written.noun
    summary = f"{written.written:,} {of}, {day(written.first)} to {day(written.last)} (UTC)"
    verb = (
        "unchanged:"
        if not written.is_new
        else "wrote"
        if written.added == written.written
        else f"added {written.added:,} of"
    )
    console.out.print(f"{verb} {summary}, in {written.catalog}")


def _entries(directory: Path, entries: Sequence[CatalogEntry]) -> None:
    table = console.table(f"{directory}/")
    for column in ("kind", "instrument", "rows", "from (UTC)", "to (UTC)", "files", "size"):
        table.add_column(column, justify="right" if column in {"rows", "files", "size"} else "left")
    for e in entries:
        dated = e.kind != "Instrument"
        span = (day(e.first), day(e.last)) if dated else ("", "")
        table.add_row(e.kind, e.identifier, f"{e.rows:,}", *span, str(e.files), f"{e.bytes / 2**20:,.2f} MiB")
    console.out.print(table)
    for note in dict.fromkeys(f"{e.kind} {e.identifier}".strip() + f": {e.note}" for e in entries if e.note):
        console.out.print(f"  {note}", style="yellow")


def _coverage(c: Coverage) -> None:
    console.out.print(
        f"{c.kind} {c.identifier}".strip() + f": {sum(c.days.values()):,} rows on {len(c.days)} days", style="bold"
    )
    if c.missing:
        listed = ", ".join(c.missing[:8]) + (f" and {len(c.missing) - 8} more" if c.missing[8:] else "")
        console.out.print(f"  days without data: {listed}")
    for gap in [g for g in c.gaps if g.seconds >= WORTH_SAYING]:
        console.out.print(f"  gap of {console.span(gap.seconds)} after {day(gap.start)}")


def manifest(directory: Path, *, as_json: bool) -> None:
    """Write a catalog's manifest."""
    path, files = manifests.write(directory)
    size = sum(f.size for f in files)
    if as_json:
        print_json({"manifest": str(path), "files": len(files), "bytes": size})
        return
    console.out.print(f"wrote {path}: {len(files):,} files, {in_bytes(size)}", soft_wrap=True)


def stage(spec: Path, settings: Sequence[str], *, as_json: bool) -> None:
    """Stage the catalog of a spec, which is checked whole on the way."""
    planned = plan(spec, settings, say=console.say)
    if planned.staged is None:
        rule = "is on this machine already: nothing is to be staged"
        raise InputError(Problem("catalog", rule, planned.catalog, "give a URL: s3://bucket/catalog"))
    size = sum(f.size for f in planned.staged.files)
    if as_json:
        document = {"catalog": planned.catalog, "path": str(planned.staged.root), "files": len(planned.staged.files)}
        print_json(document | {"bytes": size})
        return
    summary = f"{planned.catalog}: {len(planned.staged.files):,} files, {in_bytes(size)}, in {planned.staged.root}"
    console.out.print(summary, soft_wrap=True)


def cache(*, evict: bool, as_json: bool) -> None:
    """Show the cache of this machine; with `evict` remove all files that are not in use."""
    local_cache = Cache()
    local_cache.prepare()
    freed = local_cache.evict() if evict else 0
    views, size = local_cache.listed(), local_cache.bytes()
    if as_json:
        document = {"cache": str(local_cache.root), "bytes": size, "limit": local_cache.limit, "freed": freed}
        print_json(document | {"catalogs": [asdict(v) for v in views]})
        return
    table = console.table(f"{local_cache.root}: {in_bytes(size)} of at most {in_bytes(local_cache.limit)}")
    for column in ("catalog", "files", "size", "last used (UTC)", "in use"):
        table.add_column(column, justify="right" if column in {"files", "size"} else "left")
    for v in views:
        used = f"{datetime.fromtimestamp(v.used, UTC):%Y-%m-%d %H:%M}"
        table.add_row(v.origin, f"{v.files:,}", in_bytes(v.bytes), used, "yes" if v.is_held else "")
    console.out.print(table)
    if evict:
        console.say(f"freed {in_bytes(freed)}")
