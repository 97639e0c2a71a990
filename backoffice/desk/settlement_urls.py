"""Addresses of the pages over many settlements; they stand before those of one."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import board, left_out, scenarios, spared, trying

urlpatterns = [
    path("runs/what-if/", trying.TryQueue.as_view(), name="run-what-if"),
    path("scenarios/what-if/", scenarios.TryDay.as_view(), name="day-what-if"),
    path("scenarios/", scenarios.Scenarios.as_view(), name="scenarios"),
    path("scenarios/<str:reference>/", scenarios.ShowScenario.as_view(), name="scenario"),
    path("runs/<str:reference>/netting/", spared.RunNetting.as_view(), name="run-netting"),
    path("settlements/board/", board.SettlementBoard.as_view(), name="settlement-board"),
    path(
        "settlements/<str:reference>/explanation/",
        left_out.ExplainSettlement.as_view(),
        name="settlement-why",
    ),
]
