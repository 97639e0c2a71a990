"""What a ladder says of a moment it says for ever: what happens later is seen by who asks later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.utils import timezone

from backoffice.events.models import Watermark
from backoffice.events.selectors import NO_HORIZON, KnownAt
from refdata.models import FxRate, Party
from refdata.proposals import approve_proposals, propose_change
from refdata.selectors import forget_reference_data
from settlements.deadlines.kinds import CUT_OFFS
from settlements.enriching import enrich_settlements
from settlements.models import NettingSet, Settlement
from settlements.netting.crossings import cross_sets
from settlements.netting.services import reopen_sets
from tests.expenses.stage import accrue, executed, schedule, venue
from tests.flows import clearing
from tests.flows import test_crossing as crossing
from tests.flows import test_netting_sets as netting
from tests.flows.corporate_actions import ANNA, BORIS, PAID, applied, brought, dividend, paid
from tests.flows.test_changing import amend, captured, confirmed, own_folder
from tests.flows.test_crossing import sides
from tests.flows.test_fx import fx
from tests.flows.test_netting_sets import signed, three
from tests.following import follow_events, until_known
from tests.instructing import new_ssi, person, revoke
from tests.settlements.fails.stage import put_in_force
from tests.settlements.fails.test_claims import late_cash
from tests.settlements.fails.test_statements import bring, line, row
from tests.settlements.ladder.stage import MON, MORNING, SAT, ladder, party, put

__all__ = ["fx", "late_cash", "own_folder", "row", "sides", "signed", "three", "venue"]  # fixtures
pytestmark = pytest.mark.usefixtures("own_database")
UNTIL = PAID + timedelta(30)


class Said(NamedTuple):
    """One movement of one account on one day, or without a source where it stands."""

    account: tuple[str, ...]
    day: date
    source: str
    certainty: str
    late: bool
    comes: Decimal
    goes: Decimal


def said(horizon: int = NO_HORIZON) -> list[Said]:
    known = KnownAt(at=MORNING, number=0, horizon=horizon)
    found = ladder(on=MON, until=UNTIL, known=known)
    rows = []
    for each in found.lines:
        account = (*found.names[each.key][:4], *found.accounts[each.key])
        for day in each.days:
            rows.append(Said(account, day.date, "", "", False, day.opening, day.closing))
            rows += [
                Said(account, day.date, m.source, m.certainty, m.late, m.comes, m.goes)
                for m in day.movements
            ]
    return rows


@contextmanager
def kept(*, followed: bool = True) -> Iterator[None]:
    """What is known now is what stands now, and stays so whatever happens meanwhile; that is seen from then on."""
    if followed:
        follow_events()
    until_known()
    horizon = Watermark.objects.order_by("-horizon")[0].horizon
    before = said(horizon)
    assert before == said()
    yield
    follow_events()
    assert said(horizon) == before
    assert said() != before


def sources() -> set[str]:
    return {each.source for each in said()}


class TestDeals:
    def test_what_is_not_instructed_is_amended_instructed_and_cancelled(
        self, api: Any, fx: dict[str, Any]
    ) -> None:
        deal = captured(api, fx)
        assert "DEAL" in sources()
        with kept():
            assert amend(api, deal, quantity="90000.00").status_code == 200
        with kept():
            confirmed(api, deal)
        with kept():
            said = {"reason": "void", "evidence": "MSG-1"}
            assert api("clerk").post(f"/deals/{deal}/cancel/", said).status_code == 202
            assert api("checker").post(f"/deals/{deal}/approve-cancel/").status_code == 200

    def test_it_was_whose_it_was_before_an_amendment(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        client = {"book": "EQ-CL", "capacity": "CLIENT", "client": ANNA, "account": "A-1"}
        deal = captured(api, sample | client)
        with kept():
            changed_to = client | {"client": BORIS, "account": "B-1"}
            answer = amend(api, deal, **(sample | changed_to))
            assert answer.status_code == 200, answer.content

    def test_cleared_deals_are_deals_until_they_join_a_net(self, api: Any) -> None:
        clearing.a_clearing_house()
        captured(api, clearing.deals_of(7, 1)[0] | {"clearing": clearing.CLEARING})
        assert "CLEARING" not in sources()
        with kept(followed=False):
            follow_events()
            assert "CLEARING" in sources()

    def test_cleared_deals_join_a_net_that_is_agreed_and_settled(self, api: Any) -> None:
        clearing.a_clearing_house()
        clearing.cleared(api, {})
        assert "CLEARING" in sources()
        with kept():
            clearing.cleared(api, {"quantity": "70", "side": "sell"})
        with kept():
            clearing.figures(api)
        with kept():
            for each in api("clerk").get(clearing.API).json()["results"]:
                api("clerk").post(f"{clearing.API}{each['reference']}/agree/")
            follow_events()
            assert Settlement.objects.filter(source_type="net").count() == 2
        with kept():
            clearing.settle_everything()


class TestSettlements:
    def test_a_set_that_is_agreed_and_opened_again_counts_once_at_any_time(
        self, three: list[str]
    ) -> None:
        sets = netting.formed()
        with kept():
            netting.agreed(*sets.values())
            assert "NETTING" in sources()
        with kept():
            ids = [each.pk for each in sets.values()]
            done = reopen_sets(ids=ids, reason="late", actor=person("clerk"), at=timezone.now())
            assert not done.refused
            assert "NETTING" not in sources()

    def test_two_sides_that_crossed_counted_once_for_each_before(
        self, api: Any, sample: dict[str, Any], sides: tuple[Settlement, Settlement]
    ) -> None:
        found = crossing.formed()
        with kept():
            assert api("clerk").post(f"/netting-sets/{found}/agree/").status_code == 200
        with kept():
            done = cross_sets(ids=[found.pk], actor=person("checker"), at=crossing.AT)
            assert not done.refused, done.refused
            assert NettingSet.objects.get(pk=found.pk).state == "SETTLED"

    def test_what_is_enriched_was_at_the_place_of_its_old_instruction(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        bank = "999900DEMOBANKTWO062"
        confirmed(api, captured(api, sample | {"counterparty": bank}))
        settlement = Settlement.objects.get()
        until_known()
        revoke(settlement.ssi_id)
        new_ssi(bank, "CSDX")
        follow_events()
        with kept():
            enriched = enrich_settlements(
                ids=[settlement.pk], actor=person("clerk"), at=timezone.now()
            )
            assert not enriched.refused, enriched.refused
            settlement.refresh_from_db()
            assert settlement.place.code == "CSDX"


class TestIncomeAndCosts:
    def test_income_is_announced_comes_and_is_taken_back(self, api: Any) -> None:
        brought("CL-BORIS", 11)
        event = dividend(api)
        with kept():
            applied(event)
        with kept():
            paid(api, event, "5800656.69")
        with kept():
            body = {"reason": "The meeting voted it down"}
            answer = api("checker").post(f"/record-events/{event}/cancel/", body)
            assert answer.status_code == 200, answer.content

    def test_a_claim_is_approved_and_dropped(self, api: Any, late_cash: Settlement) -> None:
        body = {"settlement": f"S-{late_cash.pk}", "claimant": "US"}
        at = f"/interest-claims/{api('clerk').post('/interest-claims/', body).json()['reference']}"
        with kept():
            assert api("checker").post(f"{at}/approve/").status_code == 200
        with kept():
            assert api("checker").post(f"{at}/drop/", {"reason": "waived"}).status_code == 200

    def test_penalties_are_ours_until_their_statement_is_booked(
        self, api: Any, row: Settlement
    ) -> None:
        assert "PENALTY" in sources()
        stated = bring(api, [line(row, MON, "50.00")]).json()["reference"]
        with kept():
            answer = api("accountant").post(f"/penalty-statements/{stated}/book/")
            assert answer.status_code == 200, answer.content

    def test_fees_are_accrued(self, api: Any, sample: dict[str, Any], venue: Party) -> None:
        schedule(venue)
        executed(api, sample)
        with kept():
            accrue()
            assert "FEE" in sources()


class TestDaysAndAccounts:
    def test_a_day_that_is_declared_open_moves_nothing_that_was_said(self) -> None:
        put(party("L-1"), "10", comes=True, due=SAT)
        with kept():
            changed("calendarday", calendar="RU", day=SAT.isoformat(), is_open=True, note="Decree")

    def test_a_cut_off_counts_from_when_it_is_known(self) -> None:
        put(party("L-1"), "10", comes=True, due=MON)
        with kept():
            put_in_force(CUT_OFFS.name, "NSD", {"zone": "Europe/Moscow", "dvp_by": "08:00"})

    def test_an_account_that_is_opened_later_was_nobodys_home(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        FxRate.objects.create(
            base="KWD", quote="RUB", rate_date=MON, source="CBR", value=Decimal(300)
        )
        captured(api, sample | {"currency": "KWD"})
        with kept():
            changed(
                "nostroaccount", entity="RUS", place="HOUSE", owner="999900DEMOSEVERRU017",
                currency="KWD", number="KWD-1",
            )  # fmt: skip


def changed(subject: str, **values: Any) -> None:
    """A row of reference data that a clerk proposes and a checker approves."""
    proposal = propose_change(
        subject_type=subject, subject_id=None, changes=values, valid_from=None, reason="letter",
        actor=person("clerk"), at=timezone.now(),
    )  # fmt: skip
    approve_proposals(ids=[proposal.pk], actor=person("checker"), at=timezone.now()).raise_single()
    forget_reference_data()
