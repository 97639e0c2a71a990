"""What months brought and cost, and those in which expense outran income."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from expenses.costs.models import money
from expenses.watching.state import ALERT_LIFECYCLE, AlertState
from refdata.models import Entity


class MonthlyResult(models.Model):
    """What a month brought or cost by cause, in the currency of the books, above zero. Never edited.

    `cause` is income, a kind of cost, or a line of the income statement. `number` says how often the month was told:
    the last counts, as when it was closed anew.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    number = models.SmallIntegerField()
    cause = models.CharField(max_length=24)
    amount = money()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "month", "number", "cause"], name="monthlyresult_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="monthlyresult_of_a_month"),
        ]


class ExpenseAlert(StatefulModel):
    """Such a month, once, in the currency of the books, as it was when it was closed.

    `swing` is by how much the result was worse than usual, `trailing` over how many months that is.
    """

    lifecycles = (ALERT_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    month = models.DateField()
    income = money()
    expense = money()
    swing = money()
    trailing = models.SmallIntegerField()
    state = models.CharField(max_length=8, choices=AlertState, default=AlertState.OPEN)
    answer = models.CharField(max_length=500, blank=True, db_default="")
    raised_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("answer_expensealert", "Can answer that expense outran income"),
        ]
        constraints: ClassVar = [
            known_states(ALERT_LIFECYCLE, "expensealert_state_known"),
            models.UniqueConstraint(fields=["entity", "month"], name="expensealert_once"),
            models.CheckConstraint(
                condition=Q(month__day=1, expense__gt=F("income")), name="expensealert_outran"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN") | ~Q(answer=""), name="expensealert_answered_in_words"
            ),
        ]

    def __str__(self) -> str:
        return f"EX-{self.pk}"

    @property
    def gap(self) -> Decimal:
        """By how much expense is more than income."""
        return self.expense - self.income


class AlertDriver(models.Model):
    """What drove it, the worst first: a kind of cost, a line of the income statement, or income. Never edited."""

    alert = models.ForeignKey(ExpenseAlert, models.PROTECT, related_name="drivers", db_index=False)
    number = models.SmallIntegerField()
    cause = models.CharField(max_length=24)
    amount = money()
    usual = money()
    worse_by = money()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["alert", "number"], name="alertdriver_once"),
        ]
