"""The life of the end of a tax year: proposed by one, ended when another approves and what is owed is withheld.

Tax year    PROPOSED --approve (other eyes): withheld from what is at hand--> ENDED
                |--decline (other eyes)--> DECLINED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class TaxYearState(TextChoices):
    PROPOSED = "PROPOSED", pgettext_lazy("state", "Proposed")
    ENDED = "ENDED", _("Ended")
    DECLINED = "DECLINED", _("Declined")


TAX_YEAR_LIFECYCLE = Lifecycle(
    subject="taxyear",
    states=TaxYearState.values,
    initial=TaxYearState.PROPOSED,
    transitions=[
        Transition(
            name="approve",
            sources=(TaxYearState.PROPOSED,),
            target=TaxYearState.ENDED,
            four_eyes=True,
        ),
        Transition(
            name="decline",
            sources=(TaxYearState.PROPOSED,),
            target=TaxYearState.DECLINED,
            four_eyes=True,
        ),
    ],
)
