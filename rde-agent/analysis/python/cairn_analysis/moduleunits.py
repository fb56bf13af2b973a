"""The units of one file, in the order of the tree, with what each of them says and mentions."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Any

from cairn_analysis import triggers
from cairn_analysis.bindings import Bindings
from cairn_analysis.purity import Purity
from cairn_analysis.scope import Scope, digest, new_scope
from cairn_analysis.writer import Writer

LONGEST_TEXT = 60


class ModuleUnits(Writer):
    def __init__(self, tree: ast.Module, source: bytes) -> None:
        super().__init__()
        self._tree = tree
        self._source = source
        self._bindings = Bindings(source)
        self._lines = source.splitlines()
        self._units: list[dict[str, Any]] = []
        self._scopes: list[Scope] = []
        self._statements: list[dict[str, Any]] = []
        self._docs: list[tuple[str, str]] = []
        # Lines that never run
        self._skipped: list[list[Any]] = []
        self._guarded: list[str] = []
        self._last_line = max(1, len(self._lines))

    def to_skeleton(self) -> dict[str, Any]:
        """Raises SyntaxError for what parses and yet does not compile."""
        code = compile(self._tree, "<source>", "exec", dont_inherit=True)
        self._add(self.scope, None, 1, self._last_line, "<module>")
        self._note_docstring(self._tree.body, self.scope)
        self._write_body(self._tree.body, Purity(self._tree, self._source))
        self._finish(self.scope)
        words = Table()
        for unit, scope in zip(self._units, self._scopes):
            self._add_mentions(unit, scope, words)
        return {
            "parses": True,
            "units": self._units,
            "aliases": self._to_aliases(code),
            "statements": self._statements,
            "imports": sorted([name, path] for name, paths in self.imports.items() for path in paths),
            "skipped": self._skipped,
            "guarded": digest(self._guarded),
            # Of one label the last is bound: their order counts.
            "docs": digest([f"{label} {text}" for label, text in sorted(self._docs, key=lambda doc: doc[0])]),
            "words": words.texts,
        }

    # Units

    def _add(self, scope: Scope, parent: int | None, line: int, end: int, name: str) -> None:
        self._units.append({"kind": scope.kind, "label": scope.label, "parent": parent, "line": line, "end": end, "name": name})
        self._scopes.append(scope)

    def enter(self, kind: str, name: str, node: Any) -> Scope:
        parent = self.scope
        scope = new_scope(kind, name, len(self._units), parent, node)
        decorators = getattr(node, "decorator_list", None)
        line = decorators[0].lineno if decorators else node.lineno
        own = "<lambda>" if type(node) is ast.Lambda else node.name
        self._add(scope, parent.index, line, node.end_lineno or node.lineno, own)
        if type(node) is not ast.Lambda:
            self._note_docstring(node.body, scope)
        self.scope = scope
        return scope

    def leave(self, scope: Scope, node: Any) -> None:
        self._finish(scope)

    def _finish(self, scope: Scope) -> None:
        scope.subtree |= scope.names
        self._units[scope.index]["digest"] = digest(scope.out)
        scope.out = []

    def _note_docstring(self, body: list[ast.stmt], scope: Scope) -> None:
        first = body[0] if body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            self._docs.append((scope.label, repr(first.value.value)))
            self._units[scope.index]["doc"] = digest([repr(first.value.value)])

    # Bodies whose statements are compared one by one

    def write_class_body(self, node: ast.ClassDef) -> None:
        self._write_body(node.body, None)

    def _write_body(self, body: list[ast.stmt], purity: Purity | None) -> None:
        scope = self.scope
        digests: list[str] = []
        for node in body:
            kind = type(node)
            if kind is ast.Pass or (kind is ast.Expr and type(node.value) is ast.Constant):
                continue
            pure = purity.judge(node) if purity is not None else None
            if purity is not None and purity.is_main_guard(node):
                self._skipped.append([node.lineno, node.end_lineno])
                self._guarded.append(ast.dump(node))
                continue
            scope.out = []
            first = len(self._units)
            at = len(self._statements)
            self._statements.append({})
            was, self.pure_stores = self.pure_stores, pure is not None and kind in (ast.Assign, ast.AnnAssign)
            self.write(node)
            self.pure_stores = was
            digests.append(digest(scope.out))
            self._statements[at] = self._to_statement(node, digests[-1], first, purity, pure)
        scope.out = digests

    def _to_statement(self, node: ast.stmt, own: str, first: int, purity: Purity | None, pure: list[str] | None) -> dict[str, Any]:
        names = self._bindings.names(node) if purity is None else purity.bound(node)
        statement: dict[str, Any] = {
            "unit": self.scope.index,
            "label": ", ".join(names) if 0 < len(names) <= 3 else self._to_text(node),
            "line": node.lineno,
            "digest": own,
            "units": [first, len(self._units)],
        }
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            value = self._to_value(node.value)
            if value is not None:
                statement["value"] = value
        if pure is not None:
            statement["binds"] = names[0]
            if pure:
                statement["needs"] = pure
        return statement

    def _to_value(self, node: ast.expr) -> str | None:
        """The text of a short value that stands on one line."""
        if node.lineno != node.end_lineno or (node.end_col_offset or 0) - node.col_offset > LONGEST_TEXT or node.lineno > len(self._lines):
            return None
        return self._lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode("utf-8", "replace")

    def _to_text(self, node: ast.stmt) -> str:
        if node.lineno > len(self._lines):
            return type(node).__name__
        text = self._lines[node.lineno - 1].decode("utf-8", "replace").strip()
        return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"

    # Mentions

    def _add_mentions(self, unit: dict[str, Any], scope: Scope, words: Table) -> None:
        refs = set()
        for name in scope.bare & self.imports.keys():
            for path in self.imports[name]:
                refs.add(path)
                self._judge_path(scope, path, name)
        for name, chain in scope.chains:
            for path in self.imports.get(name, ()):
                refs.add(f"{path}.{chain}")
                self._judge_chain(scope, f"{path}.{chain}")
        for name, chain in scope.patched:
            if any(path.split(".")[0] in triggers.TRUSTED for path in self.imports.get(name, ())):
                scope.trigger(triggers.NAMES, f"{name}.{chain} is set")
        unit["names"] = words.to_places(scope.globals())
        unit["words"] = words.to_places(scope.words)
        unit["refs"] = words.to_places(refs)
        for key, value in (("triggers", sorted(scope.triggers.items())), ("stars", sorted(scope.stars)), ("everything", scope.everything)):
            if value:
                unit[key] = value

    def _judge_path(self, scope: Scope, path: str, name: str) -> None:
        if path in triggers.POWERFUL:
            scope.trigger(triggers.NAMES, f"{name} handed on")
        self._judge_chain(scope, path)

    def _judge_chain(self, scope: Scope, path: str) -> None:
        parts = path.split(".", 2)
        level = triggers.BY_PATH.get(".".join(parts[:2]))
        if level is not None:
            scope.trigger(level, ".".join(parts[:2]))

    # Code objects that are no units

    def _to_aliases(self, code: CodeType) -> list[list[Any]]:
        """Comprehensions, scopes of type parameters and the like: as CPython names them, with the unit that they belong to."""
        children: list[dict[tuple[int, str], list[int]]] = [{} for _ in self._units]
        for index, unit in enumerate(self._units[1:], 1):
            children[unit["parent"]].setdefault((unit["line"], unit["name"]), []).append(index)
        found: set[tuple[int, str, int]] = set()
        waiting: list[tuple[CodeType, list[int]]] = [(code, [0])]
        while waiting:
            outer, owners = waiting.pop()
            for inner in outer.co_consts:
                if not isinstance(inner, CodeType):
                    continue
                place = (inner.co_firstlineno, inner.co_name)
                units = [index for owner in owners for index in children[owner].get(place, ())]
                if not units and not self._is_skipped(inner.co_firstlineno):
                    found.update((*place, owner) for owner in owners)
                waiting.append((inner, units or owners))
        return [list(one) for one in sorted(found)]

    def _is_skipped(self, line: int) -> bool:
        return any(first <= line <= last for first, last in self._skipped)


class Table:
    """Texts by their place, each once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[str, int] = {}

    def to_places(self, texts: set[str]) -> list[int]:
        places = []
        for text in sorted(texts):
            place = self._places.get(text)
            if place is None:
                place = self._places[text] = len(self.texts)
                self.texts.append(text)
            places.append(place)
        return places
