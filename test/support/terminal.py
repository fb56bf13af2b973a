"""Runs a shell in a terminal of its own: `python3 terminal.py LINE KEYS WANTED SHELL…` types LINE and Enter, then KEYS, and prints all that was shown
when WANTED has been shown after the keys, or when it has waited long enough (exit code 1)."""

import os
import pty
import select
import sys
import time

line, keys, wanted, shell = sys.argv[1], sys.argv[2].encode().decode("unicode_escape"), sys.argv[3], sys.argv[4:]
READY = "ready-to-type"
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(shell[0], shell)

shown = ""


def read_until(text: str, since: int, seconds: float) -> bool:
    global shown
    deadline = time.monotonic() + seconds
    while text not in shown[since:]:
        if not select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return False
        try:
            shown += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            return text in shown[since:]
    return True


# The word is put together by the shell, so that its echo is not taken for it.
os.write(terminal, (line + "; echo ready-to''-type\r").encode())
is_ready = read_until(READY, 0, 30)
typed = len(shown)
os.write(terminal, keys.encode())
is_shown = is_ready and read_until(wanted, typed, 30)
print(shown[typed:] if is_ready else shown)
os.kill(pid, 9)
sys.exit(0 if is_shown else 1)
