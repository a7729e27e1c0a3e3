"""Commands for catalogs at URLs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sweep.catalog.remote import manifest as manifests
from sweep.catalog.remote.local_cache import Cache
from sweep.cli import console
from sweep.errors import InputError, Problem
from sweep.runner.plan import plan


def manifest(directory: Path, *, as_json: bool) -> None:
    """Write a catalog's manifest."""
    path, files = manifests.write(directory)
    size = sum(f.size for f in files)
    if as_json:
        print(json.dumps({"manifest": str(path), "files": len(files), "bytes": size}, indent=2))
        return
    console.out.print(f"wrote {path}: {len(files):,} files, {_mib(size)}", markup=False, soft_wrap=True)


def stage(spec: Path, settings: Sequence[str], *, as_json: bool) -> None:
    """Stage the catalog of a spec, which is checked whole on the way."""
    planned = plan(spec, settings, say=console.say)
    if planned.staged is None:
        rule = "is on this machine already: nothing is to be staged"
        raise InputError(Problem("catalog", rule, planned.catalog, "give a URL: s3://bucket/catalog"))
    size = sum(f.size for f in planned.staged.files)
    if as_json:
        document = {"catalog": planned.catalog, "path": str(planned.staged.root), "files": len(planned.staged.files)}
        print(json.dumps(document | {"bytes": size}, indent=2))
        return
    summary = f"{planned.catalog}: {len(planned.staged.files):,} files, {_mib(size)}, in {planned.staged.root}"
    console.out.print(summary, markup=False, soft_wrap=True)


def cache(*, evict: bool, as_json: bool) -> None:
    """Show the cache of this machine; with `evict` remove all files that are not in use."""
    local_cache = Cache()
    local_cache.prepare()
    freed = local_cache.evict() if evict else 0
    views, size = local_cache.listed(), local_cache.bytes()
    if as_json:
        document = {"cache": str(local_cache.root), "bytes": size, "limit": local_cache.limit, "freed": freed}
        print(json.dumps(document | {"catalogs": [asdict(v) for v in views]}, indent=2))
        return
    table = console.table(f"{local_cache.root}: {_mib(size)} of at most {_mib(local_cache.limit)}")
    for column in ("catalog", "files", "size", "last used (UTC)", "in use"):
        table.add_column(column, justify="right" if column in {"files", "size"} else "left")
    for v in views:
        used = f"{datetime.fromtimestamp(v.used, UTC):%Y-%m-%d %H:%M}"
        table.add_row(v.origin, f"{v.files:,}", _mib(v.bytes), used, "yes" if v.is_held else "")
    console.out.print(table)
    if evict:
        console.say(f"freed {_mib(freed)}")


def _mib(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB"
