"""Annotations of a module body: which of them only look names up."""

from __future__ import annotations

import ast
import hashlib
import re

from cairn_analysis.expressions import Names
from cairn_analysis.known import ABSTRACT, GENERIC, TYPES, TYPING, TYPING_PLAIN

NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class Annotations:
    def __init__(self, names: Names, is_lazy: bool) -> None:
        self._names = names
        self.is_lazy = is_lazy
        # Digests of expressions that are harmless where the same one was evaluated before.
        self.needs: set[str] = set()

    def is_pure(self, node: ast.expr) -> bool:
        if self.is_lazy or isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return self._names.is_pure(node)
        if self.is_type(node):
            return True
        if self.is_needed(node):
            self.needs.add(hashlib.sha256(ast.dump(node).encode("utf-8", "surrogatepass")).hexdigest()[:16])
            return True
        return False

    def is_type(self, node: ast.expr) -> bool:
        """A type of the builtins or of `typing`, whatever stands in its brackets: it can be made."""
        if isinstance(node, ast.Name):
            return (node.id in TYPES and self._names.is_builtin(node.id)) or self.to_typing(node) in TYPING_PLAIN
        if isinstance(node, ast.Subscript):
            return self.is_generic(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = [node.left, node.right]
            return all(is_none(side) or self.is_type(side) for side in sides) and not all(is_none(side) for side in sides)
        return False

    def is_generic(self, node: ast.Subscript) -> bool:
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if isinstance(node.value, ast.Name) and node.value.id in GENERIC and self._names.is_builtin(node.value.id):
            return all(self.is_argument(one) or is_dots(one) for one in arguments)
        standard = self._names.to_standard(node.value) or ""
        module, _, name = standard.rpartition(".")
        if module == "collections.abc" and name in ABSTRACT:
            return all(self.is_argument(one) for one in arguments)
        if module != "typing" or name not in TYPING or not arguments:
            return False
        count = TYPING[name]
        fits = count is None or count == len(arguments)
        return fits and all(
            self.is_argument(one) or (name == "Tuple" and len(arguments) == 2 and one is arguments[1] and is_dots(one)) for one in arguments
        )

    def is_argument(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant):
            return node.value is None or (isinstance(node.value, str) and NAME.fullmatch(node.value) is not None)
        return self.is_type(node)

    def to_typing(self, node: ast.expr) -> str | None:
        standard = self._names.to_standard(node)
        return standard.removeprefix("typing.") if standard is not None and standard.startswith("typing.") else None

    def is_needed(self, node: ast.expr) -> bool:
        """Made of names that are known here: what it evaluates to is not."""
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return self._names.is_pure(node)
        if isinstance(node, ast.Attribute):
            return self.is_needed(node.value) and not isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Subscript):
            return self.is_needed(node.value) and self.is_needed(node.slice)
        if isinstance(node, ast.BinOp):
            return isinstance(node.op, ast.BitOr) and self.is_needed(node.left) and self.is_needed(node.right)
        return isinstance(node, (ast.Tuple, ast.List)) and all(self.is_needed(one) for one in node.elts)


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
