"""Addresses of the operations on budgets, on keys by which costs are shared out, and on alerts, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from expenses.allocating import api as allocating
from expenses.budgets import api as budgets
from expenses.watching import api as watching

urlpatterns = [
    path("budgets/", budgets.Budgets.as_view()),
    path("budgets/<str:reference>/", budgets.ShowBudget.as_view()),
    path("budgets/<str:reference>/approve/", budgets.ApproveBudget.as_view()),
    path("budgets/<str:reference>/decline/", budgets.DeclineBudget.as_view()),
    path("allocation-keys/", allocating.Keys.as_view()),
    path("allocation-keys/<str:reference>/", allocating.ShowKey.as_view()),
    path("allocation-keys/<str:reference>/approve/", allocating.ApproveKey.as_view()),
    path("allocation-keys/<str:reference>/decline/", allocating.DeclineKey.as_view()),
    path("expense-alerts/", watching.ListAlerts.as_view()),
    path("expense-alerts/<str:reference>/", watching.ShowAlert.as_view()),
    path("expense-alerts/<str:reference>/answer/", watching.AnswerAlert.as_view()),
]
