"""Batches for the bookkeeping: every entry once, changes that add up to the trial balance, late ones in the next."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from lxml import etree

from backoffice.access.models import User
from backoffice.events.selectors import known_at
from backoffice.kernel.errors import Broken
from backoffice.workflow.models import WorkItem
from ledger.accounting.plan import NAMES, OF_COSTS
from ledger.services import reverse_entries
from ledger.state import AccountKind
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.selectors import forget_reference_data
from reporting import handover
from reporting.handover.agreeing import apart
from reporting.handover.files import xml_pieces
from reporting.handover.models import LedgerBatch
from reporting.handover.services import (
    NotNamed,
    accept_batches,
    hand_over_batches,
    keep_batch,
    request_batch,
    request_documents,
)
from reporting.reports.base import Known
from reporting.reports.ledger_batch import Point, worth_by_code
from reporting.services import stored_path, verify_run
from reporting.storing import path_of, rows_in
from reporting.tasks import compute_reports
from tests.following import follow_events, until_known
from tests.pages.test_limit_pages import page_as
from tests.reporting.running import computed, read_bytes, told
from tests.reporting.stated_firm import (
    CASH,
    HOLDING,
    MONDAY,
    POSITION,
    SETTLEMENT,
    TUESDAY,
    WEDNESDAY,
    Firm,
    a_week,
)

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
XSD = Path(handover.__file__).with_name("ledger-batch-1.xsd")
# A plan of a test: every name has a code of its own, so that nothing is hidden by two that share one.
CODES = {name: str(1001 + number) for number, name in enumerate(NAMES)} | {"CASH.FOREIGN": "52"}


def person(name: str) -> User:
    return User.objects.get(username=name)


def plan_in_force(since: date = MONDAY, *, costs: bool = True, **otherwise: str) -> None:
    """Put a plan of accounts of the entity in force, by two people."""
    codes = {name: code for name, code in CODES.items() if costs or name not in OF_COSTS}
    terms = RuleTerms(
        kind="accounting.plan", key="RUS", valid_from=since, source="A test",
        value={"name": "a test", "accounts": codes | otherwise},
        vectors=[{"name": "money", "given": {"measure": "BASE", "kind": "CASH"}, "expected": CODES["CASH"]}],
    )  # fmt: skip
    row = propose_rule(terms=terms, actor=person("accountant"), at=timezone.now())
    activate_rules(ids=[row.pk], actor=person("manager"), at=timezone.now()).raise_single()
    forget_reference_data()


def batch_of(firm: Firm, day: date) -> LedgerBatch:
    run = request_batch(entity_id=firm.entity.pk, day=day, at=timezone.now())
    assert run is not None
    documents = request_documents(run_id=computed(run).pk, at=timezone.now())
    row = keep_batch(run_id=run.pk, documents_id=computed(documents).pk, at=timezone.now())
    follow_events()
    return LedgerBatch.objects.select_related("entity", "run", "before__run").get(pk=row.pk)


def moves(batch: LedgerBatch) -> list[tuple[str, str, str, str]]:
    return [
        (row["debit"], row["credit"], row["asset"], row["quantity"])
        for row in told(batch.run, section="entries")
    ]


def changes(batch: LedgerBatch) -> dict[tuple[str, str], Decimal]:
    """By how much what stands on each account changed, by account and asset."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in told(batch.run, section="changes"):
        found[row["account"], row["asset"] or ""] += D(row["change"])
    return found


@pytest.fixture
def firm() -> Firm:
    plan_in_force()
    return a_week()


class TestBatch:
    def test_the_first_two_days_by_hand(self, firm: Firm) -> None:
        share = firm.share.isin or ""
        first, second = batch_of(firm, MONDAY), batch_of(firm, TUESDAY)
        cash, opening = CODES["CASH"], CODES["OPENING"]
        assert sorted(moves(first)) == sorted([
            (cash, opening, "RUB", "100000"), (cash, opening, "RUB", "900000"),
            (CODES["CASH.FOREIGN"], opening, "USD", "1000"),
            (CODES["CLIENTS_CASH"], CODES["DUE_TO_CLIENTS"], "RUB", "500"),
            (CODES["CUSTODY_HELD"], CODES["CUSTODY_OWED"], share, "7"),
        ])  # fmt: skip
        assert changes(first) == {
            (cash, "RUB"): 1_000_000, (CODES["CASH.FOREIGN"], "USD"): 90_000,
            (CODES["CLIENTS_CASH"], "RUB"): 500, (CODES["DUE_TO_CLIENTS"], "RUB"): -500,
            (opening, "RUB"): -1_000_000, (opening, "USD"): -90_000,
        }  # fmt: skip
        assert moves(second) == [
            (CODES["SETTLEMENT"], CODES["POSITION"], share, "100"),
            (CODES["POSITION"], CODES["SETTLEMENT"], "RUB", "25000"),
            (CODES["FEES"], CODES["CASH.FOREIGN"], "USD", "10"),
        ]
        # The shares cost what they are worth; the dollar went from 90 to 91, and 10 of 1,000 were paid.
        assert changes(second) == {
            (CODES["FVTPL"], share): 25_000, (CODES["SETTLEMENT"], "RUB"): -25_000,
            (CODES["GAINS"], "RUB"): 25_000, (CODES["GAINS"], share): -25_000,
            (CODES["FEES"], "USD"): 910, (CODES["CASH.FOREIGN"], "USD"): 990 * 91 - 90_000,
            (CODES["REVALUATION"], "USD"): -1_000,
        }  # fmt: skip

    def test_costs_of_the_firm_by_hand(self, firm: Firm) -> None:
        batch_of(firm, MONDAY)
        firm.post(
            TUESDAY,
            (AccountKind.EXPENSE, AccountKind.SUPPLIER, firm.usd, 10),
            (AccountKind.PERSONNEL, AccountKind.STAFF, firm.rub, 87),
            (AccountKind.PERSONNEL, AccountKind.SOCIAL, firm.rub, 30),
            (AccountKind.FIXED_ASSET, AccountKind.SUPPLIER, firm.rub, 600),
            (AccountKind.DEPRECIATION, AccountKind.ACCUMULATED, firm.rub, 50),
        )
        batch_of(firm, TUESDAY)
        firm.post(WEDNESDAY, (AccountKind.SUPPLIER, CASH, firm.rub, 650))
        found = changes(batch_of(firm, WEDNESDAY))
        # The dollar went from 91 to 95: what is owed is worth more, what was spent is worth what it was.
        assert found[CODES["SUPPLIER"], "USD"] == -10 * (95 - 91)
        assert found[CODES["SUPPLIER"], "RUB"] == 650
        assert (CODES["EXPENSE"], "USD") not in found
        assert (CODES["FIXED_ASSET"], "RUB") not in found

    def test_a_plan_without_costs_serves_until_there_are_some(self, firm: Firm) -> None:
        plan_in_force(TUESDAY, costs=False)
        assert moves(batch_of(firm, TUESDAY))
        firm.post(WEDNESDAY, (AccountKind.EXPENSE, CASH, firm.rub, 5))
        run = request_batch(entity_id=firm.entity.pk, day=WEDNESDAY, at=timezone.now())
        assert run is not None
        until_known()
        compute_reports()
        run.refresh_from_db()
        assert (run.state, run.error.partition(".")[0]) == (
            "FAILED", "a test names no account for EXPENSE"
        )  # fmt: skip

    def test_what_comes_late_or_is_reversed_comes_with_the_next(self, firm: Firm) -> None:
        first = batch_of(firm, MONDAY)
        late = firm.post(MONDAY, (AccountKind.FEES, CASH, firm.rub, 40))
        second = batch_of(firm, TUESDAY)
        assert (CODES["FEES"], CODES["CASH"], "RUB", "40") in moves(second)
        reverse_entries(reasons={late: "twice <&>"}, actor_id=None, at=timezone.now())
        third = batch_of(firm, WEDNESDAY)
        (row,) = told(third.run, section="entries")
        assert (row["debit"], row["credit"], row["quantity"]) == (
            CODES["CASH"],
            CODES["FEES"],
            "40",
        )
        assert (row["reverses"], row["reason"]) == (f"E-{late}", "twice <&>")
        assert [each.number for each in (first, second, third)] == [1, 2, 3]
        assert (second.before_id, third.before_id) == (first.pk, second.pk)
        for each in (first, second, third):
            assert verify_run(each.run).equal

    def test_a_plan_that_changes_moves_what_stood_before(self, firm: Firm) -> None:
        batch_of(firm, MONDAY)
        plan_in_force(TUESDAY, OPENING="84")
        changed = changes(batch_of(firm, TUESDAY))
        assert changed[CODES["OPENING"], "RUB"] == 1_000_000
        assert changed["84", "RUB"] == -1_000_000

    def test_a_day_before_the_last_one_is_in_it_already(self, firm: Firm) -> None:
        batch_of(firm, TUESDAY)
        assert request_batch(entity_id=firm.entity.pk, day=MONDAY, at=timezone.now()) is None

    def test_without_a_plan_nothing_is_handed_over(self) -> None:
        firm = a_week()
        assert request_batch(entity_id=firm.entity.pk, day=MONDAY, at=timezone.now()) is None

    def test_it_is_made_once(self, firm: Firm) -> None:
        row = batch_of(firm, MONDAY)
        assert row.documents_id is not None
        again = keep_batch(run_id=row.run_id, documents_id=row.documents_id, at=timezone.now())
        assert again.pk == row.pk
        assert LedgerBatch.objects.count() == 1

    def test_a_run_that_goes_on_from_elsewhere_is_no_batch(self, firm: Firm) -> None:
        batch_of(firm, MONDAY)
        skipping = request_batch(entity_id=firm.entity.pk, day=WEDNESDAY, at=timezone.now())
        assert skipping is not None
        batch_of(firm, TUESDAY)
        documents = request_documents(run_id=computed(skipping).pk, at=timezone.now())
        with pytest.raises(Broken, match="goes on from"):
            keep_batch(
                run_id=skipping.pk, documents_id=computed(documents).pk, at=timezone.now()
            )  # fmt: skip

    def test_the_database_keeps_it_as_it_is(self, firm: Firm) -> None:
        row = batch_of(firm, MONDAY)
        for statement in (
            "UPDATE reporting_ledgerbatch SET day = day + 1", "DELETE FROM reporting_ledgerbatch",
            "INSERT INTO reporting_ledgerbatch (entity_id, number, day, run_id, state, makers, before_id)"
            f" SELECT entity_id, 3, day + 1, run_id, 'PREPARED', '{{}}', {row.pk} FROM reporting_ledgerbatch",
        ):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


class TestMonth:
    """Done-when 7: the batches of a month total the trial balance by mapped account."""

    DAYS = 22

    def test_all_batches_are_the_trial_balance(self, firm: Firm) -> None:
        chance, made, batches = Random(20260), list[int](), list[LedgerBatch]()
        days = [MONDAY + timedelta(days=number) for number in range(self.DAYS)]
        for number, day in enumerate(days):
            for _ in range(chance.randrange(4)):
                made.append(self._something(firm, chance, days[chance.randrange(number + 1)]))
            if made and chance.random() < 0.3:
                undone = made.pop(chance.randrange(len(made)))
                reverse_entries(reasons={undone: "wrong"}, actor_id=None, at=timezone.now())
            if chance.random() < 0.8 or day == days[-1]:  # some days have no batch of their own
                batches.append(batch_of(firm, day))
        assert len(batches) > 12
        self._each_entry_once(batches, days[-1])
        assert self._handed_over(batches) == self._trial_balance(firm, days[-1])
        assert apart(batches) == []
        assert apart(batches[3:9]) == []
        assert apart([*batches[:5], *batches[6:]]) != []  # one that was never handed over
        last = batches[-1]
        assert last.run.horizon is not None
        worth: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for batch in batches:
            for what, amount in changes(batch).items():
                worth[what] += amount
        known = Point(last.day, Known(last.run.horizon, None, last.run.known_at).mark)
        now: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for (code, _line, asset), amount in worth_by_code(firm.entity, "RU-BROKER", known).items():
            now[code, asset] += amount
        assert {k: v for k, v in worth.items() if v} == {k: v for k, v in now.items() if v}
        assert sum(now.values()) == 0

    def _something(self, firm: Firm, chance: Random, day: date) -> int:
        amount = chance.randrange(1, 5_000)
        ways: list[list[tuple[Any, ...]]] = [
            [(SETTLEMENT, POSITION, firm.share, amount), (POSITION, SETTLEMENT, firm.rub, amount * 250)],
            [(HOLDING, SETTLEMENT, firm.share, amount), (SETTLEMENT, CASH, firm.rub, amount * 250)],
            [(AccountKind.FEES, CASH, firm.usd, amount)],
            [((CASH, firm.client), (AccountKind.OPENING, firm.client), firm.rub, amount)],
        ]  # fmt: skip
        return firm.post(day, *chance.choice(ways))

    def _each_entry_once(self, batches: list[LedgerBatch], day: date) -> None:
        told_of = [row["entry"] for each in batches for row in told(each.run, section="entries")]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 'E-' || e.id FROM ledger_journalentry e JOIN ledger_posting p ON p.entry_id = e.id"
                " JOIN refdata_entity n ON n.id = e.entity_id WHERE n.code = 'RUS' AND e.effective_date <= %s", [day],
            )  # fmt: skip
            assert sorted(told_of) == sorted(entry for (entry,) in cursor.fetchall())

    def _handed_over(self, batches: list[LedgerBatch]) -> dict[tuple[str, str], Decimal]:
        sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for batch in batches:
            for debit, credit, asset, quantity in moves(batch):
                sums[debit, asset] += D(quantity)
                sums[credit, asset] -= D(quantity)
        return {what: amount for what, amount in sums.items() if amount}

    def _trial_balance(self, firm: Firm, day: date) -> dict[tuple[str, str], Decimal]:
        """From the postings themselves, by a mapping that says it again."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT a.kind, a.owner_id, s.code, s.kind, sum(l.amount) FROM ledger_line l"
                " JOIN ledger_ledgeraccount a ON a.id = l.account_id JOIN refdata_asset s ON s.id = l.asset_id"
                " WHERE a.entity_id = %s AND l.effective_date <= %s GROUP BY 1, 2, 3, 4", [firm.entity.pk, day],
            )  # fmt: skip
            rows = cursor.fetchall()
        sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for kind, owner, asset, of, amount in rows:
            if owner == firm.entity.own_party_id:
                code = CODES["CASH.FOREIGN"] if kind == "CASH" and asset != "RUB" else CODES[kind]
            elif of == "SECURITY":
                code = CODES["CUSTODY_HELD" if kind == "HOLDING" else "CUSTODY_OWED"]
            else:
                code = CODES["CLIENTS_CASH" if kind == "CASH" else "DUE_TO_CLIENTS"]
            sums[code, asset] += amount
        return {what: amount for what, amount in sums.items() if amount}


class TestFile:
    def xml(self, batch: LedgerBatch) -> bytes:
        return b"".join(xml_pieces(batch, rows_in(stored_path(batch.run))))

    def test_it_is_of_the_published_form_and_its_totals_add_up(self, firm: Firm) -> None:
        batch_of(firm, MONDAY)
        late = firm.post(TUESDAY, (AccountKind.FEES, CASH, firm.rub, 40))
        reverse_entries(reasons={late: 'a "reason" <of> & more'}, actor_id=None, at=timezone.now())
        batch = batch_of(firm, TUESDAY)
        content = self.xml(batch)
        root = etree.fromstring(content)
        etree.XMLSchema(etree.parse(XSD)).assertValid(root)
        space = {"b": "urn:back-office:ledger-batch:1"}
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for posting in root.iterfind(".//b:Posting", space):
            sums[posting.attrib["asset"]] += D(posting.attrib["amount"])
        totals = {
            t.attrib["asset"]: D(t.attrib["amount"]) for t in root.iterfind(".//b:Total", space)
        }
        assert sums
        assert sums == totals
        assert sum(D(c.attrib["amount"]) for c in root.iterfind(".//b:Change", space)) == 0
        reasons = {p.attrib.get("reason") for p in root.iterfind(".//b:Posting", space)}
        assert 'a "reason" <of> & more' in reasons
        assert root.attrib["rows"] == str(len(root[1]) + len(root[2]))
        assert root.attrib["previousSha256"] == batch.before.run.sha256  # type: ignore[union-attr]
        assert self.xml(batch) == content

    def test_a_day_without_entries_is_a_file_too(self, firm: Firm) -> None:
        batch_of(firm, TUESDAY)
        empty = batch_of(firm, TUESDAY + timedelta(days=5))
        root = etree.fromstring(self.xml(empty))
        etree.XMLSchema(etree.parse(XSD)).assertValid(root)


class TestSteps:
    def test_it_is_handed_over_and_taken_in(self, firm: Firm) -> None:
        row, at, accountant = batch_of(firm, MONDAY), timezone.now(), person("accountant")
        assert [(i.kind, i.queue) for i in self.waiting(row)] == [("ledger-batch", "accountant")]
        refused = accept_batches(ids=[row.pk], reason="17", actor=accountant, at=at)
        assert not refused.done
        hand_over_batches(ids=[row.pk], actor=accountant, at=at).raise_single()
        for nothing in ("", "  ", "x" * 101):
            with pytest.raises(NotNamed):
                accept_batches(ids=[row.pk], reason=nothing, actor=accountant, at=at)
        accept_batches(ids=[row.pk], reason=" 1С 000017 ", actor=accountant, at=at).raise_single()
        follow_events()
        row.refresh_from_db()
        assert (row.state, row.taken_as) == ("ACCEPTED", "1С 000017")
        assert not self.waiting(row)
        assert not hand_over_batches(ids=[row.pk], actor=accountant, at=at).done

    def waiting(self, row: LedgerBatch) -> list[WorkItem]:
        rows = WorkItem.objects.filter(subject_type="ledgerbatch", subject_id=row.pk)
        return list(rows.filter(closed_at=None))

    def test_over_the_interface(self, firm: Firm, api: Any) -> None:
        row = batch_of(firm, MONDAY)
        caller = api("accountant")
        answer = caller.get(f"/ledger-batches/{row}/")
        assert answer.status_code == 200, answer.content
        assert answer.json()["totals"]["RUB"] == "1000500"
        content = read_bytes(caller.get(f"/ledger-batches/{row}/file.xml"))
        assert etree.fromstring(content).attrib["sha256"] == row.run.sha256
        given = caller.post(f"/ledger-batches/{row}/hand-over/")
        assert given.json()["status"] == "HANDED_OVER", given.content
        taken = caller.post(f"/ledger-batches/{row}/accept/", {"reason": "17"})
        assert (taken.json()["status"], taken.json()["taken_as"]) == ("ACCEPTED", "17")
        assert caller.get("/ledger-batches/?status=ACCEPTED").json()["results"]

    def test_on_the_pages(self, firm: Firm) -> None:
        row = batch_of(firm, MONDAY)
        page = page_as("accountant")
        shown = page.get(f"/reports/ledger-batches/{row}/").content.decode()
        assert row.run.sha256 in shown
        assert "file.xml" in shown
        assert str(row) in page.get("/reports/ledger-batches/").content.decode()
        content = read_bytes(page.get(f"/reports/ledger-batches/{row}/file.xml"))
        assert content.startswith(b"<?xml")
        path_of(row.run_id).write_bytes(b"{}")
        refused = page.get(f"/reports/ledger-batches/{row}/file.xml", follow=True)
        assert refused.redirect_chain == [(f"/reports/ledger-batches/{row}/", 302)]
        assert "was changed after the run" in refused.content.decode()
        page.post(f"/reports/ledger-batches/{row}/hand_over/")
        row.refresh_from_db()
        assert row.state == "HANDED_OVER"


def test_moments_keep_their_watermark(firm: Firm) -> None:
    """What the next batch asks for by its moment is what the one before it knew."""
    row = batch_of(firm, MONDAY)
    assert isinstance(row.run.known_at, datetime)
    assert known_at(row.run.known_at).horizon == row.run.horizon


def test_an_opening_balance_is_no_opening_of_a_limit(firm: Firm) -> None:
    firm.post(MONDAY, (CASH, AccountKind.OPENING, firm.rub, 3), source=("opening", 41))
    found = {row["source"] for row in told(batch_of(firm, MONDAY).run, section="entries")}
    assert "opening-41" in found
