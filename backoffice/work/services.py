"""Steps of people on work items, with what only here is known: who may see what an item is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.access.models import User
from backoffice.work.selectors import seen_of
from backoffice.workflow import handling
from backoffice.workflow.handling import claim_items, pause_items, resume_items
from backoffice.workflow.transitions import Outcome

__all__ = ["claim_items", "comment_on_item", "hand_over_items", "pause_items", "resume_items"]


def hand_over_items(
    *, ids: Sequence[int], to: str, actor: User, at: datetime, reason: str = ""
) -> Outcome:
    """Give items to a person (`@name`) or to a queue, by its name."""
    return handling.hand_over_items(ids=ids, to=to, actor=actor, at=at, sees=seen_of, reason=reason)


def comment_on_item(*, id: int, text: str, actor: User, at: datetime) -> list[str]:
    """Say something about an item; who is named with @ is told. Raises NotFound, UnknownMention."""
    return handling.comment_on_item(id=id, text=text, actor=actor, at=at, sees=seen_of)
