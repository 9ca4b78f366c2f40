"""Lets Maven fetch the jars that a pom.xml names."""

import pathlib
import shutil
import subprocess


def fetch(pom, directory, what):
    """Puts the jars under `directory`/jars; nothing to do the second time. `what` is for people."""
    directory = pathlib.Path(directory)
    # Maven copies in no fixed order, so a marker says that it came to an end.
    marker = directory / "fetched"
    if marker.exists():
        return
    if shutil.which("mvn") is None:
        raise RuntimeError(f"{what} is fetched by Maven: apt-get install maven")
    jars = directory / "jars"
    jars.mkdir(parents=True, exist_ok=True)
    maven = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    subprocess.run(maven + [f"-DoutputDirectory={jars}"], check=True)
    marker.touch()
