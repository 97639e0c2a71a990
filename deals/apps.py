"""The deals app: what we agreed with a counterparty, from capture to confirmation."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "deals"

    def ready(self) -> None:
        """Agreements name products: from here on they are known."""
        from deals.products import PRODUCTS
        from refdata.agreements.services import KNOWN_PRODUCTS

        KNOWN_PRODUCTS.update(PRODUCTS)
