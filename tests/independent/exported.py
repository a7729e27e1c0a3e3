"""Exported scripts one after another in a process that has no `sweep`: arguments are pairs of a script and a CSV."""

import runpy
import sys

sys.modules["sweep"] = None  # type: ignore[assignment] - an import of it fails

if __name__ == "__main__":
    pairs = sys.argv[1:]
    for script, fills in zip(pairs[::2], pairs[1::2], strict=True):
        sys.argv = [script, "--fills", fills]
        runpy.run_path(script, run_name="__main__")
