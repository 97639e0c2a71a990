"""Contracts with suppliers and what they bill; what every cost came to, by month and centre; what was paid."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from expenses.centres import CostCentre
from expenses.costs.expecting import PERIODS
from expenses.costs.state import (
    BOUGHT_CHOICES,
    CONTRACT_LIFECYCLE,
    SUPPLIER_INVOICE_LIFECYCLE,
    ContractState,
    CostKind,
    FoundBy,
    Source,
    SupplierInvoiceState,
    Unexplained,
)
from reconciliation.models import StatementLine
from refdata.models import Agreement, Entity, Party


def money(**more: object) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(max_digits=24, decimal_places=4, **more)  # type: ignore[arg-type]


class CostContract(StatefulModel):
    """What an agreement of the register obliges an entity to pay, proposed by one person and signed in by another.

    `amount` is for `per_months` calendar months. Its last day is the one before `valid_until`. What changes is another
    contract under the same agreement; the one before it ends.
    """

    lifecycles = (CONTRACT_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=13, choices=BOUGHT_CHOICES)
    subject = models.CharField(max_length=200)
    centre = models.ForeignKey(
        CostCentre, models.PROTECT, null=True, related_name="+", db_index=False
    )
    currency = models.CharField(max_length=3)
    amount = money()
    per_months = models.SmallIntegerField()
    service = models.CharField(max_length=20, blank=True, db_default="")
    vat_on_top = models.BooleanField(db_default=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    due_day = models.SmallIntegerField()
    in_advance = models.BooleanField(db_default=False)
    index = models.DecimalField(max_digits=9, decimal_places=6, db_default=0)
    indexed_from = models.DateField(null=True)
    tolerance = models.DecimalField(max_digits=9, decimal_places=6, db_default=0)
    notice_days = models.SmallIntegerField(db_default=0)
    state = models.CharField(max_length=8, choices=ContractState, default=ContractState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("view_cost", "Can read contracts, invoices and what the firm spends"),
            *((f"{verb}_costcontract", f"Can {verb} a contract with a supplier")
              for verb in ("propose", "sign", "decline", "end")),
        ]  # fmt: skip
        constraints: ClassVar = [
            known_states(CONTRACT_LIFECYCLE, "costcontract_state_known"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, per_months__in=PERIODS, due_day__range=(1, 31)),
                name="costcontract_of_something",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="costcontract_some_days",
            ),
            models.CheckConstraint(
                condition=Q(indexed_from__isnull=True, index=0)
                | Q(indexed_from__isnull=False, indexed_from__day=1)
                & ~Q(index=0)
                & Q(index__gt=-1),
                name="costcontract_index_from_a_month",
            ),
            models.CheckConstraint(
                condition=Q(tolerance__gte=0, tolerance__lt=1, notice_days__gte=0),
                name="costcontract_tolerance_is_a_share",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "party"], name="costcontract_of_party")]

    def __str__(self) -> str:
        return f"CT-{self.pk}"


class SupplierInvoice(StatefulModel):
    """What a supplier bills for some months, matched with a contract, or with the reason why it is not explained.

    `contract_number` is the one that it names. `month_until` is its last month. `total` is `net` and `vat` together.
    """

    lifecycles = (SUPPLIER_INVOICE_LIFECYCLE,)

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=60)
    dated = models.DateField()
    contract_number = models.CharField(max_length=64, blank=True, db_default="")
    month_from = models.DateField()
    month_until = models.DateField()
    currency = models.CharField(max_length=3)
    net = money()
    vat = money()
    total = money()
    contract = models.ForeignKey(CostContract, models.PROTECT, null=True, related_name="invoices")
    found_by = models.CharField(max_length=6, choices=FoundBy, blank=True, db_default="")
    unexplained = models.CharField(max_length=11, choices=Unexplained, blank=True, db_default="")
    difference = money(db_default=0)
    state = models.CharField(
        max_length=8, choices=SupplierInvoiceState, default=SupplierInvoiceState.RECEIVED
    )
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_supplierinvoice", f"Can {verb} an invoice of a supplier")
            for verb in ("receive", "book", "decline", "pay")
        ]
        constraints: ClassVar = [
            known_states(SUPPLIER_INVOICE_LIFECYCLE, "supplierinvoice_state_known"),
            models.UniqueConstraint(
                fields=["entity", "party", "number"], condition=~Q(state="DECLINED"),
                name="supplierinvoice_once",
            ),
            models.CheckConstraint(
                condition=Q(total=F("net") + F("vat"), total__gt=0, vat__gte=0),
                name="supplierinvoice_sums",
            ),
            models.CheckConstraint(
                condition=Q(month_from__day=1, month_until__day=1, month_until__gte=F("month_from")),
                name="supplierinvoice_whole_months",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["entity", "month_from"], name="supplierinvoice_by_month")
        ]

    def __str__(self) -> str:
        return f"SI-{self.pk}"


class SupplierInvoiceLine(models.Model):
    """What is billed for one service, as it came. Never edited."""

    invoice = models.ForeignKey(
        SupplierInvoice, models.PROTECT, related_name="lines", db_index=False
    )
    number = models.SmallIntegerField()
    kind = models.CharField(max_length=13, choices=BOUGHT_CHOICES)
    what = models.CharField(max_length=200, blank=True, db_default="")
    service = models.CharField(max_length=20, blank=True, db_default="")
    net = money()
    vat = money()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "number"], name="supplierinvoiceline_once"),
            models.CheckConstraint(
                condition=Q(vat__gte=0) & ~Q(net=0), name="supplierinvoiceline_of_something"
            ),
        ]


class SupplierInvoiceShare(models.Model):
    """Which part of an invoice a centre bears: its weight among all. Never edited."""

    invoice = models.ForeignKey(
        SupplierInvoice, models.PROTECT, related_name="shares", db_index=False
    )
    centre = models.ForeignKey(CostCentre, models.PROTECT, related_name="+")
    weight = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "centre"], name="supplierinvoiceshare_once"),
            models.CheckConstraint(
                condition=Q(weight__gt=0), name="supplierinvoiceshare_of_something"
            ),
        ]


class Cost(models.Model):
    """What one cause cost a centre in a month, with its entry; pay has that of its journal.

    Never edited: what changes is taken back (`reverses`).
    `amount` is the cost, `vat` what is recovered of the budget beside it; `base` is the amount in the currency of the
    books by the rate of `booked_on`. `number` tells apart what one source brought.
    """

    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    kind = models.CharField(max_length=13, choices=CostKind)
    centre = models.ForeignKey(
        CostCentre, models.PROTECT, null=True, related_name="+", db_index=False
    )
    party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+", db_index=False)
    contract = models.ForeignKey(
        CostContract, models.PROTECT, null=True, related_name="+", db_index=False
    )
    source = models.CharField(max_length=15, choices=Source)
    source_id = models.BigIntegerField()
    number = models.IntegerField()
    booked_on = models.DateField()
    amount = money()
    vat = money(db_default=0)
    currency = models.CharField(max_length=3)
    base = money()
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    reason = models.CharField(max_length=120, blank=True, db_default="")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "source_id", "month", "number"],
                condition=Q(reverses__isnull=True), name="cost_once",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1) & (~Q(amount=0) | ~Q(vat=0)), name="cost_of_something"
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["entity", "month"], name="cost_by_month"),
            models.Index(fields=["contract", "month"], name="cost_of_contract"),
        ]

    def __str__(self) -> str:
        return f"CO-{self.pk}"


class InvoicePayment(models.Model):
    """A line of a bank that paid an invoice, or an asset, with its entry. Never edited.

    Where the match of the line is undone, another row takes it back (`reverses`), below zero. That a line pays once at
    a time is held by its match, which the same transaction writes.
    """

    invoice = models.ForeignKey(SupplierInvoice, models.PROTECT, null=True, related_name="payments")
    asset = models.ForeignKey(
        "expenses.FixedAsset", models.PROTECT, null=True, related_name="payments"
    )
    line = models.ForeignKey(StatementLine, models.PROTECT, related_name="+")
    amount = money()
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0)
                | Q(reverses__isnull=False, amount__lt=0),
                name="invoicepayment_of_something",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, asset__isnull=True)
                | Q(invoice__isnull=True, asset__isnull=False),
                name="invoicepayment_for_one",
            ),
        ]

    def __str__(self) -> str:
        return f"IP-{self.pk}"
