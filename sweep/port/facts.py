"""Facts about a source file of 1.x and its classes."""

from dataclasses import dataclass, field


@dataclass
class ClassFacts:
    """One class of the file."""

    name: str
    bases: list[str] = field(default_factory=list[str])
    kind: str = ""  # strategy, actor, algorithm, config, data, event, indicator, "" for another
    mixin: bool = False  # of that kind only by the classes that it is mixed into
    fields: dict[str, str] = field(default_factory=dict[str, str])  # annotated in its body: name -> type
    methods: set[str] = field(default_factory=set[str])
    types: dict[str, str] = field(default_factory=dict[str, str])  # of self.NAME
    returns: dict[str, str] = field(default_factory=dict[str, str])  # of self.NAME(), by the annotation
    assigned: set[str] = field(default_factory=set[str])  # NAME of self.NAME = ...
    config: str = ""  # the class of its config, as its __init__ says
    config_name: str = ""  # the parameter of __init__ that is the config
    parameters: list[str] = field(default_factory=list[str])  # of __init__, where it has no config
    lookups: dict[str, None] = field(default_factory=dict[str, None])  # kinds of objects that self keeps
    infinite: set[str] = field(default_factory=set[str])  # self.NAME that begins at infinity
    deferred: dict[str, str] = field(default_factory=dict[str, str])  # self.NAME -> the field with its id


@dataclass
class Survey:
    """Imports of a file from the engine, and its classes."""

    names: dict[str, str] = field(default_factory=dict[str, str])  # local name -> the symbol of 1.x
    modules: dict[str, str] = field(default_factory=dict[str, str])  # local name -> the engine's module
    local: set[str] = field(default_factory=set[str])  # modules that are imported and are not the engine's
    classes: dict[str, ClassFacts] = field(default_factory=dict[str, ClassFacts])
    attributes: set[str] = field(default_factory=set[str])  # every name after a dot
    foreign: set[str] = field(default_factory=set[str])  # local names that are imported from elsewhere
    old_indicators: set[str] = field(default_factory=set[str])  # made or fed as only those of sweep.compat are
    script: bool = False  # it builds a backtest, which becomes a spec
    bound: set[str] = field(default_factory=set[str])  # names that are assigned somewhere, as variables or arguments
    guarded: set[str] = field(default_factory=set[str])  # attributes that hasattr and getattr ask for
    settings: set[str] = field(default_factory=set[str])  # every keyword of a call that makes a config

    def symbol(self, name: str) -> str:
        """The engine's symbol behind a local name, "" for none."""
        return self.names.get(name, "")

    def defines(self, name: str) -> bool:
        """Tell whether a class of these files has a member of this name."""
        return any(name in facts.methods | facts.assigned | set(facts.fields) for facts in self.classes.values())

    def of_kind(self, *kinds: str) -> list[ClassFacts]:
        return [facts for facts in self.classes.values() if facts.kind in kinds]
