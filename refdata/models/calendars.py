"""Which days count: working days, trading sessions, and the settlement cycles built on them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class CalendarKind(models.TextChoices):
    """Trading days differ from working days: one calendar is never used for the other."""

    WORKING = "WORKING"
    SESSION = "SESSION"


class Calendar(models.Model):
    """Monday to Friday with exceptions; between `listed_from` and `listed_until` only what is listed."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=CalendarKind)
    timezone = models.CharField(max_length=40, default="UTC", db_default="UTC")
    listed_from = models.DateField(null=True, blank=True)
    listed_until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.code


class CalendarDay(models.Model):
    """A day on which the calendar differs from Monday to Friday, or a listed session."""

    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="days")
    day = models.DateField()
    is_open = models.BooleanField()
    trade_date = models.DateField(null=True, blank=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["calendar", "day"], name="calendarday_once"),
        ]


class SettlementCycle(models.Model):
    """How many days after the trade date a market settles, by the calendar named. Dated."""

    market = models.CharField(max_length=4)
    instrument_kind = models.CharField(max_length=20, blank=True, db_default="")
    days = models.SmallIntegerField()
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    session_calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["market", "instrument_kind", "valid_from"], name="settlementcycle_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="settlementcycle_dated",
            ),
        ]
