"""MLflow's web application as `sweep ui` serves it: it opens at the latest sweep, and without its assistant.

The MLflow server loads it by the entry point `mlflow.app` of pyproject.toml.
"""

from typing import Any

from anyio import to_thread
from mlflow.server.fastapi_app import app
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from sweep.tracking.mlflow.ui_server import latest
from sweep.tracking.mlflow.ui_views import HEAD, opening

ASSISTANT = "/ajax-api/3.0/mlflow/assistant"  # it would run programs of language models on this machine
ASKED: dict[str, dict[str, Any]] = {  # by MLflow's page at each start; a refusal would be an error in the console
    f"{ASSISTANT}/config": {"providers": {}, "projects": {}},
    f"{ASSISTANT}/providers": {"providers": [], "resolved": None, "gateway_vendor_options": {}},
    "/ajax-api/2.0/mlflow/users/current": {},  # this server has no accounts
}


class OpensAtTheSweep(BaseHTTPMiddleware):
    """Changes the one page that MLflow's UI consists of; the rest is MLflow's own."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Answer as MLflow does, but for its page and its assistant."""
        if request.method == "GET" and request.url.path in ASKED:
            return JSONResponse(ASKED[request.url.path])
        if request.url.path.startswith(ASSISTANT):
            return PlainTextResponse("sweep ui serves no assistant", 404)
        response: Any = await call_next(request)
        if request.url.path != "/" or response.status_code != 200 or request.method != "GET":
            return response
        page = b"".join([part async for part in response.body_iterator])
        host, port = request.scope["server"]
        view = await to_thread.run_sync(_latest, f"http://{host}:{port}")
        headers = {"Cache-Control": "no-store"}  # another sweep may be the latest the next time
        security = {k: v for k, v in response.headers.items() if k.startswith("x-")}
        return HTMLResponse(page.replace(HEAD, opening(view), 1), headers=headers | security)


def _latest(url: str) -> str:
    """The latest sweep; nothing where the store does not answer, which MLflow's page then says itself."""
    try:
        return latest(url)
    except (OSError, ValueError):
        return ""


app.add_middleware(OpensAtTheSweep)
