"""
Words that widen what counts (trace-identity.md §4), as far as the syntax shows them. A change here raises RULES of `rules.ts`.

Levels: `docs` docstrings of all loaded files; `own` the names of this file; `names` the names of all files; `positions` lines and text of
all files; `computed` a lookup by a name that is made at run time; `reflects` `vars(x)` or `dir(x)`; `spaces` the `__dict__` of something.
"""

from __future__ import annotations

from cairn_analysis.known import STANDARD

DOCS, OWN, NAMES, POSITIONS, COMPUTED, REFLECTS, SPACES = "docs", "own", "names", "positions", "computed", "reflects", "spaces"

_DOCS = {"__doc__", "getdoc", "cleandoc", "help", "pydoc", "doctest"}

_NAMES = {
    "__annotations__",
    "__annotate__",
    "__builtins__",
    "__getattr__",
    "__getattribute__",
    "__globals__",
    "get_annotations",
    "get_objects",
    "get_referents",
    "get_referrers",
    "getclosurevars",
    "getmembers",
    "getmembers_static",
    "getmodule",
}

_POSITIONS = {
    "FrameSummary",
    "StackSummary",
    "TracebackException",
    "__code__",
    "__firstlineno__",
    "__static_attributes__",
    "__subclasses__",
    "_current_frames",
    "_getframe",
    "_getframemodulename",
    "catch_warnings",
    "currentframe",
    "extract_stack",
    "extract_tb",
    "f_back",
    "f_builtins",
    "f_code",
    "f_globals",
    "f_lasti",
    "f_lineno",
    "f_locals",
    "findCaller",
    "findsource",
    "formatwarning",
    "format_exc",
    "format_exception",
    "format_list",
    "format_stack",
    "format_tb",
    "funcName",
    "getblock",
    "getcomments",
    "getframeinfo",
    "getinnerframes",
    "getlineno",
    "getouterframes",
    "getsource",
    "getsourcelines",
    "gi_code",
    "gi_frame",
    "cr_code",
    "cr_frame",
    "ag_code",
    "ag_frame",
    "cr_origin",
    "lineno",
    "print_exc",
    "print_exception",
    "print_stack",
    "print_tb",
    "settrace",
    "run_module",
    "run_path",
    "setprofile",
    "showwarning",
    "tb_frame",
    "tb_lasti",
    "tb_lineno",
    "tb_next",
    "walk_stack",
    "walk_tb",
}

# Found as a name, an attribute or a name that is imported from somewhere.
BY_WORD: dict[str, str] = {
    **dict.fromkeys(_DOCS, DOCS),
    **dict.fromkeys(_NAMES, NAMES),
    **dict.fromkeys(_POSITIONS, POSITIONS),
}

# Words that also count inside a string: formats of logging, `getattr(f, "__code__")`.
BY_TEXT: dict[str, str] = {
    word: level for word, level in BY_WORD.items() if word.startswith("_") or word in {"funcName", "lineno"} or word[:3] in {"f_l", "tb_"}
}

# Names that mean the builtin: as the attribute of another object they are another thing (`df.eval`, `re.compile`).
BY_NAME: dict[str, str] = {
    "__import__": NAMES,
    "compile": NAMES,
    "eval": NAMES,
    "exec": NAMES,
    "globals": OWN,
    "locals": POSITIONS,
}

# Builtins that look names up: what counts is what they are called with; handed on, nobody knows.
LOOKUPS = {"getattr", "hasattr", "setattr", "delattr"}
LISTINGS = {"vars", "dir"}
IMPORTERS = {"import_module", "module_from_spec", "exec_module", "__import__"}
GETTERS = {"attrgetter", "methodcaller"}

# Dotted names as imported: `import sys as s; s.modules` is `sys.modules`.
BY_PATH: dict[str, str] = {
    "builtins.__import__": NAMES,
    "builtins.compile": NAMES,
    "builtins.delattr": NAMES,
    "builtins.dir": NAMES,
    "builtins.eval": NAMES,
    "builtins.exec": NAMES,
    "builtins.getattr": NAMES,
    "builtins.globals": OWN,
    "builtins.hasattr": NAMES,
    "builtins.locals": POSITIONS,
    "builtins.setattr": NAMES,
    "builtins.vars": NAMES,
    "inspect.stack": POSITIONS,
    "inspect.trace": POSITIONS,
    "inspect.getfile": POSITIONS,
    "sys.modules": NAMES,
    "sys.monitoring": POSITIONS,
}

# Modules that can do all of this: handed on or renamed, nobody knows what is done with them.
POWERFUL = {"sys", "inspect", "gc", "builtins", "importlib"}

# Where one of these is changed, nothing is known of what a definition does.
TRUSTED = {"builtins", *(module.partition(".")[0] for module in STANDARD)}

# Libraries that read code objects, lines or text of functions.
BY_IMPORT: dict[str, str] = {
    "bdb": POSITIONS,
    "cProfile": POSITIONS,
    "cloudpickle": POSITIONS,
    "code": POSITIONS,
    "dill": POSITIONS,
    "dis": POSITIONS,
    "doctest": DOCS,
    "line_profiler": POSITIONS,
    "llvmlite": POSITIONS,
    "marshal": POSITIONS,
    "numba": POSITIONS,
    "pdb": POSITIONS,
    "profile": POSITIONS,
    "pydoc": DOCS,
    "runpy": POSITIONS,
    "trace": POSITIONS,
    "tracemalloc": POSITIONS,
}
