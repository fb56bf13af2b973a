"""Our own serialisation of syntax: without positions, comments, docstrings and `pass`; nested functions and classes as headers."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from cairn_analysis import triggers
from cairn_analysis.plans import PLANS
from cairn_analysis.scope import Scope, to_constant


class Writer:
    """Writes nodes into the scope of the unit that they belong to. Subclasses keep the units."""

    def __init__(self) -> None:
        self.scope = Scope("module", "<module>", 0, None)
        # name → what it may be: dotted paths, with a leading dot for each level of a relative import
        self.imports: dict[str, set[str]] = {}
        self._target = False
        self._quiet: ast.AST | None = None
        self._binding: str | None = None
        self.pure_stores = False

    def enter(self, kind: str, name: str, node: Any) -> Scope:
        raise NotImplementedError

    def leave(self, scope: Scope, node: Any) -> None:
        raise NotImplementedError

    def write(self, node: Any) -> None:
        HANDLERS[type(node)](self, node)

    def write_fields(self, node: Any) -> None:
        kind = type(node)
        tag, fields = PLANS[kind]
        out = self.scope.out
        out.append(tag)
        if not fields:
            return
        for field in fields:
            value = getattr(node, field, None)
            handler = HANDLERS.get(type(value))
            if handler is not None:
                handler(self, value)
            elif type(value) is list:
                self.write_list(value)
            else:
                out.append(to_constant(value))
        out.append(")")

    def write_value(self, value: Any) -> None:
        if isinstance(value, ast.AST):
            self.write(value)
        elif type(value) is list:
            self.write_list(value)
        else:
            self.scope.out.append(to_constant(value))

    def write_list(self, values: list[Any]) -> None:
        out = self.scope.out
        out.append("[")
        for value in values:
            kind = type(value)
            if kind is ast.Pass or (kind is ast.Expr and type(value.value) is ast.Constant):
                continue
            handler = HANDLERS.get(kind)
            if handler is not None:
                handler(self, value)
            else:
                out.append(to_constant(value))
        out.append("]")

    def write_name(self, node: ast.Name) -> None:
        scope, name = self.scope, node.id
        if type(node.ctx) is ast.Store:
            if not self._target:
                scope.stores.add(name)
            if self.pure_stores or scope.kind == "class":
                scope.subtree.add(name)
                scope.out.append("n" + name)
                return
        scope.names.add(name)
        scope.bare.add(name)
        level = triggers.BY_WORD.get(name) or triggers.BY_NAME.get(name)
        if level is not None:
            scope.trigger(level, name)
            if name == "locals":
                scope.trigger(triggers.OWN, name)
        elif name in triggers.LOOKUPS or name in triggers.LISTINGS or name in triggers.GETTERS or name in triggers.IMPORTERS:
            scope.trigger(triggers.NAMES, name)
        scope.out.append("n" + name)

    def write_constant(self, node: ast.Constant) -> None:
        value = node.value
        if type(value) is str:
            self.mention(value)
        elif type(value) is bytes:
            self.mention(value.decode("latin-1"))
        self.scope.out.append(to_constant(value))

    def mention(self, text: str) -> None:
        scope = self.scope
        scope.mention(text)
        for word in triggers.BY_TEXT.keys() & scope.words if "_" in text or "lineno" in text or "funcName" in text else ():
            scope.trigger(triggers.BY_TEXT[word], word)

    def write_unread(self, node: Any) -> None:
        """A constant that is a key or an index: it names nothing."""
        if type(node) is ast.Constant:
            self.scope.out.append(to_constant(node.value))
        else:
            self.write(node)

    def write_attribute(self, node: ast.Attribute) -> None:
        scope = self.scope
        attributes = [node.attr]
        value: Any = node.value
        while type(value) is ast.Attribute:
            attributes.append(value.attr)
            value = value.value
        scope.words.update(attributes)
        attributes.reverse()
        dotted = ".".join(attributes)
        for word in attributes:
            level = triggers.BY_WORD.get(word)
            if level is not None:
                scope.trigger(level, word)
        if "__dict__" in attributes and node is not self._quiet:
            own = type(value) is ast.Name and value.id == scope.first_parameter and attributes[0] == "__dict__"
            if not own:
                scope.trigger(triggers.SPACES, "__dict__")
        if type(value) is ast.Name:
            scope.names.add(value.id)
            scope.chains.add((value.id, dotted))
            if type(node.ctx) is not ast.Load:
                scope.patched.add((value.id, dotted))
            scope.out.append(f"A{value.id}.{dotted}")
            return
        scope.out.append("a" + dotted)
        if type(value) is ast.Call and to_called(value) in triggers.IMPORTERS:
            self._quiet = value
        self.write(value)

    def write_subscript(self, node: ast.Subscript) -> None:
        scope = self.scope
        scope.out.append("Subscript(")
        value = node.value
        spaces = type(value) is ast.Attribute and value.attr == "__dict__"
        if spaces and type(node.slice) is ast.Constant:
            self._quiet = value
        self.write(value)
        # A key of a namespace names what is looked up.
        if spaces or (type(value) is ast.Call and to_called(value) in {"vars", "globals", "locals"}):
            self.write(node.slice)
        else:
            self.write_unread(node.slice)
        scope.out.append(")")

    def write_dict(self, node: ast.Dict) -> None:
        out = self.scope.out
        out.append("Dict(")
        for key, value in zip(node.keys, node.values):
            if key is None:
                out.append("**")
            else:
                self.write_unread(key)
            self.write(value)
        out.append(")")

    def write_call(self, node: ast.Call) -> None:
        scope, function = self.scope, node.func
        scope.out.append("Call(")
        called = to_called(node)
        if called is None or not self.judge_lookup(node, called):
            self.write(function)
        elif type(function) is ast.Name:
            # Called as usual: the name itself is not handed on.
            scope.names.add(function.id)
            scope.out.append("n" + function.id)
        else:
            self.write(function)
        self.write_list(node.args)
        self.write_list(node.keywords)
        scope.out.append(")")

    def judge_lookup(self, node: ast.Call, called: str) -> bool:
        """True for a function that looks names up; what that widens is then known."""
        scope, plain = self.scope, type(node.func) is ast.Name
        given = [*node.args, *[keyword.value for keyword in node.keywords]]
        if called in triggers.LOOKUPS and plain:
            if len(node.args) < 2 or type(node.args[1]) is not ast.Constant:
                scope.trigger(triggers.COMPUTED, called)
            if called in ("setattr", "delattr") and node.args and type(node.args[0]) is ast.Name:
                scope.patched.add((node.args[0].id, "*"))
            return True
        if called in triggers.LISTINGS and plain:
            scope.trigger(triggers.REFLECTS if given else triggers.OWN, called)
            return True
        if called in triggers.GETTERS:
            if not all(type(one) is ast.Constant for one in given):
                scope.trigger(triggers.NAMES, called)
            return plain
        if called in triggers.IMPORTERS:
            if node is not self._quiet:
                scope.trigger(triggers.NAMES, called)
            return plain
        return False

    def write_comprehension(self, node: ast.comprehension) -> None:
        out = self.scope.out
        out.append("comprehension(" + str(node.is_async))
        was, self._target = self._target, True
        self.write(node.target)
        self._target = was
        self.write(node.iter)
        self.write_list(node.ifs)
        out.append(")")

    def write_walrus(self, node: ast.NamedExpr) -> None:
        was, self._target = self._target, True
        self.write_fields(node)
        self._target = was

    def write_assign(self, node: ast.Assign) -> None:
        if type(node.value) is ast.Lambda and len(node.targets) == 1 and type(node.targets[0]) is ast.Name:
            self._binding = node.targets[0].id
        self.write_fields(node)

    def write_augmented(self, node: ast.AugAssign) -> None:
        if type(node.target) is ast.Name:
            self.scope.names.add(node.target.id)
        self.write_fields(node)

    def write_handler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None:
            self.scope.stores.add(node.name)
        self.write_fields(node)

    def write_capture(self, node: Any) -> None:
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if name is not None:
            self.scope.stores.add(name)
        self.write_fields(node)

    def write_class_pattern(self, node: Any) -> None:
        self.scope.words.update(node.kwd_attrs)
        self.write_fields(node)

    def write_declaration(self, node: Any) -> None:
        self.scope.declared.update(node.names)
        self.scope.names.update(node.names)
        self.write_fields(node)

    def write_yield(self, node: Any) -> None:
        self.scope.yields = True
        self.write_fields(node)

    def write_import(self, node: ast.Import) -> None:
        scope = self.scope
        for alias in node.names:
            top = alias.name.partition(".")[0]
            scope.words.update(alias.name.split("."))
            self.bind_import(alias.asname or top, alias.name if alias.asname else top)
            self.judge_import(top)
        self.write_fields(node)

    def write_import_from(self, node: ast.ImportFrom) -> None:
        scope, module = self.scope, node.module or ""
        base = "." * node.level + module
        for alias in node.names:
            if alias.name == "*":
                scope.stars.append(base)
                continue
            scope.words.add(alias.name)
            level = triggers.BY_WORD.get(alias.name)
            if level is not None:
                scope.trigger(level, alias.name)
            self.bind_import(alias.asname or alias.name, f"{base}.{alias.name}" if module else f"{base}{alias.name}")
        scope.words.update(part for part in module.split(".") if part)
        if node.level == 0:
            self.judge_import(module.partition(".")[0])
        self.write_fields(node)

    def bind_import(self, name: str, path: str) -> None:
        self.scope.stores.add(name)
        self.imports.setdefault(name, set()).add(path)

    def judge_import(self, top: str) -> None:
        level = triggers.BY_IMPORT.get(top)
        if level is not None:
            self.scope.trigger(level, f"import {top}")

    def write_function(self, node: Any) -> None:
        scope = self.scope
        scope.stores.add(node.name)
        scope.out.append(f"{type(node).__name__} {node.name}(")
        self.write_list(node.decorator_list)
        self.write(node.args)
        self.write_value(node.returns)
        self.write_value(getattr(node, "type_params", None))
        inner = self.enter("function", node.name, node)
        self.write_list(node.body)
        self.end_unit(inner, node)

    def write_lambda(self, node: ast.Lambda) -> None:
        name, self._binding = self._binding or "<lambda>", None
        self.scope.out.append("Lambda(")
        self.write(node.args)
        inner = self.enter("function", name, node)
        self.write(node.body)
        self.end_unit(inner, node)

    def write_class(self, node: ast.ClassDef) -> None:
        scope = self.scope
        scope.stores.add(node.name)
        scope.out.append(f"ClassDef {node.name}(")
        self.write_list(node.decorator_list)
        self.write_list(node.bases)
        self.write_list(node.keywords)
        self.write_value(getattr(node, "type_params", None))
        inner = self.enter("class", node.name, node)
        self.write_class_body(node)
        self.end_unit(inner, node)

    def write_class_body(self, node: ast.ClassDef) -> None:
        raise NotImplementedError

    def end_unit(self, inner: Scope, node: Any) -> None:
        """Back in the unit around it: the rest of the header, which only the body tells."""
        self.leave(inner, node)
        scope = inner.parent
        assert scope is not None
        self.scope = scope
        scope.subtree |= inner.subtree
        scope.out.append("yields" if inner.yields else "plain")
        if scope.deep:
            scope.out.append(" ".join(sorted(inner.subtree)))
        elif scope.kind == "class":
            scope.out.append("class" if "super" in inner.subtree or "__class__" in inner.subtree else "")
        scope.out.append(")")


def to_called(node: ast.Call) -> str | None:
    """`f` of `f()` and of `a.f()`."""
    function = node.func
    if type(function) is ast.Name:
        return function.id
    return function.attr if type(function) is ast.Attribute else None


SPECIAL: dict[type, Callable[[Writer, Any], None]] = {
    ast.Name: Writer.write_name,
    ast.Constant: Writer.write_constant,
    ast.Attribute: Writer.write_attribute,
    ast.Subscript: Writer.write_subscript,
    ast.Dict: Writer.write_dict,
    ast.Call: Writer.write_call,
    ast.comprehension: Writer.write_comprehension,
    ast.NamedExpr: Writer.write_walrus,
    ast.Assign: Writer.write_assign,
    ast.AugAssign: Writer.write_augmented,
    ast.ExceptHandler: Writer.write_handler,
    ast.MatchAs: Writer.write_capture,
    ast.MatchStar: Writer.write_capture,
    ast.MatchMapping: Writer.write_capture,
    ast.MatchClass: Writer.write_class_pattern,
    ast.Global: Writer.write_declaration,
    ast.Nonlocal: Writer.write_declaration,
    ast.Yield: Writer.write_yield,
    ast.YieldFrom: Writer.write_yield,
    ast.Import: Writer.write_import,
    ast.ImportFrom: Writer.write_import_from,
    ast.FunctionDef: Writer.write_function,
    ast.AsyncFunctionDef: Writer.write_function,
    ast.ClassDef: Writer.write_class,
    ast.Lambda: Writer.write_lambda,
}
HANDLERS: dict[type, Callable[[Writer, Any], None]] = {kind: SPECIAL.get(kind, Writer.write_fields) for kind in PLANS}
