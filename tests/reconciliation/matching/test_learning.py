"""What people decided before is proposed again for lines of the same kind, and decides nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciliation.models import Match, Reconciliation
from refdata.models import Party
from settlements.models import Settlement
from tests.reconciliation.matching.stage import DAY, booked, matched, run, statement, told
from tests.reconciliation.matching.test_pointing import payment_to

pytestmark = pytest.mark.usefixtures("own_database")
ANNA, BORIS = "CL-ANNA", "CL-BORIS"


def settlement_with(party: str, amount: str) -> int:
    """The number of a settlement with a party; what is booked of it is booked by hand."""
    row = payment_to("CL-BORIS", amount)
    Settlement.objects.filter(pk=row.pk).update(
        counterparty=Party.objects.get(code=party), source_id=row.pk, transmission="NONE"
    )
    return row.pk


def of(party: str, amount: str, *, days: int = 0) -> int:
    return booked(amount, source=("settlement", settlement_with(party, amount)), days=days)


def proposals(api: Any) -> list[tuple[str, str | None, list[str], list[str]]]:
    rows = api("clerk").get("/reconciliation/proposals/").json()["results"]
    return [
        (row["why"], row["before"], [each["line"] for each in row["lines"]],
         [each["entry"] for each in row["entries"]])
        for row in rows
    ]  # fmt: skip


def match(api: Any, line: int, entry: int) -> str:
    answer = api("clerk").post("/matches/", {
        "reconciliation": str(Reconciliation.objects.get()), "lines": [f"SL-{line}"], "entries": [f"E-{entry}"],
    })  # fmt: skip
    assert answer.status_code == 201, answer.content
    return str(answer.json()["reference"])


def rivals(day: int, amount: str, text: str) -> tuple[int, int, int]:
    """A line, and an entry of it with each of two parties: the line, that with Anna, that with Boris."""
    ours = of(ANNA, amount, days=day), of(BORIS, amount, days=day)
    (line,) = statement([told(amount, days=day, text=text)], day=DAY + timedelta(days=day))
    run()
    return line, *ours


def test_a_line_like_one_that_a_person_matched_is_proposed_with_the_same_party(api: Any) -> None:
    line, with_anna, _ = rivals(0, "100", "Rent for November 2026, contract 7")
    assert proposals(api)[0][0] == "RIVALS"
    first = match(api, line, with_anna)

    again, anna_again, _ = rivals(20, "250", "Rent for December 2026, contract 7")

    assert proposals(api)[0] == ("BEFORE", first, [f"SL-{again}"], [f"E-{anna_again}"])
    assert list(matched().values()) == ["PERSON"]  # nothing is decided by it


def test_another_kind_of_line_teaches_nothing_and_so_does_a_match_that_was_undone(api: Any) -> None:
    line, with_anna, _ = rivals(0, "100", "Rent for November")
    first = match(api, line, with_anna)
    rivals(20, "250", "Refund of tax")
    assert "BEFORE" not in [each[0] for each in proposals(api)]

    rivals(40, "300", "Rent for January")
    assert "BEFORE" in [each[0] for each in proposals(api)]
    api("clerk").post(f"/matches/{first}/undo/", {"reason": "the other one"})

    assert "BEFORE" not in [each[0] for each in proposals(api)]


def test_what_a_rule_matched_teaches_nothing(api: Any) -> None:
    of(ANNA, "100")
    statement([told("100", text="Rent")])
    run()
    assert list(matched().values()) == ["DAY"]

    assert Match.objects.get().facts == {}
    rivals(20, "250", "Rent")
    assert "BEFORE" not in [each[0] for each in proposals(api)]


def test_two_entries_of_the_party_are_a_choice_and_no_proposal(api: Any) -> None:
    line, with_anna, _ = rivals(0, "100", "Rent")
    match(api, line, with_anna)
    of(ANNA, "250", days=20)

    rivals(20, "250", "Rent")

    assert "BEFORE" not in [each[0] for each in proposals(api)]
