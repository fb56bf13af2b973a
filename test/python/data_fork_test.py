"""Data libraries after a fork: threads, random state, and what hung elsewhere."""

import sys

import pytest
from support.runner_agent import Agent
from support.workplace import to_value

np = pytest.importorskip("numpy")
pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")
pytest.importorskip("polars")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork is used on Linux only: sys.platform != 'linux'")

PRELOAD = ["numpy", "pandas", "pyarrow", "sklearn.ensemble", "sklearn.linear_model"]


@pytest.fixture(scope="module")
def agent():
    with Agent() as started:
        answer = started.start_zygote(PRELOAD)
        assert (answer["threads"], answer["problems"]) == (1, [])
        assert answer["imported"] == PRELOAD
        yield started


def run(agent: Agent, module: str, **changes: object) -> object:
    answer = agent.fork().run(agent.place.context(module, **changes))
    assert answer["method"] == "succeeded", answer
    return to_value(answer["outputs"][0])


def test_children_draw_different_numbers(agent: Agent) -> None:
    module = "import numpy as np\ndef run():\n    return [np.random.rand(), np.random.default_rng().random()]\n"
    drawn = [run(agent, module) for _ in range(3)]
    assert len({pair[0] for pair in drawn}) == 3
    assert len({pair[1] for pair in drawn}) == 3


@pytest.mark.parametrize("preloaded", [True, False])
def test_a_declared_seed_seeds_numpy_whenever_it_is_imported(agent: Agent, preloaded: bool) -> None:
    module = "import numpy as np\nFIRST = np.random.rand()\ndef run():\n    return [FIRST, np.random.rand()]\n"

    def draw(seed: int) -> object:
        worker = agent.fork() if preloaded else agent.spawn()
        return to_value(worker.run(agent.place.context(module, seed=seed))["outputs"][0])

    expected = np.random.RandomState(7)
    assert draw(7) == [expected.rand(), expected.rand()]
    assert draw(7) == draw(7) != draw(8)


def test_children_have_their_threads_back(agent: Agent) -> None:
    module = """
        import os, pyarrow as pa, numpy as np, ctypes
        from cairn import threads
        def run():
            np.ones((300, 300)) @ np.ones((300, 300))
            return [pa.cpu_count(), os.environ["OMP_NUM_THREADS"], os.environ.get("JE_ARROW_MALLOC_CONF"), len(threads._native) > 0,
                    threads.count_threads()]
    """
    told = run(agent, module, threads=2)
    assert told[:4] == [2, "2", None, True]
    assert told[4] > 2, "OpenBLAS works alone though it was given two threads"
    assert run(agent, module, threads=1)[0] == 1


def test_no_file_of_the_parent_is_open(agent: Agent) -> None:
    assert len(run(agent, "import os\ndef run():\n    return os.listdir('/proc/self/fd')[:-1]\n")) == 4


@pytest.mark.parametrize("threads", [1, 2])
def test_libraries_work_after_the_fork(agent: Agent, threads: int) -> None:
    module = """
        import numpy as np, pandas as pd, pyarrow as pa, pyarrow.compute as pc, polars as pl
        from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
        from sklearn.linear_model import Ridge
        def run():
            rng = np.random.default_rng(0)
            x = rng.random((5000, 4)); y = x.sum(axis=1)
            frame = pd.DataFrame(x, columns=list("abcd"))
            table = pa.Table.from_pandas(frame)
            return [
                round(float(HistGradientBoostingRegressor(max_iter=5).fit(x, y).predict(x[:1])[0]), 1) > 0,
                round(float(RandomForestRegressor(5, n_jobs=2).fit(x, y).predict(x[:1])[0]), 1) > 0,
                round(float(Ridge().fit(x, y).score(x, y)), 2),
                pc.sum(table.sort_by("a")["a"]).as_py() > 0,
                pl.from_arrow(table).lazy().group_by(pl.col("a").round(1)).agg(pl.col("b").mean()).collect().height,
                len(frame.groupby(frame.a.round(1)).b.mean()),
            ]
    """
    assert run(agent, module, threads=threads) == [True, True, 1.0, True, 11, 11]


def test_scikit_learn_may_start_workers_of_its_own(agent: Agent) -> None:
    module = """
        import numpy as np
        from sklearn.linear_model import Ridge
        from sklearn.model_selection import cross_val_score
        def run():
            x = np.random.default_rng(0).random((200, 3))
            return len(cross_val_score(Ridge(), x, x.sum(axis=1), n_jobs=2))
    """
    assert run(agent, module, threads=2) == 5


def test_a_package_that_keeps_threads_is_named() -> None:
    with Agent() as agent:
        answer = agent.start_zygote(["numpy", "polars"])
        if answer["threads"] == 1:
            assert answer["problems"] == []
        else:
            assert [problem["package"] for problem in answer["problems"]] == ["polars"]
            agent.zygote.send("fork", {"token": "t"})
            assert "threads" in agent.zygote.expect("forkFailed")["message"]


def test_a_missing_pyarrow_is_said(agent: Agent) -> None:
    module = "import sys\nsys.modules['pyarrow'] = None\ndef run():\n    return {'a': [1]}\n"
    outputs = [{"name": "t", "type": {"kind": "table", "columns": [{"name": "a", "type": "int64"}], "open": False}}]
    answer = agent.fork().run(agent.place.context(module, outputs=outputs))
    assert (answer["code"], answer["message"]) == (
        "import-failed",
        "a table output needs pyarrow in the module's environment: add it to its lock",
    )


def test_a_table_comes_and_goes(agent: Agent) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stored = agent.place.scratch / "stored"
    pq.write_table(pa.table({"a": [1, 2], "secret": ["x", "y"]}), stored)
    module = """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import pandas as pd
        def run(flights: pd.DataFrame, factor: int = 2) -> dict:
            return {"doubled": flights.assign(b=flights.a * factor)}
    """
    port = {"kind": "table", "columns": [{"name": "a", "type": "int64"}], "open": False}
    value = {"kind": "file", "path": str(stored), "format": "parquet", "columns": ["a"]}
    out = {"kind": "table", "columns": [{"name": "a", "type": "int64"}, {"name": "b", "type": "int64"}], "open": False}
    context = agent.place.context(
        module, inputs=[{"name": "flights", "type": port, "value": value}], outputs=[{"name": "doubled", "type": out}], params={"factor": 3}
    )
    answer = agent.fork().run(context)
    assert answer["method"] == "succeeded", answer
    assert (answer["outputs"][0]["rows"], [column["name"] for column in answer["outputs"][0]["columns"]]) == (2, ["a", "b"])
