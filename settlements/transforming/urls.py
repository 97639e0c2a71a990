"""Addresses of the operations on record-date events, under /api/v1/."""

from django.urls import path

from settlements.transforming import api

urlpatterns = [
    path("record-events/", api.RecordEvents.as_view()),
    path("record-event-files/", api.ProposeRecordEvents.as_view()),
    path("record-events/<str:reference>/", api.ShowRecordEvent.as_view()),
    path("record-events/<str:reference>/transformations/", api.ListTransformations.as_view()),
    path("record-events/<str:reference>/claims/", api.ListMarketClaims.as_view()),
    path("record-events/<str:reference>/approve/", api.ApproveRecordEvent.as_view()),
    path("record-events/<str:reference>/decline/", api.DeclineRecordEvent.as_view()),
    path("record-events/<str:reference>/cancel/", api.CancelRecordEvent.as_view()),
    path("record-events/<str:reference>/amend/", api.AmendRecordEvent.as_view()),
]
