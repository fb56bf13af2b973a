"""What a person reads when a task fails: code, cause, and the place in their own code."""

import sys
import unittest

from support.runner_agent import Agent
from support.workplace import to_value

UNREADABLE = "import json\ndef run():\n    try:\n        json.loads('{')\n    except ValueError as error:\n"
JSON_OUT = [{"name": "out", "type": {"kind": "json"}}]


class Failures(unittest.TestCase):
    """Each in a fork of one zygote where there is fork, else in a fresh interpreter."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.agent = Agent()
        if sys.platform == "linux":
            cls.agent.start_zygote()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.agent.__exit__()

    def run_task(self, files, **changes) -> dict:
        worker = self.agent.fork() if self.agent.zygote else self.agent.spawn()
        return worker.run(self.agent.place.context(files, **changes))

    def fail(self, files, **changes) -> dict:
        answer = self.run_task(files, **changes)
        self.assertEqual(answer["method"], "failed", answer)
        return answer

    def expect(self, files, failure: str, message: str, place: "tuple | None" = None, **changes) -> dict:
        answer = self.fail(files, **changes)
        self.assertEqual(answer["code"], failure, answer)
        self.assertIn(message, answer["message"])
        if place is not None:
            self.assertEqual((answer.get("file"), answer.get("line")), place)
        return answer

    def test_an_error_in_a_helper_of_another_file(self) -> None:
        files = {
            "main.py": "import steps.helper\n\ndef run():\n    return steps.helper.divide(1)\n",
            "steps/helper.py": "import json\n\ndef divide(by):\n    return json.loads('{') / by\n",
        }
        answer = self.expect(files, "user-error", "JSONDecodeError: Expecting property name", ("steps/helper.py", 4))
        self.assertIn('File "main.py", line 4, in run\n    return steps.helper.divide(1)', answer["traceback"])
        self.assertIn('File "steps/helper.py", line 4, in divide', answer["traceback"])
        self.assertNotIn("json/", answer["traceback"])
        self.assertNotIn(str(self.agent.folder), answer["traceback"])
        self.assertNotIn("cairn", answer["traceback"])

    def test_causes_are_told_and_trimmed_too(self) -> None:
        module = UNREADABLE + "        raise RuntimeError('cannot read') from error\n"
        answer = self.expect(module, "user-error", "RuntimeError: cannot read", ("main.py", 6))
        self.assertIn("direct cause", answer["traceback"])
        self.assertNotIn("decoder.py", answer["traceback"])

    def test_lines_are_shown_after_a_change_of_folder(self) -> None:
        answer = self.fail("import os\ndef run():\n    os.chdir('/')\n    raise ValueError('lost')\n")
        self.assertIn("raise ValueError('lost')", answer["traceback"])

    def test_a_missing_package_is_named(self) -> None:
        for module, line in (("import nothere.inside\ndef run(): pass\n", 1), ("def run():\n    import nothere\n", 2)):
            self.expect(module, "import-failed", "add 'nothere' to its lock", ("main.py", line))

    def test_a_missing_file_of_ones_own_is_no_package(self) -> None:
        answer = self.expect({"main.py": "from own import other\ndef run(): pass\n", "own/__init__.py": ""}, "import-failed", "ImportError")
        self.assertNotIn("lock", answer["message"])

    def test_a_syntax_error_has_its_place(self) -> None:
        self.expect("def run():\n    return (1\n", "user-error", "SyntaxError: '(' was never closed", ("main.py", 2))
        files = {"main.py": "import other\ndef run(): pass\n", "other.py": "x = 1\ny = = 2\n"}
        self.expect(files, "user-error", "SyntaxError: invalid syntax", ("other.py", 2))

    def test_bytes_that_are_no_source(self) -> None:
        self.agent.place.root.joinpath("main.py").write_bytes(b"x = '\xff'\n")
        context = self.agent.place.context({})
        from support.workplace import digest_of

        context["code"] = {"main.py": digest_of(b"x = '\xff'\n")}
        answer = (self.agent.fork() if self.agent.zygote else self.agent.spawn()).run(context)
        self.assertEqual((answer["code"], answer["message"].partition(":")[0]), ("user-error", "SyntaxError"))

    def test_a_missing_entry(self) -> None:
        self.expect("def build():\n    pass\n", "entry-missing", "main.py has no function 'run'; it has build", ("main.py", None))
        self.expect("run = 1\n", "entry-missing", "'run' in main.py is int, not a function")
        self.expect({"other.py": ""}, "entry-missing", "the entry file main.py is not in the module")

    def test_a_function_that_does_not_take_what_is_declared(self) -> None:
        self.expect(
            "\ndef run(month):\n    pass\n",
            "user-error",
            "unexpected keyword argument 'year'",
            ("main.py", 2),
            params={"month": 1, "year": 2},
        )
        self.expect(
            "def run(month, year):\n    pass\n", "user-error", "missing a required argument: 'year'", ("main.py", 1), params={"month": 1}
        )

    def test_leaving_is_no_success(self) -> None:
        self.expect("import sys\ndef run():\n    sys.exit('enough')\n", "user-error", "SystemExit: enough", ("main.py", 3))
        self.expect("import sys\ndef run():\n    sys.exit()\n", "user-error", "SystemExit", ("main.py", 3))
        self.expect("def run():\n    raise KeyboardInterrupt\n", "user-error", "KeyboardInterrupt", ("main.py", 2))
        self.expect("class Odd(BaseException): pass\ndef run():\n    raise Odd(1)\n", "user-error", "Odd: 1", ("main.py", 3))

    def test_leaving_at_once_is_an_exit_without_answer(self) -> None:
        worker = self.agent.fork() if self.agent.zygote else self.agent.spawn()
        worker.give(self.agent.place.context("import os\ndef run():\n    os._exit(3)\n"))
        self.assertIsNone(worker.control.read())

    def test_out_of_memory(self) -> None:
        self.expect("def run():\n    raise MemoryError\n", "out-of-memory", "MemoryError", ("main.py", 2))

    def test_endless_recursion(self) -> None:
        answer = self.expect("def run():\n    return run()\n", "user-error", "RecursionError", ("main.py", 2))
        self.assertIn("repeated", answer["traceback"])

    def test_very_long_messages_are_cut(self) -> None:
        answer = self.fail("def run():\n    raise ValueError('ü' * 5_000_000)\n")
        self.assertLessEqual(len(answer["message"].encode()), 65_536)
        self.assertIn("bytes in all", answer["message"])
        self.assertLessEqual(len(answer["traceback"].encode()), 65_536)

    def test_an_error_that_cannot_be_told(self) -> None:
        module = "class Odd(Exception):\n    def __str__(self): raise ValueError\ndef run():\n    raise Odd\n"
        self.expect(module, "user-error", "Odd: <its message could not be made: ValueError>", ("main.py", 4))

    def test_groups_of_errors(self) -> None:
        if sys.version_info < (3, 11):
            self.skipTest("sys.version_info < (3, 11)")
        module = UNREADABLE + "        raise ExceptionGroup('two', [error, KeyError('a')])\n"
        answer = self.expect(module, "user-error", "ExceptionGroup: two", ("main.py", 6))
        self.assertNotIn("decoder.py", answer["traceback"])

    def test_a_folder_that_is_not_there(self) -> None:
        self.expect("def run(): pass\n", "worker-start-failed", "cannot be used", root="/no/such/folder")

    def test_a_file_that_is_not_what_was_built(self) -> None:
        self.expect("def run(): pass\n", "store-failed", "does not hold what was built", code={"main.py": "sha256:" + "0" * 64})

    def test_outputs_that_break_the_contract(self) -> None:
        table = [{"name": "t", "type": {"kind": "json"}}, {"name": "m", "type": {"kind": "metrics"}}]
        self.expect("def run():\n    return {'t': 1}\n", "output-missing", "output 'm' is missing", ("main.py", 1), outputs=table)
        self.expect("def run():\n    pass\n", "output-missing", "the function returned nothing", outputs=JSON_OUT)
        self.expect("def run():\n    return {'t': 1, 'm': {}, 'x': 2}\n", "output-unexpected", "output 'x' is not declared", outputs=table)
        self.expect(
            "def run():\n    return {'t': 1, 'm': {'a': float('nan')}}\n", "output-wrong", "output 'm': metric 'a' is nan", outputs=table
        )
        self.expect("def run():\n    return {'a': [1, {2}]}\n", "output-wrong", "output 'out': $.a[1] is set", outputs=JSON_OUT)
        self.expect("def run():\n    return 1\n", "output-unexpected", "declares no outputs", outputs=[])

    def test_a_number_that_cannot_be_reported(self) -> None:
        module = "from cairn import log_metric\ndef run():\n    log_metric('mae', float('inf'))\n"
        self.expect(module, "user-error", "ValueError: metric 'mae' is inf; only finite numbers can be reported", ("main.py", 3))

    def test_the_next_task_is_not_harmed(self) -> None:
        self.assertEqual(to_value(self.run_task("def run():\n    return 'well'\n")["outputs"][0]), "well")


if __name__ == "__main__":
    unittest.main()
