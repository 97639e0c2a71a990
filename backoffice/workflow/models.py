"""What every subject with states shares, and the items that wait for a person."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.kernel.lifecycle import Lifecycle
from backoffice.workflow.sheets.models import Sheet as Sheet
from backoffice.workflow.sheets.models import SheetComment as SheetComment
from backoffice.workflow.state import ITEM_LIFECYCLE, Handling
from backoffice.workflow.workload.models import Absence as Absence
from backoffice.workflow.workload.models import Forecast as Forecast
from backoffice.workflow.workload.models import ForecastFigure as ForecastFigure
from backoffice.workflow.workload.models import Roster as Roster

ITEM_STEPS = ("claim", "hand_over", "pause", "resume", "comment", "lead")


class StatefulModel(models.Model):
    """A row with lifecycles. Its states move through `advance()` and nowhere else.

    `over` names the state of one axis in which nothing moves on any other any more; `tagged` further
    columns that a reader decides by, and that may change while every state stays.
    """

    lifecycles: ClassVar[tuple[Lifecycle, ...]] = ()
    over: ClassVar[tuple[str, str] | None] = None
    tagged: ClassVar[tuple[str, ...]] = ()

    makers = ArrayField(models.BigIntegerField(), db_default=[], default=list)

    class Meta:
        abstract = True

    @property
    def etag(self) -> str:
        """What a reader saw, as an entity tag: the version, where there are any, every state, what is `tagged`."""
        states = [str(getattr(self, lifecycle.column)) for lifecycle in self.lifecycles]
        version = [str(self.version)] if hasattr(self, "version") else []
        more = [str(getattr(self, column)) for column in self.tagged]
        return f'"{"-".join(version + states + more)}"'


def known_states(lifecycle: Lifecycle, name: str) -> models.CheckConstraint:
    """The database's own list of the states a column may hold."""
    return models.CheckConstraint(
        condition=Q(**{f"{lifecycle.column}__in": list(lifecycle.states)}), name=name
    )


class WorkItem(StatefulModel):
    """Something a person must look at: what, why, by when, and what is at stake; and in whose hands it is.

    It is open until `closed_at`, whatever its state. `claimed_at` is when its owner took it up: nobody's who was
    given it. `recorded_tx` and `closed_tx` are the transactions that opened and closed it, whoever did: what was open
    or had come is asked as known at a moment.
    """

    lifecycles = (ITEM_LIFECYCLE,)
    tagged = ("queue", "owner_id", "closed_at")

    kind = models.CharField(max_length=40)
    queue = models.CharField(max_length=30)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    entity_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=500, blank=True, db_default="")
    amount = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True, db_default="")
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    recorded_tx = models.BigIntegerField(db_default=TxNow())
    closed_tx = models.BigIntegerField(null=True)
    state = models.CharField(
        max_length=8, choices=Handling, default=Handling.WAITING, db_default=Handling.WAITING
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    claimed_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)

    class Meta:
        permissions: ClassVar = [
            (f"{verb}_workitem", f"Can {verb} a work item") for verb in ITEM_STEPS
        ]
        constraints: ClassVar = [
            known_states(ITEM_LIFECYCLE, "workitem_state_known"),
            models.CheckConstraint(
                condition=Q(state=Handling.WAITING, owner__isnull=True)
                | (~Q(state=Handling.WAITING) & Q(owner__isnull=False)),
                name="workitem_owned_unless_waiting",
            ),
            models.CheckConstraint(
                condition=Q(state=Handling.PAUSED, paused_until__isnull=False)
                | (~Q(state=Handling.PAUSED) & Q(paused_until__isnull=True)),
                name="workitem_paused_until",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"],
                condition=Q(closed_at__isnull=True),
                name="workitem_open_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["queue", "due_at", "id"],
                condition=Q(closed_at__isnull=True),
                name="workitem_open_by_queue",
            ),
            # Arrivals are counted by day, over half a year.
            models.Index(fields=["opened_at"], name="workitem_by_opening"),
            models.Index(
                fields=["owner", "closed_at"],
                condition=Q(owner__isnull=False),
                name="workitem_by_owner",
            ),
            models.Index(fields=["queue", "closed_at"], name="workitem_done_by_queue"),
            models.Index(fields=["queue", "opened_at"], name="workitem_come_by_queue"),
            models.Index(fields=["kind", "closed_at"], name="workitem_by_closing"),
            # What was done in a period, of all kinds; what was opened again about the same thing.
            models.Index(
                fields=["closed_at"], condition=Q(closed_at__isnull=False), name="workitem_done"
            ),
        ]

    def __str__(self) -> str:
        return f"WI-{self.pk}"


class Mention(models.Model):
    """Somebody was named in a comment on an item, and has not looked into it until `answered_at`."""

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="mentions")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    said_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(
                fields=["person", "id"], condition=Q(answered_at__isnull=True), name="mention_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} @{self.person}"
