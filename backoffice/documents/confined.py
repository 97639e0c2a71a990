"""`python confined.py`: templates with their data come in, PDFs go out, and nothing else can be done.

A process of its own that gives up what it does not need before it reads the first template: once its
limit of open files is what it has open, it opens no file, no socket and no package, whatever the
template asks for. Time and memory have limits as well. Each line that comes is a JSON object with
`source`, `data`, `language` and `timestamp`; each answer is a line of JSON, and after it `size` bytes.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from typing import Any

CPU_SECONDS = 20
MEMORY_BYTES = 1 << 30
INPUT, OUTPUT, ERRORS = 0, 1, 2


def compiler() -> Any:
    """The typesetter with its own fonts and none of the machine; its folder is gone before it works."""
    import typst

    folder = tempfile.mkdtemp()
    try:
        made = typst.Compiler(
            input=b"warm", root=folder, ignore_system_fonts=True, package_path=folder,
            package_cache_path=folder,
        )  # fmt: skip
        made.compile(timestamp=0)  # its threads and fonts are there now
    finally:
        os.rmdir(folder)
    return made


def confine() -> None:
    """Give up files, sockets, time and memory; there is no way back within the process."""
    os.closerange(ERRORS + 1, 256)
    for what, most in (
        (resource.RLIMIT_NOFILE, ERRORS + 1), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))


def answer(made: Any, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        content = made.compile(
            input=asked["source"].encode(), timestamp=asked["timestamp"],
            sys_inputs={"data": asked["data"], "language": asked["language"]},
        )  # fmt: skip
        return {"size": len(content)}, content
    except (RuntimeError, ValueError) as error:
        told = str(getattr(error, "diagnostic", "")) or str(error)
        hints = [str(each) for each in getattr(error, "hints", ())]
        return {"size": 0, "reason": str(error)[:500], "told": told[:2000], "hints": hints[:3]}, b""


def main() -> None:
    made = compiler()
    confine()
    for line in sys.stdin.buffer:
        head, content = answer(made, json.loads(line))
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
