"""Substituting the collateral of a repo and closing it early over REST."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from backoffice.access.models import User
from backoffice.workflow.transitions import Outcome
from deals.api import StepOnDeal
from settlements.changing.api import WithReasonAndEvidence
from settlements.changing.repos import close_early, substitute_collateral


class SubstituteCollateral(StepOnDeal):
    """Give other securities for those that are held, from a day on; the new version is confirmed anew.

    `evidence` names the document or message by which the counterparty agrees. Without `instrument` a
    substitution of which nothing is settled is taken back.
    """

    permission = "deals.amend_deal"

    class Input(WithReasonAndEvidence):
        date = serializers.DateField()
        instrument = serializers.CharField(max_length=64, default="", allow_blank=True)
        quantity = serializers.CharField(max_length=30, default="", allow_blank=True)

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        said: dict[str, Any] = self._given(request)
        substitute_collateral(id=ids[0], on=said.pop("date"), actor=user, at=at, **said)
        return Outcome(list(ids))


class CloseEarly(StepOnDeal):
    """Move the second date nearer; interest is worked out to that day, and the new version confirmed anew."""

    permission = "deals.amend_deal"

    class Input(WithReasonAndEvidence):
        far_date = serializers.DateField()

    def step(self, request: Request, ids: Sequence[int], user: User, at: datetime) -> Outcome:
        close_early(id=ids[0], actor=user, at=at, **self._given(request))
        return Outcome(list(ids))
