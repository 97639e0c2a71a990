"""A month shared out by keys in force: what each desk bears and a deal of it costs, worked by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from backoffice.kernel.lifecycle import OtherEyesRequired
from expenses.allocating.models import AllocationKey
from expenses.allocating.selectors import Allocated, allocated
from expenses.allocating.services import (
    KeyTwice,
    KeyUnsound,
    NewKey,
    approve_keys,
    propose_key,
)
from refdata.models import Entity
from tests.expenses.cost_stage import AT, NOVEMBER, D, invoice, person, supplier
from tests.flows.test_changing import captured, own_folder

__all__ = ["own_folder"]  # a fixture
pytestmark = pytest.mark.usefixtures("own_database", "own_folder")


def key(centre: str, *, approved: bool = True, **more: Any) -> AllocationKey:
    given: dict[str, Any] = {
        "entity": "RUS", "centre": centre, "position": 1, "basis": "FIXED", "valid_from": NOVEMBER,
    }  # fmt: skip
    row = propose_key(new=NewKey(**given | more), actor=person("accountant"), at=AT)
    if approved:
        approve_keys(ids=[row.pk], actor=person("manager"), at=AT).raise_single()
    return row


def shared(month: date = NOVEMBER) -> Allocated:
    return allocated(Entity.objects.get(code="RUS"), month)


def spent(**by_centre: int) -> None:
    supplier(number="")
    invoice(
        str(sum(by_centre.values())), "0", contract="", booked=True, reason="as told",
        shares=[(code, D(weight)) for code, weight in by_centre.items()],
    )  # fmt: skip


class TestAllocation:
    def test_step_by_step_to_desks_and_deals(self, api: Any, sample: dict[str, Any]) -> None:
        """Management 300: 1/3 to the back office, 2/3 to the desk. Back office 600 and 100: by deals, all of EQ-RU.

        The desk has 100 of its own and 200 of management: it belongs to EQ-RU. Four deals: 1,000 by 4.
        """
        for number in range(4):
            captured(api, sample, external_ref=f"A-{number}", stage="executed")
        spent(MGMT=300, BACK=600, DESK=100)
        key("MGMT", centres=[("BACK", D(1)), ("DESK", D(2))])
        key("BACK", position=2, basis="DEALS")

        found = shared()

        assert found.total == 1_000
        (desk,) = found.desks
        assert (desk.book.code, desk.amount, desk.deals, desk.per_deal) == (
            "EQ-RU", D(1_000), 4, D("250.00"),
        )  # fmt: skip
        assert sorted(move.amount for move in found.shared.moves) == [100, 200, 300, 700]
        assert found.left == []

    def test_what_no_key_shares_out_stays_and_is_told(self) -> None:
        spent(MGMT=10, DESK=5)
        found = shared()
        assert [(centre.code if centre else "", amount) for centre, amount in found.left] == [
            ("MGMT", D(10))
        ]
        (desk,) = found.desks
        assert (desk.amount, desk.deals, desk.per_deal) == (D(5), 0, None)

    def test_a_later_key_takes_its_place_from_its_month_on(self) -> None:
        key("MGMT", books=[("EQ-RU", D(1))], valid_from=date(2026, 1, 1))
        later = key("MGMT", books=[("EQ-RU", D(1))], valid_from=date(2026, 12, 1))
        spent(MGMT=10)
        assert later.pk not in {row.pk for row in shared().keys}
        assert [row.pk for row in shared(date(2026, 12, 1)).keys] == [later.pk]
        with pytest.raises(KeyTwice):
            key("MGMT", books=[("EQ-RU", D(1))], valid_from=date(2026, 12, 5))

    def test_other_eyes_and_whole_shares(self) -> None:
        row = key("MGMT", books=[("EQ-RU", D(1))], approved=False)
        outcome = approve_keys(ids=[row.pk], actor=person("accountant"), at=AT)
        assert isinstance(outcome.refused[row.pk], OtherEyesRequired)
        for wrong in (
            {},
            {"centres": [("MGMT", D(1))]},
            {"basis": "DEALS", "books": [("EQ-RU", D(1))]},
        ):
            with pytest.raises(KeyUnsound):
                key("MGMT", **wrong)
