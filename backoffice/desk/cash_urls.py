"""Addresses of the pages of the cash ladder."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import cash, cash_figure, cash_trying

urlpatterns = [
    path("cash/", cash.CashLadder.as_view(), name="cash"),
    path("cash/figure/", cash_figure.CashFigure.as_view(), name="cash-figure"),
    path("cash/what-if/", cash_trying.TryCash.as_view(), name="cash-what-if"),
    path("cash/proposals/", cash_trying.CashProposals.as_view(), name="cash-proposals"),
]
