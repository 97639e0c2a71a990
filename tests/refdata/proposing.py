"""What a form of the administration proposed, approved by another person."""

from __future__ import annotations

from django.utils import timezone

from backoffice.access.models import User
from refdata.models import Proposal
from refdata.proposals import approve_proposals


def approve_only_proposal() -> None:
    proposal, checker = Proposal.objects.get(), User.objects.get(username="checker")
    approve_proposals(ids=[proposal.pk], actor=checker, at=timezone.now()).raise_single()
