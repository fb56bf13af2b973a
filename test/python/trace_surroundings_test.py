"""Variables, imports, packages and text compiled at run time; and that equal executions have equal traces."""

import importlib.util
import json
import unittest
from typing import ClassVar

from support.runner_agent import Agent
from support.traced import LINUX, MONITORED, Shared, levels, ran, run_on, trace_of, value_of


def to_task(text: str, imports: str = "import os") -> str:
    return f"{imports}\ndef run():\n    {text}\n    return 1\n"


class Variables(Shared):
    def variables(self, text: str, **changes) -> object:
        return self.trace_of(to_task(text), **changes)["variables"]

    def test_names_that_are_read(self) -> None:
        for text in (
            "os.environ.get('NAME')", "os.environ['NAME'] if 'NAME' in os.environ else 0", "os.getenv('NAME')", "os.environb.get(b'NAME')",
            "os.environ.setdefault('NAME', '1')", "os.environ.pop('NAME', None)", "os.path.expandvars('$NAME')",
            "from os import environ as e; e.get('NAME')", "os.getenvb(b'NAME')",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.variables(text), ["NAME"])

    def test_all_of_them(self) -> None:
        for text in (
            "dict(os.environ)", "len(os.environ)", "os.environ.copy()", "list(os.environ.items())", "os.environ | {}", "str(os.environ)",
            "os.environ._data", "open('/proc/self/environ').read()", "{**os.environ}", "[k for k in os.environb]", "repr(os.environ)",
        ):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.variables(text), "all")

    def test_what_the_task_sets_is_its_own(self) -> None:
        self.assertEqual(self.variables("os.environ['A'] = '1'; os.environ['A']; os.environ.update(B='2'); os.getenv('B')"), [])
        self.assertEqual(self.variables("pass", variables={"DECLARED": "1"}), [])

    def test_what_c_code_asks_for(self) -> None:
        text = "import ctypes; f = ctypes.CDLL(None).getenv; f.restype = ctypes.c_char_p; f(b'NAME')"
        self.assertEqual(self.variables(text), "all")
        self.assertEqual(self.variables("import ctypes; ctypes.pythonapi.Py_IsInitialized()"), "all")

    def test_the_object_stays_what_it_was(self) -> None:
        answer = self.run_traced(
            "import os, copy\ndef run():\n    os.environ['A'] = '1'\n    before = 'X' in os.environ\n    del os.environ['A']\n"
            "    return [type(os.environ).__name__, os.environ.get('A'), before, os.getenv('HOME') != '', os.environ == dict(os.environ)]\n"
        )
        self.assertEqual(value_of(answer), ["_Environ", None, False, True, True])


class Imports(Shared):
    def test_names_that_are_there_and_that_are_not(self) -> None:
        trace = self.trace_of(
            {
                "main.py": "import pack.part, space.inside\ntry:\n    from pack import absent\nexcept ImportError:\n    pass\n"
                "try:\n    import nowhere\nexcept ImportError:\n    pass\ndef run():\n    import json\n    return 1\n",
                "pack/__init__.py": "",
                "pack/part.py": "import wsgiref",
                "space/inside.py": "",
            }
        )
        self.assertEqual(
            trace["imports"],
            [
                ["", "json", False], ["", "main", True], ["", "nowhere", False], ["", "pack", True], ["", "space", True],
                ["", "wsgiref", False],
                ["pack", "absent", False], ["pack", "part", True], ["space", "inside", True],
            ],
        )  # fmt: skip
        self.assertEqual(trace["distributions"], ["nowhere"])

    def test_what_was_preloaded_is_looked_for_all_the_same(self) -> None:
        with Agent() as agent:
            trace = run_on(
                agent, "def run():\n    import decimal, csv as c\n    c.copy = [].copy\n    return 1\n", packages=["decimal", "csv"]
            )["trace"]
        self.assertEqual(trace["imports"], [["", "csv", False], ["", "decimal", False], ["", "main", True]])

    def test_a_folder_that_the_task_puts_on_the_path(self) -> None:
        files = {
            "main.py": "import sys, os\nsys.path.insert(0, os.path.abspath('lib'))\nimport tool, wsgiref\ndef run():\n    return 1\n",
            "lib/tool.py": "",
        }
        trace = self.trace_of(files)
        self.assertIn("lib/tool.py", trace["code"])
        self.assertNotIn("lib/tool.py", trace["files"])
        for entry in (["lib", "tool", True], ["lib", "wsgiref", False], ["", "tool", False]):
            self.assertIn(entry, trace["imports"])

    def test_a_library_that_resolves_a_module_by_name(self) -> None:
        files = {
            "main.py": "import pkgutil, part\ndef run():\n    return pkgutil.resolve_name('part:VALUE')\n",
            "part.py": "VALUE = 1\n",
        }
        self.assertIn({"level": "names", "file": "part.py", "because": "pkgutil imports it by name"}, self.trace_of(files)["widen"])
        files["main.py"] = "import pkgutil\ndef run():\n    return pkgutil.resolve_name('part:VALUE')\n"
        self.assertIn({"level": "names", "file": "part.py", "because": "pkgutil imports it by name"}, self.trace_of(files)["widen"])
        files["main.py"] = "import importlib\ndef run():\n    return importlib.import_module('part').VALUE\n"
        self.assertEqual(self.trace_of(files)["widen"], [])


class Distributions(unittest.TestCase):
    def test_of_modules_that_are_loaded(self) -> None:
        self.assertEqual(trace_of("def run():\n    return 1\n", fresh=True)["distributions"], [])
        trace = trace_of("import iniconfig\ndef run():\n    return 1\n", fresh=True)
        self.assertEqual(trace["distributions"], ["iniconfig"])

    @unittest.skipUnless(LINUX, "nothing is preloaded: sys.platform != 'linux'")
    def test_everything_preloaded_counts(self) -> None:
        trace = trace_of("def run():\n    return 1\n", packages=["iniconfig"])
        self.assertEqual(trace["distributions"], ["iniconfig"])

    def test_those_that_are_asked_for(self) -> None:
        cases = {
            "import importlib.metadata as m\ndef run():\n    return m.version('iniconfig')\n": ["iniconfig"],
            "import importlib.metadata as m\ndef run():\n    try:\n        m.version('Not_There')\n"
            "    except m.PackageNotFoundError:\n        return 1\n": ["not-there"],
            "import importlib.metadata as m\ndef run():\n    return len(list(m.distributions()))\n": "all",
            "import importlib.metadata as m\ndef run():\n    return len(m.entry_points(group='x'))\n": "all",
            "import os, sysconfig\ndef run():\n    return len(os.listdir(sysconfig.get_path('purelib')))\n": "all",
            "import os, sysconfig as s\ndef run():\n    return os.path.exists(s.get_path('purelib') + '/iniconfig/x')\n": ["iniconfig"],
        }  # fmt: skip
        for text, expected in cases.items():
            with self.subTest(text):
                self.assertEqual(trace_of(text, fresh=True)["distributions"], expected)


class Text(Shared):
    def test_words_of_what_is_compiled(self) -> None:
        for text in (
            "eval('alpha + beta.gamma', {'alpha': 1, 'beta': os.stat('.')}) if 0 else compile('alpha + beta.gamma', 'x', 'eval')",
            "exec('def f():\\n    alpha = \"beta gamma\"')",
        ):
            with self.subTest(text):
                self.assertLessEqual({"alpha", "beta", "gamma"}, set(self.trace_of(to_task(text))["words"]))
        trace = self.trace_of(
            "import collections, dataclasses\n@dataclasses.dataclass\nclass P:\n    height: int\n"
            "T = collections.namedtuple('T', 'width')\ndef run():\n    return 1\n"
        )
        self.assertLessEqual({"height", "width"}, set(trace["words"]))
        self.assertEqual(trace["widen"], [])

    def test_words_of_pickled_names(self) -> None:
        trace = self.trace_of("import pickle\nclass Deep:\n    pass\ndef run():\n    pickle.loads(b'cmain\\nDeep\\n.')\n    return 1\n")
        self.assertIn("Deep", trace["words"])

    def test_a_syntax_tree_that_is_compiled(self) -> None:
        text = "import ast; tree = ast.parse('1'); exec(compile(tree, 'x', 'exec'))"
        self.assertIn("names", levels(self.trace_of(to_task(text))))
        self.assertEqual(levels(self.trace_of(to_task("import ast; ast.parse('alpha')"))), set())

    def test_docstrings_that_a_library_reads(self) -> None:
        files = {"main.py": "import inspect, pydoc\ndef f():\n    'doc'\ndef run():\n    return pydoc.plain(pydoc.render_doc(f))[:3]\n"}
        self.assertIn("docs", levels(self.trace_of(files)))
        quiet = (
            "import functools, dataclasses, enum\ndef d(f):\n    return functools.wraps(f)(lambda: 1)\n@d\ndef f():\n"
            "    'doc'\nclass E(enum.Enum):\n    'doc'\n    A = 1\n@dataclasses.dataclass\nclass C:\n    'doc'\n"
            "    a: int\ndef run():\n    return f()\n"
        )
        self.assertEqual(levels(self.trace_of(quiet)), set())

    # Below 3.12 nothing tells which library function runs.
    if MONITORED:

        def test_docstrings_that_any_library_function_reads(self) -> None:
            text = "import inspect\ndef f():\n    'doc'\ndef run():\n    return inspect.getdoc(f)\n"
            self.assertIn("docs", levels(self.trace_of(text)))

    def test_code_that_a_library_looks_at(self) -> None:
        text = "import {0}\nf = lambda: 1\ndef run():\n    return len({1}) * 0\n"
        if importlib.util.find_spec("cloudpickle") is None:
            self.skipTest("a package is not installed here: cloudpickle")
        trace = self.trace_of(text.format("cloudpickle", "cloudpickle.dumps(f)"))
        self.assertIn(("positions", "main.py"), {(one["level"], one["file"]) for one in trace["widen"]})
        self.assertEqual(levels(self.trace_of(text.format("inspect", "str(inspect.signature(f))"))), set())

    def test_frames_that_a_library_looks_at(self) -> None:
        with Agent() as agent:
            library = agent.folder / "library" / "site-packages"
            library.mkdir(parents=True)
            (library / "looks.py").write_text("import sys\ndef line():\n    return sys._getframe(1).f_lineno\n")
            agent.environment = {"PYTHONPATH": f"{agent.to_environment()['PYTHONPATH']}:{library}"}
            trace = run_on(agent, "import looks\ndef run():\n    return looks.line()\n")["trace"]
        self.assertIn(("positions", None), {(one["level"], one["file"]) for one in trace["widen"]})
        self.assertEqual(
            levels(self.trace_of(to_task("import collections, logging; collections.namedtuple('T', 'a'); logging.warning('x')"))), set()
        )


class Determinism(unittest.TestCase):
    FILES: ClassVar = {
        "main.py": (
            "import os, pathlib, helper, dataclasses, random, tempfile, json\n@dataclasses.dataclass\nclass A:\n    x: int\n"
            "def run():\n    os.listdir('.')\n    {str(i) for i in range(9)}\n    pathlib.Path(__file__).resolve()\n"
            "    open(tempfile.mkstemp()[1]).read()\n"
            "    os.environ.get('A'); os.environ.get('B')\n    os.path.exists(pathlib.Path(__file__).parent / 'data' / 'x.csv')\n"
            "    open(pathlib.Path(__file__).with_name('data.csv')).read()\n    exec('a = b = c = 1')\n    return helper.f(A(1).x)\n"
        ),
        "helper.py": "def f(x):\n    return [g(y) for y in range(x)]\ndef g(y):\n    return y\n",
        "data.csv": "a\n1\n",
    }

    def test_two_places_give_one_trace(self) -> None:
        traces = []
        for seed in ("1", "2"):
            environment = {"PYTHONHASHSEED": seed, "HOME": f"/tmp/home{seed}"}
            traces.append(json.dumps(trace_of(self.FILES, environment=environment)))
        traces.append(json.dumps(trace_of(self.FILES, packages=["decimal"])))
        traces.append(json.dumps(trace_of(self.FILES, fresh=True)))
        self.assertEqual(len(set(traces)), 1, traces)
        self.assertEqual(ran(json.loads(traces[0]), "helper.py")[:2], ["<module>", "f"])


if __name__ == "__main__":
    unittest.main()
