"""Pages of files of deals: bringing one, what each row would become, loading it, taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import PAGE_SIZE, Page, tell_refusal
from backoffice.desk.import_words import code_words
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.errors import Refusal
from deals.importing import undoing
from deals.importing.loading import load_import
from deals.importing.mapping import names_of
from deals.importing.mappings import import_mapping, mappings_seen
from deals.importing.models import DealImport, ImportRow
from deals.importing.putting import taken_in, taken_so_far
from deals.importing.reading import letter_of
from deals.importing.selectors import deal_import, imports_seen, in_words, rows_of_import, same_file
from deals.importing.services import map_import, receive_import
from deals.importing.state import IMPORT_LIFECYCLE, ImportState, Mode
from refdata.scopes import books_seen_by

MOST_COLUMNS = 30  # that are shown beside each other; the file keeps all


def _link(row: DealImport) -> Any:
    url = reverse("import", args=[str(row)])
    return format_html('<a class="mono" href="{}">{}</a>', url, row)


def _counted(row: DealImport) -> str:
    if not row.counts:
        return ""
    return str(
        gettext("%(ACCEPTED)s good, %(REPAIR)s for repair, %(REFUSED)s refused") % row.counts
    )


IMPORTS = Listing(
    name="imports", title=_("Imports of deals"),
    empty=_("Nobody has brought a file of deals yet. Bring one above: you see what its rows would become first."),
    rows=lambda user: imports_seen(visible_to=user),
    opens=lambda row: reverse("import", args=[str(row)]),
    columns=(
        Column(_("Reference"), "reference", write=_link), Column(_("File"), "name"),
        Column(_("State"), "state", "state"), Column(_("Book"), "book.code"),
        Column(_("Rows"), "counts", write=_counted),
        Column(_("Brought by"), "brought_by.username"), Column(_("Brought"), "brought_at", "moment"),
    ),
)  # fmt: skip


class Imports(ListView):
    """Earlier files, and the form for a new one."""

    permission = "deals.view_dealimport"
    sending = "deals.receive_dealimport"
    template_name = "deals/imports.html"
    listing = IMPORTS

    def more(self) -> dict[str, Any]:
        return {
            "may_bring": self.user.has_perm(self.sending),
            "books": books_seen_by(self.user),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            messages.error(request, gettext("No file was chosen."))
            return HttpResponseRedirect(reverse("imports"))
        try:
            row = receive_import(
                name=file.name or "", pieces=file.chunks(), book=request.POST.get("book", ""),
                sheet=request.POST.get("sheet", ""), actor=self.user, at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("imports"))
        return HttpResponseRedirect(reverse("import", args=[str(row)]))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with what is wrong with it."""

    name: str
    text: str
    problems: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of the file: what became of it, its cells, and what is wrong with the row as a whole."""

    row: ImportRow
    words: Any
    cells: Sequence[Cell]
    problems: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Working:
    """What a worker does with a file now: how many rows it has come past, of how many, and what of them."""

    words: Any
    done: int
    of: int | None  # None where it is not known before the end
    counts: Mapping[str, int]


def working(row: DealImport) -> Working | None:
    """How far a worker has come with a file; None where none has anything to do."""
    if row.state == ImportState.RECEIVED:
        return Working(_("Rows read and looked at"), row.rows, None, row.counts)
    if row.state == ImportState.UNDOING:
        words = _("Being undone: all its deals are cancelled in one step, or none")
        return Working(words, 0, None, {})
    if row.state != ImportState.LOADING:
        return None
    if row.mode == Mode.ALL_OR_NOTHING:
        words = _(
            "Being loaded: all rows are taken in by one step, and none is seen before its end"
        )
        return Working(words, 0, None, {})
    below = row.rows - row.header_row
    done = max(0, row.next_row - row.header_row)
    return Working(_("Rows taken in"), done, below, taken_so_far(row))


def grid_row(row: ImportRow, names: Sequence[str]) -> GridRow:
    problems = [in_words(each) for each in row.problems]
    beside: dict[int, list[Mapping[str, Any]]] = {}
    for each in problems:
        if each["column"] is not None:
            beside.setdefault(each["column"], []).append(each)
    cells = [
        Cell(name, row.cells[index] if index < len(row.cells) else "", beside.get(index, ()))
        for index, name in enumerate(names[:MOST_COLUMNS])
    ]
    return GridRow(
        row, code_words(row.code), cells, [p for p in problems if p["column"] is None]
    )  # fmt: skip


class ShowImport(Thing):
    """One file: its state, its counts and sums, and its rows with every problem beside its cell."""

    permission = "deals.view_dealimport"
    template_name = "deals/import.html"
    page_name = "import"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = deal_import(kwargs["reference"], visible_to=self.user)
        head = self.decided(
            row, IMPORT_LIFECYCLE, permission="deals.{}_dealimport",
            asks_reason=("request_undo", "keep"),
        )  # fmt: skip
        taken = row.state == ImportState.PREVIEWED and taken_in(row)
        apart = ["load", "map"]  # forms of their own
        if row.state == ImportState.PREVIEWED and not taken:
            apart.append("request_undo")
        head["others"] = [s for s in head["others"] if s.action not in apart]
        if head["next_step"] and head["next_step"].step.action in ("load", "map"):
            head["next_step"] = None
        outcome = self.request.GET.get("outcome", "")
        outcome = outcome if outcome in ("ACCEPTED", "REPAIR", "REFUSED") else ""
        after = self.number("after") or 0
        found = list(rows_of_import(row, outcome=outcome, after=after)[: PAGE_SIZE + 1])
        more = (
            f"?outcome={outcome}&after={found[PAGE_SIZE - 1].number}"
            if len(found) > PAGE_SIZE
            else ""
        )
        names = names_of(row.header)
        here = row.state in (ImportState.PREVIEWED, ImportState.UNMAPPED) and not head["slider"].at
        return {
            **head, "import": row, "outcome": outcome, "following": more,
            "working": None if head["slider"].at else working(row),
            "columns": [(letter_of(n), name) for n, name in enumerate(names[:MOST_COLUMNS])],
            "hidden": max(0, len(names) - MOST_COLUMNS),
            "grid": [grid_row(each, names) for each in found[:PAGE_SIZE]],
            "same_file": same_file(row), "modes": Mode.choices,
            "sums": [(name.partition(".")[0], name.partition(".")[2], amount)
                     for name, amount in row.sums.items()],
            "may_load": here and row.state == ImportState.PREVIEWED
            and self.user.has_perm("deals.load_dealimport"),
            "taken": taken,
            "may_map": here and not taken and self.user.has_perm("deals.map_dealimport"),
            "may_propose": here
            and not taken
            and self.user.has_perm("deals.propose_importmapping"),
            "mappings": mappings_seen(visible_to=self.user).filter(
                book_id=row.book_id, signature=row.signature, state__in=("PROPOSED", "APPROVED")
            )[:20],
        }  # fmt: skip


class ImportStep(ThingStep):
    model = DealImport
    app, subject = "deals", "dealimport"
    find = staticmethod(deal_import)
    page_class = ShowImport
    without_reason = ("undo",)
    actions = {  # noqa: RUF012
        "request_undo": undoing.request_undo_imports,
        "undo": undoing.undo_imports,
        "keep": undoing.keep_imports,
    }


class _OnImport(Page):
    """A form on the page of one import: refused, it is told there."""

    http_method_names = ["post"]  # noqa: RUF012

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = deal_import(reference, visible_to=self.user)
        try:
            self.take(row)
        except Refusal as refusal:
            tell_refusal(request, refusal)
        return HttpResponseRedirect(reverse("import", args=[reference]))

    def take(self, row: DealImport) -> None:
        raise NotImplementedError


class LoadImport(_OnImport):
    permission = "deals.load_dealimport"

    def take(self, row: DealImport) -> None:
        mode = self.request.POST.get("mode", "")
        load_import(import_id=row.pk, mode=mode, actor=self.user, at=timezone.now())


class MapImport(_OnImport):
    permission = "deals.map_dealimport"

    def take(self, row: DealImport) -> None:
        chosen = import_mapping(self.request.POST.get("mapping", ""), visible_to=self.user)
        map_import(import_id=row.pk, mapping=str(chosen), actor=self.user, at=timezone.now())
