"""The market of the demonstration: how its places are spoken to, and the books with which it opens.

It is played by a process of its own (`simulate_market`), which knows these tables and nothing else. Everything is
invented; a second run changes nothing.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.access.models import User
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.state import BondsCounted, ChannelFormat, TransportKind, Way
from backoffice.demonstration import MARKET_CUT_OFF, MARKET_ZONE, ruble_bank
from backoffice.demonstration.banking import ACCOUNT
from backoffice.demonstration.fails import Rules, load_rules
from backoffice.demonstration.firm import opening_of
from backoffice.demonstration.instructions import (
    BANK_FIVE,
    BANK_ONE,
    BANK_TWO,
    BROKER_FOUR,
    FUND_THREE,
    HOUSE,
    SINCE,
)
from backoffice.demonstration.screening import screen_all
from backoffice.demonstration.sellers import SELLER
from refdata.models import DepositoryAccount, Entity, NostroAccount, Party, PartyIdentifier, Place
from refdata.selectors import forget_reference_data
from settlements.models import Settlement

OWN_BIC = "SEVRRUMMXXX"
PAYMENTS, ANSWERS = "PAY", "IN"
# place, its BIC, in what securities are instructed there (None: it is a bank), by whose codes it knows others
PLACES: tuple[tuple[str, str, ChannelFormat | None, str], ...] = (
    (ruble_bank.CODE, "", None, ""),
    ("NSD", "DEMNRUMMXXX", ChannelFormat.MT, "NSDR"),
    ("CSDX", "DEMXDEFFXXX", ChannelFormat.ISO20022, ""),
    ("CORR", "DEMCUS3NXXX", None, ""),
)
# What an account is stated in, where it is not camt.053.
FORMATS = {
    ("NSD", "EUR"): "MT940", ("CSDX", "EUR"): "MT940", ("CORR", "CNY"): "MT940",
    ("CORR", "JPY"): "MT940", (ruble_bank.CODE, ruble_bank.CURRENCY): "1C",
}  # fmt: skip
# party, what depositories, banks and the bookkeeping know it by, its town
KNOWN = (
    ("999900DEMOSEVERRU017", (("INN", "9900000017"),), "Moscow"), ("999900DEMOSEVEREU023", (), "Frankfurt am Main"),
    (BANK_ONE, (("BIC", "DEONRUMMXXX"), ("NSDR", "MC0000100001"), ("INN", "9900000024")), "Moscow"),
    (BANK_TWO, (("BIC", "DETWRUMMXXX"), ("NSDR", "MC0000100002"), ("INN", "9900000031")), "Moscow"),
    (FUND_THREE, (("NSDR", "MC0000100003"), ("INN", "9900000049")), "Moscow"),
    (BROKER_FOUR, (("NSDR", "MC0000100004"), ("INN", "9900000056")), "Saint Petersburg"),
    (BANK_FIVE, (("BIC", "DEFVDEFFXXX"),), "Frankfurt am Main"),
    (HOUSE, (("NSDR", "MC0000100006"), ("INN", "9900000063")), "Moscow"),
    (SELLER, (("NSDR", "MC0000100007"),), "Moscow"),
)  # fmt: skip
# kind of rule, its key, what it says, a vector: given and expected
PARTS: Rules = tuple(
    (
        "settle.partials",
        code,
        {"allowed": True, "minimum_percent": "10"},
        {"quantity": "1000"},
        "100",
    )
    for code in ("NSD", "CSDX")
)
Row = tuple[Any, ...]


def load_channels(people: dict[str, User], *, at: datetime) -> None:
    """What a message to a place needs, before the first is sent; and in which parts depositories settle."""
    load_rules(PARTS, people, at=at)
    for code, identifiers, town in KNOWN:
        party = Party.objects.get(code=code)
        Party.objects.filter(pk=party.pk, town="").update(town=town)
        for scheme, value in identifiers:
            PartyIdentifier.objects.get_or_create(party=party, scheme=scheme, value=value)
    ruble_bank.load_ruble_bank(at=at)
    for code, bic, format, scheme in PLACES:
        place = Place.objects.get(code=code)
        Place.objects.filter(pk=place.pk).update(bic=bic)
        ways = {
            PAYMENTS: (Way.OUT, ChannelFormat.PAIN if bic else ChannelFormat.ONE_C),
            ANSWERS: (Way.IN, format or ChannelFormat.MT),
        }
        if format:
            ways["OUT"] = (Way.OUT, format)
        for name, (way, told) in ways.items():
            Channel.objects.get_or_create(
                code=f"{code}-{name}", valid_from=SINCE,
                defaults={
                    "place": place, "way": way, "format": told, "own_bic": OWN_BIC if bic else "",
                    "their_bic": bic, "party_scheme": scheme, "bonds": BondsCounted.UNIT,
                    "transport": TransportKind.DIRECTORY, "address": f"{code}/{way.lower()}",
                },
            )  # fmt: skip
    screen_all(at)
    forget_reference_data()


def open_market(folder: Path, *, evening: date, told: Mapping[str, Decimal]) -> None:
    """Write the tables: what we have at each place by our opening, and which accounts are stated.

    `told` is by currency what statements of the correspondent have told of before that evening.
    What an older market left there is gone: its books are not those of this firm.
    """
    for name in ("market", *(code for code, *_ in PLACES)):
        shutil.rmtree(folder / name, ignore_errors=True)
    for code, *_ in PLACES:
        place = Place.objects.get(code=code)
        _write(
            folder / "market" / f"{code}.balances.csv",
            ("party", "asset", "quantity"),
            _balances(place, told),
        )
        columns = ("account", "format", "currency", "parties", "bank")
        _write(folder / "market" / f"{code}.accounts.csv", columns, _accounts(place))
    opened = datetime.combine(
        evening, time.fromisoformat(MARKET_CUT_OFF), tzinfo=ZoneInfo(MARKET_ZONE)
    )
    (folder / "market" / "opened").write_text(f"{opened.isoformat()}\n")


def expect_payments(folder: Path, *, today: date, unpaid: int = 1) -> None:
    """What counterparties owe us in the payments that we wait for, by books of their own; the last pay nothing.

    And what the second bank books by itself.
    """
    rows = Settlement.objects.filter(
        method="PFOD", delivers=True, place__code__in=[code for code, *_ in PLACES],
        transmission__in=("SENT", "ACKNOWLEDGED"), settlement__in=("PENDING", "FAILING"),
    ).select_related("place", "counterparty", "money_asset")  # fmt: skip
    paid: dict[str, list[Row]] = {ruble_bank.CODE: list(ruble_bank.charges_on(today))}
    for row in rows.order_by("pk")[: max(0, rows.count() - unpaid)]:
        snapshot = row.ssi_snapshot or {}
        account = _account_of(row.place, row.entity, row.money_asset.code, row.money_asset.kind)
        paid.setdefault(row.place.code, []).append((
            account, row.money_asset.code, row.amount, row.due_date, row.counterparty.name,
            snapshot.get("cash_account", ""), f"DEAL D-{row.source_id}",
        ))  # fmt: skip
    columns = ("account", "currency", "amount", "day", "payer", "payer_account", "text")
    for code, found in paid.items():
        _write(folder / "market" / f"{code}.payments.csv", columns, iter(found))


def _balances(place: Place, told: Mapping[str, Decimal]) -> Iterator[Row]:
    """By account, as the market knows us."""
    for entity in Entity.objects.order_by("pk"):
        for owner, where, asset, quantity in opening_of(entity):
            if where == place and owner == entity.own_party:
                yield _account_of(place, entity, asset.code, asset.kind), asset.code, quantity
    if place.code == ruble_bank.CODE:
        yield ruble_bank.NUMBER, ruble_bank.CURRENCY, ruble_bank.OPENED_WITH
    if place.code == "CORR":
        for currency, moved in told.items():
            yield ACCOUNT, currency, moved


def _account_of(place: Place, entity: Entity, asset: str, kind: str) -> str:
    of = {"place": place, "entity": entity}
    if kind == "CURRENCY":
        return str(NostroAccount.objects.get(**of, currency=asset).number)
    return str(DepositoryAccount.objects.get(**of, kind="OWN").number)


def _accounts(place: Place) -> Iterator[Row]:
    """Whoever has an account is known by its number."""
    for cash in NostroAccount.objects.filter(place=place).order_by("number", "currency"):
        told = FORMATS.get((place.code, cash.currency), "camt.053.001.08")
        yield cash.number, told, cash.currency, cash.number, ""
    if dict((code, format) for code, _, format, _ in PLACES)[place.code]:
        for safe in DepositoryAccount.objects.filter(place=place).order_by("number"):
            yield safe.number, "MT535", "", safe.number, ""


def _write(path: Path, columns: Sequence[str], rows: Iterator[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
