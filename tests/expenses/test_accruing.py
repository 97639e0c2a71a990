"""Fees accrued once for each cause, taken back when it changes; their entries, rebates, bills and invoices."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from backoffice.events.models import Event
from backoffice.kernel.rounding import half_up_minor
from deals.models import Deal
from expenses.fees.accruing import accrue_assets
from expenses.fees.models import FeeAccrual
from expenses.fees.rebating import months_to_rebate, rebate_month
from ledger.models import BusinessDay, JournalEntry, LedgerAccount, Night, Valuation
from ledger.selectors import balances
from refdata.firm_days import firm_day
from refdata.models import Asset, Entity, Instrument, Party, Place
from settlements.models import Settlement
from settlements.services import Proof, settle_settlements
from tests.expenses.stage import (
    DAY,
    DECEMBER,
    NOVEMBER,
    D,
    accrue,
    booked,
    executed,
    schedule,
    standing,
    venue,
)
from tests.flows.test_changing import (
    OUTSIDE,
    amend,
    captured,
    confirmed,
    own_folder,
    released,
    sent,
)
from tests.following import follow_events

__all__ = ["own_folder", "venue"]  # fixtures
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")


class TestAccrue:
    def test_a_deal_is_accrued_once_and_books_a_cost_that_is_owed(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue)
        before = booked("FEES")
        deal = executed(api, sample)
        assert accrue() == 1
        assert accrue() == 0
        row: Any = FeeAccrual.objects.get()
        assert (row.amount, row.net, row.vat, row.measure) == (
            D("31.25"),
            D("31.25"),
            0,
            D("312450"),
        )
        assert (row.side, row.party, row.due_month, f"D-{row.cause_id}") == (
            "OWED",
            venue,
            NOVEMBER,
            deal,
        )
        assert booked("FEES") - before == D("31.25")
        (entry,) = JournalEntry.objects.filter(source_type="feeaccrual")
        assert (entry.source_id, entry.effective_date >= DAY) == (row.pk, True)
        owed = LedgerAccount.objects.get(kind="SETTLEMENT", counterparty=venue)
        assert [each.amount for each in balances(account_ids=[owed.pk])] == [D("-31.25")]

    def test_what_is_amended_is_taken_back_and_accrued_anew_and_what_is_cancelled_is_gone(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue)
        before = booked("FEES")
        deal = executed(api, sample)
        accrue()
        assert amend(api, deal, quantity="2000").status_code == 200
        follow_events()
        assert accrue() == 1
        assert standing() == [(f"deal-{deal[2:]}", D("62.49"))]
        assert booked("FEES") - before == D("62.49") + D("312.45")
        assert FeeAccrual.objects.filter(reverses__isnull=False).get().reason == "v2"
        assert api("clerk").post(f"/deals/{deal}/cancel/", {"reason": "wrong"}).status_code in (
            200,
            202,
        )
        follow_events()
        Deal.objects.filter(pk=deal[2:]).exclude(state="CANCELLED").update(state="CANCELLED")
        accrue()
        assert accrue() == 0
        assert standing() == []

    def test_keys_of_a_schedule_narrow_it(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        for wrong in (
            {"product": "bond"}, {"market": "XETR"}, {"capacity": "CLIENT"}, {"currency": "USD"},
            {"valid_until": DAY}, {"counterparty": venue}, {"collected": "WITH_DEAL", "biller": None, "rate": 0},
        ):  # fmt: skip
            schedule(**{"venue": venue} | wrong) if "biller" not in wrong else schedule(**wrong)
        fits = schedule(venue, market=Instrument.objects.get(ticker="SBER").market, capacity="OWN")
        executed(api, sample)
        accrue()
        assert list(FeeAccrual.objects.values_list("schedule_id", flat=True)) == [fits.pk]

    def test_a_proposed_deal_is_no_deal_yet(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue, basis="DEAL", rate=D("15.00"))
        deal = captured(api, sample)
        assert accrue() == 0
        confirmed(api, deal)
        assert accrue() == 1
        assert FeeAccrual.objects.get().amount == 15

    def test_vat_is_within_and_a_broker_cannot_recover_it(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        """122.00 for each deal, 22 % in 2026: 100.00 and 22.00; all of it is the cost of a broker."""
        schedule(venue, basis="DEAL", rate=D(122), service="DATA")
        before = booked("FEES")
        executed(api, sample)
        accrue()
        row = FeeAccrual.objects.get()
        assert (row.net, row.vat, row.amount) == (D(100), D(22), D(122))
        assert (booked("FEES") - before, booked("VAT")) == (D(122), D(0))

    def test_what_we_charge_a_client_is_an_income_and_its_vat_is_the_budgets(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        schedule(payer="CLIENT", biller=None, basis="DEAL", rate=D(100), service="DATA", vat_on_top=True,
                 capacity="CLIENT")  # fmt: skip
        client = (
            Party.objects.filter(roles__contains=["CLIENT"], kind="ORGANISATION").first()
            or Party.objects.filter(roles__contains=["CLIENT"])[0]
        )
        executed(api, sample, book="EQ-CL", capacity="CLIENT", client=client.code, account="C-1")
        before = booked("FEES")
        assert accrue() == 1
        row = FeeAccrual.objects.get()
        assert (row.side, row.party, row.net, row.vat) == ("CHARGED", client, D(100), D(22))
        assert (booked("FEES") - before, booked("VAT")) == (D(-100), D(-22))

    def test_a_settlement_and_each_instruction_are_causes_of_their_own(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(
            venue,
            kind="SETTLE",
            basis="SETTLEMENT",
            product="",
            rate=D("7.50"),
            place=Place.objects.get(code="HOUSE"),
        )
        row = Settlement.objects.get(pk=released(api, confirmed(api, captured(api, sample)))[2:])
        assert accrue(row.due_date) == 0
        at = timezone.now()
        settle_settlements(
            proofs={row.pk: Proof(kind="run", reference="R-1", settled_at=at)},
            settled_date=row.due_date, at=at,
        )  # fmt: skip
        assert accrue(row.due_date) == 1
        assert standing() == [(f"settlement-{row.pk}", D("7.50"))]

    def test_what_is_held_costs_by_the_day_and_the_closed_days_before_it(
        self, venue: Party
    ) -> None:
        """0.1 % a year of what we hold at the depository, over a weekend: 3 of 365 days, at 312.45 a share."""
        place, entity = Place.objects.get(code="NSD"), Entity.objects.get(code="RUS")
        own, share = entity.own_party, Asset.objects.get(code="RU0009029540")
        account = LedgerAccount.objects.get(
            kind="HOLDING", entity=entity, owner=own, place=place, book=None
        )
        held = {b.asset_id: b.amount for b in balances(account_ids=[account.pk], as_of=DAY)}[
            share.pk
        ]
        schedule(venue, kind="CUSTODY", basis="ASSETS", product="", rate=D("0.001"), place=place)
        day = BusinessDay.objects.filter(entity=entity).order_by("day")[0]
        night = Night.objects.create(entity=entity, day=day, stage="FLASH", makers=[])
        Valuation.objects.create(
            entity=entity, night=night, owner=own, asset=share, settled=held, unsettled=0,
            price=D("312.45"), value=held * D("312.45"), currency="RUB", base_currency="RUB", rate=1,
        )  # fmt: skip
        facts: dict[str, Any] = {
            "entity_id": entity.pk, "day": DAY, "night_id": night.pk, "days": 3, "at": timezone.now(),
        }  # fmt: skip
        assert accrue_assets(**facts) == 1
        assert accrue_assets(**facts) == 0
        row = FeeAccrual.objects.get()
        worth = held * D("312.45")
        assert (row.measure, row.place, row.cause_id) == (worth, place, 20261123)
        assert row.amount == half_up_minor(worth * D("0.001") * 3 / 365, 2)

    def test_each_instruction_that_was_sent_outside_is_a_cause(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        schedule(venue, kind="MESSAGE", basis="MESSAGE", product="", rate=D("0.35"))
        reference = sent(api, confirmed(api, captured(api, sample, counterparty=OUTSIDE)))
        today = firm_day(timezone.now())
        assert accrue(today) == 1
        assert accrue(today) == 0
        row = FeeAccrual.objects.get()
        assert (row.cause, row.amount, row.accrued_on) == ("message", D("0.35"), today)
        event = Event.objects.get(pk=row.cause_id)
        assert (event.kind, f"S-{event.subject_id}") == ("settlement.send", reference)

    def test_an_accrual_is_a_fact(self, api: Any, sample: dict[str, Any], venue: Party) -> None:
        schedule(venue)
        executed(api, sample)
        accrue()
        for change in (
            "UPDATE expenses_feeaccrual SET amount = 1",
            "DELETE FROM expenses_feeaccrual",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)


class TestRebates:
    def test_a_months_volume_gives_back_and_a_changed_month_corrects_it(
        self, api: Any, sample: dict[str, Any], venue: Party
    ) -> None:
        """10 % from 300,000, 20 % from 600,000: 31.25 and 62.50 accrued, 3.13 and 12.50 given back."""
        row = schedule(
            venue, rebate_from=[D(300_000), D(600_000)], rebate_shares=[D("0.1"), D("0.2")]
        )
        entity = row.entity_id
        executed(api, sample, "F-1")
        accrue()
        assert rebate_month(entity_id=entity, month=NOVEMBER, at=timezone.now()) == 1
        assert rebate_month(entity_id=entity, month=NOVEMBER, at=timezone.now()) == 0
        assert FeeAccrual.objects.filter(cause="rebate").get().amount == D("-3.13")
        executed(api, sample, "F-2")
        accrue()
        assert rebate_month(entity_id=entity, month=NOVEMBER, at=timezone.now()) == 1
        given = FeeAccrual.objects.filter(cause="rebate").aggregate(sum=Sum("amount"))["sum"]
        assert given == D("-12.50")
        assert [each.accrued_on for each in FeeAccrual.objects.filter(cause="rebate")] == [
            date(2026, 11, 30)
        ] * 3

    def test_a_night_looks_at_the_month_that_ends_and_the_one_before(self) -> None:
        assert months_to_rebate(date(2026, 11, 27), date(2026, 11, 30)) == [date(2026, 10, 1)]
        assert months_to_rebate(date(2026, 11, 30), DECEMBER) == [date(2026, 10, 1), NOVEMBER]
