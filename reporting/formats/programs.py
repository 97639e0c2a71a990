"""Programs of our own that make files, each a process: what they take of memory goes back when they end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from backoffice.kernel.errors import Broken


def run_program(program: Path, data: bytes, *, patience_seconds: int) -> bytes:
    """What a program says to the data that it is given. Raises Broken with its last words."""
    made = subprocess.run(  # noqa: S603 - our own program, nothing of it comes from outside
        [sys.executable, str(program)], input=data,
        capture_output=True, timeout=patience_seconds, check=False,
    )  # fmt: skip
    if made.returncode:
        raise Broken(f"{program.name} failed: {made.stderr.decode(errors='replace')[-500:]}")
    return made.stdout
