"""Standing instructions: by two people, kept so by the database; prices and rates are facts."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from backoffice.access.models import User
from backoffice.events.models import Event
from backoffice.kernel.lifecycle import OtherEyesRequired
from refdata.models import Party, Place, StandingInstruction
from refdata.services import InstructionNotOpen, approve_ssi, propose_ssi, revoke_ssi

pytestmark = pytest.mark.django_db


def person(name: str) -> User:
    return User.objects.get(username=name)


def proposed() -> int:
    row = StandingInstruction(
        party=Party.objects.get(code="999900DEMOBANKONE097"), place=Place.objects.get(code="NSD"),
        depository_account="1", cash_account="2", valid_from=date(2026, 1, 1),
    )  # fmt: skip
    (id,) = propose_ssi([row], actor=person("clerk"), at=timezone.now())
    return id


def test_the_proposer_may_not_approve() -> None:
    id = proposed()
    with pytest.raises(OtherEyesRequired):
        approve_ssi(ids=[id], actor=person("clerk"), at=timezone.now())
    approve_ssi(ids=[id], actor=person("checker"), at=timezone.now())
    assert StandingInstruction.objects.get(pk=id).status == "APPROVED"
    kinds = Event.objects.filter(subject_type="ssi", subject_id=id).order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["ssi.propose", "ssi.approve"]
    with pytest.raises(InstructionNotOpen):
        approve_ssi(ids=[id], actor=person("checker"), at=timezone.now())


def test_the_database_refuses_it_too() -> None:
    id, clerk = proposed(), person("clerk")
    rows = StandingInstruction.objects.filter(pk=id)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(status="APPROVED", approved_by=clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(status="APPROVED")


def test_one_person_is_enough_to_stop_money() -> None:
    id = proposed()
    revoke_ssi(ids=[id], reason="closed", actor=person("clerk"), at=timezone.now())
    assert StandingInstruction.objects.get(pk=id).status == "REVOKED"
    with pytest.raises(InstructionNotOpen):
        revoke_ssi(ids=[id], reason="again", actor=person("clerk"), at=timezone.now())


@pytest.mark.parametrize("table", ["refdata_price", "refdata_fxrate"])
@pytest.mark.parametrize("change", ["UPDATE {} SET value = 1", "DELETE FROM {}"])
def test_prices_and_rates_cannot_be_changed(table: str, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO refdata_fxrate (base, quote, rate_date, source, value)"
            " VALUES ('EUR', 'USD', '2026-11-20', 'TEST', 1.1)"
        )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))
