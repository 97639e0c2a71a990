"""Whether those who deal may be dealt with, by their files. Pure: terms and reference data in.

A party that has no file is dealt with, unless a dated rule asks for one in its role.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from backoffice.kernel.i18n import gettext_noop
from deals.capturing.checking import Check
from deals.terms import Terms
from onboarding.rule_kinds import FILE_REQUIRED
from onboarding.state import FileRole
from refdata.rows import PartyRow
from refdata.selectors import ReferenceData


class Reason(NamedTuple):
    """What is said of a party that is not dealt with, and what to do about it."""

    detail: str
    hint: str


MISSING = "file-missing"
REASONS = {
    "file-declined": Reason(
        gettext_noop("%(name)s is not dealt with: its file %(file)s was declined."),
        gettext_noop("Ask who declined it; another file may be opened."),
    ),
    "file-closed": Reason(
        gettext_noop("%(name)s is not dealt with any more: its file %(file)s was closed."),
        gettext_noop("Open another file, if we are to deal with it again."),
    ),
    "owner-hit": Reason(
        gettext_noop("An owner or signatory of %(name)s is like an entry of a list of sanctions (%(file)s)."),
        gettext_noop("Compare it under Screening; two people clear what is another."),
    ),
    "document-expired": Reason(
        gettext_noop("Since %(day)s a document in the file %(file)s of %(name)s is good no more."),
        gettext_noop("Take the file up again, add the new document and have it approved."),
    ),
    "review-overdue": Reason(
        gettext_noop("The review of the file %(file)s of %(name)s is overdue: since %(day)s nobody deals."),
        gettext_noop("Have the file reviewed: submitted by one, approved by another."),
    ),
    MISSING: Reason(
        gettext_noop("%(name)s has no approved file, and since %(day)s nobody is dealt with without one."),
        gettext_noop("Open a file under Files of parties, and have it approved."),
    ),
}  # fmt: skip


def check_admission(
    check: Check[Terms], pointer: str, role: FileRole, party: PartyRow | None, on: date | None
) -> None:
    """A party is dealt with on a trade date if its file lets us, or if it needs none."""
    if party is None or on is None:
        return
    admission = (party.admissions or {}).get(role.value)
    if admission is not None:
        code, day, file = admission.reason_on(on), admission.until, admission.file
    else:
        day, file = required_since(check.reference, role, on), ""
        code = MISSING if day is not None else ""
    if code:
        why = REASONS[code]
        facts = {"name": party.name, "file": file, "day": day.isoformat() if day else ""}
        check.add(f"/{pointer}", code, why.detail, why.hint, **facts)


_Found = dict[tuple[str, date], date | None]
_read: tuple[ReferenceData | None, _Found] = (None, {})


def required_since(reference: ReferenceData, role: FileRole, on: date) -> date | None:
    """Since when those of a role need a file, if they do on a day; read once from each snapshot."""
    global _read
    snapshot, found = _read
    if snapshot is not reference:
        found = {}
        _read = (reference, found)
    key = (role.value, on)
    if key not in found:
        row = reference.rules.row_of(FILE_REQUIRED, on)
        rule = reference.rules.find(FILE_REQUIRED, on)
        found[key] = row.valid_from if row and rule and role.value in rule.roles else None
    return found[key]
