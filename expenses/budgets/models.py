"""Budgets of years, version by version, and their lines."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from expenses.budgets.state import BUDGET_LIFECYCLE, BudgetState
from expenses.centres import CostCentre
from expenses.costs.models import money
from expenses.costs.state import CostKind
from refdata.models import Entity


class Budget(StatefulModel):
    """What an entity means to spend in a year, in the currency of its books; one version of it counts."""

    lifecycles = (BUDGET_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    year = models.SmallIntegerField()
    number = models.SmallIntegerField()
    note = models.CharField(max_length=200, blank=True, db_default="")
    total = money()
    state = models.CharField(max_length=8, choices=BudgetState, default=BudgetState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_budget", f"Can {verb} a budget") for verb in ("propose", "approve", "decline")
        ]
        constraints: ClassVar = [
            known_states(BUDGET_LIFECYCLE, "budget_state_known"),
            models.UniqueConstraint(fields=["entity", "year", "number"], name="budget_once"),
            models.UniqueConstraint(
                fields=["entity", "year"], condition=Q(state="APPROVED"), name="budget_one_counts"
            ),
            models.CheckConstraint(
                condition=Q(year__range=(2000, 2200)), name="budget_of_some_year"
            ),
        ]

    def __str__(self) -> str:
        return f"BU-{self.pk}"


class BudgetLine(models.Model):
    """What a centre means to spend on a kind of cost in a month. Never edited."""

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="lines", db_index=False)
    centre = models.ForeignKey(
        CostCentre, models.PROTECT, null=True, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=13, choices=CostKind)
    month = models.DateField()
    amount = money()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["budget", "centre", "kind", "month"], nulls_distinct=False,
                name="budgetline_once",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1, amount__gt=0), name="budgetline_of_something"
            ),
        ]  # fmt: skip
