"""The life of a file of salaries: written once by one person, let out by another.

Pay file     PREPARED --release (other eyes): may be taken to the bank--> LET_OUT
                |---- drop (another is written)--> DROPPED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class PayFileState(TextChoices):
    PREPARED = "PREPARED", _("Prepared")
    LET_OUT = "LET_OUT", pgettext_lazy("payroll", "Let out to the bank")
    DROPPED = "DROPPED", pgettext_lazy("payroll", "Dropped")


PAY_FILE_LIFECYCLE = Lifecycle(
    subject="payfile",
    states=PayFileState.values,
    initial=PayFileState.PREPARED,
    transitions=[
        Transition(
            name="release", sources=(PayFileState.PREPARED,), target=PayFileState.LET_OUT,
            four_eyes=True,
        ),
        Transition(name="drop", sources=(PayFileState.PREPARED,), target=PayFileState.DROPPED),
    ],
)  # fmt: skip
