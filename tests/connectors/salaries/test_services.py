"""Files of salaries: the total of the journal, one payment a person, written once, let out by other eyes."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backoffice.connectors.channels.models import Channel
from backoffice.connectors.formats.one_c.orders import read_orders
from backoffice.connectors.formats.payments.reading import read_pain001
from backoffice.connectors.salaries.models import PayFile
from backoffice.connectors.salaries.selectors import NotReleased, content_of
from backoffice.connectors.salaries.services import (
    CannotBePaid,
    FileWritten,
    NotToBePaid,
    drop_pay_files,
    prepare_pay_file,
    release_pay_files,
)
from backoffice.demonstration.ruble_bank import BIK, NUMBER, load_ruble_bank
from expenses.payroll.models import PayrollJournal
from refdata.models import Party, Place, ScreeningStanding
from refdata.models.individuals import IndividualDetails
from refdata.screening.services import screen_due
from tests.expenses.payroll.stage import (
    PEOPLE,
    TOTALS,
    accepted,
    employ,
    file_of,
    receive,
    september,
)
from tests.instructing import person

pytestmark = pytest.mark.django_db
D = Decimal
ACCOUNTS = {
    "EMP-CHIEF": "40817810000000000001", "CL-ANNA": "40817810300000000002",
    "EMP-CLERK": "40817810600000000003", "EMP-GUEST": "40817810900000000004",
    "EMP-TRADER": "40817810200000000005",
}  # fmt: skip


@pytest.fixture(autouse=True)
def firm() -> None:
    load_ruble_bank(at=timezone.now())
    employ()
    for code in ("CL-ANNA", *PEOPLE):
        IndividualDetails.objects.create(
            party=Party.objects.get(code=code), birth_date=date(1980, 1, 1), identity_kind="PASSPORT_RU",
            identity_number="4500 123456", identity_issued_by="–", identity_issued_on=date(2000, 1, 2),
            address="–", bank_name="–", bank_bik=BIK, bank_correspondent="", bank_account=ACCOUNTS[code],
            valid_from=date(2020, 1, 1),
        )  # fmt: skip


@pytest.fixture
def journal() -> PayrollJournal:
    accepted(september())
    return accepted(file_of())


def prepare(journal: PayrollJournal, **more: Any) -> PayFile:
    asked: dict[str, Any] = {"account": NUMBER, "actor": person("accountant"), "at": timezone.now()}
    return prepare_pay_file(journal=journal, **asked | more)


def release(file: PayFile, by: str = "manager") -> Any:
    return release_pay_files(ids=[file.pk], actor=person(by), at=timezone.now())


class TestPreparePayFile:
    def test_its_total_is_what_the_journal_pays_one_payment_a_person(
        self, journal: PayrollJournal
    ) -> None:
        file = prepare(journal)
        orders = read_orders(bytes(file.content))
        assert {each.receiver.account: each.amount for each in orders} == {
            ACCOUNTS["EMP-CHIEF"]: D("172000.50"), ACCOUNTS["CL-ANNA"]: D("87182"),
            ACCOUNTS["EMP-CLERK"]: D("82000.55"), ACCOUNTS["EMP-GUEST"]: D("35000"),
            ACCOUNTS["EMP-TRADER"]: D("55200.33"),
        }  # fmt: skip
        assert sum(each.amount for each in orders) == file.total == journal.net == D(TOTALS["net"])
        assert {each.payer.account for each in orders} == {NUMBER}
        assert {(each.priority, each.income_code) for each in orders} == {(3, "1")}
        assert file.sha256 == hashlib.sha256(bytes(file.content)).hexdigest()

    def test_it_is_pain001_where_the_channel_to_the_bank_says_so(
        self, journal: PayrollJournal
    ) -> None:
        Party.objects.update(town="Moscow")  # pain.001 wants an address of everybody
        Channel.objects.create(
            code="PAY", place=Place.objects.get(code="RUBB"), way="OUT", format="PAIN",
            transport="DIRECTORY", address="bank", valid_from=date(2020, 1, 1),
        )  # fmt: skip
        file = prepare(journal)
        assert file.format == "pain.001.001.09"
        (group,) = read_pain001(bytes(file.content)).groups
        assert sum(each.amount.amount for each in group.transfers) == journal.net
        assert (group.batch, len(group.transfers)) == (True, 5)

    def test_it_is_written_once_unless_it_is_dropped(self, journal: PayrollJournal) -> None:
        first = prepare(journal)
        with pytest.raises(FileWritten):
            prepare(journal)
        drop_pay_files(
            ids=[first.pk], reason="another account", actor=person("accountant"), at=timezone.now()
        ).raise_single()  # fmt: skip
        assert prepare(journal).pk != first.pk

    def test_only_what_is_accepted_is_paid(self) -> None:
        with pytest.raises(NotToBePaid):
            prepare(receive(file_of()))

    def test_everybody_whose_account_is_not_known_is_named_and_nothing_is_written(
        self, journal: PayrollJournal
    ) -> None:
        IndividualDetails.objects.filter(party__code__in=["EMP-CLERK", "EMP-GUEST"]).delete()
        with pytest.raises(CannotBePaid) as refused:
            prepare(journal)
        assert [each.facts["person"] for each in refused.value.problems] == [
            "EMP-CLERK",
            "EMP-GUEST",
        ]
        assert not PayFile.objects.exists()


class TestReleasePayFile:
    @pytest.fixture(autouse=True)
    def clear(self, firm: None) -> None:
        screen_due(at=timezone.now())

    def test_nobody_is_paid_who_was_not_screened(self, journal: PayrollJournal) -> None:
        file = prepare(journal)
        guest = Party.objects.get(code="EMP-GUEST")
        ScreeningStanding.objects.filter(subject_type="party", subject_id=guest.pk).update(due=True)
        assert release(file).refused[file.pk].code == "screening-outdated"
        screen_due(at=timezone.now())
        release(file).raise_single()

    def test_other_eyes_let_it_out_and_then_it_can_be_taken(self, journal: PayrollJournal) -> None:
        file = prepare(journal)
        with pytest.raises(NotReleased):
            content_of(file)
        assert release(file, by="accountant").refused[file.pk].code == "other-eyes-required"
        release(file).raise_single()
        file.refresh_from_db()
        assert content_of(file) == bytes(file.content)

    def test_one_whose_journal_was_corrected_meanwhile_is_refused(
        self, journal: PayrollJournal
    ) -> None:
        file = prepare(journal)
        accepted(file_of(number="10-2", corrects="10-1"))
        assert release(file).refused[file.pk].code == "payroll-not-to-be-paid"

    def test_what_was_written_stays(self, journal: PayrollJournal) -> None:
        file = prepare(journal)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE connectors_payfile SET content = '' WHERE id = %s", [file.pk])


def test_orders_say_what_they_pay(journal: PayrollJournal) -> None:
    at = datetime(2026, 11, 5, 9, tzinfo=UTC)
    (first, *_) = read_orders(bytes(prepare(journal, at=at).content))
    assert first.purpose == (
        f"Заработная плата за октябрь 2026 г. по ведомости 10-1 ({journal}). НДС не облагается."
    )
    assert first.day == date(2026, 11, 5)
