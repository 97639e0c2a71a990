"""What is known of a file when its process asks."""

from __future__ import annotations

from datetime import date

from backoffice.kernel.decimals import plain
from backoffice.workflow.processes.conditions import Facts
from onboarding.models import PartyFile
from onboarding.reading import ReadFile, read_file


def measured(row: PartyFile, *, on: date) -> Facts:
    """The measures of a file as it is on a day."""
    return measures_of(read_file(row, on=on))


def measures_of(read: ReadFile) -> Facts:
    """A grade that no scorecard gives is not known."""
    row, credit, risk = read.row, read.credit, read.risk
    return {
        "role": row.role, "kind": row.kind, "country": row.country,
        "risk": risk.grade if risk else "", "grade": credit.grade if credit else "",
        "points": plain(credit.points) if credit and credit.grade else "",
        "owners": str(len(read.owners)),
        "occasion": "first" if row.approved_at is None else "review",
    }  # fmt: skip
