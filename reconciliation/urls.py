"""Addresses of the operations on statements, under /api/v1/. The list and bringing one: see the connectors."""

from django.urls import include, path

from reconciliation import api
from reconciliation.counterparties.api import CounterpartyPositions

urlpatterns = [
    path("", include("reconciliation.matching.urls")),
    path("counterparty-positions/", CounterpartyPositions.as_view()),
    path("statements/<str:reference>/", api.ShowStatement.as_view()),
    path("statements/<str:reference>/lines/", api.ListStatementLines.as_view()),
]
