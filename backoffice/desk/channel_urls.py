"""Addresses of the pages of channels, messages out and allegements."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import channels

urlpatterns = [
    path("channels/", channels.Channels.as_view(), name="channels"),
    path(
        "channels/<str:reference>/<str:action>/",
        channels.ChannelStep.as_view(),
        name="channel-step",
    ),
    path("outbound-messages/", channels.Messages.as_view(), name="outbound-messages"),
    path("outbound-messages/<str:reference>/", channels.ShowMessage.as_view(), name="message"),
    path(
        "outbound-messages/<str:reference>/form/", channels.IssueForm.as_view(), name="message-form"
    ),
    path(
        "outbound-messages/<str:reference>/<str:action>/",
        channels.MessageStep.as_view(),
        name="message-step",
    ),
    path("allegements/", channels.Allegements.as_view(), name="allegements"),
    path("allegements/<str:reference>/", channels.ShowAllegement.as_view(), name="allegement"),
    path(
        "allegements/<str:reference>/<str:action>/",
        channels.AllegementStep.as_view(),
        name="allegement-step",
    ),
]
