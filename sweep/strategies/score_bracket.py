"""Trade scored events with a bracket order: in the instrument that was scored, or in an option on it."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# the engine's stubs leave decorators and the elements of dicts open

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, override

from nautilus_trader.common import TimeEvent
from nautilus_trader.model import DataType, InstrumentId, OptionKind, OrderSide, QuoteTick
from nautilus_trader.model.custom import customdataclass

from sweep.strategies.bracket import BracketConfig, BracketStrategy
from sweep.strategies.session import SECOND
from sweep.strategies.strikes import Chain, around, nearest_delta, strikes_out

DAY = 24 * 60 * 60 * SECOND


@customdataclass
class ScoreUpdate:
    """A scored event. Times are nanoseconds since the UNIX epoch, as everywhere in NautilusTrader."""

    instrument_id: InstrumentId = InstrumentId.from_str("SPY.ARCA")
    composite_score: float = 0.0  # 0 to 100
    bias: str = ""  # "bullish", "bearish" or "neutral"
    conviction: float = 0.0  # 0 to 1
    flow_premium: float = 0.0  # USD
    spy_price_at_score: float = 0.0


SIDES = {"bullish": OrderSide.BUY, "bearish": OrderSide.SELL, "neutral": None, "": None}
KINDS = {OrderSide.BUY: OptionKind.CALL, OrderSide.SELL: OptionKind.PUT}
RULES = ("none", "atm", "delta", "out")


@dataclass(frozen=True, kw_only=True)
class ScoreBracketConfig(BracketConfig):
    """A bracket, the score from which on an event is traded, and in what: the instrument itself, or an option on it."""

    score_threshold: float  # 0 to 100; an event with exactly this score is traded
    strike_rule: Literal["none", "atm", "delta", "out"] = "none"  # none: instrument_id itself; else an option on it
    option_underlying: str | None = None  # as the options name it; None: the symbol of instrument_id
    option_days: int = 0  # the first expiration at most so many days ahead; 0: the end of this session
    option_delta: float = 0.3  # with delta: the size that is looked for
    option_width: int = 10  # with delta: strikes from the one at the money, both ways, that are looked at
    strikes_out: int = 1  # with out: strikes out of the money; negative: in
    quote_wait_secs: float = 20  # how long an event waits for quotes of the contracts that it asks for
    max_positions: int = 1  # at once, in options: one in each contract at most

    @override
    def rules(self) -> Iterator[tuple[bool, str]]:
        yield from super().rules()
        in_range = 0 <= self.score_threshold <= 100
        yield in_range, f"score_threshold must be between 0 and 100 (was {self.score_threshold!r})"
        yield self.strike_rule in RULES, f"strike_rule must be one of {', '.join(RULES)} (was {self.strike_rule!r})"
        yield 0 < self.option_delta < 1, f"option_delta must be between 0 and 1 (was {self.option_delta!r})"
        yield self.quote_wait_secs > 0, f"quote_wait_secs must be greater than 0 (was {self.quote_wait_secs!r})"
        for name, least in (("option_days", 0), ("option_width", 0), ("max_positions", 1)):
            value = getattr(self, name)
            yield value >= least, f"{name} must be at least {least} (was {value!r})"


@dataclass(slots=True)
class Search:
    """An event that waits for the quotes of the contracts among which it chooses."""

    contracts: Sequence[Any]
    spot: float  # of the underlying, at the event
    deadline: int


class ScoreBracket(BracketStrategy):
    """Follows the bias of each event whose score reaches the threshold.

    With options a bullish event buys a call and a bearish one a put. The contracts among which the rule chooses are
    those listed at the moment of the event; their quotes are subscribed to then, and the first ones decide.
    """

    def __init__(self, config: ScoreBracketConfig) -> None:
        super().__init__(config)
        self._config = config
        self._searches: list[Search] = []
        self._quotes: dict[InstrumentId, QuoteTick] = {}  # of the contracts subscribed to

    @override
    def on_start(self) -> None:
        super().on_start()
        self._has_options = self._config.strike_rule != "none"
        if self._has_options:
            underlying = self._config.option_underlying or str(self.instrument.id.symbol)
            self._chain = Chain(self.cache.instruments(), underlying)
            if not self._chain:
                raise ValueError(f"strike_rule: there are no options on {underlying} among the instruments of this run")
        self.subscribe_data(DataType("ScoreUpdate"))

    @override
    def on_data(self, data: Any) -> None:
        score: ScoreUpdate = data.data  # the engine wraps custom data
        if score.bias not in SIDES:
            raise ValueError(f"ScoreUpdate.bias must be bullish, bearish or neutral (was {score.bias!r})")
        side = SIDES[score.bias]
        if side and score.instrument_id == self.instrument.id and score.composite_score >= self._config.score_threshold:
            if self._has_options:
                self._search(KINDS[side])
            else:
                self.enter(side)

    # -- options ---------------------------------------------------------------------------------------------------

    def _search(self, kind: OptionKind) -> None:
        """Ask for the quotes of the contracts that the rule may choose."""
        now = self.clock.timestamp_ns()
        end, quote = self._session.end_after(now), self.cache.quote(self.instrument.id)
        if end is None or quote is None or not self.may_enter(now, end, quote) or not self._has_room():
            return
        spot = (float(quote.bid_price) + float(quote.ask_price)) / 2
        last = end + self._config.option_days * DAY
        if contracts := self._eligible(self._chain.expiring(end, last, kind), spot):
            deadline = now + int(self._config.quote_wait_secs * SECOND)
            self._searches.append(search := Search(contracts, spot, deadline))
            for contract in contracts:
                if contract.id not in self._quotes:
                    self.subscribe_quotes(contract.id)
            self._alert(f"search-{deadline}", deadline)
            self._decide_if_quoted(search)

    def _eligible(self, listed: Sequence[Any], spot: float) -> Sequence[Any]:
        if not listed:
            return ()
        if self._config.strike_rule == "delta":
            return around(listed, spot, self._config.option_width)
        chosen = strikes_out(listed, spot, self._config.strikes_out if self._config.strike_rule == "out" else 0)
        return () if chosen is None or self.is_busy(chosen.id) else (chosen,)

    def _has_room(self) -> bool:
        return len(self._searches) + sum(map(self.is_busy, list(self._trades))) < self._config.max_positions

    @override
    def on_quote(self, quote: QuoteTick) -> None:
        super().on_quote(quote)
        if quote.instrument_id != self.instrument.id:
            self._quotes[quote.instrument_id] = quote
            for search in list(self._searches):
                self._decide_if_quoted(search)

    def _decide_if_quoted(self, search: Search) -> None:
        if all(c.id in self._quotes for c in search.contracts):
            self._decide(search)

    def _decide(self, search: Search) -> None:
        """Buy the contract of the rule, if its quotes give one, and leave the others."""
        self._searches.remove(search)
        chosen: Any = search.contracts[0] if self._quotes.get(search.contracts[0].id) else None
        if self._config.strike_rule == "delta":
            now, delta = self.clock.timestamp_ns(), self._config.option_delta
            chosen = nearest_delta(search.contracts, self._quotes, search.spot, delta, now)
        if chosen is not None:
            self.enter(OrderSide.BUY, chosen)
        for contract in search.contracts:
            self.released(contract.id)

    @override
    def released(self, instrument_id: InstrumentId) -> None:
        """Hear no more of a contract that nothing needs."""
        is_needed = any(c.id == instrument_id for s in self._searches for c in s.contracts)
        if (
            self._has_options
            and instrument_id != self.instrument.id
            and not is_needed
            and not self.is_busy(instrument_id)
        ):
            self._quotes.pop(instrument_id, None)
            self.unsubscribe_quotes(instrument_id)

    @override
    def on_time_event(self, event: TimeEvent) -> None:
        name, _, deadline = event.name.partition("-")
        if name != "search":
            super().on_time_event(event)
            return
        for search in [s for s in self._searches if s.deadline <= int(deadline)]:
            self._decide(search)
