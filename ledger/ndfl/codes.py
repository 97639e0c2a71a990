"""By which codes an income and what is deducted from it are told to the tax office. Pure."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from ledger.ndfl.bases import OF_SECURITIES
from refdata.dated_rules.kinds import RuleKind


class Codes(Struct, frozen=True, forbid_unknown_fields=True):
    """`deduction` is that of the costs of this income; empty where it has none."""

    income: str
    deduction: str = ""


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing: the codes of a base are what the row says."""


COUPON = "COUPON"  # of the base of its security, with a code of its own
CODES = RuleKind(
    name="ndfl.codes",
    title=_("NDFL: codes of income and of deductions"),
    keys=(*OF_SECURITIES, COUPON),
    value=Codes,
    given=Asked,
    found=str,
    compute=lambda rule, _asked: f"{rule.income} {rule.deduction}".strip(),
)
