"""The command `sweep init`: options as a request, questions on a terminal, and the files that were written."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sweep.catalog.ingest import IngestStep, Layout
from sweep.cli import console
from sweep.cli.handlers.catalog import show_ingested
from sweep.cli.output.json_output import print_json
from sweep.errors import InputError, Problem
from sweep.scaffold.project import Project, create
from sweep.scaffold.request import Request
from sweep.spec import yaml_document


def layout(**values: Any) -> Layout:
    """The layout that options state. InputError with every mistake in it."""
    layout = Layout(**values)
    if problems := layout.problems():
        raise InputError(problems)
    return layout


def bar_step(length: str, stamp: str) -> IngestStep | None:
    """The length of bars and the meaning of their time, where one of them is stated."""
    step = IngestStep(length=length, stamp=stamp)
    if problems := step.problems():
        raise InputError(problems)
    return step if length else None


def request(
    layout: Layout, step: IngestStep | None, settings: Sequence[str], define: Sequence[str], **more: Any
) -> Request:
    """The request that all options state."""
    return Request(
        layout=layout,
        step=step,
        settings=dict(map(_setting, settings)),
        definition=dict(map(_definition, define)),
        **more,
    )


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InputError(Problem("--set", "must be FIELD=VALUE", text, "for example --set fast=10"))
    return name.removeprefix("strategy."), yaml_document.parse(f"value: {value}", "--set").data["value"]


def _definition(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise InputError(Problem("--define", "must be KEY=VALUE", text, "for example price_increment=0.005"))
    return key, value


def init(request: Request, *, as_json: bool) -> None:
    """Make a project; list its files and the two commands to go on with."""
    if not as_json:
        request = _completed(request)
    with console.reading() as progress:
        project = create(request, console.ask, progress)
    if as_json:
        document: dict[str, Any] = {
            "spec": str(project.spec), "files": [str(f) for f in project.files], "notes": project.notes,
            "ingested": [asdict(written) for written in project.ingested],
        }  # fmt: skip
        print_json(document, default=str)
        return
    _show(project)


def _completed(request: Request) -> Request:
    """The request with the answers to what it leaves open, where a person can be asked."""
    if not console.is_attended():
        return request
    if not (request.files or request.catalog or request.demo):
        file = console.ask("File of market data (CSV or Parquet), or nothing for synthetic data", "", ())
        request = replace(request, files=(Path(file),)) if file else replace(request, demo=True)
    if request.files and not request.instruments:
        answer = console.ask("Instrument of the data, SYMBOL.VENUE, such as EUR/USD.SIM or BTC/USDT.BINANCE", "", ())
        request = replace(request, instruments=(answer,)) if answer else request
    return request


def _show(project: Project) -> None:
    for written in project.ingested:
        show_ingested(written)
    for note in project.notes:
        console.say(note, "yellow")
    for file in project.files:
        console.out.print(f"wrote {file}", markup=False, soft_wrap=True)
    where = project.spec.parent
    if where != Path():
        console.say(f"the commands below run in the project: cd {where}")
    console.say("next: sweep check sweep.yaml   ·   sweep run sweep.yaml", "bold")
