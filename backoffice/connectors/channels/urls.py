"""Addresses of channels, messages out and allegements, under /api/v1/."""

from django.urls import path

from backoffice.connectors.channels import api
from backoffice.connectors.places import api as places

urlpatterns = [
    path("channels/", api.Channels.as_view()),
    path("channels/<str:reference>/messages/", api.BringMessage.as_view()),
    path("channels/<str:reference>/freeze/", api.FreezeChannel.as_view()),
    path("channels/<str:reference>/thaw/", api.ThawChannel.as_view()),
    path("outbound-messages/", api.Messages.as_view()),
    path("outbound-messages/<str:reference>/", api.ShowMessage.as_view()),
    path("outbound-messages/<str:reference>/content/", api.MessageContent.as_view()),
    path("outbound-messages/<str:reference>/form/", api.IssueForm.as_view()),
    path("outbound-messages/<str:reference>/retry/", api.RetryMessage.as_view()),
    path("outbound-messages/<str:reference>/resend/", api.ResendMessage.as_view()),
    path("outbound-messages/<str:reference>/mark-outside/", api.MarkOutsideMessage.as_view()),
    path("outbound-messages/<str:reference>/take-back/", api.TakeBackMessage.as_view()),
    path("outbound-messages/<str:reference>/confirm-outside/", api.ConfirmOutsideMessage.as_view()),
    path("outbound-messages/<str:reference>/miss/", api.MissMessage.as_view()),
    path("allegements/", places.Allegements.as_view()),
    path("allegements/<str:reference>/", places.ShowAllegement.as_view()),
    path("allegements/<str:reference>/dismiss/", places.DismissAllegement.as_view()),
]
