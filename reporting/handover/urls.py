"""Addresses of batches for the bookkeeping, under `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from reporting.handover import api

urlpatterns = [
    path("ledger-batches/", api.LedgerBatches.as_view()),
    path("ledger-batches/<str:reference>/", api.ShowLedgerBatch.as_view()),
    path("ledger-batches/<str:reference>/file.xml", api.DownloadLedgerBatch.as_view()),
    path("ledger-batches/<str:reference>/documents.xml", api.DownloadDocuments.as_view()),
    path("ledger-batches/<str:reference>/hand-over/", api.HandOverLedgerBatch.as_view()),
    path("ledger-batches/<str:reference>/accept/", api.AcceptLedgerBatch.as_view()),
]
