"""First-party code by digest: what is found, in which order, and never a stale one."""

import os
import sys
import unittest

from support.runner_agent import Agent
from support.workplace import to_value


class Imports(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.agent = Agent()
        if sys.platform == "linux":
            cls.agent.start_zygote(["decimal", "csv"])

    @classmethod
    def tearDownClass(cls) -> None:
        cls.agent.__exit__()

    def run_task(self, files, **changes):
        worker = self.agent.fork() if self.agent.zygote else self.agent.spawn()
        answer = worker.run(self.agent.place.context(files, **changes))
        self.assertEqual(answer["method"], "succeeded", answer)
        return to_value(answer["outputs"][0])

    def test_packages_relative_imports_and_namespace_folders(self) -> None:
        files = {
            "main.py": (
                "import pack.deep.leaf, space.inside\nfrom pack import NAME\n"
                "def run():\n    return [NAME, pack.deep.leaf.up(), space.inside.VALUE]\n"
            ),
            "pack/__init__.py": "from .deep import leaf\nNAME = __name__\n",
            "pack/deep/__init__.py": "",
            "pack/deep/leaf.py": "from ..side import SIDE\ndef up():\n    return SIDE\n",
            "pack/side.py": "SIDE = 'side'\n",
            "space/inside.py": "VALUE = __package__\n",
        }
        self.assertEqual(self.run_task(files), ["pack", "side", "space"])

    def test_files_beside_the_code(self) -> None:
        files = {
            "main.py": (
                "import importlib.resources, pkgutil, pack\n"
                "def run():\n"
                "    text = importlib.resources.files(pack).joinpath('data.txt').read_text()\n"
                "    return [text, pkgutil.get_data('pack', 'data.txt').decode()]\n"
            ),
            "pack/__init__.py": "",
            "pack/data.txt": "beside",
        }
        self.assertEqual(self.run_task(files), ["beside", "beside"])

    def test_an_entry_in_a_folder(self) -> None:
        files = {"steps/one.py": "from .two import TWO\ndef run():\n    return [__name__, TWO]\n", "steps/two.py": "TWO = 2\n"}
        entry = {"file": "steps/one.py", "function": "run"}
        self.assertEqual(self.run_task(files, entry=entry), ["steps.one", 2])

    def test_a_file_shadows_what_was_preloaded(self) -> None:
        files = {
            "main.py": "import csv, decimal\ndef run():\n    return [csv.MINE, hasattr(decimal, 'Decimal')]\n",
            "csv.py": "MINE = True\n",
        }
        self.assertEqual(self.run_task(files), [True, True])
        self.assertEqual(self.run_task("import csv\ndef run():\n    return hasattr(csv, 'reader')\n"), True)

    def test_an_entry_named_like_a_module_that_is_needed(self) -> None:
        for name in ("csv", "time", "sys", "os", "io", "cairn", "json", "traceback"):
            module = "import sys\ndef run():\n    return [__name__, sys.version_info[0]]\n"
            with self.subTest(name):
                self.assertEqual(self.run_task({f"{name}.py": module}, entry={"file": f"{name}.py", "function": "run"}), [name, 3])

    def test_an_edit_of_equal_size_and_time_is_seen(self) -> None:
        for value in ("1", "2", "1"):
            context = self.agent.place.context({"main.py": "import part\ndef run():\n    return part.X\n", "part.py": f"X = {value}\n"})
            for file in context["code"]:
                os.utime(self.agent.place.root / file, (1_000_000_000, 1_000_000_000))
            worker = self.agent.fork() if self.agent.zygote else self.agent.spawn()
            self.assertEqual(to_value(worker.run(context)["outputs"][0]), int(value))
        self.assertEqual([path for path in self.agent.place.root.rglob("*.pyc") if path.stem.startswith(("main", "part"))], [])

    def test_one_content_in_two_places_has_two_names(self) -> None:
        same = "import sys\ndef where():\n    return sys._getframe().f_code.co_filename\n"
        files = {"main.py": "import a, b\ndef run():\n    return [a.where(), b.where()]\n", "a.py": same, "b.py": same}
        self.assertEqual(self.run_task(files), ["a.py", "b.py"])

    def test_source_and_data_can_be_read(self) -> None:
        files = {
            "main.py": (
                "import inspect, helper, pathlib\nHERE = pathlib.Path(__file__).name\n"
                "def run():\n    return [inspect.getsource(helper.f), pathlib.Path('data.txt').read_text(), HERE]\n"
            ),
            "helper.py": "def f():\n    return 1\n",
        }
        (self.agent.place.root / "data.txt").write_text("data")
        self.assertEqual(self.run_task(files), ["def f():\n    return 1\n", "data", "main.py"])

    def test_classes_pickle_by_their_module(self) -> None:
        module = (
            "import pickle\nclass Point:\n    x = 1\ndef run():\n    return [pickle.loads(pickle.dumps(Point())).x, Point.__module__]\n"
        )
        self.assertEqual(self.run_task(module), [1, "main"])


if __name__ == "__main__":
    unittest.main()
