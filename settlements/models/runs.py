"""Settlement runs: what was asked for, and what came of it. Their plans are in `plans`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity, Place
from settlements.running.state import RunMode, RunObjective
from settlements.state import RUN_LIFECYCLE, RunState


class SettlementRun(StatefulModel):
    """One look at everything that may settle: what was decided, and why the rest was left out.

    Of one `place` it looks at what settles there, and at what is linked with that. `is_last` is what whoever
    asked for it says of outside places without a schedule of cycles: nothing is kept back there.
    `plan` is the one that its shards write, once it is whole. The counts of what settled and was sent are
    of a run that has ended; while one runs they are those of its shards. `tries` is how many workers began to
    decide for it.
    """

    lifecycles = (RUN_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    business_date = models.DateField()
    objective = models.CharField(max_length=20, choices=RunObjective, db_default="FIFO")
    mode = models.CharField(max_length=8, choices=RunMode, default=RunMode.BOTH, db_default="BOTH")
    is_last = models.BooleanField(db_default=False)
    plan = models.OneToOneField(
        "settlements.RunPlan", models.PROTECT, null=True, related_name="written_by"
    )
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    tries = models.SmallIntegerField(db_default=0)
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

    @property
    def cycle(self) -> RunCycle | None:
        """The cycle that it was; after an outage the last of those that it stands for."""
        return max(self.cycles.all(), key=lambda each: each.due_at, default=None)


class RunCycle(models.Model):
    """A settlement cycle that fell due, and the run that it was; once for each entity, place and moment.

    `place` is empty of the firm's own cycles for all places. After an outage one run is what several were
    that had fallen due meanwhile: the last of them. Never edited.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    business_date = models.DateField()
    due_at = models.DateTimeField()
    rule = models.CharField(max_length=20)
    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="cycles")
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "place", "business_date", "due_at"], nulls_distinct=False,
                name="runcycle_once",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(fields=["business_date"], name="runcycle_by_day")]

    def __str__(self) -> str:
        return f"RC-{self.pk}"
