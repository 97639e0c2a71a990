"""Addresses of the operations on costs, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from expenses.costs import api, invoice_api

urlpatterns = [
    path("cost-contracts/", api.Contracts.as_view()),
    path("cost-contracts/<str:reference>/", api.ShowContract.as_view()),
    path("cost-contracts/<str:reference>/sign/", api.SignContract.as_view()),
    path("cost-contracts/<str:reference>/decline/", api.DeclineContract.as_view()),
    path("cost-contracts/<str:reference>/end/", api.EndContract.as_view()),
    path("supplier-invoices/", invoice_api.SupplierInvoices.as_view()),
    path("supplier-invoices/<str:reference>/", invoice_api.ShowSupplierInvoice.as_view()),
    path("supplier-invoices/<str:reference>/book/", invoice_api.BookSupplierInvoice.as_view()),
    path(
        "supplier-invoices/<str:reference>/decline/", invoice_api.DeclineSupplierInvoice.as_view()
    ),
    path("supplier-invoices/<str:reference>/pay/", invoice_api.PaySupplierInvoice.as_view()),
    path("costs/", api.ListCosts.as_view()),
]
