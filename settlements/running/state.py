"""What a run looks at and wants, what its shards do, and what is said of what it leaves out."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RunMode(TextChoices):
    """What a run looks at: our own books, outside places, or both."""

    SETTLE = "SETTLE", _("Our own books")
    RELEASE = "RELEASE", _("Outside places")
    BOTH = "BOTH", _("Both")


class RunObjective(TextChoices):
    """What a run wants most of. The first one chooses nothing: it takes what comes first."""

    FIFO = "FIFO", _("First in, first out")
    PRIORITY = "PRIORITY", _("By priority")
    VALUE = "VALUE", _("Most value")
    COUNT = "COUNT", _("Most settlements")
    PENALTY = "PENALTY", _("Most penalties saved")


class ShardKind(TextChoices):
    """Settling locks deals before limits, sending limits at once: one transaction does only one."""

    SETTLE = "SETTLE", _("Settle")
    SEND = "SEND", _("Send")


class ShardOutcome(TextChoices):
    WHOLE = "WHOLE", _("As planned")
    REDECIDED = "REDECIDED", _("Decided again")
    NOTHING = "NOTHING", _("Nothing")


class ExplanationKind(TextChoices):
    """What is said of a settlement that a plan leaves out."""

    STOPPED = "STOPPED", _("What stops it")
    SHORTAGE = "SHORTAGE", _("What is short")
    CHAIN = "CHAIN", _("Whom it waits for")
    NEVER = "NEVER", _("It cannot settle")
    REMEDY = "REMEDY", _("What would let it settle")
    DISPLACEMENT = "DISPLACEMENT", _("What it would push out")
    MARGINAL = "MARGINAL", _("What one unit more is worth")
    DROPPED = "DROPPED", _("Chosen, and dropped when it was written")
