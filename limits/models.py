"""Limits, what is reserved under them, and what went beyond."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from limits.state import LimitKind, ReservationState
from refdata.models import Book, Entity, Party


class Limit(models.Model):
    """A cap on a number. `used` is committed by deals, `reserved` is held for a while before them.

    Which deals it concerns: those of its book, party or currency; a key left empty says "any".
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="limits")
    kind = models.CharField(max_length=32, choices=LimitKind)
    name = models.CharField(max_length=120)
    book = models.ForeignKey(Book, models.PROTECT, null=True, blank=True, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, related_name="+")
    nostro_currency = models.CharField(max_length=3, blank=True, db_default="")
    currency = models.CharField(max_length=3)
    cap = models.DecimalField(max_digits=24, decimal_places=4)
    used = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    reserved = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    excess = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    override = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "kind", "book", "party", "nostro_currency"],
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
        ]
        permissions: ClassVar = [
            ("check_limit", "Can ask what a deal would need"),
            ("reserve_limit", "Can reserve before a deal"),
            ("override_limit", "Can override a limit"),
        ]

    def __str__(self) -> str:
        return self.name


class AddOn(models.Model):
    """The share of the notional that counts before settlement, by product and method, dated."""

    product = models.CharField(max_length=20)
    method = models.CharField(max_length=4)
    rate = models.DecimalField(max_digits=28, decimal_places=12)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "method", "valid_from"], name="addon_once"),
        ]


class Reservation(models.Model):
    """Room under one limit taken by one source. Release gives back exactly `amount`."""

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="reservations", db_index=False)
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    state = models.CharField(max_length=10, choices=ReservationState)
    expires_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="reservation_not_negative"),
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


class Breach(models.Model):
    """A binding exposure above its limit, awaiting a decision by risk."""

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="breaches")
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["source_type", "source_id"], name="breach_of_source"),
        ]
