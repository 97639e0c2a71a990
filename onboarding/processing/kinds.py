"""The process of taking on a party: its fixed steps, and what its conditions may ask. Pure but for its labels."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from backoffice.workflow.processes.conditions import Measure
from backoffice.workflow.processes.definition import Anchor, Process, ProcessKind
from refdata.processes.kinds import declare_process

SUBMIT, APPROVE, TAKE_STEP = "submit", "approve", "take_step"
ONBOARDING = ProcessKind(
    name="process.onboard",
    title=_("Take on a counterparty or client"),
    subject="partyfile",
    anchors=(Anchor(SUBMIT, "clerk"), Anchor(APPROVE, "checker", other_eyes=True)),
    measures=(
        Measure(
            "role", _("Role"),
            choices=(("COUNTERPARTY", _("Counterparty")), ("CLIENT", _("Client"))),
        ),
        Measure(
            "kind", _("Kind of party"),
            choices=(("ORGANISATION", _("Organisation")), ("INDIVIDUAL", _("Individual"))),
        ),
        Measure(
            "risk", _("Risk"),
            choices=(("LOW", _("low")), ("MEDIUM", _("medium")), ("HIGH", _("high"))),
        ),
        Measure("grade", _("Credit grade")),
        Measure("points", _("Points of the credit scorecard"), number=True),
        Measure("country", _("Country (code)")),
        Measure("owners", _("Number of beneficial owners"), number=True),
        Measure(
            "occasion", _("Occasion"),
            choices=(("first", _("first approval")), ("review", _("review"))),
        ),
    ),
    takes_steps=True,
    reacts=True,
)  # fmt: skip


class Onboard(Process, frozen=True, forbid_unknown_fields=True):
    kind: ClassVar[ProcessKind] = ONBOARDING


ONBOARD = declare_process(Onboard)
