"""Which units ran: the same names on every version of CPython."""

import importlib.util
import unittest

from support.traced import MONITORED, Shared, levels, ran, value_of


class Units(Shared):
    def test_functions_classes_and_modules_that_ran_and_no_other(self) -> None:
        trace = self.trace_of(
            {
                "main.py": (
                    "import helper\nclass Box:\n    '''doc'''\n    def size(self):\n        return 1\n    def other(self):\n"
                    "        return 2\n"
                    "def deco(f):\n    return f\n@deco\n@deco\ndef run():\n    pick = lambda v: v + 1\n    never = lambda v: v\n"
                    "    def inner():\n        yield pick(1)\n    return [*inner(), Box().size(), helper.used()]\n"
                ),
                "helper.py": "def used():\n    return [x for x in (1, 2)]\ndef unused():\n    return 2\n",
                "lonely.py": "1 / 0\n",
            }
        )
        self.assertEqual(
            trace["code"]["main.py"]["ran"],
            [[1, "<module>"], [2, "Box"], [4, "size"], [8, "deco"], [10, "run"], [13, "<lambda>"], [15, "inner"]],
        )
        self.assertEqual(
            [unit for unit in trace["code"]["helper.py"]["ran"] if not unit[1].endswith("comp>")], [[1, "<module>"], [1, "used"]]
        )
        self.assertNotIn("lonely.py", trace["code"])
        self.assertEqual((trace["v"], trace["means"], trace["widen"]), (1, "monitoring" if MONITORED else "flags", []))

    def test_what_only_c_code_calls(self) -> None:
        trace = self.trace_of(
            "import weakref, threading, functools, collections\n"
            "class Key:\n    def __init__(self, v):\n        self.v = v\n    def __lt__(self, other):\n        return self.v < other.v\n"
            "    def __eq__(self, other):\n        return True\n    def __del__(self):\n        SEEN.append(1)\n"
            "    def __hash__(self):\n        return 1\n"
            "SEEN = []\ndef key(v):\n    return Key(v)\ndef missing():\n    return 0\ndef ended():\n    SEEN.append(2)\n"
            "def threaded():\n    SEEN.append(3)\nclass Old:\n    pass\ndef run():\n    sorted([2, 1], key=key)\n"
            "    [Key(1)].index(Key(2))\n"
            "    collections.defaultdict(missing)['a']\n    old = Old()\n    weakref.finalize(old, ended)\n    del old\n"
            "    thread = threading.Thread(target=threaded)\n    thread.start()\n    thread.join()\n    return sorted(SEEN)[-2:]\n"
        )
        names = set(ran(trace))
        self.assertLessEqual({"key", "__lt__", "__eq__", "__del__", "missing", "ended", "threaded"}, names)
        self.assertNotIn("__hash__", names)

    def test_generators_that_are_resumed_or_thrown_into(self) -> None:
        trace = self.trace_of(
            "import contextlib\n@contextlib.contextmanager\ndef guard():\n    try:\n        yield\n"
            "    except ValueError:\n        caught()\n"
            "def caught():\n    pass\ndef never():\n    yield 1\ndef closed():\n    try:\n        yield 1\n"
            "    finally:\n        ended()\ndef ended():\n    pass\n"
            "async def later():\n    return 1\nasync def unawaited():\n    return 2\n"
            "def run():\n    import asyncio\n    with guard():\n        raise ValueError\n    one = closed()\n"
            "    next(one)\n    one.close()\n    never()\n"
            "    unawaited().close()\n    return asyncio.run(later())\n"
        )
        names = set(ran(trace))
        self.assertLessEqual({"guard", "caught", "closed", "ended", "later"}, names)
        self.assertNotIn("never", names)

    def test_what_is_written_only_with_the_outputs(self) -> None:
        trace = self.trace_of(
            {
                "main.py": (
                    "class Model:\n    def __getstate__(self):\n        return state()\ndef state():\n"
                    "    open('weights.txt').read()\n    return {'a': 1}\n"
                    "def run():\n    return Model()\n"
                ),
                "weights.txt": "1",
            },
            outputs=[{"name": "out", "type": {"kind": "model"}}],
        )
        self.assertEqual(ran(trace), ["<module>", "Model", "__getstate__", "state", "run"])
        self.assertEqual(list(trace["files"]), ["weights.txt"])

    def test_equal_files_are_told_apart(self) -> None:
        same = "def f():\n    return 1\ndef g():\n    return 2\n"
        trace = self.trace_of({"main.py": "import a, b\ndef run():\n    return [a.f(), b.g()]\n", "a.py": same, "b.py": same})
        self.assertEqual((ran(trace, "a.py"), ran(trace, "b.py")), (["<module>", "f"], ["<module>", "g"]))

    def test_a_reloaded_module_keeps_what_ran_before(self) -> None:
        files = {
            "main.py": "import importlib, part\ndef run():\n    part.f()\n    importlib.reload(part)\n    return part.g()\n",
            "part.py": "def f():\n    return 1\ndef g():\n    return 2\ndef h():\n    return 3\n",
        }
        self.assertEqual(ran(self.trace_of(files), "part.py"), ["<module>", "f", "g"])

    def test_results_are_those_of_the_same_code_without_a_trace(self) -> None:
        module = (
            "import inspect, sys\nclass A:\n    x: int = 1\n    def f(self):\n        'doc'\n        global G\n"
            "        G = 1\n        return super().__hash__() is not None\n"
            "def deep(n):\n    return 0 if n == 0 else 1 + deep(n - 1)\n"
            "def lines():\n    'only a docstring'\ndef where():\n    return sys._getframe().f_lineno\n"
            "def run():\n    f = lambda a, *b, c=3, **d: (a, b, c, d)\n"
            "    return [f(1, 2, e=5), A().f(), A.f.__doc__, sorted(vars(A).keys() - {'__static_attributes__', '__firstlineno__'}),"
            " deep(200), lines.__doc__, where(), inspect.getsource(where), str(inspect.signature(f)), where.__code__.co_firstlineno,"
            " [i for i in range(3) if (lambda v: v)(i)], G]\n"
        )
        plain, traced = self.run_traced(module, trace=False), self.run_traced(module)
        self.assertEqual(value_of(plain), value_of(traced))
        self.assertIn("trace", traced)
        self.assertNotIn("trace", plain)

    def test_copies_of_code_count_the_whole_file(self) -> None:
        copies = (
            "types.FunctionType(f.__code__.replace(co_name='g'), globals())()",
            "exec(compile('def f():\\n    return 2', 'main.py', 'exec'))",
            "types.FunctionType(marshal.loads(marshal.dumps(f.__code__)), globals())()",
        )
        for text in copies:
            with self.subTest(text):
                trace = self.trace_of(f"import types, marshal\ndef f():\n    return 1\ndef run():\n    {text}\n    return 1\n")
                whole = trace["files"].get("main.py") == trace["code"]["main.py"]["digest"]
                self.assertTrue(whole or "positions" in levels(trace))

    def test_code_can_be_hashed_compared_copied_and_pickled(self) -> None:
        module = (
            "import marshal, types, pickle, copy\ndef f(x):\n    return lambda y: x + y\nclass A:\n    def g(self):\n        return 1\n"
            "def run():\n    code = f.__code__\n    copied = types.FunctionType(marshal.loads(marshal.dumps(code)), {})\n"
            "    return [{code: 1}[code], code == code, code == A.g.__code__, copied(1)(2), len({f, A.g}), copy.deepcopy(A)().g()]\n"
        )
        self.assertEqual(value_of(self.run_traced(module)), [1, True, False, 3, 2, 1])
        if importlib.util.find_spec("cloudpickle") is not None:
            text = (
                "import cloudpickle as c, pickle\nf = lambda x: (lambda y: x + y)\ndef run():\n    return pickle.loads(c.dumps(f))(1)(2)\n"
            )
            self.assertEqual(value_of(self.run_traced(text)), 3)

    def test_no_trace_of_a_failed_task(self) -> None:
        answer = self.run_traced("def run():\n    raise ValueError('no')\n")
        self.assertEqual((answer["method"], answer["code"]), ("failed", "user-error"))
        self.assertIn("in run", answer["traceback"])
        self.assertNotIn("cairn", answer["traceback"])

    # Below 3.12 there is no sys.monitoring.
    if MONITORED:

        def test_a_task_that_takes_the_place_of_the_trace_has_none(self) -> None:
            for text in ("m.set_local_events(4, run.__code__, 0)", "m.free_tool_id(4)", "m.register_callback(4, 1, None)"):
                answer = self.run_traced(f"import sys\nm = sys.monitoring\ndef run():\n    {text}\n    return 1\n")
                with self.subTest(text):
                    self.assertEqual(value_of(answer), 1)
                    self.assertIn("monitoring", answer["untraced"])

    def test_other_hooks_of_the_task_count_everything(self) -> None:
        for text in (
            "sys.settrace(lambda *a: None)",
            "sys.setprofile(None)",
            "sys.addaudithook(lambda *a: None)",
            "threading.settrace(print)",
        ):
            with self.subTest(text):
                module = (
                    f"import sys, threading\ndef run():\n    {text}\n    t = threading.Thread(target=int)\n    t.start()\n"
                    f"    t.join()\n    sys.settrace(None)\n    return 1\n"
                )
                self.assertIn("tree", levels(self.trace_of(module)))


if __name__ == "__main__":
    unittest.main()
