"""A run over statements and books: once, however often; two at once; by hand; undone and done again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.events.models import Event
from reconciliation.matching import services
from reconciliation.models import Break, Match, Reconciliation
from tests.reconciliation.matching.stage import (
    AT,
    DAY,
    booked,
    live,
    matched,
    nostro,
    pair,
    run,
    statement,
    told,
)

pytestmark = pytest.mark.usefixtures("own_database")


def test_a_run_matches_what_is_certain_and_a_second_adds_nothing() -> None:
    entries = [booked("100", source=("settlement", 900_001)), booked("-40"), booked("7", days=-2)]
    lines = statement([told("100", "S-900001"), told("-40"), told("7"), told("3")])

    first = run()
    second = run(at=AT)

    assert matched() == {
        pair(lines[0], entries[0]): "REFERENCE",
        pair(lines[1], entries[1]): "DAY",
        pair(lines[2], entries[2]): "WINDOW",
    }
    assert (dict(first.matches), first.opened) == ({"REFERENCE": 1, "DAY": 1, "WINDOW": 1}, 1)
    assert (sum(second.matches.values()), second.opened, second.closed) == (0, 0, 0)
    assert [(b.kind, b.line_id, b.theirs) for b in live()] == [("BANK", lines[3], Decimal(3))]
    told_once = Event.objects.filter(kind="reconciliation.match")
    assert [e.facts["matches"] for e in told_once] == [{"DAY": 1, "REFERENCE": 1, "WINDOW": 1}]


def test_the_database_matches_by_reference_what_the_rules_would() -> None:
    """Twins, a line with two references and one beyond the days are left to the rules, and by them to a person."""
    for number in (900_001, 900_002, 900_003):
        booked("5", source=("settlement", number))
    booked("5", source=("settlement", 900_004), days=-3)
    single = booked("9", source=("settlement", 900_005))
    lines = statement(
        [
            told("5", "S-900001"), told("5", "S-900001"),
            told("5", "S-900002", end_to_end_id="S-900003"),
            told("9", "s900005", end_to_end_id="OTHER"),
        ]
    )  # fmt: skip

    run()

    assert matched() == {pair(lines[3], single): "REFERENCE"}
    assert {b.line_id for b in live(kind="BANK")} == set(lines[:3])


def test_a_line_with_two_references_is_nobodys_though_one_of_them_has_another_line() -> None:
    for number in (900_002, 900_003):
        booked("5", source=("settlement", number))
    lines = statement([told("5", "S-900002", end_to_end_id="S-900003"), told("5", "S-900003")])

    run()

    assert matched() == {}
    assert {b.line_id for b in live(kind="BANK")} == set(lines)


def test_what_statements_have_not_told_yet_is_no_break_and_is_matched_when_they_do() -> None:
    early = booked("100", source=("settlement", 900_001), days=1)
    statement([told("1")])
    run()
    assert [b.kind for b in live()] == ["BANK"]

    booked("55", days=1)
    lines = statement([told("100", "S-900001", days=1)], day=DAY.replace(day=24))
    run()

    assert matched() == {pair(lines[0], early): "REFERENCE"}
    assert sorted(b.kind for b in live()) == ["BANK", "BOOKS"]


def test_a_break_closes_when_its_other_side_comes_and_is_the_same_when_it_returns(api: Any) -> None:
    (line,) = statement([told("100", "S-900001")])
    run()
    (before,) = live()

    entry = booked("100", source=("settlement", 900_001))
    done = run()

    assert (done.closed, live()) == (1, [])
    assert Break.objects.get(pk=before.pk).state == "CLOSED"
    match = Match.objects.get()
    answer = api("clerk").post(f"/matches/{match}/undo/", {"reason": "another payment"})
    assert answer.status_code == 200, answer.json()
    assert {(b.pk if b.line_id else None, b.held) for b in live()} == {
        (before.pk, True),
        (None, True),
    }
    assert matched() == {}

    run()

    assert matched() == {}, "a rule matched again what a person took apart"
    again = api("clerk").post(
        "/matches/",
        {"reconciliation": str(Reconciliation.objects.get()), "lines": [f"SL-{line}"],
         "entries": [f"E-{entry}"]},
    )  # fmt: skip
    assert again.status_code == 201, again.json()
    assert matched() == {pair(line, entry): "PERSON"}
    assert live() == []


def test_another_amount_is_one_break_of_both() -> None:
    entry = booked("100", source=("settlement", 900_001))
    (line,) = statement([told("99.50", "S-900001")])

    run()

    (found,) = live()
    assert (found.kind, found.line_id, found.entry_id) == ("AMOUNT", line, entry)
    assert (found.theirs, found.ours, found.why) == (Decimal("99.5"), Decimal(100), "AMOUNT")


def test_rivals_go_to_a_person_with_the_reason(api: Any) -> None:
    booked("5")
    booked("5", days=-1)
    statement([told("5")])

    run()

    assert matched() == {}
    assert {(b.kind, b.why) for b in live()} == {("BANK", "RIVALS"), ("BOOKS", "RIVALS")}
    reference = str(Reconciliation.objects.get())
    answer = api("clerk").get("/reconciliation/proposals/", reconciliation=reference).json()
    (proposal,) = answer["results"]
    assert (proposal["why"], len(proposal["lines"]), len(proposal["entries"])) == ("RIVALS", 1, 2)


def test_accounts_and_owners_are_not_mixed() -> None:
    """The same amount at another bank, and in another currency at the same bank, is another thing."""
    booked("5", of=nostro("CNY"))
    booked("5", of=nostro("USD", entity="EUR"))
    statement([told("5")])

    run()

    assert matched() == {}


def test_entries_before_the_first_statement_are_its_opening_balance() -> None:
    booked("100", days=-10)
    before = booked("5", days=-2)
    lines = statement([told("5")])

    run()

    assert matched() == {pair(lines[0], before): "WINDOW"}
    assert live() == []


@pytest.mark.parametrize(
    ("lines", "entries", "code", "status"),
    [
        ([0], [], "nothing-to-match", 422),
        ([0], [0], "sums-differ", 409),
        ([0, 9_999_999], [], "not-found", 404),
        ([0], [9_999_999], "not-found", 404),
    ],
)
def test_a_person_cannot_match_what_does_not_agree(
    api: Any, lines: list[int], entries: list[int], code: str, status: int
) -> None:
    made = [booked("100")]
    stored = statement([told("99")])
    run()
    body = {
        "reconciliation": str(Reconciliation.objects.get()),
        "lines": [f"SL-{stored[n] if n < 9 else n}" for n in lines],
        "entries": [f"E-{made[n] if n < 9 else n}" for n in entries],
    }

    answer = api("clerk").post("/matches/", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert matched() == {}


def test_what_is_matched_is_matched_once(api: Any) -> None:
    entry = booked("100", source=("settlement", 900_001))
    lines = statement([told("100", "S-900001"), told("100", "S-900002")])
    run()
    body = {"reconciliation": str(Reconciliation.objects.get()), "entries": [f"E-{entry}"]}

    answer = api("clerk").post("/matches/", body | {"lines": [f"SL-{lines[1]}"]})

    assert answer.json()["code"] == "matched-already"


def refused(sql: str) -> None:
    """The database does not take it, at the latest when the transaction ends."""
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{sql}; SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_sides_that_differ_and_changes_of_what_is_matched() -> None:
    entry = booked("100", source=("settlement", 900_001))
    (line,) = statement([told("100", "S-900001")])
    run()
    row = Match.objects.get()
    assert (row.line_id, row.entry_id) == (line, entry)
    assert row.amount == 100
    assert row.items == [row]
    of_pair = "entity_id, reconciliation_id, rule, amount"

    refused("UPDATE reconciliation_match SET amount = 1")
    refused("DELETE FROM reconciliation_match")
    refused(
        "UPDATE reconciliation_match SET undone_at = now(), undone_by_id = 9999999, undone_reason = 'x'"
    )
    for copied in ("line_id, entry_id, account_id", "entry_id, account_id", "line_id"):
        refused(  # what is matched is not in a second match, nor half of it
            f"INSERT INTO reconciliation_match ({of_pair}, {copied})"
            f" SELECT {of_pair}, {copied} FROM reconciliation_match"
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reconciliation_match SET undone_at = now(), undone_reason = 'x',"
            " undone_by_id = (SELECT min(id) FROM access_user)"
        )
    refused("UPDATE reconciliation_match SET undone_at = NULL, undone_by_id = NULL")
    refused(  # a part of a pair, and a part of nothing
        f"INSERT INTO reconciliation_match ({of_pair}, part_of_id, line_id)"
        f" SELECT {of_pair}, id, line_id FROM reconciliation_match"
    )
    refused(
        f"INSERT INTO reconciliation_match ({of_pair}, part_of_id, line_id)"
        f" SELECT {of_pair}, 9999999, line_id FROM reconciliation_match"
    )


def test_the_database_refuses_several_that_do_not_come_to_the_same() -> None:
    first = booked("60", source=("settlement", 900_001))
    second = booked("40", source=("settlement", 900_001), part=1)
    (line,) = statement([told("100", "S-900001")])
    run()
    whole = Match.objects.get(part_of=None)
    assert matched() == {(frozenset([line]), frozenset([first, second])): "COMMON"}
    assert [part.amount for part in whole.items] == [100, 60, 40]

    another = booked("7")
    refused(  # one more that does not belong to it
        "INSERT INTO reconciliation_match"
        " (entity_id, reconciliation_id, rule, amount, part_of_id, entry_id, account_id)"
        f" SELECT entity_id, reconciliation_id, rule, 7, part_of_id, {another}, account_id"
        f" FROM reconciliation_match WHERE entry_id = {first}"
    )
    refused(  # a whole without its parts
        "INSERT INTO reconciliation_match (entity_id, reconciliation_id, rule, amount)"
        " SELECT entity_id, reconciliation_id, rule, 0 FROM reconciliation_match WHERE part_of_id IS NULL"
    )
    refused(  # one of them alone undone
        "UPDATE reconciliation_match SET undone_at = now(), undone_reason = 'x',"
        f" undone_by_id = (SELECT min(id) FROM access_user) WHERE entry_id = {first}"
    )


def test_two_runs_at_once_match_everything_once() -> None:
    for number in range(50):
        booked("5", source=("settlement", 900_000 + number))
    statement([told("5", f"S-{900_000 + number}") for number in range(50)])

    def one(_: int) -> int:
        try:
            return sum(run().matches.values())
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(one, range(3)))

    assert sum(counts) == 50
    assert len(matched()) == 50


def test_a_pending_line_is_not_matched() -> None:
    booked("5", source=("settlement", 900_001))
    statement([told("5", "S-900001", status="PENDING")])

    run()

    assert matched() == {}


def test_lists_are_of_what_one_may_see(api: Callable[[str], Any]) -> None:
    booked("5", source=("settlement", 900_001))
    statement([told("5", "S-900001"), told("8")])
    run()

    (row,) = api("clerk").get("/reconciliations/").json()["results"]
    assert (row["currency"], row["open_breaks"], row["until"]) == ("USD", 1, DAY.isoformat())
    (match,) = api("clerk").get("/matches/", rule="REFERENCE").json()["results"]
    assert match["items"][0]["amount"] == {"amount": "5.00", "currency": "USD"}
    assert api("clerk").get(f"/matches/{match['reference']}/").json() == match
    assert api("clerk").get("/matches/", undone="true").json()["results"] == []
    (found,) = api("clerk").get("/breaks/", live="true").json()["results"]
    assert (found["kind"], found["difference"], found["status"]) == ("BANK", "8", "OPEN")
    assert api("dealer").get("/breaks/").status_code == 403


@pytest.mark.parametrize("within", [False, True])
def test_accounts_in_several_chunks_are_matched_as_in_one(
    monkeypatch: pytest.MonkeyPatch, within: bool
) -> None:
    """At once on connections of their own, but for a caller whose transaction they are part of."""
    monkeypatch.setattr(services, "CHUNK", 1)
    entries, lines = [], []
    for number, currency in ((900_001, "USD"), (900_002, "CNY")):
        entries.append(booked("5", source=("settlement", number), of=nostro(currency)))
        lines += statement([told("5", f"S-{number}"), told("7")], of=nostro(currency))

    with transaction.atomic() if within else nullcontext():
        done = run()

    assert matched() == {
        pair(lines[0], entries[0]): "REFERENCE",
        pair(lines[2], entries[1]): "REFERENCE",
    }
    assert (done.matches, done.opened) == ({"REFERENCE": 2}, 2)
    assert not sum(run().matches.values())
