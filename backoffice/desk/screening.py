"""The page *Screening*: what is like an entry of a list, the lists in use, and one hit side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.access.models import User
from backoffice.desk.base import StepButton, step_buttons
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep, proposed
from onboarding.screening import FILE, PERSON, file_of
from refdata.models import ScreeningHit, ScreeningStanding
from refdata.screening import deciding, selectors
from refdata.screening.api import note_persons
from refdata.screening.explaining import explained, share
from refdata.screening.filters import HitFilter
from refdata.screening.lists import versions_in_use
from refdata.screening.state import HIT_LIFECYCLE

KINDS = {
    "party": _("Party"), "place": _("Place"), "instrument": _("Instrument"),
    "proposal": _("Proposed change"), "partyfile": _("File of a party"),
    "fileperson": _("Owner or signatory"),
}  # fmt: skip
STEPS = {
    "propose_clearing": _("It is another"), "approve_clearing": _("Clear it"),
    "decline_clearing": _("Not convinced"), "confirm": _("It is the same: block"),
}  # fmt: skip


def _opens(row: ScreeningHit) -> str:
    return reverse("screening-hit", args=[str(row)])


def _link(row: ScreeningHit) -> Any:
    return format_html('<a class="mono" href="{}">{}</a>', _opens(row), row)


def _score(row: ScreeningHit) -> str:
    return row.scheme or f"{share(row.score) * 100:.0f} %"


def _noted(rows: Sequence[ScreeningHit], user: User) -> None:
    note_persons(rows)


HITS = Listing(
    name="screening",
    title=_("Screening"),
    empty=_("Nothing is like an entry of a list."),
    rows=lambda user: selectors.hits(),
    filters=HitFilter,
    fields={"status": _("State"), "list": _("List"), "subject": _("Subject")},
    opens=_opens,
    prepare=_noted,
    columns=(
        Column(_("Hit"), "reference", write=_link),
        Column(_("State"), "state", "state"),
        Column(_("Kind"), "subject_type", write=lambda r: KINDS.get(r.subject_type, r.subject_type)),
        Column(_("Name"), "subject_name"),
        Column(_("Listed as"), "listed"),
        Column(_("Likeness"), "score", write=_score),
        Column(_("List"), "entry.list_code", "code"),
        Column(pgettext_lazy("of a list", "Entry"), "entry.key", "code"),
        Column(_("Screened"), "screening.run.screened_at", "moment"),
    ),
)  # fmt: skip

LISTS = Listing(
    name="screening-lists",
    title=_("Lists of sanctions"),
    empty=_("No list is loaded, so nothing is clear: upload one under Reference data."),
    rows=lambda user: selectors.versions(),
    columns=(
        Column(_("Version"), "reference", "code", write=str),
        Column(_("List"), "title"),
        Column(_("Dated"), "source_date", "day"),
        Column(pgettext_lazy("of a list", "Entries"), "entries", "number"),
        Column(_("Names"), "names", "number"),
        Column(_("Loaded"), "loaded_at", "moment"),
        Column(_("SHA-256"), "sha256", "code", usual=False),
    ),
)  # fmt: skip


class Screening(ListView):
    """The hits, above them the lists in use and how much is still to be screened."""

    permission = "refdata.view_screeninghit"
    template_name = "refdata/screening.html"
    listing = HITS

    def more(self) -> dict[str, Any]:
        return {
            "versions": versions_in_use(),
            "due": ScreeningStanding.objects.filter(due=True).count(),
        }


class SanctionsLists(ListView):
    permission = "refdata.view_screeninghit"
    listing = LISTS


@dataclass(frozen=True, slots=True)
class HitButton(StepButton):
    """A step in the words of screening."""

    @property
    def title(self) -> Any:
        return STEPS[self.action]


class ShowHit(Thing):
    permission = "refdata.view_screeninghit"
    template_name = "refdata/screening_hit.html"
    page_name = "screening-hit"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = selectors.hit(kwargs["reference"])
        note_persons([row])
        shown = self.decided(
            row, HIT_LIFECYCLE, permission="refdata.{}_screeninghit", asks_reason=()
        )
        steps = [] if shown["slider"].at else self.steps(row)
        next_step, others = proposed("screeninghit", steps, None)
        why = explained(row)
        return {
            **shown, "next_step": next_step, "others": others, "hit": row, "entry": row.entry,
            "kind": KINDS.get(row.subject_type, row.subject_type),
            "content": row.screening.content, "score": f"{share(row.score) * 100:.1f} %",
            "threshold": f"{share(why.threshold) * 100:.0f} %",
            "pairs": [(p.ours, p.listed, f"{share(p.likeness) * 100:.0f} %") for p in why.pairs],
            "ours_left": why.ours_left, "listed_left": why.listed_left,
            "versions": [v for v in selectors.versions() if v.pk in row.screening.run.versions],
            "subject": f"{row.subject_type}-{row.subject_id}",
            "subject_url": subject_url(row),
        }  # fmt: skip

    def steps(self, row: ScreeningHit) -> list[StepButton]:
        buttons = step_buttons(
            row, [HIT_LIFECYCLE], user=self.user, permission="refdata.{}_screeninghit",
            url=lambda action: reverse("screening-hit-step", args=[str(row), action]),
            asks_reason=("propose_clearing", "decline_clearing", "confirm"),
        )  # fmt: skip
        first = ("propose_clearing", "approve_clearing")
        return [
            HitButton(b.action, b.url, b.action in first, b.asks_reason, seen=b.seen)
            for b in sorted(buttons, key=lambda b: b.action not in first)
        ]


def subject_url(row: ScreeningHit) -> str:
    """Where what was found has its page."""
    if row.subject_type == "proposal":
        return reverse("proposal", args=[f"RP-{row.subject_id}"])
    if row.subject_type in (FILE, PERSON):
        return reverse("party-file", args=[f"CF-{file_of(row.subject_type, row.subject_id)}"])
    return reverse("reference-row", args=[f"{row.subject_type}-{row.subject_id}"])


class HitStep(ThingStep):
    model = ScreeningHit
    app, subject = "refdata", "screeninghit"
    find = staticmethod(lambda reference, visible_to: selectors.hit(reference))
    without_reason = ("approve_clearing",)
    page_class = ShowHit
    actions = {  # noqa: RUF012
        "propose_clearing": deciding.propose_clearing,
        "approve_clearing": deciding.approve_clearing,
        "decline_clearing": deciding.decline_clearing,
        "confirm": deciding.confirm_hits,
    }
