"""What others tell in documents, read with a problem beside each member that cannot be so."""

from __future__ import annotations

from datetime import date

from backoffice.kernel.errors import FieldProblem
from backoffice.kernel.i18n import gettext_noop
from refdata.rows import BookRow
from refdata.selectors import ReferenceData

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)  # days that a calendar can know


def unknown(name: str, value: str) -> FieldProblem:
    return FieldProblem(
        f"/{name}", f"unknown-{name}", gettext_noop("%(value)s is not known."),
        gettext_noop("Check the spelling, or have it added to the reference data."),
        {"value": value},
    )  # fmt: skip


def day_told(name: str, text: str, problems: list[FieldProblem]) -> date | None:
    """The day that a member names; a problem where it names none."""
    try:
        value = date.fromisoformat(text)
    except ValueError:
        value = date.max
    if not EARLIEST <= value <= LATEST:
        problems.append(FieldProblem(
            f"/{name}", "not-a-date", gettext_noop("%(value)s is not a date."),
            gettext_noop("Write it as 2026-11-24."), {"value": text},
        ))  # fmt: skip
        return None
    return value


def own_book(code: str, reference: ReferenceData) -> BookRow | None:
    """Any book of our legal entity, by its own code, or by a code or identifier of its party."""
    own = reference.parties.get(code)
    for book in reference.books.values():
        if book.entity_code == code or (own and own.id == book.own_party_id):
            return book
    return None
