"""Addresses of the pages of statements and of the files that they come in."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import (
    breaks,
    counterparty_positions,
    inbound_files,
    matches,
    statements,
    workbench,
)

urlpatterns = [
    path("reconciliation/", statements.Statements.as_view(), name="statements"),
    path(
        "reconciliation/statements/<str:reference>/",
        statements.ShowStatement.as_view(),
        name="statement",
    ),
    path("reconciliation/workbench/", workbench.Workbench.as_view(), name="workbench"),
    path(
        "reconciliation/workbench/match/", workbench.MatchChosen.as_view(), name="workbench-match"
    ),
    path("reconciliation/workbench/run/", workbench.RunNow.as_view(), name="workbench-run"),
    path("reconciliation/breaks/", breaks.Breaks.as_view(), name="breaks"),
    path("reconciliation/breaks/<str:reference>/", breaks.ShowBreak.as_view(), name="break"),
    path(
        "reconciliation/breaks/<str:reference>/<str:action>/",
        breaks.BreakStep.as_view(),
        name="break-step",
    ),
    path(
        "reconciliation/counterparties/",
        counterparty_positions.CounterpartyPositions.as_view(),
        name="counterparty-positions",
    ),
    path("reconciliation/matches/", matches.Matches.as_view(), name="matches"),
    path("reconciliation/matches/<str:reference>/", matches.ShowMatch.as_view(), name="match"),
    path(
        "reconciliation/matches/<str:reference>/undo/",
        matches.UndoMatch.as_view(),
        name="match-undo",
    ),
    path("reconciliation/files/", inbound_files.InboundFiles.as_view(), name="inbound-files"),
    path(
        "reconciliation/files/<str:reference>/",
        inbound_files.ShowInboundFile.as_view(),
        name="inbound-file",
    ),
    path(
        "reconciliation/files/<str:reference>/content/",
        inbound_files.DownloadInboundFile.as_view(),
        name="inbound-file-content",
    ),
    path(
        "reconciliation/files/<str:reference>/set-aside/",
        inbound_files.SetInboundFileAside.as_view(),
        name="inbound-file-set-aside",
    ),
    path(
        "reconciliation/files/<str:reference>/retake/",
        inbound_files.RetakeInboundFile.as_view(),
        name="inbound-file-retake",
    ),
]
