"""How a fee is counted, collected and rounded: the words of fee schedules. Pure."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Basis(TextChoices):
    """What a fee is counted on."""

    NOTIONAL = "NOTIONAL", _("Notional")
    QUANTITY = "QUANTITY", _("Quantity")
    DEAL = "DEAL", _("Each deal")
    SETTLEMENT = "SETTLEMENT", _("Each settlement")
    MESSAGE = "MESSAGE", _("Each instruction sent")
    ASSETS = "ASSETS", _("Assets held, a year")


class Collected(TextChoices):
    WITH_DEAL = "WITH_DEAL", _("With the deal")
    INVOICED = "INVOICED", _("Accrued and invoiced")


class Capacity(TextChoices):
    """Of whose deals, as `deals.Capacity` names them."""

    OWN = "OWN", _("Own")
    CLIENT = "CLIENT", _("Client")
    AGENT = "AGENT", _("Agent")


class FeeRounding(TextChoices):
    """By which named rounding (`backoffice.kernel.rounding`) a fee becomes an amount."""

    HALF_UP = "HALF_UP", _("Half up to the minor unit")
    WHOLE = "WHOLE", _("Half up to whole units")
