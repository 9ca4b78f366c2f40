"""What tools/test counts: a failure must never pass for a success."""

import pathlib
import tempfile
import unittest

from testing import steps
from testing.runner import Report, Outcome, run

PASSING_PROGRAM = '''#!/bin/sh
for argument; do case $argument in --gtest_output=json:*) out=${argument#*json:} ;; esac; done
cat >"$out" <<'JSON'
{"tests": 3, "failures": %d, "disabled": 0, "testsuites": [{"name": "Suite", "testsuite": [
  {"name": "Fine", "result": "COMPLETED"}, {"name": "Skipped", "result": "SKIPPED"},
  {"name": "Other", "result": "COMPLETED"%s}]}]}
JSON
exit %d
'''


class Counting(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def program(self, text):
        path = self.folder / 'program'
        path.write_text(text)
        path.chmod(0o755)
        return path

    def counted_script(self, text):
        outcome = steps.script(self.program('#!/bin/sh\n' + text), name='selftest', timeout=5)()
        return outcome.passed, outcome.failed

    def counted_gtest(self, text):
        program = {'name': 'selftest', 'command': [str(self.program(text))]}
        outcome = steps.run_gtest('selftest', program, None, 5)
        return outcome.passed, outcome.failed

    def test_a_script_counts_by_its_closing_line(self):
        self.assertEqual((7, 0), self.counted_script('echo 1 passed, 1 failed; echo 7 passed, 0 failed'))

    def test_what_was_skipped_did_not_pass(self):
        program = self.program('#!/bin/sh\necho 4 passed, 0 failed, 3 skipped\n')
        outcome = steps.script(program, name='selftest')()
        self.assertEqual((4, 0, 3), (outcome.passed, outcome.failed, outcome.skipped))

    def test_a_script_that_counts_failures_has_failed_whatever_its_status(self):
        self.assertEqual((7, 2), self.counted_script('echo 7 passed, 2 failed'))

    def test_a_script_that_exits_badly_has_failed_whatever_it_counts(self):
        self.assertEqual((7, 1), self.counted_script('echo 7 passed, 0 failed; exit 3'))

    def test_a_script_without_a_closing_line_has_failed(self):
        self.assertEqual((0, 1), self.counted_script('echo all is well'))

    def test_a_script_that_hangs_has_failed_and_is_ended(self):
        step = steps.script(self.program('#!/bin/sh\nsleep 60 & wait\n'), name='selftest', timeout=0.2)
        self.assertEqual(1, step().failed)

    def test_unit_tests_count_by_their_report(self):
        self.assertEqual((2, 0), self.counted_gtest(PASSING_PROGRAM % (0, '', 0)))

    def test_a_failed_case_is_counted_and_named(self):
        text = PASSING_PROGRAM % (1, ', "failures": [{"failure": "expected 1"}]', 1)
        outcome = steps.run_gtest(
            'selftest', {'name': 'selftest', 'command': [str(self.program(text))]}, None, 5)
        self.assertEqual((1, 1), (outcome.passed, outcome.failed))
        self.assertIn('Suite.Other', outcome.problems[0])

    def test_a_program_that_fails_after_its_cases_has_failed(self):
        self.assertEqual((2, 1), self.counted_gtest(PASSING_PROGRAM % (0, '', 1)))

    def test_a_program_that_crashes_has_failed(self):
        self.assertEqual((0, 1), self.counted_gtest('#!/bin/sh\nkill -SEGV $$\n'))

    def test_a_program_that_was_not_built_has_failed(self):
        self.assertEqual(1, steps.run_gtest('release', {'name': 'x', 'command': None}, None, 5).failed)

    def test_nothing_run_is_no_success(self):
        self.assertEqual(1, Report().close())

    def test_a_failed_step_ends_its_stage(self):
        report, reached = Report(), []
        report.run_stage('build then test', [lambda: Outcome.failure('broken'),
                                             lambda: reached.append(1) or Outcome(passed=1)])
        self.assertEqual([], reached)
        self.assertEqual(1, report.close())

    def test_what_a_command_leaves_behind_is_ended(self):
        mark = self.folder / 'mark'
        run(['sh', '-c', f'(sleep 0.5; touch {mark}) &'], 'selftest', 5)
        run(['sleep', '0.8'], 'selftest', 5)
        self.assertFalse(mark.exists())
