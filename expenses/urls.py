"""Addresses of the operations on fees, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from expenses.fees import api, invoice_api, statement_api

urlpatterns = [
    path("fee-accruals/", api.ListFeeAccruals.as_view()),
    path("fee-accruals/totals/", api.SumFeeAccruals.as_view()),
    path("fee-schedules/vectors/", api.ListFeeVectors.as_view()),
    path("fee-statements/", statement_api.FeeStatements.as_view()),
    path("fee-statements/<str:reference>/", statement_api.ShowFeeStatement.as_view()),
    path("fee-statements/<str:reference>/lines/", statement_api.ListFeeLines.as_view()),
    path("fee-statements/<str:reference>/agree/", statement_api.AgreeFeeStatement.as_view()),
    path("fee-statements/<str:reference>/decline/", statement_api.DeclineFeeStatement.as_view()),
    path("fee-breaks/", statement_api.ListFeeBreaks.as_view()),
    path("fee-breaks/<str:reference>/", statement_api.ShowFeeBreak.as_view()),
    path("fee-breaks/<str:reference>/appeal/", statement_api.AppealFeeBreak.as_view()),
    path("fee-breaks/<str:reference>/accept/", statement_api.AcceptFeeBreak.as_view()),
    path("fee-breaks/<str:reference>/win/", statement_api.WinFeeBreak.as_view()),
    path("fee-invoices/", invoice_api.FeeInvoices.as_view()),
    path("fee-invoices/<str:reference>/", invoice_api.ShowFeeInvoice.as_view()),
    path("fee-invoices/<str:reference>/issue/", invoice_api.IssueFeeInvoice.as_view()),
    path("fee-invoices/<str:reference>/decline/", invoice_api.DeclineFeeInvoice.as_view()),
]
