"""An execution algorithm: an order in slices, one a minute."""

from datetime import timedelta

from nautilus_trader.common.events import TimeEvent
from nautilus_trader.config import ExecAlgorithmConfig
from nautilus_trader.execution.algorithm import ExecAlgorithm
from nautilus_trader.model.enums import OrderType
from nautilus_trader.model.identifiers import ClientOrderId, ExecAlgorithmId
from nautilus_trader.model.orders import Order


class SlicesConfig(ExecAlgorithmConfig, frozen=True):
    exec_algorithm_id: ExecAlgorithmId | None = ExecAlgorithmId("SLICES")


class Slices(ExecAlgorithm):
    def __init__(self, config: SlicesConfig | None = None) -> None:
        super().__init__(config or SlicesConfig())
        self.left: dict[ClientOrderId, int] = {}

    def on_order(self, order: Order) -> None:
        if order.order_type != OrderType.MARKET:
            self.log.error(f"{self.id} takes market orders only")
            return
        slices = int(order.exec_algorithm_params["slices"])
        self.left[order.client_order_id] = slices
        name = order.client_order_id.value
        self.clock.set_timer(name=name, interval=timedelta(minutes=1), callback=self.on_slice)

    def on_slice(self, event: TimeEvent) -> None:
        primary = self.cache.order(ClientOrderId(event.name))
        self.left[primary.client_order_id] -= 1
        if self.left[primary.client_order_id] == 0:
            self.clock.cancel_timer(event.name)
            self.submit_order(primary)
            return
        part = primary.quantity.as_double() / 4
        instrument = self.cache.instrument(primary.instrument_id)
        self.submit_order(self.spawn_market(primary=primary, quantity=instrument.make_qty(part)))
