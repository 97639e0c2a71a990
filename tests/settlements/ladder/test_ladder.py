"""The ladder over real rows: every figure is its rows, and after all settle the books say what it said."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from backoffice.events.selectors import known_at, known_now
from backoffice.events.sequencer import sequence_events
from backoffice.events.services import NewEvent, record_events
from ledger.models import LedgerAccount
from ledger.selectors import balances
from refdata.firm_days import firm_day
from refdata.models import (
    Asset,
    Calendar,
    CalendarDay,
    CreditLine,
    Currency,
    Earmark,
    NostroAccount,
    Party,
    Place,
    Restriction,
)
from refdata.scopes import Scope
from refdata.selectors import forget_reference_data
from settlements.deadlines.kinds import CUT_OFFS
from settlements.fails.claims.models import InterestClaim
from settlements.ladder.kinds import LEAST_CASH
from settlements.ladder.proposing import proposals
from settlements.models import Settlement
from settlements.services import Proof, settle_settlements
from tests.flows.queue import DUE, House
from tests.flows.test_fx import fx
from tests.flows.test_netting_sets import agreed, formed, signed, three
from tests.following import follow_events
from tests.questions import questions
from tests.settlements.fails.stage import put_in_force
from tests.settlements.ladder.stage import (
    MON,
    MORNING,
    NEXT,
    SAT,
    TUE,
    WED,
    D,
    day_of,
    every_figure_is_its_rows,
    firm,
    give,
    ladder,
    line_of,
    party,
    put,
)

RUNS = count(1)
__all__ = ["fx", "signed", "three"]  # fixtures
pytestmark = pytest.mark.usefixtures("own_database")


def settle(rows: list[Settlement], on: date, **parts: Any) -> None:
    at = timezone.now()
    proofs = {row.pk: Proof(kind="run", reference=f"R-{next(RUNS)}", settled_at=at) for row in rows}
    outcome = settle_settlements(proofs=proofs, settled_date=on, at=at, **parts)
    assert not outcome.refused, outcome.refused


class TestTheBooksAgree:
    @pytest.mark.parametrize("seed", range(6))
    def test_the_last_closing_is_the_balance_after_all_of_them_settle(self, seed: int) -> None:
        """Deliveries against payment and payments of many sizes, some of them settled in part before."""
        chance = random.Random(seed)
        house = House(5)
        for n in range(5):
            house.give(n, house.money, 10**9)
            for share in house.shares:
                house.give(n, share, 10**6)
        rows = []
        for _number in range(40):
            giver, payer = chance.sample(range(5), 2)
            amount = D(chance.randint(1, 10**8)) / 100
            more: dict[str, Any] = {"due_date": DUE + timedelta(chance.choice((-4, 0, 1, 2, 6)))}
            more["matching"] = chance.choice(("MATCHED", "UNMATCHED"))
            if chance.random() < 0.3:
                more |= {
                    "method": "PFOD",
                    "asset": house.money,
                    "delivers": chance.random() < 0.5,
                }
                row = house.put(
                    giver, payer, 0, 0, str(amount), **more
                )  # the share stands for nothing
            else:
                row = house.put(
                    giver,
                    payer,
                    chance.randrange(5),
                    100,
                    str(amount),
                    partial_allowed=True,
                    **more,
                )
            rows.append(row)
        for row in chance.sample([row for row in rows if row.quantity], 8):
            settle([row], MON, parts={row.pk: D(chance.randint(1, 99))}, reasons={row.pk: "LACK"})

        until = DUE + timedelta(12)
        before = ladder(until=until, place="HOUSE", entity="RUS")
        assert every_figure_is_its_rows(before) > 40
        foreseen = {
            (line.key.owner_id, line.key.asset_id): line.days[-1].closing for line in before.lines
        }
        settle(rows, DUE)

        after = ladder(until=until, place="HOUSE", entity="RUS")
        assert every_figure_is_its_rows(after) > 10
        assert {
            each.certainty for line in after.lines for day in line.days for each in day.movements
        } == {"SETTLED"}
        booked: dict[tuple[int, int], Decimal] = {}
        accounts = LedgerAccount.objects.filter(kind="CASH", place=house.place, entity=house.entity)
        owners = dict(accounts.values_list("pk", "owner_id"))
        for each in balances(account_ids=list(owners)):
            key = (owners[each.account_id], each.asset_id)
            booked[key] = booked.get(key, D(0)) + each.amount
        now = {
            (line.key.owner_id, line.key.asset_id): line.days[-1].closing for line in after.lines
        }
        for owner in house.parties:
            key = (owner.pk, house.money.pk)
            assert foreseen[key] == now[key] == booked[key]

    def test_what_settles_today_stays_on_the_ladder_of_today(self) -> None:
        house = House(2)
        house.give(0, house.shares[0], 10)
        house.give(1, house.money, 100)
        row = house.put(0, 1, 0, 10, 60, due_date=MON)
        before = day_of(ladder(place="HOUSE"), house.parties[1], "HOUSE", "RUB", MON)
        settle([row], MON)
        after = day_of(ladder(place="HOUSE"), house.parties[1], "HOUSE", "RUB", MON)
        assert (before.opening, before.closing) == (after.opening, after.closing) == (100, 40)
        assert [(m.source, m.certainty, m.goes) for m in before.movements] == [
            ("DVP", "MATCHED", 60)
        ]
        assert [(m.source, m.certainty, m.goes) for m in after.movements] == [
            ("DVP", "SETTLED", 60)
        ]
        tomorrow = ladder(on=TUE, at=MORNING + timedelta(1))
        assert day_of(tomorrow, house.parties[1], "HOUSE", "RUB", TUE).opening == 40


class TestWhatComesAndGoes:
    def test_each_kind_stands_in_its_line_and_sums_to_its_rows(self) -> None:
        other = party("L-1")
        rub = Asset.objects.get(code="RUB")
        put(other, "100.05", comes=True)
        put(other, "40.01", comes=False, matching="UNMATCHED")
        put(other, "7", comes=False, method="PFOD", asset=rub, quantity=0)
        put(other, "5", comes=True, source_type="claim", matching="UNMATCHED")
        found = ladder(place="NSD", entity="RUS")
        own = firm().own_party
        day = day_of(found, own, "NSD", "RUB", TUE)
        assert [(m.source, m.certainty, m.comes, m.goes) for m in day.movements] == [
            ("CLAIM", "CLAIMED", D(5), 0), ("DVP", "MATCHED", D("100.05"), 0),
            ("DVP", "NOT_MATCHED", 0, D("40.01")), ("PAYMENT", "MATCHED", 0, D(7)),
        ]  # fmt: skip
        assert day.closing - day.opening == D("58.04")
        assert every_figure_is_its_rows(found) == 8
        sure = day_of(ladder(place="NSD", counting="SURE"), own, "NSD", "RUB", TUE)
        assert (sure.unsure, sure.closing - sure.opening) == (5, D("53.04"))

    def test_of_a_part_only_the_rest_is_still_expected(self) -> None:
        row = put(party("L-1"), "100", comes=True)
        Settlement.objects.filter(pk=row.pk).update(
            settlement="PARTIAL", settled_quantity=4, settled_amount=D("40.02")
        )
        assert day_of(ladder(), firm().own_party, "NSD", "RUB", TUE).comes == D("59.98")

    def test_settled_cancelled_and_free_ones_are_not_there(self) -> None:
        other = party("L-1")
        put(other, "1", comes=True, settlement="SETTLED", settled_date=MON)
        put(other, "2", comes=True, cancellation="AGREED")
        put(other, "0", comes=True, method="FOP")
        assert (
            day_of(ladder(place="NSD", on=MON), firm().own_party, "NSD", "RUB", TUE).movements == []
        )

    @pytest.mark.parametrize(
        ("currency", "amount"), [("JPY", "1000"), ("KWD", "1.005"), ("USD", "0.01")]
    )
    def test_currencies_of_0_2_and_3_decimals_keep_every_unit(
        self, currency: str, amount: str, api: Any
    ) -> None:
        other = party("L-1")
        for _number in range(3):
            put(other, amount, comes=True, currency=currency)
        day = day_of(ladder(), firm().own_party, "NSD", currency, TUE)
        assert day.closing == 3 * D(amount)
        today = firm_day(timezone.now())
        answer = api("accountant").get(
            "/cash-ladder/", on=today, until=today + timedelta(14), currency=currency
        )
        (line,) = [each for each in answer.json()["results"] if each["place"] == "NSD"]
        unit = Currency.objects.get(code=currency).minor_unit
        written = f"{3 * D(amount):.{unit}f}"  # it is late by now, and comes on the next open day
        assert [d["in"]["amount"] for d in line["days"] if D(d["in"]["amount"])] == [written]

    def test_a_claim_that_is_agreed_on_is_looked_for_on_the_next_day(self) -> None:
        row = put(
            party("L-1"),
            "100",
            comes=True,
            due=MON - timedelta(5),
            settlement="SETTLED",
            settled_date=MON - timedelta(3),
        )
        InterestClaim.objects.create(
            entity=row.entity, settlement=row, claimant="US", first_day=MON - timedelta(5),
            last_day=MON - timedelta(4), computed=D("12.34"), amount=D("12.34"), currency="RUB",
            state="APPROVED",
        )  # fmt: skip
        day = day_of(ladder(), firm().own_party, "NSD", "RUB", MON)
        assert [(m.source, m.certainty, m.comes) for m in day.movements] == [
            ("CLAIM", "CLAIMED", D("12.34"))
        ]


class TestDays:
    def test_what_is_late_is_expected_today_until_the_minute_of_its_cut_off(self) -> None:
        put(party("L-1"), "10", comes=True, due=MON - timedelta(3))
        put_in_force(CUT_OFFS.name, "NSD", {"zone": "Europe/Moscow", "dvp_by": "16:00"})
        own = firm().own_party
        last = datetime.fromisoformat("2026-11-23T16:00:00+03:00")
        for at, on in ((last, MON), (last + timedelta(seconds=1), TUE)):
            found = ladder(at=at, place="NSD", currency="RUB")
            (movement,) = day_of(found, own, "NSD", "RUB", on).movements
            assert (movement.late, movement.comes) == (True, 10)
            assert every_figure_is_its_rows(found) == 2

    def test_the_weekend_of_one_currency_is_no_day_of_the_other(self) -> None:
        """The ruble works on a Saturday on which the dollar does not; the place is open for both."""
        for code in ("RUB", "USD"):
            calendar, _made = Calendar.objects.get_or_create(
                code=f"T-{code}", defaults={"name": code, "timezone": "UTC"}
            )
            Currency.objects.get(code=code).calendars.all().delete()
            Currency.objects.get(code=code).calendars.create(
                calendar=calendar, valid_from=date(2020, 1, 1)
            )
        place = Place.objects.get(code="NSD")
        for calendar in (Calendar.objects.get(code="T-RUB"), place.calendar):
            CalendarDay.objects.update_or_create(
                calendar=calendar, day=SAT, defaults={"is_open": True}
            )
        forget_reference_data()
        other = party("L-1")
        for currency in ("RUB", "USD"):
            put(other, "3", comes=True, due=SAT, currency=currency)
        found, own = ladder(), firm().own_party
        assert day_of(found, own, "NSD", "RUB", SAT).comes == 3
        assert line_of(found, own, "NSD", "USD").day(SAT) is None
        assert day_of(found, own, "NSD", "USD", NEXT).comes == 3

    def test_a_later_first_day_begins_with_what_was_due_before(self) -> None:
        put(party("L-1"), "10", comes=True, due=TUE)
        day = day_of(ladder(on=WED), firm().own_party, "NSD", "RUB", WED)
        assert (day.movements, day.opening) == (
            [],
            day_of(ladder(), firm().own_party, "NSD", "RUB", WED).opening,
        )


class TestNetting:
    def test_a_set_counts_once_and_not_with_its_members(
        self, signed: None, three: list[str]
    ) -> None:
        def moved() -> dict[str, Decimal]:
            found = ladder(on=MON, until=WED, at=MORNING, entity="RUS", whose="OWN")
            sums: dict[str, Decimal] = {}
            for line in found.lines:
                code = found.names[line.key].currency
                for day in line.days:
                    sums[code] = sums.get(code, D(0)) + day.comes - day.goes
            return {code: amount for code, amount in sums.items() if amount}

        before = moved()
        assert before == {"EUR": 15_000, "USD": -17_100}
        agreed(*formed().values())
        assert Settlement.objects.filter(source_type="set").count() == 2
        assert moved() == before
        found = ladder(on=MON, until=WED, entity="RUS", whose="OWN")
        sources = {m.source for line in found.lines for day in line.days for m in day.movements}
        assert sources == {"NETTING"}


class TestWhatIsSetApart:
    def test_lines_earmarks_restrictions_and_the_least_are_those_of_each_day(self) -> None:
        own, place = firm().own_party, Place.objects.get(code="NSD")
        give(own, "NSD", "KWD", "100")
        key = {"entity": firm(), "owner": own, "place": place, "document": "Deed 1"}
        CreditLine.objects.create(**key, currency="KWD", amount=50, valid_from=TUE, valid_until=WED)
        Earmark.objects.create(
            **key, asset=Asset.objects.get(code="KWD"), kind="BLOCKED", quantity=30, valid_from=WED
        )
        put_in_force(LEAST_CASH.name, "RUS/NSD/KWD", {"amount": "75"})
        found = ladder(currency="KWD")
        rows: dict[date, Any] = {on: day_of(found, own, "NSD", "KWD", on) for on in (MON, TUE, WED)}
        assert {on: (day.usable, day.lacks) for on, day in rows.items()} == {
            MON: (100, 0), TUE: (150, 0), WED: (70, 5),
        }  # fmt: skip
        Restriction.objects.create(
            entity=firm(), party=own, place=place, act="NO_PAY", document="Order", valid_from=WED
        )
        assert day_of(ladder(currency="KWD"), own, "NSD", "KWD", WED).usable == 0
        assert day_of(ladder(currency="KWD"), own, "NSD", "KWD", TUE).usable == 150

    def test_a_clients_money_stands_apart_and_funds_nobody(self) -> None:
        client = Party.objects.create(code="CL-9", name="A client", roles=["CLIENT"])
        give(client, "NSD", "KWD", "1000")
        put(party("L-1"), "10", comes=False, currency="KWD")
        found = ladder(currency="KWD", whose="OWN")
        assert {names.owner for key, names in found.names.items()} == {firm().own_party.code}
        proposal: Any
        (proposal,) = proposals(ladder(currency="KWD"))
        assert (proposal.way, proposal.amount) == ("BORROW", 10)
        (only,) = ladder(currency="KWD", whose="CLIENT").lines
        assert only.key.owner_id == client.pk


class TestProposals:
    def test_a_transfer_waits_for_both_places_and_their_cut_offs(self) -> None:
        own = firm().own_party
        second = Place.objects.create(
            code="SECOND", name="Second", finality="EXTERNAL", matching="MESSAGE",
            calendar=Place.objects.get(code="NSD").calendar,
        )  # fmt: skip
        NostroAccount.objects.create(
            entity=firm(), place=second, owner=own, currency="KWD", number="SECOND-1"
        )
        forget_reference_data()
        give(own, "SECOND", "KWD", "100")
        put(party("L-1"), "10.005", comes=False, currency="KWD", due=MON)
        found: Any
        (found,) = proposals(ladder(currency="KWD"))
        assert (found.way, found.amount, found.value_date, found.deadline) == (
            "TRANSFER",
            D("10.005"),
            MON,
            None,
        )
        put_in_force(CUT_OFFS.name, "SECOND", {"zone": "Europe/Moscow", "cash_by": "09:00"})
        (found,) = proposals(ladder(currency="KWD"))
        assert found.deadline == MORNING  # at the very minute it still goes
        (late,) = proposals(ladder(currency="KWD", at=MORNING + timedelta(seconds=1)))
        assert late.way == "BORROW"


class TestScopesAndKnowledge:
    def test_a_person_sees_whole_entities_only(self) -> None:
        put(party("L-1"), "10", comes=True)
        other = firm("EUR")
        assert ladder(scope=Scope(entities=(), books=(1,))).lines == []
        found = ladder(scope=Scope(entities=(other.pk,)))
        assert {names.entity for names in found.names.values()} <= {"EUR"}

    def test_as_known_then_is_what_was_open_then(self) -> None:
        house = House(2)
        house.give(0, house.shares[0], 10)
        house.give(1, house.money, 100)
        row = house.put(0, 1, 0, 10, 60, due_date=MON)
        follow_events()
        sequence_events()
        then = known_at(timezone.now())
        settle([row], MON)
        later = house.put(0, 1, 0, 1, 5, due_date=TUE)
        record_events([NewEvent(
            kind="settlement.prepare", subject_type="settlement", subject_id=later.pk,
            entity_id=later.entity_id, target="PREPARED", facts={},
        )], actor_id=None, at=timezone.now())  # fmt: skip
        payer = house.parties[1]
        now = day_of(ladder(place="HOUSE"), payer, "HOUSE", "RUB", MON)
        known = day_of(ladder(place="HOUSE", known=then), payer, "HOUSE", "RUB", MON)
        assert [m.certainty for m in now.movements] == ["SETTLED"]
        assert [m.certainty for m in known.movements] == ["MATCHED"]
        assert known.closing == now.closing == 40
        assert day_of(ladder(place="HOUSE", known=then), payer, "HOUSE", "RUB", TUE).movements == []
        assert day_of(ladder(place="HOUSE"), payer, "HOUSE", "RUB", TUE).goes == 5

    def test_the_questions_do_not_grow_with_what_is_open(self) -> None:
        def asked() -> int:
            with questions() as captured:
                ladder(known=known_now())
            return len(captured.captured_queries)

        put(party("L-1"), "10", comes=True)
        few = asked()
        for n in range(30):
            put(party(f"L-{n + 2}"), "10", comes=n % 2 == 0, due=MON + timedelta(n % 5))
        assert asked() == few
