"""The connectors app: what goes out to places and what comes back, as files."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "backoffice.connectors"
    label = "connectors"
