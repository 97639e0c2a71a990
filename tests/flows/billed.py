"""A bill of fees about which nothing of ours is known, and an invoice of ours, in the fewest words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from backoffice.access.models import User
from expenses.fees.accruing import NewAccrual, write_accruals
from expenses.fees.invoicing import propose_invoices
from expenses.fees.services import NewBill, receive_statement
from expenses.fees.terms import read_lines
from refdata.models import Entity, Party
from refdata.selectors import reference_data

NOVEMBER = date(2026, 11, 1)


def billed(entity: Entity, party: Party, actor: User, at: datetime) -> None:
    """What a party bills for a month, with a difference, and an invoice of ours that waits for other eyes."""
    lines = read_lines([{"kind": "CONNECT", "amount": "1.00", "currency": "RUB"}], reference_data())
    new = NewBill(
        entity_id=entity.pk, party_id=party.pk, month=NOVEMBER, document="Bill 1", lines=lines
    )
    receive_statement(new=new, actor=actor, at=at)
    told: dict[str, Any] = {
        "entity_id": entity.pk, "schedule_id": None, "side": "CHARGED", "party_id": party.pk,
        "owner_id": entity.own_party_id, "book_id": None, "place_id": None, "kind": "SERVICE",
        "cause": "rebate", "cause_id": entity.pk, "version": 1, "accrued_on": date(2026, 11, 30),
        "due_month": NOVEMBER, "measure": Decimal(1), "amount": Decimal(5), "net": Decimal(5),
        "vat": Decimal(0), "currency": "RUB",
    }  # fmt: skip
    write_accruals([NewAccrual(**told)], at=at)
    propose_invoices(entity_id=entity.pk, month=NOVEMBER, party_id=None, actor=actor, at=at)
