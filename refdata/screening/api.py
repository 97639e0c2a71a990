"""Screening over REST: the lists in use, what was screened against them, and the hits with their steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backoffice.access.filtering import chosen_of
from backoffice.access.paging import paged
from backoffice.access.personal import note_ids
from backoffice.kernel.decimals import plain
from backoffice.workflow.api import StepOnSubject, WithItsReason, WithReason
from refdata.models import SanctionsVersion, Screening, ScreeningHit
from refdata.screening import deciding, selectors
from refdata.screening.explaining import explained, share
from refdata.screening.filters import HitFilter, ScreeningFilter
from refdata.screening.lists import versions_in_use


def note_persons(rows: Sequence[Any]) -> None:
    """Parties may be persons: that their names are shown is noted."""
    note_ids("refdata.party", [row.subject_id for row in rows if row.subject_type == "party"])


def hit_document(row: ScreeningHit) -> dict[str, Any]:
    """A hit as lists show it."""
    return {
        "reference": str(row),
        "status": row.state,
        "subject": f"{row.subject_type}-{row.subject_id}",
        "name": row.subject_name,
        "list": row.entry.list_code,
        "entry": row.entry.key,
        "listed": row.listed,
        "by": row.scheme or "NAME",
        "score": plain(share(row.score)),
        "follows": str(row.follows) if row.follows_id else None,
    }


def whole_document(row: ScreeningHit) -> dict[str, Any]:
    """A hit with both sides, and why they are alike, word by word."""
    note_persons([row])
    why = explained(row)
    return {
        **hit_document(row),
        "ours": row.screening.content,
        "theirs": {
            "kind": row.entry.kind, "names": row.entry.names, "country": row.entry.country,
            "birth_date": row.entry.birth_date, "identifiers": row.entry.identifiers,
            "reason": row.entry.reason,
        },
        "words": [pair._asdict() | {"likeness": plain(share(pair.likeness))} for pair in why.pairs],
        "threshold": plain(share(why.threshold)),
        "rule": row.screening.run.rule,
        "screening": screening_document(row.screening),
    }  # fmt: skip


def screening_document(row: Screening) -> dict[str, Any]:
    return {
        "reference": str(row),
        "subject": f"{row.subject_type}-{row.subject_id}",
        "screened_at": row.run.screened_at,
        "cause": row.run.cause,
        "rule": row.run.rule,
        "versions": row.run.versions,
        "content": row.content,
        "hits": row.hits,
    }


class ScreeningHits(APIView):
    permission = "refdata.view_screeninghit"
    filters = HitFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What is like an entry of a list, newest first."""
        chosen = chosen_of(self, request, selectors.hits())

        def shown(page: Sequence[ScreeningHit]) -> list[dict[str, Any]]:
            note_persons(page)
            return [hit_document(row) for row in page]

        return paged(chosen, request, self, shown)


class ShowScreeningHit(APIView):
    permission = "refdata.view_screeninghit"

    def get(self, request: Request, reference: str) -> Response:
        """One hit: both sides, and why they are alike, word by word."""
        row = selectors.hit(reference)
        return Response(whole_document(row), headers={"ETag": row.etag})


class StepOnHit(StepOnSubject):
    """A step of one hit."""

    model = ScreeningHit
    find = staticmethod(lambda reference, visible_to: selectors.hit(reference))  # of no entity
    shown = staticmethod(whole_document)


class ProposeClearing(StepOnHit):
    """Say that it is another, and what tells the two apart; other eyes agree to it."""

    permission = "refdata.propose_clearing_screeninghit"
    Input = WithItsReason
    service = staticmethod(deciding.propose_clearing)


class ApproveClearing(StepOnHit):
    """Agree that it is another, as the second pair of eyes."""

    permission = "refdata.approve_clearing_screeninghit"
    service = staticmethod(deciding.approve_clearing)


class DeclineClearing(StepOnHit):
    """Not be convinced that it is another."""

    permission = "refdata.decline_clearing_screeninghit"
    Input = WithReason
    service = staticmethod(deciding.decline_clearing)


class ConfirmHit(StepOnHit):
    """It is the same: a party is under sanctions from now on, an instrument suspended."""

    permission = "refdata.confirm_screeninghit"
    Input = WithReason
    service = staticmethod(deciding.confirm_hits)


class SanctionsVersions(APIView):
    permission = "refdata.view_screeninghit"
    paged = True

    def get(self, request: Request) -> Response:
        """Every version of every list that was loaded, newest first, and whether it is in use."""
        used = {version.id for version in versions_in_use()}

        def shown(page: Sequence[SanctionsVersion]) -> list[dict[str, Any]]:
            return [version_document(row, used) for row in page]

        return paged(selectors.versions(), request, self, shown)


def version_document(row: SanctionsVersion, used: set[int]) -> dict[str, Any]:
    return {
        "reference": str(row), "id": row.pk, "list": row.list_code, "title": row.title,
        "source_date": row.source_date, "loaded_at": row.loaded_at, "entries": row.entries,
        "names": row.names, "sha256": row.sha256, "in_use": row.pk in used,
    }  # fmt: skip


class Screenings(APIView):
    permission = "refdata.view_screeninghit"
    filters = ScreeningFilter
    paged = True

    def get(self, request: Request) -> Response:
        """What was screened, when, and against which versions, newest first."""
        chosen = chosen_of(self, request, selectors.screenings())

        def shown(page: Sequence[Screening]) -> list[dict[str, Any]]:
            note_persons(page)
            return [screening_document(row) for row in page]

        return paged(chosen, request, self, shown)
