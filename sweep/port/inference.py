"""Types of expressions, as far as annotations and the calls that made them tell."""

import libcst as cst

from sweep.port.facts import ClassFacts
from sweep.port.rules import attributes, methods, symbols


def dotted(node: cst.CSTNode | None) -> str:
    """`a.b.c` of nested attributes, "" for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr.value}" if left else ""
    return ""


def type_name(annotation: cst.BaseExpression | None) -> str:
    """The type that an annotation names: the last part of its name, without `| None` and Optional; list[X] is X[]."""
    match annotation:
        case cst.Name(value) | cst.Attribute(attr=cst.Name(value)):
            return "" if value == "None" else value
        case cst.BinaryOperation(left=left, right=right):
            return type_name(left) or type_name(right)
        case cst.SimpleString(value):
            return value.strip("'\"").split("|")[0].strip().rpartition(".")[2]
        case cst.Subscript(value=value, slice=[*_, cst.SubscriptElement(slice=cst.Index(inner))]):
            outer, item = type_name(value), type_name(inner)
            return item if outer in {"Optional", "Final", "ClassVar"} else f"{item}[]" if item else ""
        case _:
            return ""


def normal(kind: str) -> str:
    """The abstract type that the tables know for a concrete one."""
    bare, brackets = (kind[:-2], "[]") if kind.endswith("[]") else (kind, "")
    if bare in attributes.ORDER_TYPES:
        return f"Order{brackets}"
    if bare in attributes.INSTRUMENT_TYPES:
        return f"Instrument{brackets}"
    return kind


class Types:
    """The types of expressions: of names in the functions around, of self's attributes, of what calls return."""

    def __init__(self, classes: dict[str, ClassFacts]) -> None:
        self.classes = classes
        self.scopes: list[dict[str, str]] = [{}]
        self.stored: list[set[str]] = [set()]  # local names of objects that self keeps
        self.owner: list[ClassFacts] = []

    def of(self, node: cst.BaseExpression | None) -> str:
        match node:
            case cst.Name(value):
                return next((s[value] for s in reversed(self.scopes) if value in s), "")
            case cst.Attribute(value=inside, attr=cst.Name(name)):
                return self._attribute(inside, name)
            case cst.Call(func=cst.Attribute(value=inside, attr=cst.Name(name))):
                return attributes.RETURNS.get((self.of(inside), name), "")
            case cst.Call(func=cst.Name(name)):
                return normal(name) if name[:1].isupper() else ""
            case cst.Subscript(value=inside):
                return self.of(inside).removesuffix("[]") if self.of(inside).endswith("[]") else ""
            case cst.BooleanOperation(left=left, right=right):
                return self.of(left) or self.of(right)
            case _:
                return ""

    def _attribute(self, inside: cst.BaseExpression, name: str) -> str:
        if isinstance(inside, cst.Name) and inside.value == "self" and self.owner:
            return self._own(name)
        kind = self.of(inside)
        if kind in self.classes and self.classes[kind].kind == "config":
            return normal(self.classes[kind].fields.get(name, ""))
        return attributes.FIELDS.get((kind, name), "")

    def _own(self, name: str) -> str:
        facts = self.owner[-1]
        if kind := facts.types.get(name):
            return kind
        public = methods.PRIVATE.get(name, name)
        if public in attributes.COMPONENT_FIELDS and facts.kind in symbols.COMPONENTS:
            return attributes.COMPONENT_FIELDS[public]
        return facts.config if name == "config" else ""

    def enter_function(self, node: cst.FunctionDef) -> None:
        scope: dict[str, str] = {}
        parameters = [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]
        for parameter in parameters:
            annotation = parameter.annotation.annotation if parameter.annotation else None
            if kind := normal(type_name(annotation)):
                scope[parameter.name.value] = kind
        first = parameters[1].name.value if len(parameters) > 1 else ""
        arriving = methods.ARRIVING.get(node.name.value)
        if first and arriving and scope.get(first, "") in {"", "Event", "Any"}:
            scope[first] = arriving
        self.scopes.append(scope)
        self.stored.append(set())

    def leave_function(self) -> None:
        self.scopes.pop()
        self.stored.pop()

    def assign(self, target: cst.BaseExpression, kind: str) -> None:
        """Note what a name, or an attribute of self, holds from here on."""
        if isinstance(target, cst.Name):
            self.scopes[-1][target.value] = kind
        elif (own := own_attribute(target)) and self.owner and kind:
            self.owner[-1].types.setdefault(own, kind)


def own_attribute(node: cst.CSTNode) -> str:
    """NAME of `self.NAME`, "" for anything else."""
    match node:
        case cst.Attribute(value=cst.Name("self"), attr=cst.Name(name)):
            return name
        case _:
            return ""


def is_infinite(node: cst.BaseExpression) -> bool:
    """Tell whether an expression is plus or minus infinity."""
    code = cst.Module([]).code_for_node(node).replace(" ", "").replace("'", '"').lower()
    return code.lstrip("-") in {'float("inf")', 'float("-inf")', 'float("infinity")', "math.inf", "np.inf", "inf"}


def item_type(kind: str) -> str:
    """The type of the items of a list type, "" for another."""
    return kind.removesuffix("[]") if kind.endswith("[]") else "Order" if kind == "OrderList" else ""
