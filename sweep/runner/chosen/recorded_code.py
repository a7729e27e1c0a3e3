"""The user code that a sweep ran, from the sources that it keeps."""

from collections.abc import Iterable
from pathlib import Path

from sweep.backtest.user_code.source_snapshot import ModuleSource, SourceSnapshot, take
from sweep.errors import SweepError
from sweep.ledger.facts import SweepFacts
from sweep.ledger.run_directory import Folder


def recorded_code(folder: Folder, facts: SweepFacts, paths: Iterable[str]) -> SourceSnapshot:
    """The modules that these import paths reach, as the sweep ran them. SweepError where one of them is lost.

    A single backtest keeps no sources: there it is the code of now, if it is still the same.
    """
    paths = list(paths)
    now = take(paths)
    if now.hashes.items() <= dict(facts.sources).items():
        return now
    files = {name: folder.sources / f"{digest}.py" for name, digest in facts.sources.items()}
    if lost := [name for name, file in files.items() if not file.is_file()]:
        raise SweepError(f"{folder.id}: the source of {', '.join(lost)} changed, and the sweep kept no copy of it")
    packages = {name for name in files if any(other.startswith(f"{name}.") for other in files)}
    modules = {name: ModuleSource(_place(file, name in packages), file.read_bytes()) for name, file in files.items()}
    return SourceSnapshot(modules, now.namespaces).restricted(paths)


def _place(file: Path, is_package: bool) -> str:
    return str(file.with_suffix("") / "__init__.py" if is_package else file)
