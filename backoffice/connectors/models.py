"""Messages out and in: each is a row first and a file second, so that a lost file is written again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from refdata.models import Place
from settlements.models import Settlement


class OutboundMessage(models.Model):
    """An instruction for a place. `written_at` is empty until its file stands in the out-folder."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    settlement = models.OneToOneField(Settlement, models.PROTECT, related_name="message_out")
    body = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    written_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["id"], condition=Q(written_at__isnull=True), name="outbound_unwritten"
            ),
        ]


class InboundFile(models.Model):
    """A file that came in, by its hash: the same file twice does nothing the second time."""

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, unique=True)
    lines = models.IntegerField(db_default=0)
    problems = models.JSONField(db_default=models.Value([], models.JSONField()))
    received_at = models.DateTimeField(db_default=Now())
