"""For what an account is, what sets a part of a holding apart, and what a restriction forbids. Pure."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AccountPurpose(TextChoices):
    """For what an account at a place is (domain-decisions 16)."""

    OWN = "OWN", _("Own")
    CLIENT_SEGREGATED = "CLIENT_SEGREGATED", _("One client's")
    IIS = "IIS", _("One client's individual investment account")
    CLIENT_OMNIBUS = "CLIENT_OMNIBUS", _("Several clients'")
    COLLATERAL = "COLLATERAL", _("Collateral")
    BLOCKED = "BLOCKED", _("Blocked")


OF_ONE_CLIENT = (AccountPurpose.CLIENT_SEGREGATED, AccountPurpose.IIS)


class EarmarkKind(TextChoices):
    """Why a part of what is held cannot be delivered."""

    PLEDGED = "PLEDGED", _("Pledged")
    ON_LOAN = "ON_LOAN", _("On loan")
    BLOCKED = "BLOCKED", _("Blocked")
    COLLATERAL = "COLLATERAL", _("Given as collateral")


class RestrictedAct(TextChoices):
    """What a restriction forbids, or asks for (domain-decisions 17)."""

    NO_DELIVER = "NO_DELIVER", _("No delivery")
    NO_PAY = "NO_PAY", _("No payment")
    PERMIT_REQUIRED = "PERMIT_REQUIRED", _("Only with a permit")
    INCOME_TO = "INCOME_TO", _("Income to another account")
