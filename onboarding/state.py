"""The life of the file of a party: kept by one, approved by another, looked at again when its review is due.

DRAFT --submit--> SUBMITTED --approve (other eyes): the party is dealt with--> APPROVED
  ^                 |  |--take_step (of its process, before the last)--> SUBMITTED
  |---- send_back --|  |--decline (other eyes)--> DECLINED
APPROVED --fall_due (its calendar)--> DUE --submit--> SUBMITTED, as before
   |---- take_up (somebody: it has changed)--^
all but DECLINED --close--> TERMINATED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.kernel.lifecycle import Lifecycle, Transition


class FileState(TextChoices):
    DRAFT = "DRAFT", pgettext_lazy("file of a party", "Being filled in")
    SUBMITTED = "SUBMITTED", pgettext_lazy("file of a party", "Waits for other eyes")
    APPROVED = "APPROVED", pgettext_lazy("file of a party", "Approved")
    DUE = "DUE", pgettext_lazy("file of a party", "Due for review")
    DECLINED = "DECLINED", pgettext_lazy("file of a party", "Declined")
    CLOSED = "TERMINATED", pgettext_lazy("file of a party", "Closed")


class FileRole(TextChoices):
    """In which role the party is taken on."""

    COUNTERPARTY = "COUNTERPARTY", _("Counterparty")
    CLIENT = "CLIENT", _("Client")


class Spared(TextChoices):
    """Why nobody looks for the owners of an owner (115-FZ art. 7 cl. 1 par. 2; FATF, note to rec. 10)."""

    LISTED = "LISTED", _("Listed on an exchange")
    STATE = "STATE", _("A state or one of its bodies")


OPEN_STATES = (FileState.DRAFT, FileState.DUE)  # in which a file is filled in
LIVE_STATES = (FileState.DRAFT, FileState.SUBMITTED, FileState.APPROVED, FileState.DUE)

FILE_LIFECYCLE = Lifecycle(
    subject="partyfile",
    states=FileState.values,
    initial=FileState.DRAFT,
    transitions=[
        Transition(name="submit", sources=OPEN_STATES, target=FileState.SUBMITTED, makes=True),
        # Of what its process asks for besides; the last step approves it.
        Transition(
            name="take_step", sources=(FileState.SUBMITTED,), target=FileState.SUBMITTED
        ),
        # The next review is another piece of work: who took part in this one may do either side of it.
        Transition(
            name="approve",
            sources=(FileState.SUBMITTED,),
            target=FileState.APPROVED,
            four_eyes=True,
            empties_makers=True,
        ),
        Transition(
            name="send_back", sources=(FileState.SUBMITTED,), target=FileState.DRAFT, four_eyes=True
        ),
        Transition(
            name="decline",
            sources=(FileState.SUBMITTED,),
            target=FileState.DECLINED,
            four_eyes=True,
        ),
        Transition(
            name="fall_due", sources=(FileState.APPROVED,), target=FileState.DUE, by_rule=True
        ),
        Transition(
            name="take_up", sources=(FileState.APPROVED,), target=FileState.DUE, makes=True
        ),
        # Whoever may, stops dealing: one person is enough.
        Transition(name="close", sources=LIVE_STATES, target=FileState.CLOSED),
    ],
)  # fmt: skip
