"""Documents for the bookkeeping: each once, with what it says, its reversal in the next batch, and their file."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from lxml import etree

from backoffice.connectors.formats.enterprise_data.mapping import versions
from backoffice.connectors.formats.enterprise_data.model import (
    BankPayment,
    Kind,
    Message,
    Services,
    TaxInvoice,
)
from backoffice.connectors.formats.enterprise_data.reading import read_message
from backoffice.connectors.formats.refusing import Refused
from backoffice.documents.issuing import Order, issue_documents
from backoffice.documents.kinds import DocumentKind
from backoffice.documents.models import Document
from backoffice.documents.samples import sample_of
from backoffice.documents.signing import accept_signed_copies, propose_signed_copy
from backoffice.kernel.decimals import plain
from expenses.fees.accruing import NewAccrual, vat_of, write_accruals
from expenses.fees.invoicing import issue_invoices, propose_invoices
from expenses.fees.models import FeeAccrual
from expenses.fees.services import NewBill, agree_statements, receive_statement
from expenses.fees.state import Cause
from expenses.fees.terms import ToldLine
from reconciliation.models import Statement, StatementLine
from refdata.firm_days import firm_day
from refdata.models import FeeSchedule, NostroAccount, Party, PartyIdentifier, Place
from refdata.selectors import forget_reference_data, reference_data
from reporting.handover.documents import written
from reporting.handover.models import DocumentFile, LedgerBatch
from reporting.handover.services import hand_over_batches
from reporting.services import verify_run
from tests.expenses.stage import schedule
from tests.expenses.test_vat_register import rendered
from tests.pages.test_limit_pages import page_as
from tests.reporting.handover.test_batches import CODES, batch_of, moves, person, plan_in_force
from tests.reporting.running import read_bytes, told
from tests.reporting.stated_firm import CASH, MONDAY, SETTLEMENT, TUESDAY, Firm, a_week

pytestmark = pytest.mark.usefixtures("own_database")
D = Decimal
TODAY = firm_day(timezone.now())
EVE = TODAY - timedelta(days=1)
OURS, THEIRS, VENUES = "7707083893", "7736050003", "7702070139"
BIK = "044525225"


class Office(Firm):
    """A firm whose banks, bills and papers are there too: those of today, and before a first batch of long ago."""

    def __init__(self) -> None:
        super().__init__()
        self.venue = Party.objects.create(
            code="VENUE", name="A venue", name_ru="Площадка", country="RU"
        )
        for party, inn in (
            (self.entity.own_party, OURS),
            (self.other, THEIRS),
            (self.venue, VENUES),
        ):
            PartyIdentifier.objects.update_or_create(
                party=party, scheme="INN", defaults={"value": inn}
            )
        Party.objects.filter(pk=self.other.pk).update(country="RU")
        Place.objects.filter(pk=self.place.pk).update(bik=BIK)
        self.nostro = NostroAccount.objects.create(
            entity=self.entity, place=self.place, owner=self.entity.own_party, currency="RUB",
            number="40702810200000012345",
        )  # fmt: skip
        self.statement = Statement.objects.create(
            entity=self.entity, nostro=self.nostro, format="mt940", kind="END_OF_DAY", currency="RUB", credits=0,
            debits=0, lines=0, added=0, source="TEST", position=1,
        )  # fmt: skip
        forget_reference_data()

    def banked(self, amount: str, day: date = TODAY, **more: Any) -> StatementLine:
        """What the bank booked, and our entry of the same money."""
        row = self._line(amount, day, **more)
        sides = (CASH, SETTLEMENT) if row.amount > 0 else (SETTLEMENT, CASH)
        self.post(day, (*sides, self.rub, abs(row.amount)))
        return row

    def _line(self, amount: str, day: date, **more: Any) -> StatementLine:
        number = StatementLine.objects.count() + 1
        return StatementLine.objects.create(
            statement=self.statement, entity=self.entity, nostro=self.nostro, position=number, day=day,
            amount=D(amount), currency="RUB", reference=f"R-{number}", occurrence=1, booked=True,
            status="BOOKED", **more,
        )  # fmt: skip

    def told_only(self, amount: str) -> None:
        """What the bank booked and we did not."""
        self._line(amount, TODAY)

    def invoiced(self, amount: str = "122.00") -> str:
        """An invoice to the other side with VAT within, issued today."""
        fee = schedule(kind="DATA", payer="COUNTERPARTY", service="DATA")
        rendered(fee, TODAY, amount, side="CHARGED", party=self.other)
        row, *_ = propose_invoices(
            entity_id=self.entity.pk,
            month=TODAY,
            party_id=self.other.pk,
            actor=person("clerk"),
            at=timezone.now(),
        )
        issue_invoices(ids=[row.pk], actor=person("accountant"), at=timezone.now()).raise_single()
        row.refresh_from_db()
        return row.number

    def rendered(self, fee: FeeSchedule, amount: str) -> None:
        """What a month of a service costs us, VAT within."""
        parts = vat_of(
            D(amount), fee.service, on_top=False, on=TODAY, minor_unit=2, reference=reference_data()
        )
        new = NewAccrual(
            self.entity.pk, fee.pk, "OWED", self.venue.pk, self.entity.own_party_id, None, None, fee.kind,
            Cause.ASSETS.value, FeeAccrual.objects.count() + 1, 1, TODAY, TODAY.replace(day=1), D(1), parts.total,
            parts.net, parts.vat, "RUB",
        )  # fmt: skip
        with transaction.atomic():
            write_accruals([new], at=timezone.now())

    def acted(self, version: int = 1, quantity: str = "1000") -> Document:
        """An act of acceptance with a person, signed and accepted today."""
        data = msgspec.json.decode(sample_of(DocumentKind.ACCEPTANCE_ACT))
        data["securities"] |= {"quantity": quantity, "isin": self.share.isin}
        seller, _new = Party.objects.get_or_create(
            code="SELLER-1",
            defaults={"name": "A seller", "name_ru": "Продавец", "kind": "INDIVIDUAL"},
        )
        order = Order(
            kind=DocumentKind.ACCEPTANCE_ACT, language="ru", subject_type="deal", subject_id=1, version=version,
            entity_id=self.entity.pk, book_id=self.book.pk, party_id=seller.pk, on=TODAY, data=data,
        )  # fmt: skip
        (document,) = issue_documents(orders=[order], actor=person("clerk"), at=timezone.now())
        copy = propose_signed_copy(
            document_id=document.pk, name="signed.pdf", content=bytes(document.pdf), signed_on=TODAY,
            actor=person("clerk"), at=timezone.now(),
        )  # fmt: skip
        accept_signed_copies(
            ids=[copy.pk], actor=person("checker"), at=timezone.now()
        ).raise_single()
        return document

    def billed(self, amount: str = "244.00", document: str = "BILL-7") -> int:
        """A bill of the venue with VAT within, agreed today."""
        self.fee = schedule(self.venue, kind="CONNECT", service="DATA")
        self.rendered(self.fee, amount)
        return self.bill_of(amount, document)

    def bill_of(self, amount: str, document: str) -> int:
        line = ToldLine("", None, None, "", "CONNECT", None, D(amount), "RUB")
        new = NewBill(
            entity_id=self.entity.pk, party_id=self.venue.pk, month=TODAY, document=document, lines=[line]
        )  # fmt: skip
        row, _new = receive_statement(new=new, actor=person("clerk"), at=timezone.now())
        agree_statements(ids=[row.pk], actor=person("accountant"), at=timezone.now()).raise_single()
        return row.pk


@pytest.fixture
def office() -> Office:
    plan_in_force()
    a_week()
    return Office()


def documents(batch: LedgerBatch, section: str = "documents") -> list[dict[str, Any]]:
    assert batch.documents is not None
    return told(batch.documents, section=section)


def message(batch: LedgerBatch) -> Message:
    file = written(batch, actor=person("accountant"), at=timezone.now())
    return read_message(bytes(file.content))


class TestDay:
    def test_an_act_a_bill_an_invoice_and_payments_go_once_and_whole(self, office: Office) -> None:
        batch_of(office, MONDAY)
        act, number, bill = office.acted(), office.invoiced(), office.billed()
        paid_in = office.banked(
            "500.00", counterparty_name="ПАО «Клиент»", counterparty_tax_number=THEIRS,
            counterparty_account="40702810900000000099", counterparty_bank=BIK, text="Оплата по счету <1> & 2",
        )  # fmt: skip
        paid_out = office.banked("-120.50", counterparty_name="Некто", text="Возврат")

        batch = batch_of(office, TODAY)

        assert [
            (row["document"], row["kind"], row["number"], row["net"], row["vat"], row["total"])
            for row in documents(batch)
        ] == [
            (f"FI-{1}", "SALE", number, "100.00", "22.00", "122.00"),
            (f"FS-{bill}", "PURCHASE", f"FS-{bill}", "200.00", "44.00", "244.00"),
            (f"DOC-{act.pk}", "SECURITIES", act.number, "312450.00", "0.00", "312450.00"),
            (str(paid_in), "RECEIPT", str(paid_in), "500.00", "0.00", "500.00"),
            (str(paid_out), "PAYMENT", str(paid_out), "120.50", "0.00", "120.50"),
        ]
        assert [
            (row["document"], row["code"], row["quantity"], row["rate"], row["total"])
            for row in documents(batch, "lines")
        ] == [
            ("FI-1", "DATA", "1", "0.22", "122.00"),
            (f"FS-{bill}", "CONNECT", "1", "0.22", "244.00"),
            (f"DOC-{act.pk}", office.share.isin, "1000", None, "312450.00"),
        ]  # fmt: skip
        assert [
            (row["kind"], row["count"], row["total"]) for row in documents(batch, "sums")
        ] == [
            ("SALE", "1", "122.00"), ("PURCHASE", "1", "244.00"), ("SECURITIES", "1", "312450.00"),
            ("RECEIPT", "1", "500.00"), ("PAYMENT", "1", "120.50"),
        ]  # fmt: skip
        assert batch.documents is not None
        assert verify_run(batch.documents).equal
        assert batch.documents.horizon == batch.run.horizon

        after = batch_of(office, TODAY + timedelta(days=1))

        assert documents(after) == []
        assert not after.has_documents

    def test_what_they_come_to_is_what_the_entries_of_the_batch_say(self, office: Office) -> None:
        batch_of(office, EVE)
        office.invoiced()
        office.billed()
        office.banked("500.00")
        office.banked("-120.50")

        batch = batch_of(office, TODAY)

        (ratio,) = (row for row in documents(batch, "ratios") if row["currency"] == "RUB")
        assert (ratio["one"], ratio["other"], ratio["holds"]) == ("379.50", "379.50", "true")
        booked = {
            (debit, credit): amount
            for debit, credit, asset, amount in moves(batch)
            if asset == "RUB"
        }
        cash, settlement, fees, vat = (
            CODES[name] for name in ("CASH", "SETTLEMENT", "FEES", "VAT")
        )
        sums = {row["kind"]: row for row in documents(batch, "sums")}
        assert booked[cash, settlement] == "500" == plain(D(sums["RECEIPT"]["total"]))
        assert booked[settlement, cash] == "120.5" == plain(D(sums["PAYMENT"]["total"]))
        # What we charge is income and VAT of the budget; a broker's cost has its VAT in it.
        assert booked[settlement, fees] == "100" == plain(D(sums["SALE"]["net"]))
        assert booked[settlement, vat] == "22" == plain(D(sums["SALE"]["vat"]))
        assert booked[fees, settlement] == "244" == plain(D(sums["PURCHASE"]["total"]))

    def test_money_that_no_entry_moved_is_told_apart(self, office: Office) -> None:
        batch_of(office, EVE)
        office.banked("500.00")
        office.told_only("7.00")
        ratios = documents(batch_of(office, TODAY), "ratios")
        (ratio,) = (row for row in ratios if row["currency"] == "RUB")
        assert (ratio["one"], ratio["other"], ratio["holds"]) == ("507.00", "500.00", "false")


class TestCorrection:
    def test_what_is_late_comes_with_the_next(self, office: Office) -> None:
        batch_of(office, TUESDAY)
        first = batch_of(office, TODAY)
        late = office.banked("10.00", day=TUESDAY)
        coming = office.banked("11.00", day=TODAY + timedelta(days=9))
        second = batch_of(office, TODAY + timedelta(days=1))
        assert documents(first) == []
        assert [row["document"] for row in documents(second)] == [str(late)]
        third = batch_of(office, TODAY + timedelta(days=9))
        assert [row["document"] for row in documents(third)] == [str(coming)]

    def test_a_bill_that_another_replaces_is_reversed_in_the_next(self, office: Office) -> None:
        batch_of(office, TUESDAY)
        bill = office.billed("244.00")
        first = batch_of(office, TODAY)
        office.rendered(office.fee, "122.00")
        other = office.bill_of("366.00", "BILL-8")
        second = batch_of(office, TODAY + timedelta(days=1))
        assert [(row["document"], row["total"], row["reverses"]) for row in documents(first)] == [
            (f"FS-{bill}", "244.00", None)
        ]
        assert [(row["document"], row["total"], row["reverses"]) for row in documents(second)] == [
            (f"FS-{bill}", "-244.00", f"FS-{bill}"), (f"FS-{other}", "366.00", None),
        ]  # fmt: skip
        before, reversal = message(first).documents[0], message(second).documents[0]
        assert isinstance(reversal, Services)
        assert (reversal.total, reversal.vat, reversal.lines[0].quantity) == (
            D("-244.00"),
            D("-44.00"),
            D(-1),
        )
        assert reversal.reference != before.reference
        assert reversal.comment == f"Сторно: Услуги по счету № FS-{bill} от {TODAY} (FS-{bill})"

    def test_an_act_that_is_signed_anew_reverses_the_first(self, office: Office) -> None:
        batch_of(office, TUESDAY)
        one = office.acted()
        batch_of(office, TODAY)
        two = office.acted(version=2, quantity="900")
        batch = batch_of(office, TODAY + timedelta(days=1))
        assert {(row["document"], row["reverses"]) for row in documents(batch)} == {
            (f"DOC-{one.pk}", f"DOC-{one.pk}"), (f"DOC-{two.pk}", None),
        }  # fmt: skip
        assert {(row["document"], row["quantity"]) for row in documents(batch, "lines")} == {
            (f"DOC-{one.pk}", "-1000"), (f"DOC-{two.pk}", "900"),
        }  # fmt: skip


class TestFile:
    def test_it_says_each_document_with_its_names(self, office: Office) -> None:
        batch_of(office, TUESDAY)
        act, number, _bill = office.acted(), office.invoiced(), office.billed()
        office.banked(
            "500.00", counterparty_name="PJSC Client", counterparty_tax_number=THEIRS,
            counterparty_account="40702810900000000099", counterparty_bank=BIK, text="Оплата <1> & 2\x01",
        )  # fmt: skip
        told = message(batch_of(office, TODAY))
        sale, issued, purchase, received, securities, receipt = told.documents
        assert [each.kind for each in told.documents] == [
            Kind.SALE, Kind.ISSUED, Kind.PURCHASE, Kind.RECEIVED, Kind.SECURITIES, Kind.RECEIPT,
        ]  # fmt: skip
        assert isinstance(sale, Services)
        assert (sale.number, sale.total, sale.vat) == (number, D(122), D(22))
        assert [(line.rate, line.vat, line.total) for line in sale.lines] == [
            (D(22), D(22), D(122))
        ]
        assert (sale.organisation.inn, sale.counterpart.inn) == (OURS, THEIRS)
        assert isinstance(issued, TaxInvoice)
        assert (issued.number, issued.vat, issued.basis.reference) == (
            number,
            D(22),
            sale.reference,
        )
        assert isinstance(purchase, Services)
        assert (purchase.their_number, purchase.counterpart.inn) == ("BILL-7", VENUES)
        assert isinstance(received, TaxInvoice)
        assert (received.number, received.vat, received.basis.reference) == (
            "BILL-7",
            D(44),
            purchase.reference,
        )
        assert isinstance(securities, Services)
        assert (securities.number, securities.counterpart.person) == (act.number, True)
        assert [(line.quantity, line.price) for line in securities.lines] == [
            (D(1000), D("312.45"))
        ]
        assert securities.contract is not None
        assert isinstance(receipt, BankPayment)
        assert (receipt.account.number, receipt.account.bank.bik) == (office.nostro.number, BIK)
        assert (
            receipt.counterpart == sale.counterpart
        )  # told by its INN, whatever the bank calls it
        assert receipt.their_account is not None
        assert (receipt.their_account.number, receipt.purpose) == (
            "40702810900000000099",
            "Оплата <1> & 2",
        )

    def test_the_same_document_is_called_the_same_and_written_the_same(
        self, office: Office
    ) -> None:
        batch_of(office, TUESDAY)
        office.invoiced()
        batch = batch_of(office, TODAY)
        one, other = (
            written(batch, actor=person("accountant"), at=timezone.now()) for _ in range(2)
        )
        assert one.pk == other.pk
        assert hashlib.sha256(bytes(one.content)).hexdigest() == one.sha256

        Party.objects.filter(pk=office.other.pk).update(name_ru="Другое имя")
        anew = written(batch, actor=person("accountant"), at=timezone.now())
        assert (anew.number, anew.sha256 != one.sha256) == (2, True)
        assert [each.reference for each in message(batch).documents] == [
            each.reference for each in read_message(bytes(one.content)).documents
        ]
        hand_over_batches(
            ids=[batch.pk], actor=person("accountant"), at=timezone.now()
        ).raise_single()
        Party.objects.filter(pk=office.other.pk).update(name_ru="Третье имя")
        assert written(batch, actor=person("accountant"), at=timezone.now()).pk == anew.pk
        for statement in (
            "UPDATE reporting_documentfile SET version = '1'",
            "DELETE FROM reporting_documentfile",
        ):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_what_is_not_known_is_refused_and_nothing_is_handed_over(self, office: Office) -> None:
        batch_of(office, TUESDAY)
        office.invoiced()
        batch = batch_of(office, TODAY)
        PartyIdentifier.objects.filter(party=office.other, scheme="INN").delete()
        outcome = hand_over_batches(ids=[batch.pk], actor=person("accountant"), at=timezone.now())
        refused = outcome.refused[batch.pk]
        assert isinstance(refused, Refused)
        assert {problem.code for problem in refused.problems} == {"required"}
        batch.refresh_from_db()
        assert batch.state == "PREPARED"
        assert not DocumentFile.objects.exists()
        page = page_as("accountant")
        shown = page.get(f"/reports/ledger-batches/{batch}/").content.decode()
        assert "Their file cannot be written" in shown
        assert all(problem.pointer in shown for problem in refused.problems)

    def test_a_schema_of_the_firm_is_asked(
        self, office: Office, settings: Any, tmp_path: Path
    ) -> None:
        batch_of(office, TUESDAY)
        office.banked("500.00")
        batch = batch_of(office, TODAY)
        settings.ENTERPRISE_DATA_SCHEMAS = str(tmp_path)
        anything = '<xs:any maxOccurs="unbounded" processContents="skip"/>'
        of = '<xs:complexType name="{}"><xs:sequence>{}</xs:sequence></xs:complexType>'
        catalogs = (name for name, _template in versions()["1.20"].catalogs.values())
        types = "".join(of.format(name, anything) for name in sorted(set(catalogs)))
        space = versions()["1.20"].namespace
        head = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{space}">{types}'
        receipt, schema = "Документ.ПБДСРасчетыСКонтрагентами", tmp_path / "1.20.xsd"
        schema.write_text(head + of.format(receipt, "") + "</xs:schema>", encoding="utf-8")
        with pytest.raises(Refused) as caught:
            written(batch, actor=person("accountant"), at=timezone.now())
        assert set(caught.value.codes) == {"against-schema"}
        assert receipt in caught.value.problems[0].pointer

        schema.write_text(head + of.format(receipt, anything) + "</xs:schema>", encoding="utf-8")
        assert written(batch, actor=person("accountant"), at=timezone.now()).validated

    def test_over_the_interface_and_on_the_page(self, office: Office, api: Any) -> None:
        batch_of(office, EVE)
        office.invoiced()
        office.banked("500.00")
        office.told_only("70.00")
        batch = batch_of(office, TODAY)
        caller = api("accountant")
        content = read_bytes(caller.get(f"/ledger-batches/{batch}/documents.xml"))
        assert etree.fromstring(content).tag == "Message"
        told = caller.get(f"/ledger-batches/{batch}/").json()["documents"]
        assert told["file"]["sha256"] == hashlib.sha256(content).hexdigest()
        sums = [(row["kind"], row["vat"], row["total"]) for row in told["sums"]]
        assert sums == [("SALE", "22.00", "122.00"), ("RECEIPT", "0.00", "570.00")]
        ratios = [(row["one"], row["other"], row["holds"]) for row in told["ratios"]]
        assert ratios == [("570.00", "500.00", "false")]
        given = caller.post(f"/ledger-batches/{batch}/hand-over/")
        assert given.json()["status"] == "HANDED_OVER", given.content
        page = page_as("accountant")
        shown = page.get(f"/reports/ledger-batches/{batch}/").content.decode()
        assert "Services sold" in shown
        assert "breaks say why" in shown
        assert told["file"]["sha256"] in shown
        assert read_bytes(page.get(f"/reports/ledger-batches/{batch}/documents.xml")) == content

    def test_a_day_without_documents_has_no_file(self, office: Office, api: Any) -> None:
        batch = batch_of(office, TUESDAY)
        assert api("accountant").get(f"/ledger-batches/{batch}/documents.xml").status_code == 409
        shown = page_as("accountant").get(f"/reports/ledger-batches/{batch}/").content.decode()
        assert "The day has no documents." in shown
