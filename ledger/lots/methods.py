"""The methods by which lots are closed, what lots are kept for, and which methods a purpose admits."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from refdata.dated_rules.kinds import RuleKind


class Method(TextChoices):
    """In which order lots are closed. AVERAGE keeps one lot of mean cost for each position; POOLED does too, and
    matches what is bought the same day or within 30 days first (the United Kingdom's section 104).
    """

    FIFO = "FIFO", _("First in, first out")
    LIFO = "LIFO", _("Last in, first out")
    HIFO = "HIFO", _("Highest cost first")
    LOFO = "LOFO", _("Lowest cost first")
    AVERAGE = "AVERAGE", _("Average cost")
    POOLED = "POOLED", _("Pooled, same day and 30 days first")
    SPECIFIC = "SPECIFIC", _("Lots as named")


class Purpose(TextChoices):
    """What lots are kept for. Which methods a purpose allows is a dated rule."""

    MANAGEMENT = "MANAGEMENT", _("Management")
    NDFL = "NDFL", _("Personal income tax")
    RU_PROFIT_TAX = "RU_PROFIT_TAX", _("Profit tax")


class Methods(Struct, frozen=True, forbid_unknown_fields=True):
    methods: list[Method]


class MethodAsked(Struct, frozen=True, forbid_unknown_fields=True):
    method: Method


def allows(rule: Methods, method: Method) -> bool:
    return method in rule.methods


LOT_METHODS = RuleKind(
    name="lots.methods",
    title=_("Methods by which lots may be closed"),
    keys=tuple(Purpose.values),
    value=Methods,
    given=MethodAsked,
    found=bool,
    compute=lambda rule, given: allows(rule, given.method),
)
