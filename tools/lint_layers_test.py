"""The lint finds what it promises to find: each test plants one fault in a small tree."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lint_layers

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEAD = "// What this is for.\n#pragma once\n"


class LintTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.write("LAYERS", "core:\nbody: core\nlearn: core body\n")
        self.write("src/core/error.h", HEAD)
        self.write("src/body/body.h", HEAD + '#include "core/error.h"\n')
        self.write("src/learn/ppo.cc", '#include "body/body.h"\n')
        self.write("apps/main.cc", '#include "learn/ppo.h"\n')

    def tearDown(self):
        self.folder.cleanup()

    def write(self, path, text):
        full = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def only_finding(self):
        findings = lint_layers.lint(self.folder.name)
        self.assertEqual(len(findings), 1, findings)
        return findings[0]

    def test_clean_tree_has_no_findings(self):
        self.assertEqual(lint_layers.lint(self.folder.name), [])

    def test_this_project_keeps_its_own_rules(self):
        self.assertEqual(lint_layers.lint(ROOT), [])

    def test_forbidden_include_names_file_line_and_what_is_allowed(self):
        self.write("src/body/reader.cc", '#include <vector>\n#include "learn/ppo.h"\n')
        self.write("src/learn/ppo.h", HEAD)
        self.assertEqual(self.only_finding(),
                         "src/body/reader.cc:2: body includes learn, which LAYERS does not allow (expected body or: core)")

    def test_tests_of_a_room_follow_the_same_order(self):
        self.write("src/core/error_test.cc", '#include "body/body.h"\n')
        self.assertIn("core includes body", self.only_finding())

    def test_no_room_includes_apps(self):
        self.write("apps/cli.h", HEAD)
        self.write("src/learn/x.cc", '#include "apps/cli.h"\n')
        self.assertIn("apps/ is never included", self.only_finding())

    def test_relative_include_is_refused(self):
        self.write("src/learn/x.cc", '#include "../body/body.h"\n')
        self.assertIn("not written from src/", self.only_finding())

    def test_missing_header_is_named(self):
        self.write("src/learn/x.cc", '#include "body/gone.h"\n')
        self.assertIn('"body/gone.h" does not exist', self.only_finding())

    def test_cycle_of_headers_is_shown(self):
        self.write("src/body/a.h", HEAD + '#include "body/b.h"\n')
        self.write("src/body/b.h", HEAD + '#include "body/a.h"\n')
        self.assertIn("src/body/a.h -> src/body/b.h -> src/body/a.h", self.only_finding())

    def test_cycle_in_layers_is_refused(self):
        self.write("LAYERS", "core: body\nbody: core\nlearn: core body\n")
        self.assertTrue(any("no cycle" in f for f in lint_layers.lint(self.folder.name)))

    def test_room_without_a_line_is_named(self):
        self.write("src/brain/x.cc", "\n")
        self.assertIn("src/brain: is not a room", self.only_finding())

    def test_header_without_head_or_guard_is_named(self):
        self.write("src/body/bare.h", "#pragma once\n")
        self.assertIn("src/body/bare.h:1: no head", self.only_finding())
        self.write("src/body/bare.h", "// For what.\n")
        self.assertIn("no #pragma once", self.only_finding())

    def test_long_file_is_named(self):
        self.write("src/body/long.cc", "int x;\n" * 801)
        self.assertIn("801 lines (expected at most 800)", self.only_finding())

    def test_switched_off_tests_are_found(self):
        for path, text in [("src/body/a_test.cc", "TEST(Body, DISABLED_walks) {}\n"),
                           ("src/body/a_test.cc", "  GTEST_SKIP();\n"),
                           ("web/tests/a.spec.ts", "test" + ".only('x', () => {})\n"),
                           ("tools/a_test.py", "@unittest" + ".skip('later')\n")]:
            self.write(path, text)
            self.assertIn("switched off", self.only_finding())
            os.remove(os.path.join(self.folder.name, path))

    def test_lock_file_with_a_host_is_found(self):
        self.write("web/package-lock.json", '{\n"resolved": "https://example.org/a.tgz"\n}\n')
        self.assertIn("web/package-lock.json:2: names a host", self.only_finding())


if __name__ == "__main__":
    unittest.main()
