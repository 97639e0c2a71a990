"""The firm of the demonstration: two legal entities, whom they deal with, in what, and within which limits.

Everything is invented except the ISINs. Each function may run again: what is there stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

from django.contrib.auth.models import Group

from backoffice import demonstration
from backoffice.access.models import User
from backoffice.demonstration.agreements import load_agreements
from backoffice.demonstration.bonds import holdings_of, load_bonds
from backoffice.demonstration.centres import load_centres
from backoffice.demonstration.custody import load_custody
from backoffice.demonstration.days import load_days
from backoffice.demonstration.fails import load_fails, load_rules
from backoffice.demonstration.instructions import (
    BANK_FIVE,
    BANK_ONE,
    BANK_TWO,
    BROKER_FOUR,
    FUND_THREE,
    HOUSE,
    SINCE,
    load_instructions,
)
from backoffice.demonstration.limits import load_limits
from backoffice.demonstration.netting import RULES as NETTING_RULES
from backoffice.demonstration.quotes import load_deadlines, load_quotes
from backoffice.demonstration.screening import load_sanctions, screen_all
from backoffice.demonstration.sellers import load_sellers
from ledger.models import JournalEntry
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from ledger.state import AccountKind
from refdata.firm_profiles.services import ProfileTerms, approve_profiles, propose_profile
from refdata.models import (
    Asset,
    Book,
    Calendar,
    DepositoryAccount,
    Entity,
    FeeSchedule,
    Instrument,
    InstrumentIdentifier,
    NostroAccount,
    Party,
    PartyIdentifier,
    Place,
)

SOURCE = "DEMONSTRATION"
RUSSIAN, EUROPEAN = "RUS", "EUR"
CLIENTS = ("CL-ANNA", "CL-BORIS", "999900DEMOCLFUND0041")

# code, name, Russian name, kind, roles, country
PARTIES = (
    ("999900DEMOSEVERRU017", "Sever Securities", "ООО «Север Брокер»", "ORGANISATION", ["OWN"], "RU"),
    ("999900DEMOSEVEREU023", "Sever Europe", "Север Европа", "ORGANISATION", ["OWN"], "DE"),
    (BANK_ONE, "Demo Bank One", "Демо Банк Один", "ORGANISATION", ["COUNTERPARTY"], "RU"),
    (BANK_TWO, "Demo Bank Two", "Демо Банк Два", "ORGANISATION", ["COUNTERPARTY"], "RU"),
    (FUND_THREE, "Demo Fund Three", "Демо Фонд Три", "ORGANISATION", ["COUNTERPARTY"], "RU"),
    (
        BROKER_FOUR, "Demo Broker Four",
        "Общество с ограниченной ответственностью «Северо-Западная инвестиционная компания Четыре»",
        "ORGANISATION", ["COUNTERPARTY"], "RU",
    ),
    (BANK_FIVE, "Demo Bank Five", "Демо Банк Пять", "ORGANISATION", ["COUNTERPARTY"], "DE"),
    ("CL-ANNA", "Anna Petrova", "Анна Петрова", "INDIVIDUAL", ["CLIENT"], "RU"),
    ("CL-BORIS", "Boris Ivanov", "Борис Иванов", "INDIVIDUAL", ["CLIENT"], "RU"),
    (HOUSE, "Demo Clearing House", "Демо Клиринговый Центр", "ORGANISATION", ["COUNTERPARTY"], "RU"),
    (CLIENTS[2], "Demo Client Fund", "Демо Клиентский Фонд", "ORGANISATION", ["CLIENT"], "RU"),
)  # fmt: skip
# ISIN, ticker, name, Russian name, market, currency
INSTRUMENTS = (
    ("RU0009029540", "SBER", "Sberbank", "Сбербанк", "MISX", "RUB"),
    ("RU0007661625", "GAZP", "Gazprom", "Газпром", "MISX", "RUB"),
    ("RU0009024277", "LKOH", "Lukoil", "Лукойл", "MISX", "RUB"),
    ("RU0007288411", "GMKN", "Nornickel", "Норникель", "MISX", "RUB"),
    ("RU000A0JR4A1", "MOEX", "Moscow Exchange", "Московская биржа", "MISX", "RUB"),
    ("RU0009033591", "TATN", "Tatneft", "Татнефть", "MISX", "RUB"),
    ("RU000A0J2Q06", "ROSN", "Rosneft", "Роснефть", "MISX", "RUB"),
    ("DE0007164600", "SAP", "SAP", "SAP", "XETR", "EUR"),
    ("DE0007236101", "SIE", "Siemens", "Siemens", "XETR", "EUR"),
)
# code, name, Russian name, finality, matching, calendar
PLACES = (
    ("HOUSE", "Our own books", "Собственный учёт", "INTERNAL", "AUTO", "RU"),
    ("NSD", "Demo depository", "Демонстрационный депозитарий", "EXTERNAL", "MESSAGE", "RU"),
    ("CSDX", "Demo depository abroad", "Зарубежный депозитарий", "EXTERNAL", "PERSON", "TARGET"),
    ("CORR", "Demo correspondent bank", "Демо Банк-корреспондент", "EXTERNAL", "PERSON", "US"),
)
PROFILED_SINCE = date(2020, 1, 1)
# where we have accounts in which currencies
NOSTROS = (
    ("HOUSE", ("RUB", "EUR")), ("NSD", ("RUB", "EUR")), ("CSDX", ("RUB", "EUR")),
    ("CORR", ("USD", "CNY", "JPY")),
)  # fmt: skip


def load_people() -> dict[str, User]:
    """The users of the demonstration, each in the role of the same name."""
    people = {}
    for name in demonstration.USERS:
        user = User.objects.filter(username=name).first()
        if user is None:
            user = User.objects.create_user(
                name,
                password=demonstration.password_of(name),
                is_staff=name in ("admin", "auditor"),
            )
            user.groups.add(Group.objects.get(name=name))
        people[name] = user
    return people


def load_firm(people: dict[str, User], *, at: datetime, today: date) -> None:
    """Everything that stands before the first deal."""
    load_sanctions()
    _load_parties()
    _load_entities()
    _load_profiles(people, at)
    _load_instruments()
    load_bonds()
    _load_places()
    load_instructions(people, at)
    load_sellers(people, since=SINCE, known=datetime.combine(SINCE, time(9, 0), tzinfo=UTC), at=at)
    load_limits()
    load_agreements(today)
    _load_fees()
    load_custody(RUSSIAN, CLIENTS)
    load_quotes(today)
    load_deadlines(SINCE)
    load_fails(people, at=at)
    load_rules(NETTING_RULES, people, at=at)
    _load_opening(at)
    load_days(today)
    load_centres()
    screen_all(at)


def _load_parties() -> None:
    for code, name, name_ru, kind, roles, country in PARTIES:
        party, _ = Party.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "name_ru": name_ru, "kind": kind, "roles": roles, "country": country
            },
        )  # fmt: skip
        if len(code) == 20:
            PartyIdentifier.objects.get_or_create(party=party, scheme="LEI", value=code)


def _load_entities() -> None:
    for code, own, jurisdiction, currency, books in (
        (
            RUSSIAN,
            PARTIES[0],
            "RU",
            "RUB",
            (("EQ-RU", "Own shares"), ("EQ-CL", "Client shares"), ("FX-RU", "Currencies")),
        ),
        (EUROPEAN, PARTIES[1], "DE", "EUR", (("EQ-EU", "European shares"),)),
    ):
        entity, _ = Entity.objects.get_or_create(
            code=code,
            defaults={
                "name": own[1], "name_ru": own[2], "own_party": Party.objects.get(code=own[0]),
                "jurisdiction": jurisdiction, "base_currency": currency,
            },
        )  # fmt: skip
        for book, name in books:
            Book.objects.get_or_create(code=book, defaults={"entity": entity, "name": name})


def _load_profiles(people: dict[str, User], at: datetime) -> None:
    """A Russian broker that withholds tax, and a European dealer that does not."""
    for code, jurisdiction, licence, tax_agent, swift in (
        (RUSSIAN, "RU", "BROKER", True, "BANK_CLIENT"),
        (EUROPEAN, "EU", "DEALER", False, "PARTICIPANT"),
    ):
        entity = Entity.objects.get(code=code)
        if entity.profiles.exists():
            continue
        terms = ProfileTerms(
            entity=entity, valid_from=PROFILED_SINCE, jurisdiction=jurisdiction, licence=licence,
            tax_agent=tax_agent, swift=swift,
        )  # fmt: skip
        row = propose_profile(terms=terms, actor=people["accountant"], at=at)
        approve_profiles(ids=[row.pk], actor=people["manager"], at=at).raise_single()


def _load_instruments() -> None:
    for isin, ticker, name, name_ru, market, currency in INSTRUMENTS:
        asset, _ = Asset.objects.get_or_create(
            code=isin, defaults={"kind": "SECURITY", "name": name, "name_ru": name_ru}
        )
        instrument, _ = Instrument.objects.get_or_create(
            asset=asset,
            defaults={
                "isin": isin, "ticker": ticker, "kind": "SHARE", "currency": currency, "market": market
            },
        )  # fmt: skip
        for scheme, value in (("ISIN", isin), ("TICKER", ticker)):
            InstrumentIdentifier.objects.get_or_create(
                instrument=instrument, scheme=scheme, value=value
            )


def _load_places() -> None:
    for code, name, name_ru, finality, matching, calendar in PLACES:
        place, _ = Place.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "name_ru": name_ru, "finality": finality, "matching": matching,
                "calendar": Calendar.objects.get(code=calendar),
            },
        )  # fmt: skip
        for entity in Entity.objects.select_related("own_party"):
            owner = entity.own_party
            DepositoryAccount.objects.get_or_create(
                place=place, number=f"{code}-{entity.code}-DEPO",
                defaults={"entity": entity, "owner": owner, "kind": "OWN"},
            )  # fmt: skip
            for currency in dict(NOSTROS)[code]:
                NostroAccount.objects.get_or_create(
                    place=place, number=f"{code}-{entity.code}-CASH", currency=currency,
                    defaults={"entity": entity, "owner": owner},
                )  # fmt: skip


def _load_fees() -> None:
    for entity, currency, rate, minimum in (
        (RUSSIAN, "RUB", "0.0005", "0"), (EUROPEAN, "EUR", "0.0003", "5"),
    ):  # fmt: skip
        FeeSchedule.objects.get_or_create(
            entity=Entity.objects.get(code=entity), kind="BROKERAGE", product="equity",
            currency=currency, valid_from=date(2020, 1, 1),
            defaults={"rate": Decimal(rate), "minimum": Decimal(minimum)},
        )  # fmt: skip


def _load_opening(at: datetime) -> None:
    """Opening balances: what everybody held before the first deal, against the opening accounts."""
    if JournalEntry.objects.filter(kind="opening").exists():
        return
    rows = [
        (entity, owner, place, asset, quantity)
        for entity in Entity.objects.all()
        for owner, place, asset, quantity in opening_of(entity)
    ]
    keys = {}
    for number, (entity, owner, place, asset, _) in enumerate(rows):
        kind = AccountKind.CASH if asset.kind == "CURRENCY" else AccountKind.HOLDING
        keys[number] = (
            AccountKey(entity.pk, kind.value, owner.pk, place_id=place.pk),
            AccountKey(entity.pk, AccountKind.OPENING.value, owner.pk),
        )
    accounts = account_ids(key for pair in keys.values() for key in pair)
    entries = [
        NewEntry(
            entity_id=entity.pk, kind="opening", source_type="opening", source_id=number,
            effective_date=SINCE,
            postings=[
                NewPosting(
                    accounts[keys[number][0]], accounts[keys[number][1]], asset.pk, quantity
                )
            ],
        )
        for number, (entity, _, _, asset, quantity) in enumerate(rows)
    ]  # fmt: skip
    post_entries(entries, at=at)


def opening_of(entity: Entity) -> Iterator[tuple[Party, Place, Asset, Decimal]]:
    """Plenty for us and the banks, less for clients; nobody has any Rosneft, so its sales fail."""
    market = "MISX" if entity.code == RUSSIAN else "XETR"
    currency = Asset.objects.get(code=entity.base_currency)
    shares = [Asset.objects.get(code=row[0]) for row in INSTRUMENTS if row[4] == market]
    house = Place.objects.get(code="HOUSE")
    for code, currency_code in (("CSDX", "EUR"), ("CORR", "USD"), ("CORR", "CNY")):
        if currency_code != entity.base_currency:
            place, asset = Place.objects.get(code=code), Asset.objects.get(code=currency_code)
            yield entity.own_party, place, asset, Decimal(20_000_000)
    for place in Place.objects.filter(code__in=("HOUSE", "NSD", "CSDX")).order_by("id"):
        yield entity.own_party, place, currency, Decimal(500_000_000)
        for share in shares:
            if share.code != "RU000A0J2Q06":
                yield entity.own_party, place, share, Decimal(200_000)
    yield from holdings_of(entity, BANK_ONE)
    others = [BANK_ONE] if entity.code == EUROPEAN else [BANK_ONE, *CLIENTS]
    for code in others:
        owner = Party.objects.get(code=code)
        yield owner, house, currency, Decimal(300_000_000 if code == BANK_ONE else 20_000_000)
        for share in shares[:5]:
            yield owner, house, share, Decimal(500_000 if code == BANK_ONE else 5_000)
