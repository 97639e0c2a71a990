"""Deals, their versions and flows, and what came in and could not be booked yet."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from deals.confirming.models import ReceivedConfirmation as ReceivedConfirmation
from deals.state import (
    CANCEL_LIFECYCLE,
    DEAL_LIFECYCLE,
    INBOUND_LIFECYCLE,
    CancelState,
    DealState,
    InboundState,
)
from refdata.models import Asset, Book, Entity, Instrument, Party

# What a deal in money alone keeps as its price: it may be below zero (decision 0161).
_RATE = Cast(
    KeyTextTransform("rate", "details"), models.DecimalField(max_digits=28, decimal_places=12)
)


class Stage(models.TextChoices):
    """Whether a deal may still be refused, or is a legal obligation already."""

    PROPOSED = "proposed"
    EXECUTED = "executed"


class Capacity(models.TextChoices):
    OWN = "OWN"
    CLIENT = "CLIENT"
    AGENT = "AGENT"


class Side(models.TextChoices):
    BUY = "buy"
    SELL = "sell"
    PLACE = "place"  # money: to place it, or to take it
    TAKE = "take"


class Direction(models.TextChoices):
    """Which way an asset moves, seen from the owner of the deal."""

    RECEIVE = "RECEIVE"
    DELIVER = "DELIVER"
    PAY = "PAY"


class FlowKind(models.TextChoices):
    PRINCIPAL = "PRINCIPAL"
    ACCRUED = "ACCRUED"  # what a bond has accrued, paid with its price
    INTEREST = "INTEREST"
    TAX = "TAX"  # of the counterparty, withheld from what we pay
    FEE = "FEE"


class Deal(StatefulModel):
    """A deal: who, what and when. Its economics are in its versions, its state is a cache of now."""

    lifecycles = (DEAL_LIFECYCLE, CANCEL_LIFECYCLE)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    book = models.ForeignKey(Book, models.PROTECT, related_name="+", db_index=False)
    external_ref = models.CharField(max_length=64)
    product = models.CharField(max_length=20)
    stage = models.CharField(max_length=8, choices=Stage)
    capacity = models.CharField(max_length=6, choices=Capacity)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    counterparty = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    instrument = models.ForeignKey(
        Instrument, models.PROTECT, null=True, related_name="+", db_index=False
    )
    trade_date = models.DateField()
    due_date = models.DateField()
    state = models.CharField(max_length=16, choices=DealState, default=DealState.CAPTURED)
    cancellation = models.CharField(
        max_length=16, choices=CancelState, default=CancelState.NONE, db_default=CancelState.NONE
    )
    version = models.IntegerField(db_default=1)
    block = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="parts", db_index=False
    )
    breached = models.BooleanField(db_default=False)
    captured_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    captured_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "external_ref"], name="deal_external_ref"),
            known_states(DEAL_LIFECYCLE, "deal_state_known"),
            known_states(CANCEL_LIFECYCLE, "deal_cancellation_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["entity", "state", "id"], name="deal_by_state"),
            models.Index(fields=["counterparty", "id"], name="deal_by_counterparty"),
            models.Index(
                fields=["block", "id"], condition=Q(block__isnull=False), name="deal_of_block"
            ),
        ]
        permissions: ClassVar = [
            ("capture_deal", "Can capture"),
            *(
                (f"{name}_deal", f"Can {name}")
                for name in (
                    "confirm",
                    "approve",
                    "take_step",
                    "reject",
                    "amend",
                    "cancel",
                    "agree_cancel",
                    "approve_cancel",
                    "deny_cancel",
                    "withdraw_cancel",
                    "allocate",
                    "reinstruct",
                    "undo_allocation",
                )
            ),
            ("repair_inbound", "Can repair what came in"),
        ]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"D-{self.pk}"


class DealVersion(models.Model):
    """The economics of a deal as agreed at one time. Never edited: an amendment is a new version.

    `head_before` is who, what and when the deal had until then, by the names of its columns; of the
    present version they stand in the deal itself.
    """

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="versions", db_index=False)
    number = models.IntegerField()
    side = models.CharField(max_length=5, choices=Side)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    price = models.DecimalField(max_digits=28, decimal_places=12)
    currency = models.CharField(max_length=3)
    gross_amount = models.DecimalField(max_digits=24, decimal_places=4)
    net_amount = models.DecimalField(max_digits=24, decimal_places=4)
    method = models.CharField(max_length=4)
    traded_at = models.DateTimeField()
    details = models.JSONField(db_default=models.Value({}, models.JSONField()))
    head_before = models.JSONField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deal", "number"], name="dealversion_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0)
                & Q(gross_amount__gte=0)
                & (Q(price__gte=0) | Q(details__has_key="rate", price=_RATE)),
                name="dealversion_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"D-{self.deal_id} v{self.number}"


class Flow(models.Model):
    """One thing due under a version of a deal: direction, asset, quantity, date."""

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="flows", db_index=False)
    version = models.IntegerField()
    kind = models.CharField(max_length=10, choices=FlowKind)
    direction = models.CharField(max_length=8, choices=Direction)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    due_date = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="flow_quantity_positive"),
        ]
        indexes: ClassVar = [models.Index(fields=["deal", "version"], name="flow_of_deal")]


class Confirmation(models.Model):
    """How the counterparty agreed to one version of a deal, and what shows it."""

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="confirmations")
    version = models.IntegerField()
    how = models.CharField(max_length=16)
    evidence = models.CharField(max_length=500, blank=True, db_default="")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField(db_default=Now())


class Inbound(StatefulModel):
    """An executed deal as received, with what could not be resolved. Counted, never lost.

    `entity` and `book` are empty while the book it names is not known, or it names none.
    """

    lifecycles = (INBOUND_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, null=True, related_name="+")
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+", db_index=False)
    external_ref = models.CharField(max_length=64)
    source = models.CharField(max_length=140, blank=True, db_default="")  # of a log: its session
    raw = models.TextField(blank=True, db_default="")  # as received, where that is no JSON
    body = models.TextField()
    problems = models.JSONField()
    amount = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    currency = models.CharField(max_length=12, blank=True, db_default="")
    state = models.CharField(max_length=10, choices=InboundState, default=InboundState.REPAIR)
    deal = models.ForeignKey(Deal, models.PROTECT, null=True, related_name="inbound")
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            known_states(INBOUND_LIFECYCLE, "inbound_state_known"),
            models.UniqueConstraint(
                fields=["received_by", "external_ref"], name="inbound_external_ref"
            ),
            # Of a session it is there once, whoever brings the log.
            models.UniqueConstraint(
                fields=["source", "external_ref"],
                condition=~Q(source=""),
                name="inbound_of_source",
            ),
        ]

    def __str__(self) -> str:
        return f"I-{self.pk}"


class BulkRequest(models.Model):
    """A file of deals being taken in: how far it has come, so that a repeated request goes on."""

    caller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.BinaryField(max_length=32)
    next_index = models.IntegerField(db_default=0)
    accepted = models.IntegerField(db_default=0)
    refused = models.IntegerField(db_default=0)
    duplicates = models.IntegerField(db_default=0)
    repair = models.IntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["caller", "key"], name="bulkrequest_once"),
        ]


class BulkChunk(models.Model):
    """What became of the rows of a chunk, as they are answered; written in the chunk's transaction."""

    request = models.ForeignKey(BulkRequest, models.CASCADE, related_name="chunks")
    first_index = models.IntegerField()
    rows = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "first_index"], name="bulkchunk_once"),
        ]


class Revaluation(models.Model):
    """Exposures to be worked out anew: prices of these instruments, rates, or limits (`everything`) were added."""

    instruments = ArrayField(models.BigIntegerField(), default=list)
    rates = models.BooleanField(default=False)
    everything = models.BooleanField(default=False, db_default=False)
    asked_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    changed = models.IntegerField(db_default=0)
    alarms = models.IntegerField(db_default=0)

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(done_at=None), name="revaluation_waiting"),
        ]


# The models of the parts that are packages of their own; Django finds them here.
from deals.checks import models as checks  # noqa: E402, F401
from deals.importing import models as importing  # noqa: E402, F401
