"""The templates that an installation begins with; what somebody approved later stays in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction

from backoffice.documents.kinds import LAYOUT, Language, TemplateKind
from backoffice.documents.models import Template
from backoffice.documents.state import TemplateState
from backoffice.events.services import NewEvent, record_events

FOLDER = Path(__file__).parent


def body_of(kind: str, language: str) -> str:
    """The text that an installation begins with; one layout serves all languages."""
    name = "layout" if kind == LAYOUT else f"{kind.lower()}.{language}"
    return (FOLDER / f"{name}.typ").read_text(encoding="utf-8")


@transaction.atomic
def load_templates(*, at: datetime) -> int:
    """Templates of which there is none yet in their language."""
    rows = Template.objects.bulk_create(_missing(at))
    events = [
        NewEvent(
            kind="template.load", subject_type="template", subject_id=row.pk, target=row.state,
            facts={"kind": row.kind, "language": row.language},
        )
        for row in rows
    ]  # fmt: skip
    record_events(events, actor_id=None, at=at)
    return len(rows)


def _missing(at: datetime) -> Iterator[Template]:
    there = set(Template.objects.values_list("kind", "language"))
    for kind in TemplateKind.values:
        for language in Language.values:
            if (kind, language) not in there:
                yield Template(
                    kind=kind, language=language, number=1, body=body_of(kind, language),
                    state=TemplateState.APPROVED, proposed_at=at,
                )  # fmt: skip
