"""Hand-worked days of ScoreBracket. 100 shares, take-profit 1 %, stop-loss 0.5 %, threshold 65, one cent a share.

Most days begin with SPY at 500.00 bid, 500.02 ask. A buy then pays 500.02, and its exits are rounded up to the cent:
    target 500.02 × 1.01  = 505.0202 → 505.03        stop 500.02 × 0.995 = 497.5199 → 497.52
A sale gets 500.00, and its exits are rounded down: target 495.00, stop 502.50, both exact.
"""

from decimal import Decimal
from typing import Any

import pytest
from nautilus_trader.execution import FillModel, ThreeTierFillModel
from nautilus_trader.model import (
    AccountType,
    BookOrder,
    BookType,
    CustomData,
    InstrumentId,
    Money,
    OmsType,
    OrderBook,
    OrderSide,
    OtoTriggerMode,
    PositionOpened,
    Price,
    Quantity,
    QuoteTick,
)

from sweep.strategies.score_bracket import ScoreBracket, ScoreBracketConfig
from tests.strategies.market import MS, SPY, Day, at, quote, score, trade


def settings(**config: Any) -> ScoreBracketConfig:
    base: dict[str, Any] = {"instrument_id": str(SPY), "trade_size": 100, "tp_pct": 1, "sl_pct": 0.5}
    return ScoreBracketConfig(**(base | {"score_threshold": 65} | config))


def bracket(**config: Any) -> ScoreBracket:
    return ScoreBracket(settings(**config))


def morning(*then: QuoteTick | CustomData, bias: str = "bullish", value: float = 70.0) -> list[QuoteTick | CustomData]:
    """500.00/500.02 at the open, a score a second later, then what is given."""
    return [quote(at("09:30:00"), "500.00", "500.02"), score(at("09:30:01"), value, bias), *then]


def test_take_profit_fills_at_the_target_and_not_a_tick_before():
    day = trade(
        bracket(),
        morning(
            quote(at("09:30:02"), "505.02", "505.04"),  # bid a cent short of 505.03
            quote(at("09:30:03"), "505.04", "505.06"),  # bid beyond it: the limit fills at its own price
            quote(at("09:30:04"), "400.00", "400.02"),  # nothing is left that could trade
        ),
    )
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "505.03")]
    assert day.fills[1].ns == at("09:30:03")
    assert day.statuses == ["FILLED", "CANCELED", "FILLED"]  # entry, stop, target
    assert day.pnl == Decimal("499.00")  # 100 × (505.03 - 500.02) = 501.00, less 2 × 1.00


def test_stop_loss_triggers_at_the_stop_and_not_a_tick_before():
    day = trade(
        bracket(),
        morning(
            quote(at("09:30:02"), "497.53", "497.55"),  # bid a cent above 497.52
            quote(at("09:30:03"), "497.52", "497.54"),  # bid at the stop: sold at the bid
            quote(at("09:30:04"), "600.00", "600.02"),
        ),
    )
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "497.52")]
    assert day.statuses == ["FILLED", "FILLED", "CANCELED"]
    assert day.pnl == Decimal("-252.00")  # 100 × (497.52 - 500.02) = -250.00, less 2.00


def test_a_gap_below_a_resting_stop_fills_at_the_gap_price():
    day = trade(bracket(), morning(quote(at("09:30:02"), "496.00", "496.02")))
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "496.00")]
    assert day.pnl == Decimal("-404.00")  # 100 × (496.00 - 500.02) = -402.00, less 2.00


@pytest.mark.parametrize("oms", [OmsType.NETTING, OmsType.HEDGING])
def test_a_stop_that_is_in_the_market_at_entry_is_rejected_and_the_position_closed_at_market(oms: OmsType):
    # 25 ms of latency: the entry of 09:30:01 meets the quote of 09:30:02, 10 dollars lower. It pays 490.02, its stop
    # of 497.52 is above the bid and is rejected, and the target with it. The close, 25 ms later, meets 09:30:03.
    day = trade(
        bracket(),
        morning(
            quote(at("09:30:02"), "490.00", "490.02"),
            quote(at("09:30:03"), "489.00", "489.02"),
            quote(at("09:30:04"), "600.00", "600.02"),
        ),
        latency_ms=25,
        oms_type=oms,
    )
    assert day.deals() == [("BUY", 100, "490.02"), ("SELL", 100, "489.00")]
    assert day.statuses == ["FILLED", "REJECTED", "REJECTED", "FILLED"]
    assert day.pnl == Decimal("-104.00")  # 100 × (489.00 - 490.02) = -102.00, less 2.00
    assert day.open_positions == 0


def test_a_gap_beyond_the_target_takes_the_better_price_at_once():
    # Latency 25 ms: bought at 510.02; the target of 505.03 is below the bid of 510.00, where it sells.
    day = trade(bracket(), morning(quote(at("09:30:02"), "510.00", "510.02")), latency_ms=25)
    assert day.deals() == [("BUY", 100, "510.02"), ("SELL", 100, "510.00")]
    assert day.pnl == Decimal("-4.00")  # 100 × -0.02 = -2.00, less 2.00


def test_a_bearish_score_sells_and_buys_back_at_the_target():
    day = trade(
        bracket(),
        morning(
            quote(at("09:30:02"), "494.99", "495.01"),  # ask a cent above 495.00
            quote(at("09:30:03"), "494.98", "495.00"),
            bias="bearish",
        ),
    )
    assert day.deals() == [("SELL", 100, "500.00"), ("BUY", 100, "495.00")]
    assert day.fills[1].ns == at("09:30:03")
    assert day.pnl == Decimal("498.00")  # 100 × (500.00 - 495.00) = 500.00, less 2.00


def test_a_short_is_stopped_at_the_ask():
    day = trade(
        bracket(),
        morning(
            quote(at("09:30:02"), "502.47", "502.49"),  # ask a cent below 502.50
            quote(at("09:30:03"), "502.48", "502.50"),
            bias="bearish",
        ),
    )
    assert day.deals() == [("SELL", 100, "500.00"), ("BUY", 100, "502.50")]
    assert day.pnl == Decimal("-252.00")  # 100 × (500.00 - 502.50) = -250.00, less 2.00


@pytest.mark.parametrize(("value", "deals"), [(65.0, 1), (64.999, 0), (float("nan"), 0)])
def test_the_threshold_itself_is_traded(value: float, deals: int):
    day = trade(bracket(), morning(quote(at("09:30:02"), "500.00", "500.02"), value=value))
    assert len(day.fills) == deals


@pytest.mark.parametrize("bias", ["neutral", ""])
def test_without_a_side_nothing_is_ordered(bias: str):
    assert trade(bracket(), morning(quote(at("09:30:02"), "500.00", "500.02"), bias=bias)).statuses == []


def test_an_unknown_bias_is_an_error():
    with pytest.raises(AssertionError, match="stopped early"):
        trade(bracket(), morning(quote(at("09:30:02"), "500.00", "500.02"), bias="BULLISH"))


def test_a_score_of_another_instrument_is_not_traded():
    other = score(at("09:30:01"), 99.0, instrument=InstrumentId.from_str("QQQ.ARCA"))
    day = trade(
        bracket(), [quote(at("09:30:00"), "500.00", "500.02"), other, quote(at("09:30:02"), "500.00", "500.02")]
    )
    assert day.statuses == []


@pytest.mark.parametrize("latency_ms", [0, 25, 3000])
def test_one_position_at_a_time_and_a_new_one_once_it_is_closed(latency_ms: int):
    day = trade(
        bracket(),
        morning(
            score(at("09:30:01"), 90),  # while the entry is on its way
            quote(at("09:30:10"), "500.00", "500.02"),  # entered here at the latest
            score(at("09:30:11"), 90),  # while the position is open
            score(at("09:30:12"), 90, "bearish"),
            quote(at("09:30:20"), "506.00", "506.02"),  # target
            score(at("09:30:21"), 90),  # free again: target 506.02 × 1.01 = 511.0802 → 511.09
            quote(at("09:30:30"), "506.00", "506.02"),
            quote(at("09:30:40"), "512.00", "512.02"),
        ),
        latency_ms=latency_ms,
    )
    assert day.deals() == [
        ("BUY", 100, "500.02"),
        ("SELL", 100, "505.03"),
        ("BUY", 100, "506.02"),
        ("SELL", 100, "511.09"),
    ]
    assert day.pnl == Decimal("1004.00")  # 501.00 + 507.00, less 4.00
    assert day.statuses.count("REJECTED") == 0


def test_everything_is_closed_five_minutes_before_the_session_ends():
    day = trade(
        bracket(),
        [
            quote(at("15:44:59"), "500.00", "500.02"),
            score(at("15:44:59")),  # the last second in which an entry is allowed
            quote(at("15:54:59"), "501.00", "501.02"),
            quote(at("15:56:00"), "600.00", "600.02"),  # too late: the close of 15:55:00 met the quote before it
        ],
    )
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "501.00")]
    assert day.fills[1].ns == at("15:55:00")
    assert day.statuses == ["FILLED", "CANCELED", "CANCELED", "FILLED"]
    assert day.pnl == Decimal("96.00")  # 98.00, less 2.00


def test_with_latency_the_close_meets_the_next_quote():
    day = trade(
        bracket(),
        [
            quote(at("15:44:58"), "500.00", "500.02"),
            score(at("15:44:58")),
            quote(at("15:44:59"), "500.00", "500.02"),
            quote(at("15:55:00"), "501.00", "501.02"),
            quote(at("15:55:01"), "501.50", "501.52"),
        ],
        latency_ms=25,
    )
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "501.50")]
    assert day.pnl == Decimal("146.00")  # 148.00, less 2.00


def test_an_entry_still_in_flight_at_the_close_is_closed_when_it_fills():
    # Ten and a half minutes of latency: the entry of 15:44:59 reaches the venue at 15:55:29, after all was cancelled;
    # the cancel comes too late. It fills at 15:56:00; the close sent then meets the quote of 16:07:00.
    day = trade(
        bracket(),
        [
            quote(at("15:44:58"), "500.00", "500.02"),
            score(at("15:44:59")),
            quote(at("15:56:00"), "500.10", "500.12"),
            quote(at("16:07:00"), "500.20", "500.22"),
            quote(at("16:08:00"), "600.00", "600.02"),
        ],
        latency_ms=630_000,
    )
    assert day.deals() == [("BUY", 100, "500.12"), ("SELL", 100, "500.20")]
    assert day.pnl == Decimal("6.00")  # 8.00, less 2.00


@pytest.mark.parametrize("clock", ["15:45:00", "15:57:00", "16:00:00", "09:29:59", "20:00:00"])
def test_no_entry_late_in_the_session_nor_outside_of_it(clock: str):
    events = [quote(at(clock), "500.00", "500.02"), score(at(clock)), quote(at(clock) + 10**9, "500.00", "500.02")]
    assert trade(bracket(), events).statuses == []


def test_the_next_session_trades_again():
    day = trade(
        bracket(max_trades_per_session=1),
        [
            *morning(quote(at("09:30:02"), "506.00", "506.02"), score(at("09:30:03"))),  # target; then the day's limit
            quote(at("09:30:00", day=5), "500.00", "500.02"),
            score(at("09:30:01", day=5)),
            quote(at("15:56:00", day=5), "500.00", "500.02"),
        ],
    )
    # first day 499.00 as above; second day bought at 500.02 and closed at 15:55 at 500.00: -2.00, less 2.00
    assert day.deals() == [
        ("BUY", 100, "500.02"),
        ("SELL", 100, "505.03"),
        ("BUY", 100, "500.02"),
        ("SELL", 100, "500.00"),
    ]
    assert day.pnl == Decimal("495.00")


def test_a_denied_entry_leaves_nothing_behind():
    # 850 shares at 500.02 need 106,254.25 of margin (25 %), more than the account has: denied. At 450.02 they need
    # 95,629.25: the next score trades. Target 450.02 × 1.01 = 454.5202 → 454.53.
    day = trade(
        bracket(trade_size=850),
        morning(
            quote(at("09:30:02"), "450.00", "450.02"),
            score(at("09:30:03")),
            quote(at("09:30:04"), "455.00", "455.02"),
        ),
    )
    assert day.statuses == ["DENIED", "DENIED", "DENIED", "FILLED", "CANCELED", "FILLED"]
    assert day.deals() == [("BUY", 850, "450.02"), ("SELL", 850, "454.53")]
    assert day.pnl == Decimal("3816.50")  # 850 × 4.51 = 3,833.50, less 2 × 8.50


def test_an_entry_that_the_venue_rejects_leaves_nothing_behind():
    # A cash account cannot sell short; the buy after it trades.
    day = trade(
        bracket(),
        morning(
            score(at("09:30:02")),
            quote(at("09:30:03"), "506.00", "506.02"),
            bias="bearish",
        ),
        account_type=AccountType.CASH,
        starting_balances=[Money.from_str("100000 USD")],
    )
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "505.03")]
    assert day.statuses[0] in ("REJECTED", "DENIED")
    assert day.pnl == Decimal("499.00")


def partly_filled(**venue: Any) -> Day:
    """150 shares in a book that holds 100: 50 at the touch, 30 a tick behind, 20 two ticks behind."""
    return trade(
        bracket(trade_size=150),
        morning(quote(at("09:30:02"), "505.03", "505.05"), quote(at("09:30:03"), "505.04", "505.06")),
        fill_model=ThreeTierFillModel(1.0, 0.0, 1),
        **venue,
    )


def test_exits_match_what_was_filled():
    day = partly_filled()
    bought, sold = ([(fill.size, fill.price) for fill in day.fills if fill.side == side] for side in ("BUY", "SELL"))
    assert bought == [(50, "500.02"), (30, "500.03"), (20, "500.04")]
    # the book holds 50 at its best bid; a second quote brings the other 50, at a bid better than the limit
    assert sold == [(50, "505.03"), (50, "505.04")]
    assert day.statuses == ["CANCELED", "CANCELED", "FILLED"]  # 50 shares of the entry were not there
    assert day.pnl == Decimal("498.80")  # 50,503.50 - (25,001.00 + 15,000.90 + 10,000.80) = 500.80, less 2.00


def test_a_venue_that_never_arms_the_exits_does_not_keep_the_position():
    # The exits wait for the whole entry, which never comes: they are cancelled, so the position is closed at market.
    day = partly_filled(oto_trigger_mode=OtoTriggerMode.FULL)
    assert day.open_positions == 0
    assert sum(fill.signed for fill in day.fills) == 0
    assert day.fills[-1].ns == at("09:30:01")  # at once


def test_a_venue_that_does_not_link_orders_leaves_no_orphan():
    day = trade(
        bracket(),
        morning(quote(at("09:30:02"), "506.00", "506.02"), quote(at("09:30:03"), "490.00", "490.02")),
        support_contingent_orders=False,
    )
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "505.03")]
    assert day.statuses == ["FILLED", "CANCELED", "FILLED"]


def test_no_entry_where_the_stop_would_be_in_the_market():
    # Stop of a buy at 500.02: 500.02 × 0.999 = 499.51998 → 499.52; the bid is there already.
    wide = [quote(at("09:30:00"), "499.52", "500.02"), score(at("09:30:01")), quote(at("09:30:02"), "499.52", "500.02")]
    assert trade(bracket(sl_pct=0.1), wide).statuses == []
    narrow = [quote(at("09:30:00"), "499.53", "500.02"), *wide[1:]]
    assert trade(bracket(sl_pct=0.1), narrow).deals()[0] == ("BUY", 100, "500.02")


def test_no_entry_at_a_stale_quote():
    stale = [
        quote(at("09:30:00"), "500.00", "500.02"),
        score(at("09:31:01")),
        quote(at("09:31:02"), "500.00", "500.02"),
    ]
    assert trade(bracket(), stale).statuses == []
    assert trade(bracket(max_quote_age_secs=61), stale).deals() == [("BUY", 100, "500.02")]


class Stray(ScoreBracket):
    """Leaves one more order with each position, as a venue that links no orders would."""

    def on_position_opened(self, event: PositionOpened) -> None:
        super().on_position_opened(event)
        stray = self.order_factory.limit(SPY, OrderSide.BUY, Quantity.from_int(1), Price.from_str("400.00"))
        self._trades[SPY].orders.append(stray.client_order_id)
        self.submit_order(stray)


def test_the_end_of_a_position_takes_every_order_of_the_trade_with_it():
    day = trade(
        Stray(settings()), morning(quote(at("09:30:02"), "506.00", "506.02"), quote(at("09:30:03"), "1.00", "1.02"))
    )
    assert day.statuses == ["FILLED", "CANCELED", "FILLED", "CANCELED"]


def test_a_venue_without_reduce_only_does_not_keep_the_position():
    # It rejects both exits, and the first close; the close sent five seconds later is a plain order.
    quotes = [quote(at("09:30:02") + n * 1000 * MS, "500.00", "500.02") for n in range(9)]
    day = trade(bracket(), morning(*quotes), use_reduce_only=False)
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "500.00")]
    assert day.statuses == ["FILLED", "REJECTED", "REJECTED", "REJECTED", "FILLED"]
    assert day.fills[1].ns == at("09:30:06")


def test_what_fills_after_an_exit_was_rejected_is_closed_too():
    # The entry of 150 meets a book of 100 and fills in three parts; after the first one of 50 its stop (497.52) is
    # rejected, as the bid is 490.00, and 50 are sent to be closed; the 30 and 20 that follow make a second close of 50.
    day = trade(
        bracket(trade_size=150),
        morning(
            quote(at("09:30:02"), "490.00", "490.02"),
            quote(at("09:30:03"), "489.00", "489.02"),
            quote(at("09:30:04"), "488.00", "488.02"),
        ),
        latency_ms=25,
        fill_model=ThreeTierFillModel(1.0, 0.0, 1),
    )
    assert [deal for deal in day.deals() if deal[0] == "SELL"] == [("SELL", 50, "489.00"), ("SELL", 50, "488.00")]
    assert day.open_positions == 0
    # 24,450 + 24,400 - (50 × 490.02 + 30 × 490.03 + 20 × 490.04 = 49,002.70) = -152.70, less 2.00
    assert day.pnl == Decimal("-154.70")


def test_a_target_that_fills_while_the_close_is_on_its_way_is_not_closed_twice():
    day = trade(
        bracket(),
        [
            quote(at("15:44:58"), "500.00", "500.02"),
            score(at("15:44:58")),
            quote(at("15:44:59"), "500.00", "500.02"),
            quote(at("15:55:00") + 10 * MS, "506.00", "506.02"),  # the close of 15:55:00 arrives 15 ms later
            quote(at("15:55:01"), "506.00", "506.02"),
        ],
        latency_ms=25,
    )
    assert day.deals() == [("BUY", 100, "500.02"), ("SELL", 100, "505.03")]
    assert day.statuses == ["FILLED", "CANCELED", "FILLED", "REJECTED"]


class Thin(FillModel):
    """Shows no more than 40 shares of a buyer, wherever the price is."""

    def get_orderbook_for_fill_simulation(
        self, instrument: Any, order: Any, best_bid: Any = None, best_ask: Any = None
    ) -> OrderBook:
        book = OrderBook(instrument.id, BookType.L2_MBP)
        for number, (side, price, size) in enumerate(
            ((OrderSide.BUY, best_bid, 40), (OrderSide.SELL, best_ask, 1000)), 1
        ):
            book.add(BookOrder(side, price, Quantity.from_int(size), number), 0, number, 0)
        return book


def test_a_close_that_was_not_filled_is_sent_again_every_five_seconds():
    day = trade(
        bracket(),
        [
            quote(at("15:44:58"), "500.00", "500.02"),
            score(at("15:44:58")),
            *(quote(at("15:55:00") + n * 1000 * MS, "500.00", "500.02") for n in range(20)),
        ],
        fill_model=Thin(),
    )
    assert day.deals() == [("BUY", 100, "500.02"), *(("SELL", size, "500.00") for size in (40, 40, 20))]
    assert [fill.ns - at("15:55:00") for fill in day.fills[1:]] == [0, 5000 * MS, 10_000 * MS]
