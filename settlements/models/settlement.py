"""Obligations, the settlements that fulfil them, and evidence."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Least, Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Asset, Book, Entity, Party, Place, StandingInstruction
from settlements.models.checks import PARTS
from settlements.state import (
    CLAIM_LIFECYCLE,
    LIFECYCLES,
    ROLL_UP,
    Approval,
    Cancellation,
    ClaimState,
    Finality,
    Hold,
    Matching,
    Says,
    SettlementStatus,
    Transmission,
)

_ONCE = ("source_type", "source_id", "settlement")  # of an obligation


def _axis(choices: type[models.TextChoices], initial: str) -> models.CharField[str, str]:
    return models.CharField(max_length=16, choices=choices, default=initial, db_default=initial)


class Settlement(StatefulModel):
    """Obligations settled together: one, or securities against money both ways (DVP).

    `delivers` says which way the securities go, seen from the owner; money goes the other way. Of a
    payment the quantity is zero, and `delivers` means that money comes in.
    `book` is that of its deal; empty where it settles for several. `interest` is what of the money is
    interest, below zero where we pay it: it is booked when it is final. With `netted_by` it moves with
    that netting set only, and is final with it.
    `quantity`, `amount` and `interest` are always of the whole; what of them is final is counted beside,
    in parts (`SettlementPart`), and the rest is what is left to settle: a part is no second settlement.
    `minimum` is the least quantity that a part may have (none: one `lot`), `released_quantity` how much
    of a held one may settle in all, from its first unit on (none: nothing while it is held).
    `matched_date` is the day, in the place's own time, on which both sides agreed; `original_due_date`
    that of the obligation where it was instructed anew (penalties count from it). `reason` is why it does not
    settle, in a word; `reasons` all that the market named last (`advising`), the first of them too.
    """

    lifecycles = LIFECYCLES
    over, tagged = ("cancellation", Cancellation.AGREED.value), ("ssi_id",)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+", db_index=False)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    counterparty = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    ssi = models.ForeignKey(StandingInstruction, models.PROTECT, related_name="+", db_index=False)
    ssi_snapshot = models.JSONField(db_default=models.Value({}, models.JSONField()))
    method = models.CharField(max_length=4)
    delivers = models.BooleanField()
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    money_asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    interest = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    settled_quantity = models.DecimalField(max_digits=28, decimal_places=8, db_default=0)
    settled_amount = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    settled_interest = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    partial_allowed = models.BooleanField(db_default=False)
    minimum = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    lot = models.DecimalField(max_digits=28, decimal_places=8, db_default=1)
    released_quantity = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    due_date = models.DateField()
    original_due_date = models.DateField(null=True)
    priority = models.SmallIntegerField(db_default=5)
    matched_date = models.DateField(null=True)
    settled_date = models.DateField(null=True)
    reason = models.CharField(max_length=12, blank=True, db_default="")
    reasons = ArrayField(
        models.CharField(max_length=12),
        db_default=Value([], ArrayField(models.CharField(max_length=12))),
    )
    skipped_runs = models.SmallIntegerField(db_default=0)
    shape = models.SmallIntegerField(
        db_default=0
    )  # which of the shapes of its set; 0: there is one
    netted_by = models.ForeignKey(
        "settlements.NettingSet", models.PROTECT, null=True, related_name="+", db_index=False
    )
    prepared_at = models.DateTimeField(db_default=Now())

    approval = _axis(Approval, Approval.PREPARED)
    transmission = _axis(Transmission, Transmission.NONE)
    matching = _axis(Matching, Matching.UNMATCHED)
    hold = _axis(Hold, Hold.NONE)
    settlement = _axis(Finality, Finality.PENDING)
    cancellation = _axis(Cancellation, Cancellation.NONE)
    status = models.GeneratedField(
        expression=Case(
            *(When(**{axis: value}, then=Value(str(status))) for axis, value, status in ROLL_UP),
            default=Value(str(SettlementStatus.PREPARED)),
        ),
        output_field=models.CharField(max_length=20, choices=SettlementStatus),
        db_persist=True,
    )

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            *(known_states(each, f"settlement_{each.column}_known") for each in LIFECYCLES),
            models.UniqueConstraint(
                fields=[
                    "source_type",
                    "source_id",
                    "method",
                    "asset",
                    "money_asset",
                    "due_date",
                    "shape",
                ],
                condition=~Q(cancellation="AGREED"),
                name="settlement_live_once",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0) & Q(amount__gte=0), name="settlement_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(settlement="SETTLED") | Q(settled_date__isnull=False),
                name="settlement_settled_has_date",
            ),
            *PARTS,
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["place", "entity", "due_date", "id"],
                condition=~Q(settlement="SETTLED") & ~Q(cancellation="AGREED"),
                name="settlement_open",
            ),
            # What matched after its date is penalised on that day, whatever became of it since.
            models.Index(
                fields=["entity", "matched_date"],
                condition=Q(matched_date__gt=Least("due_date", "original_due_date")),
                name="settlement_matched_late",
            ),
            # A deal is asked about by its live settlements, and by those that were cancelled after a part.
            models.Index(
                fields=["source_type", "source_id"],
                condition=Q(settlement="PARTIAL"),
                name="settlement_in_parts",
            ),
            models.Index(
                fields=["netted_by"],
                condition=Q(netted_by__isnull=False),
                name="settlement_netted",
            ),
        ]
        permissions: ClassVar = [
            (f"{name}_settlement", f"Can {name}")
            for name in (
                "release", "reject", "repair", "enrich", "match", "hold", "unhold", "release_part",
                "cancel", "run", "prioritise", "allow_parts", "link",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"S-{self.pk}"


class PaymentDeadline(models.Model):
    """Until when we can stop a payment out of our account at a place: in its own time. Dated.

    The time is that of the due date, or of so many business days before. A currency's row comes first.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, blank=True, db_default="")
    stop_by = models.TimeField()
    days_before = models.SmallIntegerField(db_default=0)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["place", "currency", "valid_from"], name="paymentdeadline_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="paymentdeadline_dated",
            ),
            models.CheckConstraint(
                condition=Q(days_before__gte=0) & Q(days_before__lte=5),
                name="paymentdeadline_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.currency or '*'} {self.stop_by}"


class Obligation(models.Model):
    """What must be settled with whom, from a flow or fee; once more after its settlement is cancelled."""

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, related_name="obligations"
    )
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    direction = models.CharField(max_length=8)
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    due_date = models.DateField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=_ONCE, nulls_distinct=False, name="obligation_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="obligation_positive"),
        ]


class Evidence(models.Model):
    """What proved that a settlement is final: whose word, which message or document, when."""

    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=20)
    reference = models.CharField(max_length=120)
    settled_at = models.DateTimeField()
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    details = models.JSONField(db_default=models.Value({}, models.JSONField()))
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["settlement", "kind", "reference"], name="evidence_once"
            )
        ]


class EvidenceClaim(StatefulModel):
    """A document that shows, as a person says, what became of a settlement, until other eyes accept it.

    `settled_at` is when it was settled, or when a request to cancel it was answered; `quantity` how much of
    it, where the document shows a part (none: all that is left).
    """

    lifecycles = (CLAIM_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="claims")
    document = models.CharField(max_length=120)
    says = models.CharField(max_length=14, choices=Says, default=Says.SETTLED, db_default="SETTLED")
    settled_at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    state = models.CharField(max_length=10, choices=ClaimState, default=ClaimState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("propose_evidence", "Can record a document as evidence"),
            ("accept_evidence", "Can accept a document as evidence"),
            ("decline_evidence", "Can decline a document as evidence"),
        ]
        constraints: ClassVar = [
            known_states(CLAIM_LIFECYCLE, "evidenceclaim_state_known"),
            models.CheckConstraint(
                condition=Q(says__in=Says.values), name="evidenceclaim_says_known"
            ),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True) | Q(quantity__gt=0, says="SETTLED"),
                name="evidenceclaim_part",
            ),
            models.UniqueConstraint(
                fields=["settlement"], condition=Q(state="PROPOSED"), name="evidenceclaim_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"EV-{self.pk}"
