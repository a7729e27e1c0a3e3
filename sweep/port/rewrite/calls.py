"""Calls: arguments that 2.0 takes in another way."""

from collections.abc import Callable, Sequence

import libcst as cst

from sweep.port.inference import dotted, own_attribute
from sweep.port.rewrite.arguments import (
    TIGHT,
    Rewritten,
    bracketed,
    defaults,
    keywords,
    method_of,
    named_arguments,
    receiver,
    with_args,
)
from sweep.port.rewrite.context import Context, expression
from sweep.port.rewrite.names import change_of, finite, is_kept, present
from sweep.port.rewrite.values import constructed, instrument_price, pandas_time
from sweep.port.rules import attributes, indicators, methods, symbols

type Rule = Callable[[cst.Call, cst.Call, int, Context], Rewritten]
NOW = {"datetime.now", "datetime.utcnow", "datetime.datetime.now", "datetime.datetime.utcnow", "dt.datetime.now",
       "dt.datetime.utcnow", "dt.now", "pd.Timestamp.now", "pd.Timestamp.utcnow", "pandas.Timestamp.now",
       "pandas.Timestamp.utcnow", "Timestamp.now", "Timestamp.utcnow"}  # fmt: skip
HANDED_ON = {"close_position", "query_order", "cancel_gtd_expiry"}
ALSO = {"submit_order", "cancel_order", "modify_order", "modify_order_in_place"}  # of an execution algorithm
CLOCK = {**dict.fromkeys(NOW, "self.clock.utc_now()"), "time.time": "self.clock.timestamp()",
         "time.time_ns": "self.clock.timestamp_ns()"}  # fmt: skip


def rewrite_call(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """The call by every rule that fits it, one after another."""
    result: Rewritten = new
    for rule in RULES:
        if not isinstance(result, cst.Call):
            break
        result = rule(original, result, line, context)
    return result


def by_expression(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """A method that became an expression or an attribute: without the parentheses; or a function of sweep.compat."""
    if not isinstance(original.func, cst.Attribute):
        return new
    change = change_of(context.types.of(original.func.value), original.func.attr.value, context)
    if change is None or change.gone:
        return new
    if change.function and isinstance(new.func, cst.Attribute):
        return cst.Call(cst.Name(context.local(change.to)), [cst.Arg(new.func.value), *new.args])
    return new.func if change.uncalled and not new.args else new


def order_to_id(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """`self.cancel_order(order)` of a strategy: by the id."""
    name = method_of(original)
    if receiver(original, context) != "self" or context.owner.kind == "algorithm" or not new.args:
        return new
    first, kind = new.args[0], context.types.of(original.args[0].value)
    code = context.code(first.value)
    if name == "cancel_orders" and kind != "ClientOrderId[]":
        value = expression(f"[order.client_order_id for order in {code}]")
        return new.with_changes(args=[renamed(first, "client_order_ids").with_changes(value=value), *new.args[1:]])
    if name in methods.ORDER_TO_ID and kind != "ClientOrderId" and not code.endswith("order_id"):
        value = cst.Attribute(bracketed(first.value), cst.Name("client_order_id"))
        return new.with_changes(args=[renamed(first, "client_order_id").with_changes(value=value), *new.args[1:]])
    return new


def renamed(arg: cst.Arg, keyword: str) -> cst.Arg:
    return arg.with_changes(keyword=cst.Name(keyword)) if arg.keyword else arg


def factory(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """Orders: times in nanoseconds, parameters of algorithms as text, lists of orders as lists."""
    if receiver(original, context) != "OrderFactory":
        return new
    name = method_of(original)
    if name == "create_list" and new.args:
        return new.args[0].value
    if name not in methods.FACTORY:
        return new
    at = methods.EXPIRE_TIME_AT.get(name)
    keys = [arg.keyword.value if arg.keyword else "expire_time" if n == at else "" for n, arg in enumerate(new.args)]
    args = [factory_argument(key, arg, context) for key, arg in zip(keys, new.args, strict=True)]
    return new.with_changes(args=args)


def factory_argument(key: str, arg: cst.Arg, context: Context) -> cst.Arg:
    code = context.code(arg.value)
    if key == "expire_time" and code != "None":
        nanos = f"{context.local('dt_to_unix_nanos')}({code})"
        simple = isinstance(arg.value, (cst.Name, cst.Attribute))
        return arg.with_changes(value=expression(f"{nanos} if {code} is not None else None" if simple else nanos))
    if key.endswith("exec_algorithm_params") and code != "None":
        text = f"{{key: str(value) for key, value in {code}.items()}}"
        return arg.with_changes(value=expression(text))
    return arg


def data_type(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """`DataType(Class)` -> `DataType("Class")`."""
    if context.facts.symbol(dotted(original.func)) != "DataType" or not new.args:
        return new
    first = new.args[0]
    if not isinstance(first.value, (cst.Name, cst.Attribute)):
        return new
    if len(new.args) > 1:
        reason = "2.0 tells data of a type apart by `identifier` only, not by metadata"
        context.note(line, "DataType", reason, 'DataType("Name", identifier="SPY.ARCA")', "check")
    name = dotted(first.value).rpartition(".")[2]
    return new.with_changes(
        args=[renamed(first, "type_name").with_changes(value=expression(f'"{name}"')), *new.args[1:]]
    )


def publish_data(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """`self.publish_data(type, data)`: the data in a CustomData."""
    if receiver(original, context) != "self" or method_of(original) != "publish_data" or len(new.args) < 2:
        return new
    by_name = {arg.keyword.value: arg.value for arg in new.args if arg.keyword}
    kind = by_name.get("data_type", new.args[0].value)
    data = by_name.get("data", new.args[1].value)
    context.need("CustomData")
    value = cst.Call(cst.Name("CustomData"), [cst.Arg(kind), cst.Arg(data)])
    return new.with_changes(args=[
        arg.with_changes(value=value) if arg.value is data else arg for arg in new.args
    ])  # fmt: skip


def message_bus(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """`self.msgbus.publish(topic, message)` -> `self.publish_message(topic, message)`."""
    if receiver(original, context) != "MessageBus":
        return new
    name = method_of(original)
    if name not in methods.BUS:
        reason = f"2.0 gives components no self.msgbus.{name}"
        context.note(line, "msgbus", reason, "publish_message and subscribe_topic carry messages between components")
        return new
    if new.args and context.code(new.args[0].value).lstrip("f").strip("'\"").startswith(("events.", "data.")):
        reason = "the engine's own topics have other messages in 2.0"
        context.note(line, "topic", reason, "use the callback for it, e.g. on_order_filled", "check")
    arguments = [arg for arg in new.args if not (arg.keyword and arg.keyword.value == "external_pub")]
    args = [renamed(arg, "message") if arg.keyword and arg.keyword.value == "msg" else arg for arg in arguments]
    return new.with_changes(func=cst.Attribute(cst.Name("self"), cst.Name(methods.BUS[name])), args=args)


def enum_text(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """`order_side_to_str(x)` -> `x.name`, `book_type_from_str(s)` -> `getattr(BookType, s)`."""
    holder, _, method = dotted(original.func).partition(".")
    enum_name = symbols.enum_of_text(context.facts.symbol(holder), method)
    if enum_name is None or len(new.args) != 1:
        return new
    enum, direction = enum_name
    if direction == "to":
        return cst.Attribute(bracketed(new.args[0].value), cst.Name("name"))
    return cst.Call(cst.Name("getattr"), [cst.Arg(cst.Name(context.need(enum))), cst.Arg(new.args[0].value)])


def moving_average(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """`MovingAverageFactory.create(10, MovingAverageType.SIMPLE)` -> `SimpleMovingAverage(10)`."""
    match original.func:
        case cst.Attribute(value=cst.Name(holder), attr=cst.Name("create")) if (
            context.facts.symbol(holder) == "MovingAverageFactory"
        ):
            pass
        case _:
            return new
    names = ("period", "ma_type", "price_type")
    values = {arg.keyword.value if arg.keyword else names[i]: arg.value for i, arg in enumerate(new.args) if i < 3}
    match values.get("ma_type"):
        case cst.Attribute(value=cst.Name("MovingAverageType"), attr=cst.Name(kind)) if (
            kind in indicators.AVERAGES and len(new.args) <= 2
        ):
            symbol = indicators.AVERAGES[kind]
            home = context.home(symbol) or ("sweep.compat", symbol)
            context.needed.setdefault(home, None)
            changed_indicator(symbol, line, context)
            arguments = [arg for arg in new.args if arg.value is values["period"]]
            return with_args(new, arguments).with_changes(func=cst.Name(symbol))
        case _:
            return new


def indicator(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """A note where an indicator has other figures; arguments that 2.0 demands are written out."""
    symbol = context.facts.symbol(dotted(original.func))
    changed_indicator(symbol, line, context)
    demanded = indicators.DEFAULTS.get(symbol)
    if demanded is None:
        return new
    named = {arg.keyword.value for arg in new.args if arg.keyword}
    positional = len(new.args) - len(named)
    missing = [name for n, name in enumerate(demanded, 1) if n >= positional and name not in named]
    more = [cst.Arg(expression(demanded[name]), cst.Name(name), equal=TIGHT) for name in missing]
    return new.with_changes(args=[*new.args, *more])


def changed_indicator(symbol: str, line: int, context: Context) -> None:
    if symbol in indicators.CHANGED and not context.has_old_figures(symbol):
        reason = f"2.0's {symbol} {indicators.CHANGED[symbol]}"
        remedy = f"1.x's figures: from sweep.compat import {symbol} (sweep port --compat)"
        context.note(line, symbol, reason, remedy, "check")


def backtest(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """A backtest that is built where a file is imported: `sweep` imports it for its strategy."""
    symbol = context.facts.symbol(dotted(original.func))
    if symbol in symbols.BACKTESTS and not context.functions and not context.guarded:
        reason = "sweep imports this file for its strategy, and would build the backtest as well"
        remedy = 'delete that part, whose spec stands beside the file, or put it under `if __name__ == "__main__":`'
        context.note(line, symbol, reason, remedy)
    return new


def wall_clock(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """The time of the computer becomes the time of the backtest, in what a component does while it runs."""
    name = dotted(original.func)
    if name not in CLOCK:
        return new
    if context.owner.kind in symbols.COMPONENTS and context.functions and context.functions[0] != "__init__":
        reason = f"{name}() was the computer's clock"
        context.note(line, "wall clock", reason, "now it is the time of the backtest", "check")
        return expression(CLOCK[name])
    if context.functions:
        context.note(line, "wall clock", f"{name}() is the computer's clock", "take self.clock in a callback", "check")
    return new


def isinstance_of_abstract(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """`isinstance(x, PositionEvent)`: the base is gone, and its classes are named."""
    if dotted(original.func) != "isinstance" or len(original.args) != 2:
        return new
    before, after = original.args[1].value, new.args[1].value
    pairs = [(before, after)]
    if isinstance(before, cst.Tuple) and isinstance(after, cst.Tuple):
        pairs = [(a.value, b.value) for a, b in zip(before.elements, after.elements, strict=True)]
    classes: list[str] = []
    for one, rewritten in pairs:
        symbol = context.facts.symbol(dotted(one))
        concrete = [name for name in attributes.CONCRETE.get(symbol, ()) if context.api.home(name)]
        if not concrete and (symbol in symbols.ABSTRACT or (symbol in symbols.COMPAT and symbol != "Indicator")):
            context.note(line, "isinstance", f"2.0 has no base class {symbol}", "name the classes that it stood for")
            return new
        classes += [context.need(name) for name in concrete] or [context.code(rewritten)]
    if all(context.facts.symbol(dotted(one)) not in attributes.CONCRETE for one, _ in pairs):
        return new
    return new.with_changes(args=[new.args[0], new.args[1].with_changes(value=expression(f"({', '.join(classes)})"))])


def present_arguments(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """Kept positions and orders that are handed on, as they are now."""
    name = own_attribute(original.func)
    handed_on = HANDED_ON | ALSO if context.owner.kind == "algorithm" else HANDED_ON
    if name not in handed_on | methods.SPAWNING and name not in context.owner.methods - {"__init__"}:
        return new
    args = [
        arg.with_changes(value=expression(present(context.code(arg.value), context.types.of(before.value), context)))
        if is_kept(before.value, context) and context.types.of(before.value) in attributes.STATE else arg
        for before, arg in zip(original.args, new.args, strict=False)
    ]  # fmt: skip
    return new.with_changes(args=[*args, *new.args[len(args) :]])


def extremes(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """`max(self.highest, bar.high)`, where `self.highest` begins at minus infinity."""
    if dotted(original.func) not in {"max", "min"}:
        return new
    values = finite([arg.value for arg in original.args], [arg.value for arg in new.args], context)
    return new.with_changes(args=[a.with_changes(value=v) for a, v in zip(new.args, values, strict=True)])


def around(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """A call whose result is another one in 2.0, with what makes 1.x's of it."""
    if not isinstance(original.func, cst.Attribute):
        return new
    change = change_of(context.types.of(original.func.value), original.func.attr.value, context)
    return expression(change.around.replace("{0}", context.code(new))) if change and change.around else new


RULES: Sequence[Rule] = (
    extremes,
    present_arguments,
    by_expression, named_arguments, keywords, defaults, order_to_id, factory, data_type, publish_data, message_bus,
    enum_text, moving_average, indicator, backtest, wall_clock, isinstance_of_abstract, pandas_time, instrument_price,
    constructed, around,
)  # fmt: skip
