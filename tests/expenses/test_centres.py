"""Cost centres: one row for all days, changed by two people, with a desk of their own entity."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from expenses.centres import CostCentre
from refdata.models import Book, Entity
from refdata.proposals import ProposalWrong, approve_proposals, propose_change
from tests.instructing import person

pytestmark = pytest.mark.django_db
SINCE = date(2026, 1, 1)


def propose(row: Any = None, **changes: Any) -> int:
    made = propose_change(
        subject_type="costcentre", subject_id=row.pk if row else None, changes=changes, reason="letter",
        valid_from=None, actor=person("clerk"), at=timezone.now(),
    )  # fmt: skip
    return made.pk


def approve(id: int) -> None:
    approve_proposals(ids=[id], actor=person("checker"), at=timezone.now()).raise_single()


def test_it_is_opened_and_closed_by_two_people_as_the_same_row() -> None:
    id = propose(entity="RUS", code="LEGAL", name="Legal", valid_from="2026-01-01")
    assert not CostCentre.objects.filter(code="LEGAL").exists()
    approve(id)
    row = CostCentre.objects.get(code="LEGAL")
    approve(propose(row, valid_until="2027-01-01"))
    assert CostCentre.objects.get(code="LEGAL").pk == row.pk
    assert CostCentre.objects.get(pk=row.pk).valid_until == date(2027, 1, 1)


def test_its_book_is_one_of_its_entity() -> None:
    abroad = Book.objects.exclude(entity__code="RUS").first()
    assert abroad is not None
    with pytest.raises(ProposalWrong) as refused:
        propose(entity="RUS", code="LEGAL", name="Legal", valid_from="2026-01-01", book=abroad.code)
    assert [each.pointer for each in refused.value.problems] == ["/changes/book"]


@pytest.mark.parametrize("wrong", [{"code": "DESK"}, {"code": "legal"}, {"valid_until": SINCE}])
def test_the_database_knows_what_none_is(wrong: dict[str, Any]) -> None:
    told: dict[str, Any] = {
        "entity": Entity.objects.get(code="RUS"), "code": "LEGAL", "name": "Legal", "valid_from": SINCE
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        CostCentre.objects.create(**told | wrong)
    CostCentre.objects.create(**told)
