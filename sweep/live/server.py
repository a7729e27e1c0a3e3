"""Web server of the live page: read-only, for this machine alone, and only for who has the address with the token."""

import hmac
import json
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sweep.errors import InputError, Problem, SweepError
from sweep.ledger.run_directory import Folder, is_sweep_id
from sweep.live.feed import SweepFeed
from sweep.live.overview import Overview
from sweep.results.html.page import PAGE, template

if TYPE_CHECKING:
    from uvicorn import Server

HOST = "127.0.0.1"
FEEDS = 16  # sweeps that are followed at the same time
FILES = {
    "page.css": ("page.css", "live.css"),
    "live.js": ("parts.js", "formats.js", "live.js"),
    "home.js": ("parts.js", "formats.js", "home.js"),
}
KINDS = {".css": "text/css", ".js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets a request through that reads, names this host and port, and has the token as the first part of its path."""

    def __init__(self, app: ASGIApp, token: str, hosts: frozenset[str]) -> None:
        self._app, self._token, self._hosts = app, token.encode(), hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return None
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        token = str(scope["path"]).split("/")[1].encode() if str(scope["path"]).startswith("/") else b""
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            response: ASGIApp = PlainTextResponse("this server has another name", 421, HEADERS)
        elif scope["method"] not in {"GET", "HEAD"}:
            response = PlainTextResponse("this page can only be read", 405, HEADERS | {"Allow": "GET, HEAD"})
        elif not hmac.compare_digest(token, self._token):
            response = PlainTextResponse("the address must be the one that `sweep watch` printed", 404, HEADERS)
        else:
            response = self._app
        return await response(scope, receive, send)


class LivePages:
    """The pages of a runs directory, and the data that their scripts ask for."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs, self._overview = runs_dir, Overview(runs_dir)
        self._feeds: dict[str, SweepFeed] = {}

    def routes(self) -> list[Route]:
        """The addresses below the token."""
        return [
            Route("/{token}/", self.home),
            Route("/{token}/sweeps.json", self.sweeps),
            Route("/{token}/sweep/{id}/", self.sweep),
            Route("/{token}/sweep/{id}/changes.json", self.changes),
            Route("/{token}/{name:str}", self.file),
        ]

    def home(self, _: Request) -> Response:
        """The list of sweeps."""
        return _page("home.html.j2", runs=str(self._runs))

    def sweeps(self, _: Request) -> Response:
        """Its data."""
        return _data({"sweeps": self._overview.sweeps()})

    def sweep(self, request: Request) -> Response:
        """The page of a sweep."""
        if folder := self._folder(request):
            return _page("live.html.j2", id=folder.id)
        return _page("home.html.j2", 404, runs=str(self._runs))

    def changes(self, request: Request) -> Response:
        """Its data since a change."""
        if not (folder := self._folder(request)):
            return _data({"error": "this sweep is not there any more"}, 404)
        feed = self._feeds.pop(folder.id, None) or SweepFeed(folder)
        self._feeds[folder.id] = feed  # the latest is last
        for name in list(self._feeds)[:-FEEDS]:
            self._feeds.pop(name, None)
        after = request.query_params.get("after", "")
        try:
            content = feed.changes(request.query_params.get("feed", ""), int(after) if after.isdecimal() else -1)
        except SweepError as error:
            return _data({"error": str(error)}, 503)
        return _data(content)

    def file(self, request: Request) -> Response:
        """A script or the style of the pages, of the report's parts and the live page's own."""
        name = request.path_params["name"]
        if name not in FILES:
            return PlainTextResponse("there is no such page", 404, HEADERS)
        text = "\n".join((PAGE / part).read_text("utf-8") for part in FILES[name])
        return Response(text, media_type=KINDS[Path(name).suffix], headers=HEADERS)

    def _folder(self, request: Request) -> Folder | None:
        name = request.path_params["id"]
        folder = Folder(self._runs / name) if is_sweep_id(name) else None
        return folder if folder and folder.ledger.exists() else None


def _data(content: Mapping[str, Any], status: int = 200) -> Response:
    """Plain data in ASCII: texts of user code may have characters that UTF-8 cannot write."""
    return Response(json.dumps(content, allow_nan=False), status, HEADERS, "application/json")


def _page(name: str, status: int = 200, **values: Any) -> Response:
    return Response(template(name).render(**values).encode(errors="replace"), status, HEADERS, "text/html")


def application(runs_dir: Path, token: str, port: int) -> ASGIApp:
    """The pages of a runs directory behind their guard."""
    hosts = frozenset(f"{name}:{port}" for name in (HOST, "localhost"))
    return Guard(Starlette(routes=LivePages(runs_dir).routes()), token, hosts)


def listen(runs_dir: Path, port: int) -> tuple[socket.socket, "Server", str]:
    """A listening socket, the server for it, and its address. Raises InputError where the port is not free."""
    from uvicorn import Config, Server

    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        rule = f"cannot be listened on: {error}"
        raise InputError(Problem("--port", rule, port, "leave it out: any free port is taken")) from None
    token, number = token_urlsafe(24), listener.getsockname()[1]
    options: Mapping[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "ws": "none"}
    server = Server(Config(application(runs_dir, token, number), lifespan="off", **options))
    return listener, server, f"http://{HOST}:{number}/{token}/"


def serve(runs_dir: Path, port: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C; `ready` is told the address."""
    listener, server, address = listen(runs_dir, port)
    with listener, suppress(KeyboardInterrupt):
        ready(address)
        server.run(sockets=[listener])
