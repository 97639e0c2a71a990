"""Addresses of the pages of webhooks."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import webhooks as telling

urlpatterns = [
    path("webhooks/", telling.Webhooks.as_view(), name="webhooks"),
    path("webhooks/new/", telling.NewWebhook.as_view(), name="webhook-new"),
    path("webhooks/<str:reference>/", telling.ShowWebhook.as_view(), name="webhook"),
    path("webhooks/<str:reference>/rotate/", telling.RotateSecret.as_view(), name="webhook-rotate"),
    path("webhooks/<str:reference>/replay/", telling.Replay.as_view(), name="webhook-replay"),
    path(
        "webhooks/<str:reference>/<str:action>/",
        telling.WebhookStep.as_view(),
        name="webhook-step",
    ),
]
