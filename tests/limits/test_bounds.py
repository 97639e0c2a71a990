"""Caps of open currency positions that follow own funds: what people decided, and what a rule allows at most."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice.access.models import User
from backoffice.events.models import Event
from limits.bounds import keep_bounds
from limits.changes import approve_caps, propose_cap
from limits.models import Breach, Limit
from limits.state import LimitKind
from refdata.dated_rules.services import RuleTerms, activate_rules, propose_rule
from refdata.models import Entity, FxRate
from refdata.selectors import forget_reference_data

AT = datetime.fromisoformat("2026-11-24T12:00:00+00:00")
MILLION = 1_000_000


def person(name: str) -> User:
    return User.objects.get(username=name)


def own_funds(amount: int) -> None:
    terms = RuleTerms(
        kind="firm.own_funds", key="RUS", valid_from=date(2026, 1, 1), valid_until=None,
        value={"amount": str(amount), "currency": "RUB"}, source="Form 0409123", reason="reported",
        vectors=[{"name": "a tenth", "given": {"share": "0.1"}, "expected": f"{amount // 10}.00"}],
    )  # fmt: skip
    row = propose_rule(terms=terms, actor=person("risk"), at=AT)
    assert activate_rules(ids=[row.pk], actor=person("manager"), at=AT).done == [row.pk]
    forget_reference_data()


@pytest.fixture
def limits(own_database: None) -> tuple[Limit, Limit]:
    entity = Entity.objects.get(code="RUS")
    Limit.objects.filter(kind=LimitKind.OPEN_CURRENCY_POSITION).delete()
    FxRate.objects.create(
        base="USD", quote="RUB", rate_date=AT.date(), source="T", value=Decimal(80)
    )
    total = Limit.objects.create(
        entity=entity, kind=LimitKind.OPEN_CURRENCY_TOTAL, name="total", currency="RUB",
        cap=300 * MILLION,
    )  # fmt: skip
    dollars = Limit.objects.create(
        entity=entity, kind=LimitKind.OPEN_CURRENCY_POSITION, name="dollars", currency="USD",
        nostro_currency="USD", cap=MILLION,
    )  # fmt: skip
    forget_reference_data()
    return total, dollars


def stands(row: Limit) -> tuple[int, int | None]:
    row.refresh_from_db()
    return int(row.cap), None if row.bound is None else int(row.bound)


def test_a_cap_is_lowered_to_what_own_funds_allow_and_holds_again_with_more(
    limits: tuple[Limit, Limit],
) -> None:
    total, dollars = limits
    assert keep_bounds(at=AT) == 0
    assert stands(total) == (300 * MILLION, None)
    own_funds(1_000 * MILLION)
    assert keep_bounds(at=AT) == 1
    assert stands(total) == (200 * MILLION, 200 * MILLION)
    assert stands(dollars) == (MILLION, 1_250_000)  # a tenth of it at 80; people decided less
    assert keep_bounds(at=AT) == 0
    event = Event.objects.get(kind="limit.bound")
    assert (event.subject_id, event.facts["after"]) == (total.pk, "200000000.0000")

    change = propose_cap(
        limit_id=total.pk, amount=Decimal(250 * MILLION), valid_from=None, reason="memo",
        document="", actor=person("risk"), at=AT,
    )  # fmt: skip
    approve_caps(ids=[change.pk], actor=person("manager"), at=AT)
    assert stands(total) == (200 * MILLION, 200 * MILLION)  # not above the bound, not for a moment
    later = AT + timedelta(days=1)
    FxRate.objects.create(
        base="USD", quote="RUB", rate_date=later.date(), source="T", value=Decimal(160)
    )
    assert keep_bounds(at=later) == 1
    assert stands(dollars) == (625_000, 625_000)
    FxRate.objects.create(
        base="USD", quote="RUB", rate_date=later.date(), source="U", value=Decimal(40)
    )
    assert keep_bounds(at=later) == 1
    assert stands(dollars) == (MILLION, 2_500_000)


def test_own_funds_that_are_used_up_allow_nothing(limits: tuple[Limit, Limit]) -> None:
    own_funds(-1_000 * MILLION)
    assert keep_bounds(at=AT) == 2
    assert [stands(row) for row in limits] == [(0, 0), (0, 0)]


def test_what_is_open_already_is_a_breach_when_own_funds_shrink(
    limits: tuple[Limit, Limit],
) -> None:
    total, _ = limits
    Limit.objects.filter(pk=total.pk).update(used=250 * MILLION)
    own_funds(1_000 * MILLION)
    keep_bounds(at=AT)
    (breach,) = Breach.objects.filter(limit=total)
    assert (breach.amount, breach.cause) == (Decimal(50 * MILLION), "CAP")


def test_one_person_alone_does_not_say_what_own_funds_are(limits: tuple[Limit, Limit]) -> None:
    total, _ = limits
    terms: dict[str, Any] = {"amount": "1", "currency": "RUB"}
    row = propose_rule(
        terms=RuleTerms(
            kind="firm.own_funds", key="RUS", valid_from=date(2026, 1, 1), valid_until=None,
            value=terms, source="x", reason="x",
            vectors=[{"name": "all", "given": {"share": "1"}, "expected": "1.00"}],
        ),
        actor=person("risk"), at=AT,
    )  # fmt: skip
    forget_reference_data()
    keep_bounds(at=AT)
    assert (row.state, stands(total)) == ("DRAFT", (300 * MILLION, None))
