"""
What the Python processes may say, in the words of `rde-agent/protocol/runner.ts`. Everything that a test hears goes through it, and
`messages.jsonl` holds both tellings against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cairn.wire import many, mapping, one_of, optional, record, text, truth, whole

RUNNER_TS = "rde-agent/protocol/runner.ts"


def number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def absent_or(check_value: Callable[[Any], bool], *names: str) -> Callable[[Any], bool]:
    """Members that may be left out, but not be null."""
    return lambda value: all(name not in value or check_value(value[name]) for name in names)


def both(*checks: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: all(one(value) for one in checks)


CODES = one_of(
    *"user-error output-missing output-wrong output-unexpected input-unreadable entry-missing import-failed timeout killed".split(),
    *"out-of-memory worker-lost worker-start-failed environment-failed store-failed denied".split(),
    *"queue-timeout idle-timeout nested-failed source-failed schema-mismatch fan-out-failed condition-failed quarantined".split(),
)
END = optional(lambda value: text(value) or number(value) or truth(value))
COLUMN_PROFILE = record(name=text, type=text, nulls=whole, min=END, max=END, distinct=optional(whole))
PROFILE = record(rows=whole, columns=many(COLUMN_PROFILE))
DIGEST = re.compile("sha256:[0-9a-f]{64}")
OUTPUT = both(
    record(
        name=text,
        type=one_of("table", "model", "file", "directory", "json", "metrics"),
        format=one_of("parquet", "pickle", "json", "raw", "manifest"),
        digest=text,
        logical=text,
        exact=truth,
        bytes=whole,
    ),
    absent_or(text, "path", "data"),
    absent_or(whole, "rows"),
    absent_or(many(record(name=text, type=text, digest=text)), "columns"),
    absent_or(PROFILE, "profile"),
)


def is_entry(entry: Any) -> bool:
    """A tuple of RanEntry."""
    kind, *rest = entry
    if kind in ("ok", "failed"):
        number_of_task, seconds, is_marked, said, *more = rest
        outputs = kind == "failed" or all(map(record(name=text, type=text, format=text, bytes=whole), said))
        return whole(number_of_task) and number(seconds) and truth(is_marked) and outputs and len(more) == (1 if kind == "ok" else 0)
    return kind in ("progress", "metric") and whole(rest[0])


def pair(*checks: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, (list, tuple)) and len(value) == len(checks) and all(one(part) for one, part in zip(checks, value))
    )


# `rde-agent/protocol/trace.ts`
ALL_OR_NAMES = lambda value: value == "all" or many(text)(value)  # noqa: E731
TRACE = record(
    v=lambda value: value == 1,
    rules=whole,
    python=text,
    means=one_of("monitoring", "flags"),
    code=mapping(record(digest=text, ran=many(pair(whole, text)))),
    words=many(text),
    files=mapping(optional(text)),
    listings=mapping(optional(many(text))),
    outside=mapping(optional(text)),
    imports=many(pair(text, text, truth)),
    variables=ALL_OR_NAMES,
    distributions=ALL_OR_NAMES,
    widen=many(record(level=one_of("docs", "names", "positions", "tree", "data"), file=optional(text), because=text)),
)

FROM_WORKER = {
    "hello": record(token=text, stream=one_of("control", "out", "err"), pid=whole, parent=whole),
    "progress": record(done=number, total=optional(number), message=text),
    "metric": record(name=text, value=number, step=optional(whole)),
    "ran": both(record(entries=many(lambda entry: is_entry(entry))), absent_or(text, "leaving")),
    "succeeded": both(
        record(
            outputs=many(OUTPUT),
            metrics=mapping(number),
            timing=record(load=number, read=number, run=number, write=number),
        ),
        absent_or(TRACE, "trace"),
        absent_or(text, "untraced"),
    ),
    "failed": both(record(code=CODES, message=text), absent_or(text, "file", "traceback"), absent_or(whole, "line")),
}
FROM_ZYGOTE = {
    "ready": record(pid=whole, python=text, platform=text),
    "preloaded": record(id=whole, threads=whole, seconds=number, imported=many(text), problems=many(record(package=text, message=text))),
    "forked": record(token=text, pid=whole),
    "forkFailed": record(token=text, message=text),
    "exited": record(pid=whole, status=optional(whole), signal=optional(whole), maxRss=whole, cpuSeconds=number),
}


def is_valid(message: Any, shapes: dict[str, Any]) -> bool:
    if not isinstance(message, dict) or message.get("v") != 1 or isinstance(message.get("v"), bool):
        return False
    shape = shapes.get(message.get("method", ""))
    return shape is not None and isinstance(message.get("params"), dict) and shape(message["params"])


def check(message: Any, shapes: dict[str, Any]) -> None:
    assert is_valid(message, shapes), f"not in {RUNNER_TS}: {message!r:.2000}"
