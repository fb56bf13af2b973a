"""Workers of both kinds over real sockets: one task, its streams, its isolation, and its end."""

import json
import os
import signal
import sys
import unittest

from support.runner_agent import Agent, is_alive, wait_until
from support.workplace import inline_json, to_input, to_value

LINUX = sys.platform == "linux"
ONE = "def run():\n    return 1\n"


class Base(unittest.TestCase):
    def setUp(self) -> None:
        self.agent = Agent()
        self.addCleanup(self.agent.__exit__)


@unittest.skipUnless(LINUX, "fork is used on Linux only: sys.platform != 'linux'")
class Forked(Base):
    def setUp(self) -> None:
        super().setUp()
        self.ready = self.agent.start_zygote()

    def test_it_says_who_it_is(self) -> None:
        self.assertEqual(self.ready["python"], ".".join(map(str, sys.version_info[:3])))
        self.assertEqual(self.ready["pid"], self.agent.processes[0].pid)
        self.assertTrue(self.ready["platform"].startswith("linux-"))

    def test_two_children_have_one_parent_and_nothing_else_in_common(self) -> None:
        module = (
            "import json\ndef run(write):\n    before = getattr(json, 'mark', 0)\n    json.mark = write\n    return [before, json.mark]\n"
        )
        first, second = self.agent.fork("one"), self.agent.fork("two")
        context = self.agent.place.context(module)
        self.assertEqual(to_value(first.run({**context, "params": {"write": 1}})["outputs"][0]), [0, 1])
        self.assertEqual(to_value(second.run({**context, "params": {"write": 2}})["outputs"][0]), [0, 2])
        self.assertNotEqual(first.pid, second.pid)
        self.assertEqual({first.parent, second.parent}, {self.ready["pid"]})

    def test_children_draw_different_numbers_unless_a_seed_is_declared(self) -> None:
        module = "import random\ndef run():\n    return random.random()\n"
        drawn = []
        for seed in (None, None, 7, 7, 8, -1, 2**70):
            drawn.append(to_value(self.agent.fork().run(self.agent.place.context(module, seed=seed))["outputs"][0]))
        self.assertEqual(len(set(drawn)), 6)
        self.assertEqual(drawn[2], drawn[3])

    def test_the_exit_is_reported_with_what_it_used(self) -> None:
        worker = self.agent.fork()
        worker.run(self.agent.place.context(ONE))
        exited = self.expect_exit(worker.pid)
        self.assertEqual((exited["status"], exited["signal"]), (0, None))
        self.assertGreater(exited["maxRss"], 1_000_000)
        self.assertGreaterEqual(exited["cpuSeconds"], 0)

    def expect_exit(self, pid: int) -> dict:
        while (exited := self.agent.zygote.expect("exited"))["pid"] != pid:
            pass
        return exited

    def test_a_signal_reaches_the_whole_group(self) -> None:
        module = (
            "import subprocess, sys\nfrom cairn import progress\ndef run():\n"
            "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            "    progress(child.pid)\n    child.wait()\n"
        )
        worker = self.agent.fork()
        worker.give(self.agent.place.context(module))
        grandchild = int(worker.control.expect("progress")["done"])
        self.assertTrue(is_alive(grandchild))
        self.agent.zygote.send("signal", {"pid": worker.pid, "signal": int(signal.SIGTERM)})
        exited = self.expect_exit(worker.pid)
        self.assertEqual((exited["status"], exited["signal"]), (None, int(signal.SIGTERM)))
        wait_until(lambda: not is_alive(grandchild), "the grandchild's end")

    def test_what_a_task_leaves_behind_dies_with_it(self) -> None:
        module = (
            "import subprocess, sys\ndef run():\n"
            "    code = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'\n"
            "    return subprocess.Popen([sys.executable, '-c', code]).pid\n"
        )
        worker = self.agent.fork()
        grandchild = to_value(worker.run(self.agent.place.context(module))["outputs"][0])
        self.expect_exit(worker.pid)
        wait_until(lambda: not is_alive(grandchild), "the grandchild's end")

    def test_signals_to_others_are_not_passed_on(self) -> None:
        self.agent.zygote.send("signal", {"pid": os.getpid(), "signal": int(signal.SIGKILL)})
        self.assertEqual(self.agent.fork().run(self.agent.place.context(ONE))["method"], "succeeded")

    def test_an_impossible_signal_harms_nobody(self) -> None:
        worker = self.agent.fork()
        for number in (0, 9999, -5, 2**70):
            self.agent.zygote.send("signal", {"pid": worker.pid, "signal": number})
        self.assertEqual(worker.run(self.agent.place.context(ONE))["method"], "succeeded")

    def test_a_killed_zygote_takes_its_children_along(self) -> None:
        waiting, running = self.agent.fork("a"), self.agent.fork("b")
        running.give(self.agent.place.context("from cairn import progress\ndef run():\n    progress(1)\n    while True: pass\n"))
        running.control.expect("progress")
        self.agent.kill_zygote()
        wait_until(lambda: not is_alive(waiting.pid) and not is_alive(running.pid), "the children's end")

    def test_the_end_of_control_ends_everything(self) -> None:
        waiting, running = self.agent.fork("a"), self.agent.fork("b")
        module = (
            "import subprocess, sys\nfrom cairn import progress\ndef run():\n"
            "    progress(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)\n"
            "    while True: pass\n"
        )
        running.give(self.agent.place.context(module))
        grandchild = int(running.control.expect("progress")["done"])
        self.agent.zygote._file.close()
        self.agent.zygote.socket.close()
        for pid in (waiting.pid, running.pid, grandchild, self.ready["pid"]):
            wait_until(lambda pid=pid: not is_alive(pid), f"the end of {pid}")
        self.assertEqual(self.agent.processes[0].wait(10), 0)

    def test_nonsense_on_control_ends_the_zygote(self) -> None:
        worker = self.agent.fork()
        self.agent.zygote.socket.sendall(b"nonsense\n")
        self.assertEqual(self.agent.processes[0].wait(10), 65)
        wait_until(lambda: not is_alive(worker.pid), "the child's end")

    def test_preload_imports_and_tells_what_it_could_not(self) -> None:
        answer = self.agent.preload(["decimal", "no_such_package", "xml.dom"])
        self.assertEqual(answer["imported"], ["decimal", "xml.dom"])
        self.assertEqual([problem["package"] for problem in answer["problems"]], ["no_such_package"])
        self.assertEqual(answer["threads"], 1)
        module = "import sys\ndef run():\n    return 'decimal' in sys.modules\n"
        self.assertIs(to_value(self.agent.fork().run(self.agent.place.context(module))["outputs"][0]), True)

    def test_a_package_that_starts_a_thread_stops_forking(self) -> None:
        (self.agent.folder / "threads_at_import.py").write_text(
            "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        )
        agent = Agent({"PYTHONPATH": f"{self.agent.to_environment()['PYTHONPATH']}:{self.agent.folder}"})
        self.addCleanup(agent.__exit__)
        answer = agent.start_zygote(["decimal", "threads_at_import", "fractions"])
        self.assertEqual(answer["threads"], 2)
        self.assertEqual([problem["package"] for problem in answer["problems"]], ["threads_at_import"])
        self.assertEqual(answer["imported"], ["decimal", "threads_at_import"])
        agent.zygote.send("fork", {"token": "t"})
        self.assertEqual(agent.zygote.expect("forkFailed")["token"], "t")

    def test_a_package_that_leaves_at_import_is_a_problem_only(self) -> None:
        (self.agent.folder / "leaves.py").write_text("raise SystemExit(3)\n")
        agent = Agent({"PYTHONPATH": f"{self.agent.to_environment()['PYTHONPATH']}:{self.agent.folder}"})
        self.addCleanup(agent.__exit__)
        self.assertEqual(agent.start_zygote(["leaves"])["problems"], [{"package": "leaves", "message": "SystemExit: 3"}])

    def test_code_compiled_ahead_is_taken_by_digest(self) -> None:
        context = self.agent.place.context(ONE)
        path = self.agent.place.root / "main.py"
        self.agent.zygote.send(
            "compile", {"files": [{"path": str(path), "digest": context["code"]["main.py"]}, {"path": "/gone.py", "digest": "sha256:0"}]}
        )
        # Answered only after the messages before it: compiling happens while nothing else is asked.
        self.agent.preload([])
        look = self.agent.place.context({"look.py": "from cairn.code import _compiled\ndef run():\n    return list(_compiled)\n"})
        look["entry"]["file"] = "look.py"

        def is_inherited() -> bool:
            return context["code"]["main.py"] in to_value(self.agent.fork().run(look)["outputs"][0])

        wait_until(is_inherited, "the compiled file")
        path.unlink()
        self.assertEqual(self.agent.fork().run(context)["method"], "succeeded")

    def test_a_fork_storm_leaves_nothing(self) -> None:
        before = sorted(os.listdir(f"/proc/{self.ready['pid']}/fd"))
        workers = [self.agent.fork(f"t{number}") for number in range(20)]
        context = self.agent.place.context(ONE)
        for worker in workers:
            worker.give(context)
        self.assertEqual([worker.answer()["method"] for worker in workers], ["succeeded"] * 20)
        ended = {self.agent.zygote.expect("exited")["pid"] for _ in workers}
        self.assertEqual(ended, {worker.pid for worker in workers})
        self.assertEqual(sorted(os.listdir(f"/proc/{self.ready['pid']}/fd")), before)


class BothKinds(Base):
    """What holds for a forked worker holds for a fresh interpreter as well."""

    def start(self, kind: str):
        if kind == "forked":
            if self.agent.zygote is None:
                self.agent.start_zygote()
            return self.agent.fork()
        return self.agent.spawn()

    def each(self):
        for kind in ("forked", "spawned") if LINUX else ("spawned",):
            with self.subTest(kind):
                yield self.start(kind)

    def run_each(self, files, **changes):
        for worker in self.each():
            yield worker, worker.run(self.agent.place.context(files, **changes))

    def test_streams_carry_the_bytes_as_they_are(self) -> None:
        module = (
            "import os, sys, subprocess\ndef run():\n"
            "    print('ü', end='')\n    sys.stdout.flush()\n    os.write(1, b'\\xff\\x00\\n')\n"
            "    subprocess.run([sys.executable, '-c', 'print(1)'])\n    print('to err', file=sys.stderr)\n"
            "    print('\\ud800')\n    print('no newline', end='')\n"
        )
        for worker, answer in self.run_each(module, outputs=[]):
            self.assertEqual(answer["method"], "succeeded")
            self.assertEqual(worker.output("out"), b"\xc3\xbc\xff\x00\n1\n\\ud800\nno newline")
            self.assertEqual(worker.output("err"), b"to err\n")

    def test_a_line_is_seen_as_soon_as_it_ends(self) -> None:
        module = "import time\ndef run():\n    print('first')\n    time.sleep(600)\n"
        for worker in self.each():
            worker.give(self.agent.place.context(module))
            self.assertEqual(worker._rest["out"].readline(), b"first\n")
            os.kill(worker.pid, signal.SIGKILL)

    def test_the_process_is_set_up_for_the_task(self) -> None:
        module = (
            "import os, sys, tempfile, time\ndef run():\n"
            "    return [os.getcwd(), sys.path[0], tempfile.gettempdir(), os.environ['GREETING'], sys.stdin.read(), sys.argv, __name__,\n"
            "            os.getpgrp() == os.getpid(), time.tzname[0], sorted(map(int, os.listdir('/proc/self/fd')))[:-1], __file__]\n"
        )
        place = self.agent.place
        variables = {"GREETING": "hello", "TZ": "Australia/Sydney"}
        for _, answer in self.run_each(module, variables=variables):
            found = to_value(answer["outputs"][0])
            self.assertEqual(found[:8], [str(place.root), str(place.root), str(place.scratch), "hello", "", ["main.py"], "main", True])
            self.assertEqual(found[8], "AEST")
            self.assertEqual(len(found[9]), 4)
            self.assertEqual(found[10], str(place.root / "main.py"))

    def test_the_main_module_shows_nothing_of_the_runner(self) -> None:
        module = "import sys\ndef run():\n    return sorted(name for name in vars(sys.modules['__main__']) if not name.startswith('__'))\n"
        for _, answer in self.run_each(module):
            self.assertEqual(to_value(answer["outputs"][0]), [])

    def test_progress_and_metrics_are_reported(self) -> None:
        module = (
            "from cairn import log_metric, progress\ndef run():\n"
            "    progress(1, total=3, message='one')\n    progress(2, 3)\n    progress(3, 3, 'last')\n"
            "    log_metric('loss', 2, step=1)\n    log_metric('loss', 1.5, step=2)\n"
        )
        for worker, answer in self.run_each(module, outputs=[]):
            said = [(message["method"], message["params"]) for message in worker.messages]
            self.assertIn(("progress", {"done": 1, "total": 3, "message": "one"}), said)
            self.assertIn(("progress", {"done": 3, "total": 3, "message": "last"}), said)
            self.assertIn(("metric", {"name": "loss", "value": 1.5, "step": 2}), said)
            self.assertEqual(answer["metrics"], {"loss": 1.5})
            self.assertEqual(set(answer["timing"]), {"load", "read", "run", "write"})

    def test_a_flood_of_progress_is_thinned_and_the_last_one_kept(self) -> None:
        module = "from cairn import progress\ndef run():\n    for n in range(20000): progress(n)\n"
        for worker, _ in self.run_each(module, outputs=[]):
            said = [message["params"]["done"] for message in worker.messages if message["method"] == "progress"]
            self.assertLess(len(said), 1000)
            self.assertEqual(said[-1], 19999)

    def test_a_child_that_the_task_forks_does_not_speak_for_it(self) -> None:
        module = (
            "import os\nfrom cairn import log_metric\ndef run():\n    pid = os.fork()\n"
            "    if pid == 0:\n        log_metric('a', 1)\n        os._exit(0)\n    os.waitpid(pid, 0)\n"
        )
        for worker, answer in self.run_each(module, outputs=[]):
            self.assertEqual((answer["method"], answer["metrics"], worker.messages[:-1]), ("succeeded", {}, []))

    def test_inputs_and_parameters_come_by_name(self) -> None:
        module = (
            "def run(b: list, a, rate: float, count=1, share=0.5):\n"
            "    return [a, b, rate, type(rate).__name__, count, type(share).__name__]\n"
        )
        inputs = [to_input("a", "json", inline_json({"x": 1})), to_input("b", "json", inline_json([1, 2]))]
        for _, answer in self.run_each(module, inputs=inputs, params={"rate": 1, "count": 7, "share": 2}):
            self.assertEqual(to_value(answer["outputs"][0]), [{"x": 1}, [1, 2], 1.0, "float", 7, "float"])

    def test_a_closed_control_ends_a_waiting_worker(self) -> None:
        for worker in self.each():
            worker.close()
            wait_until(lambda worker=worker: not is_alive(worker.pid), "the worker's end")

    def test_a_closed_control_ends_a_busy_worker(self) -> None:
        for worker in self.each():
            worker.give(self.agent.place.context("from cairn import progress\ndef run():\n    progress(1)\n    while True: pass\n"))
            worker.control.expect("progress")
            worker.close()
            wait_until(lambda worker=worker: not is_alive(worker.pid), "the worker's end")

    def test_nonsense_instead_of_a_task_ends_the_worker(self) -> None:
        for worker in self.each():
            worker.control.socket.sendall(json.dumps({"v": 1, "method": "task", "params": {}}).encode() + b"\n")
            self.assertIsNone(worker.control.read())
            self.assertIn(b"the agent sent no task", worker.output("err"))
            wait_until(lambda worker=worker: not is_alive(worker.pid), "the worker's end")

    def test_what_a_task_leaves_running_does_not_hold_it(self) -> None:
        module = "import threading, time, atexit\ndef run():\n    threading.Thread(target=time.sleep, args=(600,)).start()\n    return 1\n"
        for worker, answer in self.run_each(module):
            self.assertEqual(answer["method"], "succeeded")
            wait_until(lambda worker=worker: not is_alive(worker.pid), "the worker's end")

    def test_closed_streams_do_not_matter(self) -> None:
        for worker, answer in self.run_each("import sys\ndef run():\n    sys.stdout.close()\n    sys.stderr = None\n    return 1\n"):
            self.assertEqual(answer["method"], "succeeded")
            wait_until(lambda worker=worker: not is_alive(worker.pid), "the worker's end")

    @unittest.skipUnless(LINUX, "memory is limited on Linux only: sys.platform != 'linux'")
    def test_memory_is_limited_and_said(self) -> None:
        for _, answer in self.run_each("def run():\n    return len(bytearray(1 << 30))\n", memory=256 << 20):
            self.assertEqual((answer["code"], answer["file"], answer["line"]), ("out-of-memory", "main.py", 2))
        for _, answer in self.run_each("def run():\n    return len(bytearray(1 << 26))\n", memory=256 << 20):
            self.assertEqual(answer["method"], "succeeded")

    @unittest.skipUnless(LINUX, "the environment of a process is shown on Linux only: sys.platform != 'linux'")
    def test_the_process_carries_its_token_wherever_it_goes(self) -> None:
        """The agent ends what a task detached by this mark; in a fork it has to show in what the system says of the process."""
        token = "a" * 32
        module = (
            "import os, subprocess, sys\ndef run():\n"
            "    shown = open('/proc/self/environ', 'rb').read().split(b'\\0')\n"
            "    below = subprocess.run(['cat', '/proc/self/environ'], capture_output=True).stdout.split(b'\\0')\n"
            "    return [[v.decode() for v in all if v.startswith(b'CAIRN_TASK')] for all in (shown, below)]\n"
        )
        with Agent({"CAIRN_TASK": "0" * 32}) as agent:
            agent.start_zygote()
            answer = agent.fork(token).run(agent.place.context(module))
            self.assertEqual(to_value(answer["outputs"][0]), [[f"CAIRN_TASK={token}"]] * 2)
            again = agent.fork("b" * 32).run(agent.place.context(module))
            self.assertEqual(to_value(again["outputs"][0])[0], [f"CAIRN_TASK={'b' * 32}"])

    def test_a_task_may_have_processes_of_its_own(self) -> None:
        module = (
            "import multiprocessing\ndef double(n):\n    return 2 * n\n"
            "def run():\n    told = []\n    for method in ('fork', 'spawn', 'forkserver'):\n"
            "        with multiprocessing.get_context(method).Pool(2) as pool:\n"
            "            told.append(pool.map(double, [1, 2]))\n    return told\n"
        )
        for worker, answer in self.run_each(module):
            self.assertEqual(to_value(answer["outputs"][0]), [[2, 4]] * 3, worker.output("err"))

    def test_garbage_is_collected_while_the_task_runs(self) -> None:
        for _, answer in self.run_each("import gc\ndef run():\n    return gc.isenabled()\n"):
            self.assertIs(to_value(answer["outputs"][0]), True)


@unittest.skipUnless(LINUX, "a parent's death is signalled on Linux only: sys.platform != 'linux'")
class Spawned(Base):
    def test_it_dies_with_the_process_that_started_it(self) -> None:
        starter = (
            "import subprocess, sys, time\n"
            f"subprocess.Popen([sys.executable, '-m', 'cairn.worker', '--socket', {self.agent.path!r}, '--token', 't'])\n"
            "time.sleep(600)\n"
        )
        process = self.agent.start(["-c", starter])
        worker = self.agent.accept("t")
        self.assertEqual(worker.parent, process.pid)
        process.kill()
        wait_until(lambda: not is_alive(worker.pid), "the worker's end")

    def test_without_an_agent_it_says_so(self) -> None:
        process = self.agent.start(["-m", "cairn.worker", "--socket", str(self.agent.folder / "nobody"), "--token", "t"])
        self.assertEqual(process.wait(20), 69)
        self.assertIn(b"cannot reach the agent", process.stderr.read())

    def test_without_arguments_it_tells_its_use(self) -> None:
        for module in ("cairn.worker", "cairn.zygote"):
            process = self.agent.start(["-m", module])
            self.assertEqual(process.wait(20), 64)
            self.assertIn(b"usage: python -m " + module.encode(), process.stderr.read())


if __name__ == "__main__":
    unittest.main()
