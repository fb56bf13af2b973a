"""Files, folders and absent ones that a task looks at, whichever way it does."""

import contextlib
import importlib.util
import sqlite3
import unittest
from pathlib import Path

from support.runner_agent import Agent
from support.traced import LINUX, Shared, levels, run_on, trace_of, value_of
from support.workplace import digest_of, inline_json, to_input

DATA = {"data.csv": "a,b\n1,2\n", "sub/one.csv": "a\n1\n", "sub/two.csv": "a\n2\n", "other.txt": "other"}
READ = digest_of(DATA["data.csv"].encode())
NO_PACKAGE = "a package is not installed here: {}"


def to_files(text: str, imports: str = "import os, pathlib") -> dict:
    return {"main.py": f"{imports}\ndef run():\n    {text}\n    return 1\n", **DATA}


def missing(*packages: str) -> bool:
    return any(importlib.util.find_spec(name) is None for name in packages)


class Looks(Shared):
    def look(self, text: str) -> dict:
        return self.trace_of(to_files(text))

    def test_ways_to_read(self) -> None:
        for text in (
            "open('data.csv').read()",
            "open(b'data.csv', 'rb', opener=os.open).read()",
            "pathlib.Path('data.csv').read_text()",
            "os.read(os.open('data.csv', os.O_RDONLY), 9)",
            "os.chdir('sub'); open('../data.csv').read()",
            "os.read(os.open('data.csv', os.O_RDONLY, dir_fd=os.open('.', os.O_RDONLY)), 9)",
            "os.stat('data.csv').st_size",
            "os.stat('data.csv', dir_fd=os.open('.', os.O_RDONLY))",
            "os.path.getsize('data.csv')",
            "pathlib.Path('data.csv').stat()",
            "pathlib.Path('data.csv').exists(); open('data.csv').close()",
            "next(e for e in os.scandir('.') if e.name == 'data.csv').stat()",
            "import shutil; shutil.copy('data.csv', os.environ['TMPDIR'])",
            "os.symlink(os.path.abspath('data.csv'), os.environ['TMPDIR'] + '/l'); open(os.environ['TMPDIR'] + '/l').read()",
            "import fileinput; list(fileinput.input('data.csv'))",
            "import linecache; linecache.getlines('data.csv')",
            "import mmap; mmap.mmap(os.open('data.csv', os.O_RDONLY), 0, prot=mmap.PROT_READ)",
            "import io; io.FileIO('data.csv').read()",
            "open('/proc/self/cwd/data.csv').read()",
        ):
            with self.subTest(text):
                self.assertEqual(self.look(text)["files"].get("data.csv"), READ)

    def test_ways_to_ask_whether_it_is_there(self) -> None:
        for text in (
            "os.path.exists(NAME)", "os.path.isfile(NAME)", "os.path.isdir(NAME)", "os.path.lexists(NAME)", "os.path.islink(NAME)",
            "pathlib.Path(NAME).exists()", "pathlib.Path(NAME).is_file()", "pathlib.Path(NAME).is_dir()", "os.access(NAME, os.R_OK)",
            "pathlib.Path(NAME).resolve()", "os.path.realpath(NAME)",
        ):  # fmt: skip
            with self.subTest(text):
                # The same function with other files, so that it is the file's being there that is noted, not its content.
                self.assertEqual(self.look(text.replace("NAME", "'data.csv'"))["files"].get("data.csv"), "file")
                self.assertEqual(self.look(text.replace("NAME", "'sub'"))["files"].get("sub"), "folder")
                absent = self.look(text.replace("NAME", "'absent.csv'"))["files"]
                self.assertEqual((absent.get("absent.csv", "?"), "data.csv" in absent), (None, False))

    def test_absent_files_that_are_opened(self) -> None:
        trace = self.look("\n    try:\n        open('absent.csv')\n    except OSError:\n        pass")
        self.assertEqual(trace["files"], {"absent.csv": None})

    def test_ways_to_list(self) -> None:
        for text in (
            "os.listdir('sub')", "list(os.scandir('sub'))", "list(pathlib.Path('sub').iterdir())",
            "list(pathlib.Path('sub').glob('*.csv'))",
            "import glob; glob.glob('sub/*.csv')", "list(os.walk('sub'))", "os.listdir(os.open('sub', os.O_RDONLY))",
            "list(os.fwalk('sub'))", "import shutil; shutil.copytree('sub', os.environ['TMPDIR'] + '/c')", "os.chdir('sub'); os.listdir()",
            "list(pathlib.Path('.').rglob('*.csv'))",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.look(text)["listings"].get("sub"), ["one.csv", "two.csv"])

    def test_a_walk_does_not_read(self) -> None:
        trace = self.look("list(os.walk('.')); list(pathlib.Path('.').rglob('*.csv'))")
        self.assertEqual(set(trace["files"].values()) - {"file", "folder"}, set())
        self.assertEqual(self.look("os.listdir('absent') if os.path.isdir('absent') else 0")["files"], {"absent": None})

    def test_code_that_is_read_as_text(self) -> None:
        files = {
            "main.py": "import helper, inspect\ndef run():\n    return len(inspect.getsource(helper.f))\n",
            "helper.py": "def f():\n    return 1\n",
        }
        trace = self.trace_of(files)
        self.assertEqual(trace["files"]["helper.py"], trace["code"]["helper.py"]["digest"])
        files["main.py"] = "def run():\n    names = {}\n    exec(open('helper.py').read(), names)\n    return names['f']()\n"
        self.assertEqual(self.trace_of(files)["files"]["helper.py"], digest_of(files["helper.py"].encode()))
        files["main.py"] = "import runpy\ndef run():\n    return runpy.run_path('helper.py')['f']()\n"
        self.assertEqual(self.trace_of(files)["files"]["helper.py"], digest_of(files["helper.py"].encode()))

    def test_importing_is_no_reading(self) -> None:
        trace = self.trace_of(
            {"main.py": "import pack.part, decimal, wsgiref\ndef run():\n    return 1\n", "pack/__init__.py": "", "pack/part.py": ""}
        )
        self.assertEqual((trace["files"], trace["listings"], trace["outside"], trace["widen"]), ({}, {}, {}, []))

    def test_what_is_the_tasks_own_is_not_in_it(self) -> None:
        with Agent() as agent:
            given = agent.place.outputs.parent / "given.json"
            given.write_text("[1]")
            value = {"kind": "file", "path": str(given), "format": "json", "columns": None}
            text = (
                "import os, pathlib, tempfile\ndef run(a, b: pathlib.Path):\n    open(b).read()\n    b.stat()\n"
                "    os.listdir(os.environ['TMPDIR'])\n"
                "    with tempfile.NamedTemporaryFile('w+') as file:\n        file.write('1')\n        file.flush()\n"
                "        open(file.name).read()\n"
                "    return 'x' * 100_000\n"
            )
            inputs = [to_input("a", "json", inline_json(1)), to_input("b", "json", value)]
            trace = run_on(agent, text, inputs=inputs)["trace"]
        self.assertEqual((trace["files"], trace["listings"], trace["outside"], trace["widen"]), ({}, {}, {}, []))


class Outside(unittest.TestCase):
    def test_files_elsewhere_by_content(self) -> None:
        with Agent() as agent:
            file = agent.folder / "elsewhere.txt"
            file.write_text("first")
            module = f"import os\ndef run():\n    os.path.exists({str(file.parent / 'no')!r})\n    return open({str(file)!r}).read()\n"
            before = run_on(agent, module)["trace"]["outside"]
            file.write_text("second")
            after = run_on(agent, module)["trace"]["outside"]
        self.assertEqual(before, {str(file.parent / "no"): None, str(file): digest_of(b"first")})
        self.assertEqual(after[str(file)], digest_of(b"second"))

    def test_folders_elsewhere_by_their_names(self) -> None:
        with Agent() as agent:
            folder = agent.folder / "listed"
            folder.mkdir()
            for name in ("b", "a"):
                (folder / name).write_text(name)
            trace = run_on(agent, f"import os\ndef run():\n    return sorted(os.listdir({str(folder)!r}))\n")["trace"]
        self.assertEqual(trace["outside"], {f"{folder}/": digest_of(b"a\nb\n")})

    def test_what_the_task_writes_elsewhere_is_its_own(self) -> None:
        with Agent() as agent:
            file = agent.folder / "written.txt"
            trace = run_on(agent, f"def run():\n    open({str(file)!r}, 'w').write('1')\n    return open({str(file)!r}).read()\n")["trace"]
        self.assertEqual(trace["outside"], {})

    @unittest.skipUnless(LINUX, "there is no zygote that could have imported it: sys.platform != 'linux'")
    def test_a_library_that_took_a_function_of_the_system_before(self) -> None:
        with Agent() as agent:
            library = agent.folder / "library" / "site-packages"
            library.mkdir(parents=True)
            (library / "taker.py").write_text("from os import stat as look\ndef size(path):\n    return look(path).st_size\n")
            agent.environment = {"PYTHONPATH": f"{agent.to_environment()['PYTHONPATH']}:{library}"}
            files = {"main.py": "import taker\ndef run():\n    return taker.size('data.csv')\n", **DATA}
            trace = run_on(agent, files, packages=["taker"])["trace"]
        self.assertEqual(trace["files"], {"data.csv": READ})

    def test_a_module_from_elsewhere_counts_by_its_source(self) -> None:
        with Agent() as agent:
            library = agent.folder / "library"
            library.mkdir()
            (library / "mine.py").write_text("X = 1\n")
            for _ in range(2):
                module = f"import sys\nsys.path.append({str(library)!r})\nimport mine\ndef run():\n    return mine.X\n"
                trace = run_on(agent, module)["trace"]
                self.assertEqual(trace["outside"][str(library / "mine.py")], digest_of(b"X = 1\n"))

    @unittest.skipUnless(LINUX, "there is no zygote that could have imported it: sys.platform != 'linux'")
    def test_a_module_from_elsewhere_that_was_there_before_leaves_no_trace(self) -> None:
        with Agent() as agent:
            (agent.folder / "early.py").write_text("X = 1\n")
            agent.environment = {"PYTHONPATH": f"{agent.to_environment()['PYTHONPATH']}:{agent.folder}"}
            answer = run_on(agent, "def run():\n    return 1\n", packages=["early"])
        self.assertEqual(value_of(answer), 1)
        self.assertIn("early.py", answer["untraced"])


@unittest.skipUnless(LINUX, "only Linux tells what is opened: sys.platform != 'linux'")
class Native(unittest.TestCase):
    """Readers that raise no event: the module's folder is watched."""

    def read(self, imports: str, text: str, widened: tuple[str, ...] = ("",)) -> dict:
        """`widened`: whether it counts too which data files there are, since an absent one may have been looked for."""
        with self.subTest(text):
            fresh = trace_of(to_files(text, imports), fresh=True)
            forked = trace_of(to_files(text, imports), packages=["pyarrow"])
            for trace in (fresh, forked):
                self.assertEqual([one["file"] for one in trace["widen"] if one["level"] == "data"], [*widened])
            self.assertEqual(fresh["files"], forked["files"])
            self.assertEqual(fresh["listings"], forked["listings"])
            return fresh

    @unittest.skipIf(missing("pyarrow"), NO_PACKAGE.format("pyarrow"))
    def test_pyarrow(self) -> None:
        self.assertEqual(self.read("import pyarrow.csv", "pyarrow.csv.read_csv('data.csv')")["files"], {"data.csv": READ})
        trace = self.read("import pyarrow.dataset as ds", "ds.dataset('sub', format='csv').to_table()")
        self.assertEqual((set(trace["files"]), trace["listings"]), ({"sub/one.csv", "sub/two.csv"}, {"sub": ["one.csv", "two.csv"]}))
        files = {
            "main.py": (
                "import os, pyarrow as pa, pyarrow.parquet as pq\nPATH = os.environ['TMPDIR'] + '/t.parquet'\n"
                "def run():\n    pq.write_table(pa.table({'a': [1]}), PATH)\n"
                "    return pq.read_table(PATH).num_rows + pa.memory_map('data.csv').size()\n"
            ),
            **DATA,
        }
        self.assertEqual(trace_of(files, fresh=True)["files"], {"data.csv": READ})

    @unittest.skipIf(missing("polars"), NO_PACKAGE.format("polars"))
    def test_polars(self) -> None:
        self.assertEqual(self.read("import polars as pl", "pl.read_csv('data.csv')")["files"]["data.csv"], READ)
        trace = self.read("import polars as pl", "pl.scan_csv('sub/*.csv').collect()")
        self.assertEqual((set(trace["files"]), trace["listings"]), ({"sub/one.csv", "sub/two.csv"}, {"sub": ["one.csv", "two.csv"]}))

    @unittest.skipIf(missing("pandas"), NO_PACKAGE.format("pandas"))
    def test_pandas(self) -> None:
        for engine in ("c", "python", "pyarrow"):
            text = f"pd.read_csv('data.csv', engine={engine!r})"
            self.assertEqual(self.read("import pandas as pd", text, widened=())["files"], {"data.csv": READ})

    def test_sqlite_that_attaches_a_file(self) -> None:
        def make(root: Path) -> None:
            with contextlib.closing(sqlite3.connect(root / "d.db")) as made:
                made.executescript("CREATE TABLE t (v); INSERT INTO t VALUES (7)")

        with Agent() as agent:
            answer = run_on(
                agent,
                "import sqlite3\ndef run():\n    c = sqlite3.connect('file::memory:', uri=True)\n"
                "    c.execute(\"ATTACH 'file:d.db?immutable=1' AS d\")\n    return c.execute('SELECT v FROM d.t').fetchone()[0]\n",
                make=make,
            )
            self.assertEqual(value_of(answer), 7)
            self.assertEqual(answer["trace"]["files"]["d.db"], digest_of((agent.place.root / "d.db").read_bytes()))

    def test_files_elsewhere_whose_names_the_code_or_a_parameter_holds(self) -> None:
        if missing("pyarrow"):
            self.skipTest(NO_PACKAGE.format("pyarrow"))
        with Agent() as agent:
            file = agent.folder / "elsewhere.csv"
            file.write_text("a\n1\n")
            module = f"import pyarrow.csv\ndef run(path):\n    return pyarrow.csv.read_csv({str(file)!r}).num_rows\n"
            self.assertEqual(run_on(agent, module, params={"path": ""})["trace"]["outside"][str(file)], digest_of(b"a\n1\n"))
            module = "import pyarrow.csv\ndef run(path):\n    return pyarrow.csv.read_csv(path).num_rows\n"
            self.assertEqual(run_on(agent, module, params={"path": str(file)})["trace"]["outside"][str(file)], digest_of(b"a\n1\n"))


class Leaving(Shared):
    def test_child_processes_count_everything(self) -> None:
        for text in (
            "import subprocess; subprocess.run(['true'])", "os.system('true')", "os.waitpid(os.fork() or os._exit(0), 0)",
            "os.popen('true').read()",
            "os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)", "os.spawnv(os.P_WAIT, '/bin/true', ['true'])",
            "import multiprocessing.util as u; os.waitpid(u.spawnv_passfds(b'/bin/true', [b'true'], ()), 0)",
            "import importlib.util; [importlib.util.find_spec(name) for name in ('_interpreters', '_xxsubinterpreters')]",
            "import multiprocessing as m; p = m.get_context('fork').Process(target=int); p.start(); p.join()",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertIn("tree", levels(self.trace_of(to_files(text))))

    def test_a_trace_that_breaks_fails_no_task(self) -> None:
        files = {
            "main.py": "import os\nfrom cairn.tracenotes import Notes\ndef broken(*a, **k):\n    raise ValueError('broken')\n"
            "def run():\n    Notes.read = Notes.look = broken\n"
            "    os.stat('data.csv')\n    return len(open('data.csv').read())\n",
            **DATA,
        }
        answer = self.run_traced(files)
        self.assertEqual(value_of(answer), 8)
        self.assertIn("broke", answer["untraced"])


if __name__ == "__main__":
    unittest.main()
