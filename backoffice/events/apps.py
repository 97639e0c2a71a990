"""The events app: what happened, in order, sealed."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "backoffice.events"
    label = "events"
