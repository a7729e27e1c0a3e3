"""Values: prices, quantities, times and members of enums, where 2.0 takes or gives another type."""

import libcst as cst

from sweep.port.inference import dotted
from sweep.port.rewrite.arguments import Rewritten, attribute_name, bracketed, method_of, receiver, with_args
from sweep.port.rewrite.context import Context, expression
from sweep.port.rules import symbols

PANDAS_ONLY = {  # attributes of a Timestamp of pandas that a datetime does not have
    "ceil", "day_name", "day_of_week", "day_of_year", "dayofweek", "dayofyear", "days_in_month", "floor",
    "is_month_end", "is_month_start", "is_quarter_end", "is_year_end", "month_name", "nanosecond", "normalize",
    "quarter", "to_datetime64", "to_numpy", "to_period", "to_pydatetime", "tz_convert", "tz_localize", "weekofyear",
    "asm8", "unit", "tz",
}  # fmt: skip
WHOLE = {"Price", "Quantity"}


def pandas_time(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """`self.clock.utc_now()` as a Timestamp, in a file that uses what only a Timestamp has."""
    if method_of(original) != "utc_now" or receiver(original, context) != "Clock":
        return new
    uses = context.facts.attributes
    only = uses & PANDAS_ONLY or ("value" in uses and "utc_now().value" in context.module.code)
    return cst.Call(cst.Name(context.local("Timestamp")), [cst.Arg(new)]) if only else new


def instrument_price(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """`instrument.make_price(x)`: half a tick is rounded in another way, and 2.0 takes no text."""
    if not isinstance(new.func, cst.Attribute) or receiver(original, context) not in {"Instrument", ""}:
        return new
    name = method_of(original)
    if name not in {"make_price", "make_qty"} or len(new.args) == 0 or context.facts.defines(name):
        return new
    first = new.args[0].with_changes(value=number(new.args[0].value))
    if name == "make_qty":
        return new.with_changes(args=[first, *new.args[1:]])
    if context.options.compat:
        return cst.Call(cst.Name(context.local("make_price")), [cst.Arg(new.func.value, comma=COMMA), first])
    reason = "2.0's make_price rounds half a tick to the even one, 1.x as floats do"
    remedy = "1.x's rounding: from sweep.compat import make_price (sweep port --compat)"
    context.note(line, "make_price", reason, remedy, "check")
    return new.with_changes(args=[first, *new.args[1:]])


COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def number(node: cst.BaseExpression) -> cst.BaseExpression:
    """A number in quotes without them: 2.0 takes no text for a value."""
    if not isinstance(node, cst.SimpleString):
        return node
    text = str(node.evaluated_value).strip()
    try:
        float(text)
    except ValueError:
        return node
    return expression(text)


def constructed(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """`Money("10", USD)`, `Quantity.from_int(2.0)`, `OrderSide(1)`, and a bar with a revision."""
    match original.func:
        case cst.Name(name) if (symbol := context.facts.symbol(name)) and not context.types.of(cst.Name(name)):
            pass
        case cst.Attribute(value=cst.Name(name), attr=cst.Name("from_int")) if (
            context.facts.symbol(name) in WHOLE and len(new.args) == 1
        ):
            return new.with_changes(args=[new.args[0].with_changes(value=whole(new.args[0].value, context))])
        case _:
            return new
    members = context.api.members.get(symbol, frozenset[str]())
    if symbol == "Money" and new.args:
        first = new.args[0].with_changes(value=number(new.args[0].value))
        return new.with_changes(args=[first, *new.args[1:]])
    if symbol == "Bar":
        args = [
            arg for n, arg in enumerate(new.args) if n < 8 and not (arg.keyword and arg.keyword.value == "is_revision")
        ]
        return with_args(new, args)
    if attribute_name(new.args[0].value if new.args else new) in symbols.OF_ENUMS and "variants" in members:
        return new.args[0].value
    if "variants" in members and new.args:
        reason = f"2.0 makes no {symbol} of a number"
        context.note(line, symbol, reason, f"name the member: {symbol}.NAME, or {symbol}.from_str(text)")
    return new


def whole(node: cst.BaseExpression, context: Context) -> cst.BaseExpression:
    """A whole number: 2.0 takes no float with none after the point."""
    sure = isinstance(node, cst.Integer) or dotted(getattr(node, "func", None)) in {"int", "round", "len", "abs"}
    return node if sure or context.types.of(node) == "int" else cst.Call(cst.Name("int"), [cst.Arg(node)])


def product(original: cst.BinaryOperation, new: cst.BinaryOperation, context: Context) -> cst.BaseExpression:
    """`price * quantity`: 2.0 multiplies each only with numbers."""
    kinds = {context.types.of(original.left), context.types.of(original.right)}
    if kinds != WHOLE or not isinstance(original.operator, (cst.Multiply, cst.Divide)):
        return new
    return new.with_changes(right=cst.Call(cst.Attribute(bracketed(new.right), cst.Name("as_decimal"))))
