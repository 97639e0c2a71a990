"""The life of a withdrawal: proposed by one, approved by another, paid when its payment is final.

Withdrawal   PROPOSED --approve (other eyes): tax kept back, the rest goes out--> PAYING --pay--> PAID
                 |--decline (other eyes)--> DECLINED        |--take_back: the payment was cancelled--> TAKEN_BACK
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class WithdrawalState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    PAYING = "PAYING", _("Being paid")
    PAID = "PAID", _("Paid")
    DECLINED = "DECLINED", _("Declined")
    TAKEN_BACK = "TAKEN_BACK", _("Taken back")


WITHDRAWAL_LIFECYCLE = Lifecycle(
    subject="withdrawal",
    states=WithdrawalState.values,
    initial=WithdrawalState.PROPOSED,
    transitions=[
        Transition(
            name="approve",
            sources=(WithdrawalState.PROPOSED,),
            target=WithdrawalState.PAYING,
            four_eyes=True,
        ),
        Transition(
            name="decline",
            sources=(WithdrawalState.PROPOSED,),
            target=WithdrawalState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="pay",
            sources=(WithdrawalState.PAYING,),
            target=WithdrawalState.PAID,
            by_rule=True,
        ),
        Transition(
            name="take_back",
            sources=(WithdrawalState.PAYING,),
            target=WithdrawalState.TAKEN_BACK,
            by_rule=True,
        ),
    ],
)
