"""By which code of the budget (KBK) tax is paid, and of which municipality (OKTMO). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from msgspec import Meta, Struct

from ledger.ndfl.brackets import (
    NON_RESIDENT,
    NON_RESIDENT_DIVIDEND,
    PAY,
    PAY_NON_RESIDENT,
    RESIDENT,
)
from refdata.dated_rules.kinds import Number, RuleKind


class BudgetCodes(Struct, frozen=True, forbid_unknown_fields=True):
    """The KBK of each rate of a scale, twenty digits."""

    rates: Mapping[Number, Annotated[str, Meta(pattern="^[0-9]{20}$")]]


class AtRate(Struct, frozen=True, forbid_unknown_fields=True):
    rate: Number


def code_at(rule: BudgetCodes, rate: Decimal) -> str:
    """Empty where the scale has no code of that rate."""
    return next((code for each, code in rule.rates.items() if Decimal(each) == rate), "")


KBK = RuleKind(
    name="ndfl.kbk",
    title=_("NDFL: code of the budget by scale and rate"),
    keys=(RESIDENT, NON_RESIDENT, NON_RESIDENT_DIVIDEND, PAY, PAY_NON_RESIDENT),
    value=BudgetCodes,
    given=AtRate,
    found=str,
    compute=lambda rule, given: code_at(rule, Decimal(given.rate)),
)


class Municipality(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an entity is on the tax register: its OKTMO."""

    oktmo: Annotated[str, Meta(pattern="^([0-9]{8}|[0-9]{11})$")]


class Asked(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing: the key says which entity."""


OKTMO = RuleKind(
    name="ndfl.oktmo",
    title=_("NDFL: municipality of an entity (OKTMO)"),
    keys=(),
    key_pattern=r"[A-Z0-9_-]{2,20}",
    value=Municipality,
    given=Asked,
    found=str,
    compute=lambda rule, _asked: rule.oktmo,
)
