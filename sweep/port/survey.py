"""Facts about a source file of 1.x: what it imports of the engine, its classes, and the types of their attributes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from sweep.port.rules import attributes, methods, symbols

ENGINE = "nautilus_trader"


@dataclass
class ClassFacts:
    """One class of the file."""

    name: str
    bases: list[str] = field(default_factory=list[str])
    kind: str = ""  # strategy, actor, algorithm, config, data, event, indicator, "" for another
    fields: dict[str, str] = field(default_factory=dict[str, str])  # annotated in its body: name -> type
    methods: set[str] = field(default_factory=set[str])
    types: dict[str, str] = field(default_factory=dict[str, str])  # of self.NAME
    assigned: set[str] = field(default_factory=set[str])  # NAME of self.NAME = ...
    config: str = ""  # the class of its config, as its __init__ says
    config_name: str = ""  # the parameter of __init__ that is the config
    parameters: list[str] = field(default_factory=list[str])  # of __init__, where it has no config
    lookups: dict[str, None] = field(default_factory=dict[str, None])  # kinds of objects that self keeps
    deferred: dict[str, str] = field(default_factory=dict[str, str])  # self.NAME -> the field with its id


@dataclass
class Survey:
    """What a file imports of the engine, and its classes."""

    names: dict[str, str] = field(default_factory=dict[str, str])  # local name -> the symbol of 1.x
    modules: dict[str, str] = field(default_factory=dict[str, str])  # local name -> the engine's module
    local: set[str] = field(default_factory=set[str])  # modules that are imported and are not the engine's
    classes: dict[str, ClassFacts] = field(default_factory=dict[str, ClassFacts])
    attributes: set[str] = field(default_factory=set[str])  # every name after a dot
    settings: set[str] = field(default_factory=set[str])  # every keyword of a call that makes a config

    def symbol(self, name: str) -> str:
        """The engine's symbol behind a local name, "" for none."""
        return self.names.get(name, "")

    def of_kind(self, *kinds: str) -> list[ClassFacts]:
        return [facts for facts in self.classes.values() if facts.kind in kinds]


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
        self.kept: list[set[str]] = [set()]  # local names of objects that self keeps
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
        if found := facts.types.get(name):
            return found
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
        self.kept.append(set())

    def leave_function(self) -> None:
        self.scopes.pop()
        self.kept.pop()

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


class _Surveyor(cst.CSTVisitor):
    def __init__(self, others: dict[str, ClassFacts]) -> None:
        self.facts = Survey(classes=dict(others))
        self.types = Types(self.facts.classes)
        self.depth = 0

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        module = "." * len(node.relative) + dotted(node.module)
        if module.partition(".")[0] != ENGINE:
            self.facts.local.add(module)
            return
        for alias in node.names if not isinstance(node.names, cst.ImportStar) else ():
            name = dotted(alias.name)
            if name in symbols.MODULES:
                self.facts.modules[local_name(alias)] = f"{module}.{name}"
            else:
                self.facts.names[local_name(alias)] = name

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            name = dotted(alias.name)
            if name.partition(".")[0] == ENGINE:
                self.facts.modules[local_name(alias) if alias.asname else ENGINE] = name
            else:
                self.facts.local.add(name)

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        bases = [dotted(argument.value) for argument in node.bases]
        facts = ClassFacts(node.name.value, bases, self._kind(bases))
        self.facts.classes[facts.name] = facts
        self.types.owner.append(facts)

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:  # noqa: ARG002 (LibCST names it)
        self.types.owner.pop()

    def _kind(self, bases: Sequence[str]) -> str:
        for base in bases:
            last = base.rpartition(".")[2]
            if kind := symbols.BASES.get(self.facts.names.get(last, "" if last in self.facts.classes else last), ""):
                return kind
            if last in self.facts.classes and (kind := self.facts.classes[last].kind):
                return kind
        return ""

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        if self.types.owner and self.depth == 0:
            facts = self.types.owner[-1]
            facts.methods.add(node.name.value)
            if node.name.value == "__init__":
                self._constructor(facts, node)
        self.depth += 1
        self.types.enter_function(node)

    def leave_FunctionDef(self, original_node: cst.FunctionDef) -> None:  # noqa: ARG002
        self.depth -= 1
        self.types.leave_function()

    def _constructor(self, facts: ClassFacts, node: cst.FunctionDef) -> None:
        parameters = [*node.params.params, *node.params.kwonly_params][1:]
        for parameter in parameters:
            kind = type_name(parameter.annotation.annotation) if parameter.annotation else ""
            is_config = self.facts.classes.get(kind, ClassFacts("")).kind == "config" or kind.endswith("Config")
            if is_config or (not kind and parameter.name.value == "config"):
                facts.config, facts.config_name = kind, parameter.name.value
        facts.parameters = [p.name.value for p in parameters]

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        kind = normal(type_name(node.annotation.annotation))
        if isinstance(node.target, cst.Name) and self.types.owner and self.depth == 0:
            self.types.owner[-1].fields[node.target.value] = type_name(node.annotation.annotation)
        if own := own_attribute(node.target):
            self._assigned(own)
        self.types.assign(node.target, kind or self.types.of(node.value))

    def visit_Assign(self, node: cst.Assign) -> None:
        kind = self.types.of(node.value)
        for target in node.targets:
            if own := own_attribute(target.target):
                self._assigned(own)
            if isinstance(target.target, cst.Subscript) and own_attribute(target.target.value):
                self._holds(target.target.value, kind)
            self.types.assign(target.target, kind)

    def _assigned(self, name: str) -> None:
        if self.types.owner:
            self.types.owner[-1].assigned.add(name)

    def visit_For(self, node: cst.For) -> None:
        self.types.assign(node.target, item_type(self.types.of(node.iter)))

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.facts.attributes.add(node.attr.value)

    def visit_Call(self, node: cst.Call) -> None:
        name = dotted(node.func)
        if name.endswith("Config") or self.facts.classes.get(name, ClassFacts("")).kind == "config":
            self.facts.settings |= {argument.keyword.value for argument in node.args if argument.keyword}
        match node:
            case cst.Call(
                func=cst.Attribute(value=holder, attr=cst.Name("append" | "appendleft" | "add")), args=[argument]
            ) if own_attribute(holder):
                self._holds(holder, self.types.of(argument.value))
            case _:
                pass

    def _holds(self, holder: cst.BaseExpression, kind: str) -> None:
        """Note that a list or dict of self's holds objects of a kind."""
        if kind and not kind.endswith("[]"):
            self.types.assign(holder, f"{kind}[]")


def item_type(kind: str) -> str:
    """The type of the items of a list type, "" for another."""
    return kind.removesuffix("[]") if kind.endswith("[]") else "Order" if kind == "OrderList" else ""


def local_name(alias: cst.ImportAlias) -> str:
    """The name that an import binds."""
    if alias.asname and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return dotted(alias.name).partition(".")[0]


def survey(module: cst.Module, others: Iterable[ClassFacts] = ()) -> Survey:
    """The facts of a file; `others` are classes of files that it may import."""
    visitor = _Surveyor({facts.name: facts for facts in others})
    module.visit(visitor)
    return visitor.facts


def own_classes(facts: Survey, others: Iterable[ClassFacts]) -> Iterator[ClassFacts]:
    """The classes that the file itself defines."""
    foreign = {id(other) for other in others}
    return (found for found in facts.classes.values() if id(found) not in foreign)
