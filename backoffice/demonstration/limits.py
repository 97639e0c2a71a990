"""The limits of the demonstration, whom they are about, and who is connected with whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from backoffice.demonstration.instructions import (
    BANK_FIVE,
    BANK_ONE,
    BANK_TWO,
    BROKER_FOUR,
    FUND_THREE,
)
from limits.models import Limit
from limits.state import LimitKind, Tenor
from refdata.models import Book, Entity, Instrument, Party, PartyGroup

RUSSIAN, EUROPEAN = "RUS", "EUR"
ROSNEFT = "RU000A0J2Q06"
ISSUER = "DEMO-ISSUER-ROSN"
GROUP, MEMBERS = "DEMO-GROUP", (BROKER_FOUR, BANK_FIVE)

# entity, kind, name, book, party, nostro currency, currency, cap
LIMITS = (
    (RUSSIAN, LimitKind.DEALER, "Dealer, own shares", "EQ-RU", None, "", "RUB", 900_000_000),
    (RUSSIAN, LimitKind.DEALER, "Dealer, client shares", "EQ-CL", None, "", "RUB", 400_000_000),
    (RUSSIAN, LimitKind.DEALER, "Dealer, currencies", "FX-RU", None, "", "RUB", 500_000_000),
    (EUROPEAN, LimitKind.DEALER, "Dealer, Europe", "EQ-EU", None, "", "EUR", 5_000_000),
    (RUSSIAN, LimitKind.COUNTERPARTY_PRESETTLEMENT, "Demo Bank One", None, BANK_ONE, "", "RUB", 30_000_000),
    (RUSSIAN, LimitKind.COUNTERPARTY_PRESETTLEMENT, "Demo Bank Two", None, BANK_TWO, "", "RUB", 5_000_000),
    (RUSSIAN, LimitKind.COUNTERPARTY_PRESETTLEMENT, "Demo Fund Three", None, FUND_THREE, "", "RUB", 500_000),
    (RUSSIAN, LimitKind.COUNTERPARTY_PRESETTLEMENT, "Demo Bank Five", None, BANK_FIVE, "", "RUB", 10_000_000),
    (EUROPEAN, LimitKind.COUNTERPARTY_PRESETTLEMENT, "Demo Bank Five", None, BANK_FIVE, "", "EUR", 400_000),
    (RUSSIAN, LimitKind.COUNTERPARTY_SETTLEMENT, "Five, settlement day", None, BANK_FIVE, "", "RUB", 80_000_000),
    (EUROPEAN, LimitKind.NOSTRO, "Euro nostro", None, None, "EUR", "EUR", 3_000_000),
    (RUSSIAN, LimitKind.NOSTRO, "Dollar nostro", None, None, "USD", "USD", 1_000_000),
)  # fmt: skip
# entity, kind, name, what it is about, currency, cap
MORE_LIMITS: tuple[tuple[str, LimitKind, str, dict[str, str], str, int], ...] = (
    (RUSSIAN, LimitKind.BOOK, "Book of currencies", {"book": "FX-RU"}, "RUB", 600_000_000),
    (RUSSIAN, LimitKind.INSTRUMENT, "Rosneft, shares", {"instrument": ROSNEFT}, "RUB", 3_000_000),
    (RUSSIAN, LimitKind.ISSUER, "Rosneft, issuer", {"party": ISSUER}, "RUB", 10_000_000),
    (RUSSIAN, LimitKind.TENOR, "Over a year, up to five", {"tenor": Tenor.UP_TO_5Y}, "RUB", 50_000_000),
    (RUSSIAN, LimitKind.COUNTERPARTY_PRESETTLEMENT, "Demo group of Five", {"group": GROUP}, "RUB", 12_000_000),
    (EUROPEAN, LimitKind.STOP_LOSS, "Stop-loss, Europe", {"book": "EQ-EU"}, "EUR", 100_000),
    (EUROPEAN, LimitKind.OPEN_CURRENCY_TOTAL, "Open position, all currencies", {}, "EUR", 4_000_000),
    (RUSSIAN, LimitKind.OPEN_CURRENCY_POSITION, "Open position in yuan", {"nostro_currency": "CNY"}, "CNY", 30_000_000),
)  # fmt: skip


def load_limits() -> None:
    """Those of the book, the counterparty and the nostro, and one of each other kind."""
    _load_connections()
    for entity, kind, name, book, party, nostro, currency, cap in LIMITS:
        about = {"book": book, "party": party, "nostro_currency": nostro}
        _load(entity, kind, name, {key: code for key, code in about.items() if code}, currency, cap)
    for row in MORE_LIMITS:
        _load(*row)


def _load(
    entity: str, kind: LimitKind, name: str, about: dict[str, str], currency: str, cap: int
) -> None:
    Limit.objects.get_or_create(
        entity=Entity.objects.get(code=entity), kind=kind, name=name,
        defaults={
            "currency": currency, "cap": Decimal(cap),
            **{key: _named(key, code) for key, code in about.items()},
        },
    )  # fmt: skip


def _named(key: str, code: str) -> Any:
    rows: dict[str, Any] = {
        "book": Book.objects.filter(code=code),
        "party": Party.objects.filter(code=code),
        "group": PartyGroup.objects.filter(code=code),
        "instrument": Instrument.objects.filter(isin=code),
    }
    return rows[key].get() if key in rows else code


def _load_connections() -> None:
    """An issuer of its own, and a group of two that count as one risk."""
    issuer, created = Party.objects.get_or_create(
        code=ISSUER, defaults={"name": "Rosneft", "name_ru": "Роснефть", "roles": ["ISSUER"],
                               "country": "RU"},
    )  # fmt: skip
    if created:
        Instrument.objects.filter(isin=ROSNEFT).update(issuer=issuer)
    group, created = PartyGroup.objects.get_or_create(
        code=GROUP, defaults={"name": "Demo group of Five", "name_ru": "Группа «Демо Банк Пять»"}
    )
    if created:
        Party.objects.filter(code__in=MEMBERS).update(group=group)
