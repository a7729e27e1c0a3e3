"""ScoreBracket and OptionCycle with options that they hold to the expiration: by the engine, and by sweep."""

from pathlib import Path
from typing import Any

import pytest

from sweep.backtest import run
from sweep.strategies.score_bracket import ScoreUpdate
from sweep.trial import Result
from tests.support.markets import HOUR, MINUTE, SECOND, equity, ns, option, quotes, trades, write
from tests.support.trials import trial, venue

EXPIRY = ns("2026-05-04T20:00:00")  # 16:00 in New York, the end of the session
TEN = ns("2026-05-04T14:00:00")
STOCK = equity("SPY.ARCA", margin="0.25")
CHAIN = [option(f"SPY260504{kind}{strike * 1000:08}.ARCA") for strike in range(722, 729) for kind in "CP"]
PREMIUMS = {"C00725000": 2.0, "P00725000": 2.0, "P00723000": 1.0, "C00727000": 1.0, "P00722000": 0.6, "C00728000": 0.6}
SPOT = ((TEN, 725.0), (TEN + MINUTE, 725.0), (TEN + 2 * MINUTE, 725.0), (EXPIRY - 30 * SECOND, 730.0))
AFTER = ((EXPIRY + MINUTE, 730.0), (EXPIRY + HOUR, 730.0))


def market(folder: Path, *, has_trades: bool) -> list[dict[str, Any]]:
    """SPY rises from 725 to 730; the options are quoted in the morning alone, so nothing of them can be sold later."""
    rows = quotes(STOCK, [(t, p, p + 0.02) for t, p in (*SPOT, *AFTER)])
    for contract in CHAIN:
        bid = PREMIUMS.get(str(contract.id.symbol)[9:], 0.3)
        times = (TEN + 30 * SECOND, TEN + 59 * SECOND, TEN + 119 * SECOND)
        rows += quotes(contract, [(t, bid, bid + 0.02) for t in times], size=1000)
    times: dict[str, Any] = {"ts_event": TEN + SECOND, "ts_init": TEN + SECOND}  # arguments of the engine's decorator
    score = ScoreUpdate(**times, instrument_id=STOCK.id, composite_score=80.0, bias="bullish")
    prints = trades(STOCK, [(t + 1, p + 0.01) for t, p in (*SPOT, *AFTER)]) if has_trades else ()
    write(folder, [STOCK, *CHAIN], quotes=rows, trades=prints, events=[score])
    named = ["SPY.ARCA", *(str(c.id) for c in CHAIN)]
    data = [{"type": "QuoteTick", "instruments": named}, {"type": "sweep.strategies.score_bracket:ScoreUpdate"}]
    return [*data[:1], *([{"type": "TradeTick", "instruments": ["SPY.ARCA"]}] if has_trades else []), *data[1:]]


def held(folder: Path, path: str, config: dict[str, Any], *, has_trades: bool) -> Result:
    """The sessions of these strategies end behind the expiration: nothing is closed before it."""
    module, _, name = path.partition(":")
    strategy = {
        "path": f"sweep.strategies.{module}:{name}", "config_path": f"sweep.strategies.{module}:{name}Config",
        "config": config,
    }  # fmt: skip
    fee = {"type": "PerContractFeeModel", "commission": "0.65 USD"}
    data = market(folder, has_trades=has_trades)
    return run(trial(str(folder), strategy, data=data, venues=[venue(fee_model=fee)], end="2026-05-05T00:00:00Z"))


SCORE = {
    "instrument_id": "SPY.ARCA", "trade_size": 1, "tp_pct": 500, "sl_pct": 99, "score_threshold": 65,
    "strike_rule": "atm", "session_end": "16:00", "flat_minutes": 0, "last_entry_minutes": 30, "quote_wait_secs": 60,
}  # fmt: skip
CYCLE = {
    "underlying_id": "SPY.ARCA", "contracts": 1, "session_end": "16:00", "flat_minutes": 0, "last_entry_minutes": 30,
}  # fmt: skip


CONDOR = CYCLE | {"short_strikes": 2, "wing_strikes": 1}


def figures(result: Result) -> tuple[Any, ...]:
    m = result.metrics
    return m["trades"], m["win_rate"], m["orders"], m["orders_rejected"], m["positions_open"], m["pnl_total"]


def test_score_bracket_holds_a_call_to_a_settlement_by_quotes(tmp_path: Path):
    """Bought at 2.02, worth 730.01 - 725 = 5.01 at the expiration; the stop and the target end with the contract."""
    result = held(tmp_path, "score_bracket:ScoreBracket", SCORE, has_trades=False)
    pnl = 100 * (5.01 - 2.02) - 0.65
    assert figures(result) == (1, 1.0, 3, 0, 0, pytest.approx(pnl))


def test_score_bracket_holds_a_call_to_its_exercise(tmp_path: Path):
    """100 shares come at 725, and are marked at the last trade of 730.01: the trade goes on with them."""
    result = held(tmp_path, "score_bracket:ScoreBracket", SCORE, has_trades=True)
    pnl = -100 * 2.02 - 0.65 + 100 * (730.01 - 725)
    assert figures(result) == (0, None, 5, 0, 1, pytest.approx(pnl))  # entry, stop, target, and two of the venue


@pytest.mark.parametrize("strategy", ["straddle:Straddle", "iron_condor:IronCondor"])
def test_option_cycle_holds_its_legs_to_a_settlement_by_quotes(tmp_path: Path, strategy: str):
    """The straddle: the call is worth 5.01, the put nothing. The condor, sold at 1.00, bought at 0.62, twice:

    the calls at 727 and 728 are worth 3.01 and 2.01, the puts nothing.
    """
    result = held(tmp_path, strategy, CYCLE if strategy.startswith("straddle") else CONDOR, has_trades=False)
    straddle = 100 * (5.01 - 2.02) - 0.65, -100 * 2.02 - 0.65
    condor = 100 * (1.0 - 3.01) - 0.65, 100 * (2.01 - 0.62) - 0.65, 100 * 1.0 - 0.65, -100 * 0.62 - 0.65
    legs = straddle if strategy.startswith("straddle") else condor
    wins = sum(leg > 0 for leg in legs)
    assert figures(result) == (len(legs), wins / len(legs), len(legs), 0, 0, pytest.approx(sum(legs)))


def test_option_cycle_holds_a_straddle_to_its_exercise(tmp_path: Path):
    result = held(tmp_path, "straddle:Straddle", CYCLE, has_trades=True)
    put, call = -100 * 2.02 - 0.65, -100 * 2.02 - 0.65 + 100 * (730.01 - 725)
    assert figures(result) == (1, 0.0, 5, 0, 1, pytest.approx(put + call))


def test_a_condor_whose_calls_are_both_exercised_is_three_trades(tmp_path: Path):
    """Shares go at 727 and come at 728: the two calls are one trade, each put is one."""
    result = held(tmp_path, "iron_condor:IronCondor", CONDOR, has_trades=True)
    calls = 100 * (1.0 - 0.62) - 100 - 2 * 0.65
    puts = 100 * 1.0 - 0.65, -100 * 0.62 - 0.65
    assert figures(result) == (3, 1 / 3, 10, 0, 0, pytest.approx(calls + sum(puts)))
