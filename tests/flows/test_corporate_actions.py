"""Corporate actions from announcement to payment: entitled by what is settled, paid by evidence, booked, corrected."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from backoffice.workflow.models import WorkItem
from ledger.guarding import WouldBeNegative
from ledger.models import LedgerAccount
from ledger.selectors import balances
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.models import Asset, Entity, Party, Place, Restriction
from settlements.actions.applying import entitle, entitle_due
from settlements.actions.models import Entitlement, IncomeDifference
from settlements.actions.paying import NotOnePayment, pay
from settlements.actions.selectors import by_place, expected_income
from settlements.models import RecordEvent
from settlements.proving import Proof
from settlements.transforming.services import apply_event
from tests.following import follow_events
from tests.ledger.test_guarding import wait_until_somebody_waits_for_us

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
RECORD, AFTER, PAID = date(2026, 11, 25), date(2026, 11, 26), date(2026, 12, 1)
AT = datetime.fromisoformat("2026-11-26T09:00:00+03:00")
SBER = "RU0009029540"
ANNA, BORIS, FUND = "CL-ANNA", "CL-BORIS", "999900DEMOCLFUND0041"
_numbers = iter(range(1, 10**6))


def announced(api: Any, **more: Any) -> RecordEvent:
    body = {
        "instrument": SBER, "record_date": RECORD.isoformat(), "payment_date": PAID.isoformat(),
        "document": "NSD 17",
    } | more  # fmt: skip
    answer = api("clerk").post("/record-events/", body)
    assert answer.status_code == 201, answer.content
    reference = answer.json()["reference"]
    assert api("checker").post(f"/record-events/{reference}/approve/").status_code == 200
    follow_events()
    return RecordEvent.objects.get(pk=int(reference.removeprefix("CA-")))


def dividend(api: Any, rate: str = "33.335", **more: Any) -> RecordEvent:
    return announced(api, action="DIVIDEND", rate=rate, currency="RUB", **more)


def applied(event: RecordEvent) -> None:
    apply_event(event_id=event.pk, business_date=AFTER, at=AT)
    follow_events()
    event.refresh_from_db()


def brought(
    owner: str, quantity: int, *, on: date = date(2026, 11, 20), place: str = "NSD"
) -> None:
    """So much of the share comes to an owner at a place, or below zero goes."""
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code=owner)
    there = AccountKey(entity.pk, "HOLDING", party.pk, place_id=Place.objects.get(code=place).pk)
    from_where = AccountKey(entity.pk, "OPENING", party.pk)
    ids = account_ids([there, from_where])
    sides = (ids[there], ids[from_where]) if quantity > 0 else (ids[from_where], ids[there])
    share = Asset.objects.get(code=SBER)
    entry = NewEntry(
        entity_id=entity.pk, kind="test", source_type="brought", source_id=next(_numbers),
        effective_date=on, postings=[NewPosting(*sides, share.pk, D(abs(quantity)))],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


def entitled(event: RecordEvent, place: str = "NSD") -> dict[str, Entitlement]:
    rows = Entitlement.objects.filter(event=event, place__code=place).exclude(
        state__in=("CORRECTED", "CANCELLED")
    )
    return {row.owner.code: row for row in rows.select_related("owner").order_by("pk")}


def standing(owner: str, kind: str, asset: str = "RUB", place: str | None = None) -> Decimal:
    """What stands on the accounts of an owner, debits less credits, at a place or anywhere."""
    rows = LedgerAccount.objects.filter(owner__code=owner, kind=kind, entity__code="RUS")
    if place:
        rows = rows.filter(place__code=place)
    ids = list(rows.values_list("pk", flat=True))
    asset_id = Asset.objects.get(code=asset).pk
    return sum((b.amount for b in balances(account_ids=ids) if b.asset_id == asset_id), D(0))


@contextmanager
def moved(*asked: tuple[Any, ...]) -> Iterator[list[Decimal]]:
    """By how much each of these changes meanwhile."""
    before = [standing(*each) for each in asked]
    found: list[Decimal] = []
    yield found
    found += [standing(*each) - was for each, was in zip(asked, before, strict=True)]


def paid(
    api: Any, event: RecordEvent, amount: str, *, place: str = "NSD", status: int = 200, **more: Any
) -> Any:
    """A clerk records the document, a checker accepts it; the last answer."""
    body = {
        "entity": "RUS", "place": place, "amount": amount, "document": "Report 21",
        "settled_at": "2026-11-27T12:00:00+03:00",
    } | more  # fmt: skip
    answer = api("clerk").post(f"/record-events/{event}/payments/", body)
    if answer.status_code != 201:
        return answer
    reference = answer.json()["reference"]
    follow_events()
    assert WorkItem.objects.filter(kind="income-payment", closed_at=None).count() == 1
    assert api("clerk").post(f"/income-payments/{reference}/accept/").status_code == 403
    answer = api("checker").post(f"/income-payments/{reference}/accept/")
    assert answer.status_code == status, answer.content
    follow_events()
    return answer


OWN = "999900DEMOSEVERRU017"


@pytest.fixture
def behind() -> None:
    """Three clients behind the omnibus account at the depository, beside what is there of ours."""
    for owner, quantity in ((ANNA, 7), (BORIS, 11), (FUND, 101)):
        brought(owner, quantity)


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


class TestChanging:
    def test_announced_anew_works_out_anew_what_is_not_paid(self, api: Any, behind: None) -> None:
        event = dividend(api)
        applied(event)
        body = {
            "instrument": SBER, "record_date": RECORD.isoformat(), "payment_date": PAID.isoformat(),
            "document": "NSD 18", "action": "DIVIDEND", "rate": "30", "currency": "RUB",
        }  # fmt: skip
        answer = api("clerk").post(f"/record-events/{event}/amend/", body)
        assert answer.status_code == 201, answer.content
        told = answer.json()
        assert (told["version"], told["replaces"]) == (2, str(event))
        assert (
            api("checker").post(f"/record-events/{told['reference']}/approve/").status_code == 200
        )
        follow_events()
        event.refresh_from_db()
        assert event.state == "REPLACED"
        assert entitled(event) == {}
        new = RecordEvent.objects.get(replaces=event)
        applied(new)
        assert entitled(new)[BORIS].gross == D(330)
        assert standing(BORIS, "RECEIVABLE", "RUB", "NSD") == D(330)

    def test_announced_anew_counts_what_was_paid(self, api: Any, behind: None) -> None:
        event = dividend(api)
        applied(event)
        paid(api, event, "5803819.18")
        body = {
            "instrument": SBER, "record_date": RECORD.isoformat(), "payment_date": PAID.isoformat(),
            "document": "NSD 18", "action": "DIVIDEND", "rate": "34", "currency": "RUB",
        }  # fmt: skip
        reference = api("clerk").post(f"/record-events/{event}/amend/", body).json()["reference"]
        assert api("checker").post(f"/record-events/{reference}/approve/").status_code == 200
        new = RecordEvent.objects.get(replaces=event)
        applied(new)
        row = entitled(new)[BORIS]
        assert (row.quantity, row.gross) == (D(0), D(374) - D("366.69"))

    def test_cancelled_it_is_reversed_even_when_it_was_paid(self, api: Any, behind: None) -> None:
        event = dividend(api)
        asked = [(BORIS, "RECEIVABLE", "RUB", "NSD"), (BORIS, "INCOME"), (BORIS, "CASH", "RUB", "NSD"), (BORIS, "TAX"),
                 (OWN, "TAX"), (OWN, "CASH", "RUB", "NSD"), (OWN, "INCOME")]  # fmt: skip
        with moved(*asked) as change:
            applied(event)
            paid(api, event, "5803819.18")
            body = {"reason": "The meeting voted it down"}
            assert api("clerk").post(f"/record-events/{event}/cancel/", body).status_code == 403
            answer = api("checker").post(f"/record-events/{event}/cancel/", body)
            assert answer.status_code == 200, answer.content
        assert change == [0] * 7
        assert {row.state for row in entitled(event).values()} == {"REVERSED"}


class TestSplit:
    def test_four_for_one_in_the_same_security_only_the_more_moves(
        self, api: Any, behind: None
    ) -> None:
        event = announced(api, action="SPLIT", new="4", old="1")
        applied(event)
        assert entitled(event)[FUND].given == D(404)
        with moved((FUND, "HOLDING", SBER, "NSD"), (OWN, "HOLDING", SBER, "NSD")) as change:
            paid(api, event, "0")
        assert change == [D(303), D(600_000)]

    def test_reversed_the_fraction_is_paid_in_money(self, api: Any, behind: None) -> None:
        event = announced(
            api, action="REVERSE_SPLIT", new="1", old="10", rate="3000.00", currency="RUB"
        )
        applied(event)
        row = entitled(event)[FUND]
        assert (row.given, row.fraction, row.fraction_amount) == (D(10), D("0.1"), D(300))
        with moved((FUND, "HOLDING", SBER, "NSD"), (FUND, "CASH", "RUB", "NSD")) as change:
            paid(api, event, "2700.00")  # of 7, 11 and 101: 0.7, 0.1 and 0.1 of a new share
        assert change == [D(-91), D(300)]

    def test_what_was_sold_meanwhile_is_not_taken_from_others(self, api: Any, behind: None) -> None:
        event = announced(api, action="REVERSE_SPLIT", new="1", old="10")
        applied(event)
        brought(FUND, -100, on=AFTER)
        answer = paid(api, event, "0", status=409)
        assert answer.json()["code"] == WouldBeNegative.code
        assert entitled(event)[FUND].state == "EXPECTED"


class TestAnnounceInCsv:
    HEADER = "action,instrument,record_date,payment_date,rate,currency,document\n"
    GOOD = f"DIVIDEND,{SBER},2026-11-25,2026-12-01,33.3,RUB,NSD 17\n"

    def test_all_of_it_is_proposed(self, api: Any) -> None:
        text = self.HEADER + self.GOOD + self.GOOD.replace(SBER, "RU0007661625")
        answer = api("clerk").post("/record-event-files/", {"csv": text})
        assert answer.status_code == 201, answer.content
        assert [str(row) for row in RecordEvent.objects.order_by("pk")] == answer.json()[
            "references"
        ]

    def test_or_nothing_with_the_line_of_each_problem(self, api: Any) -> None:
        bad = self.GOOD.replace("33.3", "-1").replace("RUB", "RUR").replace(SBER, "RU0007661625")
        answer = api("clerk").post(
            "/record-event-files/", {"csv": self.HEADER + self.GOOD + bad + self.GOOD}
        )
        assert answer.status_code == 422
        told = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert told == [
            ("/csv/3/currency", "unknown-currency"), ("/csv/3/rate", "wrong-rate"),
            ("/csv/4", "record-event-known"),
        ]  # fmt: skip
        assert not RecordEvent.objects.exists()

    def test_a_column_that_no_event_has_is_refused(self, api: Any) -> None:
        answer = api("clerk").post("/record-event-files/", {"csv": "action,isin\nDIVIDEND,X\n"})
        assert answer.json()["errors"][0]["code"] == "wrong-header"
