"""The report of a sweep in Python: what the ledger answers, and frames, single trials and figures of it."""

# pandas' and plotly's own types are partly unknown
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.errors import SweepError
from sweep.interactive.trial_list import TrialList
from sweep.results import report
from sweep.trial import State

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

    from sweep.search.optuna.figures import Plot


class Report(report.Report):
    """Results of a sweep. Every question reads the ledger anew, so it also works while the sweep runs."""

    def leaders(
        self, top: int = 10, metric: str | None = None, direction: str | None = None, *, reverse: bool = False
    ) -> TrialList:
        """The best COMPLETE trials by the objective, or by another metric; `reverse` puts the worst first."""
        metrics = [metric] if metric else [name for name, _ in self.goal.objectives]
        return TrialList(super().leaders(top, metric, direction, reverse=reverse), metrics)

    def failures(self) -> TrialList:
        """The FAILED trials by number."""
        return TrialList(super().failures())

    def returns(self, trials: Sequence[int] | None = None) -> "pd.DataFrame":
        """Daily net returns, a column for each COMPLETE trial (or for those that are named), a row for each day."""
        import pandas as pd

        columns: dict[int, pd.Series[float]] = {}
        with self.folder.open() as ledger:
            complete = {row.number for row in ledger.rows(state=State.COMPLETE)}
            for number, days, values in ledger.returns():
                if number in (complete if trials is None else trials):
                    columns[number] = pd.Series(list(values), index=pd.DatetimeIndex(days, tz="UTC"))
        if lost := sorted(set(trials or ()) - columns.keys()):
            raise SweepError(f"{self.id}: no daily returns of trial {', '.join(map(str, lost))}")
        frame = pd.DataFrame(columns).sort_index()
        frame.columns.name, frame.index.name = "trial", "day"
        return frame

    def equity(self, trial: int | str | None = None) -> "pd.Series[float]":
        """Equity at the end of each day, in the reporting currency; the best trial by default.

        The first value is the equity at the start.
        """
        import pandas as pd

        row = self.best() if trial is None else self.trial(trial)
        returns = self.returns([row.number])[row.number].dropna()
        with self.folder.open() as ledger:
            start = float(ledger.series(row.number)[2]["starting_equity"])
        values = [start, *(start * (1 + returns).cumprod())]
        index = pd.DatetimeIndex([pd.Timestamp(returns.index[0]) - pd.Timedelta(days=1), *returns.index])
        return pd.Series(values, index=index.rename("day"), name=f"trial {row.number}")

    def drawdown(self, trial: int | str | None = None) -> "pd.Series[float]":
        """Fall of the equity from its highest day's end so far, a fraction (0 or negative)."""
        equity = self.equity(trial)
        return equity / equity.cummax() - 1

    def trades(self, trial: int | str | None = None) -> "pd.DataFrame":
        """The positions of a trial, of the best by default. The trial runs again in this process, and is compared.

        Raises:
            SweepError: where it does not give the figures of its record.
        """
        return self.table("positions", trial)

    def table(self, name: str, trial: int | str | None = None) -> "pd.DataFrame":
        """The table `orders`, `fills`, `positions` or `account` of a trial, as `trades`."""
        from sweep.results import artifacts
        from sweep.runner.replay import replay

        row = self.best() if trial is None else self.trial(trial)
        result = replay(self.folder, row.number)
        if result.trial is None or not result.identical:
            why = result.fill or result.first_difference or result.result.message
            raise SweepError(f"{self.id}: trial {row.number} does not give its figures again: {why}")
        return artifacts.tables(result.trial)[name].to_pandas()

    def export_nautilus(self, trial: int | str, file: Path | str) -> int:
        """Write a trial as a script for NautilusTrader alone; the trial's number (docs/guides/search-to-desk.md)."""
        from sweep.runner.chosen.script_export import export

        return export(self.folder, trial, Path(file)).number

    def plot_history(self) -> "Figure":
        """The objective of each trial in the order of asking, and the best so far."""
        return self._plot("history")

    def plot_contour(self, params: Sequence[str] | None = None) -> "Figure":
        """The objective over each pair of parameters."""
        return self._plot("contour", params)

    def plot_slice(self, params: Sequence[str] | None = None) -> "Figure":
        """The objective over each parameter alone."""
        return self._plot("slice", params)

    def plot_parallel(self, params: Sequence[str] | None = None) -> "Figure":
        """Each trial as a line through its parameters."""
        return self._plot("parallel", params)

    plot_optimization_history, plot_parallel_coordinate = plot_history, plot_parallel  # Optuna's names

    def _plot(self, kind: "Plot", params: Sequence[str] | None = None) -> "Figure":
        from sweep.search.optuna.figures import figure

        with self.folder.open() as ledger:
            return figure(kind, ledger, self.space(), params)

    def plot_importance(self) -> "Figure":
        """The importance of each parameter for each objective."""
        from sweep.interactive.figures import importance

        return importance(self.importance())

    plot_param_importances = plot_importance  # Optuna's name

    def plot_equity(self, trials: Sequence[int | str] | None = None) -> "Figure":
        """The equity of trials, of the best five by default."""
        from sweep.interactive.figures import lines

        return lines([self.equity(t) for t in self._named(trials)], "equity")

    def plot_drawdown(self, trials: Sequence[int | str] | None = None) -> "Figure":
        """The drawdown of trials, of the best five by default."""
        from sweep.interactive.figures import lines

        return lines([self.drawdown(t) for t in self._named(trials)], "drawdown", share=True)

    def _named(self, trials: Sequence[int | str] | None) -> Sequence[int | str]:
        named = [row.number for row in self.leaders(5)] if trials is None else trials
        if not named:
            raise SweepError(f"{self.id}: {self.no_best()}")
        return named
