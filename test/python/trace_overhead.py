"""
What a trace costs: CPU of a task's whole process with and without one, alternated, in forks of one zygote that has imported pandas.

    python test/python/trace_overhead.py [ROUNDS]      (an interpreter with pandas; a quiet machine)
"""

from __future__ import annotations

import statistics
import sys

from support.runner_agent import Agent

NOTHING = "def run():\n    return 1\n"
PANDAS = """
import numpy as np
import pandas as pd

def weigh(group):
    return float(group["value"].sum()) + len(group)

def run():
    frame = pd.DataFrame({"key": np.arange(60_000) % 500, "value": np.arange(60_000) * 1.0})
    for _ in range(3):
        weights = frame.groupby("key").apply(weigh)
        merged = frame.merge(frame.groupby("key")["value"].mean().rename("mean"), on="key")
        ranked = merged.sort_values(["key", "value"]).assign(ratio=lambda one: one["value"] / one["mean"].clip(1)).describe()
    return [float(weights.sum()), float(ranked["ratio"].mean())]
"""
LOOP = """
def step(value):
    return value + 1

def double(value):
    return step(value) * 2

def run():
    total = 0
    for index in range(300_000):
        total += double(index) % 7
    return total
"""


def measure(agent: Agent, module: str, is_traced: bool, token: str) -> float:
    """Milliseconds of CPU, from the fork to the end."""
    worker = agent.fork(token)
    answer = worker.run(agent.place.context(module, trace=is_traced))
    assert answer["method"] == "succeeded" and ("trace" in answer) == is_traced, answer
    assert agent.zygote is not None
    exited = agent.zygote.expect("exited")
    worker.close()
    agent.workers.remove(worker)
    return float(exited["cpuSeconds"]) * 1000


def main(rounds: int) -> None:
    print(f"CPython {sys.version.split()[0]}, milliseconds of CPU, {rounds} rounds (of nothing: {rounds * 5})")
    for name, module, count in (("nothing", NOTHING, rounds * 5), ("pandas", PANDAS, rounds), ("hot loop", LOOP, rounds)):
        with Agent() as agent:
            agent.start_zygote(["pandas"])
            taken: dict[bool, list[float]] = {False: [], True: []}
            for number in range(count):
                for is_traced in (False, True):
                    taken[is_traced].append(measure(agent, module, is_traced, f"{number}-{is_traced}"))
        plain, traced = (statistics.median(taken[is_traced]) for is_traced in (False, True))
        least = min(taken[True]) / min(taken[False]) - 1
        more = 100 * (traced / plain - 1)
        print(f"{name:10} without {plain:8.2f}   with {traced:8.2f}   {more:+6.1f} %   (of the least {100 * least:+.1f} %)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
