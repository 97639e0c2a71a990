"""VAT by service: rates of their days, exemptions by their article, what is with the budget and what is a cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from expenses.fees.accruing import NewAccrual, vat_of, write_accruals
from expenses.fees.booking import reverse_accruals
from expenses.fees.models import FeeAccrual
from refdata.models import Entity, FeeSchedule, Party
from refdata.selectors import reference_data
from reporting.services import verify_run
from tests.expenses.stage import D, schedule, venue
from tests.reporting.running import run_of, told

__all__ = ["venue"]  # a fixture
pytestmark = pytest.mark.usefixtures("own_database")
LAST_YEAR, THIS_YEAR = date(2025, 12, 15), date(2026, 1, 15)


def rendered(schedule: FeeSchedule, day: date, amount: str, *, side: str, party: Party) -> int:
    """A service of so much, VAT within, on a day; its accrual."""
    parts = vat_of(
        D(amount), schedule.service, on_top=False, on=day, minor_unit=2, reference=reference_data()
    )
    own = schedule.entity.own_party_id
    new = NewAccrual(
        schedule.entity_id, schedule.pk, side, party.pk, own, None, None, schedule.kind, "DEAL",
        FeeAccrual.objects.count() + 1, 1, day, day.replace(day=1), D(1), parts.total, parts.net, parts.vat, "RUB",
    )  # fmt: skip
    with transaction.atomic():
        return write_accruals([new], at=timezone.now())[0]


def register() -> dict[str, list[dict[str, Any]]]:
    asked = {"rendered_from": "2025-12-01", "rendered_until": "2026-01-31"}
    found: dict[str, list[dict[str, Any]]] = {"sums": [], "services": [], "ratios": []}
    for row in told(run_of("vat-register", parameters=asked)):
        found[row["section"]].append(row)
    return found


def cells(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


class TestRegister:
    SUMS = ("side", "service", "rate", "net", "vat", "total", "booked", "cost")

    @pytest.fixture
    def client(self) -> Party:
        return Party.objects.filter(roles__contains=["CLIENT"]).earliest("pk")

    def test_each_service_is_at_the_rate_of_its_day(self, venue: Party, client: Party) -> None:
        """Data for 122.00 in 2026 is 100 and 22, for 120.00 in 2025 it was 100 and 20; an exchange fee has none.

        A broker recovers nothing: what the venue bills is a cost whole.
        """
        data, exchange = (
            schedule(venue, service="DATA"),
            schedule(venue, kind="EXCH", service="EXCHANGE"),
        )
        charged = schedule(payer="CLIENT", biller=None, kind="CHARGE", service="DATA")
        rendered(data, THIS_YEAR, "122.00", side="OWED", party=venue)
        rendered(data, LAST_YEAR, "120.00", side="OWED", party=venue)
        rendered(exchange, THIS_YEAR, "100.00", side="OWED", party=venue)
        rendered(charged, THIS_YEAR, "244.00", side="CHARGED", party=client)

        found = register()

        assert [cells(row, *self.SUMS) for row in found["sums"]] == [
            ("CHARGED", "DATA", "0.22", "200.00", "44.00", "244.00", "44.00", "0.00"),
            ("OWED", "DATA", "0.20", "100.00", "20.00", "120.00", "0.00", "20.00"),
            ("OWED", "DATA", "0.22", "100.00", "22.00", "122.00", "0.00", "22.00"),
            ("OWED", "EXCHANGE", None, "100.00", "0.00", "100.00", "0.00", "0.00"),
        ]
        (exempt,) = [row for row in found["services"] if row["service"] == "EXCHANGE"]
        assert "149" in exempt["exempt"]
        assert [cells(row, "one", "other", "holds") for row in found["ratios"]] == [
            ("44.00", "44.00", "true")
        ]

    def test_what_is_taken_back_is_a_row_of_its_own_and_the_old_run_stays(
        self, client: Party
    ) -> None:
        charged = schedule(payer="CLIENT", biller=None, kind="CHARGE", service="DATA")
        id = rendered(charged, THIS_YEAR, "122.00", side="CHARGED", party=client)
        asked = {"rendered_from": "2025-12-01", "rendered_until": "2026-01-31"}
        before = run_of("vat-register", parameters=asked)
        with transaction.atomic():
            reverse_accruals({id: "another amount"}, at=timezone.now())
        found = register()
        assert sorted(row["vat"] for row in found["services"]) == ["-22.00", "22.00"]
        assert [cells(row, *self.SUMS) for row in found["sums"]] == [
            ("CHARGED", "DATA", "0.22", "0.00", "0.00", "0.00", "0.00", "0.00")
        ]
        assert found["ratios"][0]["holds"] == "true"
        assert verify_run(before).equal
        assert len(told(before, section="services")) == 1

    def test_it_is_of_the_entity_that_it_is_asked_for(self, venue: Party) -> None:
        data = schedule(venue, service="DATA")
        rendered(data, THIS_YEAR, "122.00", side="OWED", party=venue)
        asked = {"rendered_from": "2025-12-01", "rendered_until": "2026-01-31", "entity": "EUR"}
        assert Entity.objects.filter(code="EUR").exists()
        assert told(run_of("vat-register", parameters=asked), section="services") == []
        assert Decimal(register()["sums"][0]["vat"]) == 22
