"""What a bank is told to pay, by the format of its channel and what the firm is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from backoffice.access.models import User
from backoffice.connectors.channels.references import NEW
from backoffice.connectors.formats.one_c.orders import read_orders
from backoffice.connectors.formats.payments.reading import read_pain001
from backoffice.connectors.models import OutboundMessage
from backoffice.connectors.services import queue_commands, queue_instructions
from backoffice.connectors.tasks import exchange_folder
from backoffice.workflow.models import WorkItem
from refdata.models import (
    Asset,
    Entity,
    Party,
    Place,
    StandingInstruction,
)
from settlements.models import Settlement
from tests.connectors.channels.playing import channel, messages, work
from tests.connectors.formats.schemas import against_schemas

IBAN, THEIR_IBAN = "DE89370400440532013000", "GB29NWBK60161331926819"


def payment(
    *, delivers: bool = False, currency: str = "USD", place: str = "CORR", nostro: str = IBAN,
    theirs: str = THEIR_IBAN, of: str = "RUS",
) -> Settlement:  # fmt: skip
    """A payment to a bank that was sent: its own place is theirs, ours is where the account is."""
    entity = Entity.objects.get(code=of)
    bank = Party.objects.get(code="999900DEMOBANKTWO062")
    money = Asset.objects.get(code=currency)
    ours = Place.objects.get(code=place)
    ssi = StandingInstruction.objects.create(
        party=bank, place=ours, depository_account="", cash_account=theirs, valid_from=date(2020, 1, 1),
        status="APPROVED", proposed_by=User.objects.get(username="admin"),
        approved_by=User.objects.get(username="manager"),
    )  # fmt: skip
    row = Settlement.objects.create(
        entity=entity, owner=entity.own_party, counterparty=bank, source_type="test",
        source_id=1 + Settlement.objects.count(), place=ours, ssi=ssi, method="PFOD", delivers=delivers,
        asset=money, quantity=0, money_asset=money, amount=Decimal("1250.50"), due_date=date(2026, 12, 1),
        approval="APPROVED", transmission="SENT",
        ssi_snapshot={"cash_account": theirs, "nostro": nostro, "place": ours.pk, "depository_account": ""},
    )  # fmt: skip
    queue_instructions(settlement_ids=[row.pk], at=timezone.now(), function=NEW)
    return row


@pytest.fixture(autouse=True)
def _addresses() -> None:
    own = Entity.objects.get(code="RUS").own_party
    Party.objects.filter(pk=own.pk).update(town="Moscow", country="RU")
    Party.objects.filter(code="999900DEMOBANKTWO062").update(town="London", country="GB")
    Place.objects.filter(code="CORR").update(bic="IRVTUS3NXXX")


def only() -> Path:
    (path,) = (exchange_folder() / "bank" / "out").glob("*.*")
    return path


def bank(format: str, **more: Any) -> None:
    place = Place.objects.get(code="CORR")
    channel("BANK-OUT", "OUT", format, place=place, address="bank/out", **more)


class TestPayment:
    @pytest.mark.parametrize("version", ["03", "09", "12"])
    def test_of_a_bank_client_is_an_order_in_the_banks_version(self, version: str) -> None:
        bank("PAIN", versions=[f"pain.001.001.{version}"])
        row = payment()
        work("BANK-OUT")
        raw = only().read_bytes()
        assert against_schemas(raw) == [f"pain.001.001.{version}"]
        (group,) = read_pain001(raw).groups
        (transfer,) = group.transfers
        assert (group.debtor_account, transfer.creditor_account) == (IBAN, THEIR_IBAN)
        assert (transfer.amount.amount, transfer.amount.currency) == (Decimal("1250.50"), "USD")
        assert transfer.end_to_end_id == f"S{row.pk}"

    def test_of_a_participant_is_a_message_between_banks(self) -> None:
        bank("PACS")
        payment(of="EUR")
        work("BANK-OUT")
        assert against_schemas(only().read_bytes()) == ["pacs.009.001.08"]

    def test_between_banks_is_not_for_a_bank_client(self) -> None:
        bank("PACS")
        payment()
        work("BANK-OUT")
        (message,) = messages("STOPPED")
        assert [each["code"] for each in message.problems] == ["not-permitted"]

    def test_in_rubles_is_a_payment_order_of_1c(self) -> None:
        Place.objects.filter(code="CORR").update(bik="044525225")
        bank("ONE_C")
        row = payment(currency="RUB", nostro="40702810938000000001", theirs="40702810938000000001")
        work("BANK-OUT")
        (order,) = read_orders(only().read_bytes())
        assert order.amount == Decimal("1250.50")
        assert f"(S-{row.pk})" in order.purpose  # as a line of a statement names it
        assert order.payer.bik == "044525225"

    def test_without_a_town_is_stopped(self) -> None:
        bank("PAIN")
        Party.objects.filter(code="999900DEMOBANKTWO062").update(town="")
        payment()
        work("BANK-OUT")
        (message,) = messages("STOPPED")
        assert any("TwnNm" in each["where"] for each in message.problems)

    def test_that_comes_in_needs_no_message(self) -> None:
        bank("PAIN")
        payment(delivers=True)
        assert OutboundMessage.objects.count() == 0


class TestRecall:
    def test_is_asked_of_the_bank_by_people_whose_answer_is_recorded(self, api: Any) -> None:
        """Domain-decisions 33 names no message for it: two people ask, and two say what the bank answered."""
        bank("PAIN")
        row = payment()
        work("BANK-OUT")
        Settlement.objects.filter(pk=row.pk).update(cancellation="REQUESTED")
        queue_instructions(settlement_ids=[row.pk], at=timezone.now(), function="CANC")
        work("BANK-OUT")
        request = OutboundMessage.objects.get(function="CANC")
        assert (request.state, request.problems[0]["code"]) == ("STOPPED", "recalled-by-people")
        item = WorkItem.objects.get(kind="message-stopped", subject_id=request.pk, closed_at=None)
        assert item.queue == "clerk"
        form = api("clerk").post(f"/outbound-messages/{request}/form/", {"language": "ru"})
        assert form.status_code == 201, form.content
        reason = {"reason": "By telephone"}
        assert (
            api("clerk").post(f"/outbound-messages/{request}/mark-outside/", reason).status_code
            == 200
        )
        assert (
            api("checker").post(f"/outbound-messages/{request}/confirm-outside/").status_code == 200
        )
        said = {
            "document": "Letter 12 of the bank", "settled_at": timezone.now().isoformat(), "says": "CANCEL_AGREED",
        }  # fmt: skip
        answer = api("clerk").post(f"/settlements/{row}/evidence/", said)
        assert answer.status_code == 201, answer.content  # other eyes accept it, as any evidence
        request.refresh_from_db()
        assert request.state == "OUTSIDE"
        assert len(list((exchange_folder() / "bank" / "out").glob("*.*"))) == 1  # the order alone

    def test_that_is_held_tells_the_bank_nothing(self, api: Any) -> None:
        bank("PAIN")
        row = payment()
        work("BANK-OUT")
        queue_commands(settlement_ids=[row.pk], at=timezone.now())
        assert OutboundMessage.objects.count() == 1
