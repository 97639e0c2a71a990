"""Scenarios that somebody keeps: what was supposed, and what was foreseen at the time."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from refdata.models import Entity


class Scenario(models.Model):
    """What was supposed of a business date, and both endings as they were foreseen then. Never changed.

    `terms` is what `terms.ScenarioTerms` says, `found` what `answering.found_of` makes of the answer.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=100)
    business_date = models.DateField()
    terms = models.JSONField()
    found = models.JSONField()
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kept_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("try_scenario", "Can try how a day would end"),
            ("keep_scenario", "Can keep what was tried"),
        ]

    def __str__(self) -> str:
        return f"SC-{self.pk}"
