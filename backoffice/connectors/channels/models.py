"""Channels of places by date, and what each has done so far."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from backoffice.connectors.channels.state import (
    LINE_LIFECYCLE,
    BondsCounted,
    ChannelFormat,
    LineState,
    TransportKind,
    Way,
)
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Entity, Place


class Channel(models.Model):
    """How messages go to a place or come from it, from a day until another. Two people change it.

    Rows of one `code` follow each other: the same channel in another format or by another way. The
    most specific one that is valid is taken: of an entity before of all. `versions` name those of
    ISO 20022 that the place takes (`pain.001.001.09`, `head.001.001.02`), where it is not the newest
    that is written here. `party_scheme` is the scheme by whose codes the place knows other parties
    (`NSDR`), empty: by BIC. The secret of an address is in the environment, never here.
    """

    code = models.CharField(max_length=20)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    entity = models.ForeignKey(Entity, models.PROTECT, null=True, blank=True, related_name="+")
    way = models.CharField(max_length=3, choices=Way)
    format = models.CharField(max_length=8, choices=ChannelFormat)
    versions = ArrayField(models.CharField(max_length=20), db_default=[], default=list, blank=True)
    own_bic = models.CharField(max_length=11, blank=True, db_default="")
    their_bic = models.CharField(max_length=11, blank=True, db_default="")
    zone = models.CharField(max_length=40, blank=True, db_default="")
    party_scheme = models.CharField(max_length=8, blank=True, db_default="")
    bonds = models.CharField(
        max_length=4, choices=BondsCounted, default=BondsCounted.FAMT, db_default="FAMT"
    )
    service = models.CharField(max_length=35, blank=True, db_default="")
    wrapper = models.CharField(max_length=40, blank=True, db_default="")
    transport = models.CharField(max_length=9, choices=TransportKind)
    address = models.CharField(max_length=300)
    host_key = models.CharField(max_length=800, blank=True, db_default="")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            ("receive_channel", "Can bring messages of a channel"),
            ("freeze_channel", "Can stop a channel"),
            ("thaw_channel", "Can let a channel go on"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="channel_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="channel_dated",
            ),
            models.CheckConstraint(
                condition=Q(way__in=Way.values) & Q(format__in=ChannelFormat.values)
                & Q(transport__in=TransportKind.values) & Q(bonds__in=BondsCounted.values),
                name="channel_known",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code


class ChannelLine(StatefulModel):
    """What a channel has done, whatever its terms were then: one row for each code.

    `number` is that of its last message out, without gaps. `seen` are the files that the last look
    found and left alone, with their size and time: one that still grows is not read.
    `restored_to` is the moment that the books stand at after a restore, until what left since is matched.
    """

    lifecycles = (LINE_LIFECYCLE,)

    code = models.CharField(max_length=20, unique=True)
    state = models.CharField(
        max_length=8, choices=LineState, default=LineState.OPEN, db_default="OPEN"
    )
    number = models.BigIntegerField(db_default=0, default=0)
    seen = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    looked_at = models.DateTimeField(null=True)
    last_file = models.CharField(max_length=200, blank=True, db_default="")
    last_file_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True, db_default="")
    failing_since = models.DateTimeField(null=True)
    restored_to = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [known_states(LINE_LIFECYCLE, "channelline_state_known")]

    def __str__(self) -> str:
        return self.code


class FetchedFile(models.Model):
    """A file of a channel that cannot be moved where it lies: it is fetched once. Never edited."""

    channel = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    mark = models.CharField(max_length=100, blank=True, db_default="")
    fetched_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "name", "mark"], name="fetchedfile_once")
        ]
