"""Addresses of webhooks, under /api/v1/."""

from django.urls import path

from backoffice.webhooks import api

urlpatterns = [
    path("webhooks/", api.Webhooks.as_view()),
    path("webhooks/<str:reference>/", api.ShowWebhook.as_view()),
    path("webhooks/<str:reference>/pause/", api.PauseWebhook.as_view()),
    path("webhooks/<str:reference>/resume/", api.ResumeWebhook.as_view()),
    path("webhooks/<str:reference>/rotate/", api.RotateWebhook.as_view()),
    path("webhooks/<str:reference>/replay/", api.ReplayWebhook.as_view()),
    path("webhooks/<str:reference>/deliveries/", api.Deliveries.as_view()),
]
