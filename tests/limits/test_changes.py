"""Overrides and caps: two people, dated, counted only while in force, whoever else acts just then."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.lifecycle import OtherEyesRequired, TransitionNotAllowed
from deals.capturing.capture import capture_deals
from deals.capturing.intake import candidate_of
from deals.capturing.schema import terms_of
from limits.changes import (
    approve_caps,
    approve_overrides,
    keep_dates,
    propose_cap,
    propose_override,
    withdraw_overrides,
)
from limits.models import CapChange, Limit, Override
from limits.rules import LimitRequest, Need
from limits.services import LimitExceeded, lock_headrooms
from tests.guards.test_rivals import at_once
from tests.reserving import reserve

pytestmark = pytest.mark.usefixtures("own_database")
BANK = "Demo Bank One"
NOTHING, HUNDRED = Decimal(0), Decimal(100)


def person(name: str) -> User:
    return User.objects.get(username=name)


def second_officer() -> User:
    user, new = User.objects.get_or_create(username="risk-two")
    if new:
        user.groups.add(Group.objects.get(name="risk"))
    return user


def bank() -> Limit:
    return Limit.objects.get(name=BANK)


def proposed(amount: Any, at: datetime, *, hours: float = 1, **more: Any) -> Override:
    dates = {"valid_from": None, "valid_until": at + timedelta(hours=hours)} | more
    return propose_override(
        limit_id=bank().pk, amount=Decimal(amount), reason="a large order", document="memo 7",
        actor=person("risk"), at=at, **dates,
    )  # fmt: skip


def in_force(amount: Any, at: datetime, **more: Any) -> Override:
    row = proposed(amount, at, **more)
    assert approve_overrides(ids=[row.pk], actor=person("manager"), at=at).done == [row.pk]
    return row


def headroom(at: datetime) -> Decimal:
    with transaction.atomic():
        return lock_headrooms([bank().pk], at=at)[bank().pk].available


def captured(sample: dict[str, Any], ref: str, at: datetime, **terms: Any) -> bool:
    body = sample | {"external_ref": ref} | terms
    (outcome,) = capture_deals([candidate_of(terms_of(body), actor=person("dealer"), at=at)])
    return outcome.deal_id is not None


def test_only_other_eyes_approve_whatever_their_roles() -> None:
    everybody, at = person("risk"), timezone.now()
    everybody.groups.set(Group.objects.all())
    row = proposed(100, at)
    (refusal,) = approve_overrides(ids=[row.pk], actor=everybody, at=at).refused.values()
    assert isinstance(refusal, OtherEyesRequired)
    assert (bank().override, headroom(at)) == (NOTHING, bank().cap)
    assert approve_overrides(ids=[row.pk], actor=second_officer(), at=at).done == [row.pk]
    assert (bank().override, headroom(at)) == (HUNDRED, bank().cap + 100)


def test_the_database_refuses_one_person_for_both() -> None:
    at = timezone.now()
    row = in_force(100, at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.filter(pk=row.pk).update(approved_by=row.proposed_by)


def test_it_counts_from_its_first_moment_to_its_last_and_no_sweep_is_needed_to_end_it() -> None:
    at = timezone.now()
    row = in_force(100, at)
    assert headroom(row.valid_until - timedelta(microseconds=1)) == bank().cap + 100
    assert bank().override == 100
    assert headroom(row.valid_until) == bank().cap  # nobody has swept
    assert bank().override == 100
    assert keep_dates(at=row.valid_until) == 1
    assert (bank().override, bank().override_until) == (NOTHING, None)
    assert keep_dates(at=row.valid_until) == 0


def test_a_later_one_begins_with_its_date() -> None:
    at = timezone.now()
    begins = at + timedelta(minutes=30)
    in_force(100, at, valid_from=begins)
    assert (bank().override, keep_dates(at=begins - timedelta(seconds=1))) == (NOTHING, 0)
    assert keep_dates(at=begins) == 1
    assert headroom(begins) == bank().cap + 100


def test_of_two_the_longer_still_counts_when_the_shorter_is_over_and_unswept() -> None:
    at = timezone.now()
    in_force(100, at, hours=1)
    longer = in_force(40, at, hours=2)
    between = at + timedelta(minutes=90)
    assert headroom(between) == bank().cap + 40
    withdraw_overrides(ids=[longer.pk], reason="no need", actor=person("risk"), at=at)
    assert (bank().override, headroom(at)) == (HUNDRED, bank().cap + 100)
    assert headroom(between) == bank().cap


def test_expired_room_is_refused_to_capture_and_to_reservations(sample: dict[str, Any]) -> None:
    at = timezone.now()
    Limit.objects.filter(name=BANK).update(cap="18746.99")  # a cent short of the sample
    row = in_force("0.01", at)
    late = row.valid_until
    needs = LimitRequest([Need(bank().pk, Decimal("18747.00"))])
    with pytest.raises(LimitExceeded):
        reserve(needs, ttl_seconds=60, actor=person("dealer"), at=late)
    assert not captured(sample, "LATE", late)
    assert captured(sample, "IN-TIME", late - timedelta(seconds=1))


def test_what_is_used_beyond_an_expired_override_is_an_excess_and_a_breach(
    sample: dict[str, Any],
) -> None:
    at = timezone.now()
    Limit.objects.filter(name=BANK).update(cap="10000")
    row = in_force(10000, at)
    assert captured(sample, "A", at)  # 18,747.00 of 20,000
    keep_dates(at=row.valid_until)
    limit = bank()
    assert (limit.override, limit.excess) == (NOTHING, Decimal("8747"))
    (breach,) = limit.breaches.all()
    assert (breach.state, breach.cause, breach.amount) == ("OPEN", "OVERRIDE", Decimal("8747"))


def test_two_approved_at_once_both_count() -> None:
    at = timezone.now()
    ids = [proposed(amount, at).pk for amount in (1, 2, 4, 8, 16, 32, 64, 128)]
    manager = person("manager")
    done = at_once(lambda n: approve_overrides(ids=[ids[n]], actor=manager, at=at).done, len(ids))
    assert done == [[id] for id in ids]
    assert bank().override == 255


def test_one_approved_by_many_at_once_counts_once() -> None:
    at = timezone.now()
    row, manager = proposed(100, at), person("manager")
    outcomes = at_once(lambda n: approve_overrides(ids=[row.pk], actor=manager, at=at), 8)
    assert sum(len(each.done) for each in outcomes) == 1
    refused = [refusal for each in outcomes for refusal in each.refused.values()]
    assert {type(refusal) for refusal in refused} == {TransitionNotAllowed}
    assert bank().override == 100
    assert Event.objects.filter(kind="override.activate").count() == 1


def test_expiry_and_capture_at_once_leave_every_unit_allowed_or_in_excess(
    sample: dict[str, Any],
) -> None:
    """The last moment of the override: some deals fit, then it ends, and the rest are refused."""
    at = timezone.now()
    Limit.objects.filter(name=BANK).update(cap="37494.00")  # two samples
    row = in_force("187470.00", at)  # ten more
    before, over = row.valid_until - timedelta(seconds=1), row.valid_until

    def work(number: int) -> bool:
        if number % 8 == 7:
            return keep_dates(at=over) > 0
        return captured(sample, f"T-{number}", before if number % 2 else over)

    at_once(work, 16)
    keep_dates(at=over)
    limit = bank()
    beyond = max(limit.used - limit.cap, Decimal(0))
    assert (limit.override, limit.excess) == (NOTHING, beyond)
    assert limit.breaches.filter(state="OPEN").count() == (1 if beyond else 0)
    assert not captured(sample, "AFTER", over) or limit.used < limit.cap


def test_a_cap_changes_by_two_people_on_its_date_and_its_history_stays() -> None:
    at = timezone.now()
    old, manager = bank().cap, person("manager")

    def asked(amount: int, valid_from: datetime | None) -> CapChange:
        return propose_cap(
            limit_id=bank().pk, amount=Decimal(amount), valid_from=valid_from, reason="rating",
            document="", actor=person("risk"), at=at,
        )  # fmt: skip

    now, later = asked(100, None), asked(200, at + timedelta(days=1))
    (refusal,) = approve_caps(ids=[now.pk], actor=person("risk"), at=at).refused.values()
    assert isinstance(refusal, OtherEyesRequired)
    assert bank().cap == old
    approve_caps(ids=[now.pk, later.pk], actor=manager, at=at)
    assert bank().cap == 100
    assert keep_dates(at=at + timedelta(days=1)) == 1
    assert bank().cap == 200
    rows = CapChange.objects.order_by("pk").values_list("state", "before", "amount")
    assert list(rows) == [
        ("SUPERSEDED", old, Decimal(100)),
        ("IN_FORCE", Decimal(100), Decimal(200)),
    ]


def test_caps_approved_at_once_leave_one_in_force() -> None:
    at, manager = timezone.now(), person("manager")
    ids = [
        propose_cap(
            limit_id=bank().pk, amount=Decimal(amount), valid_from=None, reason="x", document="",
            actor=person("risk"), at=at,
        ).pk
        for amount in (1, 2, 3, 4)
    ]  # fmt: skip
    at_once(lambda n: approve_caps(ids=[ids[n]], actor=manager, at=at).done, 4)
    (row,) = CapChange.objects.filter(state="IN_FORCE")
    assert bank().cap == row.amount
    assert CapChange.objects.filter(state="SUPERSEDED").count() == 3


def test_a_lowered_cap_is_a_breach_and_a_raised_one_cures_it(sample: dict[str, Any]) -> None:
    at, manager = timezone.now(), person("manager")
    assert captured(sample, "A", at)
    for amount, excess, state in ((10000, "8747", "OPEN"), (18747, "0", "CURED")):
        row = propose_cap(
            limit_id=bank().pk, amount=Decimal(amount), valid_from=None, reason="x", document="",
            actor=person("risk"), at=at,
        )  # fmt: skip
        approve_caps(ids=[row.pk], actor=manager, at=at)
        assert bank().excess == Decimal(excess)
        assert [(b.cause, b.state) for b in bank().breaches.all()] == [("CAP", state)]


def test_an_override_that_covers_a_breach_accepts_it(sample: dict[str, Any]) -> None:
    at = timezone.now()
    Limit.objects.filter(name=BANK).update(cap="10000")
    assert captured(sample, "A", at, stage="executed")
    assert bank().excess == Decimal("8747")
    propose = propose_cap(
        limit_id=bank().pk, amount=Decimal(9000), valid_from=None, reason="x", document="",
        actor=person("risk"), at=at,
    )  # fmt: skip
    approve_caps(ids=[propose.pk], actor=person("manager"), at=at)
    in_force("9746.99", at)
    assert bank().breaches.get().state == "OPEN"  # a cent is still beyond it
    row = in_force("0.01", at)
    assert (bank().excess, bank().breaches.get().state) == (NOTHING, "ACCEPTED")
    event = Event.objects.get(kind="breach.accept")
    assert event.facts["override"] == str(row)


def test_reading_headroom_asks_one_question_for_many_limits() -> None:
    at = timezone.now()
    in_force(1, at)
    ids = list(Limit.objects.values_list("pk", flat=True))
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        assert len(lock_headrooms(ids, at=at + timedelta(days=2))) == len(ids)
    assert len(asked) == 1
