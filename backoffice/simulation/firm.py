"""The legal entity of a simulated day: its books and accounts, whom it deals with and where, and what all have.

It stands on the firm of the demonstration: its people, instruments, calendars and clients. Running again adds nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from backoffice.access.models import User
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.channels.state import ChannelFormat, TransportKind, Way
from backoffice.demonstration.bonds import OFZ
from backoffice.demonstration.quotes import PRICES
from backoffice.demonstration.screening import screen_all
from backoffice.simulation.plan import Plan
from ledger.models import JournalEntry
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from ledger.state import AccountKind
from refdata.models import (
    AccountMember,
    Asset,
    Book,
    Calendar,
    DepositoryAccount,
    Entity,
    NostroAccount,
    Party,
    PartyContact,
    Place,
    StandingInstruction,
)
from refdata.selectors import forget_reference_data
from refdata.services import approve_ssi, propose_ssi, record_call_back

SINCE = date(2026, 1, 1)
CURRENCY = "RUB"
CLIENTS = ("CL-ANNA", "CL-BORIS", "999900DEMOCLFUND0041")
SHARES = tuple(isin for isin in PRICES if isin.startswith("RU") and isin != OFZ)
FORMATS = ("camt.053.001.08", "MT940", "1C")
# At depositories securities settle against money, at banks money alone.
DEPOSITORIES = tuple(f"SIMD{n}" for n in range(1, 7))
BANKS = tuple(f"SIMB{n}" for n in range(1, 7))
MONEY, PIECES = Decimal(90_000_000_000), Decimal(100_000_000)  # that each has at each place
OPENING = "simulation"  # what its opening entries come from


@dataclass(frozen=True, slots=True)
class Firm:
    """What a simulated day is dealt with: the entity, its books, and the counterparties of each place."""

    entity: Entity
    own_book: str
    client_book: str
    money_book: str


def format_of(place: str) -> str:
    """In which format a place states its accounts: each of them in turns."""
    return FORMATS[(DEPOSITORIES + BANKS).index(place) % len(FORMATS)]


def counterparties_of(place: str) -> tuple[str, str]:
    return f"{place}-A", f"{place}-B"


def account_number(plan: Plan, place: str, kind: str) -> str:
    """Twenty digits, as Russian accounts have them."""
    return f"40701810{plan.digits(f'{place}/{kind}', 10**12):012d}"


def safe_number(plan: Plan, place: str, kind: str) -> str:
    return f"{place}-{plan.code[4:]}-{kind}"


def open_firm(plan: Plan, people: Mapping[str, User], *, at: datetime) -> Firm:
    """Everything that stands before the first deal."""
    own, _ = Party.objects.get_or_create(
        code=plan.code, defaults={"name": f"Simulated day {plan.code}", "roles": ["OWN"], "country": "RU"}
    )  # fmt: skip
    entity, _ = Entity.objects.get_or_create(
        code=plan.code,
        defaults={
            "name": own.name, "name_ru": f"Учебный день {plan.code}", "own_party": own,
            "jurisdiction": "RU", "base_currency": CURRENCY,
        },
    )  # fmt: skip
    books = {}
    for kind, name in (("E", "Own securities"), ("C", "Client securities"), ("M", "Money")):
        books[kind] = f"{plan.code}-{kind}"
        Book.objects.get_or_create(code=books[kind], defaults={"entity": entity, "name": name})
    for code in DEPOSITORIES + BANKS:
        _open_place(plan, code, entity, people, at)
    screen_all(at)  # no money leaves to whom nobody has screened
    _post_opening(plan, entity, at)
    forget_reference_data()
    return Firm(entity, books["E"], books["C"], books["M"])


def _open_place(
    plan: Plan, code: str, entity: Entity, people: Mapping[str, User], at: datetime
) -> None:
    kind, kind_ru = ("bank", "банк") if code in BANKS else ("depository", "депозитарий")
    place, _ = Place.objects.get_or_create(
        code=code,
        defaults={
            "name": f"Simulated {kind} {code}", "name_ru": f"Учебный {kind_ru} {code}",
            "finality": "EXTERNAL", "matching": "MESSAGE", "calendar": Calendar.objects.get(code="RU"),
        },
    )  # fmt: skip
    Channel.objects.get_or_create(
        code=code, valid_from=SINCE,
        defaults={
            "place": place, "way": Way.IN, "format": ChannelFormat.MT,
            "transport": TransportKind.DIRECTORY, "address": f"simulation/{code}",
        },
    )  # fmt: skip
    for party in counterparties_of(code):
        _open_counterparty(party, place, people, at)
    NostroAccount.objects.get_or_create(
        place=place, number=account_number(plan, code, "OWN"), currency=CURRENCY,
        defaults={"entity": entity, "owner": entity.own_party},
    )  # fmt: skip
    if code in DEPOSITORIES:
        _open_securities(plan, place, entity)


def _open_securities(plan: Plan, place: Place, entity: Entity) -> None:
    """Our own account, and one of all clients with a section for each."""
    shared = safe_number(plan, place.code, "CLIENTS")
    accounts = [
        (safe_number(plan, place.code, "OWN"), "OWN", entity.own_party),
        (shared, "CLIENT_OMNIBUS", entity.own_party),
    ]
    money = account_number(plan, place.code, "CLIENTS")
    NostroAccount.objects.get_or_create(
        place=place, number=money, currency=CURRENCY,
        defaults={"entity": entity, "owner": entity.own_party, "kind": "CLIENT_OMNIBUS"},
    )  # fmt: skip
    for client in Party.objects.filter(code__in=CLIENTS):
        accounts.append((f"{shared}/{client.pk}", "CLIENT_SEGREGATED", client))
        AccountMember.objects.get_or_create(
            entity=entity, place=place, account=money, owner=client, valid_from=SINCE,
            defaults={"document": "Nominee agreement"},
        )  # fmt: skip
    for number, kind, owner in accounts:
        DepositoryAccount.objects.get_or_create(
            place=place, number=number, defaults={"entity": entity, "owner": owner, "kind": kind}
        )


def _open_counterparty(code: str, place: Place, people: Mapping[str, User], at: datetime) -> None:
    party, _ = Party.objects.get_or_create(
        code=code, defaults={"name": f"Simulated Counterparty {code}", "roles": ["COUNTERPARTY"]}
    )
    if StandingInstruction.objects.filter(party=party, place=place).exists():
        return
    row = StandingInstruction(
        party=party, place=place, depository_account=code, valid_from=SINCE,
        cash_account=f"40702810{int.from_bytes(code.encode()[-6:], 'big') % 10**12:012d}",
    )  # fmt: skip
    contact, _ = PartyContact.objects.get_or_create(
        party=party, name="Operations", phone="+7 495 000-00-00",
        defaults={"known_since": datetime.combine(SINCE, time(9), tzinfo=UTC), "source": "Agreement"},
    )  # fmt: skip
    ids = propose_ssi([row], actor=people["clerk"], at=at)
    record_call_back(
        ssi_id=ids[0], contact_id=contact.pk, said="CONFIRMED", called_at=at, note="",
        actor=people["manager"], at=at,
    )  # fmt: skip
    approve_ssi(ids=ids, actor=people["manager"], at=at).raise_single()


def _opening_rows(plan: Plan) -> Iterator[tuple[str, str, str, Decimal]]:
    """Whose, where, what, how much: ours, our clients' and everybody else's, more than anybody will need."""
    for place in DEPOSITORIES:
        for party in (plan.code, *CLIENTS, *counterparties_of(place)):
            yield party, place, CURRENCY, MONEY
            for isin in (*SHARES, OFZ):
                yield party, place, isin, PIECES
    for place in BANKS:
        for party in (plan.code, *counterparties_of(place)):
            yield party, place, CURRENCY, MONEY


def _post_opening(plan: Plan, entity: Entity, at: datetime) -> None:
    """What we and our clients have, in our books; against the opening accounts."""
    if JournalEntry.objects.filter(source_type=OPENING, source_id=entity.pk).exists():
        return
    parties = dict(Party.objects.values_list("code", "id"))
    places = dict(Place.objects.values_list("code", "id"))
    assets = dict(Asset.objects.values_list("code", "id"))
    ours = [row for row in _opening_rows(plan) if row[0] in (plan.code, *CLIENTS)]
    keys = []
    for party, place, asset, _ in ours:
        kind = AccountKind.CASH if asset == CURRENCY else AccountKind.HOLDING
        keys.append((
            AccountKey(entity.pk, kind.value, parties[party], place_id=places[place]),
            AccountKey(entity.pk, AccountKind.OPENING.value, parties[party]),
        ))  # fmt: skip
    accounts = account_ids(key for pair in keys for key in pair)
    postings = [
        NewPosting(accounts[debit], accounts[credit], assets[asset], quantity)
        for (debit, credit), (_, _, asset, quantity) in zip(keys, ours, strict=True)
    ]
    entry = NewEntry(
        entity_id=entity.pk, kind="opening", source_type=OPENING, source_id=entity.pk,
        effective_date=SINCE, postings=postings,
    )  # fmt: skip
    post_entries([entry], at=at)


def write_market(plan: Plan) -> None:
    """The tables that the market opens with: what everybody has, and which accounts of ours it states."""
    plan.market.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[tuple[str, str, Decimal]]] = {}
    for party, place, asset, quantity in _opening_rows(plan):
        rows.setdefault(place, []).append((party, asset, quantity))
    ids = dict(Party.objects.filter(code__in=CLIENTS).values_list("code", "id"))
    sections = ";".join(f"{code}={ids[code]}" for code in CLIENTS)
    for place, balances in rows.items():
        with (plan.market / f"{place}.balances.csv").open(
            "w", encoding="utf-8", newline=""
        ) as file:
            writer = csv.writer(file)
            writer.writerow(("party", "asset", "quantity"))
            writer.writerows(balances)
        with (plan.market / f"{place}.accounts.csv").open(
            "w", encoding="utf-8", newline=""
        ) as file:
            writer = csv.writer(file)
            writer.writerow(("account", "format", "currency", "parties", "bank"))
            own, clients = plan.code, ";".join(CLIENTS)
            writer.writerow(
                (account_number(plan, place, "OWN"), format_of(place), CURRENCY, own, "")
            )
            if place in DEPOSITORIES:
                number = account_number(plan, place, "CLIENTS")
                writer.writerow((number, format_of(place), CURRENCY, clients, ""))
                writer.writerow((safe_number(plan, place, "OWN"), "MT535", "", own, ""))
                writer.writerow((safe_number(plan, place, "CLIENTS"), "MT535", "", sections, ""))
