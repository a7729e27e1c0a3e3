"""Write the report of a sweep."""

import webbrowser
from pathlib import Path

from sweep.cli import console
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report


def report(folder: Folder, png: Path | None, *, open_it: bool) -> None:
    """Write the report, and plots as PNG if asked to; print the paths, and open the report if asked to."""
    written_report = Report(folder)
    path = written_report.write_html()
    for written in (path, *(written_report.write_png(png) if png else ())):
        print(written)
    if open_it and not webbrowser.open(path.resolve().as_uri()):
        console.say("no browser was found; open the file yourself", "yellow")
