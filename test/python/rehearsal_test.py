"""A spare that has rehearsed is as one that has not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest

from support import RUNNER

PROGRAM = """
import json, os, sys
from cairn import rehearsal

rehearsal.rehearse_parent()

def snapshot():
    names = {
        f"{module}.{name}": id(value)
        for module, loaded in list(sys.modules.items()) if not module.startswith("cairn") and hasattr(loaded, "__dict__")
        for name, value in vars(loaded).items() if callable(value) or name in ("path", "argv", "tempdir")
    }
    lists = [list(sys.path), [id(one) for one in sys.meta_path], sys.argv, os.getcwd(), dict(os.environ), sorted(sys.modules)]
    classes = [id(type(os.environ)), id(type(os.environb)), len(os.supports_dir_fd), len(os.supports_follow_symlinks)]
    tools = [sys.monitoring.get_tool(number) for number in range(6)] if hasattr(sys, "monitoring") else []
    files = [sorted(os.listdir(folder)) for folder in ("/proc/self/fd", rehearsal.HERE)]
    return [names, lists, classes, tools, files]

told = []
finish = rehearsal.Tracer.finish
rehearsal.Tracer.finish = lambda tracer: told.append(finish(tracer)) or told[-1]
rehearsal.rehearse()
before = snapshot()
rehearsal.rehearse()
after = snapshot()
changed = [name for name in {*before[0], *after[0]} if before[0].get(name) != after[0].get(name)]
print(json.dumps([changed, before[1:] == after[1:], told[-1]]))
"""


class Rehearsal(unittest.TestCase):
    def test_everything_is_put_back(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(RUNNER)}
        )
        changed, is_equal, told = json.loads(done.stdout)
        self.assertEqual(changed, [])
        self.assertTrue(is_equal)
        self.assertEqual([name for _, name in told["trace"]["code"]["rehearsed.py"]["ran"]], ["<module>", "run"])


if __name__ == "__main__":
    unittest.main()
