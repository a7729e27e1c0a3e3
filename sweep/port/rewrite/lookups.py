"""Objects that a component keeps from one event to the next: 2.0 hands out copies, the cache has the present one."""

import libcst as cst

from sweep.port.facts import ClassFacts
from sweep.port.rewrite.context import Context

PRESENT = {
    "Order": ("order", "self.cache.order(order.client_order_id)"),
    "Position": ("position", "self.cache.position(position.id)"),
    "Account": ("account", "self.cache.account(account.id)"),
}


def with_lookups(node: cst.ClassDef, facts: ClassFacts, context: Context) -> cst.ClassDef:
    """The class with a method for each kind of object that it keeps."""
    added: list[cst.BaseStatement] = []
    for kind in facts.lookups:
        name, present = PRESENT[kind]
        text = (
            f"def _current_{name}(self, {name}):\n"
            f'    """The {name} as it is now: NautilusTrader 2.0 hands out copies."""\n'
            f"    return {name} and ({present} or {name})\n"
        )
        method = cst.parse_statement(text, context.module.config_for_parsing)
        added.append(method.with_changes(leading_lines=[cst.EmptyLine(indent=False)]))
    return node.with_changes(body=node.body.with_changes(body=[*node.body.body, *added])) if added else node
