"""The life of a file, written out a second time by hand."""

from __future__ import annotations

import pytest

from backoffice.kernel.lifecycle import TransitionNotAllowed
from onboarding.state import FILE_LIFECYCLE

LEGAL = {
    ("DRAFT", "submit"): "SUBMITTED", ("DUE", "submit"): "SUBMITTED",
    ("SUBMITTED", "take_step"): "SUBMITTED", ("SUBMITTED", "approve"): "APPROVED",
    ("SUBMITTED", "send_back"): "DRAFT", ("SUBMITTED", "decline"): "DECLINED",
    ("APPROVED", "fall_due"): "DUE", ("APPROVED", "take_up"): "DUE",
    ("DRAFT", "close"): "TERMINATED", ("SUBMITTED", "close"): "TERMINATED",
    ("APPROVED", "close"): "TERMINATED", ("DUE", "close"): "TERMINATED",
}  # fmt: skip


@pytest.mark.parametrize("state", FILE_LIFECYCLE.states)
@pytest.mark.parametrize("name", FILE_LIFECYCLE.transitions)
def test_only_these_moves_are_legal(state: str, name: str) -> None:
    if (state, name) in LEGAL:
        assert FILE_LIFECYCLE.require(name, source=state).target == LEGAL[state, name]
    else:
        with pytest.raises(TransitionNotAllowed):
            FILE_LIFECYCLE.require(name, source=state)


def test_who_fills_it_in_does_not_decide() -> None:
    eyes = {name for name, each in FILE_LIFECYCLE.transitions.items() if each.four_eyes}
    assert eyes == {"approve", "send_back", "decline"}
