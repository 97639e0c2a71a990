"""`POST /bulk-steps/`: a step for many, previewed without `expect`, run with it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice import bulk_steps
from backoffice.access.idempotency import OncePerKey
from backoffice.access.permissions import admitted
from backoffice.access.problems import problem_of
from backoffice.kernel.decimals import parse, plain
from backoffice.kernel.money import Money
from backoffice.workflow.api import user_of
from refdata.selectors import money_document

TOLD = 1_000  # refusals that are told one by one; the count says how many there are


class ExpectedMoney(serializers.Serializer[Any]):
    """Money as the API writes it."""

    amount = serializers.CharField(max_length=40)
    currency = serializers.CharField(max_length=3)

    def validate_amount(self, text: str) -> Decimal:
        try:
            return parse(text, scale=4)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class Expected(serializers.Serializer[Any]):
    """What the preview said."""

    count = serializers.IntegerField(min_value=0)
    sum = ExpectedMoney(many=True)


class TakeBulkStep(OncePerKey):
    permission = "deals.view_deal"  # to look at them; each step asks for its own beside it

    class Input(serializers.Serializer[Any]):
        action = serializers.CharField(max_length=40)
        subject = serializers.ChoiceField(choices=list(bulk_steps.SUBJECTS), required=False)
        references = serializers.ListField(
            child=serializers.CharField(max_length=24), required=False, min_length=1
        )
        filter = serializers.DictField(
            child=serializers.CharField(max_length=100, allow_blank=True), required=False
        )
        reason = serializers.CharField(max_length=500, default="", allow_blank=True)
        expect = Expected(required=False)

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """A preview changes nothing and needs no key."""
        _ = request._request.body  # read whole first: it is hashed below, whatever its form
        if isinstance(request.data, dict) and "expect" in request.data:
            return super().post(request, **kwargs)
        return self.perform(request)

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """A step for many: without `expect` what would happen, with it the step itself.

        `references` or a `filter` of the subject's list choose the rows. `count` and `sum` of the
        preview are sent back as `expect`: where they are not what would happen now, 412, and nothing
        is done. Rows that may not take the step are refused, each with its reason.
        """
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        wanted: dict[str, Any] = dict(given.validated_data)
        action, expect = wanted["action"], wanted.get("expect")
        references, filters = wanted.get("references"), wanted.get("filter")
        subject = bulk_steps.subject_of(action, wanted.get("subject", ""), references or [])
        if not admitted(request, subject.actions[action].permission):
            raise PermissionDenied
        step: dict[str, Any] = {
            "subject": subject, "action": action, "references": references, "filters": filters,
            "reason": wanted["reason"], "actor": user_of(request), "at": timezone.now(),
        }  # fmt: skip
        if expect is None:
            return Response(taken_document(bulk_steps.preview_step(**step), preview=True))
        sums = [Money(each["amount"], each["currency"]) for each in expect["sum"]]
        taken = bulk_steps.run_step(expected=(expect["count"], sums), **step)
        return Response(taken_document(taken, preview=False))


def _made(made: Mapping[str, Any], preview: bool) -> dict[str, str]:
    """What the rows become together; what a preview made is gone, and so is its reference."""
    return {
        name: plain(value) if isinstance(value, Decimal) else value
        for name, value in made.items()
        if value is not None and not (preview and name == "reference")
    }


def taken_document(taken: bulk_steps.Taken, *, preview: bool) -> dict[str, Any]:
    """What became of the rows, or would become."""
    told = list(taken.refused.items())[:TOLD]
    return {
        "subject": taken.subject.name,
        "action": taken.action,
        "preview": preview,
        "count": taken.count,
        "sum": [money_document(money) for money in taken.sums],
        **({"made": _made(taken.made, preview)} if taken.made else {}),
        "refused_count": len(taken.refused),
        "refused": [
            {"reference": reference, "problem": problem_of(refusal, "")}
            for reference, refusal in told
        ],
    }
