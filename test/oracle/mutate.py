"""
Chooses edits of files by a seed.

Reads one JSON object from standard input: `{"seed", "count", "files": {path: text}, "ran": {path: [[line, name], …]}}`, where `ran` has the
units of each file that was loaded, or `{"replaceUnrun": true, "files", "ran"}`. Writes `{"edits": [{"kind", "file", "label", "reached",
"splices": [{"at", "old", "new"}], "text"}]}`; `reached` = the unit around it ran.
"""

from __future__ import annotations

import ast
import json
import random
import sys
import warnings
from collections import defaultdict
from typing import Any

import kinds
from sites import FINDERS, Site, Source, apply, find_sites

warnings.simplefilter("ignore")

FILES = 20


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        answer = break_unrun(request) if request.get("replaceUnrun") else choose(request)
        print(json.dumps({"edits": answer}), flush=True)


def choose(request: dict[str, Any]) -> list[dict[str, Any]]:
    """As many of each kind as there can be, half of them where something ran; equal requests choose the same."""
    source_of_chance = random.Random(json.dumps(request["seed"]))
    sites = collect(request)
    chosen: list[dict[str, Any]] = []
    names = sorted(FINDERS)
    source_of_chance.shuffle(names)
    turn = 0
    while len(chosen) < request["count"] and any(sites.values()):
        name = names[turn % len(names)]
        reached = (turn // len(names) + hash_of(name)) % 2 == 0
        turn += 1
        pool = sites[name, reached] or sites[name, not reached]
        if pool:
            edit = to_edit(request["files"], *pool.pop(source_of_chance.randrange(len(pool))))
            if edit is not None:
                chosen.append(edit)
    return chosen


def hash_of(name: str) -> int:
    return sum(name.encode())


def collect(request: dict[str, Any]) -> dict[tuple[str, bool], list[tuple[str, Site, bool]]]:
    sites: dict[tuple[str, bool], list[tuple[str, Site, bool]]] = defaultdict(list)
    for path in choose_files(request):
        units = {(line, name) for line, name in request["ran"].get(path, [])}
        for site in find_sites(Source(request["files"][path])):
            reached = did_run(site, units)
            if site.kind != "unreached" or not reached:
                sites[site.kind, reached].append((path, site, reached))
    return sites


def choose_files(request: dict[str, Any]) -> list[str]:
    """Of a large package only some: to find every place in hundreds of files takes long."""
    paths = sorted(request["files"])
    return paths if len(paths) <= FILES else random.Random(json.dumps(request["seed"])).sample(paths, FILES)


def did_run(site: Site, units: set[tuple[int, str]]) -> bool:
    if site.unit is None:
        return bool(units)
    lines, name = site.unit
    return any((line, name) in units for line in lines)


def to_edit(files: dict[str, str], path: str, site: Site, reached: bool) -> dict[str, Any] | None:
    """None where the result is no Python or nothing changed."""
    text = apply(files[path], site.splices)
    if text == files[path]:
        return None
    try:
        compile(text, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    splices = [{"at": one.at, "old": one.old, "new": one.new} for one in site.splices]
    return {"kind": site.kind, "file": path, "label": site.label, "reached": reached, "splices": splices, "text": text}


def break_unrun(request: dict[str, Any]) -> list[dict[str, Any]]:
    """For each file one edit that makes every function of it that did not run fail when it does."""
    edits = []
    for path, text in sorted(request["files"].items()):
        units = {(line, name) for line, name in request["ran"].get(path, [])}
        source = Source(text)
        sites = [site for site in find_kind(source, "unreached") if not did_run(site, units)]
        splices = [splice for site in sites for splice in site.splices]
        if not splices:
            continue
        edited = apply(text, splices)
        ast.parse(edited)
        edits.append(
            {
                "kind": "unreached",
                "file": path,
                "label": f"{len(sites)} functions",
                "reached": False,
                "splices": [vars(one) for one in splices],
                "text": edited,
            }
        )
    return edits


def find_kind(source: Source, name: str) -> list[Site]:
    return [site for site in find_sites(source) if site.kind == name]


if __name__ == "__main__":
    assert kinds.OPERATORS
    main()
