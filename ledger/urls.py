"""Addresses of the operations on the books, under /api/v1/."""

from django.urls import path

from ledger import api, day_api, period_api
from ledger.lots.api import ListLotPools, ShowLots

urlpatterns = [
    path("ledger/trial-balance/", api.ShowTrialBalance.as_view()),
    path("ledger/entries/", api.ListEntries.as_view()),
    path("lots/", ListLotPools.as_view()),
    path("lots/<str:reference>/", ShowLots.as_view()),
    path("positions/", api.ShowPositions.as_view()),
    path("business-days/", day_api.ListBusinessDays.as_view()),
    path("business-days/<str:reference>/", day_api.ShowBusinessDay.as_view()),
    path("business-days/<str:reference>/sign-off/", day_api.SignOffBusinessDay.as_view()),
    path("business-days/<str:reference>/take-step/", day_api.TakeStepBusinessDay.as_view()),
    path("business-days/<str:reference>/ask-reopen/", day_api.AskToReopen.as_view()),
    path("business-days/<str:reference>/approve-reopen/", day_api.ApproveReopening.as_view()),
    path("business-days/<str:reference>/decline-reopen/", day_api.DeclineReopening.as_view()),
    path("business-periods/", period_api.ListPeriods.as_view()),
    path("business-periods/<str:reference>/", period_api.ShowPeriod.as_view()),
    path("business-periods/<str:reference>/sign-off/", period_api.SignOffPeriod.as_view()),
    path("night-steps/<str:reference>/restart/", day_api.RestartNightStep.as_view()),
    path("open-points/<str:reference>/explain/", day_api.ExplainOpenPoint.as_view()),
]
