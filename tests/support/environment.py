"""Gives a test program the Python packages that its requirements file pins.

    environment.enter(HERE / "requirements.txt")     # first thing; may start the program anew
    environment.python(HERE / "requirements.txt")    # a Python that has them, for a child process
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import venv

TREE = pathlib.Path(__file__).resolve().parents[2]
INSIDE = "SKERRY_TEST_ENVIRONMENT"


def python(requirements):
    """A virtual environment's Python, made once for each content of the requirements file."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    directory = TREE / "build" / "venv" / digest
    interpreter = directory / "bin" / "python3"
    marker = directory / "installed"
    if not marker.exists():
        venv.create(directory, with_pip=True, clear=True)
        install = [interpreter, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, "-r", str(requirements)], check=True, stdout=sys.stderr)
        marker.touch()
    return interpreter


def enter(requirements):
    """Returns in a process that has the packages, replacing this one where it has not."""
    if os.environ.get(INSIDE) == str(requirements):
        return
    os.environ[INSIDE] = str(requirements)
    interpreter = python(pathlib.Path(requirements))
    os.execv(interpreter, [str(interpreter), *sys.argv])
