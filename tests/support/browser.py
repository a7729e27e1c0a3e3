"""Headless Chromium through its debugging pipe: what a page logs, what it asks the network for, how it looks."""

import atexit
import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.programs import chromium

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--enable-unsafe-swiftshader", "--remote-debugging-pipe",
)  # fmt: skip
SLOW = 60.0  # seconds that an answer may take


class Chromium:
    """The one Chromium of this process, which ends with it."""

    def __init__(self) -> None:
        program = chromium()
        assert program, "Chromium is missing"
        to_read, self._to = os.pipe()
        self._back, back_write = os.pipe()
        self._rest, self._numbers = b"", itertools.count()
        profile = tempfile.mkdtemp(prefix="chromium-")

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

        def end() -> None:
            process.terminate()
            process.wait(20)
            shutil.rmtree(profile, ignore_errors=True)

        atexit.register(end)

    def send(self, message: dict[str, Any]) -> int:
        """Send a command; its answer has this number."""
        number = next(self._numbers)
        os.write(self._to, json.dumps(message | {"id": number}).encode() + b"\0")
        return number

    def receive(self) -> dict[str, Any]:
        """The next answer or event."""
        while b"\0" not in self._rest:
            self._rest += os.read(self._back, 2**20) or self._gone()
        line, _, self._rest = self._rest.partition(b"\0")
        return json.loads(line)

    def _gone(self) -> bytes:
        raise EOFError("Chromium has ended")


@cache
def _chromium() -> Chromium:
    return Chromium()


class Browser:
    """One page. `errors` are its exceptions and console errors, `requests` the addresses it asked for."""

    def __init__(self) -> None:
        self._chromium, self._session = _chromium(), None
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events on the way are noted."""
        message = {"method": method, "params": params}
        number = self._chromium.send(message | ({"sessionId": self._session} if self._session else {}))
        while (answer := self._chromium.receive()).get("id") != number:
            if answer.get("sessionId") == self._session:
                self._note(answer.get("method"), answer.get("params", {}))
        assert "error" not in answer, answer
        return answer["result"]

    def _note(self, event: str | None, params: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.errors.append(str(params["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and params["type"] in {"error", "assert"}:
            self.errors.append(str(params["args"]))
        elif event == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(str(params["entry"]))

    def close(self) -> None:
        """Close the page and forget what it stored."""
        self._session = None
        self.call("Target.disposeBrowserContext", browserContextId=self._context)

    def show(self, page: Path | str, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
        """Open a file, or an address, on a screen of this size, and wait until it is loaded."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
        self.wait("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, condition: str, seconds: float = SLOW) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + seconds
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
def browser() -> Generator[Browser]:
    """A new page, without cookies, that is closed with the block."""
    page = Browser()
    try:
        yield page
    finally:
        page.close()
