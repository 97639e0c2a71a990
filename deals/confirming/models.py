"""What counterparties sent to confirm deals: documents that never change, each with its state."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from deals.confirming.rules import Verdict
from deals.confirming.state import CONFIRMATION_LIFECYCLE, LIVE, OPEN, ConfirmationState
from refdata.models import Book, Entity, Instrument, Party

STEPS = ("receive", "link", "dispute", "reject", "withdraw")


class ReceivedConfirmation(StatefulModel):
    """One version of their confirmation of one deal, as they told it: `side` is the sender's.

    A changed message of the same reference is the next version, and replaces this one. The deal, with
    the version that was compared, and what came of it are written beside the document by the matching.
    """

    lifecycles = (CONFIRMATION_LIFECYCLE,)
    tagged = ("deal_id", "deal_version")

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+", db_index=False)
    sender = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    their_ref = models.CharField(max_length=64)
    number = models.IntegerField()
    digest = models.BinaryField(max_length=32)
    source = models.CharField(max_length=20)
    raw = models.TextField()

    our_ref = models.CharField(max_length=64, blank=True, db_default="")
    uti = models.CharField(max_length=64, blank=True, db_default="")
    side = models.CharField(max_length=4)
    told = models.CharField(max_length=64)  # the instrument or pair as they name it
    instrument = models.ForeignKey(
        Instrument, models.PROTECT, null=True, related_name="+", db_index=False
    )
    pair = models.CharField(max_length=7, blank=True, db_default="")
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    price = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    trade_date = models.DateField()
    settlement_date = models.DateField()
    place = models.CharField(max_length=64, blank=True, db_default="")
    sent_at = models.DateTimeField(null=True)

    state = models.CharField(
        max_length=10, choices=ConfirmationState, default=ConfirmationState.RECEIVED
    )
    deal = models.ForeignKey(
        "deals.Deal", models.PROTECT, null=True, related_name="received", db_index=False
    )
    deal_version = models.IntegerField(null=True)
    linked = models.BooleanField(db_default=False)  # to this deal, by a person
    verdict = models.CharField(
        max_length=9, choices=[(v, v) for v in Verdict], blank=True, db_default=""
    )
    differences = models.JSONField(db_default=models.Value([], models.JSONField()), default=list)
    causes = models.JSONField(db_default=models.Value([], models.JSONField()), default=list)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )  # nobody: a channel brought it
    received_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [(f"{verb}_confirmation", f"Can {verb}") for verb in STEPS]
        constraints: ClassVar = [
            known_states(CONFIRMATION_LIFECYCLE, "received_state_known"),
            models.UniqueConstraint(
                fields=["entity", "sender", "their_ref", "number"], name="received_version_once"
            ),
            models.UniqueConstraint(
                fields=["entity", "sender", "their_ref", "digest"], name="received_content_once"
            ),
            models.UniqueConstraint(
                fields=["deal"], condition=Q(state="MATCHED"), name="received_matches_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("MATCHED", "MISMATCHED"))
                | Q(deal__isnull=False, deal_version__isnull=False),
                name="received_of_a_deal",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(side__in=("buy", "sell"))
                & (Q(price__isnull=False) | Q(amount__isnull=False)),
                name="received_says_enough",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["entity", "state", "id"], name="received_by_state"),
            models.Index(fields=["sender", "id"], name="received_by_sender"),
            models.Index(
                fields=["deal"], condition=Q(deal__isnull=False), name="received_of_deal"
            ),
            models.Index(
                fields=["entity", "sender", "id"], condition=Q(state__in=OPEN), name="received_open"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"RC-{self.pk}"

    @property
    def is_money(self) -> bool:
        """Money lent: what is dealt is the currency itself."""
        return self.told == self.currency

    @property
    def is_live(self) -> bool:
        return self.state in LIVE
