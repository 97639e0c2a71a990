"""Webhooks, how far each has got, and what became of each delivery."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from backoffice.webhooks.state import WEBHOOK_LIFECYCLE, WebhookState
from backoffice.workflow.models import StatefulModel, known_states

STEPS = ("view", "create", "pause", "resume", "end", "rotate", "replay")


class Webhook(StatefulModel):
    """Where events are told, and whose eyes they are chosen by: the owner's scope is the webhook's.

    `kinds` are those that are told, none: all. The secret is derived from `salt` and
    `secret_number`; the number before it signs as well until `overlap_until`.
    """

    lifecycles = (WEBHOOK_LIFECYCLE,)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    url = models.CharField(max_length=500)
    label = models.CharField(max_length=100, blank=True, db_default="")
    kinds = ArrayField(models.CharField(max_length=60), db_default=[], default=list)
    state = models.CharField(
        max_length=8, choices=WebhookState, default=WebhookState.ACTIVE,
        db_default=WebhookState.ACTIVE,
    )  # fmt: skip
    salt = models.CharField(max_length=32)
    secret_number = models.IntegerField(db_default=1, default=1)
    overlap_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [(f"{verb}_webhook", f"Can {verb} a webhook") for verb in STEPS]
        constraints: ClassVar = [known_states(WEBHOOK_LIFECYCLE, "webhook_state_known")]

    def __str__(self) -> str:
        return f"WH-{self.pk}"

    @property
    def etag(self) -> str:
        """Another secret is another webhook to whoever checks what it signs."""
        return f'"{self.secret_number}-{self.state}"'


class Progress(models.Model):
    """How far a webhook has got: events up to `number` were taken. A cache of now.

    `claim` changes with every attempt and every replay: an attempt that ends after another one
    began, or after the number was put back, changes nothing.
    """

    webhook = models.OneToOneField(
        Webhook, models.PROTECT, primary_key=True, related_name="progress"
    )
    number = models.BigIntegerField(db_default=0)
    claim = models.BigIntegerField(db_default=0)
    claimed_until = models.DateTimeField(null=True)
    failures = models.IntegerField(db_default=0)
    failing_since = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()


class Delivery(models.Model):
    """One attempt: which events, and the receiver's answer or why there was none."""

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries")
    first_number = models.BigIntegerField()
    last_number = models.BigIntegerField()
    events = models.IntegerField()
    attempt = models.IntegerField()
    started_at = models.DateTimeField()
    took_ms = models.IntegerField()
    status = models.SmallIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True, db_default="")
    taken = models.BooleanField()

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["webhook", "id"], name="delivery_of_webhook"),
            models.Index(fields=["started_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"WD-{self.pk}"
