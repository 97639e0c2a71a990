"""The operations on payroll journals. Only those who may read pay see any of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.models import User
from backoffice.access.paging import paged
from backoffice.kernel.money import Money
from backoffice.workflow.api import StepOnSubject, WithReason, user_of
from expenses.payroll import selectors, services
from expenses.payroll.filters import PayrollFilter
from expenses.payroll.models import PayrollJournal, PayrollLine
from refdata.models import Party
from refdata.selectors import money_document

VIEW = "expenses.view_payrolljournal"


def _money(row: Any, currency: str, *names: str) -> dict[str, Any]:
    return {name: money_document(Money(getattr(row, name), currency)) for name in names}


def journal_document(row: PayrollJournal) -> dict[str, Any]:
    return {
        "reference": str(row), "status": row.state, "entity": row.entity.code, "number": row.number,
        "month": row.month, "pay_date": row.pay_date,
        "replaces": str(row.replaces) if row.replaces else None, "document": row.document,
        "layout": row.layout, "sha256": row.sha256, "people": row.people,
        **_money(row, row.entity.base_currency, *selectors.SUMS),
        "received_by": row.received_by.username, "received_at": row.received_at,
    }  # fmt: skip


def whole_document(row: PayrollJournal) -> dict[str, Any]:
    """A journal with its sums by cost centre, what is odd about its tax, and its entries."""
    currency = row.entity.base_currency
    people = dict(Party.objects.filter(pk__in=[o.person_id for o in selectors.remarks_of(row)])
                  .values_list("pk", "code"))  # fmt: skip
    return journal_document(row) | {
        "centres": [
            {"centre": each["centre__code"]}
            | {n: money_document(Money(each[f"sum_{n}"], currency)) for n in selectors.SUMS}
            for each in selectors.sums_by_centre(row)
        ],
        "remarks": [
            {
                "person": people[odd.person_id], "what": odd.what, "rate": odd.rate,
                "told": money_document(Money(odd.told, currency)),
                "reckoned": None if odd.reckoned is None
                else money_document(Money(odd.reckoned, currency)),
            }
            for odd in selectors.remarks_of(row)
        ],
        "entries": [f"E-{entry.pk}" for entry in selectors.entries_of(row)],
    }  # fmt: skip


def line_document(row: PayrollLine, currency: str) -> dict[str, Any]:
    return {
        "number": row.number, "person": row.person.code, "name": row.person.name,
        "resident": row.resident, "centre": row.centre.code, "code": row.code,
        "deductions": row.deductions, "by_rate": row.by_rate, "account": row.account, "bik": row.bik,
        **_money(row, currency, *selectors.SUMS),
    }  # fmt: skip


class JournalInput(serializers.Serializer[Any]):
    """The text of a file in one of the published layouts, and what the document is called."""

    document = serializers.CharField(max_length=120)
    csv = serializers.CharField(max_length=20_000_000, trim_whitespace=False)


def received(given: dict[str, Any], *, actor: User) -> tuple[PayrollJournal, bool]:
    """Take in a journal as it was posted or brought. Raises as `receive_journal`."""
    content = given["csv"] if isinstance(given["csv"], bytes) else given["csv"].encode()
    return services.receive_journal(
        content=content, document=given["document"], actor=actor, at=timezone.now()
    )


class PayrollJournals(OncePerKey):
    permission = {"GET": VIEW, "POST": "expenses.receive_payrolljournal"}  # noqa: RUF012
    gives: ClassVar = {"POST": (201, 200)}
    filters = PayrollFilter
    paged = True
    Input = JournalInput

    def get(self, request: Request) -> Response:
        """Payroll journals, newest first."""
        rows = chosen_of(self, request, selectors.journals(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [journal_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Take in the payroll journal of a month; other eyes accept it, then it is booked.

        The same file again is the same journal: 200. It is taken as a whole or refused with every problem, by line
        and field.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row, is_new = received(dict(given.validated_data), actor=user_of(request))
        headers = {"Location": f"/api/v1/payroll-journals/{row}/", "ETag": row.etag}
        return Response(whole_document(row), 201 if is_new else 200, headers=headers)


class ShowPayrollJournal(APIView):
    permission = VIEW

    def get(self, request: Request, reference: str) -> Response:
        """One journal with its sums by cost centre, what is odd about its tax, and its entries."""
        row = selectors.journal(reference, visible_to=user_of(request))
        return Response(whole_document(row), headers={"ETag": row.etag})


class ListPayrollLines(APIView):
    permission = VIEW
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """The rows of a journal, one person, code and cost centre each, the last first."""
        row = selectors.journal(reference, visible_to=user_of(request))
        currency = row.entity.base_currency
        return paged(
            selectors.lines(row), request, self,
            lambda page: [line_document(each, currency) for each in page],
        )  # fmt: skip


class StepOnJournal(StepOnSubject):
    model = PayrollJournal
    find = staticmethod(selectors.journal)
    shown = staticmethod(whole_document)
    Input = WithReason


class AcceptPayrollJournal(StepOnJournal):
    """Accept a journal as other eyes than brought it: it is booked. Where its tax differs a reason is due."""

    permission = "expenses.accept_payrolljournal"
    service = staticmethod(services.accept_journals)


class DeclinePayrollJournal(StepOnJournal):
    """Say that it is not what was paid; it counts nowhere."""

    permission = "expenses.decline_payrolljournal"
    service = staticmethod(services.decline_journals)
