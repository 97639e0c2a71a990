"""Documents: issued once, numbered without a gap, kept as they were, replaced and never changed."""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pypdf import PdfReader

from backoffice.access.models import User
from backoffice.documents import issuing
from backoffice.documents.issuing import Order, issue_documents, verify_document
from backoffice.documents.kinds import LAYOUT, DocumentKind
from backoffice.documents.models import Document, Series, SignedCopy, Template
from backoffice.documents.samples import SAMPLES
from backoffice.documents.selectors import document, documents
from backoffice.documents.signing import (
    AlreadySigned,
    ScanRefused,
    SignedInFuture,
    accept_signed_copies,
    propose_signed_copy,
)
from backoffice.documents.starting import body_of
from backoffice.documents.templates import (
    approve_templates,
    approved,
    propose_template,
    withdraw_templates,
)
from backoffice.documents.typesetting import TemplateRefused
from backoffice.kernel.lifecycle import OtherEyesRequired
from refdata.firm_days import firm_day
from refdata.models import Entity, Party

pytestmark = pytest.mark.usefixtures("own_database")
AT = datetime.fromisoformat("2026-11-24T12:00:00+00:00")


def who(name: str) -> User:
    return User.objects.get(username=name)


def order(subject: int, version: int = 1, language: str = "en", **more: Any) -> Order:
    values: dict[str, Any] = {
        "kind": DocumentKind.CONFIRMATION, "language": language, "subject_type": "deal",
        "subject_id": subject, "version": version, "entity_id": Entity.objects.get(code="RUS").pk,
        "book_id": None, "party_id": Party.objects.get(code="CL-ANNA").pk, "on": date(2026, 11, 24),
        "data": SAMPLES[DocumentKind.CONFIRMATION],
    }  # fmt: skip
    return Order(**(values | more))


def issue(*orders: Order) -> list[Document]:
    return issue_documents(orders=orders, actor=who("clerk"), at=AT)


def text_of(pdf: bytes | memoryview) -> str:
    pages = PdfReader(io.BytesIO(bytes(pdf))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


class TestIssueDocuments:
    def test_gives_the_same_bytes_again_and_the_same_number_in_the_other_language(self) -> None:
        (first,) = issue(order(1))
        (again,) = issue(order(1, on=date(2026, 12, 31), data={}))
        (russian,) = issue(order(1, language="ru"))

        assert again.pk == first.pk
        assert bytes(again.pdf) == bytes(first.pdf)
        assert russian.number == first.number
        assert russian.data == first.data
        assert "Confirmation of a deal" in text_of(first.pdf)
        assert "312,450.00" in text_of(first.pdf)
        assert "Подтверждение сделки" in text_of(russian.pdf)
        assert "312 450,00" in text_of(russian.pdf)
        assert first.number in text_of(first.pdf)

    def test_a_changed_subject_is_another_document_that_names_the_one_before(self) -> None:
        (first,) = issue(order(1))
        (second,) = issue(order(1, version=2))

        assert second.replaces == first
        assert second.serial == first.serial + 1
        shown = {row.pk: row.state for row in documents(visible_to=who("clerk"))}  # type: ignore[attr-defined]
        assert shown == {first.pk: "REPLACED", second.pk: "ISSUED"}

    def test_each_year_kind_and_entity_counts_for_itself(self) -> None:
        other = Entity.objects.get(code="EUR").pk
        rows = issue(order(1), order(2), order(3, on=date(2027, 1, 1)), order(4, entity_id=other))

        assert [row.serial for row in rows] == [1, 2, 1, 1]

    def test_a_refused_template_leaves_no_gap(self) -> None:
        issue(order(1))
        lacking = order(2, data={"us": {}})

        with pytest.raises(TemplateRefused):
            issue(lacking)
        (after,) = issue(order(3))

        assert after.serial == 2

    def test_what_fails_after_the_number_leaves_no_gap(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*given: Any) -> None:
            raise RuntimeError

        with monkeypatch.context() as patched:
            patched.setattr(issuing, "_tell", fails)
            with pytest.raises(RuntimeError):
                issue(order(1))
        (after,) = issue(order(2))

        assert after.serial == 1

    def test_rivals_draw_every_number_once_and_one_subject_has_one_document(self) -> None:
        failed: list[Exception] = []

        def work(of: range) -> None:
            try:
                for subject in of:
                    issue(order(subject))
            except Exception as error:  # noqa: BLE001 - told to the test
                failed.append(error)
            finally:
                connection.close()

        spans = [range(1, 6), range(5, 0, -1), range(6, 11)]
        threads = [threading.Thread(target=work, args=(span,)) for span in spans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failed == []
        serials = sorted(Document.objects.values_list("serial", flat=True))
        assert serials == list(range(1, 11))
        assert Series.objects.get(kind="CONFIRMATION").last == 10

    def test_who_dies_after_drawing_a_number_leaves_no_gap(self) -> None:
        issue(order(1))
        rival = psycopg2.connect(**connection.get_connection_params())
        with rival.cursor() as cursor:
            cursor.execute(issuing._DRAW, [*order(2).series, "X{number}", 1])
            assert cursor.fetchone()[1] == 2
        with connection.cursor() as cursor:  # as the server ends a session whose process was killed
            cursor.execute("SELECT pg_terminate_backend(%s)", [rival.info.backend_pid])

        (after,) = issue(order(3))

        assert after.serial == 2


class TestVerifyDocument:
    def test_is_equal_when_nothing_was_touched_and_after_another_template(self) -> None:
        (first,) = issue(order(1))
        body = body_of("CONFIRMATION", "en").replace("Confirmation of", "Our confirmation of")
        row = propose_template(
            kind="CONFIRMATION", language="en", body=body, reason="", actor=who("admin"), at=AT
        )
        approve_templates(ids=[row.pk], actor=who("manager"), at=AT).raise_single()
        (second,) = issue(order(2))

        assert verify_document(document(str(first), visible_to=who("clerk"))).equal
        assert "Our confirmation" in text_of(second.pdf)
        assert "Our confirmation" not in text_of(first.pdf)
        assert bytes(issue(order(1))[0].pdf) == bytes(first.pdf)

    def test_differs_when_what_it_was_made_from_was_changed_past_the_database(self) -> None:
        (row,) = issue(order(1))
        row.data = row.data.replace("312450.00", "312451.00")

        found = verify_document(row)

        assert not found.equal
        assert not found.data_kept


def test_the_database_refuses_to_change_what_was_issued() -> None:
    (row,) = issue(order(1))
    copy = signed(row)
    for statement in (
        "UPDATE documents_document SET pdf = ''", "DELETE FROM documents_document",
        "UPDATE documents_series SET last = 7", "DELETE FROM documents_series",
        "UPDATE documents_template SET body = ''", "UPDATE documents_signedcopy SET content = ''",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert SignedCopy.objects.get(pk=copy.pk).sha256 == copy.sha256


def signed(row: Document, **more: Any) -> SignedCopy:
    values: dict[str, Any] = {
        "document_id": row.pk, "name": "scan.pdf", "content": b"%PDF-1.7 signed",
        "signed_on": row.issued_on, "actor": who("clerk"), "at": timezone.now(),
    }  # fmt: skip
    return propose_signed_copy(**(values | more))


class TestSignedCopies:
    def test_counts_once_another_person_has_compared_it(self) -> None:
        (row,) = issue(order(1))
        copy = signed(row)

        alone = accept_signed_copies(ids=[copy.pk], actor=who("clerk"), at=AT)
        assert isinstance(alone.refused[copy.pk], OtherEyesRequired)
        accept_signed_copies(ids=[copy.pk], actor=who("checker"), at=AT).raise_single()

        assert document(str(row), visible_to=who("clerk")).state == "SIGNED"  # type: ignore[attr-defined]
        with pytest.raises(AlreadySigned):
            signed(row)

    def test_is_what_its_content_says_and_signed_between_the_document_and_today(self) -> None:
        (row,) = issue(order(1))

        with pytest.raises(ScanRefused):
            signed(row, content=b"MZ not a scan", name="scan.pdf")
        with pytest.raises(SignedInFuture):
            signed(row, signed_on=date(2026, 11, 23))
        assert signed(row, content=b"\xff\xd8\xff\xe0").media_type == "image/jpeg"

    def test_by_the_firm_s_clock_after_its_midnight(self) -> None:
        night = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # half past one in Moscow
        (row,) = issue(order(1, on=firm_day(night)))
        with pytest.raises(SignedInFuture):
            signed(row, signed_on=date(2026, 11, 26), at=night)
        assert signed(row, signed_on=date(2026, 11, 25), at=night).signed_on == firm_day(night)


class TestTemplates:
    def test_two_people_put_a_text_in_use(self) -> None:
        row = propose_template(
            kind=LAYOUT, language="en", body=body_of(LAYOUT, "en") + "\n// letterhead\n", reason="",
            actor=who("admin"), at=AT,
        )  # fmt: skip
        before = approved(LAYOUT, "en")

        alone = approve_templates(ids=[row.pk], actor=who("admin"), at=AT)
        assert isinstance(alone.refused[row.pk], OtherEyesRequired)
        assert approved(LAYOUT, "en") == before
        approve_templates(ids=[row.pk], actor=who("manager"), at=AT).raise_single()

        assert approved(LAYOUT, "en") == row
        assert Template.objects.get(pk=before.pk).state == "SUPERSEDED"
        assert row.number == 2

    def test_a_text_that_does_not_set_the_sample_is_not_even_proposed(self) -> None:
        with pytest.raises(TemplateRefused) as found:
            propose_template(
                kind="CONFIRMATION", language="en", body="= Title\n#data.no_such_member",
                reason="", actor=who("admin"), at=AT,
            )  # fmt: skip
        assert found.value.facts["line"] == 2
        assert Template.objects.filter(kind="CONFIRMATION", language="en").count() == 1

    def test_withdrawn_it_is_never_used(self) -> None:
        body = body_of("CONFIRMATION", "en") + "\n"
        row = propose_template(
            kind="CONFIRMATION", language="en", body=body, reason="", actor=who("admin"), at=AT
        )
        withdraw_templates(ids=[row.pk], reason="", actor=who("admin"), at=AT).raise_single()
        assert approve_templates(ids=[row.pk], actor=who("manager"), at=AT).refused


def test_an_order_is_of_one_making(sample: dict[str, Any]) -> None:
    """Both languages in one call: one number, drawn once."""
    english, russian = issue(order(1), order(1, language="ru"))
    assert english.number == russian.number
    assert Series.objects.get().last == 1
    assert replace(order(1), language="ru") == order(1, language="ru")
