"""Links between settlements, and their ends: each a fact."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from settlements.models.settlement import Settlement
from settlements.state import LinkKind


class SettlementLink(models.Model):
    """Two settlements that belong together: `linked_with` finds both ways. Never edited.

    WITH: both are released, or neither; then each is final by itself (FX without payment versus payment).
    BEFORE: the first settles before the second; what a person calls *after* is stored the other way round.
    `number` counts the links of a kind between two: a further one only when the one before it has ended.
    `given_by` is empty where preparing linked them.
    """

    first = models.ForeignKey(Settlement, models.PROTECT, related_name="+")
    second = models.ForeignKey(Settlement, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=LinkKind, default=LinkKind.WITH)
    number = models.SmallIntegerField(db_default=1)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    given_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=LinkKind.values) & ~Q(first=F("second")), name="link_known"
            ),
            # The lower key is the first of those that go together, so that a pair is there once.
            models.CheckConstraint(
                condition=~Q(kind="WITH") | Q(first__lt=F("second")), name="link_lower_first"
            ),
            models.UniqueConstraint(fields=["first", "second", "kind", "number"], name="link_once"),
        ]


class LinkEnd(models.Model):
    """That a link holds no more: who ended it, and why. A fact of its own, so that a link is never edited."""

    link = models.OneToOneField(SettlementLink, models.PROTECT, related_name="end")
    reason = models.CharField(max_length=500, blank=True, db_default="")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
