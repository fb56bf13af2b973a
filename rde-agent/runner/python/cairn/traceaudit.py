"""What the interpreter tells of itself (audit events) that belongs into a trace."""

from __future__ import annotations

import _posixsubprocess
import functools
import os
import re
import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any

from cairn.tracenative import Native
from cairn.tracenotes import Notes
from cairn.traceplaces import HERE, descriptor_path

WORD = re.compile(r"[^\W\d]\w*")
IMPORTER = "<frozen importlib"
LOADER = os.path.join(HERE, "code.py")
TELLING = sys.version_info >= (3, 11)
WRITES = os.O_WRONLY | os.O_RDWR

# Leaves the interpreter: nothing is known of what happens there.
LEAVING = {
    "subprocess.Popen": "a child process (subprocess)",
    "os.system": "a child process (os.system)",
    "os.fork": "a child process (os.fork)",
    "os.forkpty": "a child process (os.forkpty)",
    "os.exec": "another program (os.exec)",
    "os.posix_spawn": "a child process (os.posix_spawn)",
    "os.spawn": "a child process (os.spawn)",
    "pty.spawn": "a child process (pty.spawn)",
    "cpython.PyInterpreterState_New": "another interpreter in this process",
    "sys.addaudithook": "an audit hook of the task",
    "sys.setprofile": "sys.setprofile",
    "sys.settrace": "sys.settrace",
    "sys.monitoring.register_callback": "monitoring by the task (sys.monitoring)",
}
# Code of these may ask the system anything.
NATIVE = ("ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function")


class Audit:
    """The hook, which cannot be taken away again: it is for the one task of a process."""

    def __init__(self, notes: Notes, code: Mapping[str, str], native: Native) -> None:
        self._notes = notes
        self._code = code
        self._native = native
        self._ended = False
        self._handlers: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "open": self.open,
            "os.listdir": self.list,
            "os.scandir": self.list,
            "os.link": self.link,
            "os.rename": self.link,
            "os.symlink": self.link,
            "os.mkdir": lambda args: notes.write(args[0], to_folder(args[-1])),
            "pickle.find_class": lambda args: notes.words.update(WORD.findall(str(args[1]))),
            "compile": self.compile,
            "exec": self.exec,
            "code.__new__": self.make_code,
            "marshal.loads": self.load_code,
            "sqlite3.connect": self.connect,
            "import": self.load,
            "object.__getattr__": self.look_at_code,
            "sys._getframe": self.look_at_frame,
        }
        for event, because in LEAVING.items():
            self._handlers[event] = lambda args, because=because: notes.widen("tree", None, because)
        for event in NATIVE:
            self._handlers[event] = self.call_native

    def start(self) -> None:
        self.watch_fork_exec()
        sys.addaudithook(self.make_hook())

    def watch_fork_exec(self) -> None:
        """What `subprocess` is made of raises no event itself; others use it too (multiprocessing)."""
        original = _posixsubprocess.fork_exec

        @functools.wraps(original)
        def fork_exec(*args: Any) -> Any:
            self._notes.widen("tree", None, "a child process (fork_exec)")
            return original(*args)

        _posixsubprocess.fork_exec = fork_exec  # type: ignore[assignment]

    def stop(self) -> None:
        self._ended = True

    def make_hook(self) -> Callable[[str, tuple[Any, ...]], None]:
        handlers, notes, quiet = self._handlers, self._notes, self._notes.quiet
        # Our own is reported to the hooks that were there before it, not to itself.

        def hook(event: str, args: tuple[Any, ...]) -> None:
            handle = handlers.get(event)
            if handle is None or quiet.on or self._ended:
                return
            quiet.on = True
            try:
                handle(args)
            except Exception as error:
                notes.lose(f"the trace broke at {event}: {type(error).__name__}: {error}")
            finally:
                quiet.on = False

        return hook

    # ------------------------------------------------------------ files

    def open(self, args: tuple[Any, ...]) -> None:
        path, _mode, flags = args
        caller = to_caller(sys._getframe(2))
        if caller == LOADER:
            return
        flags = flags if isinstance(flags, int) else 0
        if flags & WRITES == 0:
            return self._notes.read(path)
        # What is cut off or must be new holds nothing of before.
        if flags & WRITES == os.O_RDWR and not flags & (os.O_TRUNC | os.O_EXCL):
            self._notes.read(path)
        elif flags & (os.O_TRUNC | os.O_EXCL):
            self._notes.write(path)

    def list(self, args: tuple[Any, ...]) -> None:
        caller = to_caller(sys._getframe(2))
        path = "." if args[0] is None else args[0]
        if isinstance(path, int):
            try:
                path = descriptor_path(path)
            except OSError:
                return
        self._notes.open_folder(path)
        # The import system looks for modules: those lookups are noted by name.
        if not caller.startswith(IMPORTER) and not is_metadata(caller):
            self._notes.list(path)

    def link(self, args: tuple[Any, ...]) -> None:
        """A file gets another name: its content can be read by that."""
        if len(args) > 3:
            self._notes.read(args[0], to_folder(args[2]))
            self._notes.write(args[1], to_folder(args[3]))
        self._notes.forget_places()

    def connect(self, args: tuple[Any, ...]) -> None:
        self._native.open_database()
        path = args[0]
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        text = os.fsdecode(path)
        if text.startswith("file:"):
            text = text.removeprefix("file:").partition("?")[0]
        if text not in ("", ":memory:"):
            self._notes.read(text)

    def call_native(self, args: tuple[Any, ...]) -> None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and "/ctypes/" in frame.f_code.co_filename:
            frame = frame.f_back
        self._native.call("" if frame is None else frame.f_code.co_filename)

    def load(self, args: tuple[Any, ...]) -> None:
        """Only for native modules there is a file name."""
        if isinstance(args[1], str):
            self._native.load(args[1])

    # ------------------------------------------------------------ code

    def compile(self, args: tuple[Any, ...]) -> None:
        source, caller = args[0], to_compiler(sys._getframe(2))
        if caller.startswith((IMPORTER, HERE)):
            return
        self.read_whole(args[1])
        if isinstance(source, (bytes, bytearray, memoryview)):
            source = bytes(source).decode("utf-8", "replace")
        if isinstance(source, str):
            self._notes.words.update(WORD.findall(source))
        elif source is not None:
            self._notes.widen("names", None, "a syntax tree is compiled")

    def exec(self, args: tuple[Any, ...]) -> None:
        code = args[0]
        if isinstance(code, CodeType) and code.co_filename.startswith("<") and not code.co_filename.startswith("<frozen"):
            self._notes.words.update(list_words(code))

    def make_code(self, args: tuple[Any, ...]) -> None:
        """A copy of some code, which nobody watches."""
        if not to_caller(sys._getframe(2)).startswith(HERE):
            self.read_whole(args[1])

    def load_code(self, args: tuple[Any, ...]) -> None:
        caller = sys._getframe(2)
        if not to_caller(caller).startswith(IMPORTER):
            self._notes.widen("positions", None, f"{to_module(caller)} loads code by marshal")

    def read_whole(self, file: Any) -> None:
        """Code that bears the name of a file of the task's, and was not loaded as that file: all of it counts."""
        if isinstance(file, str) and file in self._code:
            self._notes.read(f"{self._notes.places.root}/{file}")

    def look_at_code(self, args: tuple[Any, ...]) -> None:
        owner, name = args[0], args[1]
        if name != "__code__":
            return
        caller = sys._getframe(2)
        if caller.f_code.co_filename in self._code or is_signature_code(caller):
            return
        # Asked of the function itself, this would be heard again.
        file = getattr(sys.modules.get(getattr(owner, "__module__", "")), "__file__", None)
        path = self.to_own(file) if isinstance(file, str) else None
        if path is not None:
            self._notes.widen("positions", path, f"{to_module(caller)} looks at the code of {getattr(owner, '__qualname__', 'a function')}")

    def look_at_frame(self, args: tuple[Any, ...]) -> None:
        caller = to_asker(sys._getframe(2))
        file = caller.f_code.co_filename
        if file in self._code or is_standard(self._notes, file):
            return
        # Before 3.11 the event does not tell which frame it is about: probably that of whoever called this library.
        frame = args[0] if TELLING and args else to_outer(caller)
        first = frame is not None and frame.f_code.co_filename in self._code
        if first or "f_back" in caller.f_code.co_names:
            self._notes.widen("positions", None, f"{to_module(caller)} looks at the frames of its callers")

    def to_own(self, file: str) -> str | None:
        placed = self._notes.place(file)
        return placed[1] if placed is not None and placed[1] in self._code else None


def to_caller(frame: FrameType) -> str:
    return frame.f_code.co_filename


def to_asker(frame: FrameType) -> FrameType:
    """`inspect` asks for others."""
    while frame.f_code.co_filename.endswith("/inspect.py") and frame.f_back is not None:
        frame = frame.f_back
    return frame


def to_outer(frame: FrameType) -> FrameType | None:
    outer = frame.f_back
    while outer is not None and outer.f_code.co_filename == frame.f_code.co_filename:
        outer = outer.f_back
    return outer


def to_compiler(frame: FrameType) -> str:
    """Whose wish it is: `ast.parse` compiles for others."""
    file = to_caller(frame)
    return to_caller(frame.f_back) if file.endswith("/ast.py") and frame.f_back is not None else file


def to_module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "a library"))


def to_folder(descriptor: Any) -> int | None:
    return descriptor if isinstance(descriptor, int) and descriptor >= 0 else None


def is_metadata(file: str) -> bool:
    return "/importlib/metadata/" in file


def is_signature_code(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.endswith(("/inspect.py", "/functools.py", "/dataclasses.py", "/typing.py")) or file.startswith(HERE)


def is_standard(notes: Notes, file: str) -> bool:
    """Of the standard library, what looks at frames for more than the name of a module is found by its names in the task's code."""
    return file.startswith((IMPORTER, HERE, "<frozen")) or (file.startswith(notes.places.plain) and not file.startswith(notes.places.sites))


def list_words(code: CodeType) -> set[str]:
    words = {word for names in (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars) for word in names}
    for one in code.co_consts:
        if isinstance(one, CodeType):
            words |= list_words(one)
        elif isinstance(one, str):
            words.update(WORD.findall(one))
    return words
