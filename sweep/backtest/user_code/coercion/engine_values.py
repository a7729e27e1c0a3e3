"""Plain values as NautilusTrader's own types."""

from decimal import Decimal
from typing import Any

from nautilus_trader import model

from sweep.backtest.user_code.coercion.plain_values import is_number
from sweep.backtest.user_code.coercion.refusal import RefusedError, refuse
from sweep.errors import did_you_mean

NUMBERS: tuple[Any, ...] = (model.Price, model.Quantity)
EXAMPLES: dict[Any, str] = {
    model.InstrumentId: "write SYMBOL.VENUE, e.g. SPY.ARCA",
    model.BarType: "e.g. SPY.ARCA-1-MINUTE-LAST-EXTERNAL",
    model.Money: "write the amount and the currency, e.g. 100_000 USD",
    model.Currency: "write an ISO 4217 code or a known crypto currency, e.g. USD",
}


def convert_native(value: Any, kind: Any) -> Any:
    """A NautilusTrader value from its text: InstrumentId, BarType, Money, Price, Currency, any of its enums."""
    if members := [n for n in dir(kind) if isinstance(getattr(kind, n), kind)] if not hasattr(kind, "from_str") else []:
        return convert_member(value, kind, members)
    if not hasattr(kind, "from_str"):
        raise RefusedError(f"must be a {kind.__name__}, which plain data cannot give")
    if kind in NUMBERS and is_number(value):
        value = format(Decimal(str(value)), "f")
    if not isinstance(value, str):
        raise RefusedError(f"must be the text of a {kind.__name__}")
    names: list[str] = [v.name for v in kind.variants()] if hasattr(kind, "variants") else []
    try:
        if kind is model.Money:
            return exact_money(value)
        return (
            kind.from_str(value, strict=True)
            if kind is model.Currency
            else kind.from_str(value.upper() if names else value)
        )
    except RefusedError:
        raise
    except Exception as error:  # PyO3 raises ValueError, and PanicException for a few
        rule = f"must be a {kind.__name__}" + ("" if names else f" ({error})")
        raise RefusedError(rule, did_you_mean(value.upper(), names) if names else EXAMPLES.get(kind, "")) from error


def convert_member(value: Any, kind: Any, members: list[str]) -> Any:
    """A member of one of the engine's enums that takes no text, by its name in any spelling: SIMPLE for Simple."""
    plain = {name.replace("_", "").upper(): name for name in members}
    name = plain.get(value.replace("_", "").upper()) if isinstance(value, str) else None
    return getattr(kind, name) if name else refuse(f"must be a {kind.__name__}", value, members)


def exact_money(value: str) -> model.Money:
    """The amount as it was written: the engine rounds 0.005 USD to 0.00 without a word, and no fee is ever charged."""
    money = model.Money.from_str(plain := value.replace("_", ""))
    if money.as_decimal() != Decimal(plain.split()[0]):
        rule = f"must not have more decimals than {money.currency} has ({money.currency.precision})"
        raise RefusedError(
            rule, f"the engine would make it {money}; for less, take PerShareFeeModel (docs/guides/costs.md)"
        )
    return money
