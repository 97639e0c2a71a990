"""The kind of dated rule that says whether we withhold the tax of an individual from whom we buy."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from deals.products.withholding import Sale, TaxAgentMode, tax_withheld
from refdata.dated_rules.kinds import RuleKind, declare

TAX_AGENT = RuleKind(
    name="purchase.tax_agent",
    title=_("Purchase from an individual: who withholds the tax"),
    keys=("OWN", "CLIENT", "AGENT"),
    value=TaxAgentMode,
    given=Sale,
    found=Decimal,
    compute=lambda rule, given: tax_withheld(
        rule, Decimal(given.income), Decimal(given.cost), resident=given.resident
    ),
)

declare(TAX_AGENT)
