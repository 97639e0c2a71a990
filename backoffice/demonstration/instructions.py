"""How the parties of the demonstration settle: whom we call about it, what they told us, what waits."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from backoffice.access.models import User
from refdata.models import (
    FeeSchedule,
    Party,
    PartyContact,
    Place,
    Proposal,
    StandingInstruction,
)
from refdata.proposals import propose_change
from refdata.services import approve_ssi, propose_ssi, record_call_back, revoke_ssi

SINCE = date(2026, 1, 1)
BANK_ONE, BANK_TWO = "999900DEMOBANKONE097", "999900DEMOBANKTWO062"
FUND_THREE, BROKER_FOUR = "999900DEMOFUND3RD047", "999900DEMOBROKER4063"
BANK_FIVE = "999900DEMOBANKFIVE78"
HOUSE = "999900DEMOCLEARHS067"  # the clearing house
# party, place, currency (none: everything), what becomes of the instruction
INSTRUCTIONS = (
    (BANK_ONE, "HOUSE", "", "APPROVED"),
    (BANK_TWO, "NSD", "", "APPROVED"),
    (FUND_THREE, "HOUSE", "", "REVOKED"),
    (BROKER_FOUR, "NSD", "", "PROPOSED"),
    (BANK_FIVE, "CSDX", "", "APPROVED"),
    (BANK_FIVE, "CORR", "USD", "APPROVED"),
    (BANK_FIVE, "CORR", "CNY", "APPROVED"),
    (HOUSE, "NSD", "", "APPROVED"),
)
# party, name, telephone
CONTACTS = (
    (BANK_ONE, "Ivan Smirnov", "+7 495 000-00-01"),
    (BANK_TWO, "Olga Kuznetsova", "+7 495 000-00-02"),
    (FUND_THREE, "Pavel Orlov", "+7 495 000-00-03"),
    (BROKER_FOUR, "Elena Volkova", "+7 812 000-00-04"),
    (BANK_FIVE, "Anke Schmidt", "+49 69 000-0005"),
    (HOUSE, "Sergey Popov", "+7 495 000-00-06"),
)


def propose_fee(clerk: User, *, at: datetime) -> None:
    """A change that waits for other eyes: a higher fee from the next year on."""
    fee = FeeSchedule.objects.filter(currency="EUR", valid_until__isnull=True).first()
    if fee is not None and not Proposal.objects.exists():
        propose_change(
            subject_type="feeschedule", subject_id=fee.pk, changes={"minimum": "6"},
            valid_from=date(at.year + 1, 1, 1), reason="Letter of the broker.", actor=clerk, at=at,
        )  # fmt: skip


def _load_contacts() -> None:
    """Whom to call at each party about its instructions, known since before the first of them."""
    since = datetime.combine(SINCE, time(9, 0), tzinfo=UTC)
    for number, (party, name, phone) in enumerate(CONTACTS):
        PartyContact.objects.get_or_create(
            party=Party.objects.get(code=party), name=name, phone=phone, withdrawn_date=None,
            defaults={
                "position": "Operations", "source": f"Agreement D-{number + 1}, 2025",
                "known_since": since,
            },
        )  # fmt: skip


def load_instructions(people: dict[str, User], at: datetime) -> None:
    """Proposed by the clerk, called back and approved by the manager: the checker may release the first."""
    _load_contacts()
    for party, place, currency, status in INSTRUCTIONS:
        row = StandingInstruction(
            party=Party.objects.get(code=party), place=Place.objects.get(code=place),
            depository_account=f"{place}-{party[10:17]}", cash_account=f"{place}-{party[10:17]}-C",
            valid_from=SINCE, currency=currency,
        )  # fmt: skip
        if StandingInstruction.objects.filter(
            party=row.party, place=row.place, currency=currency
        ).exists():
            continue
        ids = propose_ssi([row], actor=people["clerk"], at=at)
        if status != "PROPOSED":
            contact = PartyContact.objects.get(party=row.party)
            record_call_back(
                ssi_id=ids[0], contact_id=contact.pk, said="CONFIRMED", called_at=at,
                note="Read out and confirmed.", actor=people["manager"], at=at,
            )  # fmt: skip
            approve_ssi(ids=ids, actor=people["manager"], at=at).raise_single()
        if status == "REVOKED":
            revoke_ssi(
                ids=ids, reason="The account was closed.", actor=people["clerk"], at=at
            ).raise_single()
