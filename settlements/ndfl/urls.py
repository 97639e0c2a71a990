"""Addresses of ends of tax years, under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from settlements.ndfl import api

urlpatterns = [
    path("tax-years/", api.TaxYears.as_view()),
    path("tax-years/<str:reference>/", api.ShowTaxYear.as_view()),
    path("tax-years/<str:reference>/results/", api.TaxYearResults.as_view()),
    path("tax-years/<str:reference>/approve/", api.ApproveTaxYear.as_view()),
    path("tax-years/<str:reference>/decline/", api.DeclineTaxYear.as_view()),
]
