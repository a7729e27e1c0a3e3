"""Orders that a strategy keeps: copies in NautilusTrader 2.0, which stay INITIALIZED whatever becomes of the order."""

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from sweep.backtest.user_code.source_checks.class_source import ACCEPT, ClassSource, Finding, Function, class_sources

CHANGING = frozenset({  # attributes of an order that events change
    *("status", "is_open", "is_closed", "is_canceled", "is_inflight", "is_emulated", "is_active_local"),
    *("is_pending_cancel", "is_pending_update", "filled_qty", "leaves_qty", "overfill_qty", "avg_px", "slippage"),
    *("events", "event_count", "last_event", "last_trade_id", "trade_ids", "venue_order_id", "venue_order_ids"),
    *("position_id", "account_id", "liquidity_side", "ts_accepted", "ts_closed", "ts_last", "ts_submitted"),
    *("commission", "commissions"),
})  # fmt: skip
ADDS = frozenset({"append", "appendleft", "add", "insert", "extend", "setdefault"})
TAKES = frozenset({"values", "items", "get", "pop", "popleft", "copy"})  # methods of a container
VIEWS = frozenset({"list", "tuple", "sorted", "reversed", "next", "iter", "enumerate"})
REMEDY = "keep its client_order_id and ask the cache each time: self.cache.order(client_order_id).{}"


@lru_cache(maxsize=64)  # of the same class for each value in a space
def stale_reads(kind: type) -> tuple[Finding, ...]:
    """Each place in a strategy class that asks an order which it kept for what only the cache's copy knows."""
    classes = class_sources(kind)
    makers = {method.name for c in classes for method, _ in c.methods() if _makes_orders(method)}
    stored = {name for c in classes for name in _stored(c, makers)} - {name for c in classes for name in _refreshed(c)}
    return tuple(finding for c in classes for finding in _reads(c, stored)) if stored else ()


def _makes_orders(method: Function) -> bool:
    """Return True if a method returns an order that the factory made in it."""
    makers = _made_in(method, set())
    returns = (node.value for node in ast.walk(method) if isinstance(node, ast.Return))
    return any(_holds_order(value, makers, set()) for value in returns)


def _made_in(method: Function, makers: set[str]) -> set[str]:
    """Local names of orders that the factory made in this method."""
    pairs = [(target, value) for target, value in _assignments(method) if _holds_order(value, set(), makers)]
    return {t.id for target, _ in pairs for t in ast.walk(target) if isinstance(t, ast.Name)}


def _assignments(method: Function) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each target in a method with the value that it is assigned."""
    for node in ast.walk(method):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value:
            yield node.target, node.value


def _holds_order(node: ast.AST | None, orders: set[str], makers: set[str]) -> bool:
    """Return True for an order as the factory made it, or a value that holds such orders."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="order_factory"))):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in makers
        case ast.Name(id=name):
            return name in orders
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return any(_holds_order(item, orders, makers) for item in items)
        case ast.Dict(values=items):
            return any(_holds_order(item, orders, makers) for item in items)
        case ast.IfExp(body=one, orelse=other):
            return _holds_order(one, orders, makers) or _holds_order(other, orders, makers)
        case ast.NamedExpr(value=value):
            return _holds_order(value, orders, makers)
        case _:
            return False


def _stored(written: ClassSource, makers: set[str]) -> Iterator[str]:
    """Attributes of the object that hold orders as they were made, alone or in a container."""
    for method, this in written.methods():
        orders = _made_in(method, makers)
        for target, value in _assignments(method):
            if _holds_order(value, orders, makers):
                yield from _attributes(target, this)
        for node in ast.walk(method):
            match node:
                case ast.Call(func=ast.Attribute(value=owner, attr=name), args=given) if name in ADDS:
                    if any(_holds_order(argument, orders, makers) for argument in given):
                        yield from _attributes(owner, this)
                case _:
                    pass


def _attributes(target: ast.AST, this: str) -> Iterator[str]:
    """`x` of `self.x`, `self.x[…]` and of each in a tuple."""
    match target:
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                yield from _attributes(item, this)
        case ast.Subscript(value=owner):
            yield from _attributes(owner, this)
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner == this:
            yield name
        case _:
            pass


def _refreshed(written: ClassSource) -> Iterator[str]:
    """Attributes that are also assigned what the cache answers: the strategy takes care of them."""
    for method, this in written.methods():
        for target, value in _assignments(method):
            if any(_asks_cache(part) for part in ast.walk(value)):
                yield from _attributes(target, this)


def _asks_cache(node: ast.AST) -> bool:
    """Return True for a call such as `self.cache.order(…)` or `self.cache.orders_open()`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="cache"), attr=name)):
            return name.startswith("order")
        case _:
            return False


def _reads(written: ClassSource, stored: set[str]) -> Iterator[Finding]:
    for method, this in written.methods():
        local = _local_names(method, this, stored)
        for node in ast.walk(method):
            if not (isinstance(node, ast.Attribute) and node.attr in CHANGING and isinstance(node.ctx, ast.Load)):
                continue
            if name := _origin(node.value, this, stored, local):
                rule = f"self.{name} holds an order as it was made: its {node.attr} never changes"
                own = f"if you know better, write in the spec {ACCEPT.format(written.file.name, node.lineno)}"
                yield Finding(written.file, node.lineno, rule, f"{REMEDY.format(node.attr)}; {own}")


def _local_names(method: Function, this: str, stored: set[str]) -> dict[str, str]:
    """Local names for what such an attribute holds, with the attribute."""
    names: dict[str, str] = {}
    pairs: list[tuple[ast.expr, ast.expr]] = list(_assignments(method))
    pairs += [(n.target, n.iter) for n in ast.walk(method) if isinstance(n, ast.For | ast.comprehension)]
    for target, value in pairs:
        if origin := _origin(value, this, stored, names):
            names |= {t.id: origin for t in ast.walk(target) if isinstance(t, ast.Name) and t.id != this}
    return names


def _origin(node: ast.AST, this: str, stored: set[str], local: dict[str, str]) -> str:
    """The attribute that an expression takes its order from, "" for none."""
    match node:
        case ast.Name(id=name):
            return local.get(name, "")
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return name if owner == this and name in stored else ""
        case ast.Subscript(value=inner) | ast.NamedExpr(value=inner):
            return _origin(inner, this, stored, local)
        case ast.Call(func=ast.Attribute(value=inner, attr=name)) if name in TAKES:
            return _origin(inner, this, stored, local)
        case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in VIEWS:
            return _origin(inner, this, stored, local)
        case ast.BoolOp(values=items) | ast.Tuple(elts=items):
            return _first(items, this, stored, local)
        case ast.IfExp(body=one, orelse=other):
            return _first((one, other), this, stored, local)
        case _:
            return ""


def _first(nodes: Sequence[ast.AST], this: str, stored: set[str], local: dict[str, str]) -> str:
    return next((name for node in nodes if (name := _origin(node, this, stored, local))), "")
