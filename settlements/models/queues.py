"""The queue that a plan was decided over, kept whole, so that what it left out can be explained later."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from settlements.models.plans import RunPlan


class RunQueue(models.Model):
    """Instructions, what was at hand, links and the set that was chosen, as the optimiser took them.

    `body` is written and read by `settlements.explaining.kept` alone and never edited. `explained_at` is
    when a worker had looked at the largest of what was left out; the rest is worked out when it is asked for.
    `tries` is how many workers began with that.
    """

    plan = models.OneToOneField(RunPlan, models.PROTECT, related_name="queue")
    body = models.BinaryField()
    explained_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(db_default=0)

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(
                fields=["plan"],
                condition=models.Q(explained_at__isnull=True),
                name="runqueue_to_explain",
            ),
        ]
