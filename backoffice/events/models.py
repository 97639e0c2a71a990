"""What happened, once and for good: events, their dense order, and who has read how far."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from backoffice.events.functions import TxNow


class Event(models.Model):
    """One step taken, written in the transaction that took it; never changed, never deleted."""

    tx = models.BigIntegerField(db_default=TxNow())
    recorded_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    entity_id = models.BigIntegerField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=30, blank=True, db_default="")
    target = models.CharField(max_length=30, blank=True, db_default="")
    reason = models.CharField(max_length=500, blank=True, db_default="")
    facts = models.JSONField(db_default=models.Value({}, models.JSONField()))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tx", "id"], name="event_in_order"),
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_of_subject"),
        ]
        permissions: ClassVar = [("read_feed", "Can read the event feed")]


class SequencedEvent(models.Model):
    """An event's place in the order of commits, and the seal over everything before it."""

    number = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="sequenced")
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "events_sequence"


class Watermark(models.Model):
    """At this moment everything below `horizon` had been committed and numbered up to `number`.

    `tx` is the transaction that wrote the mark itself.
    """

    at = models.DateTimeField(db_default=Now())
    number = models.BigIntegerField()
    horizon = models.BigIntegerField()
    tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="watermark_by_time")]


class DailyRoot(models.Model):
    """Where the chain stood when a UTC day was over, sealed over the root of the day before."""

    day = models.DateField(primary_key=True)
    number = models.BigIntegerField()
    count = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    root = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(count__gte=0, number__gte=models.F("count")),
                name="root_counts_its_day",
            ),
        ]


class ConsumerCursor(models.Model):
    """How far a consumer has read; moved in the transaction that does its work."""

    name = models.CharField(max_length=60, primary_key=True)
    number = models.BigIntegerField(db_default=0)
    failures = models.IntegerField(db_default=0)


class ParkedEvent(models.Model):
    """An event that a consumer could not digest, and those of the same subject behind it."""

    consumer = models.CharField(max_length=60)
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    error = models.TextField(blank=True)
    parked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["consumer", "event"], name="event_parked_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["consumer", "subject_type", "subject_id"], name="parked_subject"),
        ]
