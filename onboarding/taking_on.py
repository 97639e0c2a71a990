"""What the approval of a file brings about: the party is there, its limits are proposed, dealing may begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from backoffice.access.models import User
from limits.defining.openings import LimitExists, LimitTerms, propose_opening
from onboarding.models import PartyFile
from onboarding.reading import ReadFile
from onboarding.rule_kinds import LIMITS
from onboarding.state import FileRole
from refdata.models import Party
from refdata.proposals import write_decided
from refdata.screening.contents import Subject
from refdata.screening.services import screen
from refdata.selectors import reference_data


def write_party(row: PartyFile, *, actor: User, on: date, at: datetime) -> Party:
    """Write a new party with what others know it by, under the four eyes of its file. Raises ProposalWrong."""
    assert row.submitted_by is not None
    more: dict[str, Any] = {
        "origin": str(row), "proposed_by": row.submitted_by, "actor": actor, "at": at
    }  # fmt: skip
    party = write_decided("party", _party_values(row), **more)
    assert isinstance(party, Party)
    for scheme in ("lei", "inn", "ogrn"):
        if value := row.identity.get(scheme):
            told = {"party": party.code, "scheme": scheme.upper(), "value": value}
            write_decided("partyidentifier", told, **more)
    if row.contact:
        told = {"party": party.code, **row.contact, "source": str(row)}
        write_decided("partycontact", told, **more)
    if row.details:
        told = {"party": party.code, "valid_from": on.isoformat(), **row.details}
        write_decided("individualdetails", told, **more)
    return party


def _party_values(row: PartyFile) -> Mapping[str, Any]:
    return {
        "code": row.code, "name": row.name, "name_ru": row.name_ru, "kind": row.kind,
        "roles": [row.role], "country": row.country, "town": row.identity.get("town", ""),
    }  # fmt: skip


def try_party(row: PartyFile, *, actor: User, on: date, at: datetime) -> None:
    """Write the party and undo it: what would be wrong is said when the file is submitted. Raises ProposalWrong."""
    with transaction.atomic():
        write_party(row, actor=actor, on=on, at=at)
        transaction.set_rollback(True)


def screen_party(party: Party, *, actor: User, at: datetime) -> None:
    """What was cleared of the file is cleared of the party, before any money waits for it."""
    screen([Subject("party", party.pk)], actor=actor, at=at)


def propose_limits(
    read: ReadFile, party: Party, *, grade: str, actor: User, on: date, at: datetime
) -> Sequence[str]:
    """Propose what the table gives for a grade, where no such limit is there; their references.

    The proposals wait for the eyes of those who decide about limits.
    """
    row = read.row
    currency = row.entity.base_currency
    table = reference_data().rules.find(LIMITS, on, currency)
    if table is None or row.role != FileRole.COUNTERPARTY:
        return []
    made = []
    for each in table.of(grade):
        terms = LimitTerms(
            entity=row.entity, kind=each.kind, name=party.name[:120], currency=currency,
            amount=Decimal(each.amount), about={"party": party}, reason=f"{row}: {grade}",
            document=str(row),
        )  # fmt: skip
        try:
            with transaction.atomic():
                made.append(str(propose_opening(terms=terms, actor=actor, at=at)))
        except LimitExists:
            continue
    return made
