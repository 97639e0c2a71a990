"""Addresses of the pages of workload and productivity."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import productivity, workload, workload_people

urlpatterns = [
    path("workload/forecast/", workload.WorkloadForecast.as_view(), name="workload-forecast"),
    path("workload/forecast/make/", workload.MakeForecast.as_view(), name="workload-make"),
    path("workload/people/", workload_people.People.as_view(), name="workload-people"),
    path("workload/people/roster/", workload_people.KeepRoster.as_view(), name="roster-keep"),
    path("workload/people/absence/", workload_people.NoteAbsence.as_view(), name="absence-note"),
    path("workload/people/back/", workload_people.TakeBack.as_view(), name="absence-take-back"),
    path("productivity/", productivity.OwnProductivity.as_view(), name="productivity"),
    path("productivity/sheet/", productivity.WeekSheet.as_view(), name="productivity-sheet"),
    path(
        "productivity/comment/", productivity.CommentOnWeek.as_view(), name="productivity-comment"
    ),
    path("productivity/people/", productivity.Sheets.as_view(), name="productivity-people"),
    path("productivity/teams/", productivity.Teams.as_view(), name="productivity-teams"),
]
