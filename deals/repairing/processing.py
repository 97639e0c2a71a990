"""The process of repairing what came in and could not be booked: its kind, and who hears of it while it waits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from backoffice.workflow.processes.conditions import Measure
from backoffice.workflow.processes.definition import Anchor, Process, ProcessKind
from deals.models import Inbound
from deals.processing.measuring import in_base
from deals.state import InboundState
from refdata.firm_days import firm_day
from refdata.processes.kinds import declare_process
from refdata.processes.reacting import AT_ONCE, Lasting, react_to_all, weekdays_since
from refdata.processes.steps import TAKERS

REPLAY = "replay"
REPAIRING = ProcessKind(
    name="process.repair_inbound",
    title=_("Repair a deal that came in"),
    subject="inbound",
    anchors=(Anchor(REPLAY, "clerk"),),
    measures=(Measure("amount", _("Amount in base currency"), number=True),),
    takes_steps=True,
    takers=TAKERS,
    reacts=True,
)


class RepairInbound(Process, frozen=True, forbid_unknown_fields=True):
    kind: ClassVar[ProcessKind] = REPAIRING


REPAIR_INBOUND = declare_process(RepairInbound)


def react_to_inbound(*, on: date, at: datetime) -> int:
    """Do what the process asks for about all that waits for repair; running twice does nothing more."""

    def page(after: int) -> list[Lasting]:
        rows = Inbound.objects.filter(pk__gt=after, state=InboundState.REPAIR)
        return [_lasting(row, on) for row in rows.select_related("entity").order_by("pk")[:AT_ONCE]]

    return react_to_all(REPAIR_INBOUND, page, at=at)


def _lasting(row: Any, on: date) -> Lasting:
    """Where the book is not known, nor is the base currency: its worth is not known then."""
    begun = firm_day(row.received_at)
    base = row.entity.base_currency if row.entity else ""
    amount = in_base(row.amount, row.currency, base, on) if row.amount and base else ""
    return Lasting(
        subject_id=row.pk, entity_id=row.entity_id, begun_on=begun, days=weekdays_since(begun, on),
        facts={"amount": amount},
    )  # fmt: skip
