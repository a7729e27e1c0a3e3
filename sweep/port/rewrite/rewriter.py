"""One walk over a file of 1.x: each node by the rules for its kind, each note beside the statement that it is about."""

from collections.abc import Sequence
from typing import cast

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from sweep.port.inference import dotted, item_type, own_attribute
from sweep.port.rewrite import (
    classes,
    constructors,
    functions,
    imports,
    instruments,
    lookups,
    names,
    statements,
    values,
)
from sweep.port.rewrite.calls import rewrite_call
from sweep.port.rewrite.context import Context
from sweep.port.rules import symbols
from sweep.port.survey import ENGINE

type Statements = cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel


class Rewriter(cst.CSTTransformer):
    """Keeps the scopes while it walks; the rules are elsewhere."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context, self.types = context, context.types
        self.bound: set[int] = set()  # ids of nodes that are no reads of a name
        self.commented: set[str] = set()  # comments that say: check; each stands once in the file
        self.orphans: list[cst.EmptyLine] = []  # comments whose statement is gone
        self.gap = False  # above such a statement was a blank line
        self.configs: list[list[cst.BaseStatement]] = []  # for each class around: classes to stand before it

    def place(self, node: cst.CSTNode) -> CodeRange:
        return cast("CodeRange", self.get_metadata(PositionProvider, node))

    def line(self, node: cst.CSTNode) -> int:
        return self.place(node).start.line

    # scopes

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.bound.add(id(node.name))
        self.types.owner.append(self.context.facts.classes[node.name.value])
        self.configs.append([])

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> Statements:
        updated_node = instruments.started(updated_node, self.context.owner, self.context)
        updated_node = lookups.with_lookups(updated_node, self.context.owner, self.context)
        rewritten = classes.rewrite_class(original_node, updated_node, self.line(original_node), self.context)
        before = self.configs.pop()
        self.types.owner.pop()
        return self._statements(original_node, [*before, *rewritten])

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.bound.add(id(node.name))
        self.types.enter_function(node)
        self.context.functions.append(node.name.value)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> Statements:
        self.types.leave_function()
        self.context.functions.pop()
        facts, line = self.context.owner, self.line(original_node)
        own = not self.context.functions and facts.kind in symbols.COMPONENTS and not facts.mixin
        if own and constructors.wants_config(facts, original_node):
            self.configs[-1].append(constructors.config_of(original_node, updated_node, facts, self.context))
            updated_node = constructors.with_config(original_node, updated_node, facts, line, self.context)
        return self._statements(original_node, functions.rewrite_function(updated_node, line, self.context))

    # names

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.bound.add(id(node.attr))
        if node.attr.value in instruments.BY_ID and instruments.source(node.value, self.context):
            self.context.by_id.add(id(node.value))

    def visit_Param(self, node: cst.Param) -> None:
        self.bound.add(id(node.name))

    def visit_Arg(self, node: cst.Arg) -> None:
        if node.keyword:
            self.bound.add(id(node.keyword))

    def visit_ImportAlias(self, node: cst.ImportAlias) -> bool:  # noqa: ARG002 (LibCST names it)
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: ARG002 (LibCST names it)
        return False

    def visit_Import(self, node: cst.Import) -> bool:  # noqa: ARG002 (LibCST names it)
        return False

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if instruments.defer(node.target, node.value, self.context):
            self.context.put_off.add(id(node.value))
        if self.context.functions:
            kind = self.types.annotated(node.annotation.annotation)
            self.types.assign(node.target, kind or self.types.of(node.value))
        self.bound.add(id(node.target))

    def visit_Assign(self, node: cst.Assign) -> None:
        kind = self.types.of(node.value)
        is_stored = names.is_kept(node.value, self.context) and kind in {"Order", "Position", "Account"}
        for target in node.targets:
            if instruments.defer(target.target, node.value, self.context):
                self.context.put_off.add(id(node.value))
            self.types.assign(target.target, kind)
            self._keep(target.target, is_stored=is_stored)

    def visit_For(self, node: cst.For) -> None:
        self._loop(node)
        self.types.stored[-1] |= names.spawned_from(node, self.context)

    def visit_While(self, node: cst.While) -> None:
        self.types.stored[-1] |= names.spawned_from(node, self.context)

    def visit_ListComp(self, node: cst.ListComp) -> None:
        self._loop(node.for_in)

    def visit_SetComp(self, node: cst.SetComp) -> None:
        self._loop(node.for_in)

    def visit_DictComp(self, node: cst.DictComp) -> None:
        self._loop(node.for_in)

    def visit_GeneratorExp(self, node: cst.GeneratorExp) -> None:
        self._loop(node.for_in)

    def _loop(self, node: cst.For | cst.CompFor) -> None:
        """Note what a loop gives to its variable, before its body (or the head of a comprehension) is visited."""
        self.types.assign(node.target, item_type(self._items(node.iter)))
        self._keep(node.target, is_stored=bool(self._own_items(node.iter)))
        if isinstance(node, cst.CompFor) and node.inner_for_in:
            self._loop(node.inner_for_in)

    def _keep(self, target: cst.BaseExpression, *, is_stored: bool) -> None:
        if isinstance(target, cst.Name):
            change = self.types.stored[-1].add if is_stored else self.types.stored[-1].discard
            change(target.value)

    def _own_items(self, node: cst.BaseExpression) -> str:
        match node:
            case cst.Call(func=cst.Attribute(value=holder, attr=cst.Name("values"))):
                return own_attribute(holder)
            case cst.Call(func=cst.Name("list" | "tuple" | "sorted" | "reversed"), args=[cst.Arg(value=inner), *_]):
                return self._own_items(inner)
            case _:
                return own_attribute(node)

    def _items(self, node: cst.BaseExpression) -> str:
        if own := self._own_items(node):
            return self.types.of(cst.Attribute(cst.Name("self"), cst.Name(own)))
        return self.types.of(node)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        if id(original_node) in self.bound:
            return updated_node
        if id(original_node) in self.context.put_off:
            return cst.Name("None")
        return updated_node.with_changes(value=names.rewrite_name(original_node.value, self.context))

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        line = self.line(original_node)
        whole = instruments.from_config(original_node, updated_node, line, self.context)
        if whole is not None:
            return whole
        if module := self._module(original_node):
            return module
        return names.rewrite_attribute(original_node, updated_node, line, self.context)

    def _module(self, node: cst.Attribute) -> cst.BaseExpression | None:
        """`module.Symbol` of the engine, whose module was imported."""
        name = dotted(node)
        for local, module in self.context.facts.modules.items():
            holder, _, symbol = name.rpartition(".")
            full = module + holder[len(local) :] if holder == local or holder.startswith(f"{local}.") else ""
            if full.startswith(ENGINE) and (home := self.context.home(symbol)):
                self.context.needed.setdefault(home, None)
                return cst.Name(home[1])
        return None

    def leave_Annotation(self, original_node: cst.Annotation, updated_node: cst.Annotation) -> cst.Annotation:  # noqa: ARG002
        return cast("cst.Annotation", updated_node.visit(names.Quoted(self.context)))

    def leave_BinaryOperation(
        self, original_node: cst.BinaryOperation, updated_node: cst.BinaryOperation
    ) -> cst.BaseExpression:
        return values.product(original_node, updated_node, self.context)

    def leave_Comparison(self, original_node: cst.Comparison, updated_node: cst.Comparison) -> cst.BaseExpression:
        return names.rewrite_comparison(original_node, updated_node, self.context)

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:
        return names.rewrite_subscript(original_node, updated_node, self.context)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        call = rewrite_call(original_node, updated_node, self.line(original_node), self.context)
        self.types.stored[-1] |= names.spawned_from(original_node, self.context)
        if isinstance(call, cst.Call):
            return instruments.call(original_node, call, self.context)
        return call

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> Statements:
        if names.is_enum(self.context.facts.symbol(dotted(original_node.iter)), self.context):
            variants = cst.Call(cst.Attribute(updated_node.iter, cst.Name("variants")))
            updated_node = updated_node.with_changes(iter=variants)
        return self._statements(original_node, [updated_node])

    # statements

    def visit_If(self, node: cst.If) -> None:
        if isinstance(node.orelse, cst.If):
            self.bound.add(id(node.orelse))
        self.context.guarded += statements.is_main(node)

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> Statements:
        self.context.guarded -= statements.is_main(original_node)
        if id(original_node) in self.bound:  # an elif: its comments stand above the whole
            return updated_node
        return self._statements(original_node, [updated_node])

    def leave_While(self, original_node: cst.While, updated_node: cst.While) -> Statements:
        return self._statements(original_node, [updated_node])

    def leave_With(self, original_node: cst.With, updated_node: cst.With) -> Statements:
        return self._statements(original_node, [updated_node])

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> Statements:
        line = self.line(original_node)
        match original_node.body:
            case [cst.ImportFrom(module=place) as node] if dotted(place).partition(".")[0] == ENGINE:
                rewritten = [
                    updated_node.with_changes(
                        body=[replacement], leading_lines=updated_node.leading_lines if i == 0 else []
                    )
                    for i, replacement in enumerate(imports.rewrite_from(node, line, self.context))
                ]
            case [cst.Import(names=[alias])] if dotted(alias.name).partition(".")[0] == ENGINE:
                rewritten = []
            case _:
                rewritten = statements.rewrite_statement(original_node, updated_node, line, self.context)
        return self._statements(original_node, rewritten)

    def _statements(self, original: cst.CSTNode, rewritten: Sequence[cst.BaseStatement]) -> Statements:
        """The statements, with a comment above the first for each note of what is in it."""
        place = self.place(original)
        within = [note for note in self.context.pending if place.start.line <= note.line <= place.end.line]
        self.context.pending = [note for note in self.context.pending if note not in within]
        notes = [note for note in within if note.level == "by hand" or note.comment not in self.commented]
        self.commented |= {note.comment for note in notes}
        comments = [cst.EmptyLine(comment=cst.Comment(note.comment)) for note in notes]
        if not rewritten:  # an import that is gone: its comments go to the next statement
            lead = original.leading_lines if isinstance(original, cst.SimpleStatementLine) else ()
            self.orphans += [*(line for line in lead if line.comment), *comments]
            self.gap = self.gap or any(line.comment is None for line in lead)
            return cst.RemoveFromParent()
        first = rewritten[0]
        if self.gap and self.ready(original):  # the blank line above an import that is gone
            first, self.gap = statements.below_a_gap(first), False
        lines = [*self.orphans, *comments] if self.ready(original) else comments
        if lines:
            self.orphans = [] if lines != comments else self.orphans
            first = first.with_changes(leading_lines=[*getattr(first, "leading_lines", ()), *lines])
        return cst.FlattenSentinel([first, *rewritten[1:]])

    def ready(self, node: cst.CSTNode) -> bool:
        """Tell whether comments without a statement of their own may stand above this one: nothing is indented."""
        return self.place(node).start.column == 0


def rewrite(module: cst.Module, context: Context) -> cst.Module:
    """The file as 2.0 runs it."""
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    changed = wrapper.visit(Rewriter(context))
    return imports.finish(changed, context)
