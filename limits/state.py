"""The kinds of limits, and the life of a reservation.

HELD --commit--> COMMITTED --release--> RELEASED
  |---release--> RELEASED
  |---expire---> EXPIRED
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LimitKind(TextChoices):
    """What a limit caps, and by that its basis (domain-decisions 19)."""

    DEALER = "DEALER", _("Dealer")
    COUNTERPARTY_PRESETTLEMENT = "COUNTERPARTY_PRESETTLEMENT", _("Counterparty, pre-settlement")
    NOSTRO = "NOSTRO", _("Nostro")


class ReservationState(TextChoices):
    """A reservation is a mechanism, not a document: the limit's events tell its story."""

    HELD = "HELD", _("Held")
    COMMITTED = "COMMITTED", _("Committed")
    RELEASED = "RELEASED", _("Released")
    EXPIRED = "EXPIRED", _("Expired")
