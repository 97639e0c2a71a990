"""The kinds of dated rules of reference data: when two names are the same, when an end is told."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from refdata.agreements.rule_kinds import NOTICE
from refdata.dated_rules.kinds import RuleKind, declare
from refdata.price_order import PRICE_ORDER
from refdata.screening.ages import LIST_AGE
from refdata.screening.matching import Likeness, NameRule, TwoNames, likeness

__all__ = ["LIST_AGE", "NAME_LIKENESS", "NOTICE", "PRICE_ORDER"]

NAME_LIKENESS = RuleKind(
    name="screening.name_likeness",
    title=_("Screening: when names are alike"),
    value=NameRule,
    given=TwoNames,
    found=Likeness,
    compute=likeness,
)

declare(NAME_LIKENESS)
