"""A house of any history: random steps, legal and not, over all products, and what must hold after each.

Hypothesis chooses who does what in which order. Whatever was done, flows sum to what is settled and
booked, parts to their block, limits are what a recomputation from scratch finds, and the events alone
say every state.
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
from deals.state import CANCEL_LIFECYCLE, DEAL_LIFECYCLE
from limits.models import Limit
from refdata.firm_days import firm_day
from refdata.loading.importing import add_missing
from refdata.models import Entity, Instrument
from refdata.selectors import forget_reference_data
from settlements.clearing.exposing import recompute_nets
from settlements.exposures import recompute_exposures as recompute_settlements
from settlements.models import Settlement
from settlements.state import LIFECYCLES
from settlements.tasks import continue_runs, revalue_limits
from tests.conftest import Api, forget_everything
from tests.databases import connected_to, own_copy
from tests.flows.cleared_steps import ClearedSteps, cleared_deals_under_way
from tests.flows.products import DOCUMENTS
from tests.flows.sums import BOOKED, COUNTERS, HELD, MOVED, SHARED, found
from tests.following import follow_events
from tests.sizes import HISTORIES, STEPS

WHOLE = KnownAt(at=timezone.now(), number=0, horizon=NO_HORIZON)
ROLES = ("dealer", "clerk", "checker", "risk", "manager")
DEAL_STEPS = {
    "confirm": "clerk", "approve": "checker", "reject": "checker", "cancel": "clerk",
    "agree-cancel": "clerk", "approve-cancel": "checker", "deny-cancel": "clerk",
    "withdraw-cancel": "clerk", "undo-allocation": "clerk", "reinstruct": "clerk",
}  # fmt: skip
SETTLEMENT_STEPS = {
    "release": "checker", "reject": "checker", "repair": "clerk", "hold": "clerk",
    "match": "clerk", "cancel": "clerk",
}  # fmt: skip
DEAL_STEP, SETTLEMENT_STEP = (
    st.sampled_from(list(each)) for each in (DEAL_STEPS, SETTLEMENT_STEPS)
)
MIRRORED = {"buy": "sell", "sell": "buy", "place": "take", "take": "place"}
DOCUMENT = st.sampled_from(DOCUMENTS)
CHANGES = st.sampled_from((
    {"quantity": "40"}, {"quantity": "600"}, {"quantity": "90000"}, {"price": "301.2"},
    {"price": "1.16"}, {"rate": "0.21"}, {"side": "sell"}, {"side": "take"}, {"book": "EQ-CL"},
    {"settlement": {"date": "2026-12-01"}}, {"settlement": {"method": "FOP"}}, {"uti": "U-1"},
))  # fmt: skip
IN_PERCENT = st.sampled_from(
    (("100",), ("33.33", "66.67"), ("10", "20.005", "69.995"), ("50", "49"))
)
PAPER = st.sampled_from(("", "their letter of today"))
TIMES = st.sampled_from((1, 2, 40))  # the last is more than most limits allow
WHO = st.sampled_from(
    ("",) * 6 + ("clerk", "checker", "dealer")
)  # whose step it is, or any of them
SUBSTITUTES = ("", "RU0007661625", "RU0009024277")  # nothing: it is closed instead
PART = st.sampled_from(("", "", "10", "40"))  # of those securities; nothing: all that is left
SAYS = st.sampled_from(("SETTLED", "CANCEL_AGREED", "CANCEL_DENIED"))
NTH = st.integers(0, 30)
REFUSALS = {400, 403, 404, 409, 412, 422}


class House(ClearedSteps, RuleBasedStateMachine):
    """One house with a database of its own, in which a day's work is under way already."""

    base: Any = None  # the name of that database, and what opens one
    holds: Bundle[str] = Bundle("holds")

    @initialize()
    def open(self) -> None:
        name, blocker = self.base
        self.left = ExitStack()
        copy = self.left.enter_context(own_copy(name))
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

    @rule(nth=NTH, verb=DEAL_STEP, role=WHO, paper=PAPER)
    def step(self, nth: int, verb: str, role: str, paper: str) -> None:
        said: dict[str, dict[str, str]] = {
            "confirm": {}, "approve-cancel": {}, "agree-cancel": {"evidence": paper},
            "deny-cancel": {"evidence": paper}, "cancel": {"reason": "so", "evidence": paper},
        }  # fmt: skip
        body = said.get(verb, {"reason": "so"})
        self.asks(role or DEAL_STEPS[verb], f"/deals/{one_of(Deal, nth)}/{verb}/", body)

    @rule(nth=NTH, change=CHANGES, role=WHO, paper=PAPER)
    def amend(self, nth: int, change: dict[str, Any], role: str, paper: str) -> None:
        body = change | {"reason": "so", "evidence": paper}
        self.asks(role or "clerk", f"/deals/{one_of(Deal, nth)}/amend/", body)

    @rule(nth=NTH, day=st.integers(-2, 9), instrument=st.sampled_from(SUBSTITUTES), paper=PAPER)
    def change_repo(self, nth: int, day: int, instrument: str, paper: str) -> None:
        """Close it on that day, or give other securities from then on."""
        body = {"reason": "so", "evidence": paper}
        on = (firm_day(timezone.now()) + timedelta(days=day)).isoformat()
        repos = Deal.objects.filter(product="repo").order_by("pk")
        verb = "substitute" if instrument else "close-early"
        more = {"date": on, "instrument": instrument, "quantity": "150"}
        body |= more if instrument else {"far_date": on}
        self.asks("clerk", f"/deals/{repos[nth % len(repos)]}/{verb}/", body)

    @rule(nth=NTH, percents=IN_PERCENT, abroad=st.booleans(), role=WHO)
    def allocate(self, nth: int, percents: tuple[str, ...], abroad: bool, role: str) -> None:
        deal = Deal.objects.select_related("book").get(pk=one_of(Deal, nth).removeprefix("D-"))
        shares = [{"book": deal.book.code, "percent": each} for each in percents]
        if abroad:
            shares[0] |= {
                "book": "EQ-CL",
                "capacity": "CLIENT",
                "client": "CL-ANNA",
                "account": "A",
            }
        self.asks(role or "clerk", f"/deals/{deal}/allocate/", {"shares": shares, "reason": "so"})

    @rule(document=DOCUMENT, many=st.integers(2, 3), executed=st.booleans())
    def group(self, document: dict[str, Any], many: int, executed: bool) -> None:
        """Fills as they come in, and at once their block."""
        fills = []
        for nth in range(many):
            fill = scaled(document, nth + 1)
            if "price" in fill:
                fill["price"] = f"{Decimal(fill['price']) + Decimal(nth) / 100:f}"
            answer = self.capture_one(fill, stage="executed" if executed else "proposed")
            if answer.status_code == 201:
                fills.append(answer.json()["reference"])
        body = {"references": fills, "external_ref": f"G-{next(self.numbers)}", "reason": "so"}
        self.asks("clerk", "/deal-groups/", body)

    @rule(nth=NTH, verb=SETTLEMENT_STEP, role=WHO)
    def settlement_step(self, nth: int, verb: str, role: str) -> None:
        path = f"/settlements/{one_of(Settlement, nth)}/{verb}/"
        self.asks(role or SETTLEMENT_STEPS[verb], path, {"reason": "so"})

    @rule()
    def run(self) -> None:
        body = {"business_date": "2026-12-24", "objective": "FIFO"}
        self.asks("clerk", "/settlement-runs/", body)
        self.follow()
        continue_runs()

    @rule(nth=NTH, says=SAYS, part=PART)
    def place_answers(self, nth: int, says: str, part: str) -> None:
        """On paper: what it did with what it has, or a part of it, or whether it agrees to cancel that."""
        document = f"Report {next(self.numbers)}"
        body = {"document": document, "says": says, "settled_at": timezone.now().isoformat()}
        if part and says == "SETTLED":
            body["quantity"] = part
        answer = self.asks("clerk", f"/settlements/{one_of(Settlement, nth)}/evidence/", body)
        if answer.status_code == 201:
            self.asks("checker", f"/evidence/{answer.json()['reference']}/accept/")

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
        day = firm_day(timezone.now())
        add_missing("refdata_price", columns, [(id, day, "TEST", "CLOSE", value, "RUB")])
        self.follow()
        revalue_limits()

    @rule(base=st.sampled_from(("USD", "EUR")), value=st.sampled_from(("61.5", "140.0001")))
    def rate(self, base: str, value: str) -> None:
        columns = ("base", "quote", "rate_date", "source", "value")
        add_missing(
            "refdata_fxrate", columns, [(base, "RUB", firm_day(timezone.now()), "TEST", value)]
        )
        self.follow()
        revalue_limits()

    @rule()
    def follow(self) -> None:
        follow_events()
        forget_reference_data()
        self.followed = True

    @invariant()
    def flows_are_what_is_settled(self) -> None:
        assert found(MOVED) == []

    @invariant()
    def parts_come_to_their_block(self) -> None:
        assert found(SHARED) == []

    @invariant()
    def what_is_agreed_is_booked(self) -> None:
        if getattr(self, "followed", False):
            assert found(BOOKED) == []

    @invariant()
    def limits_are_what_a_recomputation_finds(self) -> None:
        if not hasattr(self, "left"):
            return
        assert found(COUNTERS) == []
        day, at = firm_day(timezone.now()), timezone.now()
        for recompute in (recompute_exposures, recompute_settlements, recompute_nets):
            assert recompute(business_date=day, at=at).alarms == 0
            again = recompute(business_date=day, at=at + timedelta(seconds=1))
            assert (again.changed, again.alarms) == (0, 0)
        if getattr(self, "followed", False):  # else not all that is settled is booked yet
            assert found(HELD) == []

    @invariant()
    def history_says_every_state(self) -> None:
        if not hasattr(self, "left"):
            return
        for axis in (DEAL_LIFECYCLE, CANCEL_LIFECYCLE):
            deals = dict(Deal.objects.values_list("pk", axis.column))
            assert states_as_known_at(axis, list(deals), WHOLE, created_by=("capture",)) == deals
        for axis in LIFECYCLES:
            rows = dict(Settlement.objects.values_list("pk", axis.column))
            assert states_as_known_at(axis, list(rows), WHOLE, created_by=("prepare",)) == rows


def one_of(model: type[Model], nth: int) -> str:
    """The n-th thing there is, counted round; there is always one."""
    rows = list(model._default_manager.order_by("pk"))
    return str(rows[nth % len(rows)])


def scaled(document: dict[str, Any], times: int) -> dict[str, Any]:
    name = "quantity" if "quantity" in document else "amount"
    return document | {name: f"{Decimal(document[name]) * times:f}"}


def a_day_under_way() -> None:
    """Of every product a deal in each place of its way, from captured to settled, some asked to end."""
    Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind="INSTRUMENT", name="Sber", currency="RUB",
        cap=10**9, instrument=Instrument.objects.get(isin="RU0009029540"),
        defined_at=timezone.now() - timedelta(days=9),
    )  # fmt: skip
    forget_reference_data()
    cleared_deals_under_way()
    speaking = {role: Api(role) for role in ROLES}
    deals = []
    for stage in range(6):
        for nth, document in enumerate(DOCUMENTS):
            deal = document | {"external_ref": f"B-{stage}-{nth}"}
            if stage == 0:
                deal["stage"] = "executed"
            answer = speaking["dealer"].post("/deals/", deal)
            assert answer.status_code == 201, answer.content
            deals.append(answer.json()["reference"])
            for role, verb in (("clerk", "confirm"), ("checker", "approve"))[:stage]:
                answer = speaking[role].post(f"/deals/{deals[-1]}/{verb}/")
                assert answer.status_code == 200, answer.content
    follow_events()
    settlements = list(Settlement.objects.order_by("pk"))
    third = len(settlements) // 3
    for settlement in settlements[: 2 * third]:
        speaking["checker"].post(f"/settlements/{settlement}/release/")
    for settlement in settlements[:third]:
        speaking["clerk"].post(f"/settlements/{settlement}/match/")
    body = {"business_date": "2026-11-25", "objective": "FIFO"}
    speaking["clerk"].post("/settlement-runs/", body)
    follow_events()
    continue_runs()
    for deal in deals[2 * len(DOCUMENTS) :: 3]:
        speaking["clerk"].post(f"/deals/{deal}/cancel/", {"reason": "so"})
    follow_events()
    assert Settlement.objects.filter(transmission="SENT", settlement="PENDING").exists()
    assert Settlement.objects.filter(settlement="SETTLED").exists()
    assert Deal.objects.filter(cancellation="REQUESTED").exists()


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
