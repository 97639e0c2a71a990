"""Limits, what is reserved under them, and what went beyond."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs, Now

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.models import StatefulModel, known_states
from limits.state import (
    BREACH_LIFECYCLE,
    LIVE_BREACHES,
    POSITIONS,
    SIGNED,
    BreachCause,
    BreachState,
    LimitKind,
    ReservationState,
    Tenor,
)
from refdata.models import Book, Entity, Instrument, Party, PartyGroup


class LimitClosed(Conflict):
    code = "limit-closed"
    title = gettext_noop("The limit is closed")
    detail = gettext_noop("%(limit)s caps nothing any more.")
    hint = gettext_noop("Propose a new limit.")


class Limit(models.Model):
    """A cap on a number. `used` is committed by deals, `reserved` is held for a while before them.

    Which deals it concerns: those of its book, party or whatever it names; a key left empty says
    "any". A limit of a group of parties is used by the deals with every member.
    Of a position `net` is the signed sum of what deals add, and `used` its absolute value. A trigger
    keeps both: whoever adds to `used` adds a contribution with its sign.
    `override` is the sum of the overrides in force, a cache that is right before `override_until`
    (always, when that is empty); whoever reads headroom later counts them anew.
    `bound` is what a dated rule allows at most; where people `decided` more, the cap is the bound.
    One that is closed (`closed_at`) caps nothing any more and concerns no deal.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="limits")
    kind = models.CharField(max_length=32, choices=LimitKind)
    name = models.CharField(max_length=120)
    book = models.ForeignKey(Book, models.PROTECT, null=True, blank=True, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(PartyGroup, models.PROTECT, null=True, blank=True, related_name="+")
    instrument = models.ForeignKey(
        Instrument, models.PROTECT, null=True, blank=True, related_name="+"
    )
    trader = models.CharField(max_length=64, blank=True, db_default="")
    tenor = models.CharField(max_length=10, choices=Tenor, blank=True, db_default="")
    nostro_currency = models.CharField(max_length=3, blank=True, db_default="")
    currency = models.CharField(max_length=3)
    cap = models.DecimalField(max_digits=24, decimal_places=4)
    used = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    net = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    reserved = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    excess = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    override = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    override_until = models.DateTimeField(null=True)
    bound = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    decided = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    defined_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "entity",
                    "kind",
                    "book",
                    "party",
                    "group",
                    "instrument",
                    "trader",
                    "tenor",
                    "nostro_currency",
                ],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="limit_once",
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0) & Q(reserved__gte=0) & Q(excess__gte=0) & Q(cap__gte=0),
                name="limit_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(used__lte=F("cap") + F("override") + F("excess") - F("reserved")),
                name="limit_not_exceeded",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=POSITIONS) | Q(used=Abs("net")),
                name="limit_position_is_net",
            ),
            models.CheckConstraint(
                condition=~Q(kind=LimitKind.OPEN_CURRENCY_POSITION)
                | Q(currency=F("nostro_currency")),
                name="limit_position_in_its_currency",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=POSITIONS) | Q(net=0), name="limit_net_of_positions"
            ),
        ]
        permissions: ClassVar = [
            ("check_limit", "Can ask what a deal would need"),
            ("reserve_limit", "Can reserve before a deal"),
            ("try_limit", "Can try what would become of limits"),
        ]

    def __str__(self) -> str:
        return self.name

    def require_open(self) -> None:
        """Raises LimitClosed where its end has come."""
        if self.closed_at is not None:
            raise LimitClosed(limit=f"L-{self.pk}")


class Reservation(models.Model):
    """Room under one limit taken by one source. Release gives back exactly `amount`.

    `basis` names the prices and rates (`P12 R7`) that the amount was last worked out with; empty
    while it is as it was taken. `day` is the settlement date it belongs to, where it has one.
    """

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="reservations", db_index=False)
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    state = models.CharField(max_length=10, choices=ReservationState)
    expires_at = models.DateTimeField(null=True)
    basis = models.CharField(max_length=120, null=True)
    day = models.DateField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            # Only what a deal adds to a position, and what is held, has a sign.
            models.CheckConstraint(
                condition=Q(amount__gte=0) | Q(source_type__in=SIGNED),
                name="reservation_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReservationState.values), name="reservation_state_known"
            ),
            models.UniqueConstraint(
                fields=["source_type", "source_id", "limit"], name="reservation_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"], condition=Q(state="HELD"), name="reservation_held_until"
            ),
        ]


class Hold(models.Model):
    """A reservation asked for ahead of a deal: it lives until its time, a deal or a release."""

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())


class Breach(StatefulModel):
    """An exposure above its limit, awaiting a decision by risk: since when, by how much, why.

    `source_*` is what caused it: a deal, or the limit itself when nothing new was taken.
    """

    lifecycles = (BREACH_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+")
    limit = models.ForeignKey(Limit, models.PROTECT, related_name="breaches")
    cause = models.CharField(max_length=10, choices=BreachCause, db_default=BreachCause.DEAL)
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    state = models.CharField(
        max_length=10, choices=BreachState, default=BreachState.OPEN, db_default=BreachState.OPEN
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [("explain_breach", "Can explain a breach")]
        constraints: ClassVar = [
            known_states(BREACH_LIFECYCLE, "breach_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=LIVE_BREACHES, closed_at__isnull=True)
                | (~Q(state__in=LIVE_BREACHES) & Q(closed_at__isnull=False)),
                name="breach_closed_has_time",
            ),
            models.UniqueConstraint(
                fields=["limit", "source_type", "source_id"],
                condition=Q(state__in=LIVE_BREACHES),
                name="breach_live_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source_type", "source_id"], name="breach_of_source"),
        ]

    def __str__(self) -> str:
        return f"BR-{self.pk}"
