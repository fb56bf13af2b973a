"""What of the builtins and of the standard library is known to be harmless in a module body. A change here raises RULES of `rules.ts`."""

from __future__ import annotations

import builtins

BUILTINS = frozenset(vars(builtins)) | {"__name__", "__file__", "__package__", "__debug__"}

# Types that can be subscripted with anything.
GENERIC = frozenset({"list", "dict", "tuple", "set", "frozenset", "type"})
TYPES = GENERIC | frozenset({"int", "float", "str", "bytes", "bool", "complex", "object", "bytearray", "range", "slice", "memoryview"})

EXCEPTIONS = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException))
BASES = frozenset({"object", "dict", "list", "set", "frozenset", "tuple", "int", "float", "str", "bytes"}) | EXCEPTIONS

# Of `typing`: how many arguments a subscript takes; None = any number.
TYPING: dict[str, int | None] = {
    **dict.fromkeys(("Optional", "List", "Set", "FrozenSet", "Sequence", "Iterable", "Iterator", "Type", "Collection"), 1),
    **dict.fromkeys(("Dict", "Mapping", "MutableMapping", "DefaultDict"), 2),
    **dict.fromkeys(("Union", "Tuple"), None),
}
TYPING_PLAIN = frozenset({*TYPING, "Any", "Callable", "NoReturn", "Hashable", "Sized", "AnyStr", "Generator", "AsyncIterator"})
ABSTRACT = frozenset(
    {
        "Sequence",
        "Iterable",
        "Iterator",
        "Mapping",
        "MutableMapping",
        "MutableSequence",
        "Set",
        "Collection",
        "Generator",
        "Awaitable",
        "Coroutine",
    }
)

# Decorators that only wrap the function.
WRAPPERS = {"functools.cache", "functools.lru_cache", "contextlib.contextmanager", "contextlib.asynccontextmanager", "abc.abstractmethod"}
WRAPPERS_OF_CLASSES = frozenset({"staticmethod", "classmethod", "property"})
ENUMS = {"enum.Enum": (int, str), "enum.IntEnum": (int,), "enum.StrEnum": (str,), "enum.Flag": (int,), "enum.IntFlag": (int,)}
FACTORIES = frozenset({"list", "dict", "set", "tuple", "str", "int", "float"})
EMPTY_CALLS = frozenset({"list", "dict", "set", "tuple", "frozenset", "object"})
# Modules that the above is imported from.
STANDARD = frozenset({"abc", "collections.abc", "contextlib", "dataclasses", "enum", "functools", "typing"})


def is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
