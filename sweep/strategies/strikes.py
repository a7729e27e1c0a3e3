"""Selection of option contracts: by expiration, by strike, and by the nearest delta."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nautilus_trader.model import InstrumentId, OptionKind, imply_vol_and_greeks

from sweep.strategies.session import SECOND

YEAR = (
    252 * 390 * 60 * SECOND
)  # nanoseconds of trading; a delta that is implied by a price is the same in any unit of time


class Chain:
    """The options on one underlying, by expiration and kind, each list by strike."""

    def __init__(self, instruments: Iterable[Any], underlying: str) -> None:
        self._listed: dict[int, dict[OptionKind, list[Any]]] = {}
        for option in instruments:
            if getattr(option, "underlying", None) == underlying and hasattr(option, "strike_price"):
                kinds = self._listed.setdefault(option.expiration_ns, {OptionKind.CALL: [], OptionKind.PUT: []})
                kinds[option.option_kind].append(option)
        for kinds in self._listed.values():
            for contracts in kinds.values():
                contracts.sort(key=strike)

    def __bool__(self) -> bool:
        return bool(self._listed)

    def expiring(self, after: int, before: int, kind: OptionKind) -> Sequence[Any]:
        """The contracts of a kind with the first expiration in after <= time <= before; empty without one."""
        times = [t for t in self._listed if after <= t <= before]
        return self._listed[min(times)][kind] if times else ()


def at_the_money(contracts: Sequence[Any], spot: float) -> int:
    """The place of the strike nearest to the spot price; of two equally near the lower."""
    n = bisect_left(contracts, spot, key=strike)
    near = [i for i in (n - 1, n) if 0 <= i < len(contracts)]
    return min(near, key=lambda i: (abs(strike(contracts[i]) - spot), i))


def strike(option: Any) -> float:
    return float(option.strike_price)


def strikes_out(contracts: Sequence[Any], spot: float, count: int) -> Any | None:
    """The contract so many strikes out of the money (in, where negative); None beyond the last."""
    is_call = contracts[0].option_kind == OptionKind.CALL
    n = at_the_money(contracts, spot) + (count if is_call else -count)
    return contracts[n] if 0 <= n < len(contracts) else None


def around(contracts: Sequence[Any], spot: float, width: int) -> Sequence[Any]:
    """The contracts at most so many strikes from the one at the money."""
    n = at_the_money(contracts, spot)
    return contracts[max(n - width, 0) : n + width + 1]


def delta(option: Any, spot: float, price: float, now: int) -> float | None:
    """The size of the delta that a price implies (Black-Scholes, no interest); None where it implies none."""
    years = (option.expiration_ns - now) / YEAR
    if years <= 0:
        return None
    is_call, strike = option.option_kind == OptionKind.CALL, float(option.strike_price)
    try:
        return abs(imply_vol_and_greeks(spot, 0.0, 0.0, is_call, strike, years, price).delta)
    except ValueError:  # below its intrinsic value, or worth nothing
        return None


def nearest_delta(
    contracts: Iterable[Any], quotes: Mapping[InstrumentId, Any], spot: float, target: float, now: int
) -> Any | None:
    """Of the quoted contracts the one whose delta, by the middle of its quote, is nearest; None without any."""
    candidates: list[tuple[float, str, Any]] = []
    for option in contracts:
        if quote := quotes.get(option.id):
            middle = (float(quote.bid_price) + float(quote.ask_price)) / 2
            if (size := delta(option, spot, middle, now)) is not None:
                candidates.append((abs(size - target), str(option.id), option))
    return min(candidates)[2] if candidates else None


def has_expired(instrument: Any, now: int) -> bool:
    """True for an option or a future at or after its expiration, UNIX nanoseconds."""
    expiration = getattr(instrument, "expiration_ns", None)
    return bool(expiration) and now >= expiration
