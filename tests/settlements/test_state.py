"""The lifecycles written out a second time by hand, so that neither copy can drift alone."""

from __future__ import annotations

from itertools import product

import pytest

from backoffice.kernel.lifecycle import Lifecycle, TransitionNotAllowed
from deals.state import CANCEL_LIFECYCLE, DEAL_LIFECYCLE, INBOUND_LIFECYCLE
from settlements.models import Settlement
from settlements.state import CLAIM_LIFECYCLE, LIFECYCLES, ROLL_UP, RUN_LIFECYCLE, SettlementStatus

TABLES = {
    "deal.state": {
        ("CAPTURED", "confirm"): "PENDING_APPROVAL", ("CAPTURED", "affirm"): "CONFIRMED",
        ("CAPTURED", "cancel"): "CANCELLED", ("PENDING_APPROVAL", "approve"): "CONFIRMED",
        ("PENDING_APPROVAL", "take_step"): "PENDING_APPROVAL",
        ("PENDING_APPROVAL", "reject"): "CAPTURED", ("PENDING_APPROVAL", "cancel"): "CANCELLED",
        ("CONFIRMED", "prepare"): "SETTLING", ("SETTLING", "settle"): "SETTLED",
        ("SETTLED", "close"): "CLOSED", ("SETTLING", "reinstruct"): "CONFIRMED",
        ("CONFIRMED", "cancel"): "CANCELLED", ("SETTLING", "cancel"): "CANCELLED",
        ("CAPTURED", "amend"): "CAPTURED", ("PENDING_APPROVAL", "amend"): "CAPTURED",
        ("CONFIRMED", "amend"): "CAPTURED", ("SETTLING", "amend"): "CAPTURED",
        ("CAPTURED", "allocate"): "REPLACED", ("PENDING_APPROVAL", "allocate"): "REPLACED",
        ("CONFIRMED", "allocate"): "REPLACED", ("SETTLING", "allocate"): "REPLACED",
        ("CAPTURED", "group"): "REPLACED", ("SETTLING", "cancel_rest"): "SETTLED",
        ("REPLACED", "undo_allocation"): "CAPTURED",
    },
    "deal.cancellation": {
        ("NONE", "request_cancel"): "REQUESTED", ("DENIED", "request_cancel"): "REQUESTED",
        ("REQUESTED", "agree_cancel"): "AGREED", ("REQUESTED", "approve_cancel"): "APPROVED",
        ("AGREED", "approve_cancel"): "APPROVED", ("REQUESTED", "deny_cancel"): "DENIED",
        ("AGREED", "deny_cancel"): "DENIED", ("APPROVED", "deny_cancel"): "DENIED",
        ("REQUESTED", "withdraw_cancel"): "NONE", ("AGREED", "withdraw_cancel"): "NONE",
    },
    "evidence.state": {
        ("PROPOSED", "accept"): "ACCEPTED", ("PROPOSED", "decline"): "DECLINED",
    },
    "inbound.state": {("REPAIR", "replay"): "REPLAYED", ("REPAIR", "withdraw"): "WITHDRAWN"},
    "settlementrun.state": {
        ("QUEUED", "start"): "RUNNING", ("RUNNING", "complete"): "COMPLETED",
        ("QUEUED", "break_off"): "FAILED", ("RUNNING", "break_off"): "FAILED",
    },
    "settlement.approval": {
        ("PREPARED", "release"): "APPROVED", ("PREPARED", "reject"): "REJECTED",
        ("REJECTED", "repair"): "PREPARED", ("PREPARED", "enrich"): "PREPARED",
        ("REJECTED", "enrich"): "PREPARED", ("APPROVED", "enrich"): "PREPARED",
    },
    "settlement.transmission": {
        ("NONE", "send"): "SENT", ("SENT", "acknowledge"): "ACKNOWLEDGED",
        ("SENT", "bounce"): "REJECTED", ("ACKNOWLEDGED", "bounce"): "REJECTED",
    },
    "settlement.matching": {
        ("UNMATCHED", "match"): "MATCHED", ("ALLEGED", "match"): "MATCHED",
        ("UNMATCHED", "allege"): "ALLEGED", ("MATCHED", "unmatch"): "UNMATCHED",
    },
    "settlement.hold": {
        ("NONE", "hold"): "OURS", ("OURS", "unhold"): "NONE", ("NONE", "hold_theirs"): "THEIRS",
        ("NONE", "hold_csd"): "CSD", ("THEIRS", "unhold_outside"): "NONE",
        ("CSD", "unhold_outside"): "NONE", ("OURS", "release_part"): "OURS",
    },
    "settlement.settlement": {
        ("PENDING", "fail"): "FAILING", ("PENDING", "settle_part"): "PARTIAL",
        ("FAILING", "settle_part"): "PARTIAL", ("PARTIAL", "settle_part"): "PARTIAL",
        ("PENDING", "settle"): "SETTLED", ("FAILING", "settle"): "SETTLED",
        ("PARTIAL", "settle"): "SETTLED",
    },
    "settlement.cancellation": {
        ("NONE", "request_cancel"): "REQUESTED", ("DENIED", "request_cancel"): "REQUESTED",
        ("NONE", "agree_cancel"): "AGREED", ("REQUESTED", "agree_cancel"): "AGREED",
        ("REQUESTED", "deny_cancel"): "DENIED",
    },
}  # fmt: skip
EVERY = (
    DEAL_LIFECYCLE,
    CANCEL_LIFECYCLE,
    INBOUND_LIFECYCLE,
    RUN_LIFECYCLE,
    CLAIM_LIFECYCLE,
    *LIFECYCLES,
)
OTHER_EYES = {
    "deal.state": {"approve", "reject"}, "deal.cancellation": {"approve_cancel"},
    "settlement.approval": {"release", "reject"},
    "settlement.hold": {"unhold", "release_part"}, "evidence.state": {"accept", "decline"},
}  # fmt: skip


def name_of(lifecycle: Lifecycle) -> str:
    return f"{lifecycle.subject}.{lifecycle.column}"


@pytest.mark.parametrize("lifecycle", EVERY, ids=name_of)
def test_every_state_and_action_is_as_written_here(lifecycle: Lifecycle) -> None:
    table = TABLES[name_of(lifecycle)]
    for state, action in product(lifecycle.states, lifecycle.transitions):
        if (state, action) in table:
            assert lifecycle.require(action, source=state).target == table[state, action]
        else:
            with pytest.raises(TransitionNotAllowed):
                lifecycle.require(action, source=state)
    assert len(table) == sum(len(t.sources) for t in lifecycle.transitions.values())
    eyes = {name for name, t in lifecycle.transitions.items() if t.four_eyes}
    assert eyes == OTHER_EYES.get(name_of(lifecycle), set())


@pytest.mark.parametrize(
    ("axes", "status"),
    [
        ({}, "PREPARED"),
        ({"approval": "APPROVED"}, "RELEASED"),
        ({"approval": "REJECTED"}, "REJECTED"),
        ({"approval": "APPROVED", "transmission": "SENT"}, "RELEASED"),
        ({"approval": "APPROVED", "transmission": "REJECTED"}, "REJECTED"),
        ({"approval": "APPROVED", "matching": "MATCHED"}, "MATCHED"),
        ({"approval": "APPROVED", "matching": "MATCHED", "hold": "OURS"}, "MATCHED"),
        ({"matching": "MATCHED", "settlement": "FAILING"}, "FAILED"),
        ({"matching": "MATCHED", "settlement": "PARTIAL"}, "PARTIALLY_SETTLED"),
        ({"settlement": "PARTIAL", "cancellation": "AGREED"}, "CANCELLED"),
        ({"settlement": "FAILING", "cancellation": "REQUESTED"}, "FAILED"),
        ({"settlement": "SETTLED", "cancellation": "AGREED"}, "SETTLED"),
    ],
)
def test_the_status_is_computed_from_the_axes(axes: dict[str, str], status: str) -> None:
    row = Settlement(**axes)
    fits = (s for axis, value, s in ROLL_UP if getattr(row, axis) == value)
    assert next(fits, SettlementStatus.PREPARED) == status
