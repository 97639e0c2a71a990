"""A place's penalty statement: compared line by line, booked by other eyes, differences appealed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backoffice.workflow.models import WorkItem
from ledger.models import JournalEntry, LedgerAccount
from ledger.selectors import balances
from refdata.firm_days import firm_day
from refdata.models import Entity
from settlements.fails.computing import compute_penalties
from settlements.fails.statements.models import PenaltyBreak, PenaltyLine
from settlements.models import Settlement
from tests.following import follow_events
from tests.settlements.fails.stage import (
    MON,
    NIGHT,
    PLACE,
    TUE,
    WED,
    failing,
    instrument,
    price,
)

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def row() -> Settlement:
    """P2: 52.30 + 51.80 + 53.05, counted by us."""
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    for day, value in ((MON, "52.30"), (TUE, "51.80"), (WED, "53.05")):
        price(share, day, value)
    settlement = failing(share, "10000")
    for day in (MON, TUE, WED):
        compute_penalties(entity_id=Entity.objects.get(code="EUR").pk, day=day, at=NIGHT)
    return settlement


def line(row: Settlement | None, day: Any, amount: str, **more: str) -> dict[str, str]:
    settlement = f"S-{row.pk}" if row else ""
    return {
        "their_ref": "P-1", "settlement": settlement, "day": day.isoformat(), "kind": "SEFP",
        "payer": "OURS", "amount": amount, "currency": "EUR", "status": "ACTV", **more,
    }  # fmt: skip


def bring(api: Any, lines: list[dict[str, str]], **more: Any) -> Any:
    body = {
        "entity": "EUR", "place": PLACE, "month": "2026-11-15", "document": "PEN-1", "lines": lines,
    }  # fmt: skip
    return api("clerk").post("/penalty-statements/", body | more)


def found(api: Any) -> dict[tuple[str, str], str]:
    rows = api("clerk").get("/penalty-breaks/").json()["results"]
    return {(each["day"], each["what"]): each["status"] for each in rows}


def booked(kind: str = "PENALTIES") -> Decimal:
    accounts = set(LedgerAccount.objects.filter(kind=kind).values_list("pk", flat=True))
    return sum((b.amount for b in balances() if b.account_id in accounts), Decimal(0))


def test_the_same_figures_differ_in_nothing_and_are_booked_once(api: Any, row: Settlement) -> None:
    lines = [line(row, MON, "52.30"), line(row, TUE, "51.80"), line(row, WED, "53.05")]
    answer = bring(api, lines)
    assert (answer.status_code, answer.json()["differences"]) == (201, 0), answer.content
    reference = answer.json()["reference"]
    again = bring(api, lines, document="PEN-1 again")
    assert (again.status_code, again.json()["reference"]) == (200, reference)
    follow_events()
    assert WorkItem.objects.get(kind="penalty-to-book", closed_at=None).queue == "accountant"

    assert api("clerk").post(f"/penalty-statements/{reference}/book/").status_code == 403
    answer = api("accountant").post(f"/penalty-statements/{reference}/book/")
    assert (answer.status_code, answer.json()["status"]) == (200, "BOOKED"), answer.content
    assert api("accountant").post(f"/penalty-statements/{reference}/book/").status_code == 409
    follow_events()
    assert not WorkItem.objects.filter(kind="penalty-to-book", closed_at=None).exists()
    assert booked() == Decimal("157.15")
    assert JournalEntry.objects.filter(kind="penaltystatement.book").count() == 1


def test_each_kind_of_difference_is_told_with_its_deadline(api: Any, row: Settlement) -> None:
    stranger = "S-999999"
    lines = [
        line(row, MON, "52.31"),  # another amount
        line(row, WED, "53.05", payer="THEIRS"),  # the other side
        line(None, TUE, "5.00", settlement=stranger, their_ref="P-9"),
    ]
    answer = bring(api, lines)
    assert answer.json()["differences"] == 5, answer.content
    assert found(api) == {
        ("2026-11-23", "AMOUNT"): "OPEN", ("2026-11-24", "NOT_THEIRS"): "OPEN",
        ("2026-11-24", "NOT_KNOWN"): "OPEN", ("2026-11-25", "NOT_THEIRS"): "OPEN",
        ("2026-11-25", "NOT_OURS"): "OPEN",
    }  # fmt: skip
    worst = PenaltyBreak.objects.get(what="AMOUNT")
    assert worst.appeal_by.isoformat() == "2026-12-14"  # the 10th business day of the next month
    follow_events()
    items = WorkItem.objects.filter(kind="penalty-different", closed_at=None, queue="clerk")
    assert items.count() == 5
    assert {firm_day(item.due_at).isoformat() for item in items if item.due_at} == {"2026-12-14"}


def test_what_differs_stands_in_the_queue_of_breaks_until_it_is_decided(
    api: Any, row: Settlement
) -> None:
    bring(api, [line(row, MON, "52.31"), line(row, TUE, "51.81"), line(row, WED, "53.05")])
    follow_events()
    first, second = (
        f"PB-{id}" for id in PenaltyBreak.objects.order_by("day").values_list("pk", flat=True)
    )
    queue = api("clerk").get("/breaks/", kind="PENALTY", live="true").json()["results"]
    assert {each["facts"]["penalty"]: (each["theirs"], each["ours"]) for each in queue} == {
        first: ("-52.31", "-52.3"), second: ("-51.81", "-51.8"),
    }  # fmt: skip
    assert {(each["asset"], each["place"], each["difference"]) for each in queue} == {
        ("EUR", PLACE, "-0.01")
    }
    assert not WorkItem.objects.filter(kind="break-open", closed_at=None).exists()  # its own waits

    why = {"reason": "Their price is of the day before."}
    api("clerk").post(f"/penalty-breaks/{first}/appeal/", why)
    follow_events()
    queue = api("clerk").get("/breaks/", kind="PENALTY", status="EXPLAINED").json()["results"]
    assert [(each["facts"]["penalty"], each["reason"]) for each in queue] == [
        (first, why["reason"])
    ]
    api("checker").post(f"/penalty-breaks/{first}/win/", why)
    api("checker").post(f"/penalty-breaks/{second}/accept/", why)
    follow_events()
    assert api("clerk").get("/breaks/", kind="PENALTY", live="true").json()["results"] == []


def test_a_difference_is_appealed_and_won_or_accepted_by_other_eyes(
    api: Any, row: Settlement
) -> None:
    bring(api, [line(row, MON, "52.31"), line(row, TUE, "51.81"), line(row, WED, "53.05")])
    first, second = (
        f"PB-{id}" for id in PenaltyBreak.objects.order_by("day").values_list("pk", flat=True)
    )
    why = {"reason": "Their price is of the day before."}

    assert api("clerk").post(f"/penalty-breaks/{first}/appeal/", why).json()["status"] == "APPEALED"
    assert api("clerk").post(f"/penalty-breaks/{second}/appeal/", {}).status_code == 400
    assert api("clerk").post(f"/penalty-breaks/{first}/win/", why).status_code == 403
    assert (
        api("checker").post(f"/penalty-breaks/{second}/win/", why).status_code == 409
    )  # not appealed
    follow_events()
    assert WorkItem.objects.filter(kind="penalty-appealed", closed_at=None).count() == 1
    assert api("checker").post(f"/penalty-breaks/{first}/win/", why).json()["status"] == "WON"
    assert (
        api("checker").post(f"/penalty-breaks/{second}/accept/", why).json()["status"] == "ACCEPTED"
    )
    follow_events()
    assert (
        not WorkItem.objects.filter(kind__startswith="penalty-", closed_at=None)
        .exclude(kind="penalty-to-book")
        .exists()
    )


def test_the_next_statement_of_a_month_takes_its_place_in_the_books(
    api: Any, row: Settlement
) -> None:
    rest = [line(row, TUE, "51.80"), line(row, WED, "53.05")]
    first = bring(api, [line(row, MON, "60.00"), *rest]).json()["reference"]
    api("accountant").post(f"/penalty-statements/{first}/book/")
    assert booked() == Decimal("164.85")
    assert list(found(api).values()) == ["OPEN"]

    second = bring(api, [line(row, MON, "52.30"), *rest], document="PEN-2").json()["reference"]
    assert list(found(api).values()) == ["WON"]  # it agrees with us now
    api("accountant").post(f"/penalty-statements/{second}/book/")
    assert booked() == Decimal("157.15")
    states = api("clerk").get("/penalty-statements/").json()["results"]
    assert [each["status"] for each in states] == ["BOOKED", "REPLACED"]

    again = bring(api, [line(row, MON, "60.00"), *rest], document="PEN-1 once more")
    assert (again.status_code, again.json()["reference"]) == (200, first)  # known, and replaced
    bring(api, [line(row, MON, "60.01"), *rest], document="PEN-3")
    assert list(found(api).values()) == ["OPEN"]  # and says otherwise again


def test_a_csv_is_taken_whole_or_refused_with_all_its_problems(api: Any, row: Settlement) -> None:
    text = "their_ref,settlement,day,kind,payer,amount,currency,status\r\n"
    good = f"P-1,S-{row.pk},2026-11-23,SEFP,OURS,52.30,EUR,\r\n"
    wrong = "P-2,X-1,2026-13-01,NONE,WE,1.005,EUR,ACTV\r\n"
    answer = bring(api, [], csv=text + good + wrong)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid-penalty-statement")
    assert {each["pointer"] for each in problem["errors"]} == {
        "/lines/1/settlement", "/lines/1/day", "/lines/1/kind", "/lines/1/payer", "/lines/1/amount",
    }  # fmt: skip
    assert not PenaltyLine.objects.exists()
    assert bring(api, [], csv=text + good).status_code == 201
    assert bring(api, [], csv="a,b\r\n1,2\r\n").status_code == 422


def test_l5_every_status_of_the_market_is_stored(api: Any, row: Settlement) -> None:
    statuses = ["ACTV", "NCOM", "REIC", "REMO", "RLOC", "SWIC"]
    lines = [line(row, MON, "1.00", their_ref=f"P-{code}", status=code) for code in statuses]
    reference = bring(api, lines).json()["reference"]
    stored = api("clerk").get(f"/penalty-statements/{reference}/lines/").json()["results"]
    assert sorted(each["status"] for each in stored) == statuses
    amounts = {each["status"]: each["amount"]["amount"] for each in stored}
    assert amounts["REMO"] == amounts["NCOM"] == "0.00"
    assert amounts["SWIC"] == "1.00"


def test_a_month_is_netted_per_counterparty_and_place(api: Any, row: Settlement) -> None:
    Settlement.objects.filter(pk=row.pk).update(reason="CLAC")
    compute_penalties(entity_id=row.entity_id, day=WED, at=NIGHT)  # the last day is theirs now
    answer = api("clerk").get("/penalty-nets/", month="2026-11-01").json()
    (net,) = answer["results"]
    assert (net["ours"]["amount"], net["theirs"]["amount"], net["net"]["amount"]) == (
        "104.10", "53.05", "-51.05",
    )  # fmt: skip
    assert net["due_date"] == "2026-12-24"  # the 18th business day of December
    assert answer["places"][0]["net"]["amount"] == "-51.05"
    assert api("clerk").get("/penalty-nets/", month="9999-12-31").status_code == 400


def test_fails_and_penalties_are_told_with_what_they_are_made_of(api: Any, row: Settlement) -> None:
    answer = api("clerk").get("/fails/", on="2026-11-26", min_age=3).json()["results"]
    (fail,) = answer
    assert (fail["age"], fail["reason"], fail["desk"], fail["cause"]) == (
        3, "LACK", "INVENTORY", "INVENTORY",
    )  # fmt: skip
    assert fail["cost"]["ours"]["amount"] == "157.15"
    assert fail["cost"]["per_day"]["amount"] == "53.05"
    assert api("clerk").get("/fails/", on="2026-11-26", min_age=4).json()["results"] == []
    penalties = api("clerk").get("/penalties/", settlement=f"S-{row.pk}").json()["results"]
    assert [each["amount"]["amount"] for each in penalties] == ["53.05", "51.80", "52.30"]
    assert penalties[0]["price"]["value"] == "53.05"
    assert penalties[0]["rule"].startswith("RL-")
