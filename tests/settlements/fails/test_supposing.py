"""What penalties would be under a drafted rule: P6, terms with a cap, and nothing is written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backoffice.access.models import User
from refdata.models import DatedRule, Entity
from settlements.fails.computing import compute_penalties
from settlements.fails.models import Penalty
from settlements.fails.supposing import Answer, suppose
from tests.pages.test_pages import browser
from tests.settlements.fails.stage import (
    BANK_FIVE,
    FRI,
    MON,
    NIGHT,
    PLACE,
    THU,
    failing,
    instrument,
    price,
    put_in_force,
)

pytestmark = pytest.mark.usefixtures("own_database")
MONDAY = date(2026, 11, 30)


def drafted(kind: str, key: str, value: dict[str, Any]) -> DatedRule:
    return DatedRule.objects.create(
        kind=kind, key=key, value=value, vectors=[], valid_from=date(2027, 1, 1), source="draft"
    )


def count(*days: date) -> None:
    for day in days:
        compute_penalties(entity_id=Entity.objects.get(code="EUR").pk, day=day, at=NIGHT)


def asked(row: DatedRule, since: date = MON, until: date = MONDAY) -> Answer:
    checker = User.objects.get(username="checker")
    return suppose(str(row), since=since, until=until, visible_to=checker)


def test_p6_with_the_drafted_rate_as_data_and_on_the_page(api: Any) -> None:
    fund = instrument("ETF", "FUND", "OTHER")
    price(fund, MON, "118.40")
    row = failing(fund, "3000")
    count(MON)
    rate = drafted("csdr.penalty_rate", "OTHER", {"basis_points": "0.75"})
    query = f"rule={rate}&since=2026-11-01&until=2026-11-30"
    told = api("checker").get(f"/penalty-what-if/?{query}").json()
    (total,) = told["sums"]
    assert (total["counted"]["ours"]["amount"], total["supposed"]["ours"]["amount"]) == (
        "17.76", "26.64",
    )  # fmt: skip
    assert total["change"] == {"amount": "8.88", "currency": "EUR"}
    assert [each["settlement"] for each in told["largest"]] == [f"S-{row.pk}"]
    assert (told["undecided"], told["whole"]) == (0, True)
    page = browser("checker").get(f"/fails/what-if/?{query}").content.decode()
    for words in ("17.76", "26.64", "8.88", f"S-{row.pk}"):
        assert words in page
    assert asked(rate, since=THU).sums == []
    other = drafted("csdr.penalty_rate", "LIQUID_SHARE", {"basis_points": "2"})
    assert asked(other).sums == []
    assert Penalty.objects.count() == 1


def test_terms_are_counted_anew_day_by_day_with_their_own_cap_and_free_days(api: Any) -> None:
    put_in_force("fails.scheme", f"{PLACE}/SHARE", {"scheme": "CONTRACT"})
    put_in_force("fails.terms", f"CONTRACT/{BANK_FIVE}", {"basis_points": "10", "free_days": 2})
    share = instrument("LIQ", "SHARE", "LIQUID_SHARE")
    failing(
        share, "10000", amount=Decimal(1_000_000), reason="CLAC", due_date=THU, matched_date=THU
    )
    count(THU, FRI, MONDAY)
    terms = {"basis_points": "10", "cap": "0.0035", "days": "CALENDAR"}
    row = drafted("fails.terms", f"CONTRACT/{BANK_FIVE}", terms)
    (total,) = asked(row).sums
    assert (total.theirs, total.theirs_then, total.change) == (
        Decimal(1000), Decimal(3500), Decimal(-2500),
    )  # fmt: skip
    (last,) = asked(row, since=MONDAY).sums  # of three days, as far as the cap leaves it
    assert (last.theirs, last.theirs_then) == (Decimal(1000), Decimal(1500))
    other = drafted("fails.terms", "CONTRACT", {"basis_points": "1", "base": "PRICE"})
    assert asked(other).sums == []  # the contract with that bank stands before it
    answer = api("checker").get(f"/penalty-what-if/?rule={other}&since=2026-11-01&until=x")
    assert answer.status_code == 400
    in_force = DatedRule.objects.filter(kind="fails.terms", state="IN_FORCE").first()
    answer = api("checker").get(f"/penalty-what-if/?rule={in_force}&since={MON}&until={MONDAY}")
    assert (answer.status_code, answer.json()["code"]) == (409, "rule-not-supposed")
