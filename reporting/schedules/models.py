"""The reports that people want again and again."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from refdata.models import Entity
from reporting.schedules.state import Span, Way


class ReportSchedule(models.Model):
    """A report that one person wants on business days, at a time of the firm's clock, as a file.

    It is asked for in the name of that person, who sees in it what they may see. `asked_on` is the last day on
    which it was asked for, `brought_on` the last whose file was brought; `problem` says why the last was not.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="report_schedules"
    )
    report = models.CharField(max_length=40)
    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    span = models.CharField(max_length=12, choices=Span)
    at = models.TimeField()
    file_format = models.CharField(max_length=8)
    way = models.CharField(max_length=6, choices=Way)
    asked_on = models.DateField(null=True)
    brought_on = models.DateField(null=True)
    problem = models.CharField(max_length=500, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(brought_on__isnull=True) | Q(brought_on__lte=models.F("asked_on")),
                name="reportschedule_brought_what_was_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"RS-{self.pk}"

    @property
    def occasion(self) -> str:
        """What its run of the day on which it was asked last is known by."""
        return f"{self}, {self.asked_on}"
