"""Classes: configs become frozen dataclasses, data and events lose the engine's base, constructors take a config."""

from collections.abc import Sequence

import libcst as cst

from sweep.port.facts import ClassFacts
from sweep.port.inference import dotted, type_name
from sweep.port.rewrite.context import Context, expression
from sweep.port.rules import methods, symbols

FROZEN = "dataclass(frozen=True, kw_only=True)"
BASE_FIELDS = {  # of StrategyConfig: what a dataclass needs to declare to have it
    "strategy_id": "StrategyId | None",
    "order_id_tag": "str | None",
    "oms_type": "OmsType | None",
    "external_order_claims": "list[InstrumentId] | None",
    "manage_contingent_orders": "bool",
    "manage_gtd_expiry": "bool",
    "manage_stop": "bool",
    "use_uuid_client_order_ids": "bool",
    "log_events": "bool",
    "log_commands": "bool",
}
RENAMED_FIELDS = {"external_order_claims": "external_order_instrument_ids"}
MUTABLE = (cst.List, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp)
UNCHANGEABLE = {"Decimal", "Fraction", "Path", "date", "datetime", "time", "timedelta", "timezone", "field"}
TIMES = ("ts_event", "ts_init")


def rewrite_class(
    original: cst.ClassDef, new: cst.ClassDef, line: int, context: Context
) -> Sequence[cst.BaseStatement]:
    """The class, and before it the config that it needs."""
    facts = context.owner
    if facts.kind == "config":
        direct = any(dotted(b.value).rpartition(".")[2] in context.facts.names for b in original.bases)
        return [config_class(without_bases(original, new, context), facts, line, context, direct=direct)]
    if facts.kind == "data":
        return [data_class(without_bases(original, new, context), facts, context)]
    if facts.kind == "event":
        return [without_bases(original, new, context)]
    if facts.kind in symbols.COMPONENTS:
        name_clashes(original, facts, line, context)
    return [new]


def without_bases(original: cst.ClassDef, new: cst.ClassDef, context: Context) -> cst.ClassDef:
    """Without the bases that are the engine's, and without the keywords of its metaclass."""
    own = [dotted(base.value).rpartition(".")[2] not in context.facts.names for base in original.bases]
    bases = [base for base, stays in zip(new.bases, own, strict=True) if stays]
    bases = [*bases[:-1], bases[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)] if bases else []
    new = new.with_changes(bases=bases, keywords=[])
    return new if bases else new.with_changes(lpar=cst.MaybeSentinel.DEFAULT, rpar=cst.MaybeSentinel.DEFAULT)


def decorated(node: cst.ClassDef, decorator: str) -> cst.ClassDef:
    return node.with_changes(decorators=[*node.decorators, cst.Decorator(expression(decorator))])


def config_class(node: cst.ClassDef, facts: ClassFacts, line: int, context: Context, *, direct: bool) -> cst.ClassDef:
    """A frozen dataclass: 2.0 drops the annotated fields of a StrategyConfig without a word."""
    context.need("dataclass")
    body: list[cst.BaseStatement | cst.BaseSmallStatement] = [
        config_field(statement, line, context) if isinstance(statement, cst.SimpleStatementLine) else statement
        for statement in node.body.body
    ]
    body += [base_field(name, context) for name in (base_fields(facts, context) if direct else ())]
    body = [statement for statement in body if not is_pass(statement)] or body
    return decorated(node.with_changes(body=node.body.with_changes(body=body)), FROZEN)


def is_pass(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.Pass)


def base_fields(facts: ClassFacts, context: Context) -> Sequence[str]:
    """Fields of StrategyConfig that somebody sets or reads, and the class does not declare itself."""
    used = context.facts.settings | context.settings | context.facts.attributes
    return [name for name in BASE_FIELDS if name in used and name not in facts.fields and name not in NOT_READ]


NOT_READ = {"strategy_id"}  # as an attribute it is mostly somebody else's; in a call it is looked for below


def base_field(name: str, context: Context) -> cst.BaseStatement:
    annotation = BASE_FIELDS[name]
    for symbol in ("OmsType", "InstrumentId", "StrategyId"):
        if symbol in annotation:
            context.need(symbol)
    default = "None" if "None" in annotation else str(name.startswith("log_"))
    text = f"{RENAMED_FIELDS.get(name, name)}: {annotation} = {default}"
    return cst.parse_statement(text, context.module.config_for_parsing)


def config_field(node: cst.SimpleStatementLine, line: int, context: Context) -> cst.SimpleStatementLine:
    """A field with a default that dataclasses take, and of a type that plain data can give."""
    match node.body:
        case [cst.AnnAssign(target=cst.Name(name), annotation=annotation, value=value) as field]:
            pass
        case _:
            return node
    changed = field
    if value is not None and (isinstance(value, MUTABLE) or is_own_object(value, context)):
        context.need("field")
        changed = changed.with_changes(value=expression(f"field(default_factory={factory(value, context)})"))
    if is_instrument(name, context):
        context.need("InstrumentId")
        new = instrument_field(name)
        annotated = cst.Annotation(expression("InstrumentId" + (" | None" if value is not None else "")))
        changed = changed.with_changes(target=cst.Name(new), annotation=annotated)
    elif context.owner.fields.get(name, "").endswith("Instrument[]"):
        remedy = "take their ids, and self.cache.instrument(id) in on_start"
        context.note(line, "Instrument", f"plain data cannot give {name}, a list of instruments", remedy)
    elif isinstance(annotation.annotation, cst.Attribute) and type_name(annotation.annotation).isupper():
        changed = changed.with_changes(annotation=cst.Annotation(annotation.annotation.value))  # `x: Enum.MEMBER`
    return node.with_changes(body=[changed])


def is_own_object(value: cst.BaseExpression, context: Context) -> bool:
    """Tell whether a default is made by the user's own code: a dataclass takes none that can be changed."""
    maker = dotted(value.func).partition(".")[0] if isinstance(value, cst.Call) else ""
    own = maker in context.facts.classes or maker in context.facts.foreign
    return own and maker not in UNCHANGEABLE


def factory(value: cst.BaseExpression, context: Context) -> str:
    code = context.code(value)
    if isinstance(value, cst.Call) and not value.args:
        return context.code(value.func)
    return {"[]": "list", "{}": "dict"}.get(code, f"lambda: {code}")


def is_instrument(name: str, context: Context) -> bool:
    return (
        context.owner.fields.get(name, "") == "Instrument" or context.owner.types.get(f"field {name}") == "Instrument"
    )


def instrument_field(name: str) -> str:
    return name if name.endswith("_id") else f"{name}_id"


def data_class(node: cst.ClassDef, facts: ClassFacts, context: Context) -> cst.ClassDef:
    """Data of the user's own: any class with `ts_event` and `ts_init`."""
    if any(dotted(d.decorator).endswith("customdataclass") for d in node.decorators):
        return node
    missing = [name for name in TIMES if name not in facts.fields and name not in facts.methods]
    times = [cst.parse_statement(f"{name}: int = 0", context.module.config_for_parsing) for name in missing]
    body = [*node.body.body]
    at = 1 if has_docstring(body) else 0
    if "__init__" in facts.methods or not facts.fields:
        body = [b for b in body if not is_pass(b)]
        return node.with_changes(body=node.body.with_changes(body=[*body[:at], *times, *body[at:]]))
    context.need("dataclass")
    last = max((i for i, b in enumerate(body) if is_field(b)), default=at - 1) + 1
    node = node.with_changes(body=node.body.with_changes(body=[*body[:last], *times, *body[last:]]))
    return (
        node
        if any("dataclass" in dotted(d.decorator) for d in node.decorators)
        else decorated(node, "dataclass(kw_only=True)")
    )


def is_field(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], cst.AnnAssign)


def has_docstring(body: Sequence[cst.CSTNode]) -> bool:
    match body:
        case [cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString())]), *_]:
            return True
        case _:
            return False


def name_clashes(node: cst.ClassDef, facts: ClassFacts, line: int, context: Context) -> None:
    """Names of the user's own that mean something to 2.0."""
    meant = {name for name, call in methods.MEANT.items() if call in context.facts.attributes}
    for name in sorted((facts.methods | facts.assigned | set(facts.fields)) & methods.TAKEN - meant):
        noun = "method" if name in facts.methods else "attribute"
        reason = f"{node.name.value}.{name} is a {noun} of 2.0's own"
        remedy = "give yours another name" + ("" if noun == "attribute" else ": 2.0 would call it")
        context.note(line, "name", reason, remedy)
