"""Syntax of expressions in a spec, with bounds on what computing one may cost."""

import ast

from sweep.spec.exact_arithmetic import FUNCTIONS

LENGTH = 2_000  # characters of an expression
DEPTH = 100  # levels of one


def tree(text: str) -> ast.Expression:
    """Syntax tree of an expression; ValueError, with a sentence, where it is none or would cost too much."""
    if len(text) > LENGTH:
        raise ValueError(f"it has {len(text):,} characters, and may have {LENGTH:,}")
    try:
        parsed = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last two: nested too deeply
        raise ValueError(str(error).partition("; use sys.set_int")[0] or "it is nested too deeply") from None
    level: list[ast.AST] = [parsed]
    for _ in range(DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise ValueError(f"it is nested more than {DEPTH} levels deep")
    if any(isinstance(node, ast.JoinedStr) for node in ast.walk(parsed)):
        raise ValueError("it formats a text")
    return parsed


def method(parsed: ast.Expression) -> str:
    """The first method that an expression calls, as 'a'.ljust, which could make a text of any length; "" if none."""
    calls = (node.func for node in ast.walk(parsed) if isinstance(node, ast.Call))
    return next((ast.unparse(function) for function in calls if isinstance(function, ast.Attribute)), "")


def names(tree: ast.AST) -> set[str]:
    """The names in an expression, dotted ones whole."""
    dotted = {name for node in ast.walk(tree) if (name := _dotted(node))}
    return {name for name in dotted if not any(other.startswith(name + ".") for other in dotted)} - set(FUNCTIONS)


def _dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute node, else ""."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""
