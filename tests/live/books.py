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


def book(stack: Stack, entries: Sequence[tuple[int, str, date]]) -> None:
    """The bank with our account, and entries on it: the settlement that each is of, its amount and its day."""
    told = [[number, amount, day.isoformat()] for number, amount, day in entries]
    hidden = ("REDIS_URL", "SECRET_KEY", "MAKELEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {
        "DATABASE_URL": stack.database_url(), "VAR_DIR": str(stack.var_dir), "DEPLOYMENT": "demonstration",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.live.books", json.dumps(told)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120)


def _book(told: Sequence[tuple[int, str, str]]) -> None:
    from django.utils import timezone

    from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
    from refdata.models import Asset, Calendar, Entity, NostroAccount, Place

    entity = Entity.objects.get(code=ENTITY)
    place, _ = Place.objects.get_or_create(
        code=CODE,
        defaults={
            "name": NAME, "name_ru": "Банк из примера", "finality": "EXTERNAL", "matching": "PERSON",
            "calendar": Calendar.objects.get(code="TARGET"),
        },
    )  # fmt: skip
    of = {"entity": entity, "owner": entity.own_party}
    NostroAccount.objects.get_or_create(place=place, number=ACCOUNT, currency=CURRENCY, defaults=of)
    keys = [
        AccountKey(entity.pk, "CASH", entity.own_party_id, place_id=place.pk),
        AccountKey(entity.pk, "OPENING", entity.own_party_id),
    ]
    cash, opening = (account_ids(keys)[key] for key in keys)
    asset = Asset.objects.get(code=CURRENCY).pk
    entries = [
        NewEntry(
            entity_id=entity.pk, kind="story", source_type="settlement", source_id=number,
            effective_date=date.fromisoformat(day), postings=[NewPosting(cash, opening, asset, Decimal(amount))],
        )
        for number, amount, day in told
    ]  # fmt: skip
    post_entries(entries, at=timezone.now())


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    django.setup()
    _book(json.loads(sys.argv[1]))
