"""Pages, and what people keep of how they look at them."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "backoffice.desk"
    label = "desk"
    verbose_name = "Desk"
