"""Payroll journals with their lines, and what was odd about their tax when they were accepted."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from expenses.centres import CostCentre
from expenses.payroll.state import PAYROLL_LIFECYCLE, PayrollState, Remark
from refdata.models import Entity, Party


def _amount() -> models.DecimalField:  # type: ignore[type-arg]
    return models.DecimalField(max_digits=24, decimal_places=4)


class PayrollJournal(StatefulModel):
    """What one payment of pay is made of, as its file told it; `content` is that file.

    In base currency of the entity. `month` is that in which it was earned, `pay_date` when it is paid: both the income
    and the withholding of the tax are of that day (art. 223 p. 1, 226 p. 4). `replaces` is the journal that this one
    corrects: accepted, it reverses that.
    """

    lifecycles = (PAYROLL_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=40)
    month = models.DateField()
    pay_date = models.DateField()
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    document = models.CharField(max_length=120)
    layout = models.CharField(max_length=20)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    people = models.IntegerField()
    accrued = _amount()
    base = _amount()
    ndfl = _amount()
    held = _amount()
    contributions = _amount()
    net = _amount()
    state = models.CharField(max_length=8, choices=PayrollState, default=PayrollState.PROPOSED)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("view_payrolljournal", "Can read pay"),
            ("receive_payrolljournal", "Can bring a payroll journal"),
            ("accept_payrolljournal", "Can accept a payroll journal"),
            ("decline_payrolljournal", "Can decline a payroll journal"),
        ]
        constraints: ClassVar = [
            known_states(PAYROLL_LIFECYCLE, "payrolljournal_state_known"),
            models.UniqueConstraint(
                fields=["entity", "month", "number"],
                condition=Q(state__in=["PROPOSED", "ACCEPTED"]), name="payrolljournal_once",
            ),
            models.UniqueConstraint(
                fields=["entity", "sha256"],
                condition=Q(state__in=["PROPOSED", "ACCEPTED"]), name="payrolljournal_same_once",
            ),
            models.CheckConstraint(
                condition=Q(net=F("accrued") - F("ndfl") - F("held")) & Q(month__day=1),
                name="payrolljournal_sums",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"PJ-{self.pk}"


class PayrollLine(models.Model):
    """What one person earned by one code in one cost centre. Never edited.

    `base` is what of it is taxed: `accrued` less the `deductions` by code; without a `code` nothing is. `by_rate` is
    the tax by rate, `ndfl` all of it. `held` is kept back for others, such as alimony.
    """

    journal = models.ForeignKey(
        PayrollJournal, models.PROTECT, related_name="lines", db_index=False
    )
    number = models.IntegerField()
    person = models.ForeignKey(Party, models.PROTECT, related_name="+")
    resident = models.BooleanField()
    centre = models.ForeignKey(CostCentre, models.PROTECT, related_name="+")
    code = models.CharField(max_length=4, blank=True)
    accrued = _amount()
    deductions = models.JSONField(db_default=models.Value({}, models.JSONField()))
    base = _amount()
    by_rate = models.JSONField(db_default=models.Value({}, models.JSONField()))
    ndfl = _amount()
    held = _amount()
    contributions = _amount()
    net = _amount()
    account = models.CharField(max_length=20, blank=True)
    bik = models.CharField(max_length=9, blank=True)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["journal", "number"], name="payrollline_once"),
            models.CheckConstraint(
                condition=Q(
                    net=F("accrued") - F("ndfl") - F("held"), accrued__gte=0, held__gte=0,
                    contributions__gte=0, base__gte=0, base__lte=F("accrued"),
                ),
                name="payrollline_sums",
            ),
        ]  # fmt: skip


class PayrollRemark(models.Model):
    """What was odd about the tax of a person in a journal that was accepted all the same. A fact."""

    journal = models.ForeignKey(PayrollJournal, models.PROTECT, related_name="remarks")
    person = models.ForeignKey(Party, models.PROTECT, related_name="+")
    what = models.CharField(max_length=10, choices=Remark)
    rate = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    told = _amount()
    reckoned = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["journal", "person", "rate"], nulls_distinct=False, name="payrollremark_once"
            ),
        ]  # fmt: skip
