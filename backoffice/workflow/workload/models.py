"""Who works when, who is away, and what was forecast: rows that are added and never edited."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.workload.state import AbsenceKind, Occasion


class Roster(models.Model):
    """The usual hours of a person, Monday first, in the queue that is theirs; from a day until the next such row.

    `starts` is when the person comes. Somebody who works here no more has a row without hours.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rosters")
    queue = models.CharField(max_length=30)
    hours = ArrayField(models.DecimalField(max_digits=4, decimal_places=2), size=7)
    starts = models.TimeField()
    valid_from = models.DateField()
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [("keep_roster", "Can keep rosters and absences")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(hours__len=7), name="roster_of_a_week"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "valid_from", "id"], name="roster_of_person")
        ]

    def __str__(self) -> str:
        return f"RO-{self.pk}"


class Absence(models.Model):
    """Days on which a person is away, both included; a later row may take it back."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="absences")
    kind = models.CharField(max_length=10, choices=AbsenceKind)
    first_date = models.DateField()
    last_date = models.DateField()
    takes_back = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="taken_back_by"
    )
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")), name="absence_dated"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["last_date"], name="absence_by_end")]

    def __str__(self) -> str:
        return f"AB-{self.pk}"


class Forecast(models.Model):
    """What was expected on a day, from what was known below a horizon; never changed: it is held against what came.

    `mornings` is how many it was learnt from, `drivers` what was known to be on its way, by name and day.
    """

    day = models.DateField()
    occasion = models.CharField(max_length=8, choices=Occasion)
    at = models.DateTimeField()
    number = models.BigIntegerField()
    horizon = models.BigIntegerField()
    mornings = models.IntegerField()
    drivers = models.JSONField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [("make_forecast", "Can make a forecast now")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day"], condition=Q(occasion="MORNING"), name="forecast_one_a_morning"
            ),
            models.CheckConstraint(
                condition=Q(occasion__in=Occasion.values), name="forecast_occasion_known"
            ),
        ]

    def __str__(self) -> str:
        return f"WF-{self.pk}"


class ForecastFigure(models.Model):
    """Of one kind in one queue and day: how many are expected, and between which numbers four times of five.

    Without a kind: of the whole queue, whose band is narrower than those of its kinds together. `half_hour` counts
    from midnight by the firm's clock, of today alone; none: of the whole day.
    """

    forecast = models.ForeignKey(Forecast, models.PROTECT, related_name="figures")
    queue = models.CharField(max_length=30)
    kind = models.CharField(max_length=40, blank=True, db_default="")
    day = models.DateField()
    half_hour = models.SmallIntegerField(null=True)
    expected = models.DecimalField(max_digits=12, decimal_places=2)
    low = models.DecimalField(max_digits=12, decimal_places=2)
    high = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["forecast", "queue", "kind", "day", "half_hour"],
                nulls_distinct=False, name="forecastfigure_once",
            ),
            models.CheckConstraint(
                condition=Q(low__gte=0) & Q(low__lte=F("expected")) & Q(expected__lte=F("high")),
                name="forecastfigure_within",
            ),
            models.CheckConstraint(
                condition=Q(half_hour=None) | Q(half_hour__gte=0, half_hour__lt=48),
                name="forecastfigure_half_hour",
            ),
        ]  # fmt: skip
