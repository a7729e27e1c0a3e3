"""An HTTP proxy before a real MLflow server that loses requests and answers, as networks and servers do."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FAULTS = "refuse", "lose", "cut", "drop", "stall"
STALL = 3.0  # seconds; longer than the client waits


class Proxy(ThreadingHTTPServer):
    """Forwards to `upstream`. `fault(method, path)` names what happens to a request; None: nothing.

    refuse: 500, not forwarded; lose: forwarded, 500; cut: connection closed, not forwarded; drop: forwarded, then
    closed; stall: forwarded after the client has given up.
    """

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = urlsplit(upstream)
        self.fault: Callable[[str, str], str | None] = lambda *_: None
        self.requests_and_faults: list[tuple[str, str, str | None]] = []

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """A client that is gone is what this is for."""


class Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault(self.command, self.path)
        self.server.requests_and_faults.append((self.command, self.path, fault))
        if fault == "stall":
            time.sleep(STALL)
        if fault == "refuse":
            return self.answer(500, b"{}")
        if fault == "cut":
            return self.close()
        status, content, kind = self.forward(body)
        if fault == "drop":
            return self.close()
        return self.answer(500, b"{}") if fault == "lose" else self.answer(status, content, kind)

    do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 (http.server's names)

    def forward(self, body: bytes) -> tuple[int, bytes, str]:
        upstream = http.client.HTTPConnection(self.server.upstream.hostname, self.server.upstream.port, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        upstream.request(self.command, self.path, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        return answer.status, content, answer.headers.get("Content-Type", "application/json")

    def answer(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def close(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_) -> None:
        """Silence."""


@contextmanager
def proxied(upstream: str) -> Iterator[Proxy]:
    proxy = Proxy(upstream)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
