"""Names, attributes and subscripts: what they are called, by the table of their type."""

import re
from collections.abc import Sequence
from typing import cast

import libcst as cst

from sweep.port.inference import dotted, is_infinite, own_attribute, quoted
from sweep.port.rewrite.context import Context, expression
from sweep.port.rules import attributes, methods, symbols
from sweep.port.rules.attributes import Change

HANDLED = {("OrderFactory", "create_list")}  # written in another way by a rule for calls
ENGINES = {  # of scripts, which become specs; and what calls have rules for
    "BacktestEngine", "BacktestNode", "BarDataWrangler", "QuoteTickDataWrangler", "TradeTickDataWrangler", "MessageBus",
}  # fmt: skip


def rewrite_name(name: str, context: Context) -> str:
    """The name that takes the place of an imported one."""
    symbol = context.facts.symbol(name)
    if not symbol or context.types.of(cst.Name(name)):
        return name
    if symbol in symbols.BUILTINS:
        return symbols.BUILTINS[symbol]
    if symbol in symbols.UNPACKED:
        return symbols.UNPACKED[symbol] if name == symbol else name
    if symbol in symbols.ABSTRACT:
        return context.need("Any")
    new = symbols.RENAMED.get(symbol, symbol)
    return new if name == symbol else name


class Quoted(cst.CSTTransformer):
    """Names of annotations in quotes."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def visit_Subscript(self, node: cst.Subscript) -> bool:
        return not dotted(node.value).endswith("Literal")

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.BaseExpression:
        inner = quoted(original_node.value)
        if inner is None:
            return updated_node
        code = self.context.code(cast("cst.CSTNode", inner.visit(_Renamed(self.context))))
        mark = original_node.value[0]
        return (
            updated_node if code == self.context.code(inner) else updated_node.with_changes(value=f"{mark}{code}{mark}")
        )


class _Renamed(cst.CSTTransformer):
    def __init__(self, context: Context) -> None:
        self.context = context

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        return updated_node.with_changes(value=rewrite_name(original_node.value, self.context))


def rewrite_attribute(original: cst.Attribute, new: cst.Attribute, line: int, context: Context) -> cst.BaseExpression:
    """An attribute of self, of an object of a known type, or of an enum."""
    if own := own_attribute(original):
        return own_name(own, new, line, context)
    match original:
        case cst.Attribute(value=cst.Name(holder), attr=cst.Name(name)) if (
            symbol := context.facts.symbol(holder)
        ) and not context.types.of(original.value):
            return of_base(symbol, name, new, line, context) or enum_member(symbol, name, new)
        case cst.Attribute(value=cst.Call(func=cst.Name("super")), attr=cst.Name(name)):
            return new.with_changes(attr=cst.Name(methods.CALLBACKS.get(name, methods.METHODS.get(name, name))))
        case _:
            return typed(original, new, line, context)


def own_name(name: str, new: cst.Attribute, line: int, context: Context) -> cst.BaseExpression:
    """`self.NAME` of a component."""
    owner = context.owner
    if (owner.kind not in symbols.COMPONENTS and owner.kind) or name in owner.assigned:
        return new
    if name in methods.GONE and name not in owner.methods and owner.kind:
        context.note(line, f"self.{name}", f"2.0 has no self.{name}", methods.GONE[name])
        return new
    renamed = member_name(name, owner.kind)
    renamed = name if name in owner.methods - set(methods.CALLBACKS) else renamed
    missing(name, renamed, line, context)
    changed = new.with_changes(attr=cst.Name(renamed))
    if name in methods.NOW_CALLED and owner.kind and name not in owner.methods:
        return cst.Call(changed)
    return changed


def member_name(name: str, kind: str) -> str:
    """The name in 2.0 of a component's own method or attribute."""
    if name == "id" and kind:
        return methods.OWN_ID[kind]
    return methods.METHODS.get(name) or methods.CALLBACKS.get(name) or methods.PRIVATE.get(name, name)


def missing(name: str, renamed: str, line: int, context: Context) -> None:
    """Tell of a member that a component of 1.x has, and one of this kind in 2.0 has not."""
    kind = context.owner.kind
    members = context.api.members.get(methods.CLASS_OF.get(kind, ""), frozenset[str]())
    if not members or renamed in members or name in context.owner.methods:
        return
    noun = {"actor": "actors", "algorithm": "execution algorithms"}.get(kind, "strategies")
    for pattern, remedy in methods.LESS.get(kind, {}).items():
        if name.startswith(pattern):
            context.note(line, f"self.{name}", f"2.0's {noun} have no self.{renamed}", remedy)


def of_base(symbol: str, name: str, new: cst.Attribute, line: int, context: Context) -> cst.Attribute | None:
    """`Order.closing_side`: of a base class that 2.0 does not have; None where the symbol is none."""
    if symbol not in symbols.ABSTRACT or symbol in symbols.UNPACKED:
        return None
    if symbol == "Order" and name in context.api.members.get("MarketOrder", ()):
        return new.with_changes(value=cst.Name(context.need("MarketOrder")))
    context.note(line, symbol, f"2.0 has no base class {symbol}", f"name the class whose {name} you need")
    return new


def enum_member(symbol: str, name: str, new: cst.Attribute) -> cst.Attribute:
    return new.with_changes(attr=cst.Name(symbols.ENUM_MEMBERS.get((symbol, name), name)))


def typed(original: cst.Attribute, new: cst.Attribute, line: int, context: Context) -> cst.BaseExpression:
    """`object.NAME` where the type of the object is known."""
    kind, name = context.types.of(original.value), original.attr.value
    if context.types.component(kind) and not of_own_class(kind, name, context):
        return new.with_changes(attr=cst.Name(member_name(name, context.kind_of(kind))))
    looked_up = current(original, new, kind, context)
    if change := change_of(kind, name, context):
        return apply(change, looked_up, line, f"{kind}.{name}", context)
    if unknown(kind, name, context):
        reason = f"2.0's {kind} has no {name!r}"
        context.note(line, f"{kind}.{name}", reason, f"see what nautilus_trader's {kind} offers instead")
    return looked_up


def of_own_class(kind: str, name: str, context: Context) -> bool:
    """Tell whether a component's class of these files has a member of this name itself."""
    facts = context.facts.classes.get(kind)
    return facts is not None and name in facts.methods | facts.assigned


def change_of(kind: str, name: str, context: Context) -> Change | None:
    if not kind and name in attributes.NAMED_ONCE and not context.facts.defines(name):
        owner, name = attributes.NAMED_ONCE[name]
        return attributes.CHANGES[owner][name]
    if facts := context.facts.classes.get(kind):
        own = facts.kind == "config" and name not in facts.fields
        return attributes.CHANGES["Config"].get(name) if own else None
    if change := attributes.CHANGES.get(kind, {}).get(name):
        return change
    is_event = kind.startswith(("Order", "Position")) and kind not in {"Order", "OrderList", "OrderBook", "Position"}
    return attributes.EVENT.get(name) if is_event and "event_id" in context.api.members.get(kind, ()) else None


def unknown(kind: str, name: str, context: Context) -> bool:
    """Tell whether 2.0 has the type, and the type no such member."""
    if name.startswith("_") or kind in context.facts.classes or (kind, name) in HANDLED or kind in ENGINES:
        return False
    if name in context.facts.guarded or context.types.component(kind):
        return False
    members = context.api.members.get(kind)
    if kind in {"Order", "Instrument"}:
        concrete = attributes.ORDER_TYPES if kind == "Order" else attributes.INSTRUMENT_TYPES
        members = frozenset[str]().union(*(context.api.members.get(each, ()) for each in concrete))
    return bool(members) and name not in (members or ())


def apply(change: Change, new: cst.Attribute, line: int, rule: str, context: Context) -> cst.BaseExpression:
    """The attribute as the table says; methods that become expressions lose their parentheses in `rewrite_call`."""
    if change.gone:
        context.note(line, rule, f"2.0 has no {rule}", change.gone)
        return new
    if change.function:
        return new
    form = change.to
    for symbol in change.symbols:
        form = re.sub(rf"\b{symbol}(?=[.(])", context.local(symbol), form)
    if change.expression:
        return expression(form.replace("{0}", context.code(new.value)))
    renamed = new.with_changes(attr=cst.Name(change.to))
    return cst.Call(renamed) if change.called else renamed


def current(original: cst.Attribute, new: cst.Attribute, kind: str, context: Context) -> cst.Attribute:
    """A kept order, position or account as the cache has it now: 2.0 hands out copies that never change."""
    state = attributes.STATE.get(kind, ())
    if original.attr.value not in state or context.owner.kind not in symbols.COMPONENTS:
        return new
    if not is_kept(original.value, context):
        return new
    return new.with_changes(value=expression(present(context.code(new.value), kind, context)))


def present(code: str, kind: str, context: Context) -> str:
    """The object of the code as the cache has it now."""
    context.owner.lookups[kind] = None
    return f"self._current_{kind.lower()}({code})"


class _Spawns(cst.CSTVisitor):
    """Names of the orders from which an execution algorithm spawns others."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Call(self, node: cst.Call) -> None:
        if own_attribute(node.func) not in methods.SPAWNING:
            return
        for n, argument in enumerate(node.args):
            if argument.keyword.value == "primary" if argument.keyword else n == 0:
                self.names |= {argument.value.value} if isinstance(argument.value, cst.Name) else set()


def spawned_from(node: cst.CSTNode, context: Context) -> set[str]:
    """The variables of orders that a spawned one is taken from: what is left of them only the cache has."""
    if context.owner.kind != "algorithm":
        return set()
    visitor = _Spawns()
    node.visit(visitor)
    return visitor.names


def is_kept(node: cst.BaseExpression, context: Context) -> bool:
    """Tell whether an object was put away in self by an earlier event."""
    match node:
        case cst.Name(value):
            return value in context.types.stored[-1]
        case cst.Subscript(value=holder):
            return bool(own_attribute(holder))
        case cst.Call(func=cst.Attribute(value=holder, attr=cst.Name("get" | "pop"))):
            return bool(own_attribute(holder))
        case _:
            return bool(own_attribute(node)) and own_attribute(node) not in context.owner.methods


def finite(
    original: Sequence[cst.BaseExpression], new: Sequence[cst.BaseExpression], context: Context
) -> list[cst.BaseExpression]:
    """Prices as numbers, where something beside them may be infinite: 2.0 compares no price with infinity."""
    beside = any(is_infinite(node) or own_attribute(node) in context.owner.infinite for node in original)
    if not beside:
        return [*new]
    return [
        cst.Call(cst.Name("float"), [cst.Arg(after)]) if context.types.of(before) == "Price" else after
        for before, after in zip(original, new, strict=True)
    ]


def rewrite_comparison(original: cst.Comparison, new: cst.Comparison, context: Context) -> cst.Comparison:
    """`bar.close > self.highest`, where `self.highest` begins at minus infinity."""
    before = [original.left, *(target.comparator for target in original.comparisons)]
    after = [new.left, *(target.comparator for target in new.comparisons)]
    left, *others = finite(before, after, context)
    targets = [t.with_changes(comparator=o) for t, o in zip(new.comparisons, others, strict=True)]
    return new.with_changes(left=left, comparisons=targets)


def rewrite_subscript(original: cst.Subscript, new: cst.Subscript, context: Context) -> cst.BaseExpression:
    """`Enum["X"]` -> `Enum.X`, `Enum[x]` -> `getattr(Enum, x)`."""
    match original, new:
        case (
            cst.Subscript(value=cst.Name(name)),
            cst.Subscript(value=holder, slice=[cst.SubscriptElement(slice=cst.Index(value=key))]),
        ) if is_enum(context.facts.symbol(name), context):
            if isinstance(key, cst.SimpleString) and (member := str(key.evaluated_value)).isidentifier():
                symbol = context.facts.symbol(name)
                return cst.Attribute(holder, cst.Name(symbols.ENUM_MEMBERS.get((symbol, member), member)))
            return cst.Call(cst.Name("getattr"), [cst.Arg(holder), cst.Arg(key)])
        case _:
            return new


def is_enum(symbol: str, context: Context) -> bool:
    return bool(symbol) and "variants" in context.api.members.get(symbol, ())
