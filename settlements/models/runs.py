"""Settlement runs: what was asked for, and what came of it. Their plans are in `plans`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity
from settlements.running.state import RunMode, RunObjective
from settlements.state import RUN_LIFECYCLE, RunState


class SettlementRun(StatefulModel):
    """One look at everything that may settle: what was decided, and why the rest was left out.

    `is_last` says that it is the last before its outside places' cut-offs: nothing is kept back there.
    `plan` is the one that its shards write, once it is whole. The counts of what settled and was sent are
    of a run that has ended; while one runs they are those of its shards.
    """

    lifecycles = (RUN_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    business_date = models.DateField()
    objective = models.CharField(max_length=20, choices=RunObjective, db_default="FIFO")
    mode = models.CharField(max_length=8, choices=RunMode, default=RunMode.BOTH, db_default="BOTH")
    is_last = models.BooleanField(db_default=False)
    plan = models.OneToOneField(
        "settlements.RunPlan", models.PROTECT, null=True, related_name="written_by"
    )
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    decided = models.IntegerField(db_default=0)
    settled = models.IntegerField(db_default=0)
    sent = models.IntegerField(db_default=0)
    left_out = models.IntegerField(db_default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            known_states(RUN_LIFECYCLE, "settlementrun_state_known"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="RUNNING"), name="settlementrun_one_running"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=RunMode.values), name="settlementrun_mode_known"
            ),
        ]

    def __str__(self) -> str:
        return f"R-{self.pk}"
