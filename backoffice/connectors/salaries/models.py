"""Files of salaries, kept as they were written."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.connectors.salaries.state import PAY_FILE_LIFECYCLE, PayFileState
from backoffice.workflow.models import StatefulModel, known_states
from expenses.payroll.models import PayrollJournal
from refdata.models import Entity, NostroAccount


class PayFile(StatefulModel):
    """What the bank of `account` is told to pay for one journal: one payment a person, `total` in base currency.

    `content` is never written again: another file takes its place while it is not released.
    """

    lifecycles = (PAY_FILE_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    journal = models.ForeignKey(PayrollJournal, models.PROTECT, related_name="pay_files")
    account = models.ForeignKey(NostroAccount, models.PROTECT, related_name="+", db_index=False)
    format = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    payments = models.IntegerField()
    total = models.DecimalField(max_digits=24, decimal_places=4)
    state = models.CharField(max_length=8, choices=PayFileState, default=PayFileState.PREPARED)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("prepare_payfile", "Can write a file of salaries"),
            ("release_payfile", "Can let out a file of salaries"),
            ("drop_payfile", "Can drop a file of salaries"),
        ]
        constraints: ClassVar = [
            known_states(PAY_FILE_LIFECYCLE, "payfile_state_known"),
            models.UniqueConstraint(
                fields=["journal"], condition=~Q(state="DROPPED"), name="payfile_once"
            ),
            models.CheckConstraint(condition=Q(total__gt=0, payments__gt=0), name="payfile_pays"),
        ]

    def __str__(self) -> str:
        return f"PF-{self.pk}"
