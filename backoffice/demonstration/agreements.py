"""The agreements of the demonstration: what its deals are made under, one of them about to end.

Everything is invented. May run again: what is there stays as it is.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from backoffice.demonstration.instructions import BANK_FIVE, BANK_ONE, BANK_TWO, FUND_THREE
from refdata.agreements.services import check_agreement
from refdata.agreements.state import AgreementKind
from refdata.models import Agreement, Entity, Party
from refdata.selectors import forget_reference_data

SIGNED = date(2024, 2, 1)
IN_FORCE = date(2024, 2, 15)
ENDS_IN = timedelta(days=21)
OPINION = "Demo Counsel, opinion on close-out netting, 2026-01-15"

# entity, party, kind, number (empty: ours), law, what else
AGREEMENTS: tuple[tuple[str, str, AgreementKind, str, str, dict[str, Any]], ...] = (
    ("RUS", BANK_ONE, AgreementKind.GENERAL, "", "Russia", {}),
    ("RUS", BANK_ONE, AgreementKind.RU_REPO, "", "Russia", {}),
    ("RUS", BANK_TWO, AgreementKind.RISDA, "", "Russia", {"netting": True, "netting_opinion": OPINION}),
    ("RUS", BANK_FIVE, AgreementKind.ISDA, "ISDA-2024-05", "England and Wales",
     {"document": "Safe 1, folder 5", "payment_netting": True}),
    ("EUR", BANK_FIVE, AgreementKind.GMRA, "GMRA-2024-17", "England and Wales", {"currencies": ["EUR"]}),
    ("RUS", "CL-ANNA", AgreementKind.BROKERAGE, "", "Russia", {}),
)  # fmt: skip


def load_agreements(today: date) -> None:
    """The agreements above, and one that ends soon after today."""
    ending = ("RUS", FUND_THREE, AgreementKind.RU_REPO, "R-77/24", "Russia",
              {"valid_until": today + ENDS_IN})  # fmt: skip
    for entity, party, kind, number, law, more in (*AGREEMENTS, ending):
        who = {
            "entity": Entity.objects.get(code=entity), "party": Party.objects.get(code=party),
            "kind": kind,
        }  # fmt: skip
        if Agreement.objects.filter(**who).exists():
            continue
        row = Agreement(
            **who, number=number, governing_law=law, signed_on=SIGNED, valid_from=IN_FORCE, **more
        )
        check_agreement(row)
        row.save()
    forget_reference_data()
