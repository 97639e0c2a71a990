"""The life of a payroll journal: brought by one person, accepted and booked by another; a correction reverses it.

Journal      PROPOSED --accept (other eyes): booked--> ACCEPTED --reverse (its correction is accepted)--> REVERSED
                |--decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class PayrollState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    ACCEPTED = "ACCEPTED", pgettext_lazy("payroll", "Accepted")
    REVERSED = "REVERSED", _("Reversed")
    DECLINED = "DECLINED", _("Declined")


PAYROLL_LIFECYCLE = Lifecycle(
    subject="payrolljournal",
    states=PayrollState.values,
    initial=PayrollState.PROPOSED,
    transitions=[
        Transition(
            name="accept", sources=(PayrollState.PROPOSED,), target=PayrollState.ACCEPTED,
            four_eyes=True,
        ),
        Transition(
            name="decline", sources=(PayrollState.PROPOSED,), target=PayrollState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="reverse", sources=(PayrollState.ACCEPTED,), target=PayrollState.REVERSED,
            by_rule=True,
        ),
    ],
)  # fmt: skip


class Remark(TextChoices):
    """What is odd about the tax of a journal: told and kept, never changed."""

    WITHHELD = "WITHHELD", _("Other tax than the scale says")
    NO_RULE = "NO_RULE", _("No scale is in force")
