"""The words of fails: schemes, sides, the statuses of a penalty, and who or what caused a fail."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Scheme(TextChoices):
    """By whose rules a fail at a place is penalised (domain-decisions 15)."""

    CSDR = "CSDR", _("Cash penalties of CSDR")
    CCP = "CCP", _("Rules of the clearing house")
    CONTRACT = "CONTRACT", _("Contract with the counterparty")
    NONE = "NONE", _("No penalties")


class PenaltyKind(TextChoices):
    """SEFP: unsettled at the end of a day. LMFP: matched after the intended date."""

    SEFP = "SEFP", _("Settlement fail penalty")
    LMFP = "LMFP", _("Late matching fail penalty")


class Payer(TextChoices):
    OURS = "OURS", _("We pay")
    THEIRS = "THEIRS", _("The counterparty pays")
    UNKNOWN = "UNKNOWN", _("Nobody has said who fails")


class Lack(TextChoices):
    """What a side fails with, which chooses the rate."""

    SECURITIES = "SECURITIES", _("Securities")
    CASH = "CASH", _("Cash")


class PenaltyStatus(TextChoices):
    """The market's statuses of a penalty (rules, section 2, L5)."""

    ACTV = "ACTV", _("Active")
    NCOM = "NCOM", _("Not computed")
    REIC = "REIC", _("Counted again")
    REMO = "REMO", _("Removed")
    RLOC = "RLOC", _("Allocated to another participant")
    SWIC = "SWIC", _("Switched to the other side")


class Cause(TextChoices):
    """The step, or the party, because of which a settlement fails."""

    LATE_ALLOCATION = "LATE_ALLOCATION", _("Allocated too late")
    WRONG_SSI = "WRONG_SSI", _("Wrong settlement details")
    LATE_INSTRUCTION = "LATE_INSTRUCTION", _("Released too late")
    HELD = "HELD", _("Held by us")
    STOPPED = "STOPPED", _("Stopped by a limit or by screening")
    INVENTORY = "INVENTORY", _("Lack of securities")
    CASH = "CASH", _("Lack of cash")
    COUNTERPARTY = "COUNTERPARTY", _("Counterparty")
    PLACE = "PLACE", _("Place of settlement")
    UNKNOWN = "UNKNOWN", _("Not known")
