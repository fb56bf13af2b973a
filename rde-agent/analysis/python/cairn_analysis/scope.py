"""What is gathered while one unit is written down."""

from __future__ import annotations

import ast
import hashlib
import re
from typing import Any

WORD = re.compile(r"[^\W\d]\w*")
# More words than this in one unit are data: it then mentions everything.
MOST_WORDS = 4000
DIGITS = 32


def digest(texts: list[str]) -> str:
    """No text holds a line feed: constants are escaped and identifiers have none."""
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


class Scope:
    """One unit: what it says (`out`) and what it mentions."""

    __slots__ = (
        "bare",
        "chains",
        "declared",
        "deep",
        "everything",
        "first_parameter",
        "index",
        "is_meta",
        "kind",
        "label",
        "names",
        "out",
        "parent",
        "patched",
        "stars",
        "stores",
        "subtree",
        "triggers",
        "words",
        "yields",
    )

    def __init__(self, kind: str, label: str, index: int, parent: Scope | None) -> None:
        self.kind, self.label, self.index, self.parent = kind, label, index, parent
        # Inside of a function what a nested one mentions makes cells of the variables.
        self.deep = kind == "function" or (parent is not None and parent.deep)
        self.out: list[str] = []
        # Every name, those that are used other than as `name.attribute`, those that are bound here, and those declared global or nonlocal.
        self.names: set[str] = set()
        self.bare: set[str] = set()
        self.stores: set[str] = set()
        self.declared: set[str] = set()
        # Names of this unit and of all units inside it.
        self.subtree: set[str] = set()
        self.words: set[str] = set()
        # (name, "attribute.attribute"): resolved when all imports of the file are known.
        self.chains: set[tuple[str, str]] = set()
        # The same, of attributes that are set.
        self.patched: set[tuple[str, str]] = set()
        self.stars: list[str] = []
        self.triggers: dict[str, str] = {}
        self.first_parameter: str | None = None
        self.everything = False
        self.is_meta = False
        self.yields = False

    def trigger(self, level: str, word: str) -> None:
        self.triggers.setdefault(level, word)

    def mention(self, text: str) -> None:
        """Every word of a string may become a name."""
        if self.everything:
            return
        self.words.update(WORD.findall(text))
        if len(self.words) > MOST_WORDS:
            self.everything = True

    def globals(self) -> set[str]:
        """Names that are not its own variables. Of a module and a class: all that are read."""
        return self.names - (self.stores - self.declared) if self.kind == "function" else self.names


def to_label(parent: Scope | None, name: str) -> str:
    return name if parent is None or parent.parent is None else f"{parent.label}.{name}"


def to_constant(value: Any) -> str:
    """With its type, so that `1`, `1.0` and `True` differ, and exactly."""
    kind = type(value)
    if kind is str:
        return "s" + repr(value)
    if kind is int:
        return "i" + hex(value)
    if kind is float:
        return "f" + value.hex()
    if kind is complex:
        return f"c{value.real.hex()},{value.imag.hex()}"
    if kind is bytes:
        return "b" + repr(value)
    if kind is tuple or kind is frozenset:
        inside = [to_constant(item) for item in value]
        return f"{kind.__name__}({','.join(inside if kind is tuple else sorted(inside))})"
    return "k" + repr(value)


def new_scope(kind: str, name: str, index: int, parent: Scope, node: Any) -> Scope:
    scope = Scope(kind, to_label(parent, name), index, parent)
    if kind == "function":
        arguments = node.args
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        scope.stores.update(one.arg for one in [*given, arguments.vararg, arguments.kwarg] if one is not None)
        if parent.kind == "class" and given and not parent.is_meta and not is_of_class(node):
            scope.first_parameter = given[0].arg
    elif kind == "class":
        scope.is_meta = any(to_last_name(base) == "type" or to_last_name(base).endswith("Meta") for base in node.bases)
    return scope


def is_of_class(node: Any) -> bool:
    """Its first parameter is a class, as far as one can see."""
    decorated = any(to_last_name(one) in ("classmethod", "staticmethod") for one in getattr(node, "decorator_list", ()))
    return decorated or getattr(node, "name", "") in ("__new__", "__init_subclass__", "__class_getitem__")


def to_last_name(node: ast.expr) -> str:
    return node.id if type(node) is ast.Name else node.attr if type(node) is ast.Attribute else ""
