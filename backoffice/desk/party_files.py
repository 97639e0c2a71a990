"""Pages of the files of parties: the list with what is due, and one file as a checklist with all of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.access.models import User
from backoffice.access.personal import note_read
from backoffice.access.problems import translated
from backoffice.desk.base import StepButton
from backoffice.desk.case_page import last_case, on_page
from backoffice.desk.listings import link
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.party_file_process import in_turn
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep, proposed
from backoffice.templatetags import desk
from limits.models import Opening
from onboarding import deciding, selectors
from onboarding.admitting import Calendar, calendar_of
from onboarding.filters import PartyFileFilter
from onboarding.models import FilePerson, PartyFile
from onboarding.processing.kinds import ONBOARDING
from onboarding.reading import PARTY, InLanguage, ReadFile, points_of, read_file
from onboarding.rules import Point
from onboarding.scoring import Score
from onboarding.screening import PERSON
from onboarding.services import SUBJECT
from onboarding.state import FILE_LIFECYCLE, OPEN_STATES
from refdata.firm_days import firm_day
from refdata.screening.contents import Subject
from refdata.screening.selectors import StandingOf

VIEW, MAY_OPEN, MAY_KEEP = (
    "onboarding.view_partyfile", "onboarding.open_partyfile", "onboarding.keep_partyfile",
)  # fmt: skip
ASKS_REASON = ("send_back", "decline", "take_up", "close", "take_step")
GRADES = {"LOW": _("low"), "MEDIUM": _("medium"), "HIGH": _("high")}


def risk_words(code: str) -> Any:
    return GRADES.get(code, code or "–")


FILES = Listing(
    name="party-files",
    title=_("Files of parties"),
    empty=_("No file fits. Whoever is to be dealt with gets a file first: open one."),
    rows=lambda user: selectors.files(visible_to=user),
    filters=PartyFileFilter,
    fields={
        "status": _("State"), "role": _("Role"), "kind": _("Kind of party"), "risk": _("Risk"),
        "grade": _("Credit grade"), "review_before": _("Review before"), "party": _("Party"),
    },
    opens=lambda row: reverse("party-file", args=[str(row)]),
    prepare=lambda rows, _user: note_read(rows),
    columns=(
        Column(pgettext_lazy("of a party", "File"), "reference", write=lambda r: link("party-file", r)),
        Column(_("State"), "state", "state", write=lambda r: desk.badge(r.state, axis=SUBJECT)),
        Column(_("Name"), "name", write=desk.name),
        Column(_("Role"), "role", write=lambda r: r.get_role_display()),
        Column(_("Country"), "country", "code"),
        Column(_("Credit grade"), "grade", "code"),
        Column(_("Risk"), "risk", write=lambda r: risk_words(r.risk)),
        Column(_("Next review"), "review_on", "day"),
        Column(_("Party"), "party", "name", usual=False),
        Column(_("Entity"), "entity", "name", usual=False),
        Column(_("Opened by"), "opened_by.username", usual=False),
        Column(_("Opened"), "opened_at", "moment", usual=False),
        Column(_("Approved"), "approved_at", "moment", usual=False),
    ),
)  # fmt: skip


class PartyFiles(ListView):
    permission = VIEW
    template_name = "onboarding/files.html"
    listing = FILES

    def more(self) -> dict[str, Any]:
        return {"may_open": self.user.has_perm(MAY_OPEN)}


class ShownPoint(NamedTuple):
    """A point of the checklist in words: met, or what is wrong and what to do."""

    title: Any
    met: bool
    detail: str
    hint: str
    url: str  # where it is brought, for who may


class Owner(NamedTuple):
    """A line of the tree of owners: how deep, whose share of what stands above, and of the party in the end."""

    depth: int
    person: FilePerson
    share: str
    weight: str
    beneficial: bool
    standing: StandingOf
    repeated: bool

    @property
    def indent(self) -> range:
        return range(self.depth)


def percent(value: Fraction | Any) -> str:
    return f"{float(value) * 100:.2f}\u00a0%"


# Where what a point lacks is brought, by the part of the file that it points to.
BROUGHT = {
    "/documents": "", "/owners": "party-file-person", "/signatories": "party-file-person",
    "/answers": "party-file-answers", "/screening": "screening",
}  # fmt: skip


def url_of(point: Point, row: PartyFile) -> str:
    name = BROUGHT.get(point.pointer, "party-file-identity")
    if name == "screening":
        return reverse(name)
    return reverse(name, args=[str(row)]) if name else "#add-document"


def shown_points(points: Sequence[Point], row: PartyFile, keeps: bool) -> list[ShownPoint]:
    return [
        ShownPoint(
            str(each.title) if isinstance(each.title, InLanguage) else gettext(each.title), each.met,
            "" if each.met else translated(each.detail, each.facts), translated(each.hint, {}),
            url_of(each, row) if keeps and not each.met else "",
        )
        for each in points
    ]  # fmt: skip


def owners_of(read: ReadFile) -> Iterator[Owner]:
    """The owners, each below what it owns of; who stands there already is not opened again."""
    yield from _owners(read, PARTY, 0, {PARTY})


def _owners(read: ReadFile, owned: int | str, depth: int, seen: set[int | str]) -> Iterator[Owner]:
    by_key = {person.pk: person for person in read.persons}
    for stake in sorted(read.stakes, key=lambda s: (-s.share, s.pk)):
        if (stake.owned_id or PARTY) != owned:
            continue
        person = by_key[stake.owner_id]
        repeated = person.pk in seen
        yield _owner(read, person, depth, percent(stake.share), repeated)
        if not repeated:
            yield from _owners(read, person.pk, depth + 1, seen | {person.pk})


def _owner(read: ReadFile, person: FilePerson, depth: int, share: str, repeated: bool) -> Owner:
    weight = read.weights.get(person.pk)
    return Owner(
        depth, person, share, "–" if weight is None else percent(weight), person in read.owners,
        read.standings[Subject(PERSON, person.pk)], repeated,
    )  # fmt: skip


def unattached(read: ReadFile) -> list[Owner]:
    """Those of the file who own nothing of it: they sign, or their share is still to be said."""
    holding = {stake.owner_id for stake in read.stakes}
    return [_owner(read, p, 0, "", False) for p in read.persons if p.pk not in holding]


class ShowPartyFile(Thing):
    """A file: its checklist, who it is, its documents, owners, grades, and what came of it."""

    permission = VIEW
    template_name = "onboarding/file.html"
    page_name = "party-file"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.party_file(kwargs["reference"], visible_to=self.user)
        today = firm_day(timezone.now())
        read = read_file(row, on=today)
        note_read([row, *read.persons])
        case = last_case(ONBOARDING, row.pk)
        shown = self.decided(
            row, FILE_LIFECYCLE, permission="onboarding.{}_partyfile", asks_reason=ASKS_REASON
        )
        steps = [shown["next_step"].step] if shown["next_step"] else []
        turned = in_turn([*steps, *shown["others"]], case, self.user)
        next_step, others = proposed(SUBJECT, self.ready(turned, row, read), None)
        keeps = row.state in OPEN_STATES and self.user.has_perm(MAY_KEEP) and not shown["slider"].at
        points = shown_points(points_of(read), row, keeps)
        calendar = calendar_of(row, row.documents.all(), on=today)
        return {
            **shown, "next_step": next_step, "others": others, "row": row, "read": read,
            "points": points, "missing": next((p for p in points if p.url), None),
            "owners": list(owners_of(read)),
            "unattached": unattached(read), "party_standing": read.standings[read.party_subject],
            "scores": _scores(read), "types": [(t.code, InLanguage(t.name)) for t in read.types.documents],
            "documents": _documents(read), "calendar": calendar, "late": _late(calendar, today),
            "process": on_page(case, None) if case else None, "risk": risk_words(row.risk), "keeps": keeps,
            "limits": _limits(row, self.user), "today": today,
        }  # fmt: skip

    def ready(
        self, steps: Sequence[StepButton], row: PartyFile, read: ReadFile
    ) -> Sequence[StepButton]:
        """While something is missing, submitting is not the step that is proposed: bringing that is."""
        lacks = row.state in OPEN_STATES and not all(p.met for p in points_of(read, screened=False))
        return [
            replace(s, primary=s.primary and not (lacks and s.action == "submit")) for s in steps
        ]

    def changes(self, event: Any) -> list[tuple[str, str, str]]:
        told = ", ".join(
            f"{value}" for name, value in event.facts.items()
            if name in ("document", "person", "owner", "share", "withdrawn") and value
        )  # fmt: skip
        return [(gettext("What"), "", told)] if told else []


def _documents(read: ReadFile) -> list[tuple[Any, Any]]:
    names = {each.code: InLanguage(each.name) for each in read.types.documents}
    return [(names.get(each.type, each.type), each) for each in read.documents]


def _scores(read: ReadFile) -> list[tuple[Any, Score, Any]]:
    pairs = ((_("Credit grade"), read.credit), (_("Risk"), read.risk))
    return [(title, s, risk_words(s.grade)) for title, s in pairs if s is not None]


def _late(calendar: Calendar, today: Any) -> bool:
    days = [each.last_day for each in calendar.expiries[:1]]
    days += [calendar.review.last_day] if calendar.review else []
    return bool(days) and today > min(days)


def _limits(row: PartyFile, user: User) -> Sequence[Opening]:
    """What was proposed when the file was approved."""
    if not user.has_perm("limits.view_limit"):
        return []
    return list(Opening.objects.filter(document=str(row), entity=row.entity).order_by("pk"))


class PartyFileStep(ThingStep):
    model = PartyFile
    app, subject = "onboarding", SUBJECT
    page_class = ShowPartyFile
    actions: Mapping[str, Any] = {
        "submit": deciding.submit_files, "approve": deciding.approve_files,
        "send_back": deciding.send_back_files, "decline": deciding.decline_files,
        "take_up": deciding.take_up_files, "close": deciding.close_files,
        "take_step": deciding.take_step_files,
    }  # fmt: skip
    without_reason = ("submit", "approve")

    def id_of(self, reference: str) -> int:
        return selectors.party_file(reference, visible_to=self.user).pk

    def given(self, action: str) -> dict[str, Any]:
        """What a step of a process asks for is evidence, not a reason."""
        told = super().given(action)
        return {"evidence": told["reason"]} if action == "take_step" else told
