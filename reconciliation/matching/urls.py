"""Addresses of the operations on matches and breaks, under /api/v1/."""

from django.urls import path

from reconciliation.breaks import api as breaks
from reconciliation.matching import api

urlpatterns = [
    path("reconciliations/", api.Reconciliations.as_view()),
    path("reconciliations/<str:reference>/", api.ShowReconciliation.as_view()),
    path("reconciliations/<str:reference>/run/", api.RunReconciliation.as_view()),
    path("reconciliation/proposals/", api.ListProposals.as_view()),
    path("matches/", api.Matches.as_view()),
    path("matches/<str:reference>/", api.ShowMatch.as_view()),
    path("matches/<str:reference>/undo/", api.UndoMatch.as_view()),
    path("breaks/", breaks.ListBreaks.as_view()),
    path("breaks/<str:reference>/", breaks.ShowBreak.as_view()),
    path("breaks/<str:reference>/history/", breaks.ShowBreakHistory.as_view()),
    path("breaks/<str:reference>/own/", breaks.OwnBreak.as_view()),
    path("breaks/<str:reference>/explain/", breaks.ExplainBreak.as_view()),
    path("breaks/<str:reference>/chase/", breaks.ChaseBreak.as_view()),
    path("breaks/<str:reference>/propose/", breaks.ProposeRemedy.as_view()),
    path("breaks/<str:reference>/accept/", breaks.AcceptRemedy.as_view()),
    path("breaks/<str:reference>/decline/", breaks.DeclineRemedy.as_view()),
]
