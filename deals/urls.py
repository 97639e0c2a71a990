"""Addresses of the operations on deals, under /api/v1/."""

from django.urls import path

from deals import api
from deals.checks import api as checks
from deals.confirming import api as confirming
from deals.confirming import document_api as confirming_document
from deals.exposing import api as exposing
from deals.importing import api as importing
from deals.repairing import api as repairing

urlpatterns = [
    path("deals/", api.Deals.as_view()),
    path("deals/bulk/", api.BulkDeals.as_view()),
    path("deals/<str:reference>/", api.ShowDeal.as_view()),
    path("deals/<str:reference>/history/", api.ShowDealHistory.as_view()),
    path("deals/<str:reference>/flows/", api.ShowDealFlows.as_view()),
    path("deals/<str:reference>/confirmation.pdf", confirming_document.GetConfirmation.as_view()),
    path("deals/<str:reference>/confirm/", api.ConfirmDeal.as_view()),
    path("deals/<str:reference>/approve/", api.ApproveDeal.as_view()),
    path("deals/<str:reference>/take-step/", api.TakeStepDeal.as_view()),
    path("deals/<str:reference>/reject/", api.RejectDeal.as_view()),
    path("suspicions/", checks.ListSuspicions.as_view()),
    path("suspicions/<str:reference>/dismiss/", checks.DismissSuspicion.as_view()),
    path("imports/", importing.Imports.as_view()),
    path("imports/<str:reference>/", importing.ShowImport.as_view()),
    path("imports/<str:reference>/rows/", importing.ListImportRows.as_view()),
    path("imports/<str:reference>/map/", importing.MapImport.as_view()),
    path("imports/<str:reference>/load/", importing.LoadImport.as_view()),
    path("imports/<str:reference>/request-undo/", importing.RequestUndoImport.as_view()),
    path("imports/<str:reference>/undo/", importing.UndoImport.as_view()),
    path("imports/<str:reference>/keep/", importing.KeepImport.as_view()),
    path("import-mappings/", importing.ImportMappings.as_view()),
    path("import-mappings/<str:reference>/approve/", importing.ApproveImportMapping.as_view()),
    path("import-mappings/<str:reference>/decline/", importing.DeclineImportMapping.as_view()),
    path("import-mappings/<str:reference>/withdraw/", importing.WithdrawImportMapping.as_view()),
    path("confirmations/", confirming.Confirmations.as_view()),
    path("confirmations/bulk/", confirming.BulkConfirmations.as_view()),
    path("confirmations/<str:reference>/", confirming.ShowConfirmation.as_view()),
    path("confirmations/<str:reference>/history/", confirming.ShowConfirmationHistory.as_view()),
    path("confirmations/<str:reference>/link/", confirming.LinkConfirmation.as_view()),
    path("confirmations/<str:reference>/dispute/", confirming.DisputeConfirmation.as_view()),
    path("confirmations/<str:reference>/reject/", confirming.RejectConfirmation.as_view()),
    path("confirmations/<str:reference>/withdraw/", confirming.WithdrawConfirmation.as_view()),
    path("inbound/", repairing.ListInbound.as_view()),
    path("inbound/<str:reference>/", repairing.ShowInbound.as_view()),
    path("inbound/<str:reference>/repair/", repairing.RepairInbound.as_view()),
    path("inbound/<str:reference>/take-step/", repairing.TakeStepInbound.as_view()),
    path("limits/what-if/", exposing.WhatIf.as_view()),
    path("limits/check/", exposing.CheckLimits.as_view()),
    path("limits/reservations/", exposing.ReserveLimits.as_view()),
]
