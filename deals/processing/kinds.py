"""The process of confirming a deal: its fixed steps, and what its conditions may ask. Pure but for its labels."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from backoffice.workflow.processes.conditions import Measure
from backoffice.workflow.processes.definition import Anchor, Process, ProcessKind
from refdata.processes.kinds import declare_process

CONFIRM, APPROVE, TAKE_STEP = "confirm", "approve", "take_step"
YES_NO = (("yes", _("yes")), ("no", _("no")))
PRODUCTS = (
    ("equity", _("Shares and depositary receipts")), ("bond", _("Bonds")),
    ("fx_spot", _("Currency, spot")), ("fx_forward", _("Currency, forward")),
    ("fx_swap", _("Currency, swap")), ("deposit", _("Deposit")), ("loan", _("Loan")),
    ("repo", _("Repo")),
    ("individual_purchase", _("Purchase of securities from an individual")),
)  # fmt: skip
HOW = (
    ("matched", _("by a matched confirmation")), ("affirmed", _("affirmed")),
    ("signed", _("signed")), ("recorded-call", _("on a recorded call")),
    ("manual", _("in another way")), ("not-required", _("no confirmation required")),
)  # fmt: skip
CONFIRMING = ProcessKind(
    name="process.confirm_deal",
    title=_("Confirm a deal"),
    subject="deal",
    anchors=(Anchor(CONFIRM, "clerk"), Anchor(APPROVE, "checker", other_eyes=True)),
    measures=(
        Measure("amount", _("Amount in base currency"), number=True),
        Measure("product", _("Product"), choices=PRODUCTS),
        Measure("how", _("How it is confirmed"), choices=HOW),
        Measure(
            "counterparty_kind", _("Kind of counterparty"),
            choices=(("ORGANISATION", _("Organisation")), ("INDIVIDUAL", _("Individual"))),
        ),
        Measure("first_time", _("First deal with the counterparty"), choices=YES_NO),
        Measure(
            "capacity", _("Capacity"),
            choices=(("OWN", _("Own account")), ("CLIENT", _("For a client")), ("AGENT", _("As agent"))),
        ),
        Measure(
            "method", _("Settlement method"),
            choices=(("DVP", _("delivery against payment")), ("FOP", _("delivery free of payment")),
                     ("PFOD", _("payment free of delivery"))),
        ),
        Measure("stage", _("Stage"), choices=(("proposed", _("proposed")), ("executed", _("executed")))),
        Measure("counterparty", _("Counterparty (code)")),
        Measure("currency", _("Currency")),
    ),
    fields=(
        ("agreement", _("Agreement")), ("uti", _("UTI")), ("trader", _("Trader")),
        ("venue", _("Venue")),
    ),
    takes_steps=True,
)  # fmt: skip


class ConfirmDeal(Process, frozen=True, forbid_unknown_fields=True):
    kind: ClassVar[ProcessKind] = CONFIRMING


CONFIRM_DEAL = declare_process(ConfirmDeal)
