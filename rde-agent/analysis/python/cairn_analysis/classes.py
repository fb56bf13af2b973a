"""Classes whose making does nothing but bind their name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cairn_analysis.expressions import is_number
from cairn_analysis.known import BASES, ENUMS, FACTORIES, is_dunder

if TYPE_CHECKING:
    from cairn_analysis.purity import Purity

# What dataclasses treat in a way of its own.
SPECIAL_FIELDS = frozenset({"ClassVar", "InitVar", "KW_ONLY", "Final"})
FIELD_OPTIONS = frozenset({"default", "default_factory", "repr", "compare", "hash", "init"})
NO_MEMBERS = frozenset({"mro", "name", "value"})


def is_pure_class(node: ast.ClassDef, purity: Purity) -> bool:
    if node.keywords or getattr(node, "type_params", None) or len(node.bases) > 1 or len(node.decorator_list) > 1:
        return False
    kind = to_kind(node, purity)
    if kind is None or (node.decorator_list and (kind != "plain" or not is_dataclass(node.decorator_list[0], purity))):
        return False
    names = purity.names
    before, names.hidden = names.hidden, frozenset(name for one in node.body for name in purity.bindings.names(one))
    try:
        body = Body(node, purity, "dataclass" if node.decorator_list else kind)
        return all(body.is_pure(one) for one in node.body)
    finally:
        names.hidden = before


def to_kind(node: ast.ClassDef, purity: Purity) -> str | None:
    if not node.bases:
        return "plain"
    base = node.bases[0]
    if isinstance(base, ast.Name) and base.id in BASES and purity.names.is_builtin(base.id):
        return "plain"
    standard = purity.names.to_standard(base)
    if standard == "abc.ABC":
        return "plain"
    return standard if standard in ENUMS or standard in ("typing.NamedTuple", "typing.TypedDict") else None


def is_dataclass(node: ast.expr, purity: Purity) -> bool:
    if isinstance(node, ast.Call):
        options = [keyword.arg in ("frozen", "repr") and isinstance(keyword.value, ast.Constant) for keyword in node.keywords]
        return not node.args and all(options) and is_dataclass(node.func, purity)
    return purity.names.to_standard(node) == "dataclasses.dataclass"


class Body:
    """The statements of one class body, in their order."""

    def __init__(self, node: ast.ClassDef, purity: Purity, kind: str) -> None:
        self._purity = purity
        self._kind = kind
        self._seen: set[str] = set()
        self._properties: set[str] = set()
        self._has_default = False
        self._has_text = False

    def is_pure(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            return True
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.is_pure_method(node)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            return self.is_pure_value(node.targets[0].id, node.value)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            return self.is_pure_field(node.target.id, node)
        return False

    def is_pure_method(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        name = node.name
        if self._kind == "typing.TypedDict" or (is_dunder(name) and (name != "__init__" or self._kind != "plain")):
            return False
        changes = any(isinstance(one, ast.Attribute) for one in node.decorator_list)
        if self._kind != "plain" and name in self._seen and not changes:
            return False
        # Some of these are reserved.
        if (self._kind in ENUMS or self._kind == "typing.NamedTuple") and name.startswith("_"):
            return False
        pure = self._purity.is_pure_function(node, frozenset(self._properties))
        if any(isinstance(one, ast.Name) and one.id == "property" for one in node.decorator_list):
            self._properties.add(name)
        elif not changes:
            self._properties.discard(name)
        self._seen.add(name)
        return pure

    def is_pure_value(self, name: str, value: ast.expr) -> bool:
        if is_dunder(name) or self._kind in ("typing.TypedDict", "typing.NamedTuple"):
            return False
        self._properties.discard(name)
        if self._kind in ENUMS:
            return self.is_member(name, value)
        if self._kind == "dataclass" and name in self._seen:
            return False
        self._seen.add(name)
        return self._purity.is_pure_value(value)

    def is_member(self, name: str, value: ast.expr) -> bool:
        if name in self._seen or name in NO_MEMBERS or name.startswith("_"):
            return False
        self._seen.add(name)
        if isinstance(value, ast.Call):
            # It counts on from what was before it, and nothing comes after a text.
            plain = not value.args and not value.keywords and not self._has_text
            return plain and self._purity.names.to_standard(value.func) == "enum.auto"
        self._has_text = self._has_text or (isinstance(value, ast.Constant) and isinstance(value.value, str))
        return isinstance(value, ast.Constant) and type(value.value) in ENUMS[self._kind]

    def is_pure_field(self, name: str, node: ast.AnnAssign) -> bool:
        if is_dunder(name) or self._kind in ENUMS or not self._purity.annotations.is_pure(node.annotation):
            return False
        if self._kind == "plain":
            self._properties.discard(name)
            return node.value is None or self._purity.is_pure_value(node.value)
        if name in self._seen or self._kind == "typing.TypedDict":
            return name not in self._seen and node.value is None
        if self._kind == "typing.NamedTuple" and (name.startswith("_") or not self.is_checked_type(node.annotation)):
            return False
        self._seen.add(name)
        return self.is_default(node.value) and not mentions(node.annotation, SPECIAL_FIELDS)

    def is_checked_type(self, node: ast.expr) -> bool:
        """`NamedTuple` looks at what it is given."""
        annotations = self._purity.annotations
        return annotations.is_lazy or annotations.is_type(node) or not isinstance(node, (ast.Name, ast.Constant))

    def is_default(self, value: ast.expr | None) -> bool:
        """A field without a default must not follow one with it."""
        if value is None:
            return not self._has_default
        if self._kind == "dataclass" and isinstance(value, ast.Call):
            return self.is_field_call(value)
        self._has_default = True
        return is_immutable(value)

    def is_field_call(self, node: ast.Call) -> bool:
        if node.args or self._purity.names.to_standard(node.func) != "dataclasses.field":
            return False
        options = {keyword.arg: keyword.value for keyword in node.keywords}
        if not options.keys() <= FIELD_OPTIONS or {"default", "default_factory"} <= options.keys():
            return False
        # Whether it takes part in `__init__` decides whether it may follow: those that do not are left to the strict comparison.
        if "init" in options:
            return False
        factory = options.pop("default_factory", None)
        if factory is not None and not (
            isinstance(factory, ast.Name) and factory.id in FACTORIES and self._purity.names.is_builtin(factory.id)
        ):
            return False
        has_default = factory is not None or "default" in options
        if not has_default and self._has_default:
            return False
        self._has_default = self._has_default or has_default
        return all(is_immutable(value) for value in options.values())


def is_immutable(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(is_immutable(one) for one in node.elts)
    return isinstance(node, ast.Constant) or is_number(node)


def mentions(node: ast.expr, words: frozenset[str]) -> bool:
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and one.id in words:
            return True
        if isinstance(one, ast.Attribute) and one.attr in words:
            return True
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and any(word in one.value for word in words):
            return True
    return False
