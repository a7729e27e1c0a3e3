"""Instruments in configs: plain data gives an id, and the cache has the instrument from on_start on."""

import libcst as cst

from sweep.port.facts import ClassFacts
from sweep.port.inference import own_attribute
from sweep.port.rewrite.arguments import TIGHT
from sweep.port.rewrite.classes import has_docstring, instrument_field
from sweep.port.rewrite.constructors import config_name
from sweep.port.rewrite.context import Context, expression
from sweep.port.rules import symbols

BY_ID = {"id": "", "venue": ".venue", "symbol": ".symbol"}  # what the id itself knows


def source(node: cst.BaseExpression | None, context: Context) -> str:
    """The field of the config that holds the instrument which this expression reads; "" for another expression."""
    match node:
        case cst.Attribute(value=holder, attr=cst.Name(name)):
            facts = context.facts.classes.get(context.types.of(holder), ClassFacts(""))
            held = facts.kind == "config" and facts.fields.get(name) == "Instrument"
            return instrument_field(name) if held else ""
        case cst.Name(name) if is_setting(name, context):
            return instrument_field(name)
        case _:
            return ""


def is_setting(name: str, context: Context) -> bool:
    """Tell whether a name is an instrument that a component's __init__ takes."""
    owner = context.owner
    in_constructor = context.functions == ["__init__"] and owner.kind in symbols.COMPONENTS
    wants = in_constructor and not owner.config_name and name in owner.parameters
    return wants and context.types.of(cst.Name(name)) == "Instrument"


def defer(target: cst.BaseExpression, value: cst.BaseExpression | None, context: Context) -> bool:
    """Tell whether `self.X = config.instrument` of an __init__ was put off to on_start."""
    field, own = source(value, context), own_attribute(target)
    if not field or not own or context.functions != ["__init__"]:
        return False
    context.owner.deferred[own] = field
    return True


def from_config(original: cst.Attribute, new: cst.Attribute, line: int, context: Context) -> cst.BaseExpression | None:
    """`config.instrument` and `config.instrument.id` in the terms of the id; None for another attribute."""
    if (field := source(original.value, context)) and original.attr.value in BY_ID:
        holder = f"{id_of(new.value, original.value, field, context)}{BY_ID[original.attr.value]}"
        return expression(holder)
    field = source(original, context)
    if not field:
        return None
    by_id = f"{context.code(new.value)}.{field}"
    if context.functions == ["__init__"]:
        if id(original) not in context.put_off | context.by_id:
            reason = "2.0 has no cache before on_start, and so no instrument in __init__"
            context.note(line, "Instrument", reason, f"do it in on_start, with self.cache.instrument({by_id})")
        return expression("None" if id(original) in context.put_off else by_id)
    return expression(f"self.cache.instrument({by_id})")


def id_of(new: cst.BaseExpression, original: cst.BaseExpression, field: str, context: Context) -> str:
    """The id that stands for an instrument whose read was rewritten already."""
    match new:
        case cst.Call(args=[cst.Arg(value=inner)]):
            return context.code(inner)
        case _:
            return context.code(new) if isinstance(original, cst.Attribute) else field.removesuffix("_id")


def started(node: cst.ClassDef, facts: ClassFacts, context: Context) -> cst.ClassDef:
    """The component with an on_start that looks up what its __init__ put off."""
    if not facts.deferred:
        return node
    parse = context.module.config_for_parsing
    lines = [f"self.{own} = self.cache.instrument(self.config.{field})" for own, field in facts.deferred.items()]
    added = [cst.parse_statement(line, parse) for line in lines]
    body = [*node.body.body]
    for position, method in enumerate(body):
        if isinstance(method, cst.FunctionDef) and method.name.value == "on_start":
            inner = [*method.body.body]
            at = 1 if has_docstring(inner) else 0
            suite = method.body.with_changes(body=[*inner[:at], *added, *inner[at:]])
            body[position] = method.with_changes(body=suite)
            return node.with_changes(body=node.body.with_changes(body=body))
    text = "def on_start(self):\n" + "".join(f"    {line}\n" for line in lines)
    method = cst.parse_statement(text, parse).with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    return node.with_changes(body=node.body.with_changes(body=[*body, method]))


def call(original: cst.Call, new: cst.Call, context: Context) -> cst.Call:
    """Calls that make configs and components: an instrument by its id, settings in a config."""
    name = original.func.value if isinstance(original.func, cst.Name) else ""
    facts = context.facts.classes.get(name)
    if facts is None:
        return new
    if facts.kind == "config":
        return new.with_changes(args=[by_id(arg, facts) for arg in new.args])
    if facts.kind in symbols.COMPONENTS and facts.parameters and not facts.config_name and new.args:
        arguments = [
            arg if arg.keyword else arg.with_changes(keyword=cst.Name(facts.parameters[i]), equal=TIGHT)
            for i, arg in enumerate(new.args) if i < len(facts.parameters)
        ]  # fmt: skip
        config = new.with_changes(func=cst.Name(config_name(facts)), args=arguments)
        return cst.Call(new.func, [cst.Arg(config)])
    return new


def by_id(arg: cst.Arg, facts: ClassFacts) -> cst.Arg:
    if not arg.keyword or facts.fields.get(arg.keyword.value) != "Instrument":
        return arg
    value = cst.Attribute(arg.value, cst.Name("id"))
    return arg.with_changes(keyword=cst.Name(instrument_field(arg.keyword.value)), value=value)
