"""The pages of fails, in a browser's place: what fails and costs what, a statement, a difference."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from refdata.models import Entity
from settlements.fails.computing import compute_penalties
from settlements.fails.statements.models import PenaltyBreak, PenaltyStatement
from settlements.models import Settlement
from tests.pages.test_pages import browser
from tests.reporting.running import run_of
from tests.settlements.fails.stage import MON, NIGHT, PLACE, TUE, failing, instrument, price

pytestmark = pytest.mark.usefixtures("own_database")
HEADER = "their_ref,settlement,day,kind,payer,amount,currency,status\n"


@pytest.fixture
def row() -> Settlement:
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    price(share, MON, "52.30")
    settlement = failing(share, "10000")
    for day in (MON, TUE):
        compute_penalties(entity_id=Entity.objects.get(code="EUR").pk, day=day, at=NIGHT)
    return settlement


def bring(row: Settlement, amount: str) -> Any:
    text = f"{HEADER}P-1,S-{row.pk},2026-11-23,SEFP,OURS,{amount},EUR,ACTV\n"
    file = SimpleUploadedFile("p.csv", text.encode(), content_type="text/csv")
    body = {"entity": "EUR", "place": PLACE, "month": "2026-11", "document": "PEN-1", "file": file}
    return browser("clerk").post("/fails/statements/", body)


def test_fails_are_summed_and_each_number_leads_on(row: Settlement) -> None:
    page = browser("clerk").get("/fails/").content.decode()
    for words in (
        "Lack of securities",
        "the inventory desk",
        "104.60",
        "We lack securities",
        "CSDX",
    ):
        assert words in page
    assert f"/fails/penalties/?settlement=S-{row.pk}" in page
    listed = browser("clerk").get("/fails/penalties/", {"settlement": f"S-{row.pk}"})
    assert [each.reference[:3] for each in listed.context["list"].rows] == ["PN-", "PN-"]
    old = browser("clerk").get("/fails/", {"min_age": "200"})
    assert old.context["list"].rows == []


def test_a_statement_is_brought_looked_at_booked_and_a_difference_appealed(row: Settlement) -> None:
    answer = bring(row, "60.00")
    statement = PenaltyStatement.objects.get()
    assert answer.headers["Location"] == f"/fails/statements/{statement}/"
    page = browser("clerk").get(answer.headers["Location"]).content.decode()
    assert "Another amount" in page
    assert "The place has no line" in page
    shown = browser("accountant").get(f"/fails/statements/{statement}/").content.decode()
    assert f"/fails/statements/{statement}/book/" in shown
    browser("accountant").post(f"/fails/statements/{statement}/book/")
    statement.refresh_from_db()
    assert statement.state == "BOOKED"

    difference = PenaltyBreak.objects.get(what="AMOUNT")
    address = f"/fails/differences/{difference}/"
    assert "7.70" in browser("clerk").get(address).content.decode()
    browser("clerk").post(f"{address}appeal/", {"reason": "The price is of Friday."})
    difference.refresh_from_db()
    assert difference.state == "APPEALED"
    assert "The price is of Friday." in browser("clerk").get(address).content.decode()


def test_a_statement_that_is_not_told_in_full_is_refused_on_its_page(row: Settlement) -> None:
    client = browser("clerk")
    client.post("/fails/statements/", {"entity": "EUR"})
    page = client.get("/fails/statements/").content.decode()
    assert "missing or unreadable" in page
    assert not PenaltyStatement.objects.exists()


def test_the_report_tells_every_penalty_of_its_days(row: Settlement) -> None:
    run = run_of("fails", parameters={"counted_from": "2026-11-23", "counted_until": "2026-11-23"})
    assert (run.state, run.row_count) == ("COMPLETED", 1)
