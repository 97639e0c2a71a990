"""Messages of places about corporate actions, each kept once beside its event."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.connectors.actions.state import Did, MessageKind
from refdata.models import Entity, Place
from settlements.models import RecordEvent


class EventMessage(models.Model):
    """What a place said of an event. Never edited.

    `called` is how the place names the event, `message` how it names the message; a person may bring one without
    saying of which place it is. `changes` are what it says otherwise than stood before, `options` the types of options
    by their numbers, as an election names them. Without an event: nothing was known by that name when it came.
    """

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=MessageKind)
    message = models.CharField(max_length=120)
    called = models.CharField(max_length=40)
    official = models.CharField(max_length=40, blank=True, db_default="")
    event_kind = models.CharField(max_length=4, blank=True, db_default="")
    notice = models.CharField(max_length=4, blank=True, db_default="")
    account = models.CharField(max_length=40, blank=True, db_default="")
    entity = models.ForeignKey(
        Entity, models.PROTECT, null=True, related_name="+", db_index=False
    )  # whose account it is about; none: everybody's
    event = models.ForeignKey(
        RecordEvent, models.PROTECT, null=True, related_name="place_messages", db_index=False
    )
    did = models.CharField(max_length=16, choices=Did)
    changes = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    options = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    text = models.TextField(blank=True, db_default="")
    told_at = models.DateTimeField()
    file = models.CharField(max_length=40)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "message"], nulls_distinct=False, name="eventmessage_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MessageKind.values, did__in=Did.values), name="eventmessage_known"
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["event", "id"], name="eventmessage_of_event"),
            models.Index(fields=["called", "id"], name="eventmessage_by_name"),
        ]

    def __str__(self) -> str:
        return self.message
