"""Driver metrics on Ray's Prometheus endpoint."""

from collections.abc import Sequence

from ray.util.metrics import Counter, Gauge

from sweep.trial import Result, Trial


class DriverMetrics:
    """Figures of the driver beside Ray's own, on the same endpoint for Prometheus."""

    def __init__(self, sweep: str) -> None:
        self._ended = Counter("sweep_trials_ended", "Attempts of trials that ended", ("sweep", "state", "reason"))
        self._flying = Gauge("sweep_trials_in_flight", "Trials that run or wait for a slot", ("sweep",))
        self._slots = Gauge("sweep_slots", "Trials that may run at a time", ("sweep",))
        self._tags = {"sweep": sweep}

    def show(self, flying: int, slots: int, results: Sequence[tuple[Trial, Result]]) -> None:
        self._flying.set(flying, self._tags)
        self._slots.set(slots, self._tags)
        for _, result in results:
            self._ended.inc(1, self._tags | {"state": str(result.state), "reason": str(result.reason or "")})
