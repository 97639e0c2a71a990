"""What one person proposes about limits and another approves: more room, another cap, a new limit, its end."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.workflow.models import StatefulModel, known_states
from limits.models.limits import Limit
from limits.state import (
    CAP_LIFECYCLE,
    CLOSING_LIFECYCLE,
    OPENING_LIFECYCLE,
    OVERRIDE_LIFECYCLE,
    ChangeState,
    LimitKind,
    Tenor,
)
from refdata.models import Book, Entity, Instrument, Party, PartyGroup


class LimitChange(StatefulModel):
    """What one person proposes to do about a limit and another approves: from when, why."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    reason = models.CharField(max_length=500)
    document = models.CharField(max_length=120, blank=True, db_default="")
    state = models.CharField(
        max_length=10, choices=ChangeState, default=ChangeState.PROPOSED,
        db_default=ChangeState.PROPOSED,
    )  # fmt: skip
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        abstract = True


class Override(LimitChange):
    """More room under a limit for a while. Counts only while in force: never before, never after."""

    lifecycles = (OVERRIDE_LIFECYCLE,)

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="overrides")
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    valid_until = models.DateTimeField()

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_override", f"Can {verb} an override")
            for verb in ("propose", "approve", "decline", "withdraw")
        ]
        constraints: ClassVar = [
            known_states(OVERRIDE_LIFECYCLE, "override_state_known"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="override_positive"),
            models.CheckConstraint(
                condition=Q(valid_until__gt=F("valid_from")), name="override_ends_later"
            ),
            models.CheckConstraint(
                condition=~Q(state="IN_FORCE")
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="override_other_eyes",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["valid_until"],
                condition=Q(state__in=("PROPOSED", "APPROVED", "IN_FORCE")),
                name="override_to_expire",
            ),
        ]

    def __str__(self) -> str:
        return f"OV-{self.pk}"


class CapChange(LimitChange):
    """Another cap for a limit, for good: from its time until the next one."""

    lifecycles = (CAP_LIFECYCLE,)

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="caps")
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    before = models.DecimalField(max_digits=24, decimal_places=4, null=True)

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_cap", f"Can {verb} a cap")
            for verb in ("propose", "approve", "decline", "withdraw")
        ]
        constraints: ClassVar = [
            known_states(CAP_LIFECYCLE, "cap_state_known"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="cap_not_negative"),
            models.CheckConstraint(
                condition=~Q(state="IN_FORCE")
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="cap_other_eyes",
            ),
            models.UniqueConstraint(
                fields=["limit"], condition=Q(state="IN_FORCE"), name="cap_one_in_force"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["valid_from"], condition=Q(state="APPROVED"), name="cap_to_apply"),
        ]

    def __str__(self) -> str:
        return f"LC-{self.pk}"


class Opening(LimitChange):
    """A limit that is to be: of what, for whom, how much (`amount`); `limit` is what came of it.

    What it is about has the columns of `Limit`: which of them, its kind says.
    """

    lifecycles = (OPENING_LIFECYCLE,)

    kind = models.CharField(max_length=32, choices=LimitKind)
    name = models.CharField(max_length=120)
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    group = models.ForeignKey(PartyGroup, models.PROTECT, null=True, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+")
    trader = models.CharField(max_length=64, blank=True, db_default="")
    tenor = models.CharField(max_length=10, choices=Tenor, blank=True, db_default="")
    nostro_currency = models.CharField(max_length=3, blank=True, db_default="")
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    limit = models.OneToOneField(Limit, models.PROTECT, null=True, related_name="opening")

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_opening", f"Can {verb} a new limit")
            for verb in ("propose", "approve", "decline", "withdraw")
        ]
        constraints: ClassVar = [
            known_states(OPENING_LIFECYCLE, "opening_state_known"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="opening_not_negative"),
            models.CheckConstraint(
                condition=Q(state="IN_FORCE", limit__isnull=False)
                | (~Q(state="IN_FORCE") & Q(limit__isnull=True)),
                name="opening_has_its_limit",
            ),
            models.CheckConstraint(
                condition=~Q(state="IN_FORCE")
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="opening_other_eyes",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["valid_from"], condition=Q(state="APPROVED"), name="opening_to_apply"
            ),
        ]

    def __str__(self) -> str:
        return f"LO-{self.pk}"


class Closing(LimitChange):
    """The end of a limit, for good: from then on it caps nothing."""

    lifecycles = (CLOSING_LIFECYCLE,)

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="closings")

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_closing", f"Can {verb} the closing of a limit")
            for verb in ("propose", "approve", "decline", "withdraw")
        ]
        constraints: ClassVar = [
            known_states(CLOSING_LIFECYCLE, "closing_state_known"),
            models.CheckConstraint(
                condition=~Q(state="IN_FORCE")
                | (Q(approved_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
                name="closing_other_eyes",
            ),
            models.UniqueConstraint(
                fields=["limit"],
                condition=Q(state__in=("PROPOSED", "APPROVED", "IN_FORCE")),
                name="closing_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["valid_from"], condition=Q(state="APPROVED"), name="closing_to_apply"
            ),
        ]

    def __str__(self) -> str:
        return f"LE-{self.pk}"
