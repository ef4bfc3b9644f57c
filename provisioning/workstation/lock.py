"""Lock the Python packages anew: requirements.in -> requirements.txt, with hashes and without any address.

Run as `.venv/bin/python provisioning/workstation/lock.py [--upgrade]` after an edit of a .in file. The hashes
are those of the public registry: local wheel folders that a machine may have are not asked. The page
libraries are locked by `npm install --package-lock-only --ignore-scripts` in web-libraries/.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

WORKSTATION = Path(__file__).resolve().parent
NAMES = ("build-requirements", "requirements")
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--strip-extras",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--system-certs",
    "--quiet",
)


def main(arguments: list[str]) -> None:
    """Write both locks; further arguments go to `uv pip compile`."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        binaries = Path(folder) / "bin"
        subprocess.run([binaries / "python", "-m", "pip", "install", "-q", "uv"], check=True)
        for name in NAMES:
            compile_command = [str(binaries / "uv"), "--no-config", "pip", "compile", *OPTIONS, *arguments]
            subprocess.run(
                [*compile_command, f"{name}.in", "--output-file", f"{name}.txt"], cwd=WORKSTATION, check=True
            )


if __name__ == "__main__":
    main(sys.argv[1:])
