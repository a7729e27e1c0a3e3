"""The command `sweep port`: files rewritten, or shown, and what is left to do by hand."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from os.path import commonpath
from pathlib import Path
from typing import Any

from sweep.cli import console
from sweep.cli.output.json_output import print_json
from sweep.common.files.atomic_file import atomic_write
from sweep.errors import InputError, Problem
from sweep.port.file import Ported
from sweep.port.files import port_files
from sweep.port.notes import MARK, Note, left_to_do
from sweep.port.prove import proof
from sweep.port.rewrite.context import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class PortOptions:
    """Options of a port."""

    out: Path | None = None
    write: bool = True
    diff: bool = False
    compat: bool = False
    as_json: bool = False


def port(paths: Sequence[Path], options: PortOptions) -> int:
    """The exit code: 0 when all is done, 1 while something is left to do by hand."""
    if not paths:
        raise InputError(Problem("PATH", "is missing", remedy="sweep port FILE"))
    files = port_files(paths, Options(compat=options.compat))
    places = {file.path: place(file.path, files, options.out) for file in files}
    if options.diff:
        for file in files:
            console.out.print(difference(file), end="", soft_wrap=True)
    files = [with_spec_there(file, places[file.path]) for file in files]
    for file in files if options.write else ():
        write(file, places[file.path], everything=options.out is not None)
    if options.as_json:
        print_json([plain(file, places[file.path]) for file in files])
    else:
        show_all(files, places, [path.resolve() for path in paths], written=options.write)
    return int(any(file.by_hand for file in files))


def prove(spec: Path | None, old: Path | None, settings: Sequence[str], *, as_json: bool) -> int:
    """The exit code: 0 when both engines decided the same, 1 when they did not."""
    missing = [
        Problem(option, "is missing", remedy="sweep port --prove SPEC.yaml --old FILE")
        for option, value in (("--prove", spec), ("--old", old)) if value is None
    ]  # fmt: skip
    if missing or spec is None or old is None:
        raise InputError(missing)
    proven = proof.prove(spec, settings, old, console.say)
    if as_json:
        first = None if proven.identical else proven.first()
        sides = {
            "old": len(proven.comparison.a.decisions),
            "new": len(proven.comparison.b.decisions),
            "alike": proven.comparison.agreed,
        }
        print_json({"identical": proven.identical, **sides, "first": first, "causes": [*proven.causes]})
        return int(not proven.identical)
    if proven.identical:
        console.plain(f"identical: {proven.comparison.agreed:,} decisions of 1.231 and of 2.0")
        return 0
    pairs = len(proven.comparison.pairs)
    different = pairs - proven.comparison.agreed
    console.plain(f"{different:,} of {pairs:,} decisions differ; the first:\n  {proven.first()}\nlikely causes:")
    for cause in proven.causes or ["none that is known: read the two files at that time"]:
        console.plain(f"  {cause}")
    return 1


def with_spec_there(file: Ported, path: Path) -> Ported:
    """The file with the spec that an earlier port wrote: it may be filled in by now."""
    spec_path = path.with_suffix(".yaml")
    if file.spec is None or not spec_path.exists():
        return file
    return replace(file, spec=spec_path.read_text(encoding="utf-8"))


def write(file: Ported, path: Path, *, everything: bool) -> None:
    if file.changed or everything:
        with atomic_write(path) as target:
            target.write_text(file.result, encoding="utf-8", newline="")
    if file.spec is not None and not path.with_suffix(".yaml").exists():
        with atomic_write(path.with_suffix(".yaml")) as target:
            target.write_text(file.spec, encoding="utf-8")


def place(path: Path, files: Sequence[Ported], out: Path | None) -> Path:
    """The path that a file is written to: its own, or one in the folder that was named, as deep as it was."""
    if out is None:
        return path
    root = Path(commonpath([file.path.resolve().parent for file in files]))
    return out / path.resolve().relative_to(root)


def difference(file: Ported) -> str:
    lines = unified_diff(
        file.source.splitlines(keepends=True), file.result.splitlines(keepends=True), str(file.path), str(file.path)
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def show_all(files: Sequence[Ported], places: Mapping[Path, Path], named: Sequence[Path], *, written: bool) -> None:
    """Show the outcome of the files that were named, then of those that they import, in short."""
    imported = [f for f in files if not any(f.path.resolve().is_relative_to(path) for path in named)]
    for file in files:
        if file not in imported or file.by_hand:
            show(file, places[file.path], written=written, checks=file not in imported)
    if changed := sum(file.changed and not file.by_hand for file in imported):
        count = "1 file" if changed == 1 else f"{changed} files"
        console.say(f"{count} that they import: rewritten, nothing left to do by hand", "green")


def show(file: Ported, written_to: Path, *, written: bool, checks: bool) -> None:
    """Show the outcome of a file, and each place to look at."""
    if not file.changed and file.spec is None:
        left = f", {file.by_hand} left to do by hand" if file.by_hand else ""
        console.say(f"{file.path}: nothing of 1.x in it{left}")
        return
    left = f"{file.by_hand} left to do by hand" if file.by_hand else "nothing left to do by hand"
    where = f" -> {written_to}" if written else ""
    console.say(
        f"{file.path}{where}: {file.lines_changed} lines changed, {left}", "bold red" if file.by_hand else "green"
    )
    if file.spec is not None:
        console.say(f"  its backtest as a spec: {written_to.with_suffix('.yaml')}")
        for line in left_to_do(file.spec):
            console.say(f"  {file.spec.splitlines()[line - 1].removeprefix(MARK)}")
    for line in grouped(note for note in file.notes if checks or note.level == "by hand"):
        console.say(f"  {line}", "dim" if line.startswith("check") else "")


def grouped(notes: Iterable[Note]) -> Iterator[str]:
    """Notes of one reason as one sentence, with their lines."""
    lines: dict[tuple[str, str, str], list[int]] = {}
    for note in notes:
        lines.setdefault((note.level, note.reason, note.remedy), []).append(note.line)
    for (level, reason, remedy), at in lines.items():
        numbers = ", ".join(map(str, at))
        yield f"{level}, {'line' if len(at) == 1 else 'lines'} {numbers}: {reason}; {remedy}"


def plain(file: Ported, written_to: Path) -> dict[str, Any]:
    """The same as JSON."""
    notes = [{k: getattr(note, k) for k in ("line", "level", "rule", "reason", "remedy")} for note in file.notes]
    return {
        "file": str(file.path), "written": str(written_to), "changed": file.changed,
        "lines_changed": file.lines_changed, "by_hand": file.by_hand, "notes": notes, "spec": file.spec,
    }  # fmt: skip
