"""Everything that can be done to templates: proposed by one person, approved by another, tried first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Max

from backoffice.access.models import User
from backoffice.documents.kinds import LAYOUT, DocumentKind
from backoffice.documents.models import Template
from backoffice.documents.rules import LONGEST_TEMPLATE
from backoffice.documents.samples import sample_of
from backoffice.documents.state import TemplateState
from backoffice.documents.typesetting import Source, Typesetter, typesetter
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.errors import Conflict, Invalid, NotFound
from backoffice.kernel.i18n import gettext_noop
from backoffice.workflow.transitions import Outcome, Step, advance, each_by_itself

SAMPLE_MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)


class NoTemplate(Conflict):
    code = "no-template"
    title = gettext_noop("There is no approved template")
    detail = gettext_noop("No template of %(kind)s in %(language)s is approved.")
    hint = gettext_noop("Have one proposed and approved under Documents, Templates.")


class TemplateTooLong(Invalid):
    code = "template-too-long"
    title = gettext_noop("The template is too long")
    detail = gettext_noop("It has %(length)s characters; at most %(most)s fit.")
    hint = gettext_noop("Leave out what no document needs.")


def approved(kind: str, language: str) -> Template:
    """The template in force. Raises NoTemplate."""
    found = Template.objects.filter(
        kind=kind, language=language, state=TemplateState.APPROVED
    ).first()
    if found is None:
        raise NoTemplate(kind=kind, language=language)
    return found


def tried(kind: str, language: str, body: str) -> dict[str, bytes]:
    """What a text would make of sample data: a PDF by kind of document; of a layout, all kinds.

    Raises TemplateRefused with the line and the reason, TemplateTooLong, NoTemplate.
    """
    if len(body) > LONGEST_TEMPLATE:
        raise TemplateTooLong(length=len(body), most=LONGEST_TEMPLATE)
    with typesetter() as setter:
        if kind != LAYOUT:
            source = Source(approved(LAYOUT, language).body, body)
            return {kind: _sample(setter, source, kind, language)}
        others = Template.objects.filter(language=language, state=TemplateState.APPROVED)
        bodies = {row.kind: row.body for row in others.exclude(kind=LAYOUT).order_by("kind")}
        return {
            each: _sample(setter, Source(body, bodies[each]), each, language)
            for each in DocumentKind.values
            if each in bodies
        }


def _sample(setter: Typesetter, source: Source, kind: str, language: str) -> bytes:
    return setter.set(source, sample_of(kind), language=language, at=SAMPLE_MOMENT)


@transaction.atomic
def propose_template(
    *, kind: str, language: str, body: str, reason: str, actor: User, at: datetime
) -> Template:
    """Store a text that sets the sample data; it is used once another person has approved it.

    Raises TemplateRefused, TemplateTooLong, NoTemplate.
    """
    tried(kind, language, body)
    rows = Template.objects.filter(kind=kind, language=language)
    # Two at once would take one number: the approved row, where there is any, makes them wait.
    list(rows.filter(state=TemplateState.APPROVED).select_for_update())
    row = Template.objects.create(
        kind=kind, language=language, body=body, reason=reason, makers=[actor.pk],
        number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1, proposed_by=actor,
        proposed_at=at,
    )  # fmt: skip
    event = NewEvent(
        kind="template.propose", subject_type="template", subject_id=row.pk,
        target=TemplateState.PROPOSED.value, reason=reason,
        facts={"kind": kind, "language": language, "number": row.number},
    )  # fmt: skip
    record_events([event], actor_id=actor.pk, at=at)
    return row


@transaction.atomic
def approve_templates(*, ids: Sequence[int], actor: User, at: datetime) -> Outcome:
    """Let templates be used, as the second pair of eyes; the one before goes. Tried once more first."""
    return each_by_itself(ids, lambda id: _approve(id, actor, at))


def _approve(id: int, actor: User, at: datetime) -> None:
    row = Template.objects.filter(pk=id).first()
    if row is None:
        raise NotFound(what="template", reference=f"DT-{id}")
    tried(row.kind, row.language, row.body)
    before = Template.objects.filter(
        kind=row.kind, language=row.language, state=TemplateState.APPROVED
    ).exclude(pk=id)
    gone = [Step(pk, facts={"cause": str(row)}) for pk in before.values_list("pk", flat=True)]
    advance(Template, "supersede", gone, actor=None, at=at)
    step = Step(id, row.reason, columns={"approved_by": actor.pk})
    advance(Template, "approve", [step], actor=actor, at=at).raise_single()


@transaction.atomic
def decline_templates(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Refuse templates that another person proposed."""
    return advance(Template, "decline", [Step(id, reason) for id in ids], actor=actor, at=at)


@transaction.atomic
def withdraw_templates(*, ids: Sequence[int], reason: str, actor: User, at: datetime) -> Outcome:
    """Take back templates that were not approved yet."""
    return advance(Template, "withdraw", [Step(id, reason) for id in ids], actor=actor, at=at)
