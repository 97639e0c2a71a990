"""What the machine does with cleared deals: captured, netted, agreed to, and reversed by their venue."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from backoffice.events.selectors import NO_HORIZON, KnownAt
from backoffice.workflow.selectors import states_as_known_at
from deals.models import Deal
from limits.models import Limit
from refdata.models import Entity
from refdata.selectors import forget_reference_data
from settlements.clearing.models import NetObligation
from settlements.clearing.state import NET_LIFECYCLE
from tests.conftest import Api
from tests.flows.clearing import CLEARING, a_clearing_house, figures
from tests.flows.products import EQUITY
from tests.flows.sums import NETTED, found

WHOLE = KnownAt(at=timezone.now(), number=0, horizon=NO_HORIZON)
CLEARED = EQUITY | {"clearing": CLEARING, "settlement": {"method": "DVP", "date": "2026-11-25"}}
NTH = st.integers(0, 30)


def cleared_deals_under_way() -> None:
    """A clearing house, a limit of the account that it is paid from, and three deals that offset each other."""
    a_clearing_house()
    Limit.objects.create(
        entity=Entity.objects.get(code="RUS"), kind="NOSTRO", name="Ruble nostro",
        nostro_currency="RUB", currency="RUB", cap=10**9,
    )  # fmt: skip
    forget_reference_data()
    for nth, side in enumerate(("buy", "buy", "sell")):
        deal = CLEARED | {"external_ref": f"N-{nth}", "side": side, "stage": "executed"}
        answer = Api("dealer").post("/deals/", deal)
        assert answer.status_code == 201, answer.content


class ClearedSteps:
    """Steps and sums of the house that is in tests/flows/test_machine.py."""

    speaking: dict[str, Api]

    def asks(self, role: str, path: str, body: Any = None) -> Any:
        raise NotImplementedError

    def capture_one(self, document: dict[str, Any], **more: Any) -> Any:
        raise NotImplementedError

    @rule(side=st.sampled_from(("buy", "sell")), quantity=st.sampled_from(("10", "25", "1000")))
    def capture_cleared(self, side: str, quantity: str) -> None:
        self.capture_one(CLEARED | {"side": side, "quantity": quantity}, stage="executed")

    @rule(nth=NTH, off=st.sampled_from(("", "", "1")), all_of_them=st.booleans())
    def agree_to_nets(self, nth: int, off: str, all_of_them: bool) -> None:
        """The house says the same of all, or of one something else; a clerk agrees to one or to all."""
        nets = list(NetObligation.objects.select_related("asset").order_by("pk"))
        if not nets:
            return
        one = nets[nth % len(nets)]
        figures(self.speaking.__getitem__, **({one.asset.code: off} if off else {}))
        for net in nets if all_of_them else [one]:
            self.asks("clerk", f"/net-obligations/{net}/agree/")

    @rule(nth=NTH, document=st.sampled_from(("R1", "R2")), approved=st.booleans())
    def reverse(self, nth: int, document: str, approved: bool) -> None:
        """The venue reports a deal void: mostly a cleared one, and sometimes one that never was."""
        deals = Deal.objects.order_by("pk")
        chosen = deals.filter(counterparty__code="NCC") if nth % 7 else deals
        deal = chosen[nth % chosen.count()]
        self.asks("clerk", f"/deals/{deal}/reverse/", {"document": document})
        if approved:
            self.asks("checker", f"/deals/{deal}/approve-cancel/")

    @invariant()
    def nets_are_the_flows_within(self) -> None:
        assert found(NETTED) == []

    @invariant()
    def history_says_the_state_of_every_net(self) -> None:
        if hasattr(self, "speaking"):
            nets = dict(NetObligation.objects.values_list("pk", "state"))
            assert (
                states_as_known_at(NET_LIFECYCLE, list(nets), WHOLE, created_by=("compute",))
                == nets
            )
