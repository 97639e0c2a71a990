"""Layouts of payroll journals as files tell them: data, so that another program's export is another file here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file is known (`opens`, its first row), and what its rows and columns mean, by their headings.

    `facts` stand in rows of two cells before the table, `columns` head the table. `dates` is the spelling of days.
    """

    name: str
    opens: str
    encodings: list[str]
    facts: dict[str, str]
    columns: dict[str, str]
    dates: str
    yes: list[str]
    no: list[str]


@cache
def layouts() -> tuple[Layout, ...]:
    """All of them, by name."""
    return tuple(
        msgspec.json.decode(path.read_bytes(), type=Layout)
        for path in sorted(FOLDER.glob("*.json"))
    )
