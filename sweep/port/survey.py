"""Facts about a source file of 1.x: what it imports of the engine, its classes, and the types of their attributes."""

from collections.abc import Iterable, Sequence

import libcst as cst

from sweep.port.facts import ClassFacts, Survey
from sweep.port.inference import Types, dotted, is_infinite, item_type, own_attribute, type_name
from sweep.port.rules import indicators, symbols

ENGINE = "nautilus_trader"


class _Surveyor(cst.CSTVisitor):
    def __init__(self, others: dict[str, ClassFacts]) -> None:
        self.facts = Survey(classes=dict(others))
        self.types = Types(self.facts)
        self.depth = 0
        self.own: set[str] = set()  # classes of this file

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        module = "." * len(node.relative) + dotted(node.module)
        if module.partition(".")[0] != ENGINE:
            names = [] if isinstance(node.names, cst.ImportStar) else [*node.names]
            dot = "" if not module or module.endswith(".") else "."
            self.facts.local |= {module} | {f"{module}{dot}{dotted(alias.name)}" for alias in names}
            self.facts.foreign |= {local_name(alias) for alias in names}
            return
        for alias in node.names if not isinstance(node.names, cst.ImportStar) else ():
            name = dotted(alias.name)
            if local_name(alias) in self.own:
                continue
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
        self.own.add(facts.name)
        self.types.owner.append(facts)

    def leave_ClassDef(self, original_node: cst.ClassDef) -> None:  # noqa: ARG002 (LibCST names it)
        self.types.owner.pop()

    def _kind(self, bases: Sequence[str]) -> str:
        for base in bases:
            last = base.rpartition(".")[2]
            if kind := symbols.BASES.get(self.facts.names.get(last, "" if last in self.facts.classes else last), ""):
                return kind
            if last in self.facts.classes and (own := self.facts.classes[last]).kind and not own.mixin:
                return own.kind
        return ""

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        if self.types.owner and self.depth == 0:
            facts = self.types.owner[-1]
            facts.methods.add(node.name.value)
            if kind := self.types.annotated(node.returns.annotation if node.returns else None):
                is_property = any(dotted(d.decorator) in {"property", "cached_property"} for d in node.decorators)
                (facts.types if is_property else facts.returns)[node.name.value] = kind
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
        kind = self.types.annotated(node.annotation.annotation)
        if isinstance(node.target, cst.Name) and self.types.owner and self.depth == 0:
            self.types.owner[-1].fields[node.target.value] = type_name(node.annotation.annotation)
        if own := own_attribute(node.target):
            self._assigned(own)
        self._bind(node.target)
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
        self._bind(node.target)
        self.types.assign(node.target, item_type(self.types.of(node.iter)))

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.facts.attributes.add(node.attr.value)

    def visit_Call(self, node: cst.Call) -> None:
        name = dotted(node.func)
        self.facts.script |= self.facts.symbol(name) in symbols.BACKTESTS
        if name.endswith("Config") or self.facts.classes.get(name, ClassFacts("")).kind == "config":
            self.facts.settings |= {argument.keyword.value for argument in node.args if argument.keyword}
        self._indicator(node)
        match node:
            case cst.Call(
                func=cst.Name("hasattr" | "getattr"), args=[_, cst.Arg(value=cst.SimpleString() as text), *_]
            ):
                self.facts.guarded.add(str(text.evaluated_value))
            case cst.Call(
                func=cst.Attribute(value=holder, attr=cst.Name("append" | "appendleft" | "add")), args=[argument]
            ) if own_attribute(holder):
                self._holds(holder, self.types.of(argument.value))
            case _:
                pass

    def _indicator(self, node: cst.Call) -> None:
        """Note an indicator that is made by a kind of averages, or fed as in 1.x."""
        symbol = self.facts.symbol(dotted(node.func))
        if symbol in indicators.CHANGED and any(is_average_type(argument) for argument in node.args):
            self.facts.old_indicators.add(symbol)
        match node.func:
            case cst.Attribute(value=holder, attr=cst.Name("update_raw")):
                kind = self.types.of(holder)
                if len(node.args) in indicators.FED_OTHERWISE.get(kind, ()):
                    self.facts.old_indicators.add(kind)
            case _:
                pass

    def visit_Param(self, node: cst.Param) -> None:
        self.facts.bound.add(node.name.value)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._bind(node.target)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._bind(node.target)

    def visit_CompFor(self, node: cst.CompFor) -> None:
        self._bind(node.target)

    def _bind(self, target: cst.BaseExpression) -> None:
        match target:
            case cst.Name(value):
                self.facts.bound.add(value)
            case cst.Tuple(elements=elements) | cst.List(elements=elements):
                for element in elements:
                    self._bind(element.value)
            case _:
                pass

    def _holds(self, holder: cst.BaseExpression, kind: str) -> None:
        """Note that a list or dict of self's holds objects of a kind."""
        if kind and not kind.endswith("[]"):
            self.types.assign(holder, f"{kind}[]")


def is_average_type(argument: cst.Arg) -> bool:
    """Tell whether an argument says how an indicator averages."""
    by_name = argument.keyword is not None and "ma_type" in argument.keyword.value
    return by_name or dotted(argument.value).startswith("MovingAverageType.")


def local_name(alias: cst.ImportAlias) -> str:
    """The name that an import binds."""
    if alias.asname and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return dotted(alias.name).partition(".")[0]


def survey(module: cst.Module, others: Iterable[ClassFacts] = ()) -> Survey:
    """The facts of a file; `others` are classes of files that it may import."""
    visitor = _Surveyor({facts.name: facts for facts in others})
    module.visit(visitor)
    relate(visitor.facts.classes)
    return visitor.facts


def relate(classes: dict[str, ClassFacts]) -> None:
    """Give classes the kind of their bases in other files, and mixins that of the components they are mixed into."""
    changed = True
    while changed:
        changed = False
        for facts in classes.values():
            for base in (classes[name] for b in facts.bases if (name := b.rpartition(".")[2]) in classes):
                if base.kind and not base.mixin and (not facts.kind or facts.mixin):
                    facts.kind, facts.mixin, changed = base.kind, False, True
                elif facts.kind in symbols.COMPONENTS and not base.kind:
                    base.kind, base.mixin, changed = facts.kind, True, True
