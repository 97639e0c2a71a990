"""Addresses of the pages of the close."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import close

urlpatterns = [
    path("valuations/", close.Valuations.as_view(), name="valuations"),
    path("close/", close.Days.as_view(), name="days"),
    path("close/periods/", close.Periods.as_view(), name="periods"),
    path("close/periods/<str:reference>/", close.ShowPeriod.as_view(), name="period"),
    path(
        "close/periods/<str:reference>/<str:action>/",
        close.PeriodStep.as_view(),
        name="period-step",
    ),
    path("close/<str:reference>/", close.ShowDay.as_view(), name="business-day"),
    path("close/<str:reference>/<str:action>/", close.DayStep.as_view(), name="day-step"),
    path(
        "night-steps/<str:reference>/<str:action>/",
        close.NightStepStep.as_view(),
        name="night-step",
    ),
    path(
        "open-points/<str:reference>/<str:action>/",
        close.OpenPointStep.as_view(),
        name="open-point-step",
    ),
]
