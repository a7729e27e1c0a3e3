"""Currency pairs from their names."""

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from nautilus_trader.model import Currency, CurrencyPair, InstrumentId, Price, Quantity, Symbol

from sweep.catalog.instruments.currencies import THREE_DIGITS, declare, is_known
from sweep.errors import Problem

MOST_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentDraft:
    """The instrument that quotes are of: as the catalog defines it, or else a currency pair made from its name."""

    id: str  # GBP/USD.SIM
    precision: int | None = None  # decimals of a price; None: 5, and 3 in yen and the like
    size_precision: int = 0  # decimals of a size
    margin: str = "1"  # initial margin, a share of the notional, before a venue's leverage; half of it to hold
    currencies: tuple[str, ...] = ()  # coins that the engine does not know
    template: str = ""  # of instruments that are no currency pairs
    size: str = "1000000"  # units of the base currency on both sides of the book, where a file has no sizes

    def problems(self) -> list[Problem]:
        """Every mistake in the values, whatever the catalog defines."""
        problems: list[Problem] = []
        try:
            InstrumentId.from_str(self.id)
        except ValueError:
            problems.append(Problem("--instrument", "must be SYMBOL.VENUE", self.id, "for example GBP/USD.SIM"))
        if self.precision is not None and not 0 <= self.precision <= MOST_DIGITS:
            problems.append(Problem("--precision", f"must be between 0 and {MOST_DIGITS}", self.precision))
        if not 0 <= self.size_precision <= MOST_DIGITS:
            problems.append(Problem("--size-precision", f"must be between 0 and {MOST_DIGITS}", self.size_precision))
        for option, text in (("--margin", self.margin), ("--size", self.size)):
            if not _is_positive(text):
                problems.append(Problem(option, "must be a number above 0", text))
        return [*problems, *declare(self.currencies, "--currency")]

    def of(self, symbol: str) -> "InstrumentDraft":
        """The same for a symbol of a file of many, at the same venue; itself where there is none."""
        return replace(self, id=f"{symbol}.{self.id.rpartition('.')[2]}") if symbol else self

    def unmakeable(self) -> list[Problem]:
        """The reasons for which no currency pair can be made of the name."""
        base, slash, quote = InstrumentId.from_str(self.id).symbol.value.partition("/")
        if not slash or not base or not quote:
            rule = "is not defined in the catalog, and its name is not that of a currency pair"
            remedy = f"define it first: sweep catalog instruments --template equity --id {self.id} --catalog DIR"
            return [
                Problem(
                    "--instrument", rule, self.id, f"{remedy} (or another template, such as --template equity here)"
                )
            ]
        return [
            Problem(
                "--instrument",
                f"{code} is no currency that the engine knows",
                self.id,
                f"where it is a coin: --currency {code}",
            )
            for code in dict.fromkeys((base, quote))
            if not is_known(code)
        ] or ([Problem("--instrument", "must be of two currencies", self.id)] if base == quote else [])

    def make(self) -> Any:
        """The currency pair."""
        symbol = InstrumentId.from_str(self.id).symbol.value
        base, _, quote = symbol.partition("/")
        digits, sized = self.digits, self.size_precision
        margin = Decimal(self.margin)
        return CurrencyPair(
            InstrumentId.from_str(self.id), Symbol(symbol), Currency.from_str(base), Currency.from_str(quote),
            digits, sized, Price.from_decimal_dp(Decimal(1).scaleb(-digits), digits),
            Quantity.from_decimal_dp(Decimal(1).scaleb(-sized), sized), 0, 0,
            lot_size=None if sized else Quantity.from_int(1000), margin_init=margin, margin_maint=margin / 2,
        )  # fmt: skip

    @property
    def digits(self) -> int:
        quote = InstrumentId.from_str(self.id).symbol.value.partition("/")[2]
        return (3 if quote in THREE_DIGITS else 5) if self.precision is None else self.precision


def _is_positive(text: str) -> bool:
    try:
        return 0 < Decimal(text) < Decimal("Infinity")
    except InvalidOperation:
        return False
