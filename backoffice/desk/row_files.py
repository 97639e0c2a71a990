"""A list with a form for a file of more of its rows: what could not be taken stays on the page."""

from __future__ import annotations

from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from backoffice.desk.base import tell_refusal
from backoffice.desk.lists import ListView
from backoffice.kernel.errors import Refusal
from deals.capturing.row_files import Outcome
from deals.capturing.spooling import CSV, NDJSON

SHOWN = 20  # refused rows


class ListWithFile(ListView):
    """`take` takes the file in; `sending` is who may bring one."""

    page_name: str
    sending: str
    outcome: Outcome | None = None
    first_row = 1  # what a person calls the row of index 0: under a header it is the second

    def take(self, file: IO[bytes], media_type: str) -> Outcome:
        """What became of each row. Raises what refuses the file as a whole."""
        raise NotImplementedError

    def more(self) -> dict[str, Any]:
        rows = self.outcome.rows if self.outcome else []
        refused = [(row, row["index"] + self.first_row) for row in rows if "problem" in row]
        return {
            "may_receive": self.user.has_perm(self.sending), "outcome": self.outcome,
            "refused_rows": refused[:SHOWN],
        }  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile) or file.file is None:
            return HttpResponseRedirect(reverse(self.page_name))
        media_type = CSV if (file.name or "").lower().endswith(".csv") else NDJSON
        self.first_row = 2 if media_type == CSV else 1
        try:
            self.outcome = self.take(file.file, media_type)
        except Refusal as refusal:
            tell_refusal(request, refusal)
            return HttpResponseRedirect(reverse(self.page_name))
        return self.get(request)
