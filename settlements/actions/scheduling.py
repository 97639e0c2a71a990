"""What bonds pay by their own schedules: announced by rule in time, for other eyes to compare with a notice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Sum

from backoffice.kernel.business_days import ONE_DAY
from backoffice.kernel.decimals import plain
from ledger.models import LedgerAccount, Movement
from refdata.models import BondPayment
from refdata.selectors import business_days
from settlements.models import RecordEvent
from settlements.transforming.proposing import InvalidEvent, KnownEvent, Told, propose_event
from settlements.transforming.state import Action

AHEAD = timedelta(days=14)
DOCUMENT = "Schedule of the bond"


def announce_scheduled(*, business_date: date, at: datetime) -> int:
    """Propose what is paid in the coming days of bonds that anybody holds; how many. Never the same twice.

    What was announced or declined for the same payment stays as people have it.
    """
    done = 0
    for told in _coming(business_date):
        try:
            propose_event(told=told, actor=None, at=at)
            done += 1
        except (KnownEvent, InvalidEvent):  # of what has no cycle nothing can be said
            continue
    return done


# What a payment of each kind is announced as.
CALLED = {
    BondPayment.Kind.COUPON: (Action.COUPON,),
    BondPayment.Kind.REPAYMENT: (Action.AMORTISATION, Action.REDEMPTION),
}


def _coming(day: date) -> Iterator[Told]:
    held = LedgerAccount.objects.filter(kind="HOLDING").values("pk")
    moved = Movement.objects.filter(asset=OuterRef("instrument_id"), account__in=held)
    held_now = moved.values("asset").annotate(left=Sum("amount")).filter(left__gt=0)
    for kind, actions in CALLED.items():
        known = RecordEvent.objects.filter(
            instrument=OuterRef("instrument_id"), payment_date=OuterRef("payment_date"), action__in=actions
        )  # fmt: skip
        rows = BondPayment.objects.filter(
            Exists(held_now), ~Exists(known), kind=kind, payment_date__gt=day, payment_date__lte=day + AHEAD,
            amount__gt=0,
        )  # fmt: skip
        names = ("instrument__asset", "instrument__bond_terms__calendar")
        for row in rows.select_related(*names).order_by("payment_date", "instrument_id"):
            yield _told(row)


def _told(row: BondPayment) -> Told:
    """The record date is the business day before the payment is due."""
    bond = row.instrument
    action, share = Action.COUPON, None
    if row.kind == BondPayment.Kind.REPAYMENT:
        action = Action.AMORTISATION if row.outstanding else Action.REDEMPTION
        share = row.amount / (row.amount + row.outstanding) if row.outstanding else None
    calendar = bond.bond_terms.calendar
    before = row.payment_date - ONE_DAY
    record = business_days(calendar.code).preceding(before) if calendar else before
    return Told(
        action=action, instrument=bond.asset.code, record_date=record.isoformat(), ex_date=record.isoformat(),
        payment_date=row.payment_date.isoformat(), rate=plain(row.amount),
        currency=bond.nominal_currency or bond.currency,
        cost_share=None if share is None else f"{share:.12f}", document=DOCUMENT,
        reference=f"{row.kind} {row.end_date.isoformat()}",
    )  # fmt: skip
