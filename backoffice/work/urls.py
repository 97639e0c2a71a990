"""Addresses of work items and of workload, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from backoffice.work import api, productivity_api, rosters_api, workload_api

urlpatterns = [
    path("work-queue/", api.ShowQueue.as_view()),
    path("work-items/", api.ListWorkItems.as_view()),
    path("work-items/<str:reference>/", api.ShowWorkItem.as_view()),
    path("work-items/<str:reference>/history/", api.WorkItemHistory.as_view()),
    path("work-items/<str:reference>/claim/", api.ClaimWorkItem.as_view()),
    path("work-items/<str:reference>/hand-over/", api.HandOverWorkItem.as_view()),
    path("work-items/<str:reference>/pause/", api.PauseWorkItem.as_view()),
    path("work-items/<str:reference>/resume/", api.ResumeWorkItem.as_view()),
    path("work-items/<str:reference>/comment/", api.CommentOnWorkItem.as_view()),
    path("workload-forecast/", workload_api.LastForecast.as_view()),
    path("workload-comparison/", workload_api.Comparison.as_view()),
    path("productivity/", productivity_api.OwnProductivity.as_view()),
    path("productivity/sheet/", productivity_api.ShowSheet.as_view()),
    path("productivity/comment/", productivity_api.CommentOnSheet.as_view()),
    path("productivity/sheets/", productivity_api.ListSheets.as_view()),
    path("productivity/teams/", productivity_api.TeamProductivity.as_view()),
    path("rosters/", rosters_api.Rosters.as_view()),
    path("absences/", rosters_api.Absences.as_view()),
    path("absences/take-back/", rosters_api.TakeBackAbsence.as_view()),
]
