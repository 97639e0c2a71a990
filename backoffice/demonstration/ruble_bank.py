"""The second bank of the demonstration: it keeps an account in rubles, takes orders and states in the format of 1C.

Everything is invented; running again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backoffice.demonstration.instructions import SINCE
from ledger.models import JournalEntry
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from ledger.state import AccountKind
from refdata.models import Asset, Calendar, Entity, NostroAccount, Place

CODE, BIK, NUMBER, CURRENCY = "RUBB", "044525974", "40702810600000000118", "RUB"
OPENED_WITH = Decimal(50_000_000)
SOURCE_ID = 1_000_000  # of its opening entry, behind those of the firm
# What the bank books by itself: amount, its account, text.
CHARGES = (
    ("-1500.00", "70601810200000000001", "Комиссия за ведение счёта"),
    ("4109.59", "47426810500000000002", "Проценты на остаток по счёту"),
)


def load_ruble_bank(*, at: datetime) -> None:
    entity = Entity.objects.get(code="RUS")
    place, _ = Place.objects.get_or_create(
        code=CODE,
        defaults={
            "name": "Demo ruble bank", "name_ru": "Демо Рублёвый банк", "finality": "EXTERNAL",
            "matching": "PERSON", "bik": BIK, "calendar": Calendar.objects.get(code="RU"),
        },
    )  # fmt: skip
    NostroAccount.objects.get_or_create(
        place=place, number=NUMBER, currency=CURRENCY,
        defaults={"entity": entity, "owner": entity.own_party},
    )  # fmt: skip
    if JournalEntry.objects.filter(source_type="opening", source_id=SOURCE_ID).exists():
        return
    cash = AccountKey(entity.pk, AccountKind.CASH.value, entity.own_party_id, place_id=place.pk)
    opening = AccountKey(entity.pk, AccountKind.OPENING.value, entity.own_party_id)
    ids = account_ids([cash, opening])
    money = Asset.objects.get(code=CURRENCY)
    entry = NewEntry(
        entity_id=entity.pk, kind="opening", source_type="opening", source_id=SOURCE_ID,
        effective_date=SINCE,
        postings=[NewPosting(ids[cash], ids[opening], money.pk, OPENED_WITH)],
    )  # fmt: skip
    post_entries([entry], at=at)


def charges_on(day: date) -> Iterator[tuple[Any, ...]]:
    """What it books on a day, as rows of its table of payments."""
    for amount, account, text in CHARGES:
        yield NUMBER, CURRENCY, amount, day, "Демо Рублёвый банк", account, text
