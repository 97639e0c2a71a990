"""A house of any history: random steps, legal and not, over all products, and what must hold after each.

Hypothesis chooses who does what in which order. Whatever was done, flows sum to what is settled and
booked, limits are what a recomputation from scratch finds, and the events alone say every state.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from backoffice.events.selectors import NO_HORIZON, KnownAt
from backoffice.workflow.selectors import states_as_known_at
from deals.exposing.recomputing import recompute_exposures
from deals.models import Deal
from deals.state import DEAL_LIFECYCLE
from refdata.loading.importing import add_missing
from refdata.models import Instrument
from refdata.selectors import forget_reference_data
from settlements.exposures import recompute_exposures as recompute_settlements
from settlements.models import Settlement
from settlements.state import LIFECYCLES
from settlements.tasks import continue_runs, revalue_limits
from tests.conftest import Api, connected_to, forget_everything, own_copy
from tests.flows.products import DOCUMENTS
from tests.following import follow_events
from tests.sizes import HISTORIES, STEPS

WHOLE = KnownAt(at=timezone.now(), number=0, horizon=NO_HORIZON)
ROLES = ("dealer", "clerk", "checker", "risk", "manager")
DEAL_STEPS = ("confirm", "approve", "reject", "cancel")
SETTLEMENT_STEPS = ("release", "release", "reject", "repair", "hold", "unhold", "match", "cancel")
MIRRORED = {"buy": "sell", "sell": "buy", "place": "take", "take": "place"}
DOCUMENT = st.sampled_from(DOCUMENTS)
TIMES = st.sampled_from((1, 2, 40))  # the last is more than most limits allow
WHO = ("clerk", "checker", "checker", "dealer")
NTH = st.integers(0, 30)
REFUSALS = {400, 403, 404, 409, 412, 422}

# Of each deal with settlements: what is due of an asset, and what its settlements move of it.
_MOVED = """
WITH due AS (
  SELECT f.deal_id, f.asset_id,
         sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) AS amount
    FROM deals_flow f JOIN deals_deal d ON d.id = f.deal_id AND d.version = f.version
   WHERE d.state IN ('SETTLING', 'SETTLED', 'CLOSED') GROUP BY 1, 2),
     live AS (SELECT * FROM settlements_settlement
               WHERE source_type = 'deal' AND cancellation <> 'AGREED'),
     moved AS (
  SELECT source_id AS deal_id, asset_id, sum(CASE WHEN delivers THEN -quantity ELSE quantity END) AS amount
    FROM live WHERE quantity <> 0 GROUP BY 1, 2
   UNION ALL
  SELECT source_id, money_asset_id, sum(CASE WHEN delivers THEN amount ELSE -amount END)
    FROM live WHERE amount <> 0 GROUP BY 1, 2)
SELECT deal_id, asset_id, due.amount, moved.amount
  FROM due FULL JOIN moved USING (deal_id, asset_id)
 WHERE deal_id IN (SELECT id FROM deals_deal WHERE state IN ('SETTLING', 'SETTLED', 'CLOSED'))
   AND coalesce(due.amount, 0) <> coalesce(moved.amount, 0)
"""
# Deals that should be booked and are not, or the other way round; once nothing is left to follow.
_BOOKED = """
SELECT d.id, d.state, d.stage, count(e.id)
  FROM deals_deal d
  CROSS JOIN LATERAL (
       SELECT count(*) > 0 AS moves FROM (
         SELECT 1 FROM deals_flow f
          WHERE f.deal_id = d.id AND f.version = d.version AND f.kind <> 'INTEREST'
          GROUP BY f.kind, f.asset_id
         HAVING sum(CASE f.direction WHEN 'RECEIVE' THEN f.quantity ELSE -f.quantity END) <> 0) x
  ) AS lasting
  LEFT JOIN ledger_journalentry e ON e.source_type = 'deal' AND e.source_id = d.id
        AND e.kind = 'deal.trade' AND NOT EXISTS (
            SELECT 1 FROM ledger_journalentry r WHERE r.reverses_id = e.id)
 GROUP BY d.id, lasting.moves
HAVING count(e.id) <> CASE WHEN d.state = 'CANCELLED' OR NOT lasting.moves THEN 0
                           WHEN d.stage = 'executed' THEN 1
                           WHEN d.state IN ('CAPTURED', 'PENDING_APPROVAL') THEN count(e.id)
                           ELSE 1 END
"""
_COUNTERS = """
SELECT l.id, l.used, l.reserved, coalesce(sum(r.amount) FILTER (WHERE r.state = 'COMMITTED'), 0),
       coalesce(sum(r.amount) FILTER (WHERE r.state = 'HELD'), 0)
  FROM limits_limit l LEFT JOIN limits_reservation r ON r.limit_id = l.id
 WHERE l.kind IN ('DEALER', 'BOOK', 'INSTRUMENT', 'COUNTERPARTY_PRESETTLEMENT',
                  'COUNTERPARTY_SETTLEMENT', 'NOSTRO')
 GROUP BY l.id
HAVING l.used <> coalesce(sum(r.amount) FILTER (WHERE r.state = 'COMMITTED'), 0)
    OR l.reserved <> coalesce(sum(r.amount) FILTER (WHERE r.state = 'HELD'), 0)
    OR l.used + l.reserved > l.cap + l.override + l.excess
"""


class House(RuleBasedStateMachine):
    """One house with a database of its own, in which a day's work is under way already."""

    base: Any = None  # the name of that database, and what opens one
    holds: Bundle[str] = Bundle("holds")

    @initialize()
    def open(self) -> None:
        name, blocker = self.base
        self.left = ExitStack()
        self.left.enter_context(connected_to(name, blocker))
        copy = self.left.enter_context(own_copy(blocker))
        self.left.enter_context(connected_to(copy, blocker))
        forget_everything()
        self.speaking = {role: Api(role) for role in ROLES}
        self.numbers = count(1)
        self.followed = True

    def teardown(self) -> None:
        if hasattr(self, "left"):
            self.left.close()

    def asks(self, role: str, path: str, body: Any = None) -> Any:
        """A refusal is an answer like another; anything that breaks is not."""
        answer = self.speaking[role].post(path, body or {})
        assert answer.status_code in {200, 201, 202, *REFUSALS}, answer.content
        self.followed = False
        return answer

    def capture_one(self, document: dict[str, Any], **more: Any) -> Any:
        deal = document | {"external_ref": f"M-{next(self.numbers)}"} | more
        return self.asks("dealer", "/deals/", deal)

    @rule(document=DOCUMENT, executed=st.booleans(), mirrored=st.booleans(), times=TIMES)
    def capture(self, document: dict[str, Any], executed: bool, mirrored: bool, times: int) -> None:
        deal = scaled(document, times)
        if mirrored:
            deal["side"] = MIRRORED.get(deal["side"], deal["side"])
        self.capture_one(deal, stage="executed" if executed else "proposed")

    @rule(nth=NTH, verb=st.sampled_from(DEAL_STEPS), role=st.sampled_from(WHO))
    def step(self, nth: int, verb: str, role: str) -> None:
        body = {} if verb == "confirm" else {"reason": "so"}
        self.asks(role, f"/deals/{one_of(Deal, nth)}/{verb}/", body)

    @rule(nth=NTH, verb=st.sampled_from(SETTLEMENT_STEPS), role=st.sampled_from(WHO))
    def settlement_step(self, nth: int, verb: str, role: str) -> None:
        self.asks(role, f"/settlements/{one_of(Settlement, nth)}/{verb}/", {"reason": "so"})

    @rule()
    def run(self) -> None:
        body = {"business_date": "2026-12-24", "objective": "FIFO"}
        self.asks("clerk", "/settlement-runs/", body)
        self.follow()
        continue_runs()

    @rule(target=holds, document=DOCUMENT, seconds=st.sampled_from((1, 600)))
    def hold(self, document: dict[str, Any], seconds: int) -> Any:
        body = {"deal": document | {"external_ref": "H"}, "ttl_seconds": seconds}
        answer = self.asks("dealer", "/limits/reservations/", body)
        return answer.json()["reference"] if answer.status_code == 201 else multiple()

    @rule(hold=consumes(holds))
    def release(self, hold: str) -> None:
        answer = self.speaking["dealer"].delete(f"/limits/reservations/{hold}/")
        assert answer.status_code in {200, 204, 404, 409}, answer.content

    @rule(value=st.sampled_from(("280", "312.45", "350")))
    def price(self, value: str) -> None:
        id = Instrument.objects.get(isin="RU0009029540").pk
        columns = ("instrument_id", "price_date", "source", "kind", "value", "currency")
        day = timezone.now().date()
        add_missing("refdata_price", columns, [(id, day, "TEST", "CLOSE", value, "RUB")])
        self.follow()
        revalue_limits()

    @rule()
    def follow(self) -> None:
        follow_events()
        forget_reference_data()
        self.followed = True

    @invariant()
    def flows_are_what_is_settled(self) -> None:
        assert found(_MOVED) == []

    @invariant()
    def what_is_agreed_is_booked(self) -> None:
        if getattr(self, "followed", False):
            assert found(_BOOKED) == []

    @invariant()
    def limits_are_what_a_recomputation_finds(self) -> None:
        if not hasattr(self, "left"):
            return
        assert found(_COUNTERS) == []
        day, at = timezone.now().date(), timezone.now()
        for recompute in (recompute_exposures, recompute_settlements):
            assert recompute(business_date=day, at=at).alarms == 0
            again = recompute(business_date=day, at=at + timedelta(seconds=1))
            assert (again.changed, again.alarms) == (0, 0)

    @invariant()
    def history_says_every_state(self) -> None:
        if not hasattr(self, "left"):
            return
        deals = dict(Deal.objects.values_list("pk", "state"))
        assert states_as_known_at(DEAL_LIFECYCLE, list(deals), WHOLE, created_by="capture") == deals
        for axis in LIFECYCLES:
            rows = dict(Settlement.objects.values_list("pk", axis.column))
            assert states_as_known_at(axis, list(rows), WHOLE, created_by="prepare") == rows


def one_of(model: type[Model], nth: int) -> str:
    """The n-th thing there is, counted round; there is always one."""
    rows = list(model._default_manager.order_by("pk"))
    return str(rows[nth % len(rows)])


def scaled(document: dict[str, Any], times: int) -> dict[str, Any]:
    name = "quantity" if "quantity" in document else "amount"
    return document | {name: f"{Decimal(document[name]) * times:f}"}


def found(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def a_day_under_way() -> None:
    """Of every product a deal in each place of its way: captured, to be approved, prepared, released."""
    speaking = {role: Api(role) for role in ROLES}
    for stage in range(4):
        for nth, document in enumerate(DOCUMENTS):
            deal = document | {"external_ref": f"B-{stage}-{nth}"}
            if stage == 0:
                deal["stage"] = "executed"
            answer = speaking["dealer"].post("/deals/", deal)
            assert answer.status_code == 201, answer.content
            reference = answer.json()["reference"]
            if stage > 0:
                speaking["clerk"].post(f"/deals/{reference}/confirm/")
            if stage > 1:
                speaking["checker"].post(f"/deals/{reference}/approve/")
    follow_events()
    ids = list(Settlement.objects.order_by("pk"))
    for settlement in ids[: len(ids) // 2]:
        speaking["checker"].post(f"/settlements/{settlement}/release/")
    follow_events()


@pytest.mark.usefixtures("own_database")
@pytest.mark.slow
def test_whatever_is_done_the_house_adds_up(django_db_blocker: Any) -> None:
    a_day_under_way()
    House.base = (connection.settings_dict["NAME"], django_db_blocker)
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
