"""fetch.py on wheels made here: whole or absent, pinned or refused, nothing twice. No network."""
import contextlib
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fetch


class FetchTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.deps = self.folder.name
        self.downloads = os.path.join(self.deps, "downloads")
        self.wheel = self.make_wheel({"robot/arms/a.xml": "arm", "robot/legs.xml": "legs", "other/x": "x"})
        self.pin = {"package": "robot-models==1.0", "what": "robots", "megabytes": 1, "take": {"robot/": ""},
                    "sha256": [hashlib.sha256(self.wheel).hexdigest()]}
        self.calls = 0

    def tearDown(self):
        self.folder.cleanup()

    def make_wheel(self, files):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return data.getvalue()

    def pip(self, content, fail_first=0, error="ERROR: connection reset"):
        def run(command, **_):
            self.calls += 1
            if self.calls <= fail_first:
                return subprocess.CompletedProcess(command, 1, stdout=error)
            folder = command[command.index("--dest") + 1]
            with open(os.path.join(folder, "robot_models-1.0-py3-none-any.whl"), "wb") as file:
                file.write(content)
            return subprocess.CompletedProcess(command, 0, stdout="")
        return run

    def install(self, run):
        with contextlib.redirect_stdout(io.StringIO()):
            return fetch.install("robots", self.pin, self.deps, run=run, sleep=lambda s: None)

    def read(self, path):
        with open(os.path.join(self.deps, path)) as file:
            return file.read()

    def leftovers(self):
        return [n for n in os.listdir(self.deps) if n.startswith((".new", ".old"))] + \
            (os.listdir(self.downloads) if os.path.isdir(self.downloads) else [])

    def test_takes_only_what_is_named_and_leaves_nothing_beside(self):
        self.assertTrue(self.install(self.pip(self.wheel)))
        self.assertEqual(self.read("robots/arms/a.xml"), "arm")
        self.assertFalse(os.path.exists(os.path.join(self.deps, "robots", "x")))
        self.assertEqual(self.leftovers(), [])

    def test_a_source_package_is_unpacked_below_its_one_folder_and_never_built(self):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            for name, text in {"robot_models-1.0/robot/legs.c": b"legs", "robot_models-1.0/robot/configure": b"#!/bin/sh",
                               "robot_models-1.0/setup.py": b"raise SystemExit(1)", "robot_models-1.0/robot/../../x.c": b"out"}.items():
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(text), 0o755 if name.endswith("configure") else 0o644
                archive.addfile(info, io.BytesIO(text))
        self.pin.update(source=True, sha256=[hashlib.sha256(data.getvalue()).hexdigest()])
        commands = []

        def run(command, **_):
            commands.append(command)
            folder = command[command.index("--dest") + 1]
            with open(os.path.join(folder, "robot_models-1.0.tar.gz"), "wb") as file:
                file.write(data.getvalue())
            return subprocess.CompletedProcess(command, 0, stdout="")
        with self.assertRaises(fetch.FetchError):
            self.install(run)  # a path that leaves its folder
        self.pin["take"] = {"robot/legs.c": "legs.c", "robot/configure": "configure"}
        self.assertTrue(self.install(run))
        self.assertEqual(sorted(os.listdir(os.path.join(self.deps, "robots"))), [".pinned", "configure", "legs.c"])
        self.assertTrue(os.access(os.path.join(self.deps, "robots", "configure"), os.X_OK))
        self.assertFalse(os.access(os.path.join(self.deps, "robots", "legs.c"), os.X_OK))
        self.assertIn("--no-build-isolation", commands[0])
        self.assertIn("--require-hashes", commands[0])

    def test_pip_is_told_name_and_version_by_a_build_program_of_ours(self):
        space, folder = {}, os.path.join(self.deps, "meta")
        os.mkdir(folder)
        exec(fetch.BACKEND.format(package="robot-models==1.0"), space)
        info = space["prepare_metadata_for_build_wheel"](folder)
        self.assertEqual(info, "robot_models-1.0.dist-info")
        self.assertIn("Name: robot-models\nVersion: 1.0\n", self.read("meta/" + info + "/METADATA"))

    def test_nothing_is_downloaded_twice(self):
        self.install(self.pip(self.wheel))
        self.assertFalse(self.install(self.pip(self.wheel)))
        self.assertEqual(self.calls, 1)

    def test_a_new_pin_replaces_the_old_content_whole(self):
        self.install(self.pip(self.wheel))
        newer = self.make_wheel({"robot/new.xml": "new"})
        self.pin = {**self.pin, "sha256": [hashlib.sha256(newer).hexdigest()]}
        self.install(self.pip(newer))
        self.assertEqual(sorted(os.listdir(os.path.join(self.deps, "robots"))), [".pinned", "new.xml"])

    def test_a_lost_connection_is_tried_again(self):
        self.assertTrue(self.install(self.pip(self.wheel, fail_first=2)))
        self.assertEqual(self.calls, 3)

    def test_giving_up_names_the_package_and_the_way_without_network(self):
        with self.assertRaisesRegex(fetch.FetchError, r"robot-models==1.0 could not be fetched: connection reset.*lay its wheel into"):
            self.install(self.pip(self.wheel, fail_first=99))
        self.assertFalse(os.path.exists(os.path.join(self.deps, "robots")))

    def test_a_wrong_hash_is_refused_and_the_old_content_stays(self):
        self.install(self.pip(self.wheel))
        self.pin = {**self.pin, "sha256": ["0" * 64]}
        with self.assertRaisesRegex(fetch.FetchError, "not pinned"):
            self.install(self.pip(self.wheel))
        self.assertEqual(self.read("robots/legs.xml"), "legs")
        self.assertEqual(self.leftovers(), [])

    def test_a_wheel_laid_there_by_hand_needs_no_network(self):
        os.makedirs(self.downloads)
        with open(os.path.join(self.downloads, "robot_models-1.0-py3-none-any.whl"), "wb") as file:
            file.write(self.wheel)
        self.assertTrue(self.install(self.pip(b"")))
        self.assertEqual(self.calls, 0)

    def test_a_half_downloaded_wheel_is_not_used(self):
        os.makedirs(self.downloads)
        with open(os.path.join(self.downloads, "robot_models-1.0-py3-none-any.whl"), "wb") as file:
            file.write(self.wheel[:100])
        self.assertTrue(self.install(self.pip(self.wheel)))
        self.assertEqual(self.calls, 1)

    def test_a_path_that_leaves_the_folder_is_refused(self):
        evil = self.make_wheel({"robot/../../../evil": "x"})
        self.pin = {**self.pin, "sha256": [hashlib.sha256(evil).hexdigest()]}
        with self.assertRaisesRegex(fetch.FetchError, "leaves its folder"):
            self.install(self.pip(evil))
        self.assertFalse(os.path.exists(os.path.join(self.deps, "robots")))

    def test_groups_become_their_members_and_unknown_names_are_refused(self):
        pins = {"a": {}, "b": {}, "groups": {"both": ["a", "b"]}}
        self.assertEqual(fetch.expand(["b", "both"], pins), ["b", "a"])
        with self.assertRaisesRegex(fetch.FetchError, "nothing named 'c' is pinned .expected a, b, both."):
            fetch.expand(["c"], pins)

    def test_every_pin_of_the_project_is_complete(self):
        pins = fetch.read_pins(fetch.PINS)
        self.assertEqual(fetch.expand(["robots-more"], pins), pins["groups"]["robots-more"])
        for name in fetch.expand([name for name in pins if name != "groups"], pins):
            pin = pins[name]
            self.assertTrue(pin["take"] and pin["what"], name)
            self.assertRegex(pin["package"], r"^[a-z0-9-]+==[0-9.]+$")
            for digest in pin["sha256"]:
                self.assertRegex(digest, r"^[0-9a-f]{64}$")


if __name__ == "__main__":
    unittest.main()
