"""Whole statements: checks by PyCondition, and requests with a callback."""

from collections.abc import Sequence

import libcst as cst

from sweep.port.inference import dotted, own_attribute
from sweep.port.rewrite.arguments import attribute_name, with_args
from sweep.port.rewrite.context import Context
from sweep.port.rewrite.names import is_kept, present
from sweep.port.rules import methods, symbols
from sweep.port.rules.conditions import CHECKS, MESSAGES


def rewrite_statement(
    original: cst.SimpleStatementLine, new: cst.SimpleStatementLine, line: int, context: Context
) -> Sequence[cst.BaseStatement]:
    """The statements that take the place of one."""
    match original.body, new.body:
        case [cst.Expr(value=cst.Call() as before)], [cst.Expr(value=cst.Call() as call)]:
            pass
        case _:
            return [new]
    if context.facts.symbol(dotted(before.func).partition(".")[0]) in symbols.CONDITIONS:
        return [check(call, new, line, context)]
    if context.owner.kind == "data" and is_super_init(before.func) and call.args:
        return times(call, new, context)
    if own_attribute(before.func) == "modify_order" and context.owner.kind != "algorithm":
        return [only_changes(before, call, new, context)]
    if own_attribute(before.func) in methods.REQUESTS:
        return request(call, new, line, context)
    return [new]


def is_super_init(node: cst.BaseExpression) -> bool:
    """Tell whether a function is `super().__init__`."""
    match node:
        case cst.Attribute(value=cst.Call(func=cst.Name("super")), attr=cst.Name("__init__")):
            return True
        case _:
            return False


def times(call: cst.Call, statement: cst.SimpleStatementLine, context: Context) -> Sequence[cst.BaseStatement]:
    """`super().__init__(ts_event, ts_init)` of data of the user's own, whose base is gone."""
    names = ("ts_event", "ts_init")
    values = {arg.keyword.value if arg.keyword else names[n]: arg.value for n, arg in enumerate(call.args) if n < 2}
    lines = [f"self.{name} = {context.code(value)}" for name, value in values.items() if name in names]
    parsed = [cst.parse_statement(line, context.module.config_for_parsing) for line in lines]
    return [parsed[0].with_changes(leading_lines=statement.leading_lines), *parsed[1:]] if parsed else [statement]


def check(call: cst.Call, statement: cst.SimpleStatementLine, line: int, context: Context) -> cst.BaseStatement:
    """`PyCondition.positive(x, "x")` -> `if x <= 0: raise ValueError("x must be positive")`."""
    name = attribute_name(call.func)
    if name not in CHECKS:
        context.note(line, "PyCondition", f"there is no substitute for PyCondition.{name}", "write the check as an if")
        return statement
    test, error, at = CHECKS[name]
    values = [context.code(arg.value) for arg in call.args]
    condition = test
    for position, value in enumerate(values):
        needs = position > 0 or not test.startswith(("not (", "{0}")) or test != "{0}"
        simple = value.replace(".", "").replace("_", "").isalnum() or value.endswith((")", "]", "}", '"', "'"))
        condition = condition.replace(f"{{{position}}}", value if simple or not needs or "(" in test else f"({value})")
    condition = opposite(condition)
    text = f"if {condition}:\n    raise {error}({message(name, values, at)})\n"
    parsed = cst.parse_statement(text, context.module.config_for_parsing)
    assert isinstance(parsed, cst.If)  # noqa: S101 (the text of one)
    return parsed.with_changes(leading_lines=statement.leading_lines)


def only_changes(
    before: cst.Call, call: cst.Call, statement: cst.SimpleStatementLine, context: Context
) -> cst.BaseStatement:
    """`self.modify_order(order, price=x)` where x is another price: 2.0 raises where nothing changes."""
    names = ("order", "quantity", "price", "trigger_price")
    by_name = {
        arg.keyword.value if arg.keyword else names[i]: arg for i, arg in enumerate(before.args) if i < len(names)
    }
    order = by_name.get("order") or by_name.get("client_order_id")
    if order is None or not isinstance(order.value, (cst.Name, cst.Attribute)):
        return statement
    code = context.code(order.value)
    holder = present(code, "Order", context) if is_kept(order.value, context) else code
    after = dict(zip((id(arg) for arg in before.args), call.args, strict=False))
    tests = [
        f"{context.code(after[id(arg)].value)} != {holder}.{name}"
        for name, arg in by_name.items() if name in names[1:] and context.code(arg.value) != "None"
    ]  # fmt: skip
    if not tests or code.endswith("_id"):
        return statement
    head = f"if {' or '.join(tests)}:\n    pass\n"
    parsed = cst.parse_statement(head, context.module.config_for_parsing)
    inner = statement.with_changes(leading_lines=[])
    return parsed.with_changes(leading_lines=statement.leading_lines, body=cst.IndentedBlock([inner]))


def opposite(condition: str) -> str:
    """`not (a < b)` -> `a >= b`, where it is one comparison; else as it is."""
    if not condition.startswith("not ("):
        return condition
    match cst.parse_expression(condition[4:]):
        case cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(operator=operator, comparator=right)]):
            turned = TURNED.get(type(operator))
            code = cst.Module([]).code_for_node
            return f"{code(left)} {turned} {code(right)}" if turned else condition
        case cst.Name() | cst.Attribute() | cst.Call():
            return f"not {condition[5:-1]}"
        case _:
            return condition


TURNED: dict[type[cst.BaseCompOp], str] = {
    cst.LessThan: ">=", cst.GreaterThan: "<=", cst.LessThanEqual: ">", cst.GreaterThanEqual: "<",
    cst.Equal: "!=", cst.NotEqual: "==", cst.In: "not in", cst.NotIn: "in", cst.Is: "is not", cst.IsNot: "is",
}  # fmt: skip


def message(name: str, values: Sequence[str], at: int) -> str:
    """The text of the exception: the user's own, or the name of the argument and what holds for it."""
    text = values[at] if at < len(values) else f"'{values[0]}'" if '"' in values[0] else f'"{values[0]}"'
    if name not in MESSAGES or text[:1] not in {"'", '"'}:
        return text
    rule = MESSAGES[name].replace("{1}", values[1] if len(values) > 1 else "")
    return f"{text[:-1]} {rule.replace(text[0], '')}{text[-1]}"


def request(
    call: cst.Call, statement: cst.SimpleStatementLine, line: int, context: Context
) -> Sequence[cst.BaseStatement]:
    """A request with `callback=`: what the callback did is done after the request."""
    callback = next((a for a in call.args if a.keyword and a.keyword.value == "callback"), None)
    if callback is None:
        return [statement]
    request_call = with_args(call, [arg for arg in call.args if arg is not callback])
    parse = context.module.config_for_parsing
    match callback.value:
        case cst.Lambda(body=body, params=params):
            names = [p.name.value for p in params.params]
            code = context.code(body)
            used = any(name in code for name in names if name != "_")
            first = cst.Assign([cst.AssignTarget(cst.Name(names[0]))], request_call) if used else cst.Expr(request_call)
            after = code
        case cst.Name("None"):
            return [statement.with_changes(body=[cst.Expr(request_call)])]
        case value:
            first = cst.Assign([cst.AssignTarget(cst.Name("request_id"))], request_call)
            after = f"{context.code(value)}(request_id)"
    reason = "2.0 takes no callback: it is called right after the request"
    remedy = "what is requested arrives in on_historical_bars (or _quotes, _trades), nothing in a backtest of sweep"
    context.note(line, "callback", reason, remedy, "check")
    return [statement.with_changes(body=[first]), cst.parse_statement(after, parse)]


def below_a_gap(node: cst.BaseStatement) -> cst.BaseStatement:
    """The statement below a blank line."""
    lines = getattr(node, "leading_lines", None)
    return node if lines is None or lines else node.with_changes(leading_lines=[cst.EmptyLine(indent=False)])


def is_main(node: cst.If) -> bool:
    """Tell whether a condition asks if the file is run as a program."""
    match node.test:
        case cst.Comparison(left=cst.Name("__name__")):
            return True
        case _:
            return False
