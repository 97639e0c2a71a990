"""The steps of the night that hold what banks and depositories said of the day against our books."""

from __future__ import annotations

from backoffice.night_steps import Look
from reconciliation.breaks.statements import check_statements
from reconciliation.looking import hold_against_books
from reconciliation.models import Break


def statements(look: Look) -> bool:
    """Which statements of the day are missing, do not balance, or do not follow the one before."""
    entity_id, day = look.day.entity_id, look.day.day
    check_statements(entity_id=entity_id, through=day, at=look.at)
    live = Break.objects.filter(entity_id=entity_id, day__lte=day).exclude(state="CLOSED")
    missing = live.filter(kind="MISSING").count()
    wrong = live.filter(kind__in=("BALANCE", "GAP")).count()
    look.note(
        f"{missing} statements are missing, {wrong} do not add up.", missing=missing, wrong=wrong
    )
    return True


def reconciled(look: Look) -> bool:
    """Match what is certain; what is left, and positions that places state otherwise, are breaks."""
    entity_id, day = look.day.entity_id, look.day.day
    done = hold_against_books(entity_id=entity_id, day=day, at=look.at)
    live = Break.objects.filter(entity_id=entity_id, day__lte=day).exclude(state="CLOSED").count()
    matched = sum(done.matches.values())
    look.note(f"{matched} matched, {live} differ.", matched=matched, breaks=live)
    return True
