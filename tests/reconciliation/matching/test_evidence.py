"""A line of a statement as the word of its bank: both payments of an FX deal, proved by statements alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reconciliation.models import Break
from refdata.models import NostroAccount
from settlements.models import Evidence, Settlement
from settlements.tasks import continue_runs
from tests.flows.test_fx import prepared
from tests.following import follow_events
from tests.reconciliation.matching.stage import live, matched, statement, told

pytestmark = pytest.mark.usefixtures("own_database")

BANK_FIVE = "999900DEMOBANKFIVE78"
DUE = date(2026, 11, 24)


@pytest.fixture
def sent(api: Any) -> tuple[str, Settlement, Settlement]:
    """EUR bought against USD, both payments sent: the deal, what goes out and what comes in."""
    document = {
        "external_ref": "FX-1", "product": "fx_spot", "side": "buy", "book": "FX-RU",
        "counterparty": BANK_FIVE, "pair": "EUR/USD", "quantity": "100000.00", "price": "1.157",
        "currency": "USD", "traded_at": "2026-11-20T10:15:00+03:00",
    }  # fmt: skip
    deal, out, into = prepared(api, document)
    api("checker").post(f"/settlements/{out['reference']}/release/")
    api("clerk").post("/settlement-runs/", {"business_date": DUE.isoformat()})
    continue_runs()
    follow_events()
    rows = [Settlement.objects.get(pk=each["reference"][2:]) for each in (out, into)]
    assert {row.transmission for row in rows} == {"SENT"}
    return deal, rows[0], rows[1]


def nostro_of(row: Settlement) -> NostroAccount:
    return NostroAccount.objects.get(
        place=row.place, entity=row.entity, owner=row.owner, currency=row.money_asset.code
    )


def bank_says(row: Settlement, amount: Decimal, reference: str, **more: Any) -> int:
    signed = amount if row.delivers else -amount
    line = told(str(signed), reference, days=1, **more)
    (id,) = statement([line], of=nostro_of(row), day=DUE)
    follow_events()
    return id


def test_lines_settle_both_payments_and_with_the_last_the_deal(
    api: Any, sent: tuple[str, Settlement, Settlement]
) -> None:
    deal, out, into = sent

    first = bank_says(into, into.amount, f"S-{into.pk}")
    into.refresh_from_db()
    assert (into.status, into.settled_date) == ("SETTLED", DUE)
    evidence = Evidence.objects.get(settlement=into)
    assert (evidence.kind, evidence.reference) == ("statement", f"SL-{first}")
    assert api("dealer").get(f"/deals/{deal}/").json()["status"] == "SETTLING"
    second = bank_says(out, out.amount, "", text=f"Payment s-{out.pk}")

    assert api("dealer").get(f"/deals/{deal}/").json()["status"] == "SETTLED"
    assert {rule for rule in matched().values()} == {"REFERENCE"}
    assert {line for lines, _ in matched() for line in lines} == {first, second}
    assert live(kind="BANK") == []


def test_another_amount_or_two_lines_prove_nothing(
    sent: tuple[str, Settlement, Settlement],
) -> None:
    _, _, into = sent

    bank_says(into, into.amount - 1, f"S-{into.pk}")
    into.refresh_from_db()
    assert into.status != "SETTLED"
    lines = [told(str(into.amount), f"S-{into.pk}", days=1) for _ in range(2)]
    statement(lines, of=nostro_of(into), day=DUE)
    follow_events()

    into.refresh_from_db()
    assert into.status != "SETTLED"
    assert len(live(kind="BANK")) == 3


def test_without_our_reference_a_person_takes_it_as_evidence_and_another_accepts(
    api: Any, sent: tuple[str, Settlement, Settlement]
) -> None:
    _, _, into = sent
    bank_says(into, into.amount, "THEIRS-1")
    (row,) = live(kind="BANK")
    path = f"/breaks/{row}"
    wrong = api("clerk").post(f"{path}/propose/", {"remedy": "EVIDENCE", "settlement": "S-999999"})
    assert wrong.status_code in (404, 409)

    body = {"remedy": "EVIDENCE", "settlement": f"S-{into.pk}"}
    assert api("clerk").post(f"{path}/propose/", body).status_code == 200
    accepted = api("checker").post(f"{path}/accept/")

    assert accepted.status_code == 200, accepted.json()
    into.refresh_from_db()
    assert into.status == "SETTLED"
    assert set(matched().values()) == {"REMEDY"}
    assert Break.objects.get(pk=row.pk).state == "CLOSED"
