"""Folders of a task and its context, as the agent would make them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from textwrap import dedent
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
RUNNER = REPOSITORY / "rde-agent" / "runner" / "python"
FIXTURES = REPOSITORY / "test" / "fixtures" / "runner"
INLINE = 65_536


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Place:
    """A module's folder, a scratch folder and a folder for outputs below one temporary folder."""

    def __init__(self, folder: Path) -> None:
        self.root, self.scratch, self.outputs = folder / "module", folder / "scratch", folder / "outputs"
        for one in (self.root, self.scratch, self.outputs):
            one.mkdir(parents=True)

    def write(self, files: dict[str, str]) -> dict[str, str]:
        """Writes the module's files; answers their digests."""
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
        return {path: digest_of((self.root / path).read_bytes()) for path in files}

    def context(self, files: dict[str, str] | str, **changes: Any) -> dict[str, Any]:
        """A context for `main.py:run`; `inputs` and `outputs` may be given short: name → value, name → kind."""
        sources = {"main.py": files} if isinstance(files, str) else files
        context = {
            "run": "r1",
            "task": "step",
            "attempt": 1,
            "module": "test/module",
            "root": str(self.root),
            "entry": {"file": "main.py", "function": "run"},
            "code": self.write(sources),
            "inputs": [],
            "params": {},
            "outputs": [{"name": "out", "type": {"kind": "json"}}],
            "seed": None,
            "nominalTime": None,
            "scratch": str(self.scratch),
            "outputDir": str(self.outputs),
            "variables": {},
            "threads": 1,
            "memory": None,
            "inlineBytes": INLINE,
        }
        return {**context, **changes}


def to_input(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    port = {"kind": "table", "columns": [], "open": True} if kind == "table" else {"kind": kind}
    return {"name": name, "type": port, "value": value}


def inline_json(value: Any) -> dict[str, Any]:
    return {"kind": "inline", "data": base64.b64encode(json.dumps(value).encode()).decode(), "format": "json", "columns": None}


def to_bytes(output: dict[str, Any]) -> bytes:
    """The bytes of an output, wherever they are; checked against digest and size."""
    data = base64.b64decode(output["data"]) if "data" in output else Path(output["path"]).read_bytes()
    assert digest_of(data) == output["digest"] and len(data) == output["bytes"]
    return data


def to_value(output: dict[str, Any]) -> Any:
    return json.loads(to_bytes(output))
