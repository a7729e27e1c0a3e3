"""The report of a sweep: everything a reader answers, and its pages and plots as files."""

from pathlib import Path
from typing import Literal

from sweep.results.sweep_reader import SweepReader


class Report(SweepReader):
    """Results of a sweep, with writers for the HTML report and its plots."""

    def write_html(self) -> Path:
        """Write `report.html` into the sweep's folder, one file that opens without a network; its path."""
        from sweep.results.html.page import write

        return write(self)

    def write_png(self, folder: Path | str) -> list[Path]:
        """Write the main plots as PNG files into a folder; their paths. No browser is needed."""
        return self.write_plots(folder, "png")

    def write_plots(self, folder: Path | str, kind: Literal["png", "svg"]) -> list[Path]:
        """Write the main plots as files of a kind into a folder; their paths."""
        from sweep.results.html.plots import write

        return write(self, Path(folder), kind)

    def _repr_html_(self) -> str:
        """Verdict and leaderboard, for a notebook."""
        from sweep.results.html.page import brief

        return brief(self)
