"""The agreement that a deal names, held against the register. Pure: terms and reference data in."""

from __future__ import annotations

from datetime import date

from backoffice.kernel.i18n import gettext_noop
from deals.capturing.checking import Check
from deals.terms import Terms
from refdata.rows import BookRow, PartyRow
from refdata.selectors import ReferenceData


def parties_to(terms: Terms, reference: ReferenceData, counterparty: PartyRow) -> set[int]:
    """With whom an agreement covers a deal: who owes it, whom it was dealt with, and the client."""
    named = (terms.counterparty, terms.client)
    found = (reference.parties[name].id for name in named if name and name in reference.parties)
    return {counterparty.id, *found}


def check_agreement(
    check: Check[Terms], book: BookRow | None, counterparty: PartyRow | None, on: date | None
) -> None:
    """A deal names an agreement of its entity with its party, in force on its trade date, or none."""
    number = check.terms.agreement
    if number is None or book is None or counterparty is None or on is None:
        return
    rows = check.reference.agreements.named(book.entity_id, number)
    if not rows:
        check.add(
            "/agreement", "unknown-agreement",
            gettext_noop("Agreement %(value)s is not in the register of %(entity)s."),
            gettext_noop("Check its number, have it registered under Reference data, or leave it out."),
            value=number, entity=book.entity_code,
        )  # fmt: skip
        return
    parties = parties_to(check.terms, check.reference, counterparty)
    ours = [row for row in rows if row.party_id in parties]
    if not ours:
        check.add(
            "/agreement", "agreement-of-other-party",
            gettext_noop("Agreement %(value)s is not with %(name)s."),
            gettext_noop("Name the agreement with this counterparty, or check who it is."),
            value=number, name=counterparty.name,
        )  # fmt: skip
    elif not any(row.holds(on) for row in ours):
        check.add(
            "/agreement", "agreement-not-in-force",
            gettext_noop("Agreement %(value)s is not in force on %(day)s."),
            gettext_noop("Name the one that took its place, or have its end put off in the register."),
            value=number, day=on.isoformat(),
        )  # fmt: skip
