"""Notebooks without a browser: for each list of cells (JSON on stdin) a new session; JSON of `answer` in each."""

import io
import json
import sys
from contextlib import redirect_stdout
from typing import Any

from IPython.core.interactiveshell import InteractiveShell


def session(cells: list[str]) -> Any:
    shell = InteractiveShell.instance()
    shell.reset()
    shell.history_manager.input_hist_parsed[:] = [""]
    for cell in cells:
        with redirect_stdout(io.StringIO()) as printed:
            cell_result = shell.run_cell(cell, store_history=True)
        if not cell_result.success and "# fails" not in cell:
            return {
                "error": f"{type(cell_result.error_in_exec).__name__}: {cell_result.error_in_exec}",
                "printed": printed.getvalue(),
            }
    return shell.user_ns.get("answer")


if __name__ == "__main__":
    sessions = json.load(sys.stdin)
    sys.modules["__main__"] = InteractiveShell.instance().user_module
    print(json.dumps({name: session(cells) for name, cells in sessions.items()}))  # noqa: T201
