"""The kinds of agreements, and where one stands on a day. Pure."""

from __future__ import annotations

from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AgreementKind(TextChoices):
    ISDA = "ISDA", _("ISDA master agreement")
    RISDA = "RISDA", _("Russian master agreement on derivatives (RISDA)")
    GMRA = "GMRA", _("GMRA (repo)")
    RU_REPO = "RU_REPO", _("Russian master agreement on repo")
    GMSLA = "GMSLA", _("GMSLA (securities lending)")
    GENERAL = "GENERAL", _("General agreement on currency and money market deals")
    LOAN = "LOAN", _("Agreement on loans or deposits")
    BROKERAGE = "BROKERAGE", _("Brokerage agreement")
    CUSTODY = "CUSTODY", _("Custody agreement")
    CCP = "CCP", _("Clearing agreement")
    PURCHASE = "PURCHASE", _("Purchase contract")
    OTHER = "OTHER", _("Another contract")


class Standing(TextChoices):
    """Where an agreement stands on a day: its last day is the one before `valid_until`."""

    COMING = "COMING", _("Not in force yet")
    HOLDS = "HOLDS", _("In force")
    ENDED = "ENDED", _("Ended")


def holds_on(valid_from: date, valid_until: date | None, day: date) -> bool:
    return valid_from <= day and (valid_until is None or day < valid_until)
