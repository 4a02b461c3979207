#!/usr/bin/env python3
"""Runs every test there is and adds them up: the last line says `N passed, N failed`; the exit status is 0 only when none failed.

usage: tools/run_tests.py [--build FOLDER] [--only PATTERN] [--timeout SECONDS]

Suites: each GoogleTest program ctest knows, the tests of tools/, the lint, and the page's unit and browser tests. A suite that crashes,
hangs or cannot be read counts as a failure of its own; skipped tests are listed with their reason.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WEB = os.path.join(ROOT, "web")
MAX_SHOWN = 60  # lines of a failed suite's output


class Result:
    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped = name, 0, 0, []
        self.failures, self.output, self.seconds = [], "", 0.0

    def broke(self, why):
        self.failed += 1
        self.failures.append(why)


def run(command, timeout, cwd=ROOT, env=None):
    """Returns (exit status or None when it hung, output)."""
    full = dict(os.environ, **(env or {}))
    process = subprocess.Popen(command, cwd=cwd, env=full, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=timeout)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, _ = process.communicate()
        return None, output


def ended(result, status, timeout):
    if status is None:
        result.broke(f"{result.name}: still running after {timeout} s")
    elif status < 0:
        result.broke(f"{result.name}: killed by signal {-status}")


def google_suites(build):
    if not os.path.isfile(os.path.join(build, "CTestTestfile.cmake")):
        return []
    listing = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, capture_output=True, text=True, check=True).stdout
    suites = []
    for test in json.loads(listing)["tests"]:
        folder = next((p["value"] for p in test.get("properties", []) if p["name"] == "WORKING_DIRECTORY"), build)
        suites.append((test["name"], test.get("command"), folder))
    return suites


def read_google(result, path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    for suite in report.get("testsuites", []):
        for test in suite.get("testsuite", []):
            name = f"{suite['name']}.{test['name']}"
            if test.get("failures"):
                result.broke(name)
            elif test.get("result") == "SKIPPED":
                result.skipped.append(name)
            elif test.get("status") == "RUN":
                result.passed += 1


def run_google(name, command, folder, timeout):
    result = Result(name)
    if not command:
        result.broke(f"{name}: was not built")
        return result
    with tempfile.TemporaryDirectory() as scratch:
        report = os.path.join(scratch, "report.json")
        status, result.output = run(command + ["--gtest_output=json:" + report, "--gtest_brief=1"], timeout, folder)
        ended(result, status, timeout)
        if os.path.isfile(report):
            read_google(result, report)
        elif not result.failed:
            result.broke(f"{name}: ended with status {status} and left no report")
    if status not in (0, None) and not result.failed:
        result.broke(f"{name}: ended with status {status}")
    return result


def run_python(path, timeout):
    result = Result(os.path.relpath(path, ROOT))
    status, result.output = run([sys.executable, path, "-v"], timeout)
    ended(result, status, timeout)
    for line in result.output.splitlines():
        match = re.search(r"^(test_\w+).*\.\.\. (ok|FAIL|ERROR)$", line)
        if match and match.group(2) == "ok":
            result.passed += 1
        elif match:
            result.broke(match.group(1))
    if status not in (0, None) and not result.failed or result.passed + result.failed == 0:
        result.broke(f"{result.name}: ended with status {status}")
    return result


def run_lint(timeout):
    result = Result("lint")
    status, result.output = run([sys.executable, os.path.join(ROOT, "tools", "lint_layers.py")], timeout)
    if status == 0:
        result.passed = 1
    else:
        result.broke("lint")
    return result


def run_web_unit(timeout):
    result = Result("web unit")
    status, result.output = run(["tools/node.sh", "npm", "--prefix", "web", "test"], timeout)
    ended(result, status, timeout)
    counts = {key: int(value) for key, value in re.findall(r"^(?:#|\u2139) (pass|fail|skipped|cancelled) (\d+)", result.output, re.M)}
    result.passed = counts.get("pass", 0)
    for _ in range(counts.get("fail", 0) + counts.get("cancelled", 0)):
        result.broke("web unit test")
    if result.passed + result.failed == 0 or (status not in (0, None) and not result.failed):
        result.broke(f"web unit: ended with status {status}")
    return result


def browser():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    return None


def walk_playwright(suite, result, trail=""):
    for spec in suite.get("specs", []):
        title = f"{trail}{suite.get('title', '')} > {spec['title']}"
        for test in spec.get("tests", []):
            if test["status"] == "skipped":
                result.skipped.append(title)
            elif test["status"] == "unexpected":
                result.broke(title)
            else:
                result.passed += 1
    for inner in suite.get("suites", []):
        walk_playwright(inner, result, trail)


def run_browser(build, timeout):
    result = Result("web browser")
    if not browser():
        result.skipped.append("all browser tests: Chromium is not installed")
        return result
    with tempfile.TemporaryDirectory() as scratch:
        report = os.path.join(scratch, "report.json")
        status, result.output = run([os.path.join(ROOT, "tools", "node.sh"), "npm", "exec", "--no", "--", "playwright", "test",
                                     "--reporter=line,json"], timeout, cwd=WEB,
                                    env={"PLAYWRIGHT_JSON_OUTPUT_NAME": report, "CI": "1", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1",
                                         "CHROMIUM": browser(), "MANYBODY_BINARY": os.path.join(os.path.abspath(build), "manybody")})
        ended(result, status, timeout)
        if os.path.isfile(report):
            with open(report, encoding="utf-8") as file:
                for suite in json.load(file).get("suites", []):
                    walk_playwright(suite, result)
    if result.passed + result.failed == 0 or (status not in (0, None) and not result.failed):
        result.broke(f"web browser: ended with status {status}")
    return result


def show(result):
    line = f"  {result.name:<28} {result.passed:>5} passed"
    if result.failed:
        line += f", {result.failed} failed"
    if result.skipped:
        line += f", {len(result.skipped)} skipped"
    print(f"{line}  ({result.seconds:.1f} s)", flush=True)
    for name in result.skipped:
        print(f"      skipped: {name}")
    if result.failed:
        for name in result.failures:
            print(f"      FAILED: {name}")
        shown = result.output.rstrip().splitlines()[-MAX_SHOWN:]
        print("\n".join("      | " + text for text in shown), flush=True)


def timed(job):
    name, work = job
    start = time.monotonic()
    try:
        result = work()
    except Exception as error:  # a broken suite is a failed one, never a run that says nothing
        result = Result(name)
        result.broke(f"{name}: {type(error).__name__}: {error}")
    result.seconds = time.monotonic() - start
    return result


def collect(build, timeout):
    quick = [("lint", lambda: run_lint(timeout))]
    tools = os.path.join(ROOT, "tools")
    for name in sorted(os.listdir(tools)):
        if name.endswith("_test.py"):
            quick.append((f"tools/{name}", lambda path=os.path.join(tools, name): run_python(path, timeout)))
    for name, command, folder in google_suites(build):
        quick.append((name, lambda n=name, c=command, f=folder: run_google(n, c, f, timeout)))
    alone = []  # the browser measures what moves: it gets the machine for itself
    if os.path.isfile(os.path.join(WEB, "package.json")):
        quick.append(("web unit", lambda: run_web_unit(timeout)))
        alone.append(("web browser", lambda: run_browser(build, 2 * timeout)))  # a browser without a graphics card is slow
    return quick, alone


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    options.add_argument("--only", default="", help="run the suites whose name contains this")
    options.add_argument("--timeout", type=int, default=900)
    chosen = options.parse_args()
    quick, alone = ([job for job in jobs if chosen.only in job[0]] for jobs in collect(chosen.build, chosen.timeout))
    results = []
    with concurrent.futures.ThreadPoolExecutor(max(1, len(os.sched_getaffinity(0)))) as pool:
        for future in concurrent.futures.as_completed([pool.submit(timed, job) for job in quick]):
            results.append(future.result())
            show(results[-1])
    for job in alone:
        results.append(timed(job))
        show(results[-1])
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    if not results:
        print(f"no suite matches '{chosen.only}'")
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
