"""Reading webhooks, and what became of their deliveries."""

from __future__ import annotations

from django.db.models import QuerySet

from backoffice.kernel.errors import NotFound
from backoffice.kernel.references import number_in
from backoffice.webhooks.models import Delivery, Webhook


def webhooks() -> QuerySet[Webhook]:
    """All webhooks, newest first; they are the firm's, and each tells what its owner may see."""
    return Webhook.objects.select_related("owner", "progress").order_by("-id")


def webhook(reference: str) -> Webhook:
    """The webhook of a reference such as `WH-3`. Raises NotFound."""
    row = webhooks().filter(pk=number_in(reference, "WH", "webhook")).first()
    if row is None:
        raise NotFound(what="webhook", reference=reference)
    return row


def deliveries(webhook_id: int) -> QuerySet[Delivery]:
    """The attempts of a webhook, newest first."""
    return Delivery.objects.filter(webhook_id=webhook_id).order_by("-id")
