"""Import statements: each symbol from its new home, what the new code needs, nothing that is no longer used."""

from collections.abc import Iterable, Sequence

import libcst as cst

from sweep.port.inference import dotted
from sweep.port.rewrite.context import Context
from sweep.port.rules import symbols
from sweep.port.survey import ENGINE, local_name


def rewrite_from(node: cst.ImportFrom, line: int, context: Context) -> Sequence[cst.ImportFrom]:
    """`from nautilus_trader.x import A, b` as the statements that import the same in 2.0."""
    if isinstance(node.names, cst.ImportStar):
        context.note(line, "import *", "2.0 has other modules", "import the names that you use")
        return []
    homes: dict[str, list[cst.ImportAlias]] = {}
    for alias in node.names:
        if placed := place(alias, dotted(node.module), line, context):
            homes.setdefault(placed[0], []).append(placed[1])
    if len(homes) == 1 and len(next(iter(homes.values()))) == len(node.names):
        (module, aliases) = next(iter(homes.items()))
        return [node.with_changes(module=name_of(module), names=aliases)]
    return [statement(module, aliases) for module, aliases in homes.items()]


def place(alias: cst.ImportAlias, module: str, line: int, context: Context) -> tuple[str, cst.ImportAlias] | None:
    """The module and the alias of one imported name; None for a name that needs no import any more."""
    symbol, local = dotted(alias.name), local_name(alias)
    if module == symbols.CURRENCY_MODULE:
        context.need("Currency")
        context.constants.append(f'{local} = Currency.from_str("{symbol}")')
        return None
    if module.startswith("nautilus_trader.adapters") and context.api.has_module(module.partition(".")[2]):
        return module, alias
    if vanishes(symbol) or local in context.facts.modules:
        context.removed.add(local)
        return None
    if (home := context.home(symbol)) is None:
        context.removed.add(local)
        remedy = symbols.GONE.get(symbol, symbols.NO_NAME_REMEDY)
        level = "check" if context.facts.script and symbol in symbols.OF_SCRIPTS else "by hand"
        context.note(line, "gone", symbols.NO_NAME.format(symbol), remedy, level)
        return None
    new = alias.with_changes(name=cst.Name(home[1])) if home[1] != symbol else alias
    if home[1] != symbol and not alias.asname and not context.facts.symbol(local):  # the file has its own of that name
        new = new.with_changes(asname=cst.AsName(cst.Name(local)))
    return home[0], new


def vanishes(symbol: str) -> bool:
    """Tell whether every use of a symbol is written in another way."""
    abstract = symbol in symbols.ABSTRACT and symbol not in symbols.UNPACKED
    text = bool(symbols.enum_of_text(symbol, "to_str"))
    return abstract or text or symbol in symbols.BUILTINS or symbol in symbols.CONDITIONS


def name_of(module: str) -> cst.Attribute | cst.Name:
    parsed = cst.parse_expression(module)
    assert isinstance(parsed, (cst.Attribute, cst.Name))  # noqa: S101 (a dotted name)
    return parsed


def statement(module: str, aliases: Iterable[cst.ImportAlias]) -> cst.ImportFrom:
    """`from MODULE import …` on one line."""
    names = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in aliases]
    return cst.ImportFrom(name_of(module), names)


def finish(module: cst.Module, context: Context) -> cst.Module:
    """The file with the imports that its new code needs, its constants, and without imports that it made useless."""
    body = without_unused(module.body, context)
    present = names_in(body).imported
    lines = [
        f"from {home} import {symbol}" + (f" as {alias}" if alias else "")
        for (home, symbol), alias in context.needed.items() if (alias or symbol) not in present
    ]  # fmt: skip
    engine = sorted(line for line in lines if line.startswith((f"from {ENGINE}", "from sweep")))
    standard = grouped(line for line in lines if line not in engine)
    first, last, end = bounds(body)
    constants = [statement_of(text, module) for text in context.constants]
    if constants:
        constants[0] = constants[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    statements = [
        *body[:first],
        *moved_lead(body[first : first + 1], standard, module),
        *body[first + 1 : last],
        *(statement_of(text, module) for text in engine),
        *body[max(last, first + 1) : end],
        *constants,
        *body[max(end, first + 1) :],
    ]
    return module.with_changes(body=parted(statements))


def parted(body: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
    """A blank line after the docstring, where the statement that had it is gone."""
    at = len(docstring(body))
    match body[at : at + 1]:
        case [cst.SimpleStatementLine(leading_lines=[]) as line] if at:
            body[at] = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
        case _:
            pass
    return body


def grouped(lines: Iterable[str]) -> list[str]:
    """`from a import x` and `from a import y` in one."""
    names: dict[str, list[str]] = {}
    for module, _, name in (line.partition(" import ") for line in lines):
        names.setdefault(module, []).append(name)
    return [f"{module} import {', '.join(sorted(symbols))}" for module, symbols in sorted(names.items())]


def moved_lead(
    node: Sequence[cst.BaseStatement], lines: Sequence[str], module: cst.Module
) -> Sequence[cst.BaseStatement]:
    """New first imports before the first of the file, under the blank lines and comments that it had."""
    added = [statement_of(text, module) for text in lines]
    match node:
        case [cst.SimpleStatementLine() as line] if added:
            bare = is_engine_line(line)
            blank = [cst.EmptyLine(indent=False)] if bare else []
            return [added[0].with_changes(leading_lines=line.leading_lines), *added[1:],
                    line.with_changes(leading_lines=blank)]  # fmt: skip
        case _:
            return [*added, *node]


def statement_of(text: str, module: cst.Module) -> cst.SimpleStatementLine:
    parsed = cst.parse_statement(text, module.config_for_parsing)
    assert isinstance(parsed, cst.SimpleStatementLine)  # noqa: S101 (an import or an assignment)
    return parsed


def is_engine_line(node: cst.SimpleStatementLine) -> bool:
    inner = node.body[0]
    return isinstance(inner, (cst.Import, cst.ImportFrom)) and is_engine(inner)


def bounds(body: Sequence[cst.CSTNode]) -> tuple[int, int, int]:
    """Positions of the first import that is not of the future, after the last of the engine, and after the last."""
    future = len(docstring(body))
    all_of_them: list[int] = []
    engines: list[int] = []
    for position, node in enumerate(body):
        inner = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
        if isinstance(inner, cst.ImportFrom) and dotted(inner.module) == "__future__":
            future = position + 1
        elif isinstance(inner, (cst.Import, cst.ImportFrom)):
            all_of_them.append(position)
            engines += [position] if is_engine(inner) else []
    first = all_of_them[0] if all_of_them else future
    end = all_of_them[-1] + 1 if all_of_them else future
    return first, engines[-1] + 1 if engines else end, end


def is_engine(node: cst.Import | cst.ImportFrom) -> bool:
    name = dotted(node.module) if isinstance(node, cst.ImportFrom) else dotted(node.names[0].name)
    return name.partition(".")[0] in {ENGINE, "sweep"}


def docstring(body: Sequence[cst.CSTNode]) -> Sequence[cst.CSTNode]:
    """The docstring's statement, where the file begins with one."""
    match body:
        case [cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString())]), *_]:
            return body[:1]
        case _:
            return ()


class _Names(cst.CSTVisitor):
    """Every name that is read, but for those in imports."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.imported: set[str] = set()

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        self.imported |= {local_name(a) for a in node.names} if not isinstance(node.names, cst.ImportStar) else set()
        return False

    def visit_Import(self, node: cst.Import) -> bool:
        self.imported |= {local_name(alias) for alias in node.names}
        return False

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self.names.add(node.value)

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        if node.value.strip("'\"").replace(" ", "").replace("|", "").isidentifier():
            self.names |= set(node.value.strip("'\"").replace(" ", "").split("|"))  # an annotation in quotes


def names_in(nodes: Iterable[cst.CSTNode]) -> _Names:
    visitor = _Names()
    for node in nodes:
        node.visit(visitor)
    return visitor


def without_unused(body: Sequence[cst.BaseStatement], context: Context) -> list[cst.BaseStatement]:
    """Without the engine's names that the file used before, and no longer uses."""
    used = names_in(body).names | {symbol for _, symbol in context.needed}
    before = names_in(context.module.body).names
    useless = before - used
    statements: list[cst.BaseStatement] = []
    for node in body:
        match node:
            case cst.SimpleStatementLine(body=[cst.ImportFrom(module=place_, names=[*aliases]) as inner]) if dotted(
                place_
            ).partition(".")[0] in {ENGINE, "sweep"}:
                left = [a for a in aliases if local_name(a) not in useless]
                if len(left) == len(aliases):
                    statements.append(node)
                elif left:
                    last = left[-1] if inner.lpar else left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
                    statements.append(node.with_changes(body=[inner.with_changes(names=[*left[:-1], last])]))
            case _:
                statements.append(node)
    return statements
