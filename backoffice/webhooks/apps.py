"""The webhooks app: events told to other systems, signed, in order, at least once."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "backoffice.webhooks"
    label = "webhooks"
