"""Standing instructions in tests: proposed, confirmed on a call and approved in one go."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from backoffice.access.models import User
from refdata.models import Party, PartyContact, Place, StandingInstruction
from refdata.services import approve_ssi, propose_ssi, record_call_back, revoke_ssi


def person(name: str) -> User:
    return User.objects.get(username=name)


def new_ssi(party: str, place: str, *, since: date = date(2026, 2, 1), **more: Any) -> int:
    """An approved instruction of a party: proposed by the administrator, called and approved by the manager."""
    row = StandingInstruction(
        party=Party.objects.get(code=party), place=Place.objects.get(code=place), valid_from=since,
        **({"depository_account": "NEW", "cash_account": "NEW-C"} | more),
    )  # fmt: skip
    at = timezone.now()
    (id,) = propose_ssi([row], actor=person("admin"), at=at)
    record_call_back(
        ssi_id=id, contact_id=PartyContact.objects.get(party=row.party).pk, said="CONFIRMED",
        called_at=at, note="", actor=person("manager"), at=at,
    )  # fmt: skip
    approve_ssi(ids=[id], actor=person("manager"), at=at).raise_single()
    return id


def revoke(id: int) -> None:
    revoke_ssi(
        ids=[id], reason="closed", actor=person("clerk"), at=timezone.now()
    ).raise_single()  # fmt: skip
