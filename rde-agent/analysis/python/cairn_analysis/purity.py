"""Whether a statement of a module body does nothing but bind one name (trace-identity.md §3.3)."""

from __future__ import annotations

import ast
import re
import sys

from cairn_analysis.annotations import Annotations
from cairn_analysis.bindings import Bindings, of_target
from cairn_analysis.classes import is_pure_class
from cairn_analysis.expressions import Names
from cairn_analysis.known import STANDARD, WRAPPERS, WRAPPERS_OF_CLASSES

# Annotations that nobody asks for are never evaluated.
LAZY = sys.version_info >= (3, 14)

MAIN_GUARDS = frozenset(ast.dump(ast.parse(text, mode="eval").body) for text in ('__name__ == "__main__"', '"__main__" == __name__'))
GLOBAL = re.compile(rb"\bglobal(\\|[ \t\f][^\n\r;#]*)")


class Purity:
    """Asked about the statements of one module body in their order."""

    def __init__(self, tree: ast.Module, source: bytes) -> None:
        self.names = Names()
        future = any(isinstance(one, ast.ImportFrom) and one.module == "__future__" and is_lazy(one) for one in tree.body)
        self.annotations = Annotations(self.names, LAZY or future)
        self.bindings = Bindings(source)
        self._bound = {id(node): self.bindings.names(node) for node in tree.body}
        for node in tree.body:
            self._note(node)
        self.names.spoil(list_globals(tree, source))

    def _note(self, node: ast.stmt) -> None:
        self.names.add(self._bound[id(node)])
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module in STANDARD:
            for alias in node.names:
                self.names.standard[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in STANDARD and (alias.asname or "." not in alias.name):
                    self.names.standard[alias.asname or alias.name] = alias.name

    def judge(self, node: ast.stmt) -> list[str] | None:
        """None = it may do more; else digests of what it evaluates and what is harmless only where it was evaluated before."""
        self.annotations.needs = set()
        pure = self.is_pure(node)
        self.names.settle(self.firm_names(node))
        return sorted(self.annotations.needs) if pure else None

    def bound(self, node: ast.stmt) -> list[str]:
        """Of a statement of the module body."""
        return self._bound[id(node)]

    def firm_names(self, node: ast.stmt) -> list[str]:
        """Names that are bound for certain once the statement is over."""
        if isinstance(node, ast.Assign):
            return [name for target in node.targets for name in of_target(target)]
        if isinstance(node, ast.AnnAssign) and node.value is None:
            return []
        simple = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.AnnAssign, ast.Import, ast.ImportFrom)
        return self._bound[id(node)] if isinstance(node, simple) else []

    def is_main_guard(self, node: ast.stmt) -> bool:
        """`if __name__ == "__main__":`, whose body never runs in a task: its files are imported under names of their own."""
        if not isinstance(node, ast.If) or node.orelse or self.names.is_bound("__name__"):
            return False
        return ast.dump(node.test) in MAIN_GUARDS

    def is_pure(self, node: ast.stmt) -> bool:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.is_pure_function(node)
        if isinstance(node, ast.ClassDef):
            return is_pure_class(node, self)
        if isinstance(node, ast.Assign):
            return len(node.targets) == 1 and isinstance(node.targets[0], ast.Name) and self.is_pure_value(node.value)
        if isinstance(node, ast.AnnAssign):
            # Without a value it binds nothing: it must not pass for what a name is bound to.
            plain = isinstance(node.target, ast.Name) and node.value is not None and self.is_pure_value(node.value)
            return plain and self.annotations.is_pure(node.annotation)
        return False

    def is_pure_value(self, node: ast.expr) -> bool:
        return self.is_pure_head(node.args) if isinstance(node, ast.Lambda) else self.names.is_pure(node)

    def is_pure_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, properties: frozenset[str] | None = None) -> bool:
        """`properties`: those of the class around it; None = there is none."""
        # A property or a class method can be wrapped by nothing: it comes first.
        inner = [self.is_wrapper(one, properties if place == 0 else None) for place, one in enumerate(node.decorator_list)]
        if getattr(node, "type_params", None) or not all(inner):
            return False
        return self.is_pure_head(node.args) and (node.returns is None or self.annotations.is_pure(node.returns))

    def is_wrapper(self, node: ast.expr, properties: frozenset[str] | None) -> bool:
        if isinstance(node, ast.Call):
            sizes = all(
                isinstance(one, ast.Constant) and isinstance(one.value, (int, type(None)))
                for one in [*node.args, *[k.value for k in node.keywords]]
            )
            named = all(keyword.arg in ("maxsize", "typed") for keyword in node.keywords) and len(node.args) <= 1
            named = named and not (node.args and any(keyword.arg == "maxsize" for keyword in node.keywords))
            return sizes and named and self.names.to_standard(node.func) == "functools.lru_cache"
        if self.names.to_standard(node) in WRAPPERS:
            return True
        if properties is None:
            return False
        if isinstance(node, ast.Name):
            return node.id in WRAPPERS_OF_CLASSES and self.names.is_builtin(node.id)
        changes = isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter") and isinstance(node.value, ast.Name)
        return changes and node.value.id in properties

    def is_pure_head(self, arguments: ast.arguments) -> bool:
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        defaults = [*arguments.defaults, *arguments.kw_defaults]
        return all(one is None or self.names.is_pure(one) for one in defaults) and all(
            one is None or one.annotation is None or self.annotations.is_pure(one.annotation) for one in given
        )


def is_lazy(node: ast.ImportFrom) -> bool:
    return any(alias.name == "annotations" for alias in node.names)


def list_globals(tree: ast.Module, source: bytes) -> list[str]:
    """Names that functions may bind, or that at least some text says so of."""
    found = GLOBAL.findall(source)
    if all(names.isascii() and b"\\" not in names for names in found):
        return [name.strip() for names in found for name in names.decode().split(",")]
    return [name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names]
