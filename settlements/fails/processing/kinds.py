"""The process of chasing a fail: nothing in it is fixed, and what its conditions may ask. Pure but for its labels."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from backoffice.workflow.processes.conditions import Measure
from backoffice.workflow.processes.definition import Process, ProcessKind
from refdata.processes.kinds import declare_process
from settlements.state import Hold

SENDS_CHASE = "chase"
CHASING = ProcessKind(
    name="process.chase_fail",
    title=_("Chase a fail"),
    subject="settlement",
    anchors=(),
    measures=(
        Measure("amount", _("Amount in base currency"), number=True),
        Measure("place", _("Place (code)")),
        Measure("counterparty", _("Counterparty (code)")),
        Measure("matched", _("Matched"), choices=(("yes", _("yes")), ("no", _("no")))),
        Measure("hold", _("Held"), choices=tuple((each.value, each.label) for each in Hold)),
        Measure(
            "side", _("What we do"),
            choices=(("deliver", _("we deliver")), ("receive", _("we receive"))),
        ),
    ),
    reacts=True,
    sends=((SENDS_CHASE, _("write to the counterparty")),),
)  # fmt: skip


class ChaseFail(Process, frozen=True, forbid_unknown_fields=True):
    kind: ClassVar[ProcessKind] = CHASING


CHASE_FAIL = declare_process(ChaseFail)
