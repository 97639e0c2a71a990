"""Webhooks over REST: made with a secret that is shown once, paused, replayed, ended, with their deliveries."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.webhooks import selectors, services
from backoffice.webhooks.models import Delivery, Webhook
from backoffice.workflow.api import StepOnSubject, WithReason, require_match, user_of

NUMBERS = 2**63 - 1


def webhook_document(row: Webhook) -> dict[str, Any]:
    """A webhook as the API shows it; its secret is nowhere in it."""
    progress = row.progress
    return {
        "reference": str(row), "status": row.state, "url": row.url, "label": row.label,
        "kinds": row.kinds, "owner": row.owner.username, "created_at": row.created_at,
        "secret_number": row.secret_number, "overlap_until": row.overlap_until,
        "delivered_until": progress.number, "failures": progress.failures,
        "failing_since": progress.failing_since, "next_attempt_at": progress.next_attempt_at,
    }  # fmt: skip


def delivery_document(row: Delivery) -> dict[str, Any]:
    return {
        "reference": str(row), "first": row.first_number, "last": row.last_number,
        "events": row.events, "attempt": row.attempt, "started_at": row.started_at,
        "took_ms": row.took_ms, "status": row.status, "error": row.error, "taken": row.taken,
    }  # fmt: skip


def with_secret(answer: HttpResponse) -> HttpResponse:
    """The answer that made a secret, with the secret in it: what is kept of the answer has none."""
    if answer.status_code in (200, 201):
        document = json.loads(answer.content)
        row = selectors.webhook(document["reference"])
        row.secret_number = document["secret_number"]
        answer.content = json.dumps(document | {"secret": services.secret_shown(row)}).encode()
    return answer


class WebhookInput(serializers.Serializer[Any]):
    """Where events are told: `kinds` none means all; `after` a number from which on."""

    url = serializers.CharField(max_length=500)
    kinds = serializers.ListField(
        child=serializers.RegexField(r"^[a-z_]{1,30}\.[a-z_]{1,29}$"), default=list, max_length=100
    )
    label = serializers.RegexField(  # type: ignore[assignment]
        r"^[^\x00-\x1f\x7f]*$", max_length=100, default="", allow_blank=True
    )
    after = serializers.IntegerField(min_value=0, max_value=NUMBERS, default=None, allow_null=True)


class Webhooks(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "webhooks.view_webhook", "POST": "webhooks.create_webhook",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    paged = True
    Input = WebhookInput

    def get(self, request: Request) -> Response:
        """The webhooks of the firm, newest first."""
        rows = selectors.webhooks()
        return paged(rows, request, self, lambda page: [webhook_document(row) for row in page])

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Tell events to an address; `secret` signs what is sent, and is shown in this answer only."""
        return with_secret(super().post(request, **kwargs))

    def perform(self, request: Request, **kwargs: Any) -> Response:
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        row = services.create_webhook(
            actor=user_of(request), at=timezone.now(), **given.validated_data
        )
        headers = {"Location": f"/api/v1/webhooks/{row}/", "ETag": row.etag}
        return Response(webhook_document(row), 201, headers=headers)


class StepOnWebhook(StepOnSubject):
    """A step of one webhook."""

    model = Webhook
    find = staticmethod(lambda reference, visible_to: selectors.webhook(reference))
    shown = staticmethod(webhook_document)


class ShowWebhook(APIView):
    permission = {  # noqa: RUF012
        "GET": "webhooks.view_webhook", "DELETE": "webhooks.end_webhook",
    }  # fmt: skip

    def get(self, request: Request, reference: str) -> Response:
        """One webhook, how far it has got, and when it is tried next."""
        row = selectors.webhook(reference)
        return Response(webhook_document(row), headers={"ETag": row.etag})

    @transaction.atomic
    def delete(self, request: Request, reference: str) -> Response:
        """End a webhook; ended already, nothing changes."""
        row = selectors.webhook(reference)
        require_match(request, Webhook, row.pk, str(row))
        if row.state != "ENDED":
            services.end_webhooks(
                ids=[row.pk], reason="", actor=user_of(request), at=timezone.now()
            ).raise_single()
        return Response(status=204)


class PauseWebhook(StepOnWebhook):
    """Tell nothing for a while."""

    permission = "webhooks.pause_webhook"
    Input = WithReason
    service = staticmethod(services.pause_webhooks)


class ResumeWebhook(StepOnWebhook):
    """Go on with the first event that was not taken."""

    permission = "webhooks.resume_webhook"
    service = staticmethod(services.resume_webhooks)


class RotateWebhook(StepOnWebhook):
    """A new secret, shown in this answer only; the one before it signs as well for a day."""

    permission = "webhooks.rotate_webhook"

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return with_secret(super().post(request, **kwargs))

    def perform(self, request: Request, **kwargs: Any) -> Response:
        row = selectors.webhook(kwargs["reference"])
        require_match(request, Webhook, row.pk, str(row))
        services.rotate_secret(webhook_id=row.pk, actor=user_of(request), at=timezone.now())
        return _shown(str(row))


class ReplayWebhook(StepOnWebhook):
    """Tell everything after a number again."""

    permission = "webhooks.replay_webhook"

    class Input(serializers.Serializer[Any]):
        after = serializers.IntegerField(min_value=0, max_value=NUMBERS)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        row = selectors.webhook(kwargs["reference"])
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        require_match(request, Webhook, row.pk, str(row))
        services.replay_webhook(
            webhook_id=row.pk, actor=user_of(request), at=timezone.now(), **given.validated_data
        )
        return _shown(str(row))


def _shown(reference: str) -> Response:
    row = selectors.webhook(reference)
    return Response(webhook_document(row), headers={"ETag": row.etag})


class Deliveries(APIView):
    permission = "webhooks.view_webhook"
    paged = True

    def get(self, request: Request, reference: str) -> Response:
        """The attempts of a webhook, newest first; a month of them is kept."""
        rows = selectors.deliveries(selectors.webhook(reference).pk)
        return paged(rows, request, self, lambda page: [delivery_document(row) for row in page])
