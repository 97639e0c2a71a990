"""What is done about breaks: explained, chased, remedied by other eyes; statements that are missing or wrong."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from backoffice.access.models import User
from backoffice.kernel.business_days import BusinessDays
from backoffice.workflow.models import WorkItem
from ledger.models import JournalEntry, LedgerAccount
from ledger.selectors import balances
from reconciliation.breaks.openings import check_openings
from reconciliation.breaks.patterns import pattern_of
from reconciliation.breaks.positions import compare_positions, grouped
from reconciliation.breaks.remedies import fitting_remedies
from reconciliation.breaks.statements import check_statements, missing_days
from reconciliation.matching.by_persons import undo_match
from reconciliation.models import Break, Match
from refdata.models import (
    AccountMember,
    Asset,
    DepositoryAccount,
    Entity,
    NostroAccount,
    Party,
    PartyIdentifier,
    Place,
    StatedPosition,
)
from tests.access.people import browser
from tests.following import follow_events
from tests.reconciliation.matching.stage import (
    AT,
    DAY,
    booked,
    live,
    matched,
    nostro,
    run,
    statement,
    told,
)

MONDAYS_ON = BusinessDays("TEST", {})


def step(api: Any, who: str, row: Break, name: str, **body: Any) -> Any:
    return api(who).post(f"/breaks/{row}/{name}/", body)


def booked_on(kind: str) -> Decimal:
    accounts = set(LedgerAccount.objects.filter(kind=kind).values_list("pk", flat=True))
    return sum((b.amount for b in balances() if b.account_id in accounts), Decimal(0))


@pytest.mark.usefixtures("own_database")
class TestRemedies:
    @pytest.mark.parametrize("remedy", ["FEE", "INTEREST", "WRITE_OFF"])
    def test_a_line_is_booked_by_other_eyes_and_matched(self, api: Any, remedy: str) -> None:
        (line,) = statement([told("-15.50", text="Account fee for November")])
        run()
        (row,) = live()

        assert step(api, "clerk", row, "propose", remedy=remedy).json()["status"] == "PROPOSED"
        assert step(api, "clerk", row, "accept").status_code == 403
        answer = step(api, "checker", row, "accept")

        assert (answer.status_code, answer.json()["status"]) == (200, "CLOSED"), answer.json()
        assert booked_on("FEES" if remedy == "FEE" else remedy) == Decimal("15.5")
        entry = JournalEntry.objects.get(source_type="break")
        assert matched() == {(frozenset([line]), frozenset([entry.pk])): "REMEDY"}
        assert sum(run().matches.values()) == 0
        assert live() == []

    def test_the_difference_of_an_amount_is_booked_and_all_three_are_matched(
        self, api: Any
    ) -> None:
        entry = booked("100", source=("settlement", 900_001))
        (line,) = statement([told("99", "S-900001")])
        run()
        (row,) = live()

        step(api, "clerk", row, "propose", remedy="FEE")
        step(api, "checker", row, "accept")

        fee = JournalEntry.objects.get(source_type="break").pk
        assert matched() == {(frozenset([line]), frozenset([entry, fee])): "REMEDY"}
        assert booked_on("FEES") == 1

    def test_undone_what_was_booked_for_it_is_taken_back_and_the_line_differs_again(
        self, api: Any
    ) -> None:
        entry = booked("100", source=("settlement", 900_001))
        (line,) = statement([told("99", "S-900001")])
        run()
        (row,) = live()
        step(api, "clerk", row, "propose", remedy="FEE")
        step(api, "checker", row, "accept")
        match = Match.objects.get(part_of=None, rule="REMEDY")
        clerk = User.objects.get(username="clerk")

        undo_match(match_id=match.pk, reason="no fee", actor=clerk, at=AT)

        fee, reversal = JournalEntry.objects.filter(source_type="break").order_by("pk")
        assert (reversal.reverses_id, reversal.reason) == (fee.pk, "no fee")
        assert booked_on("FEES") == 0
        assert matched() == {(frozenset(), frozenset([fee.pk, reversal.pk])): "REVERSAL"}
        assert {(each.line_id, each.entry_id) for each in live()} == {(line, None), (None, entry)}
        run()
        assert booked_on("FEES") == 0
        assert [each.kind for each in live()] == ["AMOUNT"]

    def test_what_is_done_about_it_once_more_is_booked_once_more(self, api: Any) -> None:
        statement([told("-15.50", text="Account fee for November")])
        run()
        clerk = User.objects.get(username="clerk")
        for _ in range(2):
            (row,) = live()
            step(api, "clerk", row, "propose", remedy="FEE")
            step(api, "checker", row, "accept")
            assert booked_on("FEES") == Decimal("15.5")
            match = Match.objects.get(rule="REMEDY", undone_at=None)
            undo_match(match_id=match.pk, reason="look again", actor=clerk, at=AT)
            assert booked_on("FEES") == 0

    def test_what_only_our_books_have_is_written_off_against_itself(self, api: Any) -> None:
        entry = booked("100")
        statement([])
        run()
        (row,) = live()

        step(api, "clerk", row, "propose", remedy="WRITE_OFF", reason="the bank never had it")
        step(api, "checker", row, "accept")

        booked_off = JournalEntry.objects.get(source_type="break")
        assert booked_off.reason == "the bank never had it"
        assert matched() == {(frozenset(), frozenset([entry, booked_off.pk])): "REMEDY"}
        assert live() == []

    def test_declined_it_is_open_again_and_nothing_is_booked(self, api: Any) -> None:
        statement([told("-15")])
        run()
        (row,) = live()
        step(api, "clerk", row, "propose", remedy="FEE")

        answer = step(api, "checker", row, "decline", reason="it is a payment")

        assert answer.json()["status"] == "OPEN"
        assert booked_on("FEES") == 0
        assert matched() == {}

    def test_how_the_last_one_like_it_was_decided_is_offered_and_not_done(self, api: Any) -> None:
        statement([told("-15", text="Account fee, November 2026")])
        run()
        (row,) = live()
        step(api, "clerk", row, "propose", remedy="FEE")
        step(api, "checker", row, "accept")

        statement([told("-16", text="Account fee, November 2027")], day=DAY + timedelta(days=1))
        run()

        (again,) = live()
        assert api("clerk").get(f"/breaks/{again}/").json()["decided_before"] == {
            "remedy": "FEE", "break": str(row), "day": row.day.isoformat(),
        }  # fmt: skip

    def test_a_remedy_that_does_not_fit_is_refused(self, api: Any) -> None:
        booked("100")
        statement([])
        run()
        (row,) = live()

        answer = step(api, "clerk", row, "propose", remedy="EVIDENCE")

        assert (answer.status_code, answer.json()["code"]) == (409, "remedy-does-not-fit")

    def test_explained_and_chased_it_stays_until_it_is_gone(self, api: Any) -> None:
        statement([told("100", "S-900001")])
        run()
        (row,) = live()
        soon = (AT.date() + timedelta(days=400)).isoformat()

        assert step(api, "clerk", row, "own").json()["owner"] == "clerk"
        assert (
            step(api, "clerk", row, "explain", reason="paid late").json()["status"] == "EXPLAINED"
        )
        past = step(api, "clerk", row, "chase", reason="asked", chase_on="2020-01-01")
        assert past.json()["code"] == "chase-in-past"
        answer = step(api, "clerk", row, "chase", reason="asked the bank", chase_on=soon)
        assert (answer.json()["status"], answer.json()["chase_on"]) == ("CHASED", soon)
        booked("100", source=("settlement", 900_001))
        run()

        assert Break.objects.get(pk=row.pk).state == "CLOSED"
        history = api("clerk").get(f"/breaks/{row}/history/").json()["results"]
        assert [e["event"] for e in history] == [
            "break.open", "break.own", "break.explain", "break.chase", "break.vanish",
        ]  # fmt: skip

    def test_it_waits_for_a_clerk_and_its_remedy_for_other_eyes(self, api: Any) -> None:
        statement([told("-15")])
        follow_events()
        (row,) = live(kind="BANK")
        waiting = WorkItem.objects.filter(subject_type="break", subject_id=row.pk, closed_at=None)
        assert [(w.kind, w.queue, w.amount, w.currency) for w in waiting] == [
            ("break-open", "clerk", Decimal(15), "USD")
        ]

        step(api, "clerk", row, "propose", remedy="FEE")
        follow_events()
        assert [(w.kind, w.queue) for w in waiting.all()] == [("break-remedy", "checker")]

        step(api, "checker", row, "accept")
        follow_events()
        assert not waiting.all().exists()


@pytest.mark.usefixtures("own_database")
class TestStatements:
    def check(self, through: date) -> None:
        run()
        entity = Entity.objects.get(code="RUS")
        check_statements(entity_id=entity.pk, through=through, at=AT)

    def test_one_that_does_not_balance_or_continue_is_a_break_until_a_right_one_comes(self) -> None:
        statement([told("5")], opening="100", closing="105")
        statement([told("5", days=1)], day=DAY + timedelta(days=1), opening="104", closing="110")

        self.check(DAY + timedelta(days=1))

        found = {(b.kind, b.theirs - b.ours) for b in live(kind__in=("BALANCE", "GAP"))}
        assert found == {("BALANCE", Decimal(1)), ("GAP", Decimal(-1))}

    def test_a_day_without_a_statement_is_missed_until_it_comes(self) -> None:
        statement(day=DAY)
        statement(day=DAY + timedelta(days=2))
        self.check(DAY + timedelta(days=2))
        assert [b.day for b in live(kind="MISSING")] == [DAY + timedelta(days=1)]

        self.check(DAY)
        assert len(live(kind="MISSING")) == 1, "looking at an earlier day forgot it"

        statement(day=DAY + timedelta(days=1))
        self.check(DAY + timedelta(days=2))
        assert live(kind="MISSING") == []


def test_only_business_days_that_no_statement_covers_are_missed() -> None:
    monday = date(2026, 11, 23)
    covered = [(monday, monday), (date(2026, 11, 25), date(2026, 11, 27))]

    assert missing_days(covered, MONDAYS_ON, date(2026, 11, 30)) == [
        date(2026, 11, 24), date(2026, 11, 30),
    ]  # fmt: skip


def test_what_changes_from_one_line_to_the_next_is_no_part_of_its_pattern() -> None:
    one = pattern_of(False, "NCHG", "", "", "", "Fee for 11/2026, doc 17")

    assert one == pattern_of(False, "NCHG", "", "", "", "FEE FOR 12/2027 doc 1")
    assert one != pattern_of(True, "NCHG", "", "", "", "Fee for 11/2026, doc 17")
    assert pattern_of(False, "NCHG", "", "", "", "17") == ""
    rent = pattern_of(False, "", "", "", "", "Аренда за октябрь")
    assert rent == pattern_of(False, "", "", "", "", "Аренда за ноябрь")
    assert rent != pattern_of(False, "", "", "", "", "Аренда за склад")


def test_accounts_that_share_an_owner_are_compared_together_and_no_others() -> None:
    groups = grouped({(1, "A"): {1}, (1, "B"): {1}, (1, "C"): {2, 3}, (2, "A"): {1}})

    assert [(g.place_id, g.accounts) for g in groups] == [
        (1, ("A", "B")), (1, ("C",)), (2, ("A",)),
    ]  # fmt: skip


@pytest.mark.usefixtures("own_database")
def test_a_position_that_a_place_states_otherwise_is_a_break_though_the_total_agrees() -> None:
    """What is booked for one owner and stands on the account of another differs on both accounts."""
    own = DepositoryAccount.objects.filter(place__code="NSD", entity__code="RUS").first()
    assert own is not None
    entity = own.entity
    held = {
        b.asset_id: b.amount
        for b in balances()
        if (account := LedgerAccount.objects.get(pk=b.account_id)).kind == "HOLDING"
        and (account.place_id, account.owner_id) == (own.place_id, own.owner_id)
    }
    assert held
    for number, (asset_id, quantity) in enumerate(sorted(held.items())):
        StatedPosition.objects.create(
            entity=entity, place=own.place, account=own.number, day=DAY, document="D",
            asset=Asset.objects.get(pk=asset_id), quantity=quantity - (number == 0),
        )  # fmt: skip

    for _ in range(2):
        compare_positions(entity_id=entity.pk, day=DAY, at=AT)

    (row,) = live(kind="POSITION")
    assert row.theirs - row.ours == -1
    assert not Match.objects.exists()


@pytest.mark.usefixtures("own_database")
def test_books_that_begin_otherwise_than_the_bank_are_a_break_of_their_own() -> None:
    held = booked("100", days=-20)
    before = sum(
        (b.amount for b in balances(as_of=DAY - timedelta(days=1))
         if b.account_id in set(LedgerAccount.objects.filter(
             kind="CASH", place__code="CORR", entity__code="RUS").values_list("pk", flat=True))
         and Asset.objects.get(pk=b.asset_id).code == "USD"), Decimal(0),
    )  # fmt: skip
    early = booked("7", days=-2)  # the bank moves it on the first day
    statement([told("7")], opening=f"{before}", closing=f"{before + 7}")
    run()
    entity = Entity.objects.get(code="RUS")

    check_openings(entity_id=entity.pk, at=AT)
    assert live(kind="OPENING") == []
    assert any(entries == frozenset([early]) for _, entries in matched())
    booked("0.01", days=-20)
    check_openings(entity_id=entity.pk, at=AT)
    check_openings(entity_id=entity.pk, at=AT)

    (row,) = live(kind="OPENING")
    assert (row.theirs - row.ours, held > 0) == (Decimal("-0.01"), True)


ANNA, BORIS = "CL-ANNA", "CL-BORIS"


def account_of(*clients: str) -> NostroAccount:
    """An account with a bank for money of clients: of one its own, of several one together."""
    place, own = Place.objects.get(code="CORR"), nostro()
    owners = [Party.objects.get(code=code) for code in clients]
    single = len(owners) == 1
    row = NostroAccount.objects.create(
        entity=own.entity, place=place, currency="USD", number="C-1",
        owner=owners[0] if single else own.owner,
        kind="CLIENT_SEGREGATED" if single else "CLIENT_OMNIBUS",
    )  # fmt: skip
    for owner in () if single else owners:
        AccountMember.objects.create(
            entity=own.entity,
            place=place,
            account=row.number,
            owner=owner,
            valid_from=DAY - timedelta(days=30),
        )
    return row


def held_by(code: str) -> Decimal:
    accounts = LedgerAccount.objects.filter(owner__code=code, kind="CASH", place__code="CORR")
    ids = set(accounts.values_list("pk", flat=True))
    usd = Asset.objects.get(code="USD").pk
    found = [b.amount for b in balances() if b.account_id in ids and b.asset_id == usd]
    return sum(found, Decimal(0))


@pytest.mark.usefixtures("own_database")
class TestDeposits:
    def test_what_a_client_pays_in_is_its_own_by_two_people(self, api: Any) -> None:
        (line,) = statement([told("250", text="Top up")], of=account_of(ANNA))
        before = held_by(ANNA)
        run()
        (row,) = live()

        assert step(api, "clerk", row, "propose", remedy="DEPOSIT").json()["status"] == "PROPOSED"
        assert step(api, "clerk", row, "accept").status_code == 403
        answer = step(api, "checker", row, "accept")

        assert (answer.status_code, answer.json()["status"]) == (200, "CLOSED"), answer.json()
        assert held_by(ANNA) - before == 250
        entry = JournalEntry.objects.get(source_type="break")
        posting = entry.postings.get()
        assert (posting.credit_account.kind, posting.credit_account.owner.code) == ("OPENING", ANNA)
        assert matched() == {(frozenset([line]), frozenset([entry.pk])): "REMEDY"}

    def test_of_several_it_is_whose_taxpayer_the_line_names(self, api: Any) -> None:
        boris = Party.objects.get(code=BORIS)
        PartyIdentifier.objects.get_or_create(party=boris, scheme="INN", value="500100732259")
        account = account_of(ANNA, BORIS)
        statement([told("70", counterparty_tax_number="500100732259")], of=account)
        run()
        (row,) = live()
        before = held_by(ANNA), held_by(BORIS)

        step(api, "clerk", row, "propose", remedy="DEPOSIT")
        page = browser("checker").get(reverse("break", args=[str(row)])).content.decode()
        step(api, "checker", row, "accept")

        assert boris.name in page
        assert held_by(ANNA) == before[0]
        assert held_by(BORIS) - before[1] == 70

    def test_of_several_without_a_name_nobody_guesses(self, api: Any) -> None:
        statement([told("70", counterparty_name="Boris")], of=account_of(ANNA, BORIS))
        run()
        (row,) = live()
        refused = step(api, "clerk", row, "propose", remedy="DEPOSIT")
        assert (refused.status_code, refused.json()["code"]) == (409, "whose-is-unknown")

    @pytest.mark.parametrize("amount", ["-70", "70"])
    def test_the_firm_pays_in_nothing_and_what_goes_out_is_no_deposit(
        self, api: Any, amount: str
    ) -> None:
        of = nostro() if amount == "70" else account_of(ANNA)
        statement([told(amount)], of=of)
        run()
        (row,) = live()
        assert "DEPOSIT" not in {each.value for each in fitting_remedies(row)}
        refused = step(api, "clerk", row, "propose", remedy="DEPOSIT")
        assert (refused.status_code, refused.json()["code"]) == (409, "remedy-does-not-fit")
