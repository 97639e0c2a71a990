"""What a report is asked: parameters as they are given, checked all at once, and as the report reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Entity, Party
from reporting.reports.base import Parameter, Report


class InvalidParameters(Invalid):
    code = "invalid-parameters"
    title = gettext_noop("The report cannot be run with these parameters")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the parameters named in errors.")


PROBLEMS = {
    "date": (
        "not-a-date", gettext_noop("A date is expected."), gettext_noop("Write it as 2026-11-24."),
    ),
    "moment": (
        "not-a-moment", gettext_noop("A moment with its time zone is expected."),
        gettext_noop("Write it as 2026-11-24T18:30:00+03:00."),
    ),
    "entity": (
        "unknown-entity", gettext_noop("There is no such legal entity, or it is outside your scope."),
        gettext_noop("Give the code of an entity, such as the reference data show it."),
    ),
    "party": (
        "unknown-party", gettext_noop("There is no such party."),
        gettext_noop("Give the code of a party, such as the reference data show it."),
    ),
    "choice": (
        "not-a-choice", gettext_noop("It is none of: %(choices)s."), gettext_noop("Give one of them."),
    ),
}  # fmt: skip


def checked_parameters(
    report: Report, given: Mapping[str, str], *, entity_ids: Sequence[int] | None
) -> dict[str, str]:
    """The parameters in their canonical spelling; what is left empty is left out.

    `entity_ids` are the entities whose books may be read (None: all). Raises InvalidParameters
    with every problem, each by its pointer.
    """
    known = {parameter.name: parameter for parameter in report.asked}
    problems = [
        FieldProblem(
            f"/parameters/{name}", "unknown-member", gettext_noop("The report has no such parameter."),
            gettext_noop("Leave it out."),
        )
        for name in sorted(given.keys() - known.keys())
    ]  # fmt: skip
    found = {}
    for name, parameter in known.items():
        text = str(given.get(name, "")).strip()
        if not text and not parameter.required:
            continue
        try:
            found[name] = _spelt(parameter, text, entity_ids)
        except ValueError:
            code, detail, hint = PROBLEMS[parameter.kind]
            facts = {"choices": ", ".join(parameter.choices)} if parameter.choices else {}
            problems.append(FieldProblem(f"/parameters/{name}", code, detail, hint, facts))
    if problems:
        raise InvalidParameters(problems, count=len(problems))
    return found


def _spelt(parameter: Parameter, text: str, entity_ids: Sequence[int] | None) -> str:
    """One value in its canonical spelling. Raises ValueError."""
    if parameter.kind == "date":
        return date.fromisoformat(text).isoformat()
    if parameter.kind == "moment":
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("a moment without its zone")
        return moment.isoformat()
    if parameter.kind == "entity":
        row = Entity.objects.filter(code=text).first() if "\0" not in text else None
        if row is None or (entity_ids is not None and row.pk not in entity_ids):
            raise ValueError("no such entity")
        return row.code
    if parameter.kind == "party":
        party = Party.objects.filter(code=text).first() if "\0" not in text else None
        if party is None:
            raise ValueError("no such party")
        return party.code
    if text not in parameter.choices:
        raise ValueError("no such choice")
    return text


def read_parameters(report: Report, stored: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a run as its report reads them: dates as dates, the rest as text."""
    return {
        p.name: date.fromisoformat(stored[p.name]) if p.kind == "date" else stored[p.name]
        for p in report.parameters
        if p.name in stored
    }
