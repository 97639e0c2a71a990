"""Clients behind one account at the depository, a pledge of ours, and a line at the correspondent bank."""

from __future__ import annotations

from collections.abc import Sequence

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
)


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
