"""`python typesetting.py`: a report as JSON comes in, its PDF goes out.

A process of its own: setting some hundred rows takes as many megabytes, which go back when it ends.
Fonts come with the typesetter and none from the machine, so that the pages are the same anywhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

TEMPLATE = Path(__file__).with_name("report.typ")


def main() -> None:
    import typst

    data = sys.stdin.buffer.read().decode()
    content = typst.compile(str(TEMPLATE), sys_inputs={"data": data}, ignore_system_fonts=True)
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main()
