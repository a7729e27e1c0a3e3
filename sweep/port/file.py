"""One source file: is it of 1.x, and what is it for 2.0?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import libcst as cst

from sweep.errors import InputError, Problem
from sweep.port.facts import ClassFacts, Survey
from sweep.port.notes import Note, left_to_do
from sweep.port.rewrite.context import Context, Options
from sweep.port.rewrite.rewriter import rewrite
from sweep.port.survey import survey

DEFAULT = Options()


@dataclass(frozen=True)
class Ported:
    """A file, before and after."""

    path: Path
    source: str
    result: str
    notes: list[Note] = field(default_factory=list[Note])
    spec: str | None = None  # of a script: the backtest that it builds, as YAML

    @property
    def changed(self) -> bool:
        return self.source != self.result

    @property
    def lines_changed(self) -> int:
        """Lines that the file has and did not have before."""
        matcher = SequenceMatcher(None, self.source.splitlines(), self.result.splitlines(), autojunk=False)
        return sum(end - start for tag, _, _, start, end in matcher.get_opcodes() if tag != "equal")

    @property
    def by_hand(self) -> int:
        """Count the places left to do by hand."""
        return len(left_to_do(self.result)) + len(left_to_do(self.spec or ""))


def parse(path: Path, source: str) -> cst.Module:
    """The syntax tree. Raises InputError that points at the line of a mistake."""
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        line, reason = error.raw_line, "its syntax is wrong"
        try:
            compile(source, str(path), "exec")
        except (SyntaxError, ValueError) as wrong:  # Python's own words are the better ones
            line, reason = getattr(wrong, "lineno", None) or line, getattr(wrong, "msg", str(wrong))
        rule = f"is no Python that can be read: {reason}"
        raise InputError(Problem(str(path), rule, remedy="correct it first", line=line)) from error


def port(path: Path, source: str, others: Iterable[Survey] = (), options: Options = DEFAULT) -> Ported:
    """The file for 2.0; `others` are surveys of the files that it is ported with."""
    module = parse(path, source)
    others = list(others)
    foreign: list[ClassFacts] = [facts for other in others for facts in other.classes.values()]
    settings = frozenset[str]().union(*(other.settings for other in others))
    context = Context(survey(module, foreign), module, options, settings)
    result = rewrite(module, context).code
    return Ported(path, source, result, sorted(context.notes))
