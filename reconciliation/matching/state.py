"""Why things are matched: the rules in their order, strongest evidence first."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MatchRule(TextChoices):
    """By what a match was made. The order is the order in which the rules are asked."""

    REVERSAL = "REVERSAL", _("One takes the other back")
    REFERENCE = "REFERENCE", _("Same reference and amount")
    TWINS = "TWINS", _("Same reference and amount, as many on both sides")
    COMMON = "COMMON", _("Several with one reference, same sum")
    PARTY = "PARTY", _("Same amount and party, no other fits")
    DAY = "DAY", _("Same amount and day, no other fits")
    WINDOW = "WINDOW", _("Same amount, some days apart, no other fits")
    SUM = "SUM", _("Several of one party, the only ones with that sum")
    PERSON = "PERSON", _("Matched by a person")
    REMEDY = "REMEDY", _("The difference is booked")


RULES = (
    MatchRule.REVERSAL, MatchRule.REFERENCE, MatchRule.TWINS, MatchRule.COMMON, MatchRule.PARTY,
    MatchRule.DAY, MatchRule.WINDOW, MatchRule.SUM,
)  # fmt: skip


class Why(TextChoices):
    """Why something is proposed to a person and not matched."""

    RIVALS = "RIVALS", _("More than one fits")
    AMOUNT = "AMOUNT", _("Same reference, another amount")
    TOLERANCE = "TOLERANCE", _("Almost the same amount")
    SUM = "SUM", _("The only ones with that sum")
    RULE_OFF = "RULE_OFF", _("It fits; the rule is off at this place")
    BEFORE = "BEFORE", _("As it was decided before")
