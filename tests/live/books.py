"""A bank of its own and what our books have there: run as a process of its own on the database of a running system.

Nothing else in the demonstration knows this bank, so what differs at it is what the story wants.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from tests.live.stack import ROOT, Stack

CODE, NAME, ACCOUNT, CURRENCY, ENTITY = "LIVEBANK", "Bank of the story", "LIVE-EUR-1", "EUR", "EUR"


def book(
    stack: Stack,
    entries: Sequence[tuple[int, str, date]],
    *,
    currency: str = CURRENCY,
    entity: str = ENTITY,
) -> None:
    """The bank with our account, and entries on it: the settlement that each is of, its amount and its day."""
    told = {
        "currency": currency, "entity": entity,
        "entries": [[number, amount, day.isoformat()] for number, amount, day in entries],
    }  # fmt: skip
    hidden = ("REDIS_URL", "SECRET_KEY", "MAKELEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {
        "DATABASE_URL": stack.database_url(), "VAR_DIR": str(stack.var_dir), "DEPLOYMENT": "demonstration",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.live.books", json.dumps(told)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120)


def _book(currency: str, entity: str, entries: Sequence[tuple[int, str, str]]) -> None:
    from django.utils import timezone

    from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
    from refdata.models import Asset, Calendar, Entity, NostroAccount, Place

    of_whom = Entity.objects.get(code=entity)
    place, _ = Place.objects.get_or_create(
        code=CODE,
        defaults={
            "name": NAME, "name_ru": "Банк из примера", "finality": "EXTERNAL", "matching": "PERSON",
            "calendar": Calendar.objects.get(code="TARGET"),
        },
    )  # fmt: skip
    of = {"entity": of_whom, "owner": of_whom.own_party}
    number = ACCOUNT if currency == CURRENCY else f"LIVE-{currency}-1"
    NostroAccount.objects.get_or_create(place=place, number=number, currency=currency, defaults=of)
    keys = [
        AccountKey(of_whom.pk, "CASH", of_whom.own_party_id, place_id=place.pk),
        AccountKey(of_whom.pk, "OPENING", of_whom.own_party_id),
    ]
    cash, opening = (account_ids(keys)[key] for key in keys)
    asset = Asset.objects.get(code=currency).pk
    made = [
        NewEntry(
            entity_id=of_whom.pk, kind="story", source_type="settlement", source_id=settlement,
            effective_date=date.fromisoformat(day), postings=[NewPosting(cash, opening, asset, Decimal(amount))],
        )
        for settlement, amount, day in entries
    ]  # fmt: skip
    post_entries(made, at=timezone.now())


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    django.setup()
    _book(**json.loads(sys.argv[1]))
