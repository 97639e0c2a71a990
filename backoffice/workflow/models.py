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
from backoffice.workflow.workload.models import Absence as Absence
from backoffice.workflow.workload.models import Forecast as Forecast
from backoffice.workflow.workload.models import ForecastFigure as ForecastFigure
from backoffice.workflow.workload.models import Roster as Roster


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


class WorkItem(models.Model):
    """Something a person must look at: what, why, by when, and what is at stake.

    `recorded_tx` and `closed_tx` are the transactions that opened and closed it, whoever did: what was open or
    had come is asked as known at a moment.
    """

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

    class Meta:
        constraints: ClassVar = [
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
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"
