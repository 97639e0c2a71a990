"""Runs of reports: what was asked, what was known, and what came out."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity
from reporting.state import RUN_LIFECYCLE, RunState


class ReportRun(StatefulModel):
    """One run of one report. Its rows can be computed again from parameters and watermark."""

    lifecycles = (RUN_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    report = models.CharField(max_length=40)
    parameters = models.JSONField(db_default=models.Value({}, models.JSONField()))
    watermark = models.BigIntegerField(null=True)
    known_at = models.DateTimeField(null=True)
    row_count = models.IntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, db_default="")
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [known_states(RUN_LIFECYCLE, "reportrun_state_known")]
        permissions: ClassVar = [
            ("view_report", "Can read reports"),
            ("run_report", "Can run reports"),
        ]

    def __str__(self) -> str:
        return f"RR-{self.pk}"
