"""How tools/lib.sh chooses packages."""

import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def wanted(*purposes, path):
    ran = subprocess.run(
        ['/bin/bash', '-c', f'source {ROOT}/tools/lib.sh; PATH={path}:$PATH; wanted_packages "$@"',
         'bash', *purposes], capture_output=True, text=True, check=True)
    return ran.stdout.split()


class Packages(unittest.TestCase):
    def test_purposes_are_kept_apart(self):
        build = wanted('build', path='/nowhere')
        self.assertIn('cmake', build)
        self.assertNotIn('clang-19', build)
        self.assertIn('clang-19', wanted('build', 'test', path='/nowhere'))

    def test_a_command_on_the_path_stands_in_for_its_package(self):
        self.assertNotIn('python3', wanted('test', path='/usr/bin'))

    def test_every_line_names_a_known_purpose(self):
        for line in (ROOT / 'tools/packages.txt').read_text().splitlines():
            if line and not line.startswith('#'):
                words = line.split()
                self.assertIn(words[0], ('build', 'test', 'bench', 'cluster'), line)
                self.assertTrue(len(words) == 2 or words[2] == 'unless', line)


class Versions(unittest.TestCase):
    def at_least(self, printed, minimum):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, 'program')
            program.write_text(f'#!/bin/sh\necho "{printed}"\n')
            program.chmod(0o755)
            return subprocess.run(
                ['bash', '-c', f'source {ROOT}/tools/lib.sh; PATH={folder}:$PATH; '
                 f'at_least program {minimum}'], check=False).returncode == 0

    def test_versions_compare_by_number(self):
        self.assertTrue(self.at_least('go version go1.26.8 linux/amd64', '1.24'))
        self.assertTrue(self.at_least('go version go1.24 linux/amd64', '1.24'))
        self.assertFalse(self.at_least('go version go1.9.2 linux/amd64', '1.24'))
        self.assertTrue(self.at_least('v20.0.1', '20.0'))
        self.assertFalse(self.at_least('v18.20.4', '20.0'))

    def test_a_missing_command_is_of_no_version(self):
        ran = subprocess.run(['bash', '-c', f'source {ROOT}/tools/lib.sh; at_least no-such-program 1.0'],
                             check=False)
        self.assertEqual(1, ran.returncode)
