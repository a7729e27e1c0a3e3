"""Facts about a source file of 1.x: what it imports of the engine, its classes, and the types of their attributes."""

from collections.abc import Iterable, Sequence

import libcst as cst

from sweep.port.facts import ClassFacts, Survey
from sweep.port.inference import Types, dotted, is_infinite, item_type, normal, own_attribute, type_name
from sweep.port.rules import symbols

ENGINE = "nautilus_trader"


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
                if is_infinite(node.value) and self.types.owner:
                    self.types.owner[-1].infinite.add(own)
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
