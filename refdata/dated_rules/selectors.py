"""Reading dated rules: what computes on a day, and the rows with their stories."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

import msgspec
from django.db.models import QuerySet

from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from refdata.dated_rules.kinds import RuleKind, kind_named
from refdata.dated_rules.vectors import Tried, try_vectors, value_of, vectors_of
from refdata.models import DatedRule
from refdata.selectors import reference_data

Value = TypeVar("Value", bound=msgspec.Struct)


def rule_in_force(kind: RuleKind[Value], on: date, key: str = "") -> Value:
    """What the rule says on a day, by the snapshot of reference data. Raises NoRuleInForce."""
    return reference_data().rules.in_force(kind, on, key)


def rules() -> QuerySet[DatedRule]:
    """The rows, newest first; they belong to no legal entity and are everybody's to read."""
    rows = DatedRule.objects.select_related("proposed_by", "approved_by", "verified_by")
    return rows.order_by("-id")


def rule(reference: str) -> DatedRule:
    """The row of a reference such as `RL-3`. Raises NotFound."""
    row = rules().filter(pk=number_in(reference, "RL", "rule")).first()
    if row is None:
        raise NotFound(what="rule", reference=reference)
    return row


def tried(row: DatedRule) -> list[Tried]:
    """What each vector of a row comes to, without any effect. Raises UnknownRuleKind, RuleMalformed."""
    kind: RuleKind[Any] = kind_named(row.kind)
    return try_vectors(kind, value_of(kind, row.value), vectors_of(kind, row.vectors))
