"""JSON documents of commands with --json: nothing else reaches the standard output of their process."""

import json
import os
import sys
from typing import Any, TextIO

reserved: TextIO | None = None  # the standard output, where documents alone are written


def reserve_stdout() -> None:
    """Keep the standard output for documents; what user code, libraries and programs write there goes to stderr."""
    sys.stdout.flush()
    own, encoding = os.dup(1), sys.stdout.encoding  # no program that is started inherits it
    os.dup2(2, 1)
    sys.stdout = open(1, "w", encoding=encoding, closefd=False)  # noqa: SIM115 (the former holds that it can seek)
    globals().update(reserved=os.fdopen(own, "w"))


def print_json(document: object, *, indent: int | None = 2, default: Any = None) -> None:
    """Print a document; `default` makes something of values that JSON does not have."""
    print(json.dumps(document, indent=indent, default=default), file=reserved, flush=True)
