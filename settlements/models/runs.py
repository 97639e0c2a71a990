"""Runs: what they looked at, what they decided, and what was at hand."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity
from settlements.models.settlement import Settlement
from settlements.state import RUN_LIFECYCLE, RunState


class SettlementRun(StatefulModel):
    """One look at everything that may settle: what was decided, and why the rest was left out."""

    lifecycles = (RUN_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    business_date = models.DateField()
    objective = models.CharField(max_length=20, db_default="FIFO")
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
        ]

    def __str__(self) -> str:
        return f"R-{self.pk}"


class RunShard(models.Model):
    """A part of a run that one worker writes in one transaction."""

    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="shards")
    number = models.IntegerField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="runshard_once")
        ]


class RunDecision(models.Model):
    """What a run decided about one settlement: settle, send, or leave out and why."""

    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="decisions", db_index=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+", db_index=False)
    shard = models.IntegerField(null=True)
    position = models.IntegerField()
    outcome = models.CharField(max_length=8)
    reason = models.CharField(max_length=12, blank=True, db_default="")
    facts = models.JSONField(db_default=models.Value({}, models.JSONField()))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "settlement"], name="rundecision_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "shard", "position"], name="rundecision_of_shard"),
            models.Index(fields=["settlement", "run"], name="rundecision_of_settlement"),
        ]


class RunBalance(models.Model):
    """What is at hand for a run in one account and asset, moved on by each shard it writes."""

    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="+", db_index=False)
    account_id = models.BigIntegerField()
    asset_id = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=32, decimal_places=8)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "account_id", "asset_id"], name="runbalance_once"
            )
        ]
