"""Types of expressions, as far as annotations and the calls that made them tell."""

import libcst as cst

from sweep.port.facts import ClassFacts, Survey
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
            return type_name(quoted(value))
        case cst.Subscript(value=value, slice=[*_, cst.SubscriptElement(slice=cst.Index(inner))]):
            outer, item = type_name(value), type_name(inner)
            return item if outer in {"Optional", "Final", "ClassVar"} else f"{item}[]" if item else ""
        case _:
            return ""


def quoted(text: str) -> cst.BaseExpression | None:
    """The annotation in a string; None where it is no expression."""
    try:
        return cst.parse_expression(text.strip("'\"").strip())
    except cst.ParserSyntaxError:
        return None


def normal(kind: str) -> str:
    """The abstract type that the tables know for a concrete one."""
    bare, brackets = (kind[:-2], "[]") if kind.endswith("[]") else (kind, "")
    bare = symbols.UNPACKED.get(bare, bare)
    if bare in attributes.ORDER_TYPES:
        return f"Order{brackets}"
    if bare in attributes.INSTRUMENT_TYPES:
        return f"Instrument{brackets}"
    return kind


class Types:
    """The types of expressions: of names in the functions around, of self's attributes, of what calls return."""

    def __init__(self, facts: Survey) -> None:
        self.facts, self.classes = facts, facts.classes
        self.scopes: list[dict[str, str]] = [{}]
        self.stored: list[set[str]] = [set()]  # local names of objects that self keeps
        self.owner: list[ClassFacts] = []

    def of(self, node: cst.BaseExpression | None) -> str:
        match node:
            case cst.Name(value):
                return next((s[value] for s in reversed(self.scopes) if value in s), "")
            case cst.Attribute(value=inside, attr=cst.Name(name)):
                return self._attribute(inside, name)
            case cst.Call(func=cst.Attribute(value=cst.Name("self"), attr=cst.Name(name))) if self.owner:
                return self.owner[-1].returns.get(name, "")
            case cst.Call(func=cst.Attribute(value=inside, attr=cst.Name(name))):
                holder = self.of(inside) or self.named(dotted(inside))
                return attributes.RETURNS.get((holder, name), "")
            case cst.Call(func=cst.Name(name)):
                return self.named(name)
            case cst.Subscript(value=inside):
                return self.of(inside).removesuffix("[]") if self.of(inside).endswith("[]") else ""
            case cst.BooleanOperation(left=left, right=right):
                return self.of(left) or self.of(right)
            case _:
                return ""

    def named(self, name: str) -> str:
        """The type of a class's name; "" for one that is neither the engine's nor of these files."""
        kind = self.facts.names.get(name, name)
        if not kind[:1].isupper() or (name in self.facts.foreign and name not in self.classes):
            return ""
        return kind if kind in self.classes else normal(kind)

    def annotated(self, annotation: cst.BaseExpression | None) -> str:
        """The type that an annotation tells; a list of them with []."""
        kind = type_name(annotation)
        return f"{self.named(kind[:-2])}[]" if kind.endswith("[]") and self.named(kind[:-2]) else self.named(kind)

    def component(self, kind: str) -> bool:
        """Tell whether a type is a strategy, an actor or an execution algorithm."""
        return (self.classes[kind].kind if kind in self.classes else symbols.BASES.get(kind)) in symbols.COMPONENTS

    def _attribute(self, inside: cst.BaseExpression, name: str) -> str:
        if isinstance(inside, cst.Name) and inside.value == "self" and self.owner:
            return self._own(name)
        kind = self.of(inside)
        if self.component(kind):
            return attributes.COMPONENT_FIELDS.get(methods.PRIVATE.get(name, name), "")
        if kind in self.classes:
            return self.annotated_name(self.classes[kind].fields.get(name, ""))
        return attributes.FIELDS.get((kind, name), "")

    def annotated_name(self, kind: str) -> str:
        """The type of a field by the name in its annotation."""
        return normal(kind) if kind.removesuffix("[]") not in self.facts.foreign else ""

    def _own(self, name: str) -> str:
        facts = self.owner[-1]
        if kind := facts.types.get(name):
            return kind
        public = methods.PRIVATE.get(name, name)
        if public in attributes.COMPONENT_FIELDS and self._has_component_fields(facts, public):
            return attributes.COMPONENT_FIELDS[public]
        return facts.config if name == "config" else ""

    def _has_component_fields(self, facts: ClassFacts, name: str) -> bool:
        """Tell whether `self.cache` is the engine's: in a component, or in a class to be mixed into one."""
        mixed = not facts.kind and not facts.bases and name not in facts.assigned | facts.methods | set(facts.fields)
        return facts.kind in symbols.COMPONENTS or mixed

    def enter_function(self, node: cst.FunctionDef) -> None:
        scope: dict[str, str] = {}
        parameters = [*node.params.posonly_params, *node.params.params, *node.params.kwonly_params]
        for parameter in parameters:
            annotation = parameter.annotation.annotation if parameter.annotation else None
            if kind := self.annotated(annotation):
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
