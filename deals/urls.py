"""Addresses of the operations on deals, under /api/v1/."""

from django.urls import path

from deals import api, confirmation_api, inbound_api, limit_api
from deals.allocating import api as allocating
from deals.checks import api as checks_api
from deals.confirming import api as confirming
from deals.importing import api as importing_api

urlpatterns = [
    path("deals/", api.Deals.as_view()),
    path("deal-groups/", allocating.GroupFills.as_view()),
    path("deals/bulk/", api.BulkDeals.as_view()),
    path("deals/<str:reference>/", api.ShowDeal.as_view()),
    path("deals/<str:reference>/history/", api.ShowDealHistory.as_view()),
    path("deals/<str:reference>/flows/", api.ShowDealFlows.as_view()),
    path("deals/<str:reference>/confirmation.pdf", confirmation_api.GetConfirmation.as_view()),
    path("deals/<str:reference>/confirm/", api.ConfirmDeal.as_view()),
    path("deals/<str:reference>/approve/", api.ApproveDeal.as_view()),
    path("deals/<str:reference>/reject/", api.RejectDeal.as_view()),
    path("suspicions/", checks_api.ListSuspicions.as_view()),
    path("suspicions/<str:reference>/dismiss/", checks_api.DismissSuspicion.as_view()),
    path("imports/", importing_api.Imports.as_view()),
    path("imports/<str:reference>/", importing_api.ShowImport.as_view()),
    path("imports/<str:reference>/rows/", importing_api.ListImportRows.as_view()),
    path("imports/<str:reference>/map/", importing_api.MapImport.as_view()),
    path("imports/<str:reference>/load/", importing_api.LoadImport.as_view()),
    path("imports/<str:reference>/request-undo/", importing_api.RequestUndoImport.as_view()),
    path("imports/<str:reference>/undo/", importing_api.UndoImport.as_view()),
    path("imports/<str:reference>/keep/", importing_api.KeepImport.as_view()),
    path("import-mappings/", importing_api.ImportMappings.as_view()),
    path("import-mappings/<str:reference>/approve/", importing_api.ApproveImportMapping.as_view()),
    path("import-mappings/<str:reference>/decline/", importing_api.DeclineImportMapping.as_view()),
    path(
        "import-mappings/<str:reference>/withdraw/", importing_api.WithdrawImportMapping.as_view()
    ),
    path("confirmations/", confirming.Confirmations.as_view()),
    path("confirmations/bulk/", confirming.BulkConfirmations.as_view()),
    path("confirmations/<str:reference>/", confirming.ShowConfirmation.as_view()),
    path("confirmations/<str:reference>/history/", confirming.ShowConfirmationHistory.as_view()),
    path("confirmations/<str:reference>/link/", confirming.LinkConfirmation.as_view()),
    path("confirmations/<str:reference>/dispute/", confirming.DisputeConfirmation.as_view()),
    path("confirmations/<str:reference>/reject/", confirming.RejectConfirmation.as_view()),
    path("confirmations/<str:reference>/withdraw/", confirming.WithdrawConfirmation.as_view()),
    path("inbound/", inbound_api.ListInbound.as_view()),
    path("inbound/<str:reference>/", inbound_api.ShowInbound.as_view()),
    path("inbound/<str:reference>/repair/", inbound_api.RepairInbound.as_view()),
    path("limits/what-if/", limit_api.WhatIf.as_view()),
    path("limits/check/", limit_api.CheckLimits.as_view()),
    path("limits/reservations/", limit_api.ReserveLimits.as_view()),
]
