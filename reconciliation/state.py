"""What a statement proves, and what a line of it says of its money."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class StatementKind(TextChoices):
    """Only END_OF_DAY is proved by balances; the others tell of bookings before it and prove nothing."""

    END_OF_DAY = "END_OF_DAY", _("Statement of a day")
    INTRADAY = "INTRADAY", _("Report within a day")
    ADVICE = "ADVICE", _("Advice")


class LineStatus(TextChoices):
    """Only BOOKED money is in a balance."""

    BOOKED = "BOOKED", _("Booked by the bank")
    PENDING = "PENDING", _("Not booked yet")
    FUTURE = "FUTURE", _("Expected")
    INFORMATION = "INFORMATION", _("For information")


class Verdict(TextChoices):
    """Whether a statement agrees with itself."""

    BALANCED = "BALANCED", _("Balances")
    UNBALANCED = "UNBALANCED", _("Does not balance")
    UNCHECKED = "UNCHECKED", _("Cannot be checked")
