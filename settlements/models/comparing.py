"""What became of what a run sent to outside places, deal by deal: facts of the day after."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from backoffice.events.functions import TxNow
from settlements.models.plans import RunPlan
from settlements.models.settlement import Settlement
from settlements.releasing.state import Became


class RunComparison(models.Model):
    """Of one that a plan sent: what was expected of it, and what had become of it by the end of its day.

    `expected` is why it went (`releasing.model.Why`; empty of runs that choose nothing); what went only because it
    was the last cycle was hoped for. `reason` is the place's, where it did not settle on its day. Never edited.
    """

    plan = models.ForeignKey(RunPlan, models.PROTECT, related_name="comparisons", db_index=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+", db_index=False)
    expected = models.CharField(max_length=8, blank=True, db_default="")
    became = models.CharField(max_length=10, choices=Became)
    reason = models.CharField(max_length=12, blank=True, db_default="")
    compared_on = models.DateField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "settlement"], name="runcomparison_once"),
            models.CheckConstraint(
                condition=Q(became__in=Became.values), name="runcomparison_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["compared_on"], name="runcomparison_by_day"),
        ]
