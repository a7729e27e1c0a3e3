"""Methods of components: renamed callbacks, and callbacks that 2.0 divides in another way."""

from collections.abc import Sequence

import libcst as cst

from sweep.port.facts import ClassFacts
from sweep.port.rewrite.classes import has_docstring
from sweep.port.rewrite.context import Context
from sweep.port.rules import methods, symbols


def rewrite_function(new: cst.FunctionDef, line: int, context: Context) -> Sequence[cst.BaseStatement]:
    """The method under the name that 2.0 calls, with what else it takes to be called."""
    name, facts = new.name.value, context.owner
    if context.functions or (facts.kind and facts.kind not in symbols.COMPONENTS):
        return [new]
    if name in methods.CALLBACKS:
        new = new.with_changes(name=cst.Name(methods.CALLBACKS[name]))
    if not facts.kind:
        return [new]
    if is_empty(new):
        return empty(new, facts)
    cautions(new, name, line, context)
    if name == "on_data":
        return [unpacked(new, context)]
    if name == "on_event" and facts.kind != "algorithm":
        return [new, *dispatching(new, facts, context)]
    if name == "on_historical_data" and facts.kind != "algorithm":
        return [new, *delivering(new, facts, context)]
    return [new]


def cautions(new: cst.FunctionDef, name: str, line: int, context: Context) -> None:
    """Tell of what a method does that 2.0 does not let it do, or does not call it for."""
    facts = context.owner
    if name == "__init__" and facts.config_name:
        more_arguments(new, facts, line, context)
    if facts.kind == "algorithm" and name in methods.NEVER_CALLED:
        reason = f"2.0 never calls {name} of an execution algorithm"
        context.note(line, name, reason, methods.NO_DATA)
    if name in methods.LOCKED and reads_cache(new):
        reason = f"2.0 calls {name} while its cache is locked: reading it raises"
        context.note(line, name, reason, "do it in the callback of what follows, e.g. on_order_accepted")
    names = methods.TOLD.get(name)
    if names and set(names) <= context.facts.attributes and trades(new):
        reason = f"2.0 raises where a component trades in {name} at what it published itself (an order within a call)"
        context.note(line, name, reason, "note it in self, and trade in the next on_bar or on_quote; or use a topic")


def more_arguments(node: cst.FunctionDef, facts: ClassFacts, line: int, context: Context) -> None:
    """Tell of what a component takes beside its config."""
    demanded = [p.name.value for p in node.params.params[1:] if p.default is None and p.name.value != facts.config_name]
    if demanded:
        reason = f"2.0 makes a {facts.name} of a config alone, and it takes {', '.join(demanded)} as well"
        context.note(line, "constructor", reason, "put it into the config, or make it in on_start")


def empty(node: cst.FunctionDef, facts: ClassFacts) -> Sequence[cst.BaseStatement]:
    """A method that does nothing: `on_event`, which 2.0 never calls, as a callback that it does call."""
    if node.name.value != "on_event":
        return [node]
    return [] if "on_order_event" in facts.methods else [node.with_changes(name=cst.Name("on_order_event"))]


def is_empty(node: cst.FunctionDef) -> bool:
    """Tell whether a method does nothing: a docstring, `pass`, `...`."""
    if not isinstance(node.body, cst.IndentedBlock):
        return False
    rest = node.body.body[1:] if has_docstring(node.body.body) else node.body.body
    for statement in rest:
        match statement:
            case cst.SimpleStatementLine(body=[cst.Pass() | cst.Expr(value=cst.Ellipsis())]):
                continue
            case _:
                return False
    return True


def reads_cache(node: cst.FunctionDef) -> bool:
    code = cst.Module([]).code_for_node(node.body)
    return "self.cache" in code or "self.portfolio" in code


def trades(node: cst.FunctionDef) -> bool:
    code = cst.Module([]).code_for_node(node.body)
    return any(f"self.{name}" in code for name in methods.TRADES)


def parameter(node: cst.FunctionDef) -> str:
    """The first parameter after self."""
    return node.params.params[1].name.value if len(node.params.params) > 1 else ""


def unpacked(node: cst.FunctionDef, context: Context) -> cst.FunctionDef:
    """`on_data`: 2.0 hands over a CustomData with the object in `data`."""
    name = parameter(node)
    if not name or not isinstance(node.body, cst.IndentedBlock):
        return node
    body = [*node.body.body]
    at = 1 if has_docstring(body) else 0
    line = cst.parse_statement(f"{name} = {name}.data", context.module.config_for_parsing)
    return node.with_changes(body=node.body.with_changes(body=[*body[:at], line, *body[at:]]))


def dispatching(node: cst.FunctionDef, facts: ClassFacts, context: Context) -> Sequence[cst.BaseStatement]:
    """`on_event`: 2.0 never calls it, but calls one for orders and one for positions (and one for timers)."""
    callbacks = ["on_order_event", "on_position_event"]
    if "TimeEvent" in context.facts.names.values() and "on_time_event" not in facts.methods:
        callbacks.append("on_time_event")
    added: list[cst.BaseStatement] = []
    for name in callbacks:
        if name in facts.methods:
            reason = f"2.0 never calls on_event, and {name} is there already"
            context.note(0, "on_event", reason, f"call self.on_event(event) at the end of {name}")
            continue
        code = "self.on_event(event)"
        if name == "on_order_event":
            code = guarded(code, context)
        added.append(forwarding(node, name, "event", code, context))
    return added


def guarded(code: str, context: Context) -> str:
    """The call, but not for events that arrive while 2.0's cache is locked, unless the file looks for them."""
    left_out = [name for name in methods.LOCKED.values() if name not in context.facts.names.values()]
    if not left_out:
        return code
    kinds = " | ".join(context.need(name) for name in left_out)
    return f"if not isinstance(event, {kinds}):  # 2.0's cache is locked\n    {code}"


def delivering(node: cst.FunctionDef, facts: ClassFacts, context: Context) -> Sequence[cst.BaseStatement]:
    """`on_historical_data`: 2.0 hands over bars, quotes and trades in lists, by callbacks of their own."""
    added: list[cst.BaseStatement] = []
    for request, (name, plural) in methods.HISTORICAL.items():
        if request in context.facts.attributes and name not in facts.methods:
            code = f"for item in {plural}:\n    self.on_historical_data(item)"
            added.append(forwarding(node, name, plural, code, context))
    return added


def forwarding(node: cst.FunctionDef, name: str, argument: str, code: str, context: Context) -> cst.BaseStatement:
    """A method that hands on what it gets."""
    annotated = ", event: Any" if node.params.params[1:] and node.params.params[1].annotation else f", {argument}"
    if "Any" in annotated:
        context.need("Any")
        annotated = f", {argument}: Any"
    returns = " -> None" if node.returns else ""
    body = "\n".join(f"    {line}" for line in code.splitlines())
    text = f"def {name}(self{annotated}){returns}:\n{body}\n"
    parsed = cst.parse_statement(text, context.module.config_for_parsing)
    return parsed.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
