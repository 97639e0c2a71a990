"""Addresses of the operations on fees, costs and pay, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from expenses import managing_urls
from expenses.assets import urls as assets
from expenses.costs import urls as costs
from expenses.fees import api, invoice_api, statement_api
from expenses.payroll import api as payroll

urlpatterns = [
    *costs.urlpatterns,
    *assets.urlpatterns,
    *managing_urls.urlpatterns,
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
    path("payroll-journals/", payroll.PayrollJournals.as_view()),
    path("payroll-journals/<str:reference>/", payroll.ShowPayrollJournal.as_view()),
    path("payroll-journals/<str:reference>/lines/", payroll.ListPayrollLines.as_view()),
    path("payroll-journals/<str:reference>/accept/", payroll.AcceptPayrollJournal.as_view()),
    path("payroll-journals/<str:reference>/decline/", payroll.DeclinePayrollJournal.as_view()),
]
