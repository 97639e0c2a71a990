"""A small list of sanctions, all invented, against which everything in the demonstration is screened."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from backoffice.access.models import User
from refdata.loading.recognising import LOADERS
from refdata.models import Proposal
from refdata.proposals import propose_change
from refdata.screening.services import screen_due

LIST = Path(__file__).with_name("sanctions.csv")
NEW_PARTY = {
    "code": "NEW-POLARIS", "name": "Polyaris Trading House", "name_ru": "ООО «Торговый дом Полярис»",
    "kind": "ORGANISATION", "roles": ["COUNTERPARTY"], "country": "RU",
}  # fmt: skip


def load_sanctions() -> None:
    LOADERS["sanctions-list"].run(LIST)


def screen_all(at: datetime) -> None:
    while screen_due(at=at):
        pass


def propose_listed_party(clerk: User, *, at: datetime) -> None:
    """A counterparty that somebody would add, and that is like an entry: it waits for two people."""
    if not Proposal.objects.filter(subject_type="party").exists():
        propose_change(
            subject_type="party", subject_id=None, changes=NEW_PARTY, valid_from=None,
            reason="Asked for by the dealers.", actor=clerk, at=at,
        )  # fmt: skip
