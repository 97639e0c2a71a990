"""Addresses of the pages of netting sets, and of what is announced for record dates."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import elections, event_messages, income, netting, record_events

urlpatterns = [
    path("record-events/", record_events.RecordEvents.as_view(), name="record-events"),
    path("record-events/file/", record_events.ProposeInCsv.as_view(), name="record-events-file"),
    path("record-events/new/", record_events.NewRecordEvent.as_view(), name="new-record-event"),
    path(
        "record-events/<str:reference>/",
        record_events.ShowRecordEvent.as_view(),
        name="record-event",
    ),
    path(
        "record-events/<str:reference>/payment/",
        income.NewPayment.as_view(),
        name="new-income-payment",
    ),
    path(
        "record-events/<str:reference>/amend/",
        record_events.AmendRecordEvent.as_view(),
        name="record-event-amend",
    ),
    path(
        "record-events/<str:reference>/<str:action>/",
        record_events.EventStep.as_view(),
        name="record-event-step",
    ),
    *income.urlpatterns,
    *elections.urlpatterns,
    *event_messages.urlpatterns,
    path("netting/", netting.NettingSets.as_view(), name="netting"),
    path("netting/pair/", netting.NewPair.as_view(), name="pair-off"),
    path("netting/<str:reference>/", netting.ShowNettingSet.as_view(), name="netting-set"),
    path(
        "netting/<str:reference>/<str:action>/", netting.SetStep.as_view(), name="netting-set-step"
    ),
]
