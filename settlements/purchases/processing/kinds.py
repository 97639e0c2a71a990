"""The process of buying from an individual: its fixed steps are those of the checklist. Pure but for its labels."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from backoffice.workflow.processes.conditions import Measure
from backoffice.workflow.processes.definition import Anchor, Process, ProcessKind
from deals.processing.kinds import YES_NO
from refdata.processes.kinds import declare_process
from refdata.processes.steps import TAKERS
from settlements.purchases.state import STEPS, PurchaseState
from settlements.purchases.wanted import WANTED

PAY = "pay"
BUYING = ProcessKind(
    name="process.buy_from_individual",
    title=_("Buy from an individual"),
    subject="purchase",
    anchors=tuple(Anchor(step, WANTED[step].role, other_eyes=step == "act") for step in STEPS),
    measures=(
        Measure("amount", _("Amount in base currency"), number=True),
        Measure("first_time", _("First deal with the counterparty"), choices=YES_NO),
        Measure(
            "state", _("How far it has come"),
            choices=tuple((each.value, each.label) for each in PurchaseState),
        ),
    ),
    takes_steps=True, takers=TAKERS, ends_with_last=True, reacts=True,
)  # fmt: skip


class BuyFromIndividual(Process, frozen=True, forbid_unknown_fields=True):
    kind: ClassVar[ProcessKind] = BUYING


BUY_FROM_INDIVIDUAL = declare_process(BuyFromIndividual)
