"""A client takes money out: the tax of its year is kept back first, the rest is paid, or all comes back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.workflow.models import WorkItem
from ledger.models import JournalEntry, NdflWithholding
from ledger.services import AccountKey, NewEntry, NewPosting, account_ids, post_entries
from refdata.firm_days import firm_day
from refdata.models import Asset, Entity, Party, PartyContact, Place
from settlements.models import Settlement
from settlements.services import Proof, settle_settlements
from settlements.withdrawing.models import Withdrawal
from settlements.withdrawing.services import (
    follow_payments,
)
from tests.flows.corporate_actions import ANNA, OWN, moved, standing
from tests.following import follow_events
from tests.guards.test_rivals import at_once
from tests.instructing import new_ssi
from tests.pages.test_limit_pages import page_as
from tests.reporting.test_ndfl_register import years
from tests.reporting.test_realised_result import Bought

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
BANK, INSIDE = "NSD", "HOUSE"
BODY = {
    "entity": "RUS", "client": ANNA, "place": BANK, "currency": "RUB", "amount": "50000.00", "order": "Order 7",
}  # fmt: skip


def money_comes(amount: int, *, owner: str = ANNA, place: str = BANK) -> None:
    entity, party = Entity.objects.get(code="RUS"), Party.objects.get(code=owner)
    there = AccountKey(entity.pk, "CASH", party.pk, place_id=Place.objects.get(code=place).pk)
    opening = AccountKey(entity.pk, "OPENING", party.pk)
    ids = account_ids([there, opening])
    rub = Asset.objects.get(code="RUB").pk
    entry = NewEntry(
        entity_id=entity.pk, kind="test", source_type="money", source_id=JournalEntry.objects.count(),
        effective_date=date(2026, 1, 5), postings=[NewPosting(ids[there], ids[opening], rub, D(amount))],
    )  # fmt: skip
    post_entries([entry], at=timezone.now())


@pytest.fixture
def bank(own_database: None) -> None:
    """Anna has 300,000 at the bank, and a bank account of her own that two people know."""
    PartyContact.objects.create(
        party=Party.objects.get(code=ANNA), name="Anna", phone="+7 900 000-00-00"
    )  # fmt: skip
    new_ssi(ANNA, BANK, currency="RUB", instrument_kind="CURRENCY")
    money_comes(300_000)


def gained(amount: int) -> None:
    """Anna gains so much in traded shares this year."""
    year = firm_day(timezone.now()).year
    client = Bought()
    assert year == 2026
    client.buy(100, "10"), client.sell(100, str(D(10) + D(amount) / 100))


def proposed(api: Any, **more: str) -> str:
    made = api("clerk").post("/withdrawals/", BODY | more)
    assert made.status_code == 201, made.content
    follow_events()
    return str(made.json()["reference"])


def approved(api: Any, reference: str) -> dict[str, Any]:
    answer = api("checker").post(f"/withdrawals/{reference}/approve/")
    assert answer.status_code == 200, answer.content
    follow_events()
    found: dict[str, Any] = api("auditor").get(f"/withdrawals/{reference}/").json()
    return found


def owed(owner: str) -> Decimal:
    return standing(owner, "SETTLEMENT")


class TestTax:
    def test_n9_a_payment_below_the_tax_is_taxed_itself(self, api: Any, bank: None) -> None:
        """1,000,000 gained and 50,000 taken out: 6,500 is kept back, 43,500 leaves."""
        gained(1_000_000)
        reference = proposed(api)
        found = approved(api, reference)
        assert (found["status"], found["tax"], found["net"]) == ("PAYING", "6500", "43500")
        (kept,) = NdflWithholding.objects.all()
        assert [kept.tax, kept.before, kept.withheld, kept.payment] == [130_000, 0, 6_500, 50_000]
        assert kept.bases == {"TRADED": "1000000"}
        assert kept.transfer_by > kept.day
        assert [standing(ANNA, "TAX"), standing(OWN, "TAX")] == [6_500, -6_500]
        assert standing(ANNA, "CASH", "RUB", BANK) == 293_500
        payment = Settlement.objects.get(source_type="withdrawal")
        assert (str(payment), payment.status) == (found["settlement"], "RELEASED")
        assert payment.amount == 43_500
        assert (payment.delivers, payment.method) == (False, "PFOD")
        assert years()[ANNA].withheld == 6_500

    def test_n10_then_the_rest_of_the_year_s_tax_and_then_nothing(
        self, api: Any, bank: None
    ) -> None:
        """200,000 bears 130,000 less what was kept back before; after that nothing is owed."""
        gained(1_000_000)
        approved(api, proposed(api))
        second = approved(api, proposed(api, amount="200000.00"))
        assert (second["tax"], second["net"]) == ("123500", "76500")
        third = approved(api, proposed(api, amount="1000.00"))
        assert (third["tax"], third["net"]) == ("0", "1000")
        assert NdflWithholding.objects.count() == 2
        year = years()[ANNA]
        assert year.tax == year.withheld == 130_000

    def test_n17_what_an_investment_account_gained_waits_for_its_end(
        self, api: Any, bank: None
    ) -> None:
        """IIS +50,000, the general result 0, a withdrawal of 50,000: 0 is kept back."""
        client = Bought(account="IIS")
        client.buy(100, "10"), client.sell(100, "510")
        assert years()[ANNA].tax == 6_500
        assert approved(api, proposed(api))["tax"] == "0"

    def test_without_a_rate_nothing_goes_and_the_remedy_is_told(self, api: Any, bank: None) -> None:
        client = Bought(currency="USD")
        client.buy(10, "100"), client.sell(10, "110")
        reference = proposed(api)
        refused = api("checker").post(f"/withdrawals/{reference}/approve/")
        assert (refused.status_code, refused.json()["code"]) == (409, "tax-year-not-reckoned")
        assert "NDFL register" in refused.json()["hint"]
        assert not Settlement.objects.filter(source_type="withdrawal").exists()


class TestMoney:
    def test_paid_it_leaves_the_books_and_nothing_is_owed(self, api: Any, bank: None) -> None:
        reference = proposed(api)
        found = approved(api, reference)
        assert owed(ANNA) == -50_000
        with moved((ANNA, "OPENING"), (ANNA, "CASH", "RUB", BANK)) as change:
            settled(found["settlement"])
        assert change == [0, -50_000]
        assert api("auditor").get(f"/withdrawals/{reference}/").json()["status"] == "PAID"
        assert owed(ANNA) == 0
        assert standing(ANNA, "CASH", "RUB", BANK) == 250_000

    def test_cancelled_all_comes_back_the_tax_too(self, api: Any, bank: None) -> None:
        gained(1_000)
        found = approved(api, proposed(api))
        assert standing(ANNA, "TAX") == 130
        payment = Settlement.objects.get(source_type="withdrawal")
        Settlement.objects.filter(pk=payment.pk).update(cancellation="AGREED")
        for _ in range(2):  # a second look changes nothing
            follow_payments(settlement_ids=[payment.pk], at=timezone.now())
        follow_events()
        reference = found["reference"]
        assert api("auditor").get(f"/withdrawals/{reference}/").json()["status"] == "TAKEN_BACK"
        assert [standing(ANNA, "TAX"), standing(OWN, "TAX"), owed(ANNA)] == [0, 0, 0]
        assert standing(ANNA, "CASH", "RUB", BANK) == 300_000
        assert sorted(NdflWithholding.objects.values_list("withheld", flat=True)) == [-130, 130]
        assert years()[ANNA].withheld == 0
        (item,) = WorkItem.objects.filter(kind="withdrawal-came-back", closed_at=None)
        assert item.queue == "clerk"

    def test_other_eyes_and_no_more_than_is_free(self, api: Any, bank: None) -> None:
        assert api("dealer").post("/withdrawals/", BODY).status_code == 403
        for more, code in (
            ({"amount": "300000.01"}, "not-so-much-money"), ({"amount": "1.001"}, "not-so-divisible"),
            ({"client": "CL-BORIS", "amount": "1"}, "not-so-much-money"), ({"client": OWN}, "not-a-client"),
            ({"client": "NOBODY"}, "unknown-code"), ({"currency": "XXX"}, "unknown-code"),
        ):  # fmt: skip
            refused = api("clerk").post("/withdrawals/", BODY | more)
            assert refused.json()["code"] == code, refused.content
        money_comes(10, place=INSIDE)
        inside = api("clerk").post("/withdrawals/", BODY | {"place": INSIDE, "amount": "1"})
        assert inside.json()["code"] == "nothing-leaves-from-there"
        reference = proposed(api)
        (item,) = WorkItem.objects.filter(kind="withdrawal", closed_at=None)
        assert item.queue == "checker"
        assert api("clerk").post(f"/withdrawals/{reference}/approve/").status_code == 403
        body = {"reason": "The client called"}
        assert api("checker").post(f"/withdrawals/{reference}/decline/", body).status_code == 200
        follow_events()
        assert not WorkItem.objects.filter(kind="withdrawal", closed_at=None).exists()
        assert not JournalEntry.objects.filter(source_type="withdrawal").exists()

    def test_without_an_account_of_its_own_nothing_is_proposed(self, api: Any) -> None:
        money_comes(300_000)
        refused = api("clerk").post("/withdrawals/", BODY)
        assert (refused.status_code, refused.json()["code"]) == (409, "nowhere-to-pay")

    def test_two_at_once_that_together_are_too_much_leave_one(self, api: Any, bank: None) -> None:
        first, second = (proposed(api, amount="200000.00") for _ in range(2))
        approved(api, first)
        refused = api("checker").post(f"/withdrawals/{second}/approve/")
        assert refused.status_code == 409, refused.content
        assert refused.json()["code"] == "not-so-much-money"

    def test_approved_twice_at_once_it_is_paid_once(self, api: Any, bank: None) -> None:
        gained(1_000_000)
        references = [proposed(api, amount="100000.00"), proposed(api, amount="100000.00")]
        checker = api("checker")
        answers = at_once(
            lambda n: checker.post(f"/withdrawals/{references[n % 2]}/approve/"), count=6
        )
        assert sorted(a.status_code for a in answers) == [200, 200, 409, 409, 409, 409]
        assert Settlement.objects.filter(source_type="withdrawal").count() == 2
        kept = NdflWithholding.objects.order_by("pk").values_list("withheld", flat=True)
        assert sum(kept) == 26_000  # 13 % of what left: neither counted the other's tax as its own

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_its_pages_tell_what_would_be_kept_back_and_what_was(
        self, api: Any, bank: None, language: str
    ) -> None:
        gained(1_000_000)
        reference = proposed(api)

        def page(address: str, who: str = "auditor") -> str:
            headers = {"Accept-Language": language}
            answer = page_as(who).get(f"/inventory/withdrawals/{address}", headers=headers)
            assert answer.status_code == 200
            return re.sub(r"\s", " ", answer.content.decode())

        kept, rest = ("6 500,00", "43 500,00") if language == "ru" else ("6,500.00", "43,500.00")
        waits = page(f"{reference}/", "checker")
        assert kept in waits
        assert 'id="reckoning"' in waits
        assert "NEW-C" in waits  # the account that is paid
        assert 'name="order"' in page("new/", "clerk")
        approved(api, reference)
        told = page(f"{reference}/")
        assert f"<b>{rest}" in told
        assert 'id="transfer-by"' in told
        assert kept in page("")

    def test_what_a_purchase_needs_tomorrow_is_not_taken_out_today(
        self, api: Any, bank: None
    ) -> None:
        approved(api, proposed(api, amount="290000.00"))
        Settlement.objects.update(due_date=firm_day(timezone.now()) + timedelta(days=2))
        refused = api("clerk").post("/withdrawals/", BODY | {"amount": "10000.01"})
        assert refused.json()["code"] == "not-so-much-money"
        assert "10000" in refused.json()["detail"]
        proposed(api, amount="10000.00")

    def test_the_database_keeps_what_was_asked_and_withheld(self, api: Any, bank: None) -> None:
        gained(1_000)
        approved(api, proposed(api))
        with pytest.raises(DatabaseError), transaction.atomic():
            Withdrawal.objects.update(amount=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            NdflWithholding.objects.update(withheld=1)
        row = NdflWithholding.objects.get()
        row.pk, row.source_id = None, row.source_id + 1
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save(force_insert=True)


def settled(payment: str) -> None:
    """The bank says that it was paid."""
    at, id = timezone.now(), int(payment.removeprefix("S-"))
    proof = Proof(kind="test", reference="MT900", settled_at=at)
    settle_settlements(
        proofs={id: proof}, settled_date=firm_day(at), at=at
    ).raise_single()  # fmt: skip
    follow_events()
