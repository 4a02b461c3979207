"""The runner counts what fails: a failing, crashing, hanging or silent suite never passes."""
import json
import os
import stat
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run_tests as runner


def report(*tests):
    return json.dumps({"testsuites": [{"name": "Room", "testsuite": list(tests)}]})


PASSED = {"name": "holds", "status": "RUN", "result": "COMPLETED"}
FAILED = {"name": "breaks", "status": "RUN", "result": "COMPLETED", "failures": [{"failure": "no"}]}
SKIPPED = {"name": "waits", "status": "RUN", "result": "SKIPPED"}


class RunnerTest(unittest.TestCase):
    def program(self, script):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "suite")
        with open(path, "w") as file:
            file.write("#!/bin/bash\nout=${1#--gtest_output=json:}\n" + script)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def google(self, script, timeout=20):
        return runner.run_google("room", [self.program(script)], "/", timeout)

    def test_passed_failed_and_skipped_are_told_apart(self):
        result = self.google(f"echo '{report(PASSED, FAILED, SKIPPED)}' > $out; exit 1")
        self.assertEqual((result.passed, result.failed, result.skipped), (1, 1, ["Room.waits"]))
        self.assertEqual(result.failures, ["Room.breaks"])

    def test_crash_before_the_report_is_a_failure(self):
        result = self.google("kill -SEGV $$")
        self.assertEqual((result.passed, result.failed), (0, 1))
        self.assertIn("signal 11", result.failures[0])

    def test_crash_after_all_tests_passed_is_a_failure(self):
        result = self.google(f"echo '{report(PASSED)}' > $out; kill -ABRT $$")
        self.assertEqual((result.passed, result.failed), (1, 1))

    def test_hang_is_ended_and_is_a_failure(self):
        result = self.google("sleep 60", timeout=0.3)
        self.assertEqual(result.failed, 1)
        self.assertIn("still running", result.failures[0])

    def test_good_status_without_a_report_is_a_failure(self):
        self.assertEqual(self.google("exit 0").failed, 1)

    def test_bad_status_with_a_clean_report_is_a_failure(self):
        self.assertEqual(self.google(f"echo '{report(PASSED)}' > $out; exit 3").failed, 1)

    def test_program_that_was_not_built_is_a_failure(self):
        self.assertEqual(runner.run_google("room", None, "/", 1).failed, 1)

    def test_python_tests_are_counted_one_by_one(self):
        with tempfile.NamedTemporaryFile("w", suffix="_test.py") as file:
            file.write("import unittest\nclass T(unittest.TestCase):\n  def test_a(self): pass\n  def test_b(self): self.fail()\nunittest.main()\n")
            file.flush()
            result = runner.run_python(file.name, 20)
        self.assertEqual((result.passed, result.failed), (1, 1))

    def test_browser_report_is_walked_to_its_leaves(self):
        result = runner.Result("web")
        spec = lambda status: {"title": status, "tests": [{"status": status}]}
        runner.walk_playwright({"title": "top", "specs": [spec("expected")], "suites": [
            {"title": "inner", "specs": [spec("unexpected"), spec("skipped")]}]}, result)
        self.assertEqual((result.passed, result.failed, len(result.skipped)), (1, 1, 1))


if __name__ == "__main__":
    unittest.main()
