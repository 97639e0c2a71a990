"""Numbers of our accounts: checked by what their place says of them (rules, section 8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from backoffice.access.models import User
from backoffice.kernel.identifiers import problem_with_cash_account
from refdata.models import Calendar, Entity, NostroAccount, Place, Proposal
from tests.refdata.proposing import approve_only_proposal

BIK = "044525225"


@pytest.mark.parametrize(
    ("number", "bik", "problem"),
    [
        ("40702810200000000001", BIK, None),
        ("30101810400000000225", BIK, None),
        ("40702810300000000001", BIK, "wrong-check-digit"),
        ("4070281020000000000", BIK, "wrong-length"),
        ("40702810200000000001", "12", "wrong-bik"),
        ("DE89370400440532013000", "", None),
        ("DE88370400440532013000", "", "wrong-check-digit"),
        ("XX89370400440532013000", "", "unknown-country"),
        ("HOUSE-RUS-CASH", "", None),  # another country's own number has no check
        (" 1", "", "wrong-characters"),
        ("", "", "wrong-characters"),
    ],
)
def test_an_account_is_checked_by_its_key_or_its_iban(
    number: str, bik: str, problem: str | None
) -> None:
    assert problem_with_cash_account(number, bik=bik) == problem


def make_place(**more: Any) -> Place:
    calendar = Calendar.objects.get(code="RU")
    return Place(
        code="SBER", name="x", finality="EXTERNAL", matching="PERSON", calendar=calendar, **more
    )


@pytest.mark.django_db
def test_a_wrong_number_is_refused_at_its_field() -> None:
    place = make_place(bik=BIK)
    place.full_clean()
    place.save()
    entity = Entity.objects.get(code="RUS")
    account = NostroAccount(entity=entity, place=place, owner=entity.own_party, currency="RUB")
    account.number = "40702810300000000001"
    with pytest.raises(ValidationError) as refused:
        account.full_clean()
    assert list(refused.value.message_dict) == ["number"]
    account.number = "40702810200000000001"
    account.full_clean()


@pytest.mark.django_db
def test_a_place_has_codes_that_are_some() -> None:
    for codes, field in (({"bic": "DEUT12FF"}, "bic"), ({"bik": "04452522"}, "bik")):
        with pytest.raises(ValidationError) as refused:
            make_place(**codes).full_clean()
        assert list(refused.value.message_dict) == [field]
    with pytest.raises(IntegrityError), transaction.atomic():
        make_place(bik="abc").save()


@pytest.mark.django_db
def test_the_administration_refuses_a_wrong_number() -> None:
    place = make_place(bik=BIK)
    place.save()
    entity = Entity.objects.get(code="RUS")
    client = Client()
    client.force_login(User.objects.get(username="admin"))
    typed = {
        "entity": entity.pk, "place": place.pk, "owner": entity.own_party_id, "kind": "OWN", "currency": "RUB",
        "number": "40702810300000000001",
    }  # fmt: skip
    client.post(reverse("admin:refdata_nostroaccount_add"), typed)
    assert not Proposal.objects.exists()
    client.post(
        reverse("admin:refdata_nostroaccount_add"), typed | {"number": "40702810200000000001"}
    )
    assert not NostroAccount.objects.filter(place=place).exists()
    approve_only_proposal()
    assert NostroAccount.objects.get(place=place).number == "40702810200000000001"
