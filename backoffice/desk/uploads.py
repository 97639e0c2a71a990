"""Files of reference data brought by people: what they would change, then what they did."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from backoffice.access.models import User
from backoffice.access.permissions import PermissionRequired
from backoffice.access.personal import note_read
from backoffice.desk.base import Page, tell_refusal
from backoffice.desk.lists import Listing, ListView
from backoffice.desk.tables import Column
from backoffice.kernel.errors import NotFound, Refusal
from backoffice.kernel.references import number_in
from refdata import uploads
from refdata.loading.reading import Unreadable
from refdata.loading.recognising import LOADERS
from refdata.models import Upload

MAY_UPLOAD, MAY_LOAD = "refdata.file_proposal", "refdata.approve_proposal"
# Why a file as a whole could not be read, and what to do; then what can be wrong with a row.
REFUSED: dict[str, Any] = {
    "unreadable": _("It cannot be read as what it begins like. Save it again at its source."),
    "too-large": _("It is too large, or unpacks to too much. Split it."),
    "unsafe-xml": _(
        "Its XML declares a document type or is too deep. Ask the source for plain XML."
    ),
    "not-recognised": _("Its content is none of the kinds that are loaded here."),
    "nothing-to-load": _("This answer of the exchange holds no instrument, price or rate."),
    "describes-columns": _("This answer describes the columns of a table and lists no row of it."),
    "unknown-calendar": _("It holds days of a calendar that cannot be told from its content."),
    "list-unclear": _("It does not say which list of which date it is, or it is empty."),
    "list-older": _("A later version of this list is loaded already."),
    "list-cut-short": _("It is not whole: a row or a record of it is missing."),
    "list-shrunk": _("It has fewer than half of the entries in use: is it the whole list?"),
    "list-incomplete": _(
        "Other names are missing from it, or more than half of the names in use. Of OFAC's CSV bring sdn.csv and"
        " alt.csv in one archive, or bring sdn.xml."
    ),
    "table-of-dbf": _(
        "A table of dBASE is not read here. Bring the list as XML, or as CSV in our own layout."
    ),
    "does-not-fit": _("A value in it does not fit what is kept. Mend the value."),
}
WRONG: dict[str, Any] = {
    "wrong-value": _("The value is not what is expected there"),
    "missing-value": _("The value is missing"),
    "wrong-time": _("The value is not a time"),
    "wrong-length": _("The length is wrong"),
    "wrong-characters": _("A character does not belong there"),
    "wrong-check-digit": _("The check digit does not fit"),
    "wrong-bik": _("The BIK is none"),
    "unknown-country": _("The country is not known"),
    "unknown-currency": _("The currency is not known; load the currencies first"),
    "unknown-instrument": _("The instrument is not known; load the instruments first"),
    "unsupported-type": _("This kind of instrument is not kept"),
    "conflict": _("Our calendar says the opposite; it stays as it is"),
}


def kind_of(upload: Upload) -> str:
    return gettext(LOADERS[upload.loader].title) if upload.loader in LOADERS else "–"


def in_words(problem: dict[str, Any]) -> dict[str, Any]:
    """A wrong row as people read it: the code and the remedy in their language."""
    code, remedy = problem["code"], problem["hint"]
    return problem | {"words": WRONG.get(code, code), "hint": gettext(remedy)}


def outcome_of(upload: Upload) -> str:
    """What became of an upload, in a few words."""
    if "refused" in upload.preview:
        return gettext("could not be read")
    told = upload.outcome
    if told is None:
        return gettext("only looked at")
    return str(gettext("%(added)s added, %(changed)s changed, %(wrong)s wrong") % told)


def link(upload: Upload) -> Any:
    url = reverse("upload", args=[str(upload)])
    return format_html('<a class="mono" href="{}">{}</a>', url, upload)


UPLOADS = Listing(
    name="uploads", title=_("Uploads of reference data"),
    empty=_("Nobody has uploaded a file yet."),
    rows=lambda user: Upload.objects.select_related("uploaded_by", "loaded_by"),
    opens=lambda row: reverse("upload", args=[str(row)]),
    columns=(
        Column(_("Reference"), "reference", write=link), Column(_("File"), "name"),
        Column(_("Kind"), "loader", write=kind_of),
        Column(_("Outcome"), "outcome", write=outcome_of),
        Column(_("Uploaded by"), "uploaded_by.username"),
        Column(_("Uploaded"), "uploaded_at", "moment"),
        Column(_("Loaded by"), "loaded_by.username"), Column(_("Loaded"), "loaded_at", "moment"),
    ),
)  # fmt: skip


class Uploads(ListView):
    """Earlier uploads, and the form for a new one."""

    permission = "refdata.view_refdata"
    sending = MAY_UPLOAD
    template_name = "refdata/uploads.html"
    listing = UPLOADS

    def more(self) -> dict[str, Any]:
        return {"may_upload": self.user.has_perm(MAY_UPLOAD)}

    def post(self, request: HttpRequest) -> HttpResponse:
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            messages.error(
                request, gettext("There is no file."), extra_tags=gettext("Choose one first.")
            )
            return HttpResponseRedirect(reverse("uploads"))
        try:
            upload = uploads.look_at(
                name=file.name or "", size=file.size or 0, pieces=file.chunks(), actor=self.user,
                at=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse("uploads"))
        return HttpResponseRedirect(reverse("upload", args=[str(upload)]))


class ShowUpload(Page):
    """What a file would change, or what it has changed."""

    permission = "refdata.view_refdata"
    template_name = "refdata/upload.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        id = number_in(kwargs["reference"], "U", "upload")
        rows = Upload.objects.select_related("uploaded_by", "loaded_by")
        upload = rows.filter(pk=id).first()
        if upload is None:
            raise NotFound(what="upload", reference=kwargs["reference"])
        note_read([upload])
        told = upload.outcome or upload.preview
        return {
            "upload": upload,
            "kind": kind_of(upload),
            "told": told,
            "refused": REFUSED.get(told["refused"], told["why"]) if "refused" in told else "",
            "why": told.get("why", ""),
            "problems": [in_words(each) for each in told.get("problems", ())],
            "more": max(0, told.get("wrong", 0) - uploads.MOST_PROBLEMS),
            "may_load": upload.loaded_at is None
            and "refused" not in told
            and self.user.has_perm(MAY_LOAD)
            and self.user.pk != upload.uploaded_by_id,
        }


class LoadUpload(PermissionRequired, View):
    """Confirms what was shown: loads exactly those bytes."""

    permission = MAY_LOAD

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)
        sha256 = request.POST.get("sha256", "")
        try:
            uploads.load(reference=reference, sha256=sha256, actor=user, at=timezone.now())
        except NotFound as refusal:
            raise Http404(str(refusal)) from None
        except Refusal as refusal:
            tell_refusal(request, refusal)
        except Unreadable as error:
            messages.error(request, str(REFUSED.get(error.code, error)), extra_tags=str(error))
        return HttpResponseRedirect(reverse("upload", args=[reference]))
