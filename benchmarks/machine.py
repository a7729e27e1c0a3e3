"""The machine on which figures were measured."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine() -> dict[str, str | int]:
    """Processor, cores, memory, Python and the versions that matter."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("nautilus_trader", "ray", "mlflow", "optuna", "pyarrow")
    return {
        "processor": processor, "cores": os.cpu_count() or 1, "memory_gib": round(memory),
        "python": platform.python_version(), **{name: version(name) for name in packages},
    }  # fmt: skip
