"""Where the bytes of one output go: into memory while they are few, into a file from then on; hashed on their way."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any, BinaryIO


class Sink:
    """
    A writable binary file for pickle, pyarrow and ourselves. Nothing touches the disk for an output of at most `inline` bytes.
    """

    def __init__(self, path: str, inline: int) -> None:
        self._path = path
        self._inline = inline
        self._small = bytearray()
        self._file: BinaryIO | None = None
        self._state = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: Any) -> int:
        piece = memoryview(data).cast("B")
        self._state.update(piece)
        self.size += len(piece)
        if self._file is None and self.size <= self._inline:
            self._small += piece
        else:
            self.open_file().write(piece)
        return len(piece)

    def open_file(self) -> BinaryIO:
        if self._file is None:
            self._file = create_file(self._path)
            self._file.write(self._small)
            self._small.clear()
        return self._file

    # What pyarrow asks of a file.
    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self.closed = True

    @property
    def digest(self) -> str:
        return "sha256:" + self._state.hexdigest()

    def to_place(self) -> dict[str, Any]:
        """`data` or `path`, with digest and size. After `close`."""
        place = {"data": base64.b64encode(self._small).decode("ascii")} if self._file is None else {"path": self._path}
        return {**place, "digest": self.digest, "bytes": self.size}


def to_place(data: bytes, path: str, inline: int) -> dict[str, Any]:
    """The same for bytes that are all there."""
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    if len(data) <= inline:
        return {"data": base64.b64encode(data).decode("ascii"), "digest": digest, "bytes": len(data)}
    with create_file(path) as file:
        file.write(data)
    return {"path": path, "digest": digest, "bytes": len(data)}


def create_file(path: str) -> BinaryIO:
    """The folder of a task's outputs is made when there is something for it."""
    try:
        return open(path, "wb")
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return open(path, "wb")
