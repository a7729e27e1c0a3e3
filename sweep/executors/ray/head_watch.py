"""Watch over the head of a cluster: when it is gone, Ray ends this process after a minute without a word of ours."""

import socket
import threading
from collections.abc import Callable

from sweep.common.messages import Say

INTERVAL = 2.0  # seconds between two looks
PATIENCE = 2.0  # seconds that an answer may take
GONE = 15  # looks in a row without an answer, after which the head is taken for gone
LAST = 25  # looks after which this is said at the latest: the driver may hang in a call to Ray


class HeadWatch:
    """A thread that connects to the head again and again. It counts looks, not time: a pause is no absence."""

    def __init__(self, address: str, say: Say, words: Callable[[], str]) -> None:
        self.address, self.missed = address, 0
        self._say, self._words, self._end = say, words, threading.Event()
        self._thread = threading.Thread(target=self._watch, name="head watch", daemon=True)
        self._thread.start()

    def answers(self) -> bool:
        """True if the head answers now: before a call to Ray that waits for it."""
        return answers(self.address)

    @property
    def is_gone(self) -> bool:
        """True if the head has not answered for half a minute."""
        return self.missed >= GONE

    def close(self) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(INTERVAL):
            self.look()

    def look(self) -> None:
        """Count one more look without an answer, or begin to count anew."""
        self.missed = 0 if self.answers() else self.missed + 1
        if self.missed == LAST:
            self._say(self._words())


def answers(address: str) -> bool:
    """True if somebody listens at HOST:PORT."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except OSError:
        return False
    return True
