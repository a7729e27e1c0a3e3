"""The grids that ship, in packs: every trial the same, to the last fill, as in an engine of its own."""

from pathlib import Path
from typing import Any

import pytest

from sweep.backtest import run, run_together
from sweep.catalog.demo import writer
from sweep.runner.plan import plan
from sweep.spec.model import resolve
from tests.independent.test_same_figures import BARS, ROOT, real_month

PACK = 64
KEPT = ("metrics", "days", "returns", "steps", "step_returns", "warnings", "fills")  # what a ledger has of a trial


def grid(name: str, catalog: Path, *settings: str) -> list[dict[str, Any]]:
    """Every trial of a spec that ships."""
    planned = plan(ROOT / "search_spaces" / name, [f"catalog={catalog}", *settings])
    return [resolve(planned.base, point) for point in planned.spec.space.points()]


def differences(many: list[dict[str, Any]]) -> list[str]:
    """Differences of packs as the executor deals them."""
    packs, deviations = max(2, -(-len(many) // PACK)), list[str]()
    for n in range(packs):
        for one, outcome in zip(many[n::packs], run_together([(one, ()) for one in many[n::packs]]), strict=True):
            alone, config = run(one), one["strategy"]["config"]
            if isinstance(outcome, str):
                deviations.append(f"{config}: {outcome}")
            elif wrong := [name for name in KEPT if getattr(alone, name) != getattr(outcome, name)]:
                deviations.append(f"{config}: {wrong}")
    return deviations


@pytest.mark.slow
def test_the_score_grid(tmp_path: Path):
    writer.write(tmp_path / "catalog")
    many = grid("demo_grid.yaml", tmp_path / "catalog", "search.space.strategy.tp_pct=[0.1, 0.2, 0.4]")
    assert len(many) == 81
    assert differences(many) == []


def test_some_of_the_score_grid(tmp_path: Path):
    writer.write(tmp_path / "catalog", days=2)
    settings = ("period.end=2026-05-06", "search.space.strategy.tp_pct=[0.1]", "search.space.strategy.sl_pct=[0.1]")
    many = grid("demo_grid.yaml", tmp_path / "catalog", *settings)
    assert len(many) == 9
    assert differences(many) == []


@pytest.mark.slow
@pytest.mark.skipif(not BARS.exists(), reason="needs the GBP/USD minute bars, which are not part of the project")
def test_the_currency_grid_on_a_real_month(tmp_path: Path):
    many = grid("ema_bracket_fx.yaml", real_month(tmp_path / "catalog"))
    assert len(many) == 54
    assert differences(many) == []
