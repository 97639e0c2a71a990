"""Runs of reports: what was asked, what was known, and what came out."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from ledger.state import Stage
from refdata.models import Entity
from reporting.state import RUN_LIFECYCLE, RunState


class ReportRun(StatefulModel):
    """One run of one report. Its rows can be computed again from parameters and horizon.

    `entity_ids` are whose books it reads (null: all). `occasion` is what asked for it once, such as
    a step of a night. `contents` says where each section begins and what its columns add up to.
    Once completed, a run is a fact: a trigger refuses any change.
    """

    lifecycles = (RUN_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    report = models.CharField(max_length=40)
    stage = models.CharField(max_length=5, choices=Stage, blank=True, db_default="")
    occasion = models.CharField(max_length=80, blank=True, db_default="")
    parameters = models.JSONField(db_default=models.Value({}, models.JSONField()))
    entity_ids = ArrayField(models.BigIntegerField(), null=True)
    watermark = models.BigIntegerField(null=True)
    horizon = models.BigIntegerField(null=True)
    known_at = models.DateTimeField(null=True)
    done_percent = models.SmallIntegerField(db_default=0)
    row_count = models.IntegerField(null=True)
    byte_count = models.BigIntegerField(null=True)
    contents = models.JSONField(db_default=models.Value({}, models.JSONField()))
    sha256 = models.CharField(max_length=64, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, db_default="")
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            known_states(RUN_LIFECYCLE, "reportrun_state_known"),
            models.UniqueConstraint(
                fields=["occasion"],
                condition=~Q(occasion="") & ~Q(state="FAILED"),
                name="reportrun_once_per_occasion",
            ),
            models.CheckConstraint(
                condition=~Q(state="COMPLETED")
                | Q(horizon__isnull=False, row_count__isnull=False) & ~Q(sha256=""),
                name="reportrun_completed_is_proved",
            ),
        ]
        permissions: ClassVar = [
            ("view_report", "Can read reports"),
            ("run_report", "Can run reports"),
            ("remark_reportrun", "Can remark on runs of reports"),
            ("sign_reportrun", "Can sign runs of reports"),
        ]

    def __str__(self) -> str:
        return f"RR-{self.pk}"
