"""The catalogs and specs that the benchmarks run on."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers import market

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "benchmarks" / ".peers"  # what the benchmarks keep from one run to the next


def catalog(quotes: int) -> str:
    """A catalog of so many quotes, one a second, and the signals among them."""
    place = PLACE / "catalogs" / f"v2-{quotes}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        code = "import sys; from benchmarks.peers import v2; v2.write(sys.argv[1], int(sys.argv[2]))"
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code, str(place), str(quotes)], env=environment, check=True)
    return str(place)


def described(
    quotes: int, shape: tuple[int, int, int] = (1, 1, 1), tracking: str = "", place: str | None = None
) -> dict[str, Any]:
    """The grid of this shape over so many quotes, as a spec; with MLflow where `tracking` says."""
    spec: dict[str, Any] = {
        "name": "load",
        "catalog": place or catalog(quotes),
        "period": {"start": iso(market.START), "end": iso(market.START + quotes)},
        "data": [
            {"type": "QuoteTick", "instruments": ["SPY.XNAS"]},
            {"type": "benchmarks.peers.follow:Signal"},
        ],
        "venues": [
            {
                "name": "XNAS", "oms_type": "NETTING", "account_type": "MARGIN", "base_currency": "USD",
                "starting_balances": ["1000000 USD"],
                "fee_model": {"type": "MakerTakerFeeModel", "maker_rate": 0, "taker_rate": 0},
            }
        ],
        "strategy": {
            "path": "benchmarks.peers.follow:Follow", "config_path": "benchmarks.peers.follow:FollowConfig",
            "config": {"threshold": 50.0, "tp": 0.1, "sl": 0.1},
        },
        "search": {"method": "grid", "space": {f"strategy.{n}": v for n, v in market.space(shape).items()}},
        "objective": {"metric": "pnl_realized", "direction": "maximize"},
    }  # fmt: skip
    return spec | ({"tracking": {"uri": tracking, "tearsheets": "top 10"}} if tracking else {})


def empty(trials: int, place: str | None = None) -> dict[str, Any]:
    """A grid of trials that do nothing on two minutes of quotes."""
    spec = described(20_000, place=place)
    return spec | {
        "name": "empty",
        "period": {"start": iso(market.START), "end": iso(market.START + 120)},
        "data": spec["data"][:1],
        "strategy": {
            "path": "benchmarks.sleeper:Sleeper", "config_path": "benchmarks.sleeper:SleeperConfig", "config": {},
        },
        "search": {"method": "grid", "space": {"strategy.label": {"low": 1, "high": trials, "step": 1}}},
    }  # fmt: skip


def iso(seconds: int) -> str:
    """UNIX seconds as a spec writes times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
