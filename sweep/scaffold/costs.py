"""Venues with costs as brokers and exchanges charge them, by the kind of instrument."""

from dataclasses import dataclass, replace
from typing import Any

from sweep.scaffold.market import Traded

BALANCES = {"JPY": 10_000_000, "KRW": 100_000_000, "HUF": 30_000_000, "INR": 10_000_000, "BTC": 10, "ETH": 100}
BALANCE = 100_000  # of other currencies


@dataclass(frozen=True, slots=True)
class Costs:
    """Leverage and fees of a kind of instrument, each with a sentence about it."""

    leverage: int
    leverage_note: str
    fee_model: dict[str, Any]
    fee_note: str
    latency_ms: int = 25


def _rates(maker: float, taker: float) -> dict[str, Any]:
    return {"type": "MakerTakerFeeModel", "maker_rate": maker, "taker_rate": taker}


def _each(amount: str) -> dict[str, Any]:
    return {"type": "PerContractFeeModel", "commission": amount}


OWN_MONEY, PAIRS = "no borrowed money", "retail brokers offer 20 to 50"
COSTS = {
    "US stock": Costs(
        1, f"{OWN_MONEY}; US brokers lend up to 2 overnight",
        {"type": "PerShareFeeModel", "rate": 0.005, "minimum": 1, "maximum": 0.01},
        "a broker's fixed price: 0.5 cents a share, at least 1 USD and at most 1 % of the value for an order",
    ),
    "stock": Costs(1, OWN_MONEY, _rates(0.0005, 0.0005), "5 basis points: commission, exchange and stamp"),
    "pair, quotes": Costs(20, PAIRS, _rates(0.00002, 0.00002), "commission; the spread is in the quotes"),
    "pair": Costs(
        20, PAIRS, _rates(0.00005, 0.00005),
        "half a basis point: half of a usual spread, which these prices do not have, and the commission",
    ),
    "coins": Costs(1, f"spot: {OWN_MONEY}", _rates(0.001, 0.001), "10 basis points: first tier of large exchanges", 50),
    "perpetual": Costs(
        5, "exchanges offer far more, and liquidate earlier", _rates(0.0002, 0.0005),
        "2 and 5 basis points: first tier of large exchanges; for funding add FundingRateUpdate to `data`", 50,
    ),
    "future": Costs(10, "about the margin of an index future", {}, "a contract and fill: exchange, clearing, broker"),
    "option": Costs(1, "options are paid in full", {}, "a contract and fill"),
}  # fmt: skip
AMOUNTS = {"future": "2.50", "option": "0.65"}  # in the instrument's currency


def costs(traded: Traded) -> Costs:
    """The costs of an instrument, a little above what is usual."""
    kind = _kind(traded)
    if kind in AMOUNTS:
        return replace(COSTS[kind], fee_model=_each(f"{AMOUNTS[kind]} {traded.currency}"))
    return COSTS[kind]


def _kind(traded: Traded) -> str:
    if traded.type == "CurrencyPair":
        return "coins" if traded.has_coins else "pair, quotes" if traded.kind == "QuoteTick" else "pair"
    if traded.type == "Equity" and traded.currency == "USD":
        return "US stock"
    kinds = {"CryptoPerpetual": "perpetual", "CryptoFuture": "perpetual", "PerpetualContract": "perpetual"}
    return (kinds | {"FuturesContract": "future", "OptionContract": "option"}).get(traded.type, "stock")


def slippage(traded: Traded) -> tuple[float, str]:
    """The probability that a fill is a tick worse, and why."""
    if traded.kind == "QuoteTick":
        return 0.0, "the quotes have the spread"
    return 1.0, "these prices have no spread: every fill is one tick worse"


def balance(currency: str) -> int:
    """The starting balance in a currency."""
    return BALANCES.get(currency, BALANCE)
