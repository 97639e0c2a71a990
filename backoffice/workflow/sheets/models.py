"""That a person has had the sheet of a week before them, and what they say of it. Its numbers are counted, not kept."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from backoffice.events.functions import TxNow


class Sheet(models.Model):
    """The week that begins on a Monday, of a person who has opened it: from then on it may be seen by who leads."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    week = models.DateField()
    opened_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("view_sheet", "Can view the sheets of others, after them"),
            ("view_productivity", "Can view what teams got done, without names"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "week"], name="sheet_once"),
            models.CheckConstraint(condition=models.Q(week__iso_week_day=1), name="sheet_of_monday"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"SH-{self.pk}"


class SheetComment(models.Model):
    """What a person says of their own week; it stands beside the numbers for whoever sees them."""

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="comments")
    text = models.CharField(max_length=500)
    said_at = models.DateTimeField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["sheet", "id"], name="sheetcomment_of_sheet")]

    def __str__(self) -> str:
        return f"{self.sheet}: {self.text[:40]}"
