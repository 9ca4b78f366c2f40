"""How tools/lib.sh chooses packages."""

import pathlib
import subprocess
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
                self.assertIn(words[0], ('build', 'test', 'bench'), line)
                self.assertTrue(len(words) == 2 or words[2] == 'unless', line)
