"""Accounts with banks for the tests of statements."""

from __future__ import annotations

from typing import Any

from refdata.models import Calendar, Entity, NostroAccount, Place

BANK = "TESTBANK"


def bank(code: str = BANK, **more: Any) -> Place:
    row, _ = Place.objects.get_or_create(
        code=code,
        defaults={
            "name": code, "finality": "EXTERNAL", "matching": "MESSAGE",
            "calendar": Calendar.objects.earliest("pk"), **more,
        },
    )  # fmt: skip
    return row


def nostro(
    number: str, currency: str = "RUB", *, entity: str = "RUS", **more: Any
) -> NostroAccount:
    """An account of ours at a bank, once."""
    owner = Entity.objects.get(code=entity)
    row, _ = NostroAccount.objects.get_or_create(
        place=more.pop("place", None) or bank(), number=number, currency=currency,
        defaults={"entity": owner, "owner": owner.own_party, **more},
    )  # fmt: skip
    return row
