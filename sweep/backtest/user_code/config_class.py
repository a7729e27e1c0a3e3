"""The config class of a strategy, by its source: the annotation of `config` in its `__init__`. Nothing is imported."""

import ast
from collections.abc import Iterator
from contextlib import suppress

from sweep.backtest.user_code.source_hashes import absolute, locate

CONFIGS = ("config", "cfg", "settings", "params")  # names of a config among the arguments of an `__init__`
DEEPEST = 8  # classes from the strategy to the one that has the `__init__`


def config_path(strategy: str) -> str | None:
    """The import path of the config class of "module:Class"; None where its source does not show one."""
    return _config_of(strategy, DEEPEST)


def _config_of(path: str, depth: int) -> str | None:
    module, _, name = path.partition(":")
    if not depth or not (names := _Names.of(module)):
        return None
    if name not in names.classes:
        return _config_of(names.imported[name], depth - 1) if name in names.imported else None
    kind = names.classes[name]
    if annotation := _annotation(kind):
        return next(
            (names.here(n) or p for n in _mentioned(annotation) if (p := names.path(n)) and not _is_engine(p)), None
        )
    for base in kind.bases:
        if (above := names.path(base)) and not _is_engine(above) and (config := _config_of(above, depth - 1)):
            return config
    return f"{module}:{name}Config" if f"{name}Config" in names.classes else None


def _is_engine(path: str) -> bool:
    return path.startswith("nautilus_trader")


def _annotation(kind: ast.ClassDef) -> ast.expr | None:
    """The annotation of the config in the class's own `__init__`; an argument of another name is no config."""
    functions = [n for n in kind.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    for function in functions:
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs][1:]
        for argument in arguments:
            if argument.arg in CONFIGS:
                return _parsed(argument.annotation)
    return None


def _parsed(annotation: ast.expr | None) -> ast.expr | None:
    """An annotation, also one that is written as text."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        with suppress(SyntaxError):
            return ast.parse(annotation.value, mode="eval").body
    return annotation


def _mentioned(annotation: ast.expr) -> Iterator[ast.expr]:
    """The names in an annotation, such as the one of `MyConfig | None`."""
    return (node for node in ast.walk(annotation) if isinstance(node, ast.Name | ast.Attribute))


class _Names:
    """The classes that a module defines, and the names that it imports."""

    def __init__(self, module: str, tree: ast.Module, *, is_package: bool) -> None:
        self.module = module
        self.classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
        self.imported, self.modules = dict[str, str](), dict[str, str]()
        self.own = {a.asname or a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names}
        package = module if is_package else module.rpartition(".")[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                base = absolute(node, package)
                self.imported |= {a.asname or a.name: f"{base}:{a.name}" for a in node.names}
                self.modules |= {a.asname or a.name: f"{base}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Import):
                self.modules |= {a.asname or a.name: a.name for a in node.names}

    @classmethod
    def of(cls, module: str) -> "_Names | None":
        """Those of a module's source; None where it has none that can be read."""
        file = locate(module)
        if file is None or file.suffix != ".py":
            return None
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError):
            return None
        return cls(module, tree, is_package=file.name == "__init__.py")

    def here(self, name: ast.expr) -> str | None:
        """The same by way of this module, where it has the name at run time: as people write it in a spec."""
        if isinstance(name, ast.Name) and name.id in {*self.own, *self.classes}:
            return f"{self.module}:{name.id}"
        return None

    def path(self, name: ast.expr) -> str | None:
        """The import path of a class by the name that stands for it in the module."""
        if isinstance(name, ast.Name):
            return f"{self.module}:{name.id}" if name.id in self.classes else self.imported.get(name.id)
        if isinstance(name, ast.Attribute) and (module := self.modules.get(ast.unparse(name.value))):
            return f"{module}:{name.attr}"
        return None
