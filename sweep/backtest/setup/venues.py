"""Venues from plain data: every key of `BacktestEngine.add_venue` by its own name, strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from nautilus_trader import model

from sweep.backtest.setup import models
from sweep.backtest.user_code.coercion.convert import convert
from sweep.backtest.user_code.coercion.refusal import RefusedError
from sweep.common.json_values import is_list, is_mapping
from sweep.errors import Problem, did_you_mean


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a venue: its type and what it means."""

    kind: Any
    meaning: str
    required: bool = False


FLAG = bool
KEYS: dict[str, Key] = {
    "name": Key(str, "the venue's code, as in the instrument ids", required=True),
    "oms_type": Key(model.OmsType, "NETTING (one position an instrument) or HEDGING", required=True),
    "account_type": Key(model.AccountType, "CASH or MARGIN", required=True),
    "starting_balances": Key(list[model.Money], "e.g. [100_000 USD]", required=True),
    "base_currency": Key(model.Currency, "the account's one currency; none for a multi-currency account"),
    "book_type": Key(model.BookType, "L1_MBP (quotes, trades, bars), L2_MBP or L3_MBO (order book data)"),
    "default_leverage": Key(
        Decimal, "leverage of instruments without their own; the engine's default for MARGIN is 10"
    ),
    "leverages": Key(dict[model.InstrumentId, Decimal], "leverage by instrument"),
    "fill_model": Key("fill_model", "how orders fill"),
    "fee_model": Key("fee_model", "what fills cost", required=True),
    "latency_model": Key("latency_model", "how long commands travel"),
    "margin_model": Key("margin_model", "how margin is computed"),
    "modules": Key("modules", "simulation modules: rollover interest, swaps, own ones"),
    "oto_trigger_mode": Key(
        model.OtoTriggerMode, "PARTIAL: children of a bracket work from the first fill; FULL: the last"
    ),
    "price_protection_points": Key(int, "how many ticks a market order may walk from the touch; the rest stays open"),
    "liquidation_trigger_ratio": Key(float, "equity / maintenance margin at which positions are sold out (default 1)"),
    "bar_execution": Key(FLAG, "bars move the market"),
    "bar_adaptive_high_low_ordering": Key(FLAG, "whether a bar's high or low came first is inferred, not fixed"),
    "trade_execution": Key(FLAG, "trades move the market"),
    "liquidity_consumption": Key(FLAG, "size that was taken is gone until the next update"),
    "queue_position": Key(FLAG, "limit orders wait behind the size that was there (trades use it up)"),
    "reject_stop_orders": Key(FLAG, "a stop that is already in the market is rejected"),
    "support_gtd_orders": Key(FLAG, "good-till-date orders expire at the venue"),
    "support_contingent_orders": Key(FLAG, "OCO and OTO are handled by the venue"),
    "use_position_ids": Key(FLAG, "the venue names positions; nothing changes in a backtest"),
    "use_random_ids": Key(FLAG, "random ids of orders and trades: another run has others"),
    "use_reduce_only": Key(FLAG, "reduce-only is honoured"),
    "use_message_queue": Key(FLAG, "commands pass through a queue; nothing changes in a backtest"),
    "use_market_order_acks": Key(FLAG, "market orders are acknowledged before they fill"),
    "allow_cash_borrowing": Key(FLAG, "a CASH account may go short of a currency"),
    "frozen_account": Key(FLAG, "balances never change; refused, for no profit or loss would ever be seen"),
    "routing": Key(FLAG, "the venue routes to others; nothing changes in a backtest"),
    "liquidation_enabled": Key(FLAG, "positions are sold out when margin is gone"),
    "liquidation_cancel_open_orders": Key(FLAG, "a liquidation cancels open orders"),
}
UNSUPPORTED_ACCOUNTS = ("BETTING", "WALLET")


def build(venue: Any, problems: list[Problem]) -> dict[str, Any] | None:
    """Arguments for `engine.add_venue`, or None and the reasons in `problems`."""
    if not is_mapping(venue):
        problems.append(Problem("venues", "each venue must be a mapping", venue))
        return None
    where = f"venues.{venue.get('name', '?')}"
    count, built = len(problems), dict[str, Any]()
    for key, value in venue.items():
        if key not in KEYS:
            problems.append(Problem(f"{where}.{key}", f"a venue has no key {key!r}", value, did_you_mean(key, KEYS)))
        elif value is not None:
            built[key] = build_key(key, value, f"{where}.{key}", problems)
    problems.extend(missing(venue, where))
    if len(problems) == count:
        problems.extend(contradictions(built, venue, where))
    if len(problems) > count:
        return None
    return built | {"venue": model.Venue(built.pop("name"))}


def build_key(key: str, value: Any, where: str, problems: list[Problem]) -> Any:
    kind = KEYS[key].kind
    if kind == "modules":
        if not is_list(value):
            problems.append(Problem(where, "must be a list", value))
            return None
        return [models.build("modules", spec, f"{where}.{n}", problems) for n, spec in enumerate(value)]
    if isinstance(kind, str):
        return models.build(kind, value, where, problems)
    try:
        return convert(value, kind)
    except RefusedError as refused:
        problems.append(Problem(where, refused.rule, value, refused.remedy))
        return None


def missing(section: Mapping[str, Any], where: str) -> list[Problem]:
    """The keys that a venue must have. Fees must be said, also where there are none."""
    absent = [key for key, rule in KEYS.items() if rule.required and section.get(key) is None]
    none = "for no fees: {type: MakerTakerFeeModel, maker_rate: 0, taker_rate: 0}"
    return [
        Problem(
            f"{where}.{key}", f"a venue needs {key!r}: {KEYS[key].meaning}", None, none if key == "fee_model" else ""
        )
        for key in absent
    ]


def contradictions(built: Mapping[str, Any], section: Mapping[str, Any], where: str) -> list[Problem]:
    """Contradictions between values that are each allowed."""
    balances, base = built["starting_balances"], built.get("base_currency")
    amounts = [money.as_decimal() for money in balances]
    rules = [
        (not amounts, "starting_balances", "must name at least one balance"),
        (any(a < 0 for a in amounts) or sum(amounts) == 0 < len(amounts), "starting_balances", "must be positive"),
        (
            bool(balances and base) and [str(m.currency) for m in balances] != [str(base)],
            "starting_balances",
            f"an account with base_currency {base} has exactly one balance, in {base}",
        ),
        (built["account_type"].name in UNSUPPORTED_ACCOUNTS, "account_type", "must be CASH or MARGIN"),
        (built["oms_type"].name == "UNSPECIFIED", "oms_type", "must be NETTING or HEDGING"),
        (
            built.get("frozen_account", False),
            "frozen_account",
            "must be false: balances would never see a profit or loss",
        ),
        (built.get("default_leverage", 1) <= 0, "default_leverage", "must be greater than 0"),
        (any(x <= 0 for x in built.get("leverages", {}).values()), "leverages", "must be greater than 0"),
    ]
    return [Problem(f"{where}.{key}", rule, section.get(key)) for broken, key, rule in rules if broken]
