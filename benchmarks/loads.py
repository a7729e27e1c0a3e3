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
EVERY = 200  # quotes, or bars, after which the first trial of `turning` turns
COMPILED = {"PYTHONDONTWRITEBYTECODE"}  # left out for all: it would have each process compile this project anew
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in COMPILED} | {
    "PYTHONPATH": str(ROOT),
    "RAY_USAGE_STATS_ENABLED": "0",
}


def catalog(quotes: int) -> str:
    """A catalog of so many quotes, one a second, and the signals among them."""
    place = PLACE / "catalogs" / f"v2-{quotes}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        code = "import sys; from benchmarks.peers import v2; v2.write(sys.argv[1], int(sys.argv[2]))"
        subprocess.run([sys.executable, "-c", code, str(place), str(quotes)], env=ENVIRONMENT, check=True)
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
        "execution": {"replay": "isolated"},  # unless a measurement names another mode
    }  # fmt: skip
    return spec | ({"tracking": {"uri": tracking, "tearsheets": "top 10"}} if tracking else {})


def turning(count: int, every: int, fixed: dict[str, Any], tracking: str) -> dict[str, Any]:
    """A grid of `every` ways to turn positions, over bars alone or over the quotes of several instruments."""
    seconds = 60 * count if fixed.get("bars") else count
    named = market.names(fixed["instruments"])
    kinds = {"type": "Bar", "bar_types": [name + market.BARS for name in named]}
    return described(1, tracking=tracking, place=turns(count, fixed)) | {
        "period": {"start": iso(market.START), "end": iso(market.START + seconds + 1)},
        "data": [kinds if fixed.get("bars") else {"type": "QuoteTick", "instruments": named}],
        "strategy": {
            "path": "benchmarks.peers.turning:Turns", "config_path": "benchmarks.peers.turning:TurnsConfig",
            "config": {"every": EVERY, **fixed},
        },
        "search": {"method": "grid", "space": {"strategy.every": [EVERY + n for n in range(every)]}},
    }  # fmt: skip


def native(count: int, shape: tuple[int, int, int], tracking: str = "", place: str | None = None) -> dict[str, Any]:
    """A grid of the engine's own `EmaCross` over so many quotes."""
    spec = described(count, tracking=tracking, place=place)
    return spec | {
        "data": spec["data"][:1],
        "strategy": {"native": "EmaCross", "config": {"instrument_id": "SPY.XNAS", "trade_size": 100}},
        "search": {"method": "grid", "space": {f"strategy.{n}": v for n, v in market.periods(shape).items()}},
    }


def turns(count: int, fixed: dict[str, Any]) -> str:
    """The catalog of such a market."""
    kind = "bars" if fixed.get("bars") else f"{fixed['instruments']}x"
    place = PLACE / "catalogs" / f"v2-{kind}-{count}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        call = f"turns.write(sys.argv[1], {count}, {fixed['instruments']}, bars={bool(fixed.get('bars'))})"
        code = f"import sys; from benchmarks.peers import turns; {call}"
        subprocess.run([sys.executable, "-c", code, str(place)], env=ENVIRONMENT, check=True)
    return str(place)


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
