"""A trial exported from the record of its sweep: its own code, also where the file has changed since."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import sweep
from sweep.cli import app
from sweep.errors import SweepError
from sweep.results.report import Report
from sweep.runner.chosen import script_export
from tests.independent.test_exported_scripts import ours, plain, run_plain
from tests.support import sweeps

STRATEGY = """
from dataclasses import dataclass
from nautilus_trader.model import InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Strategy


@dataclass(frozen=True)
class EveryConfig:
    instrument_id: InstrumentId
    every: int = 7


class Every(Strategy):
    def __init__(self, config: EveryConfig) -> None:
        super().__init__(None)
        self.settings, self.quotes = config, 0

    def on_start(self) -> None:
        self.subscribe_quotes(self.settings.instrument_id)

    def on_quote(self, quote) -> None:
        self.quotes += 1
        if self.quotes % self.settings.every == 0:
            side = OrderSide.BUY if self.quotes % (2 * self.settings.every) else OrderSide.SELL
            self.submit_order(self.order_factory.market(self.settings.instrument_id, side, Quantity(10, 0)))
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A sweep over a strategy in a file."""
    place = tmp_path_factory.mktemp("export")
    (place / "every_quote.py").write_text(STRATEGY)
    strategy = {
        "path": "every_quote:Every", "config_path": "every_quote:EveryConfig", "config": {"instrument_id": "SPY.ARCA"},
    }  # fmt: skip
    space = {"strategy.every": [5, 11]}
    path = sweeps.write(
        place / "spec.yaml", sweeps.spec(sweeps.catalog(place / "catalog", minutes=2), space, strategy=strategy)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        yield sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False)


def invoke(report: Report, *arguments: str) -> Any:
    return CliRunner().invoke(app, [*arguments, "--runs-dir", str(report.folder.path.parent)])


def test_the_script_runs_the_code_of_the_trial(exported: Report, tmp_path: Path):
    replayed = sweep.replay(exported, 1)
    assert replayed.trial
    fills, source = ours(replayed.trial), Path(exported.folder.path.parents[1] / "every_quote.py")
    source.write_text(STRATEGY.replace("Quantity(10, 0)", "Quantity(20, 0)"))
    result = invoke(exported, "export", f"{exported.id}:1", "--nautilus", str(tmp_path / "0.py"))
    source.write_text(STRATEGY)
    assert result.exit_code == 0, result.output
    text = (tmp_path / "0.py").read_text()
    assert f"Trial 1 of {exported.id}" in text
    assert exported.trial(1).key in text
    run_plain(tmp_path, 1)
    assert len(fills) == 21
    assert plain(tmp_path / "0.csv") == fills


def test_code_that_is_lost_is_named(exported: Report, tmp_path: Path):
    copy = sweeps.copied(exported, tmp_path)
    for file in copy.folder.sources.iterdir():
        file.unlink()
    source = exported.folder.path.parents[1] / "every_quote.py"
    source.write_text(STRATEGY + "\n")
    with pytest.raises(SweepError, match="the source of every_quote changed, and the sweep kept no copy of it"):
        script_export.export(copy.folder, 0, tmp_path / "x.py")
    source.write_text(STRATEGY)
    assert not (tmp_path / "x.py").exists()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("{id}", ("--nautilus", "x.py"), "must name a trial of a sweep (was '{id}')"),
        ("{id}:1", (), "needs --optuna FILE or --nautilus FILE"),
        ("nothing:1", ("--nautilus", "x.py"), "there is no such sweep"),
    ],
)
def test_wrong_arguments(exported: Report, name: str, options: tuple[str, ...], message: str):
    result = invoke(exported, "export", name.format(id=exported.id), *options)
    assert result.exit_code == 2
    assert message.format(id=exported.id) in " ".join(result.stderr.split())


def test_a_trial_that_is_not_there(exported: Report, tmp_path: Path):
    result = invoke(exported, "export", f"{exported.id}:9", "--nautilus", str(tmp_path / "x.py"))
    assert result.exit_code == 1
    assert "no trial is '9'" in result.stderr


def test_a_strategy_that_imports_this_package_is_refused(finished_sweep: Report, tmp_path: Path):
    result = invoke(finished_sweep, "export", f"{finished_sweep.id}:0", "--nautilus", str(tmp_path / "x.py"))
    assert result.exit_code == 1
    assert "imports from this package" in " ".join(result.stderr.split())


def test_best_as_a_config(exported: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    best = exported.best()
    settings = yaml.safe_load(invoke(exported, "best", exported.id, "--yaml").stdout)
    assert settings["trial"] == best.number
    assert settings["key"] == best.key
    assert settings["objective"]["value"] == best.metrics["pnl_total"]
    assert settings["strategies"] == [
        {
            "strategy_path": "every_quote:Every",
            "config_path": "every_quote:EveryConfig",
            "config": {"instrument_id": "SPY.ARCA", "every": best.params["strategy.every"]},
        }
    ]
    assert yaml.safe_load(invoke(exported, "best", exported.id, "--json").stdout) == settings
    namespace: dict[str, Any] = {}
    exec(invoke(exported, "best", exported.id, "--python").stdout, namespace)  # noqa: S102 - the source is ours
    (strategy,) = namespace["strategies"]()
    assert strategy.settings.every == best.params["strategy.every"]
    assert str(strategy.settings.instrument_id) == "SPY.ARCA"
    assert invoke(exported, "best", exported.id, "--json", "--yaml").exit_code == 2


def test_the_centre_of_the_plateau(exported: Report):
    settings = yaml.safe_load(invoke(exported, "best", exported.id, "--by", "plateau").stdout)
    assert settings["trial"] == exported.choice().by_plateau[0].number
    assert settings["chosen_by"] == "plateau"


def test_a_trial_on_new_dates(exported: Report, tmp_path: Path):
    period = "period={start: 2026-05-05, end: 2026-05-06}"
    for command in (("backtest", f"{exported.id}:1", "--tracking-uri", "none"), ("replay", exported.id, "1")):
        out = tmp_path / command[0]
        result = invoke(exported, *command, "--set", period, "--out", str(out), "--csv")
        assert result.exit_code == 0, result.output
        with (out / "fills.csv").open() as lines:
            fills = list(csv.DictReader(lines))
        assert len(fills) == 120 // 11  # two minutes of quotes a second, one of eleven
        assert {fill["ts_event"][:10] for fill in fills} == {"2026-05-05"}


def test_a_trial_on_new_dates_in_python(exported: Report, tmp_path: Path):
    settings = ["period={start: 2026-05-05, end: 2026-05-06}"]
    runs = exported.folder.path.parent
    record = sweep.run_backtest(f"{exported.id}:1", settings, runs_dir=runs, out=tmp_path / "out", tracking=False)
    assert record.metrics["fills"] == 120 // 11
    assert sweep.read(exported.folder.path).export_nautilus(1, tmp_path / "x.py") == 1
    assert "Every(EveryConfig(" in (tmp_path / "x.py").read_text()


def test_a_replay_with_other_values_takes_no_options_of_the_comparison(exported: Report):
    result = invoke(exported, "replay", f"{exported.id}:1", "--set", "strategy.every=6", "--log", "x.log")
    assert result.exit_code == 2
    assert "--log: is not for a replay with --set" in result.stderr
