"""Taking files in: kept first, then taken whole or not at all; once, however often and from wherever they come."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from pathlib import PurePath

from django.db import OperationalError, connection, transaction

from backoffice.access.models import User
from backoffice.connectors.formats.decoding import MAX_BYTES
from backoffice.connectors.formats.recognising import recognise
from backoffice.connectors.formats.refusing import refuse
from backoffice.connectors.models import InboundContent, InboundFile
from backoffice.connectors.receiving.taken import Taken, problem_document, problems_of
from backoffice.connectors.receiving.takers import TAKERS
from backoffice.connectors.state import InboundOutcome
from backoffice.events.faults import reached
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Broken, Conflict, FieldProblem, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from refdata.scopes import scope_of

logger = logging.getLogger(__name__)

LARGEST_FILE = MAX_BYTES  # a reader takes no more than is kept
MEGABYTE = 1024 * 1024
LOCK_SEED = 7_000_032  # of the advisory lock by a file's hash: the same bytes come one by one


class InboundTooLarge(Invalid):
    code = "inbound-too-large"
    title = gettext_noop("The file is too large")
    detail = gettext_noop("At most %(megabytes)s MB are taken in one file.")
    hint = gettext_noop("Ask for it in parts, by day or by account.")
    status = 413


class NothingToRetake(Conflict):
    code = "nothing-to-retake"
    title = gettext_noop("There is nothing left to take in")
    detail = gettext_noop("Every line of %(file)s is taken in already.")
    hint = gettext_noop("Look at its statements.")


class ContentNotKept(Conflict):
    code = "content-not-kept"
    title = gettext_noop("Its bytes were not kept")
    detail = gettext_noop("%(file)s came before files were kept whole.")
    hint = gettext_noop("Bring the file itself again.")


BROKE = FieldProblem(
    "file", "reader-broke",
    gettext_noop("Reading it broke off by a fault of ours. Nothing of it was taken."),
    gettext_noop("The file is kept. Tell support its reference; once mended, take it in again."),
)  # fmt: skip


def require_size(size: int) -> None:
    """Before a file is read into memory. Raises InboundTooLarge."""
    if size > LARGEST_FILE:
        raise InboundTooLarge(megabytes=LARGEST_FILE // MEGABYTE)


@transaction.atomic
def take_file(
    raw: bytes, *, name: str, channel: str = "", actor: User | None, at: datetime
) -> InboundFile:
    """Keep a file and take in what is in it; what cannot be taken, its problems say.

    The same bytes are the same file, which adds nothing again (`again` says so). The same at once: one waits for
    the other. Raises InboundTooLarge.
    """
    require_size(len(raw))
    digest = hashlib.sha256(raw).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [digest, LOCK_SEED]
        )
    known = InboundFile.objects.filter(sha256=digest).first()
    if known is not None:
        known.again = True
        return known
    file = InboundFile.objects.create(
        name=_name(name), sha256=digest, size=len(raw), channel=channel[:40], received_by=actor,
        received_at=at, entity_id=_only_entity(actor), outcome=InboundOutcome.REFUSED,
    )  # fmt: skip
    InboundContent.objects.create(file=file, content=raw)
    reached("file.kept")
    _take(file, raw, "receive", actor, at)
    return file


@transaction.atomic
def retake_file(*, file_id: int, actor: User, at: datetime) -> InboundFile:
    """Take in what a file could not bring before: its account was added, or a reader was mended.

    Raises NothingToRetake, ContentNotKept.
    """
    file = InboundFile.objects.select_for_update(of=("self",)).get(pk=file_id)
    if not file.problems:
        raise NothingToRetake(file=str(file))
    kept = InboundContent.objects.filter(file=file).first()
    if kept is None:
        raise ContentNotKept(file=str(file))
    _take(file, bytes(kept.content), "retake", actor, at)
    return file


@transaction.atomic
def set_aside_file(*, file_id: int, reason: str, actor: User, at: datetime) -> InboundFile:
    """Say that nothing more is to be taken from a file with problems, and why. Raises NothingToRetake."""
    file = InboundFile.objects.select_for_update(of=("self",)).get(pk=file_id)
    if not file.problems:
        raise NothingToRetake(file=str(file))
    before, file.outcome = file.outcome, InboundOutcome.SET_ASIDE
    file.save()
    event = NewEvent(
        kind="inboundfile.set_aside", subject_type="inboundfile", subject_id=file.pk,
        entity_id=file.entity_id, source=before, target=file.outcome, reason=reason,
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return file


def _name(name: str) -> str:
    return PurePath(name.replace("\\", "/")).name.replace("\x00", "")[:200] or "file"


def _only_entity(actor: User | None) -> int | None:
    """Whose a file is before anything in it says so: the one entity that its bringer sees."""
    entities = scope_of(actor).entities if actor else None
    return entities[0] if entities and len(entities) == 1 else None


def _take(file: InboundFile, raw: bytes, verb: str, actor: User | None, at: datetime) -> None:
    taken = _taken(file, raw, actor, at)
    file.format = taken.format[:40] or file.format
    file.statements, file.lines = taken.statements, taken.lines
    file.added += taken.added
    file.duplicates = taken.lines - file.added - taken.refused
    file.problems, file.counts = list(taken.problems), dict(taken.counts)
    file.balanced = _both(file.balanced, taken.balanced)
    file.outcome = _outcome(taken)
    if taken.entities:
        file.entity_id = next(iter(taken.entities)) if len(taken.entities) == 1 else None
    file.save()
    reached("file.taken")
    record_events([_event(file, verb, taken)], actor_id=actor.pk if actor else None, at=at)


def _taken(file: InboundFile, raw: bytes, actor: User | None, at: datetime) -> Taken:
    """What its taker made of it, whole or not at all. Whatever a reader does, the file stays with its problems."""
    format = ""
    try:
        with transaction.atomic():
            found = recognise(raw)
            format = found.name
            taker = TAKERS.get(found.name)
            if taker is None:
                refuse(found.name, "wrong-kind", "file", found.title)
            taken = taker(file, raw, actor=actor, at=at)
            if not taken.adds_up:
                raise Broken(f"the lines of {file} do not add up: {taken}")
            return taken
    except Refusal as refusal:
        return _nothing(file, format, problems_of(refusal))
    except OperationalError:
        raise  # the database was lost or a lock was: it is tried again as a whole
    except Exception:
        logger.exception("a reader broke on %s", file)
        return _nothing(file, format, [problem_document(BROKE)])


def _nothing(file: InboundFile, format: str, problems: list[dict[str, object]]) -> Taken:
    """A taking that took nothing: what the file brought before stays as it was counted."""
    known = file.added + file.duplicates
    return Taken(
        format=file.format or format, statements=file.statements, lines=file.lines,
        duplicates=known, refused=file.lines - known, balanced=None, problems=problems,
    )  # fmt: skip


def _both(before: bool | None, now: bool | None) -> bool | None:
    told = {before, now} - {None}
    return all(told) if told else None


def _outcome(taken: Taken) -> InboundOutcome:
    if not taken.problems:
        return InboundOutcome.TAKEN
    return (
        InboundOutcome.PARTLY
        if taken.lines > taken.refused or taken.entities
        else InboundOutcome.REFUSED
    )


def _event(file: InboundFile, verb: str, taken: Taken) -> NewEvent:
    return NewEvent(
        kind=f"inboundfile.{verb}", subject_type="inboundfile", subject_id=file.pk,
        entity_id=file.entity_id, target=file.outcome,
        facts={
            "name": file.name, "sha256": file.sha256, "format": file.format, "channel": file.channel,
            "statements": taken.statements, "lines": taken.lines, "added": taken.added,
            "duplicates": taken.duplicates, "problems": len(taken.problems),
        },
    )  # fmt: skip
