"""Addresses of workload over REST."""

from __future__ import annotations

from django.urls import path

from backoffice.work import rosters_api, workload_api

urlpatterns = [
    path("workload-forecast/", workload_api.LastForecast.as_view()),
    path("workload-comparison/", workload_api.Comparison.as_view()),
    path("rosters/", rosters_api.Rosters.as_view()),
    path("absences/", rosters_api.Absences.as_view()),
    path("absences/take-back/", rosters_api.TakeBackAbsence.as_view()),
]
