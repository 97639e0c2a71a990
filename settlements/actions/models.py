"""What follows from a corporate action: options, entitlements, payments with their differences, elections."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Asset, Entity, Party, Place
from settlements.actions.state import (
    DIFFERENCE_LIFECYCLE,
    ELECTION_LIFECYCLE,
    ENTITLEMENT_LIFECYCLE,
    PAYMENT_LIFECYCLE,
    DifferenceState,
    ElectionState,
    EntitlementState,
    OptionKind,
    PaymentState,
    WithheldBy,
)
from settlements.models.transforming import RecordEvent


class EventOption(models.Model):
    """What a holder may choose. Never edited: what is announced anew has options of its own.

    `rate` is money for one unit; `old` units bring `new` of the outturn, for each of which `price` is paid. `takes`:
    the units that are chosen for it go.
    """

    event = models.ForeignKey(RecordEvent, models.PROTECT, related_name="options")
    number = models.SmallIntegerField()
    kind = models.CharField(max_length=10, choices=OptionKind)
    is_default = models.BooleanField(default=False)
    takes = models.BooleanField(default=False)
    rate = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    money_asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", db_index=False
    )
    outturn = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+", db_index=False)
    new = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    old = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    price = models.DecimalField(max_digits=28, decimal_places=12, null=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "number"], name="eventoption_once"),
            models.UniqueConstraint(
                fields=["event"], condition=Q(is_default=True), name="eventoption_one_default"
            ),
            models.CheckConstraint(
                condition=Q(kind="CASH", rate__gt=0, money_asset__isnull=False, outturn=None)
                | Q(kind="SECURITIES", outturn__isnull=False, new__gt=0, old__gt=0, rate=None)
                & (Q(price=None) | Q(price__gt=0, money_asset__isnull=False))
                | Q(kind="LAPSE", rate=None, outturn=None, price=None, takes=False),
                name="eventoption_complete",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class Election(StatefulModel):
    """What one owner who held on the record date chooses: so much of its units for each option.

    Chosen by a client's word with its evidence, instructed by other eyes; else the default counts at the deadline.
    """

    lifecycles = (ELECTION_LIFECYCLE,)

    event = models.ForeignKey(RecordEvent, models.PROTECT, related_name="elections")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    account = models.CharField(max_length=40, blank=True, db_default="")
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    state = models.CharField(
        max_length=10, choices=ElectionState, default=ElectionState.WAITING, db_default="WAITING"
    )
    evidence = models.CharField(max_length=200, blank=True, db_default="")
    opened_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_election", f"Can {verb} what an owner elects")
            for verb in ("choose", "instruct", "decline")
        ]
        constraints: ClassVar = [
            known_states(ELECTION_LIFECYCLE, "election_state_known"),
            models.UniqueConstraint(
                fields=["event", "entity", "owner", "place"], name="election_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="election_of_something"),
            models.CheckConstraint(
                condition=~Q(state__in=["CHOSEN", "INSTRUCTED"]) | ~Q(evidence=""),
                name="election_has_evidence",
            ),
        ]

    def __str__(self) -> str:
        return f"EL-{self.pk}"


class ElectionChoice(models.Model):
    """So much of what is elected on goes by one option. `round` counts the choices that were made anew."""

    election = models.ForeignKey(Election, models.PROTECT, related_name="choices")
    round = models.SmallIntegerField()
    option = models.ForeignKey(EventOption, models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=28, decimal_places=8)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["election", "round", "option"], name="electionchoice_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="electionchoice_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.election}: {self.quantity}"


class IncomePayment(StatefulModel):
    """What a place paid or delivered of an action, as a document shows: recorded by one, accepted by another.

    `amount` is all the money that came; `reason` says why it is not what was expected.
    """

    lifecycles = (PAYMENT_LIFECYCLE,)

    event = models.ForeignKey(RecordEvent, models.PROTECT, related_name="payments")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    settled_at = models.DateTimeField()
    document = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, blank=True, db_default="")
    state = models.CharField(
        max_length=8, choices=PaymentState, default=PaymentState.PROPOSED, db_default="PROPOSED"
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            (f"{verb}_incomepayment", f"Can {verb} what a place paid of a corporate action")
            for verb in ("propose", "accept", "decline")
        ]
        constraints: ClassVar = [
            known_states(PAYMENT_LIFECYCLE, "incomepayment_state_known"),
            models.UniqueConstraint(
                fields=["event", "entity", "place"], condition=Q(state="PROPOSED"),
                name="incomepayment_one_waits",
            ),
            models.CheckConstraint(condition=~Q(document=""), name="incomepayment_documented"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"PY-{self.pk}"


class Entitlement(StatefulModel):
    """What one owner at a place is entitled to of an action, by what was settled there on the record date.

    A fact: a position that changes late makes another row, `corrects` the one before, and says the rest. Of what
    was paid already that is a difference, which may be below zero. `withheld` is kept back by whom `withheld_by`
    says; `price_paid` is what the owner pays. Money comes to `cash_place`, of what is restricted so to the account
    that the restriction names.
    """

    lifecycles = (ENTITLEMENT_LIFECYCLE,)

    event = models.ForeignKey(RecordEvent, models.PROTECT, related_name="entitlements")
    option = models.ForeignKey(EventOption, models.PROTECT, null=True, related_name="+")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    account = models.CharField(max_length=40, blank=True, db_default="")
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    money_asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", db_index=False
    )
    gross = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    tax_rate = models.DecimalField(max_digits=28, decimal_places=12, db_default=0)
    withheld = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    withheld_by = models.CharField(
        max_length=6, choices=WithheldBy, default=WithheldBy.NOBODY, db_default="NOBODY"
    )
    tax_rule = models.CharField(max_length=40, blank=True, db_default="")
    outturn = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+", db_index=False)
    given = models.DecimalField(max_digits=28, decimal_places=8, db_default=0)
    taken = models.DecimalField(max_digits=28, decimal_places=8, db_default=0)
    fraction = models.DecimalField(max_digits=28, decimal_places=12, db_default=0)
    fraction_amount = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    price_paid = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    cash_place = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="+", db_index=False
    )
    income_account = models.CharField(max_length=40, blank=True, db_default="")
    income_by = models.CharField(max_length=20, blank=True, db_default="")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrected_by")
    state = models.CharField(
        max_length=9,
        choices=EntitlementState,
        default=EntitlementState.EXPECTED,
        db_default="EXPECTED",
    )
    payment = models.ForeignKey(IncomePayment, models.PROTECT, null=True, related_name="paid")
    paid_on = models.DateField(null=True)
    paid_amount = models.DecimalField(max_digits=24, decimal_places=4, null=True)
    proof = models.CharField(max_length=160, blank=True, db_default="")
    computed_at = models.DateTimeField(db_default=Now())
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            known_states(ENTITLEMENT_LIFECYCLE, "entitlement_state_known"),
            models.UniqueConstraint(
                fields=["event", "entity", "owner", "place", "option"], condition=Q(state="EXPECTED"),
                nulls_distinct=False, name="entitlement_expected_once",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=False)
                | Q(quantity__gt=0, gross__gte=0, withheld__gte=0, withheld__lte=F("gross"), given__gte=0,
                    taken__gte=0, fraction_amount__gte=0, price_paid__gte=0),
                name="entitlement_positive",
            ),
            models.CheckConstraint(
                condition=~Q(state="PAID") | Q(paid_on__isnull=False, paid_amount__isnull=False)
                & ~Q(proof=""),
                name="entitlement_paid_is_proved",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["entity", "event"], condition=Q(state="EXPECTED"), name="entitlement_open"
            ),
        ]

    def __str__(self) -> str:
        return f"EN-{self.pk}"

    @property
    def currency(self) -> str:
        """What its money is in; empty where it brings securities alone."""
        return self.money_asset.code if self.money_asset else ""

    @property
    def receipt(self) -> Decimal:
        """What of money the place pays on it: what is kept back at the source does not come."""
        kept = self.withheld if self.withheld_by == WithheldBy.SOURCE else Decimal(0)
        return self.gross - kept + self.fraction_amount - self.price_paid

    @property
    def net(self) -> Decimal:
        """What of money the owner gets in the end."""
        return self.gross - self.withheld + self.fraction_amount - self.price_paid


class IncomeDifference(StatefulModel):
    """What a place paid more (below zero) or less than was expected of it; never booked away by itself."""

    lifecycles = (DIFFERENCE_LIFECYCLE,)

    event = models.ForeignKey(RecordEvent, models.PROTECT, related_name="differences")
    entity = models.ForeignKey(Entity, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    payment = models.OneToOneField(
        IncomePayment, models.PROTECT, null=True, related_name="difference"
    )
    money_asset = models.ForeignKey(Asset, models.PROTECT, related_name="+", db_index=False)
    expected = models.DecimalField(max_digits=24, decimal_places=4)
    paid = models.DecimalField(max_digits=24, decimal_places=4)
    reason = models.CharField(max_length=200)
    proof = models.CharField(max_length=160)
    state = models.CharField(
        max_length=8, choices=DifferenceState, default=DifferenceState.OPEN, db_default="OPEN"
    )
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("accept_incomedifference", "Can accept what a place paid otherwise than expected")
        ]
        constraints: ClassVar = [
            known_states(DIFFERENCE_LIFECYCLE, "incomedifference_state_known"),
            models.CheckConstraint(
                condition=~Q(expected=F("paid")) & ~Q(reason=""), name="incomedifference_is_one"
            ),
        ]

    def __str__(self) -> str:
        return f"ID-{self.pk}"
