"""A YAML file as plain data that remembers the line of every value, so that errors can point at it."""

# yaml's stubs leave construct_object and resolve open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUntypedBaseClass=false

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser  # pyright: ignore[reportAttributeAccessIssue]
from yaml.resolver import Resolver

from sweep.common.files.text_file import read_text
from sweep.common.json_values import is_list, is_mapping
from sweep.errors import InputError, Problem, did_you_mean

LENGTH = 8_000_000  # characters of a file
DEPTH = 100  # levels of values in values
VALUES = 50_000  # of a file, those of aliases each time
MERGED = 10_000  # keys of a mapping
NUMBER = 400  # characters of a number; a longer one is text, which the rule of its place then refuses

type Keys = tuple[str | int, ...]  # the way from the root of a document to a value


class _Loader(Composer, CParser, SafeConstructor, Resolver):
    """YAML 1.2 numbers where YAML 1.1 surprises: `1e-4` is a number, `12:30:00` is a string.

    Files with more values than a spec may have are refused: many, nested deeply, repeated by aliases. libyaml parses.
    """

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        for part in (Composer, SafeConstructor, Resolver):
            part.__init__(self)
        self.depth = 0
        self.nodes = 0  # that were written
        self.values = 0  # that were built; those of an alias again each time
        self.open: set[int] = set()  # values that are being built
        self.merged: set[int] = set()  # mappings that are being merged

    close = CParser.dispose

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """As the library does, up to a depth and a number."""
        self.depth += 1
        self.nodes += 1
        if self.depth > DEPTH or self.nodes > 2 * VALUES:  # keys are nodes, too
            parser: Any = self
            mark = parser.peek_event().start_mark
            rule = f"is nested more than {DEPTH} levels" if self.depth > DEPTH else f"has more than {VALUES:,} values"
            raise yaml.MarkedYAMLError(problem=rule, problem_mark=mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """As the library does, up to a number of keys; a mapping that merges itself is refused."""
        if id(node) in self.merged:
            raise yaml.MarkedYAMLError(problem="an anchor contains itself", problem_mark=node.start_mark)
        self.merged.add(id(node))
        keys, merges = len(node.value), [value for key, value in node.value if key.tag == "tag:yaml.org,2002:merge"]
        parts = [part for one in merges for part in (one.value if isinstance(one, yaml.SequenceNode) else [one])]
        for part in (part for part in parts if isinstance(part, yaml.MappingNode)):
            if keys <= MERGED:
                self.flatten_mapping(part)
                keys += len(part.value)
        if keys > MERGED:  # before the library makes so many
            raise yaml.MarkedYAMLError(problem="has too many keys (<<)", problem_mark=node.start_mark)
        super().flatten_mapping(node)
        self.merged.remove(id(node))

    @contextmanager
    def building(self, node: yaml.Node) -> Generator[None]:
        """Count a value; inside, it may not occur in itself."""
        self.values += 1
        if id(node) in self.open:
            raise yaml.MarkedYAMLError(problem="an anchor contains itself", problem_mark=node.start_mark)
        if self.values > VALUES:
            rule = f"has more than {VALUES:,} values, those of aliases included"
            raise yaml.MarkedYAMLError(problem=rule, problem_mark=node.start_mark)
        self.open.add(id(node))
        yield
        self.open.remove(id(node))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag not in {"tag:yaml.org,2002:float", "tag:yaml.org,2002:int"}]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
        r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+0123456789."),
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)$"), list("-+0123456789")
)
_Loader.yaml_constructors = {t: c for t, c in SafeConstructor.yaml_constructors.items() if "binary" not in str(t)}


class _Dumper(yaml.SafeDumper):
    """Writes text that `_Loader` would take for a number in quotes."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    tag: Any = _PLAIN.resolve(yaml.ScalarNode, value, (True, False))
    is_plain = value.replace("\n", "").isprintable()  # other line breaks of Unicode would be read as spaces
    return dumper.represent_scalar(TEXT, value, style='"' if not is_plain else None if tag == TEXT else "'")


TEXT = "tag:yaml.org,2002:str"
_PLAIN = _Loader("")
_Dumper.add_representer(str, _text)


def dump(data: Any) -> str:
    """Plain data as YAML text that reads back to the same data."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


PLAIN_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


@dataclass(slots=True)
class Document:
    """Plain data and, for each value, the line where it was written (from 1)."""

    data: Any
    length: int = 0  # characters, those of all its files
    lines: dict[Keys, int] = field(default_factory=dict[Keys, int])
    files: dict[Keys, str] = field(default_factory=dict[Keys, str])  # of the parts that stand in files of their own
    names: "Names" = field(default_factory=dict[int, tuple[list[Any], dict[Any, list[int]]]])  # of lists, for `find`

    def line(self, where: str) -> int | None:
        """The line of a dotted path, or of the nearest ancestor that was written."""
        keys = find(self.data, where, self.names)[0]
        return next((self.lines[keys[:n]] for n in range(len(keys), -1, -1) if keys[:n] in self.lines), None)

    def file(self, where: str) -> str:
        """The file in which the line stands, where it is not the spec itself; "" where it is."""
        keys = find(self.data, where, self.names)[0] if self.files else ()
        return next((self.files[keys[:n]] for n in range(len(keys) - 1, 0, -1) if keys[:n] in self.files), "")

    def put(self, path: str, value: object, flat: Keys | None = None) -> None:
        """Write a value at a dotted path; missing mappings on the way are made.

        The mapping at `flat` has dotted names as its keys: what is missing there is one key.
        """
        self.names.clear()
        keys, rest = find(self.data, path)
        if rest and keys == flat:
            rest = [".".join(rest)]
        here = self.data
        for key in keys if rest else keys[:-1]:
            here = here[key]
        for name in rest[:-1]:
            _writable(here, name, path)[name] = {}
            here = here[name]
        last = rest[-1] if rest else keys[-1]
        _writable(here, last, path)[last] = value


def _writable(here: object, key: str | int, path: str) -> Any:
    if is_mapping(here) or (is_list(here) and isinstance(key, int)):
        return here
    raise InputError(Problem(path, "there is no mapping to write into at this path", here))


def read(source: str | Path) -> Document:
    """Read YAML from a path, or from text when it holds a line break. Duplicate keys are mistakes, not overwrites."""
    if isinstance(source, str) and "\n" in source:
        return parse(source, "spec")
    try:
        text = read_text(Path(source), LENGTH)
    except FileNotFoundError:
        folder = Path(source).parent
        near = did_you_mean(Path(source).name, (p.name for p in folder.glob("*.y*ml"))) if folder.is_dir() else ""
        raise InputError(Problem(str(source), "the file does not exist", remedy=near)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(str(source), f"the file cannot be read: {error}")) from None
    return parse(text, str(source))


def parse(text: str, name: str, *, is_whole: bool = True) -> Document:
    """Parse YAML text; `name` stands for it in errors. A whole spec is a mapping of sections."""
    if len(text) > LENGTH:
        raise InputError(Problem(name, f"has more than {LENGTH:,} characters, which no spec needs"))
    document, problems = Document({}, len(text)), list[Problem]()
    try:
        with closing(_Loader(text)) as loader:
            if (node := loader.get_single_node()) is not None:
                document.data = _build(loader, node, (), document.lines, problems)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        mistake = getattr(error, "problem", None) or str(error).partition("\n")[0] or "cannot be read"
        raise InputError(Problem(name, f"is not valid YAML: {mistake}", line=mark and mark.line + 1)) from None
    if is_whole and not isinstance(document.data, dict):
        problems.append(Problem(name, "must be a mapping of sections (name, catalog, period, …)", document.data))
    if problems:
        raise InputError(problems)
    return document


def _build(loader: _Loader, node: yaml.Node, keys: Keys, lines: dict[Keys, int], problems: list[Problem]) -> Any:
    lines[keys] = node.start_mark.line + 1
    if isinstance(node, yaml.CollectionNode) and node.tag not in PLAIN_TAGS:
        raise yaml.MarkedYAMLError(problem=f"the tag {node.tag} is not plain data", problem_mark=node.start_mark)
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key must be plain text", problem_mark=key_node.start_mark)
            key = str(_scalar(loader, key_node))
            if key in data:
                place = ".".join(map(str, (*keys, key)))
                problems.append(Problem(place, "is written twice", line=key_node.start_mark.line + 1))
            with loader.building(value_node):
                data[key] = _build(loader, value_node, (*keys, key), lines, problems)
            lines[*keys, key] = key_node.start_mark.line + 1
        return data
    if isinstance(node, yaml.SequenceNode):
        items: list[Any] = []
        for n, item in enumerate(node.value):
            with loader.building(item):
                items.append(_build(loader, item, (*keys, n), lines, problems))
        return items
    return _scalar(loader, node)


def _scalar(loader: _Loader, node: yaml.Node) -> Any:
    if len(node.value) > NUMBER:
        return node.value
    try:
        value = loader.construct_object(node, deep=True)
    except (ValueError, LookupError, AttributeError):  # `!!bool x`, no such date: text, which its place refuses
        return node.value
    return _text_of(value, node.value) if isinstance(value, date) else value


def _text_of(moment: date, written: str) -> str:
    """A date or a time as text, as it is written where that is ISO 8601: a spec is plain data."""
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return moment.isoformat()
    return written


type Names = dict[int, tuple[list[Any], dict[Any, list[int]]]]  # id of a list → it, and where its elements' names are


def find(data: Any, path: str, indexed: Names | None = None) -> tuple[Keys, list[str]]:
    """Follow a dotted path: the keys that exist, and the names that do not.

    Keys may hold dots themselves ("strategy.tp_pct" in `search.space`, "SPY.ARCA"); an element of a list is named by
    its index or by its `name` ("venues.ARCA"). The names in long lists are kept in `indexed` for the next time.
    """
    indexed, names, keys, here = {} if indexed is None else indexed, path.split("."), list[str | int](), data
    while names:
        for length, key in _steps(here, names, indexed):
            keys.append(key)
            here, names = here[key], names[length:]
            break
        else:
            break
    return tuple(keys), names


def _steps(here: Any, names: Sequence[str], indexed: Names) -> Iterator[tuple[int, str | int]]:
    for length in range(len(names), 0, -1):
        name = ".".join(names[:length])
        if is_mapping(here) and name in here:
            yield length, name
        elif is_list(here):
            if name.isdecimal() and name == str(number := int(name[:NUMBER])) and number < len(here):
                yield length, number
            yield from ((length, n) for n in _positions(here, indexed).get(name, ()))


def _positions(items: list[Any], indexed: Names) -> dict[Any, list[int]]:
    """The elements of a list by their names."""
    if id(items) not in indexed or indexed[id(items)][0] is not items:
        positions: dict[Any, list[int]] = {}
        for n, item in enumerate(items):
            if is_mapping(item) and isinstance(name := item.get("name"), str):
                positions.setdefault(name, []).append(n)
        indexed[id(items)] = items, positions
    return indexed[id(items)][1]
