"""The mapper: the columns of a file beside what they mean, and the mappings that were proposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.inputs import said_of
from backoffice.desk.mapped_columns import (
    READS,
    columns_of,
    typed_document,
    written,
    written_constants,
)
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.errors import Refusal
from deals.importing import mappings
from deals.importing.mapping import WrongMapping, lacking, mapping_of
from deals.importing.members import FX, LEFT_OUT, REASONS, members
from deals.importing.models import DealImport, ImportMapping
from deals.importing.selectors import deal_import
from deals.importing.services import map_import, preset_for
from deals.importing.state import IMPORT_MAPPING_LIFECYCLE
from deals.importing.values import FORMATS
from deals.products import PRODUCTS


class MapColumns(Page):
    """What each column means; proposed, the file is previewed by it, and another person approves it."""

    permission = "deals.propose_importmapping"
    template_name = "deals/import_mapper.html"
    problems: Sequence[Any] = ()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = deal_import(kwargs["reference"], visible_to=self.user)
        document = self.document(row)
        rows = document.get("rows", {})
        return {
            "import": row, "members": sorted(members()),
            "columns": columns_of(row, document, more=self.request.POST.get("more", "")),
            "products": [*PRODUCTS, FX], "lacking": self.lacking(document),
            "reads": READS, "rows_columns": rows.get("columns", []),
            "words": written(rows.get("values", {})), "otherwise": rows.get("otherwise", ""),
            "meanings": [*PRODUCTS, FX, *REASONS, LEFT_OUT], "formats": FORMATS, "problems": self.problems,
            "constants": written_constants(document.get("members", ())),
            "stages": ("executed", "proposed"), "reference": document.get("reference", {}),
            "terms": {"decimal": ".", "zone": "UTC", "time": "12:00", "stage": "executed", **document},
            "dates": (document.get("dates") or ["YYYY-MM-DD"])[0],
            "blanks": ", ".join(document.get("blanks", ())),
            "name": self.request.POST.get("name", row.name.rpartition(".")[0] or row.name)[:80],
        }  # fmt: skip

    def lacking(self, document: dict[str, Any]) -> list[tuple[str, str]]:
        """Of each product what nothing gives yet; nothing of a mapping that does not hold together."""
        try:
            found = lacking(mapping_of(document)) if document else {}
        except WrongMapping:
            return []
        return [(what, ", ".join(names)) for what, names in found.items()]

    def document(self, row: DealImport) -> dict[str, Any]:
        """What was typed, else the last mapping of such files, else a known format, else nothing."""
        if self.request.method == "POST":
            return typed_document(self.request, row)
        return preset_for(row) or {}

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = deal_import(reference, visible_to=self.user)
        if "more" in request.POST:  # another meaning of a column: nothing is proposed yet
            return self.render_to_response(self.get_context_data(reference=reference))
        at = timezone.now()
        try:
            mapping = mappings.propose_mapping(
                book=row.book.code, name=request.POST.get("name", "")[:80] or row.name[:80],
                header=row.header, document=typed_document(request, row),
                reason=request.POST.get("reason", "")[:500], actor=self.user, at=at,
            )  # fmt: skip
            map_import(import_id=row.pk, mapping=str(mapping), actor=self.user, at=at)
        except Refusal as refusal:
            self.problems = [said_of(each) for each in refusal.problems]
            tell_refusal(request, refusal)
            answer = self.render_to_response(self.get_context_data(reference=reference))
            answer.status_code = 422
            return answer
        return HttpResponseRedirect(reverse("import", args=[reference]))


class ShowImportMapping(Thing):
    """One version of a mapping, as it is in force or waits for other eyes."""

    permission = "deals.view_importmapping"
    template_name = "deals/import_mapping.html"
    page_name = "import-mapping"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = mappings.import_mapping(kwargs["reference"], visible_to=self.user)
        head = self.decided(
            row, IMPORT_MAPPING_LIFECYCLE, permission="deals.{}_importmapping",
            asks_reason=("decline", "withdraw"),
        )  # fmt: skip
        document = row.document
        return {
            **head, "mapping": row, "words": document["rows"]["values"].items(),
            "rows": document["rows"], "members": document["members"], "terms": document,
        }  # fmt: skip


class ImportMappingStep(ThingStep):
    model = ImportMapping
    app, subject = "deals", "importmapping"
    find = staticmethod(mappings.import_mapping)
    page_class = ShowImportMapping
    actions = {  # noqa: RUF012
        "approve": mappings.approve_mappings,
        "decline": mappings.decline_mappings,
        "withdraw": mappings.withdraw_mappings,
    }
