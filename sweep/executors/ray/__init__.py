"""Trials as Ray tasks. Every module here that imports Ray comes after the setting below."""

import os

# else `uv run` uploads the working directory, the catalog included
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
