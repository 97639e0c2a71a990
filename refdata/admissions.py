"""What the files of parties say about dealing with them: written by who keeps files, read by the snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from refdata.models import PartyAdmission
from refdata.rows import AdmissionRow


class Admission(NamedTuple):
    """What a file says about its party in a role from now on."""

    party_id: int
    role: str
    file: str
    stopped: str = ""
    until: date | None = None
    ends: str = ""


def keep_admissions(rows: Sequence[Admission]) -> None:
    """Write what files say; in the transaction of whoever keeps them."""
    PartyAdmission.objects.bulk_create(
        [PartyAdmission(**row._asdict()) for row in rows], update_conflicts=True,
        unique_fields=["party", "role"], update_fields=["file", "stopped", "until", "ends"],
    )  # fmt: skip


def admission_rows() -> dict[int, dict[str, AdmissionRow]]:
    """What files say, by party and role."""
    found: dict[int, dict[str, AdmissionRow]] = {}
    for row in PartyAdmission.objects.all():
        told = AdmissionRow(row.file, row.stopped, row.until, row.ends)
        found.setdefault(row.party_id, {})[row.role] = told
    return found
