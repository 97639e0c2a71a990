"""The internal registers: deals as they were, and every operation between what stood and what stands."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from ledger.state import AccountKind
from reporting.models import ReportRun
from reporting.services import verify_run
from tests.following import follow_events
from tests.reporting.running import run_of, told
from tests.reporting.stated_firm import CASH, HOLDING, MONDAY, TUESDAY, WEDNESDAY, Firm, a_week

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
OWN = "999900DEMOSEVERRU017"
TRADED = "2026-11-23"  # the day of the sample


def registers(first: str, until: str, **more: str) -> ReportRun:
    return run_of("internal-registers", parameters={"kept_from": first, "kept_until": until} | more)


def lines(run: ReportRun, **wanted: str) -> list[tuple[str | None, ...]]:
    columns = ("line", "day", "incoming", "outgoing", "balance")
    return [tuple(row[c] for c in columns) for row in told(run, **wanted)]


class TestOperations:
    """The week that is reckoned by hand: a thousand dollars came on Monday, ten went as a fee on Tuesday."""

    def a_week(self) -> Firm:
        firm = a_week()
        firm.post(WEDNESDAY, (CASH, AccountKind.OPENING, firm.usd, 25))
        firm.post(WEDNESDAY, (HOLDING, AccountKind.OPENING, firm.share, 4))
        return firm

    def test_each_operation_stands_between_what_stood_and_what_stands(self) -> None:
        self.a_week()
        run = registers(TUESDAY.isoformat(), WEDNESDAY.isoformat())
        tuesday, wednesday = TUESDAY.isoformat(), WEDNESDAY.isoformat()
        assert lines(run, section="money", owner=OWN, asset="USD", place="CSDX") == [
            ("OPENING", tuesday, None, None, "1000"),
            ("OPERATION", tuesday, None, "10", "990"),
            ("OPERATION", wednesday, "25", None, "1015"),
            ("CLOSING", wednesday, "25", "10", "1015"),
        ]
        (own,) = {row["asset"] for row in told(run, section="securities", owner=OWN)}
        assert own is not None
        assert lines(run, section="securities", owner=OWN) == [
            ("OPENING", tuesday, None, None, "0"),
            ("OPERATION", wednesday, "4", None, "4"),
            ("CLOSING", wednesday, "4", None, "4"),
        ]

    def test_a_client_that_moves_nothing_has_what_it_had(self) -> None:
        firm = self.a_week()
        run = registers(TUESDAY.isoformat(), WEDNESDAY.isoformat())
        assert lines(run, section="money", owner=firm.client.code) == [
            ("OPENING", TUESDAY.isoformat(), None, None, "500"),
            ("CLOSING", WEDNESDAY.isoformat(), None, None, "500"),
        ]

    def test_one_period_ends_where_the_next_begins(self) -> None:
        self.a_week()
        days = [day.isoformat() for day in (MONDAY, TUESDAY, WEDNESDAY)]
        closed = balances(registers(days[0], days[0]), "CLOSING")
        for day in days[1:]:
            run = registers(day, day)
            assert balances(run, "OPENING") == closed
            closed = balances(run, "CLOSING")

    def test_what_came_later_is_not_known_then(self) -> None:
        firm = self.a_week()
        before = registers(TUESDAY.isoformat(), WEDNESDAY.isoformat())
        firm.post(TUESDAY, (CASH, AccountKind.OPENING, firm.usd, 7))
        now = registers(TUESDAY.isoformat(), WEDNESDAY.isoformat())
        assert now.sha256 != before.sha256
        assert before.known_at is not None
        then = registers(
            TUESDAY.isoformat(), WEDNESDAY.isoformat(), known_at=before.known_at.isoformat()
        )
        assert then.sha256 == before.sha256
        assert verify_run(before).equal


def balances(run: ReportRun, line: str) -> dict[tuple[Any, ...], str]:
    """What stands of each owner, at each place, in each asset; nothing is left out."""
    found: defaultdict[tuple[Any, ...], str] = defaultdict(str)
    for row in told(run, line=line):
        if row["balance"] != "0":
            found[row["entity"], row["owner"], row["place"], row["asset"]] = row["balance"]
    return found


class TestDeals:
    def test_a_deal_stands_there_as_it_was_known_and_once_it_binds(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        executed = sample | {"stage": "executed"}
        deal = api("dealer").post("/deals/", executed).json()["reference"]
        asked = sample | {"external_ref": "ASKED"}
        api("dealer").post("/deals/", asked)  # proposed: it binds nobody yet
        follow_events()
        before = registers(TRADED, TRADED)
        (row,) = told(before, section="deals")
        columns = (
            "reference",
            "owner",
            "day",
            "side",
            "quantity",
            "price",
            "gross",
            "fee",
            "currency",
        )
        assert tuple(row[c] for c in columns) == (
            deal, OWN, TRADED, "buy", "1000", "312.45", "312450.00", "156.23", "RUB",
        )  # fmt: skip
        answer = api("clerk").post(
            f"/deals/{deal}/amend/", {"quantity": "900", "reason": "misheard"}
        )
        assert answer.status_code == 200, answer.content
        api("checker").post(f"/deals/{deal}/cancel/", {"reason": "a slip"})
        follow_events()
        (row,) = told(registers(TRADED, TRADED), section="deals")
        assert (row["quantity"], row["state"]) == ("900", "CANCELLED")
        assert before.known_at is not None
        then = registers(TRADED, TRADED, known_at=before.known_at.isoformat())
        assert then.sha256 == before.sha256
        assert verify_run(before).equal

    def test_a_deal_of_another_day_stands_in_its_own(
        self, api: Any, sample: dict[str, Any]
    ) -> None:
        api("dealer").post("/deals/", sample | {"stage": "executed"})
        follow_events()
        assert told(registers("2026-11-24", "2026-11-24"), section="deals") == []
