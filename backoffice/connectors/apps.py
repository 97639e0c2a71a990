"""The connectors app: what goes out to places and what comes back, as files."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "backoffice.connectors"
    label = "connectors"

    def ready(self) -> None:
        """Models can be named from here on."""
        from backoffice.connectors.channels.checking import check_channel
        from backoffice.connectors.channels.models import Channel
        from refdata.proposable import register

        register(Channel, check=check_channel)
