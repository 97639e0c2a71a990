"""The operations on dated rules: proposed, tried, put in force by other eyes, checked, ended."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.idempotency import OncePerKey
from backoffice.access.paging import paged
from backoffice.workflow.api import StepOnSubject, WithReason, user_of
from refdata.dated_rules import selectors, services
from refdata.dated_rules.filters import RuleFilter
from refdata.dated_rules.vectors import Tried
from refdata.models import DatedRule

NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"


def rule_document(row: DatedRule) -> dict[str, Any]:
    """A rule; `superseded_from` is the day from which its successor in force computes instead."""
    people = (row.proposed_by, row.approved_by, row.verified_by)
    proposed_by, approved_by, verified_by = (who.username if who else None for who in people)
    return {
        "reference": str(row),
        "status": row.state,
        "kind": row.kind,
        "key": row.key,
        "value": row.value,
        "vectors": row.vectors,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "superseded_from": row.superseded_from,
        "supersedes": f"RL-{row.supersedes_id}" if row.supersedes_id else None,
        "source": row.source,
        "reason": row.reason,
        "verification": row.verification,
        "proposed_by": proposed_by,
        "proposed_at": row.proposed_at,
        "approved_by": approved_by,
        "verified_by": verified_by,
    }


def tried_document(each: Tried) -> dict[str, Any]:
    return each._asdict()


class RuleInput(serializers.Serializer[Any]):
    """A rule as it is proposed; what `value` and `vectors` hold is said by its kind."""

    kind = serializers.RegexField(NO_CONTROLS, max_length=60)
    key = serializers.RegexField(NO_CONTROLS, max_length=60, default="", allow_blank=True)
    value = serializers.JSONField()
    vectors = serializers.JSONField()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(default=None, allow_null=True)
    source = serializers.RegexField(NO_CONTROLS, max_length=500)  # type: ignore[assignment]
    reason = serializers.RegexField(NO_CONTROLS, max_length=500, default="", allow_blank=True)


class Rules(OncePerKey):
    permission = {  # noqa: RUF012
        "GET": "refdata.view_refdata", "POST": "refdata.propose_rule",
    }  # fmt: skip
    gives: ClassVar = {"POST": 201}
    paged = True
    filters = RuleFilter
    Input = RuleInput

    def get(self, request: Request) -> Response:
        """The dated rules, newest first; `?kind=&on=` those in force on a day."""
        rows = chosen_of(self, request, selectors.rules())
        return paged(rows, request, self, lambda page: [rule_document(row) for row in page])

    def perform(self, request: Request, **kwargs: Any) -> Response:
        """Propose a rule; it computes once its vectors hold and another person put it in force."""
        given = self.Input(data=request.data)
        given.is_valid(raise_exception=True)
        terms = services.RuleTerms(**given.validated_data)
        row = services.propose_rule(terms=terms, actor=user_of(request), at=timezone.now())
        headers = {"Location": f"/api/v1/rules/{row}/", "ETag": row.etag}
        return Response(rule_document(row), 201, headers=headers)


class ShowRule(APIView):
    permission = "refdata.view_refdata"

    def get(self, request: Request, reference: str) -> Response:
        """One dated rule."""
        row = selectors.rule(reference)
        return Response(rule_document(row), headers={"ETag": row.etag})


class TryRule(APIView):
    permission = "refdata.view_refdata"

    def post(self, request: Request, reference: str) -> Response:
        """What each vector of a rule comes to now, without any effect."""
        found = selectors.tried(selectors.rule(reference))
        passes = bool(found) and all(each.passes for each in found)
        return Response({"passes": passes, "vectors": [tried_document(each) for each in found]})


class StepOnRule(StepOnSubject):
    """A step of one dated rule."""

    model = DatedRule
    find = staticmethod(lambda reference, visible_to: selectors.rule(reference))  # everybody's
    shown = staticmethod(rule_document)


class ActivateRule(StepOnRule):
    """Put a rule in force as the second pair of eyes, once every vector holds."""

    permission = "refdata.activate_rule"
    service = staticmethod(services.activate_rules)


class AdoptRule(StepOnRule):
    """Say that the law is adopted and waits for its day."""

    permission = "refdata.adopt_rule"
    Input = WithReason
    service = staticmethod(services.adopt_rules)


class DeclineRule(StepOnRule):
    """Refuse a rule that another person proposed."""

    permission = "refdata.decline_rule"
    Input = WithReason
    service = staticmethod(services.decline_rules)


class WithdrawRule(StepOnRule):
    """Take back a rule that is not in force."""

    permission = "refdata.withdraw_rule"
    Input = WithReason
    service = staticmethod(services.withdraw_rules)


class RepealRule(StepOnRule):
    """Take a rule out of force by other eyes than the proposer's; the one before it computes again."""

    permission = "refdata.repeal_rule"
    Input = WithReason
    service = staticmethod(services.repeal_rules)


class VerifyRule(StepOnRule):
    """Sign that a rule was held against its primary source."""

    permission = "refdata.verify_rule"
    Input = WithReason
    service = staticmethod(services.verify_rules)
