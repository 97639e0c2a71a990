"""Interest claims and buy-ins: what is computed, whose eyes, what is booked when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from backoffice.events.services import NewEvent, record_events
from backoffice.workflow.models import WorkItem
from ledger.models import LedgerAccount
from ledger.selectors import balances
from refdata.models import Entity
from settlements.fails.claims.models import BuyIn, InterestClaim
from settlements.fails.claims.proposing import propose_claims
from settlements.fails.claims.rules import difference_of, share_of
from settlements.fails.computing import compute_penalties
from settlements.fails.kinds import Terms, claims_itself
from settlements.models import Settlement
from tests.following import follow_events
from tests.pages.test_pages import browser
from tests.settlements.fails.stage import (
    BANK_FIVE,
    FRI,
    NIGHT,
    PLACE,
    THU,
    failing,
    instrument,
    put_in_force,
)

pytestmark = pytest.mark.usefixtures("own_database")


def owed_by_bank() -> Decimal:
    """What the counterparty owes us, above zero."""
    rows = LedgerAccount.objects.filter(kind="SETTLEMENT", counterparty__code=BANK_FIVE)
    ids = set(rows.values_list("pk", flat=True))
    return sum((b.amount for b in balances() if b.account_id in ids), Decimal(0))


def late(**terms: str) -> Settlement:
    """A million that they owe us since Thursday: 0.1 % a day by contract, the first day free."""
    put_in_force("fails.scheme", f"{PLACE}/SHARE", {"scheme": "CONTRACT"})
    value = {"basis_points": "10", "free_days": 1, **terms}
    put_in_force("fails.terms", f"CONTRACT/{BANK_FIVE}", value)
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    row = failing(
        share, "10000", amount=Decimal(1_000_000), reason="CMON", due_date=THU, matched_date=THU
    )
    for day in (THU, FRI, date(2026, 11, 30)):
        compute_penalties(entity_id=Entity.objects.get(code="EUR").pk, day=day, at=NIGHT)
    return row


@pytest.fixture
def late_cash() -> Settlement:
    return late()


def test_we_claim_what_the_contract_gives_and_it_is_booked_paid_and_never_twice(
    api: Any, late_cash: Settlement
) -> None:
    body = {"settlement": f"S-{late_cash.pk}", "claimant": "US"}
    answer = api("clerk").post("/interest-claims/", body)
    claim = answer.json()
    assert (answer.status_code, claim["amount"]["amount"]) == (201, "2000.00"), answer.content
    assert (claim["first_day"], claim["last_day"]) == ("2026-11-27", "2026-11-30")
    assert api("clerk").post("/interest-claims/", body).json()["code"] == "fail-already-claimed"
    at = f"/interest-claims/{claim['reference']}"

    assert api("clerk").post(f"{at}/approve/").status_code == 403
    assert api("checker").post(f"{at}/approve/").json()["status"] == "APPROVED"
    assert owed_by_bank() == 2000
    paid = {"place": PLACE, "document": "MT910 of 1 December"}
    assert api("checker").post(f"{at}/pay/", paid).status_code == 403
    assert api("accountant").post(f"{at}/pay/", paid).json()["status"] == "PAID"
    assert owed_by_bank() == 0
    assert api("accountant").post(f"{at}/pay/", paid).status_code == 409
    assert api("checker").post(f"{at}/drop/", {"reason": "x"}).status_code == 409


def test_they_claim_another_amount_than_we_compute_and_it_is_dropped(
    api: Any, late_cash: Settlement
) -> None:
    body = {
        "settlement": f"S-{late_cash.pk}", "claimant": "THEM", "amount": "150.00", "document": "L-7",
    }  # fmt: skip
    claim = api("clerk").post("/interest-claims/", body).json()
    assert (claim["computed"]["amount"], claim["amount"]["amount"]) == ("0.00", "150.00")
    at = f"/interest-claims/{claim['reference']}"
    api("checker").post(f"{at}/approve/")
    assert owed_by_bank() == -150
    dropped = api("checker").post(f"{at}/drop/", {"reason": "They took it back."})
    assert dropped.json()["status"] == "DROPPED"
    assert owed_by_bank() == 0


def proposed(row: Settlement) -> int:
    found = propose_claims(entity_id=row.entity_id, day=date(2026, 11, 30), at=NIGHT)
    follow_events()
    return found


def test_what_settled_late_is_claimed_by_the_night_where_the_terms_say_so(api: Any) -> None:
    row = late(claim_from="2000.00")
    assert proposed(row) == 0  # it is not settled: what it comes to still grows
    Settlement.objects.filter(pk=row.pk).update(settlement="SETTLED", settled_date="2026-12-01")
    assert (proposed(row), proposed(row)) == (1, 0)
    claim = InterestClaim.objects.get()
    assert (claim.claimant, claim.amount, claim.proposed_by, claim.makers) == (
        "US", Decimal(2000), None, [],
    )  # fmt: skip
    item = WorkItem.objects.get(subject_type="interestclaim", closed_at=None)
    assert (item.kind, item.queue, item.amount) == ("interest-claim", "checker", Decimal(2000))
    told = api("checker").post(f"/interest-claims/{claim}/approve/").json()
    assert (told["status"], told["proposed_by"]) == ("APPROVED", None)
    follow_events()
    item = WorkItem.objects.get(subject_type="interestclaim", closed_at=None)
    assert (item.kind, item.queue) == ("interest-claim-unpaid", "accountant")
    api("checker").post(f"/interest-claims/{claim}/drop/", {"reason": "waived"})
    assert proposed(row) == 0  # what was given up is not asked for again


@pytest.mark.parametrize(
    ("least", "amount", "expected"),
    [("500", "500", True), ("500", "499.99", False), ("0", "0", False), (None, "1000", False)],
)
def test_the_night_claims_from_the_least_amount_of_the_terms_on(
    least: str | None, amount: str, expected: bool
) -> None:
    terms = Terms(basis_points="10", claim_from=least)
    assert claims_itself(terms, Decimal(amount)) is expected


def test_without_a_penalty_by_contract_there_is_nothing_to_claim(api: Any) -> None:
    row = failing(instrument("LIQ", "SHARE", "LIQUID_SHARE"), "100")
    answer = api("clerk").post("/interest-claims/", {"settlement": f"S-{row.pk}", "claimant": "US"})
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-claim")


def test_what_is_not_delivered_is_bought_in_and_the_difference_is_owed(api: Any) -> None:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    row = failing(share, "1000", amount=Decimal(50_000), delivers=False, reason="CLAC")
    body = {"settlement": f"S-{row.pk}", "execute_by": "2026-12-04"}
    answer = api("clerk").post("/buy-ins/", body)
    assert answer.status_code == 201, answer.content
    at = f"/buy-ins/{answer.json()['reference']}"
    assert api("clerk").post("/buy-ins/", body).json()["code"] == "fail-already-claimed"

    note = {"price": "51.25", "document": "Contract note 5"}
    assert api("clerk").post(f"{at}/execute/", note).status_code == 409  # they were not told yet
    assert api("checker").post(f"{at}/notify/").json()["status"] == "NOTIFIED"
    bought = api("clerk").post(f"{at}/execute/", note).json()
    assert (bought["status"], bought["difference"]["amount"]) == ("EXECUTED", "1250.00")
    assert owed_by_bank() == 0
    assert api("checker").post(f"{at}/compensate/").json()["status"] == "COMPENSATED"
    assert owed_by_bank() == 1250
    assert api("clerk").post(f"{at}/abandon/", {"reason": "late"}).status_code == 409


def test_our_own_delivery_is_not_bought_in(api: Any) -> None:
    row = failing(instrument("LIQ", "SHARE", "LIQUID_SHARE"), "1000")
    body = {"settlement": f"S-{row.pk}", "execute_by": "2026-12-04"}
    assert api("clerk").post("/buy-ins/", body).json()["code"] == "not-to-buy-in"


def test_a_claim_is_proposed_approved_and_paid_on_its_pages(late_cash: Settlement) -> None:
    clerk, checker, accountant = (browser(who) for who in ("clerk", "checker", "accountant"))
    _prepared(late_cash)
    assert f"/fails/claims/new/?settlement={late_cash}" in _page(
        clerk, f"/settlements/{late_cash}/"
    )
    form = clerk.get("/fails/claims/new/", {"settlement": str(late_cash)}).content.decode()
    assert f'value="{late_cash}"' in form
    wrong = clerk.post("/fails/claims/new/", {"settlement": str(late_cash), "claimant": "THEM"})
    assert (wrong.status_code, InterestClaim.objects.count()) == (422, 0)
    made = clerk.post("/fails/claims/new/", {"settlement": str(late_cash), "claimant": "US"})
    claim = InterestClaim.objects.get()
    at = f"/fails/claims/{claim}/"
    assert made.headers["Location"] == at
    assert "We claim 2,000.00 EUR from" in _page(clerk, at)
    assert "Nothing is booked yet" in _page(clerk, at)
    checker.post(f"{at}approve/")
    assert f'method="get" action="{at}pay/"' in _page(accountant, at)
    assert accountant.post(f"{at}pay/", {"place": PLACE}).status_code == 422
    accountant.post(f"{at}pay/", {"place": PLACE, "document": "MT910"})
    claim.refresh_from_db()
    assert claim.state == "PAID"
    assert "Interest claim paid" in _page(clerk, at)
    assert str(claim) in _page(clerk, "/fails/claims/?status=PAID")
    assert str(claim) in _page(clerk, f"/settlements/{late_cash}/")


def test_a_buy_in_is_proposed_notified_and_executed_on_its_pages() -> None:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    row = failing(share, "1000", amount=Decimal(50_000), delivers=False, reason="CLAC")
    clerk, checker = browser("clerk"), browser("checker")
    _prepared(row)
    assert f"/fails/buy-ins/new/?settlement={row}" in _page(clerk, f"/settlements/{row}/")
    clerk.post("/fails/buy-ins/new/", {"settlement": str(row), "execute_by": "2026-12-04"})
    bought = BuyIn.objects.get()
    at = f"/fails/buy-ins/{bought}/"
    checker.post(f"{at}notify/")
    clerk.post(f"{at}execute/", {"price": "51.25", "document": "Contract note 5"})
    page = _page(checker, at)
    assert ("1,250.00" in page, f"{at}compensate/" in page) == (True, True)
    assert str(bought) in _page(clerk, "/fails/buy-ins/?status=EXECUTED")


def _prepared(row: Settlement) -> None:
    """Its history begins, as its page shows it."""
    event = NewEvent(
        kind="settlement.prepare", subject_type="settlement", subject_id=row.pk,
        entity_id=row.entity_id, target="PREPARED",
    )  # fmt: skip
    with transaction.atomic():
        record_events([event], actor_id=None, at=NIGHT)


def _page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_a_buy_in_comes_to_rounds_half_up() -> None:
    third = share_of(Decimal(100), part=Decimal(1), whole=Decimal(3), minor_unit=2)
    assert third == Decimal("33.33")
    assert difference_of(Decimal(1), Decimal("33.335"), agreed=third, minor_unit=2) == Decimal(
        "0.01"
    )
    assert difference_of(Decimal(1), Decimal("30"), agreed=third, minor_unit=2) == Decimal("-3.33")
