"""Mistakes in the class of a component that its source shows before anything runs: docs/guards.md lists each."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sweep.backtest.user_code.source_checks.callback_names import never_called
from sweep.backtest.user_code.source_checks.class_source import Finding, accepts
from sweep.backtest.user_code.source_checks.hidden_attributes import hiding
from sweep.backtest.user_code.source_checks.kept_orders import stale_reads


def mistakes(kind: type, files: Iterable[Path], accept: Sequence[str] = ()) -> list[Finding]:
    """Every mistake in the class and its bases, by file and line.

    `files` is all user code that may call it, `accept` the lines where a kept order may be read.
    """
    stale = (finding for finding in stale_reads(kind) if not accepts(accept, finding.file, finding.line))
    problems = [*never_called(kind, files), *hiding(kind), *stale]
    return sorted(dict.fromkeys(problems), key=lambda f: (str(f.file), f.line))
