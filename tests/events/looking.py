"""Looking at a history from inside the database, and from outside with nothing but the export."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.core.management import call_command

from backoffice.events.verifying import Verifier

TOOL = Path(__file__).resolve().parents[2] / "tools" / "verify_chain.py"


def found_inside(*expected: str) -> list[str]:
    return list(Verifier(expected).problems())


def found_outside(path: Path, *arguments: str) -> list[str]:
    """Export, and what the tool says of it; it must agree with its own exit code."""
    call_command("export_events", str(path), verbosity=0)
    return run_tool(path, *arguments)


def run_tool(path: Path, *arguments: str) -> list[str]:
    """What the tool prints about a file, without its last line when it is content with it."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(TOOL), str(path), *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == "", done.stderr
    lines = done.stdout.splitlines()
    if done.returncode == 0:
        assert lines[-1].startswith("OK: "), lines
        return []
    assert done.returncode == 1
    assert lines[-1].split(" ", 2)[1] == "problems", lines
    return lines[:-1]
