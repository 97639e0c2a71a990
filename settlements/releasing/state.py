"""What can have become of what was sent to an outside place, by the end of its day."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Became(TextChoices):
    """Seen from the day of its run; what settled on a later day was late."""

    SETTLED = "SETTLED", _("Settled on its day")
    PARTIAL = "PARTIAL", _("Settled in part on its day")
    LATE = "LATE", _("Settled later")
    OPEN = "OPEN", _("Not settled")
    REJECTED = "REJECTED", _("Rejected by its place")
    CANCELLED = "CANCELLED", _("Cancelled before it settled")


class Release(TextChoices):
    """Why something goes to its outside place now, or waits (`releasing.model`)."""

    WANTED = "WANTED", _("Expected to settle today")
    SPARE = "SPARE", _("Nothing better waits for what it takes")
    LAST = "LAST", _("The last cycle of the day: it may settle after others have paid")
    SHORT = "SHORT", _("Not at hand")
    KEPT = "KEPT", _("What it takes is kept for what is worth more")
    LINKED = "LINKED", _("Waits for what it is linked with")
