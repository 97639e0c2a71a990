"""Taking files in: kept as they came, whole or not at all, once, and every line accounted for."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from backoffice.access.models import User
from backoffice.connectors.models import InboundContent, InboundFile
from backoffice.connectors.receiving import services, takers
from backoffice.connectors.receiving.selectors import content_of, inbound_files
from backoffice.connectors.receiving.services import (
    ContentNotKept,
    InboundTooLarge,
    NothingToRetake,
    retake_file,
    take_file,
)
from backoffice.connectors.receiving.taken import Taken
from backoffice.events.models import Event
from reconciliation.models import Statement, StatementLine
from refdata.models import BookScope, Entity
from refdata.selectors import forget_reference_data
from tests.connectors.formats.samples import VECTOR_ONE_C
from tests.connectors.receiving.samples import AT, LATER, MT940, NUMBER
from tests.reconciliation.accounts import nostro

pytestmark = pytest.mark.django_db


def clerk() -> User:
    return User.objects.get(username="clerk")


def take(raw: bytes, *, name: str = "a.sta", actor: User | None = None) -> InboundFile:
    return take_file(raw, name=name, channel="test", actor=actor or clerk(), at=AT)


def counts(file: InboundFile) -> tuple[int, int, int, int]:
    return file.statements, file.lines, file.added, file.duplicates


class TestTakeFile:
    def test_the_vector_of_rules_section_10(self) -> None:
        nostro(NUMBER)
        file = take(MT940)

        assert (file.format, file.outcome, file.balanced, file.problems) == (
            "MT940",
            "TAKEN",
            True,
            [],
        )
        assert counts(file) == (1, 2, 2, 0)
        assert content_of(file) == MT940
        assert Statement.objects.get().source == str(file)
        event = Event.objects.get(kind="inboundfile.receive")
        assert (event.subject_id, event.target, event.facts["added"]) == (file.pk, "TAKEN", 2)

    def test_the_same_bytes_are_the_same_file_whatever_they_are_called(self) -> None:
        nostro(NUMBER)
        first, again = take(MT940), take(MT940, name="b.txt")

        assert (again.pk, first.again, again.again) == (first.pk, False, True)
        assert counts(again) == (1, 2, 2, 0)
        assert (InboundFile.objects.count(), Statement.objects.count()) == (1, 1)

    def test_other_bytes_that_say_the_same_add_nothing(self) -> None:
        nostro(NUMBER)
        take(MT940)
        other = take(MT940 + b"\n")

        assert counts(other) == (1, 2, 0, 2)
        assert (other.outcome, StatementLine.objects.count()) == ("TAKEN", 2)

    def test_one_account_over_several_days_and_several_accounts_in_a_file(self) -> None:
        nostro(NUMBER)
        nostro("40702810200000000002")
        other = LATER.replace(b"000001", b"000002")
        file = take(MT940 + LATER + other)

        assert (file.outcome, counts(file)) == ("TAKEN", (3, 4, 4, 0))
        told = Statement.objects.order_by("position").values_list(
            "nostro__number", "gap", "balanced"
        )
        assert list(told) == [
            (NUMBER, None, True),
            (NUMBER, 0, True),
            ("40702810200000000002", None, True),
        ]

    def test_what_does_not_balance_is_taken_and_said(self) -> None:
        nostro(NUMBER)
        file = take(MT940.replace(b"85000,50", b"85000,51"))

        assert (file.outcome, file.balanced, file.problems) == ("TAKEN", False, [])
        assert Statement.objects.get().balanced is False

    @pytest.mark.parametrize(
        ("raw", "code"),
        [(b"", "unknown-format"), (b"%PDF-1.7", "unknown-format"), (MT940.partition(b":62F:")[0], "missing-field"),
         (MT940.replace(b"25000,50", b"25000.50"), "wrong-field"), (b"8=FIX.4.2\x0135=8\x01", "wrong-kind")],
    )  # fmt: skip
    def test_what_cannot_be_read_is_kept_with_its_problems(self, raw: bytes, code: str) -> None:
        nostro(NUMBER)
        file = take(raw)

        assert (file.outcome, counts(file)) == ("REFUSED", (0, 0, 0, 0))
        assert file.problems[0]["code"] == code
        for problem in file.problems:
            assert problem["position"]
            assert problem["detail"] % problem["facts"]
            assert problem["hint"]
        assert content_of(file) == raw
        assert Statement.objects.count() == 0

    def test_what_is_no_character_in_it_is_kept_out_of_its_problems_and_nothing_else(self) -> None:
        """A place of a problem names a key as it stands in the file, also one with zero bytes in it."""
        raw = VECTOR_ONE_C.replace("Отправитель", "Отправ\x00итель").encode("cp1251")
        file = take(raw)
        assert (file.outcome, content_of(file)) == ("REFUSED", raw)
        assert file.problems[0]["position"] == "line 4, Отправитель"

    def test_a_file_beyond_the_limit_is_not_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "LARGEST_FILE", len(MT940) - 1)
        with pytest.raises(InboundTooLarge):
            take(MT940)
        assert InboundFile.objects.count() == 0

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("C:\\out\\a.sta", "a.sta"),
            ("../../etc/passwd", "passwd"),
            ("", "file"),
            ("n" * 300, "n" * 200),
        ],
    )
    def test_a_name_is_a_name_and_no_path(self, name: str, kept: str) -> None:
        assert take(MT940, name=name).name == kept

    def test_a_reader_that_breaks_leaves_the_file_and_nothing_of_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nostro(NUMBER)

        def breaks(file: InboundFile, raw: bytes, **more: Any) -> Taken:
            takers.TAKERS["MT9xx"](file, raw, **more)
            raise ZeroDivisionError

        monkeypatch.setattr(services, "TAKERS", {"MT9xx": breaks})
        file = take(MT940)
        assert (file.outcome, file.problems[0]["code"]) == ("REFUSED", "reader-broke")
        assert (Statement.objects.count(), StatementLine.objects.count()) == (0, 0)

        monkeypatch.undo()
        assert counts(retake_file(file_id=file.pk, actor=clerk(), at=AT)) == (1, 2, 2, 0)

    def test_lines_that_do_not_add_up_are_a_fault_of_ours(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            services, "TAKERS", {"MT9xx": lambda *a, **more: Taken(lines=2, added=1)}
        )
        assert take(MT940).problems[0]["code"] == "reader-broke"


class TestRetakeFile:
    def test_once_the_account_was_added_the_rest_is_taken(self) -> None:
        nostro(NUMBER)
        other = LATER.replace(b"000001", b"000002")
        file = take(MT940 + other)
        assert (file.outcome, counts(file)) == ("PARTLY", (2, 3, 2, 0))
        (problem,) = file.problems
        assert (problem["code"], problem["position"], problem["facts"]["lines"]) == (
            "unknown-account", "statement 2", 1,
        )  # fmt: skip

        nostro("40702810200000000002")
        taken = retake_file(file_id=file.pk, actor=clerk(), at=AT)

        assert (taken.outcome, taken.problems, counts(taken)) == ("TAKEN", [], (2, 3, 3, 0))
        assert Statement.objects.filter(source=str(file)).count() == 2
        assert Event.objects.filter(kind="inboundfile.retake").count() == 1
        with pytest.raises(NothingToRetake):
            retake_file(file_id=file.pk, actor=clerk(), at=AT)

    def test_taken_again_without_the_account_nothing_changes(self) -> None:
        nostro(NUMBER)
        take(MT940)
        file = take(MT940 + LATER.replace(b"000001", b"000002"))
        before = (file.outcome, counts(file), file.problems)
        assert counts(file) == (2, 3, 0, 2)
        again = retake_file(file_id=file.pk, actor=clerk(), at=AT)
        assert (again.outcome, counts(again), again.problems) == before

    def test_a_file_without_its_bytes_cannot_be_taken_again(self) -> None:
        file = InboundFile.objects.create(name="old", sha256="0", problems=[{"code": "x"}])
        with pytest.raises(ContentNotKept):
            retake_file(file_id=file.pk, actor=clerk(), at=AT)


class TestSeeFiles:
    def test_a_file_is_seen_by_those_who_see_its_entity_and_by_its_bringer(self) -> None:
        nostro(NUMBER)
        file = take(MT940)
        assert file.entity == Entity.objects.get(code="RUS")
        person, outsider = self.person("RUS"), self.person("EUR")
        assert file in inbound_files(visible_to=person)
        assert file not in inbound_files(visible_to=outsider)
        unknown = take(LATER.replace(b"000001", b"000009"), actor=outsider)
        assert unknown in inbound_files(visible_to=outsider)
        assert unknown not in inbound_files(visible_to=person)

    def test_a_file_of_several_entities_is_for_those_who_see_all(self) -> None:
        nostro(NUMBER)
        nostro("40702810200000000002", entity="EUR")
        file = take(MT940 + LATER.replace(b"000001", b"000002"))
        assert file.entity is None
        assert file not in inbound_files(visible_to=self.person("RUS"))
        assert file in inbound_files(visible_to=User.objects.get(username="auditor"))

    def test_nobody_stores_a_statement_of_an_entity_out_of_scope(self) -> None:
        nostro(NUMBER)
        file = take(MT940, actor=self.person("EUR"))
        assert file.problems[0]["code"] == "unknown-account"
        assert Statement.objects.count() == 0

    def person(self, entity: str) -> User:
        user = User.objects.create_user(f"only-{entity}")
        BookScope.objects.create(user=user, entity=Entity.objects.get(code=entity))
        forget_reference_data()
        return user


class TestFacts:
    def test_bytes_are_never_changed_and_a_file_keeps_what_came(self) -> None:
        file = take(MT940)
        for change in (
            "UPDATE connectors_inboundcontent SET content = ''", "DELETE FROM connectors_inboundcontent",
            "UPDATE connectors_inboundfile SET sha256 = 'x'", "DELETE FROM connectors_inboundfile",
        ):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)
        assert bytes(InboundContent.objects.get(file=file).content) == MT940
