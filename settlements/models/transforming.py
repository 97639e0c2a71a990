"""Record-date events, and what they did: settlements transformed, claims made."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from backoffice.events.functions import TxNow
from backoffice.workflow.models import StatefulModel, known_states
from refdata.models import Asset
from settlements.actions.state import Fractions, Participation
from settlements.models.netting import NettingSet
from settlements.models.settlement import Settlement
from settlements.transforming.state import (
    OVER,
    RECORD_EVENT_LIFECYCLE,
    Action,
    ClaimKind,
    EventKind,
    EventState,
)


class RecordEvent(StatefulModel):
    """What happens to a security on a record date: money or securities are distributed, or it becomes another.

    `rate` is money for one unit; `old` units become, or bring, `new` of the outturn. Where it becomes another, `rate`
    is money for one unit of that, by which fractions are paid; none: they are cleared by hand. `ex_date` is the first
    day on which it is dealt without the right. `payment_date` is when the outturn or the distribution is due.
    `reference` is the issuer's or the place's own name of it. What a holder may choose are its options; what it
    offers alone has no terms but theirs. `cost_share` of what was paid for it goes with the outturn, or is paid back.
    What is announced anew is another row that replaces it.
    """

    lifecycles = (RECORD_EVENT_LIFECYCLE,)

    kind = models.CharField(max_length=10, choices=EventKind)
    action = models.CharField(
        max_length=16, choices=Action, default=Action.DIVIDEND, db_default="DIVIDEND"
    )
    reference = models.CharField(max_length=40, blank=True, db_default="")
    participation = models.CharField(
        max_length=10,
        choices=Participation,
        default=Participation.MANDATORY,
        db_default="MANDATORY",
    )
    instrument = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    ex_date = models.DateField()
    record_date = models.DateField()
    payment_date = models.DateField()
    rate = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    money_asset = models.ForeignKey(
        Asset, models.PROTECT, null=True, related_name="+", db_index=False
    )
    outturn = models.ForeignKey(Asset, models.PROTECT, null=True, related_name="+", db_index=False)
    new = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    old = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    fractions = models.CharField(
        max_length=4, choices=Fractions, default=Fractions.CASH, db_default="CASH"
    )
    cost_share = models.DecimalField(max_digits=28, decimal_places=12, null=True)
    elect_from = models.DateField(
        null=True
    )  # from which day it may be chosen; none: after the record date
    deadline_at = models.DateTimeField(null=True)  # by when we have to have chosen
    market_deadline_at = models.DateTimeField(null=True)
    version = models.SmallIntegerField(default=1, db_default=1)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    document = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=EventState, default=EventState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )  # nobody: a rule announced it
    proposed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        permissions: ClassVar = [
            ("propose_recordevent", "Can propose an event of a record date"),
            ("approve_recordevent", "Can approve an event of a record date"),
            ("decline_recordevent", "Can decline an event of a record date"),
            ("cancel_recordevent", "Can cancel an event of a record date"),
        ]
        constraints: ClassVar = [
            known_states(RECORD_EVENT_LIFECYCLE, "recordevent_state_known"),
            models.UniqueConstraint(
                fields=["instrument", "action", "record_date"],
                condition=~Q(state__in=OVER) & Q(replaces=None), name="recordevent_once",
            ),
            models.UniqueConstraint(
                fields=["replaces"], condition=~Q(state="DECLINED") & Q(replaces__isnull=False),
                name="recordevent_replaced_once",
            ),
            models.CheckConstraint(
                condition=Q(cost_share=None) | Q(cost_share__gte=0, cost_share__lte=1),
                name="recordevent_cost_share",
            ),
            models.CheckConstraint(
                condition=Q(participation="MANDATORY") | Q(deadline_at__isnull=False),
                name="recordevent_chosen_by",
            ),
            models.CheckConstraint(
                condition=Q(ex_date__lte=F("record_date"), record_date__lte=F("payment_date")),
                name="recordevent_dated",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=("CASH", "REDEMPTION"), rate__gt=0, money_asset__isnull=False, outturn=None,
                    new=None, old=None,
                ) | Q(
                    kind__in=("STOCK", "EXCHANGE"), new__gt=0, old__gt=0, outturn__isnull=False,
                ) & (Q(rate=None, money_asset=None) | Q(rate__gt=0, money_asset__isnull=False))
                | Q(kind="OFFER", rate=None, money_asset=None, outturn=None, new=None, old=None),
                name="recordevent_complete",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"CA-{self.pk}"

    @property
    def currency(self) -> str:
        """What its money is in; empty where it brings none by itself, as an offer."""
        return self.money_asset.code if self.money_asset else ""


class Transformation(models.Model):
    """A pending settlement that an event replaced: by the settlements of a set. Never edited.

    `fraction` of a unit of the outturn is no unit: it is paid with `fraction_amount` of the event's money, or
    cleared by hand where the announcement named no price.
    """

    event = models.ForeignKey(RecordEvent, models.PROTECT, related_name="transformations")
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="+")
    netting_set = models.OneToOneField(NettingSet, models.PROTECT, related_name="transformation")
    fraction = models.DecimalField(max_digits=28, decimal_places=12, db_default=0)
    fraction_amount = models.DecimalField(max_digits=24, decimal_places=4, db_default=0)
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()


class MarketClaim(models.Model):
    """What one side of a deal owes the other of a distribution, because the wrong one got it. Never edited.

    Of the settlement that was pending (a reverse claim: that settled too soon), so much counts. It is settled
    by a settlement of its own. `receives`: we are owed it.
    """

    event = models.ForeignKey(RecordEvent, models.PROTECT, related_name="claims")
    settlement = models.ForeignKey(Settlement, models.PROTECT, related_name="market_claims")
    kind = models.CharField(max_length=8, choices=ClaimKind)
    receives = models.BooleanField()
    counted = models.DecimalField(max_digits=28, decimal_places=8)
    quantity = models.DecimalField(max_digits=28, decimal_places=8)
    amount = models.DecimalField(max_digits=24, decimal_places=4)
    made_at = models.DateTimeField()
    recorded_tx = models.BigIntegerField(db_default=TxNow())

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "settlement"], name="marketclaim_once"),
            models.CheckConstraint(
                condition=Q(counted__gt=0) & (Q(quantity__gt=0, amount=0) | Q(quantity=0, amount__gt=0)),
                name="marketclaim_positive",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"MC-{self.pk}"
