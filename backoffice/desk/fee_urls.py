"""Addresses of the pages of fees."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import fee_bills, fee_invoices, fees

urlpatterns = [
    path("fees/", fees.Fees.as_view(), name="fees"),
    path("fees/schedules/", fees.FeeSchedules.as_view(), name="fee-schedules"),
    path("fees/bills/", fee_bills.FeeBills.as_view(), name="fee-statements"),
    path("fees/bills/<str:reference>/", fee_bills.ShowFeeBill.as_view(), name="fee-statement"),
    path("fees/bills/<str:reference>/<str:action>/", fee_bills.BillStep.as_view(), name="fee-statement-step"),
    path("fees/differences/", fee_bills.FeeBreaks.as_view(), name="fee-breaks"),
    path("fees/differences/<str:reference>/", fee_bills.ShowFeeBreak.as_view(), name="fee-break"),
    path("fees/differences/<str:reference>/<str:action>/", fee_bills.BreakStep.as_view(), name="fee-break-step"),
    path("fees/invoices/", fee_invoices.FeeInvoices.as_view(), name="fee-invoices"),
    path("fees/invoices/<str:reference>/", fee_invoices.ShowFeeInvoice.as_view(), name="fee-invoice"),
    path("fees/invoices/<str:reference>/<str:action>/", fee_invoices.InvoiceStep.as_view(), name="fee-invoice-step"),
]  # fmt: skip
