"""What kind of message a place sent about a corporate action, and what taking it did."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MessageKind(TextChoices):
    ANNOUNCEMENT = "ANNOUNCEMENT", _("Announcement")
    PRELIMINARY = "PRELIMINARY", _("What will be booked")
    CONFIRMATION = "CONFIRMATION", _("Confirmation of payment")
    STATUS = "STATUS", _("Status")
    NARRATIVE = "NARRATIVE", _("Words")


class Did(TextChoices):
    """What follows from it. Whatever it is, the message is kept beside its event."""

    PROPOSED = "PROPOSED", _("Proposed, for other eyes")
    PROPOSED_ANEW = "PROPOSED_ANEW", _("Proposed anew, for other eyes")
    SAME = "SAME", _("Says what is known")
    TAKEN_BACK = "TAKEN_BACK", _("What was proposed is taken back")
    ASKED_TO_CANCEL = "ASKED_TO_CANCEL", _("Other eyes are asked to cancel the event")
    PAID = "PAID", _("Paid and booked")
    PAID_OTHERWISE = "PAID_OTHERWISE", _("Paid, and not what was expected")
    ACCEPTED = "ACCEPTED", _("The place took the election")
    REFUSED = "REFUSED", _("The place refused the election")
    KEPT = "KEPT", _("Kept")
