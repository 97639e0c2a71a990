"""The mapper: the columns of a file beside what they mean, and the mappings that were proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.inputs import said_of
from backoffice.desk.things import Thing, ThingStep
from backoffice.kernel.errors import Refusal
from deals.importing import mappings
from deals.importing.mapping import names_of
from deals.importing.members import FX, LEFT_OUT, REASONS, members
from deals.importing.models import DealImport, ImportMapping
from deals.importing.selectors import deal_import
from deals.importing.services import map_import, preset_for
from deals.importing.state import IMPORT_MAPPING_LIFECYCLE
from deals.importing.values import FORMATS
from deals.products import PRODUCTS

SAMPLES = 3
READS = (
    ("", _("as it stands")), ("magnitude", _("without its sign")), ("percent", _("as a percentage")),
    ("sign", _("its sign is the side")),
    ("pair", _("as a pair of currencies")), ("quote", _("second currency of a pair")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of the file: some of its values, and what it is mapped to now."""

    index: int
    name: str
    samples: str
    member: str
    reads: str
    words: str


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
            "import": row, "columns": columns_of(row, document), "members": sorted(members()),
            "reads": READS, "rows_columns": rows.get("columns", []),
            "words": written(rows.get("values", {})), "otherwise": rows.get("otherwise", ""),
            "meanings": [*PRODUCTS, FX, *REASONS, LEFT_OUT], "formats": FORMATS, "problems": self.problems,
            "constants": written({m["member"]: m["default"] for m in document.get("members", ())
                                  if m.get("default")}),
            "stages": ("executed", "proposed"), "reference": document.get("reference", {}),
            "terms": {"decimal": ".", "zone": "UTC", "time": "12:00", "stage": "executed", **document},
            "dates": (document.get("dates") or ["YYYY-MM-DD"])[0],
            "blanks": ", ".join(document.get("blanks", ())),
            "name": self.request.POST.get("name", row.name.rpartition(".")[0] or row.name)[:80],
        }  # fmt: skip

    def document(self, row: DealImport) -> dict[str, Any]:
        """What was typed, else the last mapping of such files, else a known format, else nothing."""
        if self.request.method == "POST":
            return typed_document(self.request, row)
        return preset_for(row) or {}

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        row = deal_import(reference, visible_to=self.user)
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


def columns_of(row: DealImport, document: dict[str, Any]) -> list[MappedColumn]:
    """Each column with its first values, and the first member that is read from it."""
    rows = list(row.file_rows.filter(number__gt=row.header_row).order_by("number")[:20])
    found = []
    for index, name in enumerate(names_of(row.header)):
        values = [
            each.cells[index] for each in rows if index < len(each.cells) and each.cells[index]
        ]
        mapped: dict[str, Any] = next(
            (m for m in document.get("members", ()) if name in m.get("columns", ())), {}
        )
        found.append(
            MappedColumn(
                index, name, " · ".join(dict.fromkeys(values[:SAMPLES])), mapped.get("member", ""),
                mapped.get("reads", ""), written(mapped.get("values", {})),
            )
        )  # fmt: skip
    return found


def written(words: dict[str, str]) -> str:
    """Words and what they mean, a line each."""
    return "\n".join(f"{word} = {meaning}" for word, meaning in words.items())


def read_words(text: str) -> dict[str, str]:
    found = {}
    for line in text.splitlines()[:200]:
        word, sign, meaning = line.rpartition("=")
        if sign and word.strip():
            found[word.strip()[:200]] = meaning.strip()[:200]
    return found


def typed_document(request: HttpRequest, row: DealImport) -> dict[str, Any]:
    """The mapping that was typed: columns of one member stand in their order in the file."""
    post, names = request.POST, names_of(row.header)
    constants, found = read_words(post.get("constants", "")), dict[str, dict[str, Any]]()
    order: list[dict[str, Any]] = []
    for index, name in enumerate(names):
        member = post.get(f"member-{index}", "")
        if not member:
            continue
        each = {
            "member": member, "columns": [name], "reads": post.get(f"reads-{index}", ""),
            "values": read_words(post.get(f"words-{index}", "")), "default": constants.pop(member, ""),
        }  # fmt: skip
        first = found.setdefault(member, each)
        if first is not each and first["reads"] == each["reads"]:
            first["columns"].append(name)
        else:
            order.append(each)
    order += [{"member": member, "default": value} for member, value in constants.items()]
    chosen = [name for name in post.getlist("rows_columns") if name in names]
    return {
        "rows": {"columns": chosen, "values": read_words(post.get("words", "")),
                 "otherwise": post.get("otherwise", "")},
        "members": order,
        "reference": {"prefix": post.get("prefix", "")[:20],
                      "columns": [n for n in post.getlist("reference_columns") if n in names]},
        "stage": post.get("stage", "executed"), "decimal": post.get("decimal", "."),
        "dates": [post.get("dates", "YYYY-MM-DD")], "zone": post.get("zone", "UTC"),
        "time": post.get("time", "12:00"),
        "blanks": [word.strip() for word in post.get("blanks", "").split(",") if word.strip()],
    }  # fmt: skip


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
