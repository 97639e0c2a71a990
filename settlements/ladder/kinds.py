"""Where the money of a ladder comes from, how sure it is, and the least that an account is to keep."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.kernel.rounding import half_up_minor
from refdata.dated_rules.kinds import Number, RuleKind, declare


class Source(TextChoices):
    """What brings or takes money, in the order in which a ladder shows it."""

    DVP = "DVP", _("Deliveries against payment")
    FREE = "FREE", _("Money of free deliveries")
    FX = "FX", _("Foreign exchange")
    REPO = "REPO", _("Repo")
    PAYMENT = "PAYMENT", _("Deposits, loans and other payments")
    CLEARING = "CLEARING", _("Net obligations of clearing")
    NETTING = "NETTING", _("Netting sets")
    CLAIM = "CLAIM", _("Market and interest claims")
    PENALTY = "PENALTY", _("Penalties")
    INCOME = "INCOME", _("Coupons and other income")
    FEE = "FEE", _("Fees")
    DEAL = "DEAL", _("Deals not instructed yet")
    ENTRY = "ENTRY", _("Other entries of the books")
    TRIED = "TRIED", _("Tried")


class Certainty(TextChoices):
    """How sure it is that money moves on its day, the surest first."""

    SETTLED = "SETTLED", _("Settled")
    MATCHED = "MATCHED", _("Matched")
    NOT_MATCHED = "NOT_MATCHED", _("Not matched")
    CLAIMED = "CLAIMED", _("Claimed")
    EXPECTED = "EXPECTED", _("Expected by our own computation")


class Counting(TextChoices):
    """What comes in counts for cover: all that is known, or only what is settled or matched."""

    ALL = "ALL", _("All that is known")
    SURE = "SURE", _("Only what is settled or matched comes in")


class Whose(TextChoices):
    """Whose money it is: a client's covers nobody else (domain-decisions 16)."""

    OWN = "OWN", _("Our own money")
    CLIENT = "CLIENT", _("Clients' money")
    OTHER = "OTHER", _("Others' money on our books")


SURE = frozenset({Certainty.SETTLED, Certainty.MATCHED})


class LeastCash(Struct, frozen=True, forbid_unknown_fields=True):
    """The least that is to stand on an account at the end of a day, in its currency."""

    amount: Number

    def __post_init__(self) -> None:
        if Decimal(self.amount) < 0:
            raise ValueError("the least is not below zero")


class Standing(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands there at the end of a day."""

    amount: Number


def lacking(rule: LeastCash, given: Standing) -> Decimal:
    """How much is missing to the least; nothing where enough stands there."""
    return half_up_minor(max(Decimal(rule.amount) - Decimal(given.amount), Decimal(0)), 4)


# The key is entity, place and currency: `RUS/NSD/RUB`.
LEAST_CASH = RuleKind(
    name="cash.least",
    title=_("Cash: the least that an account is to keep"),
    keys=(),
    key_pattern=r"[A-Z0-9_-]{2,20}/[A-Z0-9_-]{2,20}/[A-Z]{3}",
    value=LeastCash,
    given=Standing,
    found=Decimal,
    compute=lacking,
)

declare(LEAST_CASH)
