"""Help while somebody types: what is wrong so far, what it would be, what is like it; nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from deals.models import Deal
from refdata.models import StandingInstruction
from tests.pages.test_limit_pages import page_as

pytestmark = pytest.mark.usefixtures("own_database")
BANK = "999900DEMOBANKONE097"
TYPED = {
    "product": "equity", "side": "buy", "instrument": "RU0009029540", "quantity": "1000", "price": "312.45",
    "currency": "RUB", "counterparty": BANK, "book": "EQ-RU", "traded_at": "2026-11-23T10:15",
    "settlement.method": "DVP", "stage": "proposed", "capacity": "OWN", "external_ref": "VOICE-1",
}  # fmt: skip


def helped(**typed: str) -> str:
    answer = page_as("dealer").post("/deals/new/help/", typed)
    assert answer.status_code == 200
    return str(answer.content.decode())


def said(page: str, name: str) -> str:
    """What stands beside a field."""
    return page.partition(f'id="said-{name}" hx-swap-oob="true">')[2].partition("</div>")[0]


def test_a_deal_as_it_would_be_with_what_it_takes_of_limits() -> None:
    page = helped(**TYPED)
    assert "It comes to 312,450.00 RUB, with fees 312,606.23" in page
    assert "takes 18,747.00 of" in page
    assert not Deal.objects.exists()


def test_only_what_is_typed_is_found_fault_with() -> None:
    page = helped(product="equity", side="buy", instrument="RU000NONSENSE", quantity="ten")
    assert "problem" in said(page, "quantity")
    assert "problem" not in said(page, "price")


def test_the_same_deal_and_the_last_alike(api: Any, sample: dict[str, Any]) -> None:
    first = api("dealer").post("/deals/", sample).json()["reference"]
    page = helped(**TYPED)
    assert 'id="entry-same"' in page
    assert first in page
    page = helped(**TYPED | {"quantity": "999"})
    assert 'id="entry-same"' not in page
    page = helped(**TYPED | {"book": ""})
    assert "&quot;book&quot;: &quot;EQ-RU&quot;" in page


def test_what_is_far_larger_than_ever_is_said(api: Any, sample: dict[str, Any]) -> None:
    for number in range(5):
        more = {"external_ref": f"FO-{number}", "quantity": str(10 + number)}
        assert api("dealer").post("/deals/", sample | more).status_code == 201
    assert 'id="entry-unusual"' not in helped(**TYPED | {"quantity": "41"})
    assert 'id="entry-unusual"' in helped(**TYPED | {"quantity": "42"})


def test_a_form_that_is_only_looked_at_proposes_nothing() -> None:
    browser, before = page_as("clerk"), StandingInstruction.objects.count()
    typed = {"party": BANK, "place": "NOWHERE", "valid_from": "tomorrow", "checking": "1"}
    answer = browser.post("/reference/instructions/new/", typed)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "problem" in said(page, "valid_from")
    assert "problem" not in said(page, "depository_account")
    assert StandingInstruction.objects.count() == before
    shown = browser.get("/reference/instructions/new/").content.decode()
    assert 'hx-post="/reference/instructions/new/"' in shown


def test_what_is_right_is_undone_too() -> None:
    browser, before = page_as("clerk"), StandingInstruction.objects.count()
    row = StandingInstruction.objects.select_related("party", "place").order_by("pk")[0]
    typed = {
        "party": row.party.code, "place": row.place.code, "depository_account": "D-77", "valid_from": "2027-01-11",
        "cash_account": "40702810000000000001",
    }  # fmt: skip
    answer = browser.post("/reference/instructions/new/", typed | {"checking": "1"})
    assert (answer.status_code, 'class="problem"' in answer.content.decode()) == (200, False)
    assert StandingInstruction.objects.count() == before
    assert browser.post("/reference/instructions/new/", typed).status_code == 302
    assert StandingInstruction.objects.count() == before + 1
