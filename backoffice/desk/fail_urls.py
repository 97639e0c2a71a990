"""Addresses of the pages of fails."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import fails, supposing
from backoffice.desk import penalty_statements as statements

urlpatterns = [
    path("fails/", fails.Fails.as_view(), name="fails"),
    path("fails/penalties/", fails.Penalties.as_view(), name="penalties"),
    path("fails/what-if/", supposing.SupposePenalties.as_view(), name="suppose-penalties"),
    path("fails/statements/", statements.PenaltyStatements.as_view(), name="penalty-statements"),
    path(
        "fails/statements/<str:reference>/",
        statements.ShowPenaltyStatement.as_view(),
        name="penalty-statement",
    ),
    path(
        "fails/statements/<str:reference>/<str:action>/",
        statements.StatementStep.as_view(),
        name="penalty-statement-step",
    ),
    path("fails/differences/", statements.PenaltyBreaks.as_view(), name="penalty-breaks"),
    path(
        "fails/differences/<str:reference>/",
        statements.ShowPenaltyBreak.as_view(),
        name="penalty-break",
    ),
    path(
        "fails/differences/<str:reference>/<str:action>/",
        statements.BreakStep.as_view(),
        name="penalty-break-step",
    ),
]
