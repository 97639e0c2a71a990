"""The life of a version of a budget.

PROPOSED --approve (other eyes)--> APPROVED --replace (the next version is approved)--> REPLACED
    |--decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class BudgetState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    APPROVED = "APPROVED", _("Approved")
    REPLACED = "REPLACED", _("Replaced")
    DECLINED = "DECLINED", _("Declined")


BUDGET_LIFECYCLE = Lifecycle(
    subject="budget",
    states=BudgetState.values,
    initial=BudgetState.PROPOSED,
    transitions=[
        Transition(
            name="approve", sources=(BudgetState.PROPOSED,), target=BudgetState.APPROVED,
            four_eyes=True,
        ),
        Transition(
            name="decline", sources=(BudgetState.PROPOSED,), target=BudgetState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="replace", sources=(BudgetState.APPROVED,), target=BudgetState.REPLACED,
            by_rule=True,
        ),
    ],
)  # fmt: skip
