"""Clients behind one account at the depository, what is pledged, restricted or lent, and a client's right of use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from backoffice.access.models import User
from backoffice.demonstration.instructions import SINCE
from refdata.models import (
    AccountMember,
    Asset,
    CreditLine,
    DepositoryAccount,
    Earmark,
    Entity,
    Party,
    Place,
    Restriction,
    UseRight,
)
from settlements.using.models import AssetUse
from settlements.using.services import NewUse, approve_uses, propose_use

LENDER, USED = "CL-ANNA", "RU0007661625"  # whose assets are in our use, and which


def load_custody(entity_code: str, clients: Sequence[str]) -> None:
    entity, place = Entity.objects.get(code=entity_code), Place.objects.get(code="NSD")
    of = {"entity": entity, "place": place}
    number = f"NSD-{entity_code}-CLIENTS"
    DepositoryAccount.objects.get_or_create(
        place=place, number=number,
        defaults={"entity": entity, "owner": entity.own_party, "kind": "CLIENT_OMNIBUS"},
    )  # fmt: skip
    for code in clients:
        AccountMember.objects.get_or_create(
            **of, account=number, owner=Party.objects.get(code=code), valid_from=SINCE,
            defaults={"document": "Nominee agreement 1"},
        )  # fmt: skip
    Earmark.objects.get_or_create(
        **of, owner=entity.own_party, asset=Asset.objects.get(code="RU0009029540"), kind="PLEDGED",
        defaults={"quantity": 5_000, "document": "Pledge agreement 3", "valid_from": SINCE},
    )  # fmt: skip
    CreditLine.objects.get_or_create(
        entity=entity, owner=entity.own_party, place=Place.objects.get(code="CORR"), currency="USD",
        valid_from=SINCE, defaults={"amount": 1_000_000, "document": "Overdraft agreement 2"},
    )  # fmt: skip
    UseRight.objects.get_or_create(
        entity=entity, client=Party.objects.get(code=LENDER), agreement="BR-1", valid_from=SINCE,
        defaults={"assets": [USED], "document": "Brokerage agreement, clause 7.2"},
    )  # fmt: skip


def restrict_deliveries() -> None:
    """A client's shares that a bailiff forbids to deliver."""
    Restriction.objects.get_or_create(
        entity=Entity.objects.get(code="RUS"), asset=Asset.objects.get(code="RU000A0JR4A1"),
        party=Party.objects.get(code="CL-BORIS"),
        defaults={"act": "NO_DELIVER", "document": "Bailiff's order 12/7", "valid_from": SINCE},
    )  # fmt: skip


def use_assets(people: dict[str, User], *, at: datetime) -> None:
    """What a client let us use is in our use, and owed back."""
    if AssetUse.objects.exists() or not UseRight.objects.filter(client__code=LENDER).exists():
        return
    new = NewUse(
        entity="RUS", client=LENDER, place="HOUSE", asset=USED, quantity=Decimal(250),
        document="Transfer order 5",
    )  # fmt: skip
    row = propose_use(new=new, actor=people["clerk"], at=at)
    approve_uses(ids=[row.pk], actor=people["checker"], at=at).raise_single()
