"""Headless Chromium through its debugging pipe: what a page logs, what it asks the network for, how it looks."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.programs import chromium

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--enable-unsafe-swiftshader", "--remote-debugging-pipe",
)  # fmt: skip
SLOW = 60.0  # seconds that an answer may take


class Browser:
    """One page. `errors` are its exceptions and console errors, `requests` the addresses it asked for."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._rest, self._count, self._session = to, back, b"", 0, None
        self.errors: list[str] = []
        self.requests: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events on the way are noted."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": params}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            self._rest += os.read(self._back, 2**20) or self._gone()
        line, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(line)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _gone(self) -> bytes:
        raise EOFError("Chromium has ended")

    def _note(self, event: str | None, given: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.errors.append(str(given["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and given["type"] in {"error", "assert"}:
            self.errors.append(str(given["args"]))
        elif event == "Log.entryAdded" and given["entry"]["level"] == "error":
            self.errors.append(str(given["entry"]))

    def show(self, page: Path, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
        """Open a page on a screen of this size, and wait until it is loaded."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=page.resolve().as_uri())
        self.wait("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + SLOW
        while not self.run(condition):
            assert time.monotonic() < deadline, f"never true: {condition}"
            time.sleep(0.05)

    def picture(self, path: Path, height: int | None = None, top: int = 0) -> None:
        """Screenshot of the page as PNG, or of some pixels from `top` on."""
        clip: dict[str, Any] = {}
        if height:
            width = self.run("innerWidth")
            clip = {
                "clip": {"x": 0, "y": top, "width": width, "height": height, "scale": 1},
                "captureBeyondViewport": True,
            }
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png", **clip)["data"]))


@contextmanager
def browser(profile: Path) -> Generator[Browser]:
    """A Chromium that ends with the block."""
    program = chromium()
    assert program, "Chromium is missing"
    to_read, to_write = os.pipe()
    back_read, back_write = os.pipe()

    def place() -> None:  # Chromium reads from 3 and writes to 4
        low, high = os.dup(to_read), os.dup(back_write)
        os.dup2(low, 3)
        os.dup2(high, 4)

    process = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}"], preexec_fn=place,  # noqa: PLW1509 (it only moves descriptors)
        close_fds=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(to_read)
    os.close(back_write)
    try:
        yield Browser(to_write, back_read)
    finally:
        process.terminate()
        process.wait(20)
        os.close(to_write)
        os.close(back_read)
