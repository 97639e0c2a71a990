"""FX spot from capture to final: two payments, linked, each proved by its own place."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.kernel.spot_dates import spot_date
from backoffice.workflow.models import WorkItem
from deals.models import Deal, Flow, Inbound
from deals.products.fx_spot import market_of
from ledger.models import JournalEntry, Posting
from limits.models import Reservation
from refdata.firm_days import firm_day
from refdata.models import FxRate, StandingInstruction
from refdata.selectors import reference_data
from refdata.services import revoke_ssi
from reporting.tasks import compute_reports
from settlements.models import Settlement, SettlementLink
from settlements.tasks import continue_runs
from tests.following import follow_events, until_known

pytestmark = pytest.mark.usefixtures("own_database")

BANK_FIVE = "999900DEMOBANKFIVE78"
DEALT = "2026-11-20T10:15:00+03:00"


@pytest.fixture
def fx() -> dict[str, Any]:
    """EUR 100,000.00 bought against USD at 1.157: dealt on a Friday, paid on Tuesday the 24th."""
    return {
        "external_ref": "FX-1", "product": "fx_spot", "side": "buy", "book": "FX-RU",
        "counterparty": BANK_FIVE, "pair": "EUR/USD", "quantity": "100000.00", "price": "1.157",
        "currency": "USD", "traded_at": DEALT,
    }  # fmt: skip


def prepared(api: Any, document: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The deal, the payment out and the receipt in, prepared."""
    answer = api("dealer").post("/deals/", document)
    assert answer.status_code == 201, answer.content
    deal = answer.json()["reference"]
    assert api("clerk").post(f"/deals/{deal}/confirm/").status_code == 200
    assert api("checker").post(f"/deals/{deal}/approve/").status_code == 200
    follow_events()
    rows = api("clerk").get("/settlements/", deal=deal).json()["results"]
    out, into = sorted(rows, key=lambda row: row["delivers"])
    return deal, out, into


def prove(api: Any, reference: str, document: str) -> None:
    at = (timezone.now() - timedelta(minutes=1)).isoformat()
    body = {"document": document, "settled_at": at}
    claim = api("clerk").post(f"/settlements/{reference}/evidence/", body)
    assert claim.status_code == 201, claim.content
    accepted = api("checker").post(f"/evidence/{claim.json()['reference']}/accept/")
    assert accepted.status_code == 200, accepted.content
    follow_events()


def balances(kind: str) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    rows = Posting.objects.filter(entry__kind=kind).select_related(
        "asset", "debit_account", "credit_account"
    )
    for row in rows:
        found[f"{row.debit_account.kind} {row.asset.code}"] += row.quantity
        found[f"{row.credit_account.kind} {row.asset.code}"] -= row.quantity
    return dict(found)


class TestCaptureFxSpot:
    def test_it_comes_to_two_flows_on_the_spot_date(self, api: Any, fx: Any) -> None:
        document = api("dealer").post("/deals/", fx).json()
        assert (document["trade_date"], document["settlement"]) == (
            "2026-11-20", {"method": "PFOD", "date": "2026-11-24"},
        )  # fmt: skip
        assert document["gross_amount"] == {"amount": "115700.00", "currency": "USD"}
        assert (document["pair"], "instrument" in document) == ("EUR/USD", False)
        rows = Flow.objects.order_by("id").values_list("direction", "asset__code", "quantity")
        assert [(direction, code, int(quantity)) for direction, code, quantity in rows] == [
            ("RECEIVE", "EUR", 100_000), ("PAY", "USD", 115_700),
        ]  # fmt: skip
        read = api("dealer").get(f"/deals/{document['reference']}/").json()
        same = ("pair", "trade_date", "settlement", "gross_amount", "net_amount", "quantity")
        assert {name: read[name] for name in same} == {name: document[name] for name in same} | {
            "quantity": "100000"
        }

    def test_limits_take_notional_add_on_and_what_leaves_the_nostro(
        self, api: Any, fx: Any
    ) -> None:
        on = date(2026, 11, 20)
        FxRate.objects.create(base="USD", quote="RUB", rate_date=on, source="CBR", value="79.85")
        document = api("dealer").post("/deals/", fx).json()
        taken = {row["kind"]: (row["reserved"], row["basis"]) for row in document["limits"]}
        rubles = Decimal("115700.00") * Decimal("79.85")
        share = Decimal("1157.00") * Decimal("79.85")
        rate = "USD/RUB 79.85 of 2026-11-20 (CBR)"
        assert taken == {
            "DEALER": ({"amount": f"{rubles:.2f}", "currency": "RUB"}, f"notional; {rate}"),
            "COUNTERPARTY_PRESETTLEMENT": (
                {"amount": f"{share:.2f}", "currency": "RUB"}, f"1 % add-on, PFOD; {rate}",
            ),
            "BOOK": ({"amount": f"{rubles:.2f}", "currency": "RUB"}, f"notional; {rate}"),
            "NOSTRO": ({"amount": "115700.00", "currency": "USD"}, "net amount"),
        }  # fmt: skip
        sold = api("dealer").post("/deals/", fx | {"external_ref": "FX-2", "side": "sell"}).json()
        assert "NOSTRO" not in {row["kind"] for row in sold["limits"]}  # no limit on euros here
        base = {"external_ref": "FX-3", "side": "sell", "pair": "USD/CNY", "price": "7.1",
                "currency": "CNY"}  # fmt: skip
        sold = api("dealer").post("/deals/", fx | base).json()
        (nostro,) = [row for row in sold["limits"] if row["kind"] == "NOSTRO"]
        assert nostro["reserved"] == {"amount": "100000.00", "currency": "USD"}

    @pytest.mark.parametrize(
        ("pair", "quantity", "price", "amount"),
        [
            ("USD/JPY", "100.01", "156.455", "15647"),  # 15647.06…: no decimals
            ("USD/JPY", "0.10", "155", "16"),  # 15.5, half up
            ("EUR/USD", "0.01", "1.157", "0.01"),
        ],
    )
    def test_the_counter_amount_is_rounded_half_up_to_the_quotes_minor_unit(
        self, api: Any, fx: Any, pair: str, quantity: str, price: str, amount: str
    ) -> None:
        more = {"pair": pair, "quantity": quantity, "price": price, "currency": pair[4:]}
        answer = api("dealer").post("/deals/", fx | more)
        assert answer.status_code == 201, answer.content
        assert answer.json()["gross_amount"]["amount"] == amount

    @pytest.mark.parametrize(
        ("changes", "status", "pointer", "code"),
        [
            ({"quantity": "1.001"}, 422, "/quantity", "too-many-decimals"),
            ({"pair": "JPY/USD", "quantity": "1.5", "price": "0.0064"}, 422, "/quantity", "too-many-decimals"),
            ({"quantity": "0.01", "price": "0.4"}, 422, "/price", "amount-too-small"),
            ({"price": "0"}, 422, "/price", "not-positive"),
            ({"currency": "EUR"}, 422, "/currency", "pair-currency"),
            ({"pair": "USD/USD"}, 422, "/currency", "pair-currency"),
            ({"pair": "XXA/USD"}, 422, "/pair", "unknown-pair"),
            ({"pair": "BRL/USD"}, 422, "/pair", "unknown-pair"),
            ({"pair": "eur/usd"}, 400, "/pair", "invalid"),
            ({"pair": "EURUSD"}, 400, "/pair", "invalid"),
            ({"pair": None}, 400, "/pair", "invalid"),
            ({"instrument": "RU0009029540"}, 400, "/instrument", "unknown-member"),
            ({"settlement": {"method": "DVP"}}, 400, "/settlement/method", "invalid"),
            ({"settlement": {"date": "2026-11-25"}}, 422, "/settlement/date", "beyond-spot"),
            ({"settlement": {"date": "2026-11-21"}}, 422, "/settlement/date", "settlement-day-closed"),
            ({"settlement": {"date": "2026-11-19"}}, 422, "/settlement/date", "settlement-before-trade"),
            ({"product": "fx"}, 400, "/product", "unknown-product"),
            ({"product": ["fx_spot"]}, 400, "/product", "unknown-product"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(
        self, api: Any, fx: Any, changes: Any, status: int, pointer: str, code: str
    ) -> None:
        answer = api("dealer").post("/deals/", fx | changes)
        assert answer.status_code == status, answer.content
        assert (pointer, code) in [(p["pointer"], p["code"]) for p in answer.json()["errors"]]
        assert all(p["hint"] for p in answer.json()["errors"])
        assert not Deal.objects.exists()

    def test_an_executed_one_is_never_refused_for_them(self, api: Any, fx: Any) -> None:
        executed = fx | {"stage": "executed"}
        for number, changes in enumerate(
            [{"quantity": "1.001"}, {"currency": "EUR"}, {"pair": "BRL/USD"},
             {"quantity": "0.01", "price": "0.4"}]
        ):  # fmt: skip
            more = {"external_ref": f"R-{number}"}
            assert api("dealer").post("/deals/", executed | changes | more).status_code == 202
        late = executed | {"settlement": {"date": "2026-11-25"}}
        document = api("dealer").post("/deals/", late).json()
        assert document["status"] == "CAPTURED"
        (warning,) = document["warnings"]
        assert (warning["pointer"], warning["code"]) == ("/settlement/date", "beyond-spot")
        assert "2026-11-24" in warning["detail"]
        assert Inbound.objects.filter(state="REPAIR").count() == 4

    def test_an_earlier_day_may_be_agreed(self, api: Any, fx: Any) -> None:
        early = fx | {"settlement": {"date": "2026-11-23"}}
        answer = api("dealer").post("/deals/", early)
        assert answer.json()["settlement"]["date"] == "2026-11-23"

    def test_many_in_one_file_beside_shares(self, api: Any, fx: Any, sample: Any) -> None:
        names = [*sample, "pair"]
        names.remove("settlement")
        lines = [",".join(names)]
        for document in (sample, fx, fx | {"external_ref": "FX-2", "side": "sell"}):
            lines.append(",".join(document.get(name, "") for name in names))
        answer = api("dealer").post(
            "/deals/bulk/?mode=all_or_nothing", "\n".join(lines).encode(), content_type="text/csv"
        )
        assert answer.json()["counts"]["accepted"] == 3, answer.content
        products = Deal.objects.order_by("id").values_list("product", "instrument__asset__code")
        assert list(products) == [("equity", "RU0009029540"), ("fx_spot", None), ("fx_spot", None)]
        assert Deal.objects.get(external_ref="FX-2").versions.get().details["pair"] == "EUR/USD"

    def test_the_roll_in_new_york_moves_a_captured_deal(self, api: Any, fx: Any) -> None:
        """D16: dealt at 16:55 in New York, and ten minutes later."""
        FxRate.objects.create(
            base="USD", quote="RUB", rate_date="2024-05-20", source="TEST", value="90"
        )
        for number, (dealt, trade_date, due) in enumerate(
            [("2024-05-21T16:55:00-04:00", "2024-05-21", "2024-05-23"),
             ("2024-05-21T17:05:00-04:00", "2024-05-22", "2024-05-24")]
        ):  # fmt: skip
            more = {"external_ref": f"D16-{number}", "traded_at": dealt}
            document = api("dealer").post("/deals/", fx | more).json()
            found = document["trade_date"], document["settlement"]["date"]
            assert found == (trade_date, due)


@pytest.mark.parametrize(
    ("pair", "dealt", "due"),
    [
        pytest.param("EUR/USD", "2024-05-24", "2024-05-28", id="D6"),
        pytest.param("GBP/USD", "2024-05-24", "2024-05-29", id="D7"),
        pytest.param("USD/CAD", "2024-05-24", "2024-05-28", id="D8"),
        pytest.param("GBP/CAD", "2024-06-04", "2024-06-06", id="D9"),
    ],
)
def test_d6_to_d9_hold_with_the_base_data(pair: str, dealt: str, due: str) -> None:
    base, quote = pair.split("/")
    on = datetime.fromisoformat(dealt).date()
    days, calendars = market_of(reference_data(), base, quote, on)
    found = spot_date(on, base, quote, days=days, calendars=calendars)
    assert found.isoformat() == due


class TestSettleFxSpot:
    def test_two_payments_each_at_its_own_place_linked_both_ways(self, api: Any, fx: Any) -> None:
        deal, out, into = prepared(api, fx)
        assert (out["amount"], out["place"]) == ({"amount": "115700.00", "currency": "USD"}, "CORR")
        assert (into["amount"], into["place"]) == (
            {"amount": "100000.00", "currency": "EUR"},
            "CSDX",
        )
        for one, other in ((out, into), (into, out)):
            assert one["linked"] == [{"settlement": other["reference"], "kind": "WITH"}]
            assert (one["method"], one["instrument"], one["quantity"]) == ("PFOD", None, "0")
        assert out["ssi"]["nostro"] == "CORR-RUS-CASH"
        obligations = {
            (o.direction, o.asset.code, int(o.quantity))
            for s in Settlement.objects.all()
            for o in s.obligations.select_related("asset")
        }
        assert obligations == {("PAY", "USD", 115_700), ("RECEIVE", "EUR", 100_000)}
        assert api("dealer").get(f"/deals/{deal}/").json()["status"] == "SETTLING"

    def test_what_is_booked_on_the_trade_date_and_at_the_end(self, api: Any, fx: Any) -> None:
        _, out, into = prepared(api, fx)
        assert balances("deal.trade") == {
            "SETTLEMENT EUR": 100_000, "POSITION EUR": -100_000,
            "SETTLEMENT USD": -115_700, "POSITION USD": 115_700,
        }  # fmt: skip
        self.send(api, out)
        prove(api, out["reference"], "MT900-1")
        prove(api, into["reference"], "MT910-1")
        assert balances("settlement.settle") == {
            "CASH EUR": 100_000, "SETTLEMENT EUR": -100_000,
            "CASH USD": -115_700, "SETTLEMENT USD": 115_700,
        }  # fmt: skip

    def send(self, api: Any, row: dict[str, Any]) -> None:
        released = api("checker").post(f"/settlements/{row['reference']}/release/")
        assert released.status_code == 200, released.content
        api("clerk").post("/settlement-runs/", {"business_date": row["due_date"]})
        continue_runs()
        follow_events()

    def test_released_together_final_apart_and_the_deal_with_the_last(
        self, api: Any, fx: Any
    ) -> None:
        deal, out, into = prepared(api, fx)
        self.send(api, out)
        rows = {str(s): s for s in Settlement.objects.all()}
        assert {s.approval for s in rows.values()} == {"APPROVED"}
        assert {s.transmission for s in rows.values()} == {"SENT"}
        prove(api, into["reference"], "MT910-1")
        read = api("clerk").get(f"/settlements/{into['reference']}/").json()
        assert (read["status"], read["evidence"][0]["reference"]) == ("SETTLED", "MT910-1")
        assert api("dealer").get(f"/deals/{deal}/").json()["status"] == "SETTLING"
        assert Reservation.objects.filter(state="COMMITTED").exists()
        prove(api, out["reference"], "MT900-1")
        assert api("dealer").get(f"/deals/{deal}/").json()["status"] == "SETTLED"
        assert not Reservation.objects.filter(state="COMMITTED").exists()
        assert JournalEntry.objects.filter(kind="settlement.settle").count() == 2

    def test_neither_goes_out_while_one_of_them_may_not(self, api: Any, fx: Any) -> None:
        _, out, into = prepared(api, fx)
        dollars = StandingInstruction.objects.get(party__code=BANK_FIVE, currency="USD")
        revoke_ssi(ids=[dollars.pk], reason="Closed.", actor=api("clerk").user, at=timezone.now())
        for row, code in ((out, "ssi-revoked"), (into, "ssi-revoked")):
            refused = api("checker").post(f"/settlements/{row['reference']}/release/")
            assert (refused.status_code, refused.json()["code"]) == (409, code)
        assert set(Settlement.objects.values_list("approval", flat=True)) == {"PREPARED"}

    def test_a_rejected_one_holds_the_other_until_it_is_repaired(self, api: Any, fx: Any) -> None:
        _, out, into = prepared(api, fx)
        rejected = api("checker").post(f"/settlements/{out['reference']}/reject/", {"reason": "?"})
        assert rejected.status_code == 200, rejected.content
        refused = api("checker").post(f"/settlements/{into['reference']}/release/")
        assert refused.status_code == 409
        assert Settlement.objects.get(pk=into["reference"][2:]).approval == "PREPARED"
        api("clerk").post(f"/settlements/{out['reference']}/repair/")
        assert api("checker").post(f"/settlements/{into['reference']}/release/").status_code == 200
        assert set(Settlement.objects.values_list("approval", flat=True)) == {"APPROVED"}

    def test_whoever_captured_the_deal_releases_neither(self, api: Any, fx: Any) -> None:
        _, out, _ = prepared(api, fx)
        row = Settlement.objects.get(pk=out["reference"][2:])
        Settlement.objects.filter(pk=row.pk).update(makers=[api("checker").user.pk])
        refused = api("checker").post(f"/settlements/{out['reference']}/release/")
        assert (refused.status_code, refused.json()["code"]) == (403, "other-eyes-required")
        assert set(Settlement.objects.values_list("approval", flat=True)) == {"PREPARED"}

    def test_without_an_instruction_for_one_currency_none_is_prepared(
        self, api: Any, fx: Any
    ) -> None:
        StandingInstruction.objects.filter(party__code=BANK_FIVE, currency="").update(
            valid_until="2026-11-24"  # exclusive: not good on the day they are paid
        )
        answer = api("dealer").post("/deals/", fx)
        deal = answer.json()["reference"]
        api("clerk").post(f"/deals/{deal}/confirm/")
        api("checker").post(f"/deals/{deal}/approve/")
        follow_events()
        assert not Settlement.objects.exists()
        assert api("dealer").get(f"/deals/{deal}/").json()["status"] == "CONFIRMED"
        assert WorkItem.objects.filter(kind="ssi-missing").exists()

    def test_until_when_a_payment_can_be_stopped(self, api: Any, fx: Any) -> None:
        _, out, into = prepared(api, fx)
        assert (out["stop_by"], into["stop_by"]) == ("2026-11-24T16:00:00-05:00", None)
        yuan = fx | {"external_ref": "FX-2", "pair": "USD/CNY", "price": "7.1", "currency": "CNY"}
        _, out, _ = prepared(api, yuan)  # the day before, by the row for its own currency
        assert out["stop_by"] == "2026-11-23T09:00:00-05:00"

    def test_a_link_is_a_fact(self, api: Any, fx: Any) -> None:
        prepared(api, fx)
        link = SettlementLink.objects.get()
        assert link.first_id < link.second_id
        with pytest.raises(DatabaseError), transaction.atomic():
            SettlementLink.objects.filter(pk=link.pk).delete()

    def test_the_report_of_settled_deals_shows_it_at_the_stored_rate(
        self, api: Any, fx: Any
    ) -> None:
        deal, out, into = prepared(api, fx)
        self.send(api, out)
        prove(api, out["reference"], "MT900-1")
        prove(api, into["reference"], "MT910-1")
        today = firm_day(timezone.now())
        days = {
            "settled_from": (today - timedelta(days=3)).isoformat(),
            "settled_until": (today + timedelta(days=3)).isoformat(),
        }
        run = api("accountant").post("/reports/settled-deals/runs/", {"parameters": days}).json()
        until_known()
        compute_reports()
        file = api("accountant").get(f"/report-runs/{run['reference']}/file.json")
        (row,) = json.loads(file.getvalue())
        assert (row["deal"], row["isin"]) == (deal, "EUR/USD")
        assert (row["gross_amount"], row["currency"], row["fees"]) == ("115700.00", "USD", "0.00")
        assert (row["market_price"], row["market_currency"]) == ("1.157", "USD")
