"""The plan of a run: what was decided once for everything, and the shards that write it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from refdata.models import Asset, Entity, Party, Place
from settlements.models.runs import SettlementRun
from settlements.models.settlement import Settlement
from settlements.running.state import ExplanationKind, ShardKind, ShardOutcome

_NOTHING = models.Value({}, models.JSONField())


class RunPlan(models.Model):
    """One decision about a whole queue. It counts once it is whole, which is when its run names it.

    A worker that dies before leaves a plan that nobody reads; the next attempt looks again. Over the same
    queue (`input_sha256`) it finds the same (`found_sha256`). `value` is the money of what settles, in
    `currency`; beside it the value of first in, first out (`fifo_value`) and of first in, first out with
    everything netted (`netting_value`): what lies between is gained by netting, and beyond by choosing.
    `bound` is a value that no set can have more of. `score` and `bounds` are what the objective counts,
    class by class, and the most of it that any set could have; `gap` is a share of that.
    `borrow` names securities of which a plan for outside places lacks some, and up to what borrowing them is worth.
    `last_places` are the outside places whose last cycle of the day it was: nothing was kept back there.
    `prices` say what one unit more at a holding would be worth to the objective, at most. `struck` counts the solver's
    alarms: with any, another machine might decide otherwise. `told_up_to` is the last settlement that
    was told its reason when the run completed.
    """

    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="plans", db_index=False)
    attempt = models.SmallIntegerField()
    objective = models.JSONField(db_default=_NOTHING)
    rule = models.CharField(max_length=20, blank=True, db_default="")
    input_sha256 = models.CharField(max_length=64)
    found_sha256 = models.CharField(max_length=64)
    candidates = models.IntegerField(db_default=0)
    chosen = models.IntegerField(db_default=0)
    currency = models.CharField(max_length=3, blank=True, db_default="")
    value = models.DecimalField(max_digits=28, decimal_places=4)
    fifo_value = models.DecimalField(max_digits=28, decimal_places=4)
    fifo_chosen = models.IntegerField(db_default=0)
    netting_value = models.DecimalField(max_digits=28, decimal_places=4)
    bound = models.DecimalField(max_digits=28, decimal_places=4)
    gap = models.FloatField(db_default=0)
    score = models.JSONField(db_default=models.Value([], models.JSONField()))
    bounds = models.JSONField(db_default=models.Value([], models.JSONField()))
    prices = models.JSONField(db_default=models.Value([], models.JSONField()))
    borrow = models.JSONField(db_default=models.Value([], models.JSONField()))
    last_places = models.JSONField(db_default=models.Value([], models.JSONField()))
    phases = models.JSONField(db_default=models.Value([], models.JSONField()))
    struck = models.IntegerField(db_default=0)
    unvalued = models.IntegerField(db_default=0)
    seconds = models.FloatField(db_default=0)
    decided_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)
    told_up_to = models.BigIntegerField(db_default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "attempt"], name="runplan_once")
        ]

    def __str__(self) -> str:
        return f"R-{self.run_id}/{self.attempt}"


class RunShard(models.Model):
    """A part of a plan that one worker writes in one transaction, after all shards of earlier waves.

    `planned` is how many settlements it was cut with, `rows` how many it moved. Runs from before plans
    were kept have shards without one.
    """

    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="shards")
    plan = models.ForeignKey(RunPlan, models.PROTECT, null=True, related_name="shards")
    number = models.IntegerField()
    wave = models.IntegerField(db_default=0)
    kind = models.CharField(max_length=8, choices=ShardKind, blank=True, db_default="")
    planned = models.IntegerField(db_default=0)
    rows = models.IntegerField(db_default=0)
    outcome = models.CharField(max_length=10, choices=ShardOutcome, blank=True, db_default="")
    tries = models.SmallIntegerField(db_default=0)
    error = models.CharField(max_length=500, blank=True, db_default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "plan", "number"], nulls_distinct=False, name="runshard_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["plan", "wave"], condition=Q(done_at__isnull=True), name="runshard_undone"
            ),
        ]


class RunBudget(models.Model):
    """What a shard may draw at a holding beyond what it brings there itself. Never edited."""

    shard = models.ForeignKey(RunShard, models.PROTECT, related_name="budgets")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=32, decimal_places=8)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shard", "entity", "owner", "place", "asset"], name="runbudget_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="runbudget_positive"),
        ]


class RunDecision(models.Model):
    """What a plan decided about one settlement: settle, send, or leave out and why. Never edited.

    `part` is how much of it settles, in its own quantity (of a payment: money); empty for the whole of
    what was left of it. `value` is what that counts in the plan's currency.
    """

    run = models.ForeignKey(SettlementRun, models.PROTECT, related_name="decisions", db_index=False)
    plan = models.ForeignKey(RunPlan, models.PROTECT, null=True, related_name="decisions",
                             db_index=False)  # fmt: skip
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+", db_index=False)
    shard = models.IntegerField(null=True)
    position = models.IntegerField()
    outcome = models.CharField(max_length=8)
    reason = models.CharField(max_length=12, blank=True, db_default="")
    part = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    value = models.DecimalField(max_digits=28, decimal_places=4, null=True)
    facts = models.JSONField(db_default=_NOTHING)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["run", "plan", "settlement"], nulls_distinct=False, name="rundecision_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "plan", "shard", "position"], name="rundecision_of_shard"),
            models.Index(fields=["settlement", "run"], name="rundecision_of_settlement"),
        ]


class RunExplanation(models.Model):
    """Why a settlement is not settled by a plan, checked again in exact numbers. Never edited.

    `facts` name holdings by owner, place and asset, and amounts as text. `is_proved` says that it is no
    estimate. What a shard dropped although it was chosen is told as DROPPED.
    """

    plan = models.ForeignKey(RunPlan, models.PROTECT, related_name="explanations", db_index=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=ExplanationKind)
    facts = models.JSONField(db_default=_NOTHING)
    is_proved = models.BooleanField(db_default=True)
    computed_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["plan", "settlement", "kind"], name="runexplanation_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ExplanationKind.values), name="runexplanation_kind_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["settlement", "plan"], name="runexplanation_of_settlement"),
        ]
