"""Fee models of brokers and exchanges that NautilusTrader does not bring, for `fee_model:` of a venue.

    fee_model: {type: PerShareFeeModel, rate: 0.005, minimum: 1, maximum: 0.01}

Rounding: the fee of an order so far is rounded half up to the decimals of its currency, and each fill is charged what
this adds. So the fills of an order add up to its rounded fee, a rate below a cent is not lost in small fills, and a
minimum is charged once for an order. The state is that of one backtest: every trial has its own model.
"""

# the engine's stubs leave the arguments of fee models open
# pyright: reportUnknownMemberType=false

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, override

from nautilus_trader.execution import FeeModel
from nautilus_trader.model import LiquiditySide, Money

type Tier = list[Decimal]  # [from this volume on, rate], or [from this volume on, maker rate, taker rate]

ZERO, BASIS_POINT = Decimal(0), Decimal("0.0001")
DAY = 86_400 * 10**9


@dataclass(slots=True)
class OrderSoFar:
    """The fills of one order, and what they were charged."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO  # notional
    fees: Decimal = ZERO  # exact
    charged: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Trade:
    """One fill, as fees see it."""

    quantity: Decimal
    value: Decimal  # notional
    time: int  # of the order's last event before the fill, nanoseconds
    is_maker: bool


class CostModel(FeeModel):
    """Fees by order: exact sums, rounded once. Subclasses say what a fill costs."""

    def __init__(self, spread_bps: Decimal = ZERO) -> None:
        """`spread_bps`: bid-ask spread in basis points of price, of which each fill pays half."""
        super().__init__()
        _require(spread_bps >= 0, "spread_bps must not be negative", spread_bps)
        self.spread = spread_bps * BASIS_POINT / 2
        self.orders: dict[str, OrderSoFar] = {}

    def fee(self, order: OrderSoFar, trade: Trade) -> Decimal:
        """The exact fee of a fill, which is not yet part of the order."""
        raise NotImplementedError

    def total(self, order: OrderSoFar) -> Decimal:
        """The exact fee of an order so far."""
        return order.fees

    @override
    def get_commission(self, order: Any, fill_quantity: Any, fill_px: Any, instrument: Any) -> Money:
        """The fee of a fill (called by the engine)."""
        quantity = fill_quantity.as_decimal()
        if instrument.is_inverse:
            currency, value = instrument.base_currency, quantity * _size(instrument) / fill_px.as_decimal()
        else:
            currency, value = instrument.quote_currency, quantity * _size(instrument) * fill_px.as_decimal()
        is_maker = order.liquidity_side == LiquiditySide.MAKER
        trade = Trade(quantity, value, int(order.ts_last), is_maker)
        so_far = self.orders.setdefault(str(order.client_order_id), OrderSoFar())
        so_far.fees += self.fee(so_far, trade)
        so_far.quantity += quantity
        so_far.value += value
        exact = self.total(so_far) + so_far.value * self.spread
        rounded = exact.quantize(Decimal(1).scaleb(-currency.precision), ROUND_HALF_UP)
        charged, so_far.charged = rounded - so_far.charged, rounded
        return Money.from_str(f"{charged:f} {currency}")


class PerShareFeeModel(CostModel):
    """A rate for each share (or contract), with a minimum and a maximum for each order, as stock brokers have it.

    Interactive Brokers, US stocks: fixed `rate: 0.005, minimum: 1, maximum: 0.01`; tiered
    `tiers: [[0, 0.0035], [300_000, 0.002], [3_000_000, 0.0015], [20_000_000, 0.001], [100_000_000, 0.0005]],
    minimum: 0.35, maximum: 0.01`, to which fees of exchanges and clearing are added.
    """

    def __init__(
        self,
        rate: Decimal | None = None,
        minimum: Decimal = ZERO,
        maximum: Decimal | None = None,
        tiers: list[Tier] | None = None,
        spread_bps: Decimal = ZERO,
    ) -> None:
        """Amounts are in the currency of the instrument.

        Args:
            rate: for each share; may be a fraction of a cent.
            minimum: of an order.
            maximum: of an order, as a share of its value (0.01 is 1 %); it counts also where the minimum is higher.
            tiers: instead of `rate`: [[from this number of shares in the calendar month on, rate], …]; each share is
                charged by its own tier.
            spread_bps: bid-ask spread in basis points of price, of which each fill pays half.
        """
        super().__init__(spread_bps)
        _require((rate is None) != (tiers is None), "needs either rate or tiers", rate if tiers is None else tiers)
        _require(minimum >= 0, "minimum must not be negative", minimum)
        _require(maximum is None or maximum > 0, "maximum must be above 0", maximum)
        self.minimum, self.maximum = minimum, maximum
        self.tiers = _checked([[ZERO, rate]] if rate is not None else tiers or [], 2)
        self.month, self.shares = "", ZERO

    @override
    def fee(self, order: OrderSoFar, trade: Trade) -> Decimal:
        month = f"{datetime.fromtimestamp(trade.time // 10**9, UTC):%Y-%m}"
        if month != self.month:
            self.month, self.shares = month, ZERO
        before, self.shares = self.shares, self.shares + trade.quantity
        return self._until(self.shares) - self._until(before)

    def _until(self, shares: Decimal) -> Decimal:
        """The fee of the first shares of a month."""
        ends = [tier[0] for tier in self.tiers[1:]] + [shares]
        return sum(
            (max(ZERO, min(shares, end) - start) * rate for (start, rate), end in zip(self.tiers, ends, strict=True)),
            ZERO,
        )

    @override
    def total(self, order: OrderSoFar) -> Decimal:
        fees = max(order.fees, self.minimum)
        return fees if self.maximum is None else min(fees, self.maximum * order.value)


class PerContractMinimumFeeModel(PerShareFeeModel):
    """A rate for each contract with a minimum for each order: `rate: 0.65, minimum: 1`; or by tiers of the month."""


class VolumeTierFeeModel(CostModel):
    """Maker and taker rates of notional by the volume of the last days, as crypto exchanges have it."""

    def __init__(
        self, tiers: list[Tier], days: int = 30, initial_volume: Decimal = ZERO, spread_bps: Decimal = ZERO
    ) -> None:
        """Volume is notional in the currency of the instrument.

        Args:
            tiers: [[from this volume on, maker rate, taker rate], …], fractions of notional; the first begins at 0.
                A negative rate is a rebate.
            days: how many days before a fill count.
            initial_volume: traded before the backtest; counts for its first `days` days.
            spread_bps: bid-ask spread in basis points of price, of which each fill pays half.
        """
        super().__init__(spread_bps)
        _require(days > 0, "days must be above 0", days)
        _require(initial_volume >= 0, "initial_volume must not be negative", initial_volume)
        self.tiers, self.window = _checked(tiers, 3), days * DAY
        self.trades = deque[tuple[int, Decimal]]()
        self.volume, self.initial, self.start = ZERO, initial_volume, 0

    @override
    def fee(self, order: OrderSoFar, trade: Trade) -> Decimal:
        self.start = self.start or trade.time
        while self.trades and self.trades[0][0] <= trade.time - self.window:
            self.volume -= self.trades.popleft()[1]
        volume = self.volume + (self.initial if trade.time - self.start < self.window else ZERO)
        _, maker, taker = next(tier for tier in reversed(self.tiers) if volume >= tier[0])
        self.trades.append((trade.time, trade.value))
        self.volume += trade.value
        return trade.value * (maker if trade.is_maker else taker)


class SpreadFeeModel(CostModel):
    """Half of the bid-ask spread for each fill, for data without quotes: `spread_bps: 2` costs 1 bp of the value."""

    def __init__(self, spread_bps: Decimal) -> None:
        """`spread_bps`: bid-ask spread in basis points of price."""
        super().__init__(spread_bps)

    @override
    def fee(self, order: OrderSoFar, trade: Trade) -> Decimal:
        return ZERO


def _checked(tiers: Sequence[Sequence[Decimal]], width: int) -> list[list[Decimal]]:
    """Tiers in ascending order from 0 on."""
    _require(bool(tiers) and all(len(tier) == width for tier in tiers), f"tiers must have {width} numbers each", tiers)
    starts = [tier[0] for tier in tiers]
    _require(starts[0] == 0 and starts == sorted(set(starts)), "tiers must begin at 0 and ascend", starts)
    return [list(tier) for tier in tiers]


def _require(holds: bool, rule: str, value: object) -> None:
    if not holds:
        raise ValueError(f"{rule} (was {value})")


def _size(instrument: Any) -> Decimal:
    return instrument.multiplier.as_decimal()
