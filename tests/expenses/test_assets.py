"""The register: in by two people, depreciated by months in the books, out with its result (IAS 16.67-72)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backoffice.kernel.lifecycle import OtherEyesRequired
from expenses.assets.depreciating import carrying, depreciate_month
from expenses.assets.models import FixedAsset
from expenses.assets.services import (
    AssetTwice,
    CannotBeSpent,
    Leaving,
    NewAsset,
    NotByUnits,
    NotInUse,
    accept_assets,
    ask_disposals,
    dispose_assets,
    keep_assets,
    propose_asset,
    tell_units,
)
from expenses.costs.expecting import last_day
from expenses.costs.models import Cost, InvoicePayment
from refdata.models import Entity
from tests.expenses.cost_stage import AT, D, booked, person, supplier
from tests.following import follow_events
from tests.reconciliation.matching.stage import run, statement, told

pytestmark = pytest.mark.usefixtures("own_database")
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)


def asset(*, accepted: bool = True, **more: Any) -> FixedAsset:
    """A server for 1,200.00, a year of life, in use from the end of August."""
    supplier(number="")
    given: dict[str, Any] = {
        "entity": "RUS", "number": "INV-7", "name": "Server", "kind": "COMPUTERS", "supplier": "LANDLORD",
        "document": "ACT-7", "currency": "RUB", "cost": D("1200.00"), "bought_on": date(2026, 8, 20),
        "in_use_on": date(2026, 8, 25), "months": 12, "method": "STRAIGHT", "centre": "BACK",
    }  # fmt: skip
    row = propose_asset(new=NewAsset(**given | more), actor=person("accountant"), at=AT)
    if accepted:
        accept_assets(ids=[row.pk], actor=person("manager"), at=AT).raise_single()
        row.refresh_from_db()
    return row


def depreciate(month: date) -> int:
    entity = Entity.objects.get(code="RUS")
    return depreciate_month(entity_id=entity.pk, month=month, day=last_day(month), at=AT)


def leave(row: FixedAsset, **more: Any) -> None:
    given: dict[str, Any] = {
        "disposal": "SALE", "disposed_on": date(2026, 11, 10), "proceeds": D("1000.00"), "buyer": "LANDLORD",
    }  # fmt: skip
    outcome = ask_disposals(
        ids=[row.pk], leaving=Leaving(**given | more), reason="replaced", actor=person("accountant"), at=AT
    )  # fmt: skip
    outcome.raise_single()


class TestRegister:
    def test_into_the_books_by_other_eyes(self) -> None:
        row = asset(accepted=False, vat=D("264.00"))
        refused = accept_assets(ids=[row.pk], actor=person("accountant"), at=AT)
        assert isinstance(refused.refused[row.pk], OtherEyesRequired)
        assert booked("FIXED_ASSET") == 0
        accept_assets(ids=[row.pk], actor=person("manager"), at=AT).raise_single()
        assert (booked("FIXED_ASSET"), booked("VAT"), booked("SUPPLIER")) == (
            D(1_200), D(264), D(-1_464),
        )  # fmt: skip

    def test_what_cannot_be_spent_is_refused(self) -> None:
        for wrong in (
            {"salvage": D(1_200)}, {"method": "UNITS"}, {"method": "DIGITS", "months": 13},
            {"in_use_on": date(2026, 8, 19)},
        ):  # fmt: skip
            with pytest.raises(CannotBeSpent):
                asset(**wrong)
        asset()
        with pytest.raises(AssetTwice):
            asset()

    def test_the_database_keeps_its_shape(self) -> None:
        row = asset()
        for wrong in ({"salvage": 1_200}, {"months": 0}, {"method": "UNITS"}, {"disposal": "SALE"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                FixedAsset.objects.filter(pk=row.pk).update(**wrong)

    def test_a_line_of_the_bank_pays_it(self) -> None:
        asset(currency="USD")
        statement([told("-1200.00", text="ACT-7", counterparty_name="Supplier LANDLORD")])
        run()
        follow_events()
        assert InvoicePayment.objects.get().asset is not None
        assert booked("SUPPLIER") == 0


class TestDepreciation:
    def test_month_by_month_and_never_twice(self) -> None:
        row = asset()
        assert [depreciate(month) for month in (SEPTEMBER, SEPTEMBER, OCTOBER)] == [1, 0, 1]
        assert (booked("DEPRECIATION"), booked("ACCUMULATED")) == (D(200), D(-200))
        assert carrying(row) == 1_000
        found = Cost.objects.filter(source_id=row.pk).values_list("centre__code", "kind", "amount")
        assert set(found) == {("BACK", "DEPRECIATION", D(100))}

    def test_a_month_that_was_missed_is_caught_up(self) -> None:
        asset()
        depreciate(NOVEMBER)
        assert booked("DEPRECIATION") == 300
        assert depreciate(OCTOBER) == 0

    def test_its_last_month_takes_the_rest_and_then_none(self) -> None:
        row = asset(cost=D("100.00"), months=3)
        amounts = []
        for month in (SEPTEMBER, OCTOBER, NOVEMBER, date(2026, 12, 1)):
            depreciate(month)
            amounts.append(carrying(row))
        assert amounts == [D("66.67"), D("33.33"), 0, 0]

    def test_by_what_it_produced(self) -> None:
        row = asset(method="UNITS", units=D(4_000), cost=D("800.00"))
        for units in (D(999), D(50)):  # the last word counts
            tell_units(id=row.pk, month=SEPTEMBER, units=units, actor=person("accountant"), at=AT)
        depreciate(SEPTEMBER)
        assert booked("DEPRECIATION") == 10
        other = asset(number="INV-8")
        with pytest.raises(NotByUnits):
            tell_units(id=other.pk, month=SEPTEMBER, units=D(1), actor=person("accountant"), at=AT)


class TestDisposal:
    def test_a_sale_with_a_gain(self) -> None:
        """Stands at 900 after September, October and November; sold for 1,000 and VAT of 220: a gain of 100."""
        row = asset()
        depreciate(SEPTEMBER)
        leave(row, proceeds_vat=D("220.00"))
        refused = dispose_assets(ids=[row.pk], actor=person("accountant"), at=AT)
        assert isinstance(refused.refused[row.pk], OtherEyesRequired)

        dispose_assets(ids=[row.pk], actor=person("manager"), at=AT).raise_single()

        assert (booked("FIXED_ASSET"), booked("ACCUMULATED")) == (D(0), D(0))
        assert (booked("DISPOSAL"), booked("VAT")) == (D(-100), D(-220))
        assert booked("SUPPLIER") == -1_200 + 1_220
        assert booked("DEPRECIATION") == 300
        assert depreciate(date(2026, 12, 1)) == 0

    def test_scrap_is_a_loss_of_what_it_stands_at(self) -> None:
        row = asset()
        leave(row, disposal="SCRAP", proceeds=D(0), buyer="", disposed_on=date(2026, 10, 31))
        dispose_assets(ids=[row.pk], actor=person("manager"), at=AT).raise_single()
        assert booked("DISPOSAL") == 1_000

    def test_it_may_stay(self) -> None:
        row = asset()
        leave(row)
        keep_assets(
            ids=[row.pk], reason="still good", actor=person("manager"), at=AT
        ).raise_single()
        row.refresh_from_db()
        assert (row.state, row.disposal, row.disposed_on) == ("IN_USE", "", None)
        with pytest.raises(NotInUse):
            leave(row, disposed_on=date(2026, 8, 24))
