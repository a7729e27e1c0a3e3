"""Constructors of components: what they took one by one comes in a config, as 2.0 (and a spec) gives it."""

from collections.abc import Mapping, Sequence

import libcst as cst

from sweep.port.facts import ClassFacts
from sweep.port.inference import normal, type_name
from sweep.port.rewrite.classes import FROZEN, instrument_field
from sweep.port.rewrite.context import Context, expression

CONFIG = "config"


def wants_config(facts: ClassFacts, node: cst.FunctionDef) -> bool:
    """Tell whether a component's __init__ takes settings, and none of them is a config."""
    settings = [*node.params.params, *node.params.kwonly_params][1:]
    return bool(settings) and not facts.config_name and node.name.value == "__init__"


def config_name(facts: ClassFacts) -> str:
    return f"{facts.name}Config"


def settings_of(node: cst.FunctionDef) -> Sequence[cst.Param]:
    return [*node.params.params, *node.params.kwonly_params][1:]


def config_of(original: cst.FunctionDef, node: cst.FunctionDef, facts: ClassFacts, context: Context) -> cst.ClassDef:
    """The dataclass of the settings that an __init__ took."""
    context.need("dataclass")
    instruments = instruments_of(original)
    lines = [config_line(parameter, instruments, context) for parameter in settings_of(node)]
    text = f"@{FROZEN}\nclass {config_name(facts)}:\n" + "\n".join(f"    {line}" for line in lines) + "\n"
    parsed = cst.parse_statement(text, context.module.config_for_parsing)
    assert isinstance(parsed, cst.ClassDef)  # noqa: S101 (the text of one)
    return parsed


def instruments_of(original: cst.FunctionDef) -> set[str]:
    """The settings that are whole instruments."""
    annotated = [p for p in settings_of(original) if p.annotation]
    return {p.name.value for p in annotated if p.annotation and is_instrument_type(p.annotation)}


def is_instrument_type(annotation: cst.Annotation) -> bool:
    return normal(type_name(annotation.annotation)) == "Instrument"


def config_line(parameter: cst.Param, instruments: set[str], context: Context) -> str:
    name = parameter.name.value
    kind = context.code(parameter.annotation.annotation) if parameter.annotation else ""
    default = context.code(parameter.default) if parameter.default else ""
    if name in instruments:
        name, kind, default = instrument_field(name), context.need("InstrumentId"), ""
    if not kind:
        kind = guess(parameter.default) or context.need("Any")
    elif default == "None" and "None" not in kind and "Optional" not in kind and kind != "Any":
        kind = f"{kind} | None"
    if default[:1] in {"[", "{"}:
        context.need("field")
        default = f"field(default_factory=lambda: {default})"
    return f"{name}: {kind}" + (f" = {default}" if default else "")


def guess(default: cst.BaseExpression | None) -> str:
    """The type of a literal default."""
    match default:
        case cst.Integer():
            return "int"
        case cst.Float():
            return "float"
        case cst.SimpleString():
            return "str"
        case cst.Name("True" | "False"):
            return "bool"
        case _:
            return ""


class _Settings(cst.CSTTransformer):
    """Reads of the old parameters become reads of the config; `super().__init__()` hands it on."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names, self.skipped = names, set[int]()

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.skipped.add(id(node.attr))

    def visit_Arg(self, node: cst.Arg) -> None:
        if node.keyword:
            self.skipped.add(id(node.keyword))

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        if id(original_node) in self.skipped or original_node.value not in self.names:
            return updated_node
        return expression(f"{CONFIG}.{self.names[original_node.value]}")

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        match original_node.func:
            case cst.Attribute(value=cst.Call(func=cst.Name("super")), attr=cst.Name("__init__")) if (
                not original_node.args
            ):
                return updated_node.with_changes(args=[cst.Arg(cst.Name(CONFIG))])
            case _:
                return updated_node


class _Bound(cst.CSTVisitor):
    """Names that a function binds again, inside its nested functions too."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        if isinstance(node.target, cst.Name):
            self.names.add(node.target.value)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        if isinstance(node.target, cst.Name):
            self.names.add(node.target.value)

    def visit_Param(self, node: cst.Param) -> None:
        self.names.add(node.name.value)

    def visit_CompFor(self, node: cst.CompFor) -> None:
        if isinstance(node.target, cst.Name):
            self.names.add(node.target.value)


def with_config(
    original: cst.FunctionDef, node: cst.FunctionDef, facts: ClassFacts, line: int, context: Context
) -> cst.FunctionDef:
    """The __init__ that takes the config."""
    names = {p.name.value: p.name.value for p in settings_of(node)}
    names |= {name: instrument_field(name) for name in instruments_of(original)}
    bound = _Bound()
    node.body.visit(bound)
    again = [name for name in names if name in bound.names]
    body = node.body.visit(_Settings({old: new for old, new in names.items() if old not in again}))
    assert isinstance(body, cst.BaseSuite)  # noqa: S101 (a visited suite is one)
    if node.params.star_kwarg or isinstance(node.params.star_arg, cst.Param):
        reason = f"{facts.name}.__init__ takes arguments that it does not name"
        context.note(line, "constructor", reason, "name them in the config")
    locals_ = [
        cst.parse_statement(f"{name} = {CONFIG}.{names[name]}", context.module.config_for_parsing) for name in again
    ]
    if locals_ and isinstance(body, cst.IndentedBlock):
        body = body.with_changes(body=[*locals_, *body.body])
    own = node.params.params[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    config = cst.Param(cst.Name(CONFIG), cst.Annotation(cst.Name(config_name(facts))))
    return node.with_changes(
        params=cst.Parameters(params=[own, config]), body=body, whitespace_before_params=cst.SimpleWhitespace("")
    )
