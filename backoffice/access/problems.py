"""A refusal as a problem document (RFC 9457), in the reader's language. Knows no web framework.

A refusal has a code, templates and facts; the texts are translated here and the facts filled in.
Which status when: 400 unreadable or of the wrong shape, 422 refused on its own, 409 by the present
state of the world, 403 and 404 as ever, 503 to be tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext

from backoffice.kernel.errors import (
    Conflict,
    FieldProblem,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Unavailable,
)
from backoffice.kernel.i18n import in_language

STATUS_OF_KIND: tuple[tuple[type[Refusal], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (Invalid, 422),
    (Unavailable, 503),
)


def status_of(refusal: Refusal) -> int:
    """400 for what cannot be read or has the wrong shape; else what it says, or by its kind."""
    if getattr(refusal, "malformed", False):
        return 400
    own: int | None = getattr(refusal, "status", None)
    return own or next(status for kind, status in STATUS_OF_KIND if isinstance(refusal, kind))


def problem_of(refusal: Refusal, path: str) -> dict[str, Any]:
    """The members of a problem document; the facts stand beside them for machines."""
    document: dict[str, Any] = {
        "type": f"/problems/{refusal.code}",
        "title": translated(refusal.title, refusal.facts),
        "status": status_of(refusal),
        "detail": translated(refusal.detail, refusal.facts),
        "instance": path,
        "code": refusal.code,
    }
    if refusal.hint:
        document["hint"] = translated(refusal.hint, refusal.facts)
    if refusal.problems:
        document["errors"] = [field_problem(problem) for problem in refusal.problems]
    facts = in_language(refusal.facts, get_language() or "en")
    return {**{k: v for k, v in facts.items() if k not in document}, **document}


def field_problem(problem: FieldProblem) -> dict[str, str]:
    return {
        "pointer": problem.pointer,
        "code": problem.code,
        "detail": translated(problem.detail, problem.facts),
        "hint": translated(problem.hint, problem.facts),
    }


def translated(template: str, facts: Mapping[str, Any]) -> str:
    """A template in the reader's language with its facts; without facts `%` stands for itself."""
    if not template:
        return ""
    text = gettext(template)
    return text % in_language(facts, get_language() or "en") if facts else text
