"""Addresses of what places say of corporate actions, under /api/v1/."""

from __future__ import annotations

from django.urls import path

from backoffice.connectors.actions import api

urlpatterns = [
    path("event-messages/", api.ListMessages.as_view()),
    path("record-events/<str:reference>/messages/", api.ListMessagesOfEvent.as_view()),
]
