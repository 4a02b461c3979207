"""page_packages.py keeps what builds the page, with its hashes, and nothing else."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import page_packages

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def entry(version, **more):
    return {"version": version, "integrity": "sha512-" + version, **more}


class PagePackagesTest(unittest.TestCase):
    def cut(self, packages):
        package = {"name": "page", "version": "1.0.0", "dependencies": {"three": "1"}, "devDependencies": {"vite": "8", "playwright": "1"}}
        return page_packages.cut(package, {"lockfileVersion": 3, "packages": {"": package, **packages}})

    def test_tests_and_optional_peers_are_left_out(self):
        _, lock = self.cut({
            "node_modules/three": entry("1"),
            "node_modules/vite": entry("8", dev=True, dependencies={"rolldown": "1"}, optionalDependencies={"native": "1", "absent": "1"},
                                       peerDependencies={"tsx": "*"}, peerDependenciesMeta={"tsx": {"optional": True}}),
            "node_modules/rolldown": entry("1", dev=True),
            "node_modules/native": entry("1", dev=True, optional=True),
            "node_modules/tsx": entry("1", dev=True),
            "node_modules/playwright": entry("1", dev=True)})
        self.assertEqual(sorted(lock["packages"]), ["", "node_modules/native", "node_modules/rolldown", "node_modules/three", "node_modules/vite"])
        self.assertEqual(lock["packages"]["node_modules/rolldown"], entry("1"))
        self.assertEqual(lock["lockfileVersion"], 3)

    def test_nested_versions_are_found_where_node_finds_them(self):
        _, lock = self.cut({
            "node_modules/three": entry("1"),
            "node_modules/vite": entry("8", dependencies={"inner": "1"}),
            "node_modules/vite/node_modules/inner": entry("2", dependencies={"shared": "1"}),
            "node_modules/inner": entry("9"),
            "node_modules/shared": entry("3")})
        self.assertIn("node_modules/vite/node_modules/inner", lock["packages"])
        self.assertIn("node_modules/shared", lock["packages"])
        self.assertNotIn("node_modules/inner", lock["packages"])

    def test_a_lock_that_does_not_fit_is_named(self):
        with self.assertRaisesRegex(SystemExit, "rolldown is not in the lock file"):
            self.cut({"node_modules/three": entry("1"), "node_modules/vite": entry("8", dependencies={"rolldown": "1"})})

    def test_the_project_s_own_lock_can_be_cut(self):
        with open(os.path.join(ROOT, "web", "package.json")) as file:
            package = json.load(file)
        with open(os.path.join(ROOT, "web", "package-lock.json")) as file:
            lock = json.load(file)
        _, cut = page_packages.cut(package, lock)
        self.assertIn("node_modules/vite", cut["packages"])
        self.assertNotIn("node_modules/playwright", cut["packages"])
        for path, entry_ in cut["packages"].items():
            self.assertTrue(path == "" or entry_["integrity"].startswith("sha512-"), path)


if __name__ == "__main__":
    unittest.main()
