"""Settings of MLflow in a process that mirrors sweeps. MLflow itself is not imported."""

import os

from sweep.tracking.tracking_uri import home

TIMEOUT = "MLFLOW_HTTP_REQUEST_TIMEOUT"
ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # else each run ends with a line and one more request
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ASYNC_LOGGING": "false",
}
PREFIXES = "MLFLOW_", "_MLFLOW_"
HARMLESS = {
    *ENVIRONMENT, TIMEOUT, "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD",
    "_MLFLOW_TELEMETRY_SESSION_ID",  # set by its web application
}  # fmt: skip


def take() -> None:
    """Set them, before MLflow is imported."""
    os.environ.update(ENVIRONMENT)
    os.environ.setdefault(TIMEOUT, "30")  # seconds
    os.environ.update(home())


def has_others() -> bool:
    """True if the environment has settings of MLflow by which it may write something else to a SQLite store."""
    return any(name.startswith(PREFIXES) and name not in HARMLESS for name in os.environ)
