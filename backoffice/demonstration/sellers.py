"""The individual from whom the demonstration buys: who she is, where she is paid and keeps securities.

Everything is invented; the numbers have right check digits.
"""

from __future__ import annotations

from datetime import date, datetime

from backoffice.access.models import User
from refdata.models import (
    IndividualDetails,
    Party,
    PartyContact,
    PartyIdentifier,
    Place,
    StandingInstruction,
)
from refdata.services import approve_ssi, propose_ssi, record_call_back

SELLER = "FL-SIDOROVA"
OWN_INN = "9909000011"
OWN_PARTY = "999900DEMOSEVERRU017"


def load_sellers(people: dict[str, User], *, since: date, known: datetime, at: datetime) -> None:
    """May run again: what is there stays as it is."""
    PartyIdentifier.objects.get_or_create(
        party=Party.objects.get(code=OWN_PARTY), scheme="INN", defaults={"value": OWN_INN}
    )
    seller, new = Party.objects.get_or_create(
        code=SELLER,
        defaults={
            "name": "Vera Sidorova", "name_ru": "Сидорова Вера Алексеевна", "kind": "INDIVIDUAL",
            "roles": ["SELLER"], "country": "RU",
        },
    )  # fmt: skip
    if not new:
        return
    PartyIdentifier.objects.create(party=seller, scheme="INN", value="771400012341")
    IndividualDetails.objects.create(
        party=seller, birth_date=date(1979, 3, 14), identity_kind="PASSPORT_RU",
        identity_number="4510 123456", identity_issued_by="ОВД района Хамовники г. Москвы",
        identity_issued_on=date(2010, 5, 20), address="г. Москва, ул. Садовая, д. 12, кв. 5",
        address_en="12 Sadovaya Street, flat 5, Moscow", bank_name="АО «Демо Расчётный банк»",
        bank_name_en="Demo Settlement Bank", bank_bik="044525225",
        bank_correspondent="30101810400000000225", bank_account="40817810100000000012",
        valid_from=since,
    )  # fmt: skip
    contact = PartyContact.objects.create(
        party=seller, name="Vera Sidorova", position="", phone="+7 916 000-00-05",
        source="Visit with the passport", known_since=known,
    )  # fmt: skip
    ids = propose_ssi(
        [
            StandingInstruction(
                party=seller, place=Place.objects.get(code="NSD"), depository_account="SELLER-0012",
                cash_account="40817810100000000012", valid_from=since,
            )
        ],
        actor=people["clerk"], at=at,
    )  # fmt: skip
    record_call_back(
        ssi_id=ids[0], contact_id=contact.pk, said="CONFIRMED", called_at=at,
        note="Read out and confirmed.", actor=people["manager"], at=at,
    )  # fmt: skip
    approve_ssi(ids=ids, actor=people["manager"], at=at).raise_single()
