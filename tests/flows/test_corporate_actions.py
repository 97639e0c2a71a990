"""Corporate actions from announcement to payment: entitled by what is settled, paid by evidence, booked, corrected."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from backoffice.workflow.models import WorkItem
from refdata.models import Entity, Party, Restriction
from settlements.actions.applying import entitle, entitle_due
from settlements.actions.models import Entitlement, IncomeDifference
from settlements.actions.paying import NotOnePayment, pay
from settlements.actions.selectors import by_place, expected_income
from settlements.proving import Proof
from tests.flows.corporate_actions import (
    AFTER,
    ANNA,
    AT,
    BORIS,
    FUND,
    OWN,
    PAID,
    RECORD,
    D,
    applied,
    brought,
    clients_behind,
    dividend,
    entitled,
    moved,
    paid,
    standing,
)
from tests.following import follow_events
from tests.ledger.test_guarding import wait_until_somebody_waits_for_us

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def behind() -> None:
    clients_behind()


class TestDividend:
    def test_whoever_held_at_the_close_of_the_record_date_is_entitled(
        self, api: Any, behind: None
    ) -> None:
        brought(ANNA, 5, on=AFTER)  # too late
        event = dividend(api)
        applied(event)
        found = entitled(event)
        assert {code: row.quantity for code, row in found.items()} == {
            OWN: D(200_000), ANNA: D(7), BORIS: D(11), FUND: D(101),
        }  # fmt: skip
        assert event.state == "APPLIED"
        assert {row.account for code, row in found.items() if code != OWN} == {"NSD-RUS-CLIENTS"}
        # 119 at 33.335 are 3,966.865: the place pays 3,966.87, and the clients come to it.
        assert sum(found[code].gross for code in (ANNA, BORIS, FUND)) == D("3966.87")
        assert entitle(event_id=event.pk, at=AT) == (0, 0)

    def test_tax_is_withheld_by_the_dated_rule_of_country_residence_and_kind(
        self, api: Any, behind: None
    ) -> None:
        event = dividend(api)
        applied(event)
        found = entitled(event)
        assert (found[BORIS].gross, found[BORIS].withheld, found[BORIS].withheld_by) == (
            D("366.69"), D(48), "US",
        )  # fmt: skip
        assert (found[OWN].gross, found[OWN].withheld, found[OWN].withheld_by) == (
            D("6667000.00"), D("866710.00"), "SOURCE",
        )  # fmt: skip
        assert found[OWN].tax_rule.startswith("RL-")

    def test_income_is_owed_from_the_record_date_and_received_with_the_tax(
        self, api: Any, behind: None
    ) -> None:
        asked = [
            (BORIS, "RECEIVABLE", "RUB", "NSD"), (BORIS, "INCOME"), (BORIS, "CASH", "RUB", "NSD"), (BORIS, "TAX"),
            (OWN, "TAX"), (OWN, "CASH", "RUB", "NSD"), (OWN, "INCOME"),
        ]  # fmt: skip
        event = dividend(api)
        with moved(*asked) as change:
            applied(event)
        # In our own books each of the clients holds 5,000 as well, and we as much as here and abroad.
        assert change == [
            D("366.69"), D("-366.69") - D("166675.00"), 0, 0, 0, 0, 3 * D("-6667000.00"),
        ]  # fmt: skip
        (row,) = [row for row in by_place(event, entity_ids=None) if row.place == "NSD"]
        assert row.expected == D("5803819.18")
        income = expected_income(Entity.objects.get(code="RUS").pk, PAID, PAID)
        assert sum(each.amount for each in income if each.event == str(event)) > row.expected
        with moved(*asked) as change:
            paid(api, event, "5803819.18")
        kept_back = sum(
            each.withheld for code, each in entitled(event).items() if code in (ANNA, BORIS)
        )
        assert change == [
            D("-366.69"), 0, D("318.69"), D(48), D("866710.00") - kept_back, D("5800290.00") + kept_back, 0,
        ]  # fmt: skip
        assert {row.state for row in entitled(event).values()} == {"PAID"}
        assert all(row.paid_on == date(2026, 11, 27) for row in entitled(event).values())

    def test_what_is_short_is_shared_out_kept_and_cleared_by_two(
        self, api: Any, behind: None
    ) -> None:
        event = dividend(api)
        applied(event)
        refused = paid(api, event, "5803000.00")
        assert (refused.status_code, refused.json()["code"]) == (422, "difference-unexplained")
        paid(api, event, "5803000.00", reason="The place took a fee")
        (row,) = IncomeDifference.objects.all()
        assert (row.expected, row.paid, row.state) == (D("5803819.18"), D("5803000.00"), "OPEN")
        found = entitled(event)
        assert sum(each.paid_amount or 0 for each in found.values()) == D("5803000.00")
        left = found[OWN].receipt - (found[OWN].paid_amount or 0)
        assert standing(OWN, "RECEIVABLE", "RUB", "NSD") == left > 0
        came = found[BORIS].paid_amount or D(0)
        kept_back = (48 * came / found[BORIS].receipt).quantize(
            D("0.01")
        )  # of what came, in proportion
        assert standing(BORIS, "TAX") == kept_back
        assert standing(BORIS, "CASH", "RUB", "NSD") == came - kept_back
        item = WorkItem.objects.get(kind="income-difference", closed_at=None)
        assert (item.amount, item.currency) == (D("819.18"), "RUB")
        body = {"reason": "By their tariff"}
        assert api("clerk").post(f"/income-differences/{row}/accept/", body).status_code == 403
        assert api("checker").post(f"/income-differences/{row}/accept/", body).status_code == 200
        follow_events()
        assert standing(OWN, "RECEIVABLE", "RUB", "NSD") == 0
        assert not WorkItem.objects.filter(kind="income-difference", closed_at=None).exists()

    def test_what_is_too_much_is_nobodys_until_it_is_cleared(self, api: Any, behind: None) -> None:
        event = dividend(api)
        applied(event)
        paid(api, event, "5803819.19", reason="A kopeck more")
        (row,) = IncomeDifference.objects.all()
        assert row.expected - row.paid == D("-0.01")
        assert sum(each.paid_amount or 0 for each in entitled(event).values()) == D("5803819.18")

    def test_income_that_is_restricted_comes_to_the_account_that_is_named(
        self, api: Any, behind: None
    ) -> None:
        Restriction.objects.create(
            act="INCOME_TO", party=Party.objects.get(code=BORIS), document="Decree 665",
            income_account="HOUSE-RUS-CASH", valid_from=date(2026, 1, 1),
        )  # fmt: skip
        event = dividend(api)
        applied(event)
        row = entitled(event)[BORIS]
        assert (row.income_account, row.income_by[:3]) == ("HOUSE-RUS-CASH", "RS-")
        with moved((BORIS, "CASH", "RUB", "HOUSE"), (BORIS, "CASH", "RUB", "NSD")) as change:
            paid(api, event, "5803819.18")
        assert change == [D("318.69"), 0]

    def test_twice_accepted_is_paid_once_and_nothing_more_is_expected(
        self, api: Any, behind: None
    ) -> None:
        event = dividend(api)
        applied(event)
        answer = paid(api, event, "5803819.18")
        reference = answer.json()["reference"]
        assert api("checker").post(f"/income-payments/{reference}/accept/").status_code == 409
        again = paid(api, event, "5803819.18")
        assert (again.status_code, again.json()["code"]) == (409, "nothing-expected")


class TestCorrection:
    def test_settled_late_before_payment_another_row_takes_its_place(
        self, api: Any, behind: None
    ) -> None:
        event = dividend(api)
        applied(event)
        first = entitled(event)[BORIS]
        brought(BORIS, 9, on=RECORD)
        assert entitle_due(business_date=AFTER, at=AT).corrected >= 1
        first.refresh_from_db()
        row = entitled(event)[BORIS]
        assert (first.state, row.corrects_id, row.quantity) == ("CORRECTED", first.pk, D(20))
        assert standing(BORIS, "RECEIVABLE", "RUB", "NSD") == row.gross
        assert sum(entitled(event)[code].gross for code in (ANNA, BORIS, FUND)) == D("4266.88")

    def test_settled_late_after_payment_the_difference_is_a_row_of_its_own(
        self, api: Any, behind: None
    ) -> None:
        event = dividend(api)
        applied(event)
        paid(api, event, "5803819.18")
        brought(FUND, -1, on=RECORD)
        entitle_due(business_date=AFTER, at=AT)
        rows = Entitlement.objects.filter(event=event, owner__code=FUND, place__code="NSD")
        was, rest = rows.order_by("pk")
        assert (was.state, rest.state, rest.quantity, rest.corrects_id) == (
            "PAID", "EXPECTED", D(-1), was.pk,
        )  # fmt: skip
        assert was.gross + rest.gross == D("3333.50")
        assert entitle_due(business_date=AFTER, at=AT) == (0, 0)

    def test_what_was_written_stays(self, api: Any, behind: None) -> None:
        event = dividend(api)
        applied(event)
        row = entitled(event)[BORIS]
        with pytest.raises(DatabaseError), transaction.atomic():
            Entitlement.objects.filter(pk=row.pk).update(gross=1)


class TestRivals:
    def test_a_payment_waits_for_a_correction_and_pays_nothing_that_was_corrected(
        self, api: Any, behind: None
    ) -> None:
        event = dividend(api)
        applied(event)
        brought(BORIS, 9, on=RECORD)
        rows = list(entitled(event).values())
        proof = Proof(kind="test", reference="1", settled_at=timezone.now())

        def rival() -> str:
            try:
                amount = sum((row.receipt for row in rows), D(0))
                pay(
                    entitlement_ids=[row.pk for row in rows],
                    amount=amount,
                    proof=proof,
                    at=timezone.now(),
                )
            except NotOnePayment:
                return "refused"
            finally:
                connections.close_all()
            return "paid"

        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                entitle(event_id=event.pk, at=AT)
                waiting = pool.submit(rival)
                wait_until_somebody_waits_for_us()
            assert waiting.result() == "refused"
        assert not Entitlement.objects.filter(event=event, state="PAID").exists()
        assert entitled(event)[BORIS].quantity == 20
