"""The list of sweeps, their tags, notes and names, their removal and archives."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.cli.trial_rows import counts
from sweep.collection import annotations, cleaning, removal, renaming
from sweep.collection import archive as archives
from sweep.collection.summary import SweepSummary, size, summary
from sweep.common.units import in_bytes
from sweep.errors import InputError, Problem, SweepError, shorten
from sweep.ledger.run_directory import Folder
from sweep.tracking import factory
from sweep.tracking.base import Tracker


def sweeps(runs_dir: Path, *, as_json: bool) -> None:
    """Every sweep below a runs directory, newest first."""
    rows = [listed for folder in Folder.all(runs_dir) if (listed := _listed(folder))]
    if as_json:
        print_json([row.plain() for row in rows])
        return
    if not rows:
        console.out.print(f"no sweeps in {runs_dir}/; start one: sweep run search_spaces/demo_grid.yaml")
        return
    cells = [_cells(row) for row in rows]
    table = console.table(f"sweeps in {runs_dir}/", spare=("size", "created", "tags"))
    columns = [name for name in cells[0] if any(row[name] for row in cells)]
    for name in columns:
        table.add_column(name, justify="right" if name == "size" else "left")
    for row in cells:
        table.add_row(*(row[name] for name in columns))
    console.out.print(table)


def _cells(row: SweepSummary) -> dict[str, str]:
    return {
        "sweep": row.id,
        "state": row.state,
        "created": row.created[:16].replace("T", " "),
        "trials": counts(row.trials, driven=row.driven),
        "best": f"{console.figure(row.best, row.objective)} {row.objective}",
        "verdict": row.verdict,
        "size": in_bytes(row.bytes),
        "tags": ", ".join(f"{name}={value}" for name, value in row.tags.items()),
        "note": shorten(row.note) if row.note else "",
    }


def _listed(folder: Folder) -> SweepSummary | None:
    """Summary of a sweep; None, and a warning, where its ledger cannot be read."""
    try:
        return summary(folder)
    except SweepError as error:
        console.say(f"{folder.id} cannot be read: {error}", "yellow")
        return None


def tag(runs_dir: Path, sweep: str, tags: Sequence[str], removed: Sequence[str], *, tracking: bool) -> None:
    """Change the tags of a sweep, or show them where nothing is to be changed."""
    folder = Folder.find(runs_dir, sweep)
    left = annotations.tag(folder, tags, removed)
    console.out.print("\n".join(f"{name}={value}" for name, value in left.items()) or f"{folder.id} has no tags")
    if tags or removed:
        _mirror(folder, runs_dir, tracking=tracking)


def note(runs_dir: Path, sweep: str, text: str, *, tracking: bool) -> None:
    """Give a sweep a note."""
    folder = Folder.find(runs_dir, sweep)
    annotations.note(folder, text)
    _mirror(folder, runs_dir, tracking=tracking)


def rename(runs_dir: Path, sweep: str, name: str, *, tracking: bool) -> None:
    """Give a sweep another name, and print its new id."""
    folder = Folder.find(runs_dir, sweep)
    renamed, mirrored = renaming.rename(folder, name, _tracker if tracking else removal.untracked)
    print(renamed.id)
    if mirrored:
        _bring_up_to_date(renamed, runs_dir, mirrored)


def remove(runs_dir: Path, sweeps: Sequence[str], *, yes: bool, dry_run: bool, tracking: bool) -> int:
    """Remove sweeps once the user has agreed; the exit code."""
    folders = [Folder.find(runs_dir, sweep) for sweep in sweeps]
    folders = list({folder.id: folder for folder in folders}.values())
    if driven := [folder for folder in folders if folder.holder()]:
        raise InputError([Problem(f.id, "is being run", remedy=f"sweep stop {f.id} --wait") for f in driven])
    for folder in folders:
        console.out.print(f"{folder.id}: {_content(folder)}, {in_bytes(size(folder.path))}")
    if dry_run or not _agreed("Remove them?", yes=yes):
        return 0 if dry_run else 1
    for folder in folders:
        runs, tracker = removal.remove(folder, _tracker_if_readable if tracking else removal.untracked)
        trash = f"; {runs} runs are in the trash of {tracker.address}" if tracker else ""
        console.say(f"{folder.id} is removed{trash}")
    return 0


def _content(folder: Folder) -> str:
    try:
        with folder.open() as ledger:
            return f"{sum(ledger.count().values()):,} trials"
    except SweepError as error:
        return f"unreadable ({error})"


def _tracker_if_readable(folder: Folder) -> Tracker | None:
    """The tracker of a sweep; of one whose ledger is damaged it is not known, which is said."""
    try:
        return _tracker(folder)
    except SweepError:
        command = f"sweep gc --tracking-uri ADDRESS{console.in_runs(folder.path.parent)}"
        console.say(f"{folder.id} does not tell where its MLflow runs are; remove them with: {command}", "yellow")
        return None


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Things that `clean` may remove beside the remains of interrupted commands."""

    tearsheets: bool
    cache: bool
    keep_days: float
    tracking_uri: str | None


def clean(runs_dir: Path, options: Cleaning, *, yes: bool, dry_run: bool) -> int:
    """Free disk space once the user has agreed; sizes before and after; the exit code."""
    from sweep.catalog.remote.local_cache import Cache

    before = size(runs_dir)
    items = cleaning.removable(runs_dir, tearsheets=options.tearsheets, keep_days=options.keep_days)
    tracker = factory.tracker(options.tracking_uri) if options.tracking_uri else None
    orphans = cleaning.orphans(tracker, runs_dir) if tracker else []
    cache = Cache() if options.cache else None
    if cache:
        cache.prepare()
    for item in items:
        console.out.print(f"{item.kind} {item.path.relative_to(runs_dir)}: {in_bytes(item.bytes)}")
    for sweep in orphans:
        console.out.print(f"MLflow runs of {sweep}, whose folder is gone")
    if cache:
        console.out.print(f"cache of remote catalogs: {in_bytes(cache.bytes())}, without what a sweep uses")
    if not (items or orphans or cache):
        console.say(f"nothing to remove; {runs_dir}/ has {in_bytes(before)}")
        return 0
    if dry_run or not _agreed("Remove this?", yes=yes):
        return 0 if dry_run else 1
    freed = sum(map(cleaning.delete, items)) + (cache.evict() if cache else 0)
    runs = sum(removal.remove_orphan(Folder(runs_dir / sweep), tracker) for sweep in orphans) if tracker else 0
    trash = f", {runs} MLflow runs are in the trash" if runs else ""
    shrunk = f"{runs_dir}/ had {in_bytes(before)}, now {in_bytes(size(runs_dir))}"
    console.say(f"{in_bytes(freed)} freed{trash}; {shrunk}")
    return 0


def archive(runs_dir: Path, sweep: str, file: Path) -> None:
    """Write the archive of a sweep."""
    written = archives.archive(Folder.find(runs_dir, sweep), file)
    console.say(f"{file}: {in_bytes(written)}; open it elsewhere with: sweep restore {shlex.quote(str(file))}")


def restore(file: Path, runs_dir: Path, *, as_json: bool) -> None:
    """Put the sweep of an archive into a runs directory."""
    folder = archives.restore(file, runs_dir)
    if as_json:
        print_json({"id": folder.id, "folder": str(folder.path)}, indent=None)
        return
    print(folder.path)
    console.say(f"look at it with: sweep show {folder.id}{console.in_runs(runs_dir)}")


def _tracker(folder: Folder) -> Tracker | None:
    """The tracker that a sweep was mirrored to, if it was."""
    with folder.open() as ledger:
        mirrored = bool(ledger.facts.mlflow)
    return factory.tracker(factory.address(folder)) if mirrored else None


def _mirror(folder: Folder, runs_dir: Path, *, tracking: bool) -> None:
    """Bring MLflow up to date; of a running sweep its own mirror does that."""
    if tracking and not folder.holder() and (tracker := _tracker(folder)):
        _bring_up_to_date(folder, runs_dir, tracker)


def _bring_up_to_date(folder: Folder, runs_dir: Path, tracker: Tracker) -> None:
    try:
        error = tracker.sync(folder.path).error
    except SweepError as failure:
        error = str(failure)
    if error:
        command = f"sweep sync {folder.id}{console.in_runs(runs_dir)}"
        console.say(f"MLflow does not have it yet ({error}); bring it up to date: {command}", "yellow")


def _agreed(question: str, *, yes: bool) -> bool:
    """True if the user agrees. Without a terminal that takes --yes."""
    if yes:
        return True
    if not sys.stdin.isatty():
        console.say(f"{question} Nothing was removed: there is no terminal to answer on; agree with --yes", "yellow")
        return False
    return typer.confirm(question, default=False)
