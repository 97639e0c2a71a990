"""Addresses of the pages over many settlements; they stand before those of one."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import board

urlpatterns = [
    path("settlements/board/", board.SettlementBoard.as_view(), name="settlement-board"),
]
