"""Comparison of the versions of a cluster with those of the submitter. Shipped as a file of its own.

It needs the standard library alone, so it answers whatever is installed there.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import pathlib
import sys

MARK = "sweep-answer "  # before an answer, a line of JSON
SAYS = "sweep-says "  # before a line for who waits for it
SAME = ("ray", "nautilus_trader")  # packages that must be the same


def versions() -> dict[str, str]:
    """Versions that must be the same on both sides."""
    versions_here = {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in SAME:
        try:
            versions_here[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions_here[name] = "not installed"
    spec = importlib.util.find_spec("sweep")
    places = list(spec.submodule_search_locations or ()) if spec else []
    versions_here["sweep"] = digest(pathlib.Path(places[0])) if places else "not installed"
    return versions_here


def digest(package: pathlib.Path) -> str:
    """The version of sweep, and 8 hex digits over its source."""
    total = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        total.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    lines = (package / "__init__.py").read_text(encoding="utf-8").splitlines()
    named = [line.partition("=")[2].strip().strip("\"'") for line in lines if line.startswith("__version__")]
    return f"{(named or ['unknown'])[0]} ({total.hexdigest()[:8]})"


def main() -> int:
    """Answer with the versions if they differ from the submitter's; say nothing if they are the same."""
    expected = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))["versions"]
    installed = versions()
    if installed != expected:
        print(MARK + json.dumps({"versions": installed}), flush=True)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
