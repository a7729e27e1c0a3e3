"""Rules that decide if many parameter sets may share one pass over the market: they must not affect each other.

What is not on these lists is refused: a model of which nothing is known may remember one trial's orders when it fills
another's.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nautilus_trader import model

from sweep.backtest.data.feed import Feed
from sweep.backtest.setup.builder import BacktestSetup, build
from sweep.backtest.user_code.file_reads import read_at_import
from sweep.errors import TrialError

FILL_MODELS = {"DefaultFillModel", "BestPriceFillModel", "OneTickSlippageFillModel"}
MARKET_KINDS = {"QuoteTick", "TradeTick", "Bar"}
CHANCES = ("prob_fill_on_limit", "prob_slippage")
FEE_MODELS = {"MakerTakerFeeModel", "PerContractFeeModel", "FixedFeeModel"}
ORDER_FEES = {f"sweep.costs:{name}" for name in ("PerShareFeeModel", "PerContractMinimumFeeModel")}  # without tiers
FLAGS = {
    "liquidity_consumption": "what one trial takes is gone for the others",
    "queue_position": "limit orders would queue behind those of other trials",
    "liquidation_enabled": "the shared account would be liquidated, or not, for all",
    "use_random_ids": "ids are random",
    "routing": "orders of other venues pass through it",
    "allow_cash_borrowing": "what is borrowed is borrowed together",
    "price_protection_points": "what is left of an order is matched at each step, those of other trials included",
}
OPTIONS = (model.InstrumentClass.OPTION, model.InstrumentClass.OPTION_SPREAD, model.InstrumentClass.BINARY_OPTION)


def against(backtest: Mapping[str, Any]) -> list[str] | None:
    """Every reason why settings of this resolved backtest, which differ in the strategy's config, must run isolated.

    None where this one cannot be built, which says nothing about the others.
    """
    parts, _ = build(backtest)
    if parts is None:
        return None
    reasons = ["data_missing: what is missing is told for each trial alone"] if parts.allowed else []
    if not parts.user_code:
        return ["the engine's own strategies are fast alone, and cannot be told apart in a pack"]
    if parts.engine:
        return ["engine: limits of its parts would count the orders of all trials"]
    if parts.risk:
        return ["risk: limits are checked against the account of each trial alone"]
    others = [c.where for c in parts.components if c is not parts.strategies[0]] if parts.strategies else ["controller"]
    if others:
        return [f"{', '.join(others)}: several components work together in one engine"]
    if read_at_import(lambda: parts.modules().values()):
        reasons.append("files that modules read while they are imported are told for each trial alone")
    reasons += ["request_*: history is read for each trial alone"] if parts.history else []
    reasons += [reason for venue in backtest["venues"] for reason in _venue(venue)]
    reasons += [reason for venue in parts.venues for reason in _account(venue)]
    reasons += list(_data(parts))
    reasons += [reason for venue in backtest["venues"] for reason in _trades_beside_others(parts, venue)]
    return reasons or list(_instruments(str(backtest["catalog"]), parts))


def _venue(venue: Mapping[str, Any]) -> Iterator[str]:
    """Matching must have no memory between orders."""
    name = venue["name"]
    for flag, why in FLAGS.items():
        if venue.get(flag):
            yield f"{name}.{flag}: {why}"
    if venue.get("modules"):
        yield f"{name}.modules: what they book cannot be told apart"
    fill = venue.get("fill_model") or {"type": "DefaultFillModel"}
    if fill["type"] not in FILL_MODELS:
        yield f"{name}.fill_model: {fill['type']} is not known to treat each order as if it were alone"
    elif drawn := [key for key in CHANCES if fill.get(key) not in (None, 0, 1)]:
        yield f"{name}.fill_model: {' and '.join(drawn)} drawn at random, in the order of all trials' orders"
    fee = venue["fee_model"]
    if fee["type"] not in FEE_MODELS and (fee["type"] not in ORDER_FEES or fee.get("tiers")):
        yield f"{name}.fee_model: {venue['fee_model']['type']} is not known to treat each fill as if it were alone"
    currency = str(fee.get("commission", "")).partition(" ")[2]
    if currency and currency not in {str(money).partition(" ")[2] for money in venue["starting_balances"]}:
        yield f"{name}.fee_model: fees in {currency} are not booked in the currency of the account"


def _account(venue: Mapping[str, Any]) -> Iterator[str]:
    """The account must come apart into one for each trial."""
    name = venue["venue"]
    if venue["account_type"] not in {model.AccountType.MARGIN, model.AccountType.CASH}:
        yield f"{name}.account_type: an account of this type cannot be told apart"
    if venue["oms_type"] != model.OmsType.NETTING:
        yield f"{name}.oms_type: HEDGING goes through positions in the order of their ids, which are others in a pack"
    if len(venue["starting_balances"]) != 1:
        yield f"{name}.starting_balances: bookings in several currencies cannot be told apart"
    if venue.get("book_type", model.BookType.L1_MBP) != model.BookType.L1_MBP:
        yield f"{name}.book_type: orders would meet in the book"


def _data(parts: BacktestSetup) -> Iterator[str]:
    if parts.perturbation:
        yield "a perturbed trial has events of its own"
    for entry in parts.entries:
        if getattr(entry, "chain", None):
            yield "an option chain reads what one strategy subscribes to"
        elif not entry.custom and entry.kind not in MARKET_KINDS:
            yield f"{entry.kind} in data: its size would be shared out among all trials' orders"


def _trades_beside_others(parts: BacktestSetup, venue: Mapping[str, Any]) -> Iterator[str]:
    """After a trade the venue's bid and ask are other ones than its book's, until its next step."""
    kinds = {entry.kind for entry in parts.entries if not entry.custom}
    if "TradeTick" in kinds and kinds != {"TradeTick"} and fill_model(venue) != "DefaultFillModel":
        model_name = f"{venue['name']}.fill_model: {fill_model(venue)}"
        yield f"{model_name} fills by the venue's bid and ask, which after a trade are others than at its next step"


def fill_model(venue: Mapping[str, Any]) -> str:
    """Type of a venue's fill model."""
    return (venue.get("fill_model") or {"type": "DefaultFillModel"})["type"]


def _instruments(catalog: str, parts: BacktestSetup) -> Iterator[str]:
    """Every instrument is booked in the one currency of its account, at the exit."""
    try:
        instruments = Feed(catalog, parts.entries, parts.start, parts.end).instruments()
    except TrialError as error:
        yield error.message
        return
    currencies = {v["venue"]: v["starting_balances"][0].currency for v in parts.venues}
    cash = {v["venue"] for v in parts.venues if v["account_type"] == model.AccountType.CASH}
    for instrument in instruments:
        if currencies.get(instrument.id.venue) != instrument.quote_currency or instrument.is_inverse:
            yield f"{instrument.id} is not booked in the one currency of its account"
        if instrument.id.venue in cash and not isinstance(instrument, model.Equity):
            yield f"{instrument.id}: on a CASH account only shares are paid in one currency and never sold short"
        if instrument.instrument_class in OPTIONS:
            yield f"{instrument.id}: premiums are booked at the entry"
