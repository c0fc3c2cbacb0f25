#!/usr/bin/python3
import unittest
from xml.sax.saxutils import escape

from sandbox import SCRIPTS, Sandbox, run

GREEN_DOCTEST = "[doctest] test cases: 12 | 12 passed | 0 failed | 3 skipped\n[doctest] assertions: 40 | 40 passed | 0 failed |"
RED_DOCTEST = "[doctest] test cases:  9 |  7 passed | 2 failed | 0 skipped"
GREEN_UNITTEST = "....\n------\nRan 4 tests in 0.2s\n\nOK\n"
RED_UNITTEST = "..F.\n------\nRan 4 tests in 0.2s\n\nFAILED (failures=1)\n"


class Summary(Sandbox):
    def results(self, *cases):
        """A results file as ctest writes it, of (name, status, output)."""
        return self.write("tree/results.xml", '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite>' + "".join(
            f'<testcase name="{name}" status="{status}"><system-out>{escape(output)}</system-out></testcase>'
            for name, status, output in cases) + "</testsuite>")

    def check(self, cases, want, last):
        ran = run(SCRIPTS / "summary.py", self.results(*cases))
        self.assertEqual(ran.returncode, want, ran.stderr)
        self.assertEqual(ran.stdout.splitlines()[-1], last)
        return ran.stdout

    def test_counts_the_tests_inside_the_programs(self):
        self.check([("a", "run", GREEN_DOCTEST), ("b", "run", GREEN_UNITTEST), ("c", "run", "83 passed, 0 failed\n"),
                    ("d", "run", "layers ok")], 0, "100 passed, 0 failed")

    def test_names_what_failed(self):
        out = self.check([("unit/a", "fail", RED_DOCTEST), ("unit/b", "run", GREEN_DOCTEST)], 1, "19 passed, 2 failed")
        self.assertIn("FAILED: tree: unit/a\n", out)

    def test_a_failed_program_is_a_failure_whatever_it_counted(self):
        self.check([("leak", "fail", GREEN_DOCTEST)], 1, "12 passed, 1 failed")
        self.check([("script", "fail", RED_UNITTEST)], 1, "0 passed, 1 failed")
        self.check([("crash", "fail", "Segmentation fault")], 1, "0 passed, 1 failed")

    def test_a_program_that_could_not_run_is_a_failure(self):
        self.check([("gone", "notrun", "")], 1, "0 passed, 1 failed")

    def test_no_tests_and_no_results_are_failures(self):
        self.check([], 1, "0 passed, 1 failed")
        ran = run(SCRIPTS / "summary.py", self.results(("a", "run", "")), self.dir / "fuzz" / "results.xml")
        self.assertEqual(ran.stdout, "FAILED: fuzz: did not build, or did not run\n1 passed, 1 failed\n")
        self.assertEqual(ran.returncode, 1)


if __name__ == "__main__":
    unittest.main()
