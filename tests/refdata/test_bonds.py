"""Bonds: what two answers tell together, and the payments that follow."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from backoffice.access.models import User
from backoffice.demonstration.bonds import OFZ
from refdata.bonds import Terms, keep_terms, lay_out
from refdata.loading.recognising import recognise
from refdata.models import Asset, BondPayment, BondTerms, Calendar, Instrument, Price
from tests.refdata.proposing import approve_only_proposal

pytestmark = pytest.mark.django_db

# Those of the demonstration's own bond are there before.
PAYMENTS = BondPayment.objects.exclude(instrument__isin=OFZ)


def make_bond(nominal: str = "1000", currency: str = "RUB") -> Instrument:
    asset = Asset.objects.create(kind="SECURITY", code="RU000A0JVBS1", name="bond")
    return Instrument.objects.create(
        asset=asset, isin="RU000A0JVBS1", kind="BOND", currency=currency, market="MISX",
        nominal=Decimal(nominal), nominal_currency=currency,
    )  # fmt: skip


@pytest.mark.parametrize("first", [0, 1])
def test_two_answers_of_the_exchange_make_one_schedule_in_either_order(
    shared_data: Path, first: int
) -> None:
    """The description knows the start, market data the period: 12 coupons of 182 days."""
    names = ["bonds_market_security", "bonds_market_security_market_data"]
    for name in (names[first], names[1 - first]):
        assert PAYMENTS.count() == 0
        path = shared_data / "reference" / "moex" / f"{name}.json"
        recognise(path).run(path)
    coupons = PAYMENTS.filter(kind="COUPON").order_by("end_date")
    assert coupons.count() == 12
    assert {row.amount for row in coupons} == {Decimal("58.59")}  # as the exchange itself says
    assert date(2017, 11, 29) in {row.end_date for row in coupons}
    repaid = PAYMENTS.get(kind="REPAYMENT")
    assert (repaid.end_date, repaid.amount, repaid.outstanding) == (
        date(2021, 5, 26), Decimal(1000), Decimal(0),
    )  # fmt: skip
    price = Price.objects.get(instrument__isin="RU000A0JVBS1")
    assert (price.value, price.percent) == (Decimal(986), Decimal("0.986"))


def test_an_amortised_bond_pays_on_what_is_left() -> None:
    bond = make_bond()
    terms = BondTerms.objects.create(
        instrument=bond, start_date=date(2026, 1, 15), maturity_date=date(2028, 1, 15),
        coupon_rate=Decimal("0.08"), frequency=2, day_count="30E/360",
        repayment_dates=[date(2027, 1, 15), date(2027, 7, 15), date(2028, 1, 15)],
        repayment_shares=[Decimal("0.3"), Decimal("0.3"), Decimal("0.4")],
    )  # fmt: skip
    rows = lay_out(bond, terms)
    coupons = [row.amount for row in rows if row.kind == "COUPON"]
    assert coupons == [Decimal("40"), Decimal("40"), Decimal("28"), Decimal("16")]
    steps = [(row.amount, row.outstanding) for row in rows if row.kind == "REPAYMENT"]
    assert [(int(amount), int(left)) for amount, left in steps] == [
        (300, 700),
        (300, 400),
        (400, 0),
    ]
    paid = PAYMENTS.filter(kind="REPAYMENT").aggregate(total=Sum("amount"))
    assert paid["total"] == 1000
    assert lay_out(bond, terms) == []


def test_a_repayment_inside_a_period_is_refused() -> None:
    bond = make_bond()
    terms = BondTerms(
        instrument=bond, start_date=date(2026, 1, 15), maturity_date=date(2027, 1, 15),
        coupon_rate=Decimal("0.08"), frequency=2,
        repayment_dates=[date(2026, 3, 15), date(2027, 1, 15)],
    )  # fmt: skip
    with pytest.raises(ValueError, match="ends of coupon periods"):
        lay_out(bond, terms)


def test_what_is_known_of_a_bond_is_not_overwritten() -> None:
    bond = make_bond()
    assert keep_terms({"RU000A0JVBS1": Terms(coupon_rate=Decimal("0.1"), every_days=182)})
    assert keep_terms({"RU000A0JVBS1": Terms(coupon_rate=Decimal("0.2"), every_days=91)}) == set()
    terms = BondTerms.objects.get(instrument=bond)
    assert (terms.coupon_rate, terms.every_days) == (Decimal("0.1"), 182)


def test_payments_are_facts() -> None:
    bond = make_bond()
    BondPayment.objects.create(
        instrument=bond, kind="COUPON", start_date=date(2026, 1, 1), end_date=date(2026, 7, 1),
        payment_date=date(2026, 7, 1), amount=1, outstanding=1000,
    )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        BondPayment.objects.update(amount=2)


def test_terms_completed_by_a_person_are_checked_and_laid_out() -> None:
    """A payment on a Saturday moves to Monday by the bond's own calendar."""
    bond = make_bond()
    client = Client()
    client.force_login(User.objects.get(username="admin"))
    typed = {
        "instrument": bond.pk, "start_date": "2026-02-01", "maturity_date": "2027-02-01",
        "coupon_rate": "0.1", "day_count": "30E/360", "frequency": "2", "every_days": "",
        "repayment_dates": "2026-05-01,2027-02-01", "repayment_shares": "",
        "calendar": Calendar.objects.get(code="TARGET").pk, "roll": "FOLLOWING", "stub": "SHORT_FRONT",
    }  # fmt: skip
    address = reverse("admin:refdata_bondterms_add")
    refused = client.post(address, typed)
    assert "a bond is repaid at the ends of coupon periods" in refused.content.decode()
    assert not BondTerms.objects.exclude(instrument__isin=OFZ).exists()
    assert client.post(address, typed | {"repayment_dates": ""}).status_code == 302
    assert not BondTerms.objects.exclude(instrument__isin=OFZ).exists()
    approve_only_proposal()
    coupons = PAYMENTS.filter(kind="COUPON").order_by("end_date")
    assert [(row.end_date, row.payment_date, row.amount) for row in coupons] == [
        (date(2026, 8, 1), date(2026, 8, 3), Decimal(50)),
        (date(2027, 2, 1), date(2027, 2, 1), Decimal(50)),
    ]
