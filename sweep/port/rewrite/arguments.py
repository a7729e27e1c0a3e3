"""Arguments of calls: in another order, under other names, or told where 1.x took a default."""

from collections.abc import Sequence

import libcst as cst

from sweep.port.inference import dotted, own_attribute
from sweep.port.rewrite.context import Context, expression
from sweep.port.rules import methods

type Rewritten = cst.BaseExpression
TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def method_of(node: cst.Call) -> str:
    """NAME of a call `….NAME(…)` or `NAME(…)`."""
    return dotted(node.func).rpartition(".")[2] if dotted(node.func) else attribute_name(node.func)


def attribute_name(node: cst.BaseExpression) -> str:
    return node.attr.value if isinstance(node, cst.Attribute) else ""


def bracketed(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression to which an attribute can be appended."""
    simple = isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)) or bool(node.lpar)
    return node if simple else node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def receiver(node: cst.Call, context: Context) -> str:
    """The type of the object whose method is called; "self" for the component's own."""
    if own_attribute(node.func):
        return "self"
    kind = context.types.of(node.func.value) if isinstance(node.func, cst.Attribute) else ""
    return "self" if context.types.component(kind) else kind


def named_arguments(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """Arguments by name where 2.0 has another order of them."""
    name = method_of(original)
    order = methods.POSITIONAL.get(name)
    if not order or receiver(original, context) not in {"self", "OrderFactory"}:
        return new
    keep = methods.KEEP_POSITIONAL.get(name, 1)
    args = [
        arg.with_changes(keyword=cst.Name(order[i]), equal=TIGHT) if i >= keep and not arg.keyword and not arg.star
        and i < len(order) else arg
        for i, arg in enumerate(new.args)
    ]  # fmt: skip
    return new.with_changes(args=args)


def keywords(original: cst.Call, new: cst.Call, line: int, context: Context) -> Rewritten:
    """Keywords that have another name, or that 2.0 does not take."""
    name = method_of(original)
    args: list[cst.Arg] = []
    for arg in new.args:
        key = arg.keyword.value if arg.keyword else ""
        if (renamed := methods.KEYWORDS.get((name, key), "")) is None:
            continue
        if key in methods.DROPPED and receiver(original, context) in {"self", "Clock"}:
            if context.code(arg.value) not in {"False", "None"}:
                reason = f"2.0's {name} takes no {key!r}: it was dropped"
                context.note(line, key, reason, "it matters for live trading and catalogs only", "check")
            continue
        if key == "depth" and context.code(arg.value) == "0":
            continue
        args.append(arg.with_changes(keyword=cst.Name(renamed)) if renamed else arg)
    if name == "exception" and receiver(original, context) == "Logger":
        args = args[:1]
    return with_args(new, args)


def with_args(node: cst.Call, args: Sequence[cst.Arg]) -> cst.Call:
    """The call with other arguments, in the layout that it had."""
    if len(args) == len(node.args):
        return node.with_changes(args=args)
    if args and len(args) < len(node.args) and args[-1] is not node.args[-1] and "#" not in comment_of(args[-1]):
        last = node.args[-1]
        args = [*args[:-1], args[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)]
    elif args and args[-1] is not node.args[-1]:
        lines = cst.ParenthesizedWhitespace(indent=True)
        comma = args[-1].comma
        whitespace = getattr(comma, "whitespace_after", lines)
        after = whitespace.with_changes(last_line=cst.SimpleWhitespace(""))
        args = [*args[:-1], args[-1].with_changes(comma=cst.Comma(whitespace_after=after))]
    return node.with_changes(args=args)


def comment_of(arg: cst.Arg) -> str:
    """The code after an argument, with the comment that stands there."""
    return cst.Module([]).code_for_node(arg.comma) if isinstance(arg.comma, cst.Comma) else ""


def defaults(original: cst.Call, new: cst.Call, _line: int, context: Context) -> Rewritten:
    """Add the defaults of 1.x where 2.0 wants to be told."""
    name = method_of(original)
    expected = methods.DEFAULTS.get(name)
    if not expected or receiver(original, context) not in {"self", "OrderFactory"}:
        return new
    present = {arg.keyword.value for arg in new.args if arg.keyword}
    added = {key: value for key, value in expected.items() if key not in present}
    for value in added.values():
        if value.startswith("BookType"):
            context.need("BookType")
    return append(new, added)


def append(node: cst.Call, added: dict[str, str]) -> cst.Call:
    """The call with further keywords; each on a line of its own where the last one is."""
    args = [*node.args]
    for key, value in added.items():
        last = args[-1] if args else None
        comma = last.comma if last and isinstance(last.comma, cst.Comma) else None
        new = cst.Arg(expression(value), cst.Name(key), TIGHT)
        if last and comma:  # a trailing comma: the layout of the arguments before
            between = args[-2].comma if len(args) > 1 else comma
            args[-1] = last.with_changes(comma=between if isinstance(between, cst.Comma) else comma)
            new = new.with_changes(comma=comma, whitespace_after_arg=last.whitespace_after_arg)
        elif last:
            args[-1] = last.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
        args.append(new)
    return node.with_changes(args=args)
