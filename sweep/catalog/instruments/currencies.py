"""Currencies: those that the engine knows, and coins that users name.

The engine takes any code that it does not know for a coin of eight decimals. That hides typing errors, so a code is
taken here only where the engine knows it, or where the user has said that there is such a coin.
"""

import re
from collections.abc import Iterable

from nautilus_trader.model import Currency, CurrencyType

from sweep.errors import Problem

THREE_DIGITS = {"JPY", "HUF", "KRW", "THB"}  # quoted in these, a pair has three decimals; else five
DECIMALS = 8  # of a coin
CODE = re.compile(r"[A-Z0-9]{2,20}")


def is_known(code: str) -> bool:
    """Tell a currency that the engine knows, or that was declared in this process."""
    try:
        Currency.from_str(code, strict=True)
    except ValueError:
        return False
    return True


def is_money(code: str) -> bool:
    """Tell the currency of a state, or a metal, from a coin."""
    return is_known(code) and Currency.from_str(code, strict=True).currency_type != CurrencyType.CRYPTO


def declare(codes: Iterable[str], where: str) -> list[Problem]:
    """Make coins of these codes known; the mistakes in them."""
    problems: list[Problem] = []
    for code in codes:
        if not CODE.fullmatch(code):
            problems.append(Problem(where, "must be the code of a coin in capitals and digits", code, "such as PEPE"))
        elif not is_known(code):
            Currency.register(Currency(code, DECIMALS, 0, code, CurrencyType.CRYPTO))
    return problems
