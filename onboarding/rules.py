"""What a file still lacks: the checklist by which it is submitted and approved. Pure.

Every point is there whether it is met or not, so that a page shows the whole way and not only the next stone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from backoffice.kernel.errors import Conflict, FieldProblem, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.identifiers import problem_with

SCHEMES = ("lei", "inn", "ogrn")
# What is known of an organisation before anybody deals with it (115-FZ art. 7; FATF rec. 10).
NEEDED = ("legal_form", "address")
REGISTERED_IN_RUSSIA = ("inn", "ogrn")


class FileIncomplete(Conflict):
    code = "file-incomplete"
    title = gettext_noop("The file is not complete")
    detail = gettext_noop("%(file)s lacks %(count)s of what it needs.")
    hint = gettext_noop("See the points; each says what to bring.")


class IdentityWrong(Invalid):
    code = "identity-wrong"
    title = gettext_noop("Who it is cannot be right")
    detail = gettext_noop("What is said about %(name)s does not hold.")
    hint = gettext_noop(
        "See the fields; compare them with the extract from the register or the passport."
    )


class Point(NamedTuple):
    """One thing a file needs: whether it is met, and if not, what is wrong and what to do about it."""

    code: str
    pointer: str
    title: Any
    met: bool
    detail: str = ""
    hint: str = ""
    facts: Mapping[str, Any] = {}

    @property
    def problem(self) -> FieldProblem:
        return FieldProblem(self.pointer, self.code, self.detail, self.hint, self.facts)


def require_met(points: Sequence[Point], *, file: str) -> None:
    """Raises FileIncomplete with every point that is not met."""
    lacking = [point.problem for point in points if not point.met]
    if lacking:
        raise FileIncomplete(lacking, file=file, count=len(lacking))


def identity_problems(*, organisation: bool, identity: Mapping[str, str]) -> list[FieldProblem]:
    """What is wrong with the identifiers that are given: their check digits."""
    found = []
    for scheme in SCHEMES:
        value = identity.get(scheme, "")
        wrong = problem_with(scheme.upper(), value) if value else None
        if not wrong and value and scheme == "inn" and (len(value) == 10) != organisation:
            wrong = "wrong-length"
        if wrong:
            found.append(
                FieldProblem(
                    f"/{scheme}", wrong, gettext_noop("%(value)s is no right %(scheme)s."),
                    gettext_noop("Copy it from the document; its check digits do not fit."),
                    {"value": value, "scheme": scheme.upper()},
                )
            )  # fmt: skip
    return found


def identity_points(
    *, organisation: bool, country: str, identity: Mapping[str, str], details: Mapping[str, Any],
    contact: Mapping[str, str],
) -> Iterator[Point]:  # fmt: skip
    """Who it is, and whom we call."""
    if organisation:
        missing = [name for name in NEEDED if not identity.get(name)]
        registered = REGISTERED_IN_RUSSIA if country == "RU" else ("lei",)
        missing += [name for name in registered if not identity.get(name)]
    else:
        missing = [] if details else ["details"]
    yield Point(
        "identity-missing", f"/{missing[0]}" if missing else "/identity",
        gettext_noop("Who it is"), not missing,
        gettext_noop("Missing about who it is: %(names)s."),
        gettext_noop("Write it from the charter, the register or the passport."),
        {"names": ", ".join(missing)},
    )  # fmt: skip
    yield Point(
        "contact-missing", "/contact", gettext_noop("Whom we call"),
        bool(contact.get("name") and contact.get("phone")),
        gettext_noop("Nobody is named whom we may call about changed details."),
        gettext_noop("Name a person and a number from the documents, not from an e-mail."),
    )  # fmt: skip


def screening_point(refusal: Refusal | None, why: object, name: str) -> Point:
    """Whether the lists let somebody of a file pass; `why` says the refusal in the reader's language."""
    return Point(
        refusal.code if refusal else "screened", "/screening", gettext_noop("Screening"),
        refusal is None, gettext_noop("%(name)s: %(why)s"), refusal.hint if refusal else "",
        {"name": name, "why": why},
    )  # fmt: skip
