"""How parties, places and instruments stand with the lists in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from backoffice.kernel.errors import Conflict, NotFound, Refusal
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.references import number_in
from refdata.models import SanctionsVersion, Screening, ScreeningHit
from refdata.screening.contents import Subject
from refdata.screening.state import Standing


class ScreeningHitFound(Conflict):
    code = "screening-hit"
    title = gettext_noop("It is like an entry of a list of sanctions")
    detail = gettext_noop("%(subject)s is stopped by %(hits)s.")
    hint = gettext_noop(
        "Compare it with the entry under Screening; two people clear what is another."
    )


class ScreeningOutdated(Conflict):
    code = "screening-outdated"
    title = gettext_noop("It was not screened against the lists in use")
    detail = gettext_noop("%(subject)s has to be screened first.")
    hint = gettext_noop(
        "A worker screens it within seconds; where no list of sanctions is loaded, load one."
    )


class StandingOf(NamedTuple):
    """How a subject stands, by which screening (`SN-5`), and what stops it (`SH-2`)."""

    standing: Standing
    screening: str
    hits: tuple[str, ...]

    def refusal(self, subject: Subject) -> Refusal | None:
        """Why no money may go to or through it; None where it is clear."""
        if self.standing == Standing.HIT:
            return ScreeningHitFound(subject=str(subject), hits=", ".join(self.hits))
        if self.standing == Standing.CLEAR:
            return None
        return ScreeningOutdated(subject=str(subject))


# Subjects given as two columns of an alias `g`, with how each stands.
STANDING_SQL = """
       t.screening_id, coalesce(t.due OR t.against = 0, true),
       ARRAY(SELECT h.id FROM refdata_screeninghit h
              WHERE h.subject_type = g.subject_type AND h.subject_id = g.subject_id
                AND h.state IN ('OPEN', 'CLEARING', 'BLOCKED') ORDER BY h.id)
"""
STANDING_JOIN = """
  LEFT JOIN refdata_screeningstanding t
         ON t.subject_type = g.subject_type AND t.subject_id = g.subject_id
"""
_STANDINGS = f"""
SELECT g.subject_type, g.subject_id, {STANDING_SQL}
  FROM unnest(%s::text[], %s::bigint[]) AS g(subject_type, subject_id) {STANDING_JOIN}
"""  # noqa: S608


def stands(screening_id: int | None, due: bool, hits: Sequence[int]) -> StandingOf:
    """How a subject stands, by the columns of `STANDING_SQL`."""
    if hits:
        standing = Standing.HIT
    elif screening_id is None:
        standing = Standing.NEVER
    else:
        standing = Standing.OUTDATED if due else Standing.CLEAR
    told = "" if screening_id is None else f"SN-{screening_id}"
    return StandingOf(standing, told, tuple(f"SH-{id}" for id in hits))


def standings(subjects: Iterable[Subject]) -> dict[Subject, StandingOf]:
    """How subjects stand now, in one statement."""
    wanted = sorted(set(subjects))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, [[s.type for s in wanted], [s.id for s in wanted]])
        return {Subject(type, id): stands(*row) for type, id, *row in cursor.fetchall()}


def standing_of(party_ids: Iterable[int]) -> dict[int, StandingOf]:
    """How parties stand now: clear, hit, to be screened again, or never screened."""
    found = standings(Subject("party", id) for id in party_ids)
    return {subject.id: each for subject, each in found.items()}


def stopped(found: Mapping[Subject, StandingOf]) -> Refusal | None:
    """The first reason, hits first, for which something may not go on; None: all are clear."""
    ranked = sorted(found.items(), key=lambda each: (each[1].standing != Standing.HIT, each[0]))
    return next((why for subject, each in ranked if (why := each.refusal(subject))), None)


class Shown(NamedTuple):
    """A screening as evidence: what was compared, when, with which versions of lists, and what was found."""

    reference: str
    subject: Subject
    name: str
    screened_at: datetime
    versions: tuple[str, ...]
    hits: int


def shown_screenings(references: Iterable[str]) -> list[Shown]:
    """Screenings by their references such as `SN-5`, in their order."""
    ids = [number_in(each, "SN", "screening") for each in references]
    rows = Screening.objects.filter(pk__in=ids).select_related("run").order_by("pk")
    used = {id for row in rows for id in row.run.versions}
    versions = {
        row.pk: f"{row} ({row.source_date.isoformat()})"
        for row in SanctionsVersion.objects.filter(pk__in=used)
    }
    return [
        Shown(
            str(row), Subject(row.subject_type, row.subject_id),
            next(iter(row.content.get("names", ())), ""), row.run.screened_at,
            tuple(versions[id] for id in row.run.versions), row.hits,
        )
        for row in rows
    ]  # fmt: skip


def hits() -> QuerySet[ScreeningHit]:
    """All hits, newest first; they are the firm's."""
    return ScreeningHit.objects.select_related("entry", "screening__run").order_by("-id")


def hit(reference: str) -> ScreeningHit:
    """The hit of a reference such as `SH-3`. Raises NotFound."""
    row = hits().filter(pk=number_in(reference, "SH", "hit")).first()
    if row is None:
        raise NotFound(what="hit", reference=reference)
    return row


def versions() -> QuerySet[SanctionsVersion]:
    """Every version of every list, newest first."""
    return SanctionsVersion.objects.order_by("-id")


def screenings() -> QuerySet[Screening]:
    """What was screened, newest first."""
    return Screening.objects.select_related("run").order_by("-id")
