"""The operations on statements of banks. They are brought at the same address by the connectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.workflow.api import user_of
from reconciliation import selectors
from reconciliation.documents import line_document, statement_document
from reconciliation.filters import StatementFilter
from reconciliation.models import StatementLine

VIEW = "reconciliation.view_statement"


class ListStatements(APIView):
    permission: Any = VIEW
    filters = StatementFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What banks say of our accounts, newest first."""
        rows = chosen_of(self, request, selectors.statements(visible_to=user_of(request)))
        return paged(rows, request, self, lambda page: [statement_document(row) for row in page])


class ShowStatement(APIView):
    permission = VIEW

    def get(self, request: Request, reference: str) -> Response:
        """One statement: balances, what does not agree, and the statement before it."""
        row = selectors.statement(reference, visible_to=user_of(request))
        return Response(statement_document(row))


class ListStatementLines(APIView):
    permission = VIEW
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """Every line that it tells, the last first; `repeated` are those that another statement told before."""
        row = selectors.statement(reference, visible_to=user_of(request))

        def documents(page: Sequence[StatementLine]) -> list[dict[str, Any]]:
            positions = selectors.positions_in(row, page)
            return [line_document(line, row, positions[line.pk]) for line in page]

        return paged(selectors.lines_of(row), request, self, documents)
