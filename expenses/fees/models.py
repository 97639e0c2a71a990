"""What fees were accrued for, what others bill with what differs, and what we bill."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from expenses.fees.state import (
    BREAK_LIFECYCLE,
    INVOICE_LIFECYCLE,
    STATEMENT_LIFECYCLE,
    BreakState,
    Cause,
    Difference,
    FeeSide,
    InvoiceState,
    StatementState,
)
from refdata.models import Book, Entity, FeeSchedule, Party, Place


def _whose(*, null: bool = False) -> models.ForeignKey[Party, Party]:
    return models.ForeignKey(Party, models.PROTECT, null=null, related_name="+", db_index=False)


class FeeAccrual(models.Model):
    """What one cause costs or earns by one schedule. Never edited: what changes is taken back and accrued anew.

    `amount` is `net` and `vat` together, below zero where it is given back: a rebate, or what is taken back
    (`reverses`). `version` is that of the cause: of a deal its own, else how often it was accrued.
    `measure` is what the schedule was applied to. `due_month` is the month that is billed.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    schedule = models.ForeignKey(
        FeeSchedule, models.PROTECT, null=True, related_name="+", db_index=False
    )
    side = models.CharField(max_length=7, choices=FeeSide)
    party = _whose()
    owner = _whose()
    book = models.ForeignKey(Book, models.PROTECT, null=True, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    cause = models.CharField(max_length=10, choices=Cause)
    cause_id = models.BigIntegerField()
    version = models.IntegerField()
    accrued_on = models.DateField()
    due_month = models.DateField()
    measure = models.DecimalField(max_digits=32, decimal_places=8)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    net = models.DecimalField(max_digits=24, decimal_places=4)
    vat = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    currency = models.CharField(max_length=3)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    reason = models.CharField(max_length=120, blank=True, db_default="")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [("view_fee", "Can read fees")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["schedule", "cause", "cause_id", "owner", "version"],
                condition=Q(reverses__isnull=True), nulls_distinct=False, name="feeaccrual_once",
            ),
            models.CheckConstraint(condition=Q(amount=F("net") + F("vat")), name="feeaccrual_sums"),
            models.CheckConstraint(
                condition=Q(due_month__day=1) & ~Q(amount=0), name="feeaccrual_of_something"
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["entity", "due_month", "party"], name="feeaccrual_by_month"),
            models.Index(fields=["cause", "cause_id"], name="feeaccrual_of_cause"),
        ]

    def __str__(self) -> str:
        return f"FA-{self.pk}"


class FeeStatement(StatefulModel):
    """What a venue, broker or depository bills of a month: one after the other is numbered, the last counts.

    `sha256` is of its lines: the same statement again is the same one. `total` is what it says itself.
    """

    lifecycles = (STATEMENT_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    party = _whose()
    month = models.DateField()
    number = models.SmallIntegerField()
    document = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=StatementState, default=StatementState.RECEIVED)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("receive_feestatement", "Can bring a bill of fees"),
            ("agree_feestatement", "Can agree to a bill of fees"),
            ("decline_feestatement", "Can decline a bill of fees"),
        ]
        constraints: ClassVar = [
            known_states(STATEMENT_LIFECYCLE, "feestatement_state_known"),
            models.UniqueConstraint(
                fields=["entity", "party", "month", "number"], name="feestatement_once"
            ),
            models.UniqueConstraint(
                fields=["entity", "party", "month", "sha256"],
                condition=~Q(state="DECLINED"), name="feestatement_same_once",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="feestatement_month_begins"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"FS-{self.pk}"


class FeeLine(models.Model):
    """One line of what is billed, as it came. Never edited.

    `about` says what it is for as we know it: `D-12`, `S-5`, the kind of a fee of the whole month
    (`#CUSTODY`), or theirs (`?X-1`) where nothing of ours has that name.
    """

    statement = models.ForeignKey(
        FeeStatement, models.PROTECT, related_name="lines", db_index=False
    )
    number = models.IntegerField()
    their_ref = models.CharField(max_length=60, blank=True)
    about = models.CharField(max_length=70)
    kind = models.CharField(max_length=20, blank=True)
    day = models.DateField(null=True)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    currency = models.CharField(max_length=3)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "number"], name="feeline_once"),
        ]


class FeeBreak(StatefulModel):
    """What is billed for one thing, and what we have accrued for it: not the same.

    Until `appeal_by` they hear us.
    """

    lifecycles = (BREAK_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    party = _whose()
    month = models.DateField()
    statement = models.ForeignKey(FeeStatement, models.PROTECT, related_name="breaks")
    about = models.CharField(max_length=70)
    what = models.CharField(max_length=10, choices=Difference)
    ours = models.DecimalField(max_digits=24, decimal_places=4)
    theirs = models.DecimalField(max_digits=24, decimal_places=4)
    currency = models.CharField(max_length=3)
    appeal_by = models.DateField()
    accepted = models.IntegerField(db_default=0)  # how often: each is accrued once
    state = models.CharField(max_length=8, choices=BreakState, default=BreakState.OPEN)
    opened_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("appeal_feebreak", "Can appeal against a bill of fees"),
            ("accept_feebreak", "Can accept a fee as it is billed"),
            ("win_feebreak", "Can record that our fee is right"),
        ]
        constraints: ClassVar = [
            known_states(BREAK_LIFECYCLE, "feebreak_state_known"),
            models.UniqueConstraint(
                fields=["entity", "party", "month", "about", "currency"], name="feebreak_once"
            ),
            models.CheckConstraint(
                condition=~Q(ours=F("theirs")) | Q(state__in=["ACCEPTED", "WON", "VOID"]),
                name="feebreak_differs",
            ),
        ]

    def __str__(self) -> str:
        return f"FB-{self.pk}"

    @property
    def against_us(self) -> object:
        """Above zero more is billed than we have accrued."""
        return self.theirs - self.ours


class FeeInvoice(StatefulModel):
    """What we charge a party for a month in one currency: proposed by one person, issued and numbered by another."""

    lifecycles = (INVOICE_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    party = _whose()
    month = models.DateField()
    currency = models.CharField(max_length=3)
    net = models.DecimalField(max_digits=24, decimal_places=4)
    vat = models.DecimalField(max_digits=24, decimal_places=4)
    total = models.DecimalField(max_digits=24, decimal_places=4)
    number = models.CharField(max_length=40, blank=True, db_default="")
    state = models.CharField(max_length=8, choices=InvoiceState, default=InvoiceState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_feeinvoice", f"Can {verb} an invoice of fees")
            for verb in ("propose", "issue", "decline")
        ]
        constraints: ClassVar = [
            known_states(INVOICE_LIFECYCLE, "feeinvoice_state_known"),
            models.CheckConstraint(
                condition=Q(total=F("net") + F("vat")) & Q(total__gt=0), name="feeinvoice_sums"
            ),
            models.CheckConstraint(
                condition=~Q(state="ISSUED") | ~Q(number=""), name="feeinvoice_issued_has_number"
            ),
        ]

    def __str__(self) -> str:
        return f"FI-{self.pk}"


class FeeInvoiceLine(models.Model):
    """An accrual in an invoice: in one at a time, and in no other once that is issued."""

    invoice = models.ForeignKey(FeeInvoice, models.PROTECT, related_name="lines")
    accrual = models.ForeignKey(FeeAccrual, models.PROTECT, related_name="+")
    given_up = models.BooleanField(db_default=False)  # the invoice was declined

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["accrual"], condition=Q(given_up=False), name="feeinvoiceline_once"
            ),
        ]
